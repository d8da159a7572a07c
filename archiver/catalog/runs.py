"""Runs: one crawl of one site each."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, func, select, tuple_

from archiver.catalog.repository import Repository, reads, writes, writes_lightly
from archiver.catalog.row_map import CUT, RowMap
from archiver.catalog.schema import runs
from archiver.catalog.sql import Row, batched, equal, to_json, upsert
from archiver.model.instant import cut, micros
from archiver.model.run import Run

c = runs.c
_COUNTS = ("captures", "pages", "new", "revisits", "failed", "bytes", "articles", "files")
RUN = RowMap(Run, codecs={"started_at": CUT, "ended_at": CUT}, without=_COUNTS)


class Runs(Repository):
    """The table of runs. ``begin``, ``update`` and ``end`` write the whole run, so each may be repeated."""

    @writes
    def begin(self, connection: Connection, run: Run) -> None:
        """A run begins."""
        _put(connection, run)

    @writes_lightly
    def update(self, connection: Connection, run: Run) -> None:
        """What a run has done so far."""
        _put(connection, run)

    @writes
    def end(self, connection: Connection, run: Run) -> None:
        """A run has ended: its outcome and counts."""
        _put(connection, run)

    @reads
    def get(self, connection: Connection, run_id: str) -> Run | None:
        """One run."""
        row = connection.execute(select(runs).where(c.id == run_id)).mappings().first()
        return _run(row) if row else None

    @reads
    def known(self, connection: Connection, run_ids: Iterable[str]) -> frozenset[str]:
        """Those of these ids that are of a run: one that did not begin has none."""
        found = (connection.execute(select(c.id).where(c.id.in_(some))) for some in batched(list(run_ids)))
        return frozenset(row.id for rows in found for row in rows)

    @reads
    def find(
        self, connection: Connection, site: str | None = None, *, limit: int = 50, before: Run | None = None
    ) -> list[Run]:
        """Runs, newest first; ``before`` goes on behind a run."""
        statement = select(runs).where(*equal((c.site, site))).order_by(c.started_at.desc(), c.id.desc()).limit(limit)
        if before is not None:
            place = tuple_(micros(cut(before.started_at)), before.id)
            statement = statement.where(tuple_(c.started_at, c.id) < place)
        return [_run(row) for row in connection.execute(statement).mappings()]

    @reads
    def counts(self, connection: Connection) -> dict[tuple[str, str | None], int]:
        """How many runs there are by site and outcome; None for those that have not ended."""
        statement = select(c.site, c.outcome, func.count()).group_by(c.site, c.outcome)
        return {(site, outcome): int(number) for site, outcome, number in connection.execute(statement)}

    @reads
    def unfinished(self, connection: Connection, site: str | None = None) -> list[Run]:
        """Runs that have not ended, oldest first: under way, or killed."""
        statement = select(runs).where(c.ended_at.is_(None), *equal((c.site, site))).order_by(c.started_at, c.id)
        return [_run(row) for row in connection.execute(statement).mappings()]


def _put(connection: Connection, run: Run) -> None:
    counts = {name: getattr(run, name) for name in _COUNTS}
    upsert(connection, runs, [RUN.write(run) | {"counts": to_json(counts)}])


def _run(row: Row) -> Run:
    counts = json.loads(row["counts"])
    return RUN.read(row, **counts | {"files": tuple(counts["files"])})
