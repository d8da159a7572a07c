"""When a URL is due again."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_TRY_AGAIN = timedelta(hours=1)
LAST_TRY_AGAIN = timedelta(days=7)


def due_after_failure(attempts: int, *, now: datetime) -> datetime:
    """After a failure: in an hour, then twice as long each time, a week at most. Never is not an answer."""
    doubled: int = 2 ** min(max(attempts, 1) - 1, 10)
    return now + min(LAST_TRY_AGAIN, FIRST_TRY_AGAIN * doubled)
