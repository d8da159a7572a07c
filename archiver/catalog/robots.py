"""What each origin's robots.txt last said, so that it is asked for once a day and not once a run (RFC 9309, 2.4).

The file itself is not here: ``record_id`` names the capture that holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from archiver.catalog.database import Database
from archiver.catalog.schema import robots
from archiver.catalog.sql import optional_instant, optional_micros, upsert
from archiver.model.instant import from_micros, micros
from archiver.model.record import RecordId


@dataclass(frozen=True, slots=True)
class RobotsState:
    """The last answer for one origin (``https://news.example:443``).

    ``status`` is that after redirects, None when none came; ``record_id`` the capture of the answer, if there is one.
    An origin whose file could not be had says why in ``reason``, when to ask again (``retry_at``), and since when it is
    so (``unreachable_since``).
    """

    origin: str
    fetched_at: datetime
    status: int | None = None
    record_id: RecordId | None = None
    reason: str | None = None
    retry_at: datetime | None = None
    unreachable_since: datetime | None = None


class RobotsStates:
    """The table of robots.txt answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, state: RobotsState) -> None:
        """What an origin answered now."""
        row = {
            "origin": state.origin,
            "fetched_at": micros(state.fetched_at),
            "status": state.status,
            "record_id": state.record_id,
            "reason": state.reason,
            "retry_at": optional_micros(state.retry_at),
            "unreachable_since": optional_micros(state.unreachable_since),
        }
        self._database.write(lambda c: upsert(c, robots, row=row), durable=False)

    def get(self, origin: str) -> RobotsState | None:
        """What an origin last answered; None when it was never asked."""
        return self._database.read(lambda c: _get(c, origin))

    def unreachable(self) -> list[RobotsState]:
        """Origins whose robots.txt could not be had when it was last asked for, those first that have been so longest."""
        statement = select(robots).where(robots.c.unreachable_since.is_not(None)).order_by(robots.c.unreachable_since)
        return self._database.read(lambda c: [_state(row) for row in c.execute(statement).mappings()])


def _get(connection: Connection, origin: str) -> RobotsState | None:
    row = connection.execute(select(robots).where(robots.c.origin == origin)).mappings().first()
    return _state(row) if row is not None else None


def _state(row: RowMapping) -> RobotsState:
    return RobotsState(
        origin=row["origin"],
        fetched_at=from_micros(row["fetched_at"]),
        status=row["status"],
        record_id=RecordId(row["record_id"]) if row["record_id"] else None,
        reason=row["reason"],
        retry_at=optional_instant(row["retry_at"]),
        unreachable_since=optional_instant(row["unreachable_since"]),
    )
