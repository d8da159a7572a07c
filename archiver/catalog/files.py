"""WARC files: open in the spool, sealed, or stored with a manifest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from archiver.catalog.repository import Repository, reads, writes
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import file_runs, files
from archiver.catalog.sql import equal, insert_new
from archiver.errors import CatalogError
from archiver.model.capture import Capture
from archiver.model.instant import cut, micros
from archiver.model.record import BlobKey

c = files.c


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


FILE = RowMap(FileRow, without=("runs",))


class Files(Repository):
    """The table of WARC files."""

    @writes
    def opened(self, connection: Connection, key: str, *, site: str, run: str | None, at: datetime) -> None:
        """A file was begun. Of a file that is known already it only adds the run."""
        _enter(connection, key, site=site, run=run, at=at)

    @writes
    def add_run(self, connection: Connection, key: str, run: str) -> None:
        """Another run appends to an open file."""
        insert_new(connection, file_runs, [{"file_id": self._known(connection, key), "run": run}])

    @writes
    def left_open(self, connection: Connection, key: str, *, size: int) -> None:
        """A run that appended to an open file has ended in good order, with the file of this size."""
        self._set(connection, key, {"size": size})

    @writes
    def sealed(
        self,
        connection: Connection,
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
        self._set(connection, key, known | {"state": FileState.SEALED.value, "sealed_at": micros(cut(at))})

    @writes
    def stored(
        self,
        connection: Connection,
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

        ``sealed_at`` is when it was sealed, where the manifest says so.
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
        self._set(connection, key, values)
        if manifest_sha is not None:
            _join_chain(connection, key)

    @writes
    def replaced(self, connection: Connection, key: str) -> None:
        """Another file stands for this one, which keeps its place in the chain."""
        self._set(connection, key, {"state": FileState.REPLACED.value})

    @reads
    def get(self, connection: Connection, key: str) -> FileRow | None:
        """One file."""
        return next(iter(_find(connection, c.key == key)), None)

    @reads
    def find(
        self,
        connection: Connection,
        *,
        site: str | None = None,
        state: FileState | str | None = None,
        run: str | None = None,
    ) -> list[FileRow]:
        """Files in order of their key."""
        of_run = [c.id.in_(select(file_runs.c.file_id).where(file_runs.c.run == run))] if run is not None else []
        return _find(connection, *equal((c.site, site), (c.state, state)), *of_run)

    @reads
    def counts(self, connection: Connection) -> dict[str, tuple[int, int]]:
        """How many files there are by state, and their bytes as far as they are known."""
        statement = select(c.state, func.count(), func.coalesce(func.sum(c.size), 0)).group_by(c.state)
        return {state: (int(number), int(size)) for state, number, size in connection.execute(statement)}

    @reads
    def last_manifest(self, connection: Connection, site: str) -> str | None:
        """SHA-256 (hex) of the site's last manifest, which the next one names."""
        statement = select(c.manifest_sha256).where(c.site == site, c.chain.is_not(None)).order_by(c.chain.desc())
        found: str | None = connection.execute(statement.limit(1)).scalar()
        return found

    @reads
    def chain(self, connection: Connection, site: str) -> list[tuple[BlobKey, str]]:
        """The site's stored files in the order of their chain, each with the SHA-256 (hex) of its manifest."""
        statement = select(c.key, c.manifest_sha256).where(c.site == site, c.chain.is_not(None)).order_by(c.chain)
        return [(BlobKey(key), sha256) for key, sha256 in connection.execute(statement)]

    @writes
    def rechain(self, connection: Connection, site: str, keys: Sequence[str]) -> None:
        """Give the site's chain this order; files that are not named leave it."""
        connection.execute(update(files).where(c.site == site).values(chain=None))
        for number, key in enumerate(keys, 1):
            connection.execute(update(files).where(c.site == site, c.key == key).values(chain=number))

    @reads
    def with_bytes(self, connection: Connection, sha256: str) -> BlobKey | None:
        """The WARC whose own bytes, index or manifest have this SHA-256 (hex). Reads all files: for what went wrong."""
        is_one = or_(*(column == sha256 for column in (c.sha256, c.cdxj_sha256, c.manifest_sha256)))
        found = connection.execute(select(c.key).where(is_one).limit(1)).scalar()
        return None if found is None else BlobKey(found)

    def _set(self, connection: Connection, key: str, values: dict[str, Any]) -> None:
        connection.execute(update(files).where(c.id == self._known(connection, key)).values(values))

    def _known(self, connection: Connection, key: str) -> int:
        found = _id_of(connection, key)
        if found is None:
            raise CatalogError(self._database.name, f"no file {key!r} is known; it was never opened")
        return found


def is_in_file(column: ColumnElement[int], key: str) -> ColumnElement[bool]:
    """A column of private numbers names this file; nothing does where it is not known."""
    return column == select(c.id).where(c.key == key).scalar_subquery()


def file_ids(connection: Connection, captures: Iterable[Capture]) -> dict[str, int]:
    """The private numbers of the captures' files; those not known are entered as open."""
    ids: dict[str, int] = {}
    for capture in captures:
        key = capture.record.file
        if key not in ids:
            found = _id_of(connection, key)
            ids[key] = found or _enter(connection, key, site=capture.site, run=capture.run, at=capture.at)
    return ids


def _id_of(connection: Connection, key: str) -> int | None:
    found: int | None = connection.execute(select(c.id).where(c.key == key)).scalar()
    return found


def _enter(connection: Connection, key: str, *, site: str, run: str | None, at: datetime) -> int:
    row = {"key": key, "site": site, "state": FileState.OPEN.value, "opened_at": micros(cut(at))}
    insert_new(connection, files, [row])
    number: int = connection.execute(select(c.id).where(c.key == key)).scalar_one()
    if run is not None:
        insert_new(connection, file_runs, [{"file_id": number, "run": run}])
    return number


def _join_chain(connection: Connection, key: str) -> None:
    site, chain = connection.execute(select(c.site, c.chain).where(c.key == key)).one()
    if chain is None:
        last = connection.execute(select(func.max(c.chain)).where(c.site == site)).scalar()
        connection.execute(update(files).where(c.key == key).values(chain=(last or 0) + 1))


def _find(connection: Connection, *wanted: ColumnElement[bool]) -> list[FileRow]:
    statement = select(files).where(*wanted).order_by(c.key)
    rows = connection.execute(statement).mappings().all()
    chosen = statement.with_only_columns(c.id).order_by(None)
    runs: dict[int, list[str]] = {}
    pairs = select(file_runs.c.file_id, file_runs.c.run).where(file_runs.c.file_id.in_(chosen))
    for file_id, name in connection.execute(pairs.order_by(file_runs.c.run)):
        runs.setdefault(file_id, []).append(name)
    return [FILE.read(row, runs=tuple(runs.get(row["id"], ()))) for row in rows]
