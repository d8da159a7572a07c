"""Words, as the index and the query see them: one normaliser for every language and every database.

Stock tokenisers do not fold đ, ё or œ, and take a Chinese sentence for one word. Here a text is folded (case and
accents away), parted into words, and words of scripts written without spaces are parted into pairs of characters.

A run of such characters ``abc`` becomes ``ab bc c``: a phrase of pairs finds any part of it, and every character begins
a token, so that one alone is found by its prefix.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_WORD = 100
"""Characters of one word; what is longer is no word of any language, and is cut."""

# Letters that Unicode does not take for a base and a mark, by how people type them.
_LETTERS = str.maketrans(
    {
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "ŋ": "n",
        "ø": "o",
        "ŧ": "t",
        "œ": "oe",
        "æ": "ae",
        "þ": "th",
    }
)
# Thai, Lao, Burmese, Khmer; Chinese characters, kana; Korean has spaces, but glues its particles to the words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")


class _WordCharacters(dict[int, "int | None"]):
    """A table for ``str.translate`` that leaves the characters of words and makes the others spaces, found as needed."""

    def __missing__(self, code: int) -> int | None:
        category = unicodedata.category(chr(code))
        if category[0] in "LNM":
            kept: int | None = code
        elif category == "Cf" and code != 0x200B:
            kept = None  # a soft hyphen or a joiner, inside a word
        else:
            kept = 0x20
        self[code] = kept
        return kept


_WORD_CHARACTERS = _WordCharacters()


def words(text: str) -> list[str]:
    """The words of a text in lower case, accents kept."""
    lowered = unicodedata.normalize("NFKC", text.casefold()).translate(_WORD_CHARACTERS)
    found = [word[:MAX_WORD] for word in lowered.split()]
    return found if lowered.isascii() else [word for word in found if fold(word)]  # an accent alone is no word


@lru_cache(maxsize=20_000)  # a language's common words are few
def fold(text: str) -> str:
    """``text`` without case and accents: ``Đảng`` and ``dang`` become one. Marks that are letters of their script stay."""
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join([character for character in parted if not _is_accent(character)])
    return unicodedata.normalize("NFC", bare).casefold().translate(_LETTERS)


def _is_accent(character: str) -> bool:
    """Marks above, below or through a letter, and the points of Hebrew and Arabic; not the vowels of Indic and
    South-East Asian scripts or the voicing of kana, whose classes lie between or are zero."""
    position = unicodedata.combining(character)
    return 200 <= position <= 240 or 10 <= position <= 36 or position == 1


def tokens(folded: str) -> list[str]:
    """What one folded word is in the index."""
    if folded.isascii():
        return [folded]
    found: list[str] = []
    for run in _RUNS.findall(folded):
        if is_unspaced(run):
            found.extend(run[at : at + 2] for at in range(len(run)))
        else:
            found.append(run)
    return found


def is_unspaced(text: str) -> bool:
    """Whether ``text`` contains characters of a script that is written without spaces."""
    return _IS_UNSPACED.search(text) is not None


def index_text(text: str) -> str:
    """The tokens of a text, with a space between."""
    return " ".join(token for word in words(text) for token in tokens(fold(word)))


def exact_text(text: str) -> str:
    """The words that folding changes, unfolded: whoever types Đảng wants it before dang."""
    return " ".join(word for word in words(text) if fold(word) != word)
