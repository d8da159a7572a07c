"""Importing other tools' WARC and ARC files into an archive, and reading the pages in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from archiver.articles.page_reader import PageReader
from archiver.articles.sidecar import write_sidecar
from archiver.capture.lock import SiteLock
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.home import prepare_home
from archiver.config.sites import all_sites
from archiver.errors import ArchiverError, DamageFound, UsageError
from archiver.extract import ExtractionPool
from archiver.journal.objects import store_pending
from archiver.model.instant import Clock, SystemClock
from archiver.model.keys import IMPORTED
from archiver.records.reader import RecordReader
from archiver.sealing.foreign_file import Imported, take_in
from archiver.store import Store, open_store, prepare_store


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken in, with the pages of it that were read and how many of them are articles."""

    imported: Imported
    read: int = 0
    articles: int = 0

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver import --json``."""
        i = self.imported
        return {
            "path": str(i.path),
            "state": "held" if i.was_held else "imported",
            "file": i.key,
            "sha256": i.sha256,
            "size": i.size,
            "records": i.records,
            "captures": i.captures,
            "new": i.new,
            "read": self.read,
            "articles": self.articles,
            "bad": [place.as_json() for place in i.bad],
            "notes": dict(i.notes) if i.notes is not None else None,
        }


@dataclass(slots=True)
class ImportResult:
    """The files that were taken, and why others were not."""

    taken: list[Taken] = field(default_factory=list)
    failed: dict[Path, ArchiverError] = field(default_factory=dict)


def import_files(
    config: Config,
    paths: Sequence[Path],
    *,
    extract: bool = True,
    on_taken: Callable[[Taken], None] = lambda _: None,
    clock: Clock | None = None,
) -> ImportResult:
    """Import files one after the other; one in which nothing is sound, or that is no WARC or ARC, is left out whole, and the
    next is tried. Pages are read when all files are taken.

    Raises ``Busy`` when another import is under way, ``StorageError``, ``CatalogError``.
    """
    clock = clock or SystemClock()
    prepare_home(config)
    store = open_store(config)
    prepare_store(config, store)
    result = ImportResult()
    with (
        Catalog.open(config.catalog_url, clock=clock) as catalog,
        SiteLock(config.spool_dir, IMPORTED, owner="import"),
        _Reading(config, catalog, store, clock=clock, wanted=extract) as reading,
    ):
        imported: list[Imported] = []
        for path in paths:
            try:
                imported.append(take_in(path, store=store, catalog=catalog, clock=clock, model=config.archive.model))
            except (DamageFound, UsageError) as error:
                result.failed[path] = error
        # Only now: what a revisit repeats may lie in a file behind its own.
        for each in imported:
            taken = reading.of(each)
            result.taken.append(taken)
            on_taken(taken)
        store_pending(catalog, store)
    return result


class _Reading:
    """Reads the pages of imported files, with workers that start when there is the first page."""

    def __init__(self, config: Config, catalog: Catalog, store: Store, *, clock: Clock, wanted: bool) -> None:
        self._config = config
        self._catalog = catalog
        self._store = store
        self._clock = clock
        self._wanted = wanted
        self._pool: ExtractionPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.close()

    def of(self, imported: Imported) -> Taken:
        if not self._wanted:
            return Taken(imported)
        read = articles = 0
        if self._catalog.captures.untried(file=imported.key, limit=1):
            reader = self._reader()
            read = reader.read_all(file=imported.key)
            articles = reader.articles
        write_sidecar(imported.key, catalog=self._catalog, store=self._store)
        return Taken(imported, read, articles)

    def _reader(self) -> PageReader:
        if self._pool is None:
            workers = self._config.extract.workers or os.cpu_count() or 1
            self._pool = ExtractionPool(workers, timeout=self._config.extract.timeout)
        records = RecordReader(self._config.spool_dir, self._store)
        sites = all_sites(self._config)
        return PageReader(self._catalog, records, self._pool, clock=self._clock, find_site=sites.get)
