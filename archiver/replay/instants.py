"""Instants in HTTP headers: what Memento-Datetime, Accept-Datetime and ``datetime=`` carry (RFC 7089, RFC 1123)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from archiver.errors import UsageError

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC1123 = re.compile(
    rf"(?:{'|'.join(_DAYS)}), (\d{{2}}) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d{{2}}):(\d{{2}}):(\d{{2}}) GMT\Z", re.ASCII
)


def http_date(at: datetime) -> str:
    """``Tue, 24 Nov 2026 02:00:00 GMT``, in English whatever the locale."""
    at = at.astimezone(UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} {at:%H:%M:%S} GMT"


def accept_datetime(value: str) -> datetime:
    """The instant that an Accept-Datetime header asks for. Raises ``UsageError`` when it is malformed (RFC 7089, 4.5.3)."""
    match = _RFC1123.match(value.strip())
    try:
        if match:
            day, month, year, hour, minute, second = match.groups()
            return datetime(
                int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
            )
    except ValueError:
        pass
    raise UsageError(f"malformed Accept-Datetime: {value[:100]!r}; it looks like Tue, 24 Nov 2026 02:00:00 GMT")
