"""The language of a text: what the page claims, weighed against the text itself."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from archiver.html.page_tree import short_language
from archiver.model.article import FieldSource

_SAMPLE = 800
_ENOUGH = 60
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]"), 0.1),
    ("ko", re.compile("[\uac00-\ud7af]"), 0.3),
    ("zh", re.compile("[\u4e00-\u9fff]"), 0.4),
    ("th", re.compile("[\u0e00-\u0e7f]"), 0.4),
    ("el", re.compile("[\u0370-\u03ff]"), 0.4),
    ("he", re.compile("[\u0590-\u05ff]"), 0.4),
    ("km", re.compile("[\u1780-\u17ff]"), 0.4),
    ("lo", re.compile("[\u0e80-\u0eff]"), 0.4),
    ("my", re.compile("[\u1000-\u109f]"), 0.4),
)
_OTHER_SCRIPT = re.compile("[\u0370-\u1dff\u2e80-\ud7ff]")
_VIETNAMESE = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
_OTHER_ORDER = {
    "zh": {"zh-Hant", "zh"},
    "no": {"no", "da"},
    "sr": {"sr", "hr", "bs"},
    "hr": {"sr", "hr", "bs"},
    "id": {"id", "ms"},
}


def read_language(text: str, claim: str | None) -> tuple[str | None, FieldSource | None]:
    """The short BCP 47 code of ``text``. A claim stands unless the text clearly speaks another language."""
    sample = text[:_SAMPLE]
    letters = sum(map(str.isalpha, sample))
    claim = short_language(claim) if claim else None
    if letters < _ENOUGH:
        return (claim, FieldSource("meta", 0.5)) if claim else (None, None)
    for code, pattern, share in _SCRIPTS if _OTHER_SCRIPT.search(sample) else ():
        if len(pattern.findall(sample)) >= share * letters:
            if claim and claim.split("-")[0] == code:
                return claim, FieldSource("meta", 0.99)
            return code, FieldSource("text", 0.95)
    if len(_VIETNAMESE.findall(sample)) >= 0.08 * letters:
        return "vi", FieldSource("text", 0.99)
    found, sure = _identify(sample)
    if claim and (found == claim.split("-")[0] or found in _OTHER_ORDER.get(claim, ())):
        return claim, FieldSource("meta", 0.99)
    if claim and (sure < 0.9 or letters < 2 * _ENOUGH):
        return claim, FieldSource("meta", 0.6)
    return short_language(found), FieldSource("text", round(min(sure, 0.97), 2))


@cache
def _identifier() -> Any:
    # Loaded on first use: its tables take a third of a second.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def load() -> None:
    """Load the language model now."""
    _identifier()


def _identify(sample: str) -> tuple[str, float]:
    code, probability = _identifier().classify(sample)
    return str(code), float(probability)


def word_count(text: str) -> int:
    """Words; in scripts without spaces two characters count as one word."""
    if text.isascii() or not _WIDE.search(text):
        return len(_WORD.findall(text))
    wide = len(_WIDE.findall(text))
    return len(_WORD.findall(_WIDE.sub(" ", text))) + (wide + 1) // 2


_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"\w+(?:['’\-.,]\w+)*")
