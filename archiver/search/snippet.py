"""A piece of the original text around the words that were found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.search.normalise import fold, is_unspaced
from archiver.search.query_text import Term

READ = 100_000
"""Characters of a text that are looked through."""

MAX_MARKS = 50
"""Places of one term that are looked at."""
_LEAD = 40
"""Characters shown before the first word found."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Plain text, and where in it (start, end) the words stand that were looked for."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def snippet(text: str, terms: Sequence[Term], *, width: int = 240) -> Snippet:
    """About ``width`` characters of ``text`` where most of the ``terms`` stand close; its beginning when none does."""
    text = " ".join(unicodedata.normalize("NFC", text[:READ]).split())
    found = _find(text, terms)
    start, end = _window(text, found, width=width)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    move = len(before) - start
    marks = _merged([(a + move, b + move) for a, b, _ in found if start <= a and b <= end])
    return Snippet(f"{before}{text[start:end]}{after}", marks)


def marks_of(text: str, terms: Sequence[Term]) -> tuple[tuple[int, int], ...]:
    """Where in ``text`` (a title) the words stand that were looked for."""
    return _merged([(start, end) for start, end, _ in _find(text, terms)])


def _find(text: str, terms: Sequence[Term]) -> list[tuple[int, int, int]]:
    """Start, end and number of the term, for each place where one stands; in order."""
    folded, places = _folded(text)
    found: list[tuple[int, int, int]] = []
    for number, term in enumerate(terms):
        left = MAX_MARKS
        for match in _pattern(term).finditer(folded):
            start, end = places[match.start()], places[match.end() - 1] + 1
            while end < len(text) and unicodedata.category(text[end])[0] == "M":
                end += 1
            found.append((start, end, number))
            left -= 1
            if left == 0:
                break
    return sorted(found)


def _folded(text: str) -> tuple[str, list[int]]:
    """The text folded character by character, and for each of its characters the place of the one it was made of."""
    seen: dict[str, str] = {}
    pieces: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        piece = seen.get(character)
        if piece is None:
            piece = seen[character] = fold(character)
        pieces.append(piece)
        places.extend([at] * len(piece))
    return "".join(pieces), places


def _pattern(term: Term) -> re.Pattern[str]:
    first, last = term.folded[0], term.folded[-1]
    start = "" if is_unspaced(first[0]) else r"(?<![^\W_])"
    end = "" if term.prefix or is_unspaced(last[-1]) else r"(?![^\W_])"
    return re.compile(start + r"[\W_]+".join(re.escape(word) for word in term.folded) + end)


def _window(text: str, found: Sequence[tuple[int, int, int]], *, width: int) -> tuple[int, int]:
    if len(text) <= width:
        return 0, len(text)
    best, most = 0, 0
    for start, _, _ in found:
        near = {number for a, b, number in found if start <= a and b <= start + width - _LEAD}
        if len(near) > most:
            best, most = start, len(near)
    start = _word_start(text, max(0, min(best - _LEAD, len(text) - width)), best)
    return start, _word_end(text, start + width)


def _word_start(text: str, start: int, limit: int) -> int:
    """The beginning of the first whole word from ``start`` on."""
    if start == 0:
        return 0
    space = text.find(" ", start - 1, limit)
    return start if space < 0 else space + 1


def _word_end(text: str, end: int) -> int:
    """The end of the last whole word before ``end``."""
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", max(0, end - _LEAD), end + 1)
    return end if space < 0 else space


def _merged(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
