"""The second commit: when a row's callback is over, or its last attempt has failed, one transaction ends it.

It marks the row done, sets its next due time, and adds what was found. Blocks; nothing here knows Scrapy's engine.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from archiver.catalog import FrontierEntry
from archiver.fetch.errors import HostBackedOff, NotNow, RobotsRefused
from archiver.fetch.run.leased_row import LeasedRow
from archiver.fetch.run.running import Running
from archiver.fetch.run.verdicts import why_not
from archiver.fetch.run.visits import Visits

REFUSED_AGAIN = timedelta(days=1), timedelta(days=7)
"""The shortest and the longest wait before robots.txt is asked about a URL again."""


class SecondCommit:
    """See the module. With ``renew``, candidates that are known already are due again."""

    def __init__(self, running: Running, visits: Visits, *, renew: bool) -> None:
        self._running = running
        self._frontier = running.session.catalog.frontier
        self._visits = visits
        self._renew = renew

    def write(self, row: LeasedRow) -> int:
        """End a row; the number of rows that it brought. Raises ``CatalogError``."""
        running, entry = self._running, row.entry
        now = running.steady.now()
        reason = why_not(row)
        if reason is None:
            return self._frontier.done(
                entry.site,
                row.key,
                now=now,
                decide=self._visits.decide(row, now=now),
                status=row.status,
                candidates=list(row.candidates.values()),
                stale_before=now - timedelta(days=running.config.fetch.requisite_age),
                wakes=self._visits.wakes(now=now),
                renew=self._renew,
            )
        if isinstance(row.error, NotNow):
            self._give_back(row, row.error, now)
            return 0
        state = self._frontier.get(entry.site, row.key)
        attempts = (state.attempts if state else 0) + 1
        try_again = self._visits.due_after_failures(row, now=now, failures=attempts, why=reason)
        backoff = running.backoff.until(row.host)
        if backoff is not None and try_again is not None:
            try_again = max(try_again, backoff)
        self._frontier.failed(entry.site, row.key, now=now, next_due=try_again, reason=reason)
        return 0

    def _give_back(self, row: LeasedRow, error: NotNow, now: datetime) -> None:
        """Nothing was sent for a row: that is no attempt, and it is due as before, or when it makes sense to look again."""
        until: datetime | None = None
        reason: str | None = None
        if isinstance(error, RobotsRefused):
            reason = error.why
            until = error.again if error.unreachable else due_after_refusal(row.entry, now=now)
        elif isinstance(error, HostBackedOff):
            until = error.until
        self._frontier.put_off(row.entry.site, [row.key], until=until, reason=reason)


def due_after_refusal(entry: FrontierEntry, *, now: datetime) -> datetime:
    """When a row that robots.txt disallows is due again: the longer it is known, the later, and never not at all."""
    shortest, longest = REFUSED_AGAIN
    return now + min(max(now - entry.found_at, shortest), longest)
