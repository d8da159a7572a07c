"""The last answer for each origin's robots.txt, so that it is fetched once a day and not once a run (RFC 9309, 2.4).

The file itself is not here: ``record_id`` names the capture that holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archiver.catalog.repository import Repository, reads, writes_lightly
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import robots
from archiver.catalog.sql import upsert
from archiver.model.record import RecordId

c = robots.c


@dataclass(frozen=True, slots=True)
class RobotsState:
    """The last answer for one origin (``https://news.example:443``).

    ``status`` is that after redirects, None when none came; ``record_id`` the capture of the answer, if there is one.
    Where the file could not be fetched, ``reason`` is why, ``retry_at`` when to try again, and ``unreachable_since`` since
    when it is so.
    """

    origin: str
    fetched_at: datetime
    status: int | None = None
    record_id: RecordId | None = None
    reason: str | None = None
    retry_at: datetime | None = None
    unreachable_since: datetime | None = None


STATE = RowMap(RobotsState)


class RobotsStates(Repository):
    """The table of robots.txt answers."""

    @writes_lightly
    def put(self, connection: Connection, state: RobotsState) -> None:
        """Keep what an origin answered now."""
        upsert(connection, robots, [STATE.write(state)])

    @reads
    def get(self, connection: Connection, origin: str) -> RobotsState | None:
        """What an origin last answered; None when it was never requested."""
        return STATE.first(connection, select(robots).where(c.origin == origin))

    @reads
    def unreachable(self, connection: Connection) -> list[RobotsState]:
        """Origins whose robots.txt could not be fetched the last time, those first that have been so longest."""
        since = c.unreachable_since
        return STATE.all(connection, select(robots).where(since.is_not(None)).order_by(since))
