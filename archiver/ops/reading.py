"""Reading what the archive holds and has not read yet."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.sites import all_sites
from archiver.derive.pages import PageReader
from archiver.derive.sidecar import write_sidecar
from archiver.extract import ExtractionPool
from archiver.holdings.reading import RecordReader
from archiver.model.instant import Clock, SystemClock
from archiver.store import open_store


@dataclass(slots=True)
class ReadResult:
    """How many pages were read, how many are articles, which sidecars were written."""

    read: int = 0
    articles: int = 0
    sidecars: list[str] = field(default_factory=list)


def read_untried(config: Config, *, on_page: Callable[[], None], clock: Clock | None = None) -> ReadResult:
    """Read every page capture that was not tried yet, and write the sidecars that became whole by it."""
    clock = clock or SystemClock()
    store = open_store(config)
    catalog = Catalog.open(config.catalog_url, clock=clock)
    workers = config.extract.workers or os.cpu_count() or 1
    pool = ExtractionPool(workers, timeout=config.extract.timeout)
    result = ReadResult()
    try:
        sites = all_sites(config)
        records = RecordReader(config.spool_dir, store)
        reader = PageReader(catalog, records, pool, clock=clock, find_site=sites.get, revisit=config.revisit)
        result.read = reader.read_all(on_page=on_page)
        result.articles = reader.articles
        for file in catalog.files.find(state="stored"):
            sidecar = write_sidecar(file.key, catalog=catalog, store=store)
            if sidecar is not None:
                result.sidecars.append(sidecar)
    finally:
        pool.close()
        catalog.close()
    return result
