"""Retry-After (RFC 9110, 10.2.3): how long a server wants to be left alone, as a number of seconds or as a date."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from archiver.model.instant import from_http_date

_SECONDS = re.compile(r"\d{1,9}\Z", re.ASCII)


def wanted_rest(retry_after: str | None, *, now: datetime, date: str | None = None) -> timedelta | None:
    """How long to stay away; None where nothing legible was said. Never negative.

    A date is measured against the server's own clock, its Date header, where it shows one.
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if _SECONDS.match(text):
        return timedelta(seconds=int(text))
    until = from_http_date(text)
    if until is None:
        return None
    server_now = from_http_date(date) if date else None
    return max(timedelta(0), until - (server_now or now))
