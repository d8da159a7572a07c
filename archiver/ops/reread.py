"""Reading archived pages: what was not read yet, and what an older extractor or another learnt model read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from archiver.articles.page_reader import PageReader
from archiver.articles.sidecar import write_sidecar
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.sites import all_sites
from archiver.extract import ExtractionPool
from archiver.model.article import Extraction
from archiver.model.capture import Capture
from archiver.model.instant import Clock, SystemClock
from archiver.ops.changes import Changes
from archiver.ops.settling import accept_in
from archiver.records.reader import RecordReader
from archiver.store import open_store


@dataclass(slots=True)
class ReadResult:
    """How many pages were read, how many are articles, what changed on those that another version had read before, which sidecars were
    written, and how many older readings were dropped."""

    read: int = 0
    articles: int = 0
    dropped: int = 0
    sidecars: list[str] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver extract --all --json``."""
        return {
            "read": self.read,
            "again": self.changes.pages,
            "articles": self.articles,
            "dropped": self.dropped,
            "sidecars": list(self.sidecars),
            "changes": self.changes.as_json(),
        }


def read_archive(
    config: Config,
    *,
    on_page: Callable[[int, int], None] = lambda *_: None,
    drop_old: bool = False,
    stop: threading.Event | None = None,
    clock: Clock | None = None,
) -> ReadResult:
    """Read every page capture that this extractor, with its site's learnt model in force, has not read, on all cores.

    What others read stays beside it, in the catalogue and in the store, unless ``drop_old``. May be broken off and called again. ``on_page``
    gets how many pages are done, and of how many.
    """
    clock = clock or SystemClock()
    store = open_store(config)
    workers = config.extract.workers or os.cpu_count() or 1
    result = ReadResult()
    with (
        Catalog.open(config.catalog_url, clock=clock) as catalog,
        ExtractionPool(workers, timeout=config.extract.timeout) as pool,
    ):
        records = RecordReader(config.spool_dir, store)
        reader = PageReader(
            catalog, records, pool, clock=clock, find_site=all_sites(config).get, revisit=config.revisit
        )
        sites = catalog.readings.sites()
        total = sum(catalog.readings.count_unread(reader.models.extractor(site), site=site) for site in sites)

        def read(capture: Capture, before: Extraction | None, after: Extraction) -> None:
            if before is not None:
                result.changes.note(capture, before, after)
            on_page(reader.tried, total)

        for site in sites:
            reader.read_again(site, on_page=read, stop=stop)
        result.read, result.articles = reader.tried, reader.articles
        for file in catalog.files.find(state="stored"):
            sidecar = write_sidecar(file.key, catalog=catalog, store=store, models=reader.models)
            if sidecar is not None:
                result.sidecars.append(sidecar)
        if drop_old and not (stop and stop.is_set()):
            result.dropped = sum(each.dropped for each in accept_in(catalog, store, sites))
    return result
