"""When a URL is due again."""

from __future__ import annotations

from datetime import datetime, timedelta

from archiver.model.capture import Kind

ARTICLE_STEPS = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=30),
    timedelta(days=90),
)
"""Ages at which an article is looked at again: most corrections come in the first hours, a few much later."""
SOURCE_INTERVAL = timedelta(minutes=15)
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(days=7)
MAX_FAILURES = 12
"""A URL that failed so often, one after the other, is not tried again of itself."""


def next_due(
    kind: Kind,
    *,
    now: datetime,
    first_seen_at: datetime,
    published_at: datetime | None = None,
    failures: int = 0,
    gone: bool = False,
    steps: tuple[timedelta, ...] = ARTICLE_STEPS,
    interval: timedelta = SOURCE_INTERVAL,
) -> datetime | None:
    """The instant at which a URL that was tried at ``now`` is due again; None for never.

    ``failures`` counts the tries without a whole answer since the last good one, this one among them: waits double from
    five minutes to a week. ``gone`` is a 404 or 410: looked at once more at the next step, as those come back. Sources
    are due after ``interval``; pages at the ages in ``steps`` since publication, else since they were first seen;
    requisites, robots.txt and redirects only when a page needs them.
    """
    if failures:
        if failures >= MAX_FAILURES:
            return None
        wait: timedelta = FIRST_RETRY * 2 ** (failures - 1)
        return now + min(LONGEST_RETRY, wait)
    if kind is Kind.SOURCE:
        return now + interval
    if kind is not Kind.PAGE:
        return None
    # A publication in the future is a mistake of the page; its age counts from when it was found.
    born = published_at if published_at is not None and published_at <= now else min(first_seen_at, now)
    age = now - born
    due = next((born + step for step in steps if step > age), None)
    if due is None or not gone:
        return due
    return now + max(due - now, timedelta(days=1))
