"""When a URL is due again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from archiver.catalog import FrontierEntry
from archiver.discover import next_due
from archiver.model.site import Site

FIRST_TRY_AGAIN = timedelta(hours=1)
LAST_TRY_AGAIN = timedelta(days=7)


def due_after_failure(attempts: int, *, now: datetime) -> datetime:
    """After a failure: in an hour, then twice as long each time, a week at most. Never is not an answer."""
    doubled: int = 2 ** min(max(attempts, 1) - 1, 10)
    return now + min(LAST_TRY_AGAIN, FIRST_TRY_AGAIN * doubled)


def due_after(_: Site) -> Callable[[FrontierEntry, int | None, datetime], datetime | None]:
    """When a row of this site that is done is due again: the policy of ``archiver.discover``."""

    def due(entry: FrontierEntry, status: int | None, now: datetime) -> datetime | None:
        return next_due(entry, status, now)

    return due
