"""Recovery: what a run that died, or a store that was away, left in the spool becomes ours."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from archiver.catalog import Catalog
from archiver.errors import ArchiverError
from archiver.holdings.finish import finish
from archiver.holdings.spool import OPEN, sealed_path, spooled_files
from archiver.model.instant import Clock, cut
from archiver.model.record import BlobKey
from archiver.store import Store
from archiver.warc import cut_torn_tail


@dataclass(slots=True)
class Recovered:
    """What recovery did: files taken into the store, bytes of torn tails cut, rows put back, and what still fails and why."""

    files: list[BlobKey] = field(default_factory=list)
    cut_bytes: int = 0
    rows_added: int = 0
    failed: dict[BlobKey, ArchiverError] = field(default_factory=dict)


def recover_site(site: str, spool_dir: Path, *, store: Store, catalog: Catalog, clock: Clock, model: bool) -> Recovered:
    """Recover every spool file of ``site``. The caller holds the site's lock, so nobody is writing any of them.

    A file with no whole record holds nothing and is removed. A failure of one file is kept in ``failed`` and the next is
    tried; a broken catalogue is raised.
    """
    result = Recovered()
    for key, found in list(spooled_files(spool_dir, site)):
        path = found
        if path.name.endswith(OPEN):
            result.cut_bytes += cut_torn_tail(path)
            if path.stat().st_size == 0:
                path.unlink()
                continue
            sealed = sealed_path(spool_dir, key)
            path.rename(sealed)
            _sync_directory(sealed.parent)
            path = sealed
            catalog.files.sealed(key, at=cut(clock.now()), size=path.stat().st_size)
        try:
            finished = finish(path, key, store=store, catalog=catalog, clock=clock, model=model)
        except ArchiverError as error:
            if error.exit_code == 6:
                raise
            result.failed[key] = error
            continue
        result.files.append(key)
        result.rows_added += finished.rows_added
    return result


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
