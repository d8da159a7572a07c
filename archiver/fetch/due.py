"""When a row is due again: the policy of ``archiver.discover``, asked in the frontier's words."""

from __future__ import annotations

from datetime import datetime, timedelta

from archiver.catalog import FrontierEntry
from archiver.discover import next_due

_GONE = frozenset({404, 410})


def due_again(entry: FrontierEntry, *, now: datetime, status: int | None = None, failures: int = 0) -> datetime | None:
    """When a row is due after an answer with ``status``, or after so many ``failures`` in a row; None is never."""
    return next_due(
        entry.kind,
        now=now,
        first_seen_at=entry.found_at,
        published_at=entry.published_at,
        failures=failures,
        gone=status in _GONE,
    )


REFUSED_AGAIN = timedelta(days=1), timedelta(days=7)
"""The shortest and the longest wait before robots.txt is asked about a URL again."""


def due_after_refusal(entry: FrontierEntry, *, now: datetime) -> datetime:
    """When a row that robots.txt disallows is due again: the longer it is known, the later, and never not at all."""
    shortest, longest = REFUSED_AGAIN
    return now + min(max(now - entry.found_at, shortest), longest)
