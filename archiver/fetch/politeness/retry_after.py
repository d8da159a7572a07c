"""Retry-After (RFC 9110, 10.2.3): how long a server wants to be left alone, as a number of seconds or as a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\d{1,9}\Z", re.ASCII)
_LONGEST = 100
"""Characters of a header value that is looked at."""


def wanted_rest(retry_after: str | None, *, now: datetime, date: str | None = None) -> timedelta | None:
    """How long to stay away; None where nothing legible was said. Never negative.

    A date is measured against the server's own clock, its Date header, where it shows one.
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if _SECONDS.match(text):
        return timedelta(seconds=int(text))
    until = http_date(text)
    if until is None:
        return None
    server_now = http_date(date) if date else None
    return max(timedelta(0), until - (server_now or now))


def http_date(text: str) -> datetime | None:
    """A date in one of HTTP's three forms (RFC 9110, 5.6.7); None for anything else."""
    try:
        at = parsedate_to_datetime(text.strip()[:_LONGEST])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
