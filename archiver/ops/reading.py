"""Reading what the archive holds: what was not read yet, and what an older extractor or another learnt model read."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.sites import all_sites
from archiver.derive.pages import PageReader
from archiver.derive.sidecar import write_sidecar
from archiver.extract import ExtractionPool
from archiver.holdings.listing import legal_keys
from archiver.holdings.reading import RecordReader
from archiver.model.article import Extraction
from archiver.model.capture import Capture
from archiver.model.instant import Clock, SystemClock
from archiver.model.keys import extractor_of
from archiver.store import Store, open_store

FIELDS = (
    *("title", "lead", "text", "authors", "published_at", "modified_at", "language", "section", "tags", "images"),
    *("canonical_url", "alternates", "source_url", "source_name", "publisher"),
)


@dataclass(slots=True)
class ReadResult:
    """How many pages were read (of them ``again``: by another version before), how many are articles, what changed by site and field, which
    sidecars were written, and how many older readings were dropped."""

    read: int = 0
    again: int = 0
    articles: int = 0
    dropped: int = 0
    sidecars: list[str] = field(default_factory=list)
    changes: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def note(self, site: str, before: Extraction, after: Extraction) -> None:
        """Compare two readings of one page; only what differs is counted."""
        self.again += 1
        if before.verdict is not after.verdict:
            self.changes[site, "verdict", "changed"] += 1
        for name in FIELDS:
            old, new = (getattr(e.article, name) if e.article else None for e in (before, after))
            if (old or None) != (new or None):
                self.changes[site, name, "gained" if not old else "lost" if not new else "changed"] += 1

    def change_lines(self) -> list[dict[str, object]]:
        """What changed, by site and field."""
        lines: list[dict[str, object]] = []
        for site, name in sorted({(site, name) for site, name, _ in self.changes}):
            kinds = {kind: self.changes[site, name, kind] for kind in ("changed", "gained", "lost")}
            lines.append({"site": site, "field": name, **kinds})
        return lines

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver extract --all --json``."""
        return {
            "read": self.read,
            "again": self.again,
            "articles": self.articles,
            "dropped": self.dropped,
            "sidecars": list(self.sidecars),
            "changes": self.change_lines(),
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
    is told how many pages are done, and of how many.
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
                result.note(capture.site, before, after)
            on_page(reader.tried, total)

        for site in sites:
            reader.read_again(site, on_page=read, stop=stop)
        result.read, result.articles = reader.tried, reader.articles
        for file in catalog.files.find(state="stored"):
            sidecar = write_sidecar(file.key, catalog=catalog, store=store, models=reader.models)
            if sidecar is not None:
                result.sidecars.append(sidecar)
        if drop_old and not (stop and stop.is_set()):
            for site in sites:
                result.dropped += catalog.readings.drop_others(reader.models.extractor(site), site=site)
            _drop_sidecars(catalog, store, kept=frozenset(result.sidecars))
    return result


def _drop_sidecars(catalog: Catalog, store: Store, *, kept: frozenset[str]) -> None:
    """Remove sidecars of older versions of files that have one of the version in force."""
    replaced = {_file_of(key) for key in kept}
    for key in list(legal_keys(store, "articles/")):
        if extractor_of(key) is not None and key not in kept and _file_of(key) in replaced:
            store.delete(key)
            catalog.checks.forget(key)


def _file_of(sidecar: str) -> str:
    """What the sidecars of one WARC have in common."""
    return sidecar.split("/", 2)[2]
