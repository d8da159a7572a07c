"""The captures of one URL around an instant, each found by the index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from archiver.catalog.capture_row import capture_of, select_captures
from archiver.catalog.database import Database
from archiver.catalog.schema import captures
from archiver.model.capture import Capture
from archiver.model.instant import micros
from archiver.model.record import MEMENTO_TYPES

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A URL's first and last capture, and the ones just before and after an instant's second, if there are any."""

    first: Capture | None
    prev: Capture | None
    next: Capture | None
    last: Capture | None


def neighbours(database: Database, surt: str, at: datetime) -> Neighbours:
    """What is held of ``surt`` around ``at``. Raises ``CatalogError``."""
    return database.read(lambda connection: _around(connection, surt, micros(at)))


def latest(database: Database, surt: str, *, limit: int) -> list[Capture]:
    """The newest captures of ``surt``, newest first. Raises ``CatalogError``."""
    statement = (
        select_captures()
        .where(captures.c.surt == surt, captures.c.record_type.in_(MEMENTO_TYPES))
        .order_by(captures.c.at.desc(), captures.c.record_id.desc())
        .limit(limit)
    )
    return database.read(lambda connection: [capture_of(row) for row in connection.execute(statement).mappings()])


def _around(connection: Connection, surt: str, at: int) -> Neighbours:
    c = captures.c
    second = at - at % _SECOND
    base = select_captures().where(c.surt == surt, c.record_type.in_(MEMENTO_TYPES)).limit(1)
    rising, falling = base.order_by(c.at, c.record_id), base.order_by(c.at.desc(), c.record_id.desc())
    found = [
        connection.execute(statement).mappings().first()
        for statement in (
            rising,
            falling.where(c.at < second),
            rising.where(c.at >= second + _SECOND),
            falling,
        )
    ]
    first, prev, following, last = (capture_of(row) if row else None for row in found)
    return Neighbours(first, prev, following, last)
