"""WARC files: open in the spool, sealed, or stored with a manifest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, func, or_, select, update

from archiver.catalog.database import Database
from archiver.catalog.schema import file_runs, files
from archiver.catalog.sql import insert, insert_new, optional_instant
from archiver.errors import CatalogError
from archiver.model.capture import Capture
from archiver.model.instant import cut, from_micros, micros
from archiver.model.record import BlobKey


class FileState(StrEnum):
    """How far a WARC file has come."""

    OPEN = "open"
    SEALED = "sealed"
    STORED = "stored"
    REPLACED = "replaced"
    """Another file stands for it: its manifest is left, and explains the chain; its bytes are gone."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One WARC file. ``size`` in bytes, hashes SHA-256 in hex; None until known. ``runs`` wrote to it, in order of id."""

    key: BlobKey
    site: str
    state: FileState
    opened_at: datetime
    runs: tuple[str, ...] = ()
    sealed_at: datetime | None = None
    stored_at: datetime | None = None
    size: int | None = None
    sha256: str | None = None
    records: int | None = None
    cdxj_sha256: str | None = None
    manifest_sha256: str | None = None


class Files:
    """The table of WARC files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def opened(self, key: str, *, site: str, run: str | None, at: datetime) -> None:
        """A file was begun. Said of a file that is known already, it only adds the run."""
        self._database.write(lambda c: _opened(c, key, site=site, run=run, at=micros(cut(at))))

    def add_run(self, key: str, run: str) -> None:
        """Another run appends to an open file."""
        self._database.write(lambda c: self._add_run(c, key, run=run))

    def left_open(self, key: str, *, size: int) -> None:
        """A run that appended to an open file has ended in good order, with the file of this size."""
        self._database.write(lambda c: self._set(c, key, values={"size": size}))

    def sealed(
        self,
        key: str,
        *,
        at: datetime,
        size: int | None = None,
        sha256: str | None = None,
        records: int | None = None,
    ) -> None:
        """Nothing is written to the file any more."""
        values = {"size": size, "sha256": sha256, "records": records}
        known = {name: value for name, value in values.items() if value is not None}
        known |= {"state": FileState.SEALED.value, "sealed_at": micros(cut(at))}
        self._database.write(lambda c: self._set(c, key, values=known))

    def stored(
        self,
        key: str,
        *,
        size: int,
        sha256: str,
        records: int,
        manifest_sha: str | None,
        cdxj_sha: str | None,
        at: datetime,
        sealed_at: datetime | None = None,
    ) -> None:
        """The file is in the store, with its manifest the last of its site's chain (once; again changes no order).

        ``sealed_at`` is the manifest's word for when it was sealed, which then holds.
        """
        values = {
            "state": FileState.STORED.value,
            "stored_at": micros(cut(at)),
            "size": size,
            "sha256": sha256,
            "records": records,
            "cdxj_sha256": cdxj_sha,
            "manifest_sha256": manifest_sha,
        }
        if sealed_at is not None:
            values["sealed_at"] = micros(cut(sealed_at))
        self._database.write(lambda c: self._stored(c, key, values=values))

    def replaced(self, key: str) -> None:
        """Another file stands for this one, which keeps its place in the chain."""
        self._database.write(lambda c: self._set(c, key, values={"state": FileState.REPLACED.value}))

    def get(self, key: str) -> FileRow | None:
        """One file."""
        found = self._database.read(lambda c: _find(c, key=key))
        return found[0] if found else None

    def find(
        self, *, site: str | None = None, state: FileState | str | None = None, run: str | None = None
    ) -> list[FileRow]:
        """Files in order of their key."""
        wanted = FileState(state).value if state is not None else None
        return self._database.read(lambda c: _find(c, site=site, state=wanted, run=run))

    def counts(self) -> dict[str, tuple[int, int]]:
        """How many files there are by state, and their bytes as far as they are known."""
        return self._database.read(_counts)

    def last_manifest(self, site: str) -> str | None:
        """SHA-256 (hex) of the site's last manifest, which the next one names."""
        return self._database.read(lambda c: _last_manifest(c, site))

    def chain(self, site: str) -> list[tuple[BlobKey, str]]:
        """The site's stored files in the order of their chain, each with the SHA-256 (hex) of its manifest."""
        return self._database.read(lambda c: _chain(c, site))

    def rechain(self, site: str, keys: Sequence[str]) -> None:
        """Give the site's chain this order; files that are not named leave it."""
        self._database.write(lambda c: _rechain(c, site, keys=keys))

    def with_bytes(self, sha256: str) -> BlobKey | None:
        """The WARC whose own bytes, index or manifest have this SHA-256 (hex). Reads all files: for what went wrong."""
        return self._database.read(lambda c: _with_bytes(c, sha256))

    def _add_run(self, connection: Connection, key: str, *, run: str) -> None:
        insert_new(connection, file_runs, rows=[{"file_id": self._known(connection, key), "run": run}])

    def _set(self, connection: Connection, key: str, *, values: dict[str, Any]) -> None:
        self._known(connection, key)
        connection.execute(update(files).where(files.c.key == key).values(values))

    def _stored(self, connection: Connection, key: str, *, values: dict[str, Any]) -> None:
        self._set(connection, key, values=values)
        if values["manifest_sha256"] is not None:
            _join_chain(connection, key)

    def _known(self, connection: Connection, key: str) -> int:
        found = id_of_file(connection, key)
        if found is None:
            raise CatalogError(self._database.name, f"no file {key!r} is known; it was never opened")
        return found


