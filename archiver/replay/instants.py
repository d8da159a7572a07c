"""Instants in HTTP headers: what Memento-Datetime, Accept-Datetime and ``datetime=`` carry (RFC 7089, RFC 1123)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from archiver.errors import UsageError
from archiver.model.instant import from_http_date

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC1123 = re.compile(
    rf"(?:{'|'.join(_DAYS)}), \d\d (?:{'|'.join(_MONTHS)}) [1-9]\d{{3}} \d\d:\d\d:\d\d GMT\Z", re.ASCII
)


def http_date(at: datetime) -> str:
    """``Tue, 24 Nov 2026 02:00:00 GMT``, in English whatever the locale."""
    at = at.astimezone(UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} {at:%H:%M:%S} GMT"


def accept_datetime(value: str) -> datetime:
    """The instant that an Accept-Datetime header asks for. Raises ``UsageError`` when it is malformed (RFC 7089, 4.5.3)."""
    if _RFC1123.match(value.strip()) and (at := from_http_date(value)):
        return at
    raise UsageError(f"malformed Accept-Datetime: {value[:100]!r}; it looks like Tue, 24 Nov 2026 02:00:00 GMT")
