"""What our pages say, in English, Vietnamese and French, and how numbers and times are written there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from archiver.web.texts import DEFAULT, LANGUAGES, MESSAGES

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

    def origin(self, name: str) -> str:
        """Where a field was read, or its name where we have no words for it."""
        return self(f"origin.{name}") if f"origin.{name}" in MESSAGES else name

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

    def amount(self, value: float) -> str:
        """A sum with two decimals."""
        whole, _, part = f"{value:.2f}".partition(".")
        return f"{self.number(int(whole))}{_DECIMALS[self.language]}{part}"

    def percent(self, share: float) -> str:
        """A part of one, in per cent."""
        return f"{round(100 * share)}{chr(0xA0) if self.language == 'fr' else ''}%"

    def took(self, length: timedelta) -> str:
        """How long something took, as roughly as it matters."""
        seconds = round(length.total_seconds())
        if seconds < 100:
            return self("took.seconds", n=seconds)
        minutes = round(seconds / 60)
        if minutes < 100:
            return self("took.minutes", n=minutes)
        if minutes < 48 * 60:
            return self("took.hours", n=minutes // 60, m=minutes % 60)
        return self("took.days", n=self.number(round(minutes / 1440)))

    def seconds(self, value: float) -> str:
        """A span of time that is given in seconds."""
        return self.took(timedelta(seconds=value))

    def month(self, number: int, year: int | None = None) -> str:
        """A month, or a month of a year."""
        name = self("months").split()[number - 1]
        if year is None:
            name = name if self.language != "fr" else name.capitalize()
            return self("month", month=name)
        return self("month.year", month=name, year=year)

    def span_name(self, text: str) -> str:
        """``2026`` as it is, ``2026-03`` as the month that it is."""
        year, _, month = text.partition("-")
        whole = year.isdigit() and month.isdigit() and 1 <= int(month) <= 12
        return self.month(int(month), int(year)) if whole else text

    @property
    def weekdays(self) -> list[tuple[str, str]]:
        """The days of a week from Monday: short and in full."""
        full = [name.replace("_", " ") for name in self("weekdays").split()]
        return list(zip(self("weekdays.short").split(), full, strict=True))

    def instant(self, at: datetime) -> str:
        """A UTC time to the second."""
        return f"{self.day(at)}, {at.astimezone(UTC):%H:%M:%S}\u00a0UTC"

    def day(self, at: datetime | date) -> str:
        """A day as people of this language write it; of an instant its day in UTC."""
        if isinstance(at, datetime) and at.tzinfo:
            at = at.astimezone(UTC)
        return self._day(at)

    def _day(self, at: date) -> str:
        if self.language == "vi":
            return f"{at.day}/{at.month}/{at.year}"
        number = "1er" if self.language == "fr" and at.day == 1 else str(at.day)
        return f"{number} {self('months').split()[at.month - 1]} {at.year}"

    def local(self, at: datetime, zone: str) -> str:
        """An instant to the minute on the clocks of an IANA zone, with their distance from UTC."""
        return self.published(at.astimezone(ZoneInfo(zone)), "minute")

    def span(self, apart: timedelta) -> str:
        """How much later or earlier, in the largest unit of which there are two or more: "3 days later"."""
        seconds = abs(apart.total_seconds())
        unit, size = next((u, s) for u, s in _UNITS if seconds >= 2 * s or s == 1)
        words = self.count(f"span.{unit}", max(1, round(seconds / size)))
        return self("span.later" if apart >= timedelta(0) else "span.earlier", span=words)

    def published(self, at: datetime, precision: str | None) -> str:
        """A time that a page tells, in the page's own offset, as finely as the page told it."""
        day = self._day(at)
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