def id_of_file(connection: Connection, key: str) -> int | None:
    """The private number of a file; None when it is not known."""
    found: int | None = connection.execute(select(files.c.id).where(files.c.key == key)).scalar()
    return found


def file_ids(connection: Connection, captures: Iterable[Capture]) -> dict[str, int]:
    """The private numbers of the captures' files; those not known are entered as open."""
    ids: dict[str, int] = {}
    for capture in captures:
        key = capture.record.file
        if key in ids:
            continue
        found = id_of_file(connection, key)
        if found is None:
            _opened(connection, key, site=capture.site, run=capture.run, at=micros(cut(capture.at)))
            found = id_of_file(connection, key)
            assert found is not None
        ids[key] = found
    return ids


def _opened(connection: Connection, key: str, *, site: str, run: str | None, at: int) -> None:
    row = {"key": key, "site": site, "state": FileState.OPEN.value, "opened_at": at}
    connection.execute(insert(connection, files).values(row).on_conflict_do_nothing())
    if run is not None:
        insert_new(connection, file_runs, rows=[{"file_id": id_of_file(connection, key), "run": run}])


def _join_chain(connection: Connection, key: str) -> None:
    site, chain = connection.execute(select(files.c.site, files.c.chain).where(files.c.key == key)).one()
    if chain is None:
        last = connection.execute(select(func.max(files.c.chain)).where(files.c.site == site)).scalar()
        connection.execute(update(files).where(files.c.key == key).values(chain=(last or 0) + 1))


def _last_manifest(connection: Connection, site: str) -> str | None:
    statement = select(files.c.manifest_sha256).where(files.c.site == site, files.c.chain.is_not(None))
    found: str | None = connection.execute(statement.order_by(files.c.chain.desc()).limit(1)).scalar()
    return found


def _chain(connection: Connection, site: str) -> list[tuple[BlobKey, str]]:
    statement = select(files.c.key, files.c.manifest_sha256).where(files.c.site == site, files.c.chain.is_not(None))
    return [(BlobKey(key), sha256) for key, sha256 in connection.execute(statement.order_by(files.c.chain))]


def _counts(connection: Connection) -> dict[str, tuple[int, int]]:
    statement = select(files.c.state, func.count(), func.coalesce(func.sum(files.c.size), 0)).group_by(files.c.state)
    return {state: (int(number), int(size)) for state, number, size in connection.execute(statement)}


def _rechain(connection: Connection, site: str, *, keys: Sequence[str]) -> None:
    connection.execute(update(files).where(files.c.site == site).values(chain=None))
    for number, key in enumerate(keys, 1):
        connection.execute(update(files).where(files.c.site == site, files.c.key == key).values(chain=number))


def _with_bytes(connection: Connection, sha256: str) -> BlobKey | None:
    columns = (files.c.sha256, files.c.cdxj_sha256, files.c.manifest_sha256)
    found = connection.execute(select(files.c.key).where(or_(*(c == sha256 for c in columns))).limit(1)).scalar()
    return None if found is None else BlobKey(found)


def _find(
    connection: Connection,
    *,
    key: str | None = None,
    site: str | None = None,
    state: str | None = None,
    run: str | None = None,
) -> list[FileRow]:
    statement = select(files).order_by(files.c.key)
    if key is not None:
        statement = statement.where(files.c.key == key)
    if site is not None:
        statement = statement.where(files.c.site == site)
    if state is not None:
        statement = statement.where(files.c.state == state)
    if run is not None:
        statement = statement.where(files.c.id.in_(select(file_runs.c.file_id).where(file_runs.c.run == run)))
    rows = connection.execute(statement).mappings().all()
    chosen = statement.with_only_columns(files.c.id).order_by(None)
    runs: dict[int, list[str]] = {}
    pairs = select(file_runs.c.file_id, file_runs.c.run).where(file_runs.c.file_id.in_(chosen))
    for file_id, name in connection.execute(pairs.order_by(file_runs.c.run)):
        runs.setdefault(file_id, []).append(name)
    return [_file(row, tuple(runs.get(row["id"], ()))) for row in rows]


def _file(row: RowMapping, runs: tuple[str, ...]) -> FileRow:
    return FileRow(
        key=BlobKey(row["key"]),
        site=row["site"],
        state=FileState(row["state"]),
        opened_at=from_micros(row["opened_at"]),
        runs=runs,
        sealed_at=optional_instant(row["sealed_at"]),
        stored_at=optional_instant(row["stored_at"]),
        size=row["size"],
        sha256=row["sha256"],
        records=row["records"],
        cdxj_sha256=row["cdxj_sha256"],
        manifest_sha256=row["manifest_sha256"],
    )
