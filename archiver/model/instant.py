"""Instants: aware UTC times, cut to whole milliseconds, and the forms in which they are written.

Inside, an instant is an aware ``datetime`` in UTC; in the catalogue an integer of microseconds; in ``--json`` RFC 3339
with milliseconds and ``Z``; in keys and CDX 14 or 17 digits.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"\d{4,17}\Z", re.ASCII)
_STARTS = "00000101000000000"
_LONGEST_DATE = 100
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Clock(Protocol):
    """Where the present comes from; handed in, so that tests can hold it still."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SteadyClock:
    """A clock that starts with another and then goes on by itself: putting that one forward or back does not move it."""

    def __init__(self, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._at = clock.now()
        self._monotonic = monotonic
        self._since = monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self._monotonic() - self._since)


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  this is the one place


def cut(at: datetime) -> datetime:
    """``at`` in UTC, cut to whole milliseconds: the grain of WARC-Date and of every key."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def micros(at: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    """The instant that ``micros`` made ``value`` of."""
    return _EPOCH + timedelta(microseconds=value)


def rfc3339(at: datetime) -> str:
    """``2026-11-24T02:00:00.123Z``."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def timestamp14(at: datetime) -> str:
    """``20261124020000``: UTC, cut to the second."""
    at = at.astimezone(UTC)
    return f"{at.year:04d}{at:%m%d%H%M%S}"  # %Y does not pad years before 1000


def timestamp17(at: datetime) -> str:
    """``20261124020000123``: UTC, cut to the millisecond."""
    return f"{timestamp14(at)}{at.microsecond // 1000:03d}"


def from_digits(digits: str, *, end: bool = False) -> datetime:
    """The instant named by 4 to 17 digits (``YYYY[MM[DD[hh[mm[ss[mmm]]]]]]``), UTC.

    Missing parts are filled from below, or with ``end`` from above, so that ``2026`` is the first or the last
    millisecond of the year. Odd lengths are cut to the last whole part for months to seconds.
    Raises ``ValueError`` when it is no time.
    """
    if not _DIGITS.match(digits):
        raise ValueError(f"not a timestamp of 4 to 17 digits: {digits!r}")
    if len(digits) < 14 and len(digits) % 2:
        digits = digits[:-1]
    elif 14 < len(digits) < 17:
        digits += ("9" if end else "0") * (17 - len(digits))
    if end and len(digits) < 17:
        return _end_of(digits)
    filled = digits + _STARTS[len(digits) :]
    return datetime(
        int(filled[0:4]),
        int(filled[4:6]),
        int(filled[6:8]),
        int(filled[8:10]),
        int(filled[10:12]),
        int(filled[12:14]),
        int(filled[14:17]) * 1000,
        tzinfo=UTC,
    )


def goal_from_digits(digits: str) -> datetime:
    """The instant near which a capture is looked for, of 1 to 17 digits: of a year, a month or a day the last second.

    So other archives have it. Raises ``ValueError`` when it is no time.
    """
    goal = from_digits(digits.ljust(4, "9"), end=len(digits) < 14)
    return goal.replace(microsecond=0) if len(digits) < 14 else goal


def distance(at: datetime, goal: datetime) -> timedelta:
    """How far a capture is from the instant wished for. One of a whole second means that second: all in it are as near."""
    if not goal.microsecond and timedelta(0) <= at - goal < timedelta(seconds=1):
        return timedelta(0)
    return abs(at - goal)


def _end_of(digits: str) -> datetime:
    year = int(digits[0:4])
    month = int(digits[4:6] or 12)
    if digits[6:8]:
        day = int(digits[6:8])
    elif 1 <= month <= 12:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        day = 29 if month == 2 and leap else _MONTH_DAYS[month - 1]
    else:
        raise ValueError(f"not a month: {month}")
    hour, minute, second = (int(digits[i : i + 2] or top) for i, top in ((8, 23), (10, 59), (12, 59)))
    return datetime(year, month, day, hour, minute, second, 999_000, tzinfo=UTC)


def parse_when(text: str, *, end: bool = False) -> datetime:
    """A time as people type it: 4 to 17 digits or ISO 8601, UTC where no zone is given.

    A date alone is its first instant, or with ``end`` its last; so are a minute and a second. Raises ``ValueError``.
    """
    text = text.strip()
    if _DIGITS.match(text):
        return from_digits(text, end=end)
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        return from_digits(text.replace("-", ""), end=end)
    at = datetime.fromisoformat(text)
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    if end and at.microsecond == 0 and "." not in text:
        # To the end of the second or minute that was written.
        step = timedelta(seconds=1) if at.second or re.search(r":\d\d:\d\d|T\d{6}", text) else timedelta(minutes=1)
        return at + step - timedelta(milliseconds=1)
    return at


def from_http_date(text: str) -> datetime | None:
    """The instant of a date in one of HTTP's three forms (RFC 9110, 5.6.7), UTC where it names no zone; None for others."""
    try:
        at = parsedate_to_datetime(text.strip()[:_LONGEST_DATE])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
