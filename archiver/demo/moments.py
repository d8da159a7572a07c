"""Moments of the model newspaper, and the forms in which pages write them. All are aware, in Hanoi's zone unless said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

ZONE = timezone(timedelta(hours=7))
"""Hanoi, without summer time."""

FIRST = datetime(2026, 9, 1, tzinfo=ZONE)
"""Nothing was published before."""

MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=ZONE)
"""The moment at which a newspaper stands unless told otherwise."""

EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=ZONE)
"""The same day, after a few articles appeared, changed or vanished."""

LAST = datetime(2026, 11, 30, 23, 0, tzinfo=ZONE)
"""Nothing is published later."""

_WEEKDAYS = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}


def iso(moment: datetime) -> str:
    """`2026-11-20T08:00:00+07:00`."""
    return moment.astimezone(ZONE).isoformat(timespec="seconds")


def iso_utc(moment: datetime) -> str:
    """`2026-11-20T01:00:00.000Z`, as the aggregator's sitemaps write it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(moment: datetime) -> str:
    """RFC 9110, section 5.6.7."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def feed_date(moment: datetime) -> str:
    """RFC 5322, as RSS asks."""
    return format_datetime(moment.astimezone(ZONE))


def shown(moment: datetime) -> str:
    """`20/11/2026 08:00`, as the current template shows it."""
    return moment.astimezone(ZONE).strftime("%d/%m/%Y %H:%M")


def shown_old(moment: datetime) -> str:
    """`20/11/2026 - 08:00`, as the template before 2024 shows it."""
    return moment.astimezone(ZONE).strftime("%d/%m/%Y - %H:%M")


def shown_day(moment: datetime, language: str) -> str:
    """The date line above a front page."""
    local = moment.astimezone(ZONE)
    return f"{_WEEKDAYS[language][local.weekday()]}, {local:%d/%m/%Y}"
