"""What our pages say, in English, Vietnamese and French, and how numbers and times are written there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from archiver.web.texts import MESSAGES

LANGUAGES: Mapping[str, str] = {"en": "English", "vi": "Tiếng Việt", "fr": "Français"}
DEFAULT = "en"
_GROUPS = {"en": ",", "vi": ".", "fr": "\u202f"}
_DECIMALS = {"en": ".", "vi": ",", "fr": ","}
_UNITS = (
    ("years", 31_556_952),
    ("months", 2_629_746),
    ("days", 86_400),
    ("hours", 3_600),
    ("minutes", 60),
    ("seconds", 1),
)
_BYTES = {"en": ("bytes", "B"), "vi": ("byte", "B"), "fr": ("octets", "o")}


@dataclass(frozen=True, slots=True)
class Speech:
    """One language of the pages."""

    language: str = DEFAULT

    def __call__(self, key: str, /, **values: object) -> str:
        """The message ``key`` with its values put in. Raises ``KeyError`` for a message that does not exist."""
        text = MESSAGES[key]
        said = text[self.language]
        return said.format(**values) if values else said

    def count(self, key: str, number: int) -> str:
        """A message with a number, in its singular (``key.one``) or plural (``key``)."""
        singular = f"{key}.one"
        one = number == 1 or (number == 0 and self.language == "fr")
        chosen = singular if one and singular in MESSAGES else key
        return self(chosen, n=self.number(number))

    def number(self, value: int) -> str:
        """A whole number with its thousands apart."""
        return f"{value:,}".replace(",", _GROUPS[self.language])

    def size(self, value: int) -> str:
        """Bytes, in powers of 1000."""
        word, unit = _BYTES[self.language]
        if value < 1000:
            return f"{value} {word}"
        amount = float(value)
        for prefix in "kMGTP":
            amount /= 1000
            if amount < 999.5 or prefix == "P":
                digits = f"{amount:.1f}" if amount < 99.95 else f"{amount:.0f}"
                return f"{digits.replace('.', _DECIMALS[self.language])}\u00a0{prefix}{unit}"
        return ""  # pragma: no cover  the loop ends at P

    def instant(self, at: datetime) -> str:
        """A UTC time to the second."""
        return f"{self.day(at)}, {at.astimezone(UTC):%H:%M:%S}\u00a0UTC"

    def day(self, at: datetime) -> str:
        """A day as people of this language write it."""
        at = at.astimezone(UTC) if at.tzinfo else at
        months = self("months").split()
        if self.language == "vi":
            return f"{at.day}/{at.month}/{at.year}"
        return f"{at.day} {months[at.month - 1]} {at.year}"

    def span(self, apart: timedelta) -> str:
        """How much later or earlier, in the largest unit of which there are two or more: "3 days later"."""
        seconds = abs(apart.total_seconds())
        unit, size = next((u, s) for u, s in _UNITS if seconds >= 2 * s or s == 1)
        words = self.count(f"span.{unit}", max(1, round(seconds / size)))
        return self("span.later" if apart >= timedelta(0) else "span.earlier", span=words)

    def published(self, at: datetime, precision: str | None) -> str:
        """A time that a page tells, in the page's own offset, as finely as the page told it."""
        months = self("months").split()
        day = (
            f"{at.day}/{at.month}/{at.year}" if self.language == "vi" else f"{at.day} {months[at.month - 1]} {at.year}"
        )
        if precision == "day":
            return day
        offset = at.strftime("%z")
        zone = f"UTC{'' if offset in {'', '+0000'} else offset[:3].replace('-', '−')}"
        return f"{day}, {at:%H:%M}\u00a0{zone}{':' + offset[3:5] if offset[3:5] not in {'', '00'} else ''}"

    def language_name(self, code: str) -> str:
        """The name of a language, or its code where we have no name for it."""
        key = f"language.{code}"
        return self(key) if key in MESSAGES else code


def choose(*wishes: str | None, accept_language: str | None = None) -> Speech:
    """The first wish that we speak, else the best of Accept-Language, else English."""
    for wish in wishes:
        if wish is not None and wish in LANGUAGES:
            return Speech(wish)
    ranked: list[tuple[float, int, str]] = []
    for place, item in enumerate((accept_language or "")[:500].split(",")):
        tag, _, parameters = item.strip().partition(";")
        language = tag.lower().split("-")[0]
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", parameters)
        quality = float(weight[1]) if weight else 1.0
        if language in LANGUAGES and quality > 0:
            ranked.append((-quality, place, language))
    return Speech(min(ranked)[2]) if ranked else Speech()
