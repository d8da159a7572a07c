"""Recovery of all sites that are not in a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from archiver.capture.lock import SiteLock
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.home import prepare_home
from archiver.errors import ArchiverError, Busy
from archiver.journal.objects import store_pending
from archiver.model.instant import Clock, SystemClock
from archiver.model.record import BlobKey
from archiver.sealing.recovery import KeepOpen, recover_site
from archiver.store import open_store, prepare_store


@dataclass(slots=True)
class RecoveredAll:
    """The sum over all sites; ``busy`` names the sites that are in a run and were left alone, ``left_open`` the files that
    scheduled runs go on with."""

    files: list[str] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)
    cut_bytes: int = 0
    rows_added: int = 0
    busy: list[str] = field(default_factory=list)
    failed: dict[BlobKey, ArchiverError] = field(default_factory=dict)


def recover(config: Config, *, seal: bool = False, clock: Clock | None = None) -> RecoveredAll:
    """Finish what dead runs left in the spool. Raises ``StorageError`` when the store can't be used at all.

    Files that scheduled runs keep open are left alone while they are whole and young, or with ``seal`` taken too.
    """
    clock = clock or SystemClock()
    prepare_home(config)
    store = open_store(config)
    prepare_store(config, store)
    store.abort_stale_uploads(before=clock.now() - timedelta(hours=config.store.abort_after))
    keep = None if seal else KeepOpen(config.spool.max_size, config.spool.max_age * 3600)
    result = RecoveredAll()
    catalog = Catalog.open(config.catalog_url, clock=clock)
    try:
        for folder in sorted(p for p in config.spool_dir.iterdir() if p.is_dir()):
            try:
                lock = SiteLock(config.spool_dir, folder.name, owner="recover")
            except Busy:
                result.busy.append(folder.name)
                continue
            with lock:
                found = recover_site(
                    folder.name,
                    config.spool_dir,
                    store=store,
                    catalog=catalog,
                    clock=clock,
                    model=config.archive.model,
                    keep=keep,
                )
            result.left_open += [file.key for file in found.left_open]
            result.files += found.files
            result.cut_bytes += found.cut_bytes
            result.rows_added += found.rows_added
            result.failed.update(found.failed)
        store_pending(catalog, store)
    finally:
        catalog.close()
    return result
