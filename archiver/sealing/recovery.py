"""Recovery: what a run that died, or a store that was away, left in the spool becomes part of the archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from archiver.catalog import Catalog, FileState
from archiver.errors import ArchiverError, DamageFound, SpoolUnusable, StorageError
from archiver.model.instant import Clock, cut
from archiver.model.record import BlobKey
from archiver.records.spool import OPEN, sealed_path, spooled_files, sync_directory
from archiver.sealing.finish import begun_first, finish
from archiver.store import Store
from archiver.warc import cut_torn_tail


@dataclass(frozen=True, slots=True)
class KeepOpen:
    """Which open files are left for the site's next run to append to: whole ones below this size (bytes) and age (seconds)."""

    max_size: int
    max_age: float


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A whole open file that a scheduled run left, with its size in bytes."""

    key: BlobKey
    path: Path
    opened_at: datetime
    size: int


@dataclass(slots=True)
class Recovered:
    """What recovery did: files taken into the store, files left open, bytes of torn tails cut, rows put back, and what still
    fails and why."""

    files: list[BlobKey] = field(default_factory=list)
    left_open: list[OpenFile] = field(default_factory=list)
    cut_bytes: int = 0
    rows_added: int = 0
    failed: dict[BlobKey, ArchiverError] = field(default_factory=dict)


def settle(
    site: str, spool_dir: Path, *, catalog: Catalog, clock: Clock, result: Recovered, keep: KeepOpen | None = None
) -> list[tuple[BlobKey, Path]]:
    """Cut and seal what dead runs of ``site`` left open; all its sealed files with their keys, oldest first.

    With ``keep`` the newest file that a run left open in good order stays so, in ``result.left_open``. Needs no store. The caller holds the site's lock, so nobody is writing any of them. A file with no whole record holds
    nothing and is removed. What cannot be cut or sealed is kept in ``result.failed``; a broken catalogue is raised.
    """
    sealed: list[tuple[BlobKey, Path]] = []
    files = list(spooled_files(spool_dir, site))
    kept = _kept_open(files, keep, catalog=catalog, clock=clock) if keep else None
    if kept is not None:
        result.left_open.append(kept)
    for key, path in files:
        if kept is not None and path == kept.path:
            continue
        try:
            found = _sealed(key, path, spool_dir=spool_dir, catalog=catalog, clock=clock, result=result)
        except OSError as error:
            result.failed[key] = SpoolUnusable(str(path), error.strerror or str(error))
            continue
        except DamageFound as error:
            result.failed[key] = error
            continue
        if found is not None:
            sealed.append((key, found))
    return sealed


def _kept_open(files: list[tuple[BlobKey, Path]], keep: KeepOpen, *, catalog: Catalog, clock: Clock) -> OpenFile | None:
    """The newest open file, when it is whole and young. It is whole when it has the size that the run which left it wrote
    down last of all; one that a run was killed in has another."""
    key, path = next(((k, p) for k, p in reversed(files) if p.name.endswith(OPEN)), (None, None))
    row = catalog.files.get(key) if key is not None else None
    if key is None or path is None or row is None or row.state is not FileState.OPEN:
        return None
    try:
        size = path.stat().st_size
    except OSError:
        return None
    age = clock.now() - row.opened_at
    young = timedelta() <= age < timedelta(seconds=keep.max_age) and size < keep.max_size
    return OpenFile(key, path, row.opened_at, size) if young and size == row.size else None


def _sealed(
    key: BlobKey, path: Path, *, spool_dir: Path, catalog: Catalog, clock: Clock, result: Recovered
) -> Path | None:
    if not path.name.endswith(OPEN):
        return path
    result.cut_bytes += cut_torn_tail(path)
    size = path.stat().st_size
    if size == 0:
        path.unlink()
        return None
    sealed = sealed_path(spool_dir, key)
    path.rename(sealed)
    sync_directory(sealed.parent)
    now = cut(clock.now())
    # A crash between the file and its row: the row is made now.
    catalog.files.opened(key, site=key.split("/")[1], run=None, at=now)
    catalog.files.sealed(key, at=now, size=size)
    return sealed


def recover_site(
    site: str,
    spool_dir: Path,
    *,
    store: Store,
    catalog: Catalog,
    clock: Clock,
    model: bool,
    keep: KeepOpen | None = None,
) -> Recovered:
    """Recover every spool file of ``site``; see ``settle``.

    A failure of one file is kept in ``failed`` and the next is tried, but when the store is away none is: the manifest
    of the one may stand there already, and that of the next must name it. A broken catalogue is raised.
    """
    result = Recovered()
    away: ArchiverError | None = None
    files = settle(site, spool_dir, catalog=catalog, clock=clock, result=result, keep=keep)
    try:
        files = begun_first(files, store)
    except StorageError as error:
        away = error
    for key, path in files:
        if away is not None:
            result.failed[key] = away
            continue
        try:
            finished = finish(path, key, store=store, catalog=catalog, clock=clock, model=model)
        except ArchiverError as error:
            if error.exit_code == 6:
                raise
            result.failed[key] = error
            away = error if error.retryable else None
            continue
        result.files.append(key)
        result.rows_added += finished.rows_added
    return result
