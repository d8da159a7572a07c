"""When a row is due again that gave no answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from archiver.catalog import FrontierEntry

REFUSED_AGAIN = timedelta(days=1), timedelta(days=7)
"""The shortest and the longest wait before robots.txt is asked about a URL again."""


def due_after_refusal(entry: FrontierEntry, *, now: datetime) -> datetime:
    """When a row that robots.txt disallows is due again: the longer it is known, the later, and never not at all."""
    shortest, longest = REFUSED_AGAIN
    return now + min(max(now - entry.found_at, shortest), longest)
