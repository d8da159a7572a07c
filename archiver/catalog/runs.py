"""Runs: one crawl of one site each."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, tuple_

from archiver.catalog.database import Database
from archiver.catalog.schema import runs
from archiver.catalog.sql import optional_instant, optional_micros, to_json, upsert
from archiver.model.instant import cut, from_micros, micros
from archiver.model.run import Outcome, Run

_COUNTS = ("captures", "pages", "new", "revisits", "failed", "bytes", "articles")


class Runs:
    """The table of runs. ``begin``, ``update`` and ``end`` write the whole run, so each may be said again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, run: Run) -> None:
        """A run begins."""
        self._database.write(lambda c: _put(c, run))

    def update(self, run: Run) -> None:
        """What a run has done so far."""
        self._database.write(lambda c: _put(c, run), durable=False)

    def end(self, run: Run) -> None:
        """A run has ended: its outcome and counts."""
        self._database.write(lambda c: _put(c, run))

    def get(self, run_id: str) -> Run | None:
        """One run."""
        return self._database.read(lambda c: _get(c, run_id))

    def find(self, site: str | None = None, *, limit: int = 50, before: Run | None = None) -> list[Run]:
        """Runs, newest first; ``before`` goes on behind a run."""
        return self._database.read(lambda c: _find(c, site, limit=limit, before=before))

    def counts(self) -> dict[tuple[str, str | None], int]:
        """How many runs there are by site and outcome; None for those that have not ended."""
        return self._database.read(_counts)

    def unfinished(self, site: str | None = None) -> list[Run]:
        """Runs that have not ended, oldest first: under way, or killed."""
        return self._database.read(lambda c: _unfinished(c, site))


def _counts(connection: Connection) -> dict[tuple[str, str | None], int]:
    statement = select(runs.c.site, runs.c.outcome, func.count()).group_by(runs.c.site, runs.c.outcome)
    return {(site, outcome): int(number) for site, outcome, number in connection.execute(statement)}


def _put(connection: Connection, run: Run) -> None:
    counts: dict[str, object] = {name: getattr(run, name) for name in _COUNTS}
    row = {
        "id": run.id,
        "site": run.site,
        "started_at": micros(cut(run.started_at)),
        "ended_at": optional_micros(cut(run.ended_at) if run.ended_at else None),
        "outcome": run.outcome.value if run.outcome else None,
        "counts": to_json(counts | {"files": list(run.files)}),
        "site_digest": run.site_digest,
    }
    upsert(connection, runs, row=row)


def _get(connection: Connection, run_id: str) -> Run | None:
    row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    return _run(row) if row else None


def _find(connection: Connection, site: str | None, *, limit: int, before: Run | None) -> list[Run]:
    statement = select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit)
    if site is not None:
        statement = statement.where(runs.c.site == site)
    if before is not None:
        place = _place(before.started_at, before.id)
        statement = statement.where(tuple_(runs.c.started_at, runs.c.id) < tuple_(*place))
    return [_run(row) for row in connection.execute(statement).mappings()]


def _place(started_at: datetime, run_id: str) -> tuple[int, str]:
    return micros(cut(started_at)), run_id


def _unfinished(connection: Connection, site: str | None) -> list[Run]:
    statement = select(runs).where(runs.c.ended_at.is_(None)).order_by(runs.c.started_at, runs.c.id)
    if site is not None:
        statement = statement.where(runs.c.site == site)
    return [_run(row) for row in connection.execute(statement).mappings()]


def _run(row: RowMapping) -> Run:
    counts = json.loads(row["counts"])
    return Run(
        id=row["id"],
        site=row["site"],
        started_at=from_micros(row["started_at"]),
        ended_at=optional_instant(row["ended_at"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        files=tuple(counts["files"]),
        site_digest=row["site_digest"],
        **{name: int(counts[name]) for name in _COUNTS},
    )
