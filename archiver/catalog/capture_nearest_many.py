"""The captures nearest to one instant, of many URLs at once: all parts of a page by two statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CTE, ColumnElement, Connection, ScalarSelect, String, column, select, values

from archiver.catalog.capture_nearest import good_ones
from archiver.catalog.capture_row import capture_of, select_captures
from archiver.catalog.database import Database
from archiver.catalog.schema import captures
from archiver.model.capture import Capture
from archiver.model.instant import micros

CHUNK = 500
"""SURTs of one statement."""


def nearest_many(database: Database, surts: Sequence[str], at: datetime) -> dict[str, Capture]:
    """SURT to the good capture nearest to ``at``, ties to the earlier; a redirect where nothing else is held.

    SURTs of which nothing is held are left out. Raises ``CatalogError``.
    """
    found: dict[str, Capture] = {}
    for start in range(0, len(surts), CHUNK):
        chunk = surts[start : start + CHUNK]
        found |= database.read(lambda connection, some=chunk: _nearest(connection, some, target=micros(at)))  # type: ignore[misc]
    return found


def _nearest(connection: Connection, surts: Sequence[str], *, target: int) -> dict[str, Capture]:
    wanted = values(column("surt", String)).data([(surt,) for surt in surts]).cte("wanted")
    good = good_ones(any_status=False, also_redirects=False)
    either = good_ones(any_status=False, also_redirects=True)
    statement = select(
        *(_probe(wanted, choice, target=target, before=before) for choice in (good, either) for before in (True, False))
    ).select_from(wanted)
    rows = [tuple(row) for row in connection.execute(statement)]
    ids = {number for row in rows for number in row if number is not None}
    if not ids:
        return {}
    of_id = {
        row["id"]: capture_of(row)
        for row in connection.execute(select_captures().where(captures.c.id.in_(ids))).mappings()
    }
    found: dict[str, Capture] = {}
    for before, later, hop_before, hop_later in rows:
        choice = [of_id[n] for n in (before, later) if n is not None] or [
            of_id[n] for n in (hop_before, hop_later) if n is not None
        ]
        if choice:
            best = min(choice, key=lambda capture: (abs(micros(capture.at) - target), capture.at))
            found[best.surt] = best
    return found


def _probe(wanted: CTE, good: ColumnElement[bool], *, target: int, before: bool) -> ScalarSelect[int]:
    c = captures.c
    side = c.at <= target if before else c.at > target
    order = (c.at.desc(), c.record_id) if before else (c.at, c.record_id)
    found = select(c.id).where(c.surt == wanted.c.surt, good, side).order_by(*order).limit(1)
    return found.correlate(wanted).scalar_subquery()
