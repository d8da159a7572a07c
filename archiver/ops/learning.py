"""Learning sites' templates from archived pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from archiver.articles.payload import read_payload
from archiver.catalog import ArticleFilter, Catalog
from archiver.config import Config
from archiver.config.sites import all_sites
from archiver.errors import DamageFound
from archiver.extract import EXTRACTOR, ExtractionPool, Sample, SampleTask, learn
from archiver.journal.objects import keep_model, store_pending
from archiver.model.capture import Capture
from archiver.model.instant import Clock, SystemClock
from archiver.model.sitemodel import SiteModel
from archiver.records.reader import RecordReader
from archiver.records.revisits import resolve_revisit
from archiver.store import open_store

MOST = 300
"""Articles of a site that are learnt from, spread over all that it has."""
LOOKED_AT = 6000
IN_FLIGHT = 32


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt of a site: its model (None where its pages teach nothing), from how many pages, and whether that is new."""

    site: str
    model: SiteModel | None
    pages: int
    new: bool

    def as_json(self) -> dict[str, object]:
        """A line of ``archiver extract --learn --json``."""
        model = self.model
        return {
            "site": self.site,
            "version": model.version if model else None,
            "pages": self.pages,
            "containers": len(model.containers) if model else 0,
            "boxes": len(model.boxes) if model else 0,
            "texts": len(model.texts) if model else 0,
            "new": self.new,
        }


def learn_sites(
    config: Config, site: str | None = None, *, on_page: Callable[[], None] = lambda: None, clock: Clock | None = None
) -> Iterator[Learnt]:
    """Learn a site's templates, or those of every site that has pages, and keep each model in the journal."""
    clock = clock or SystemClock()
    store = open_store(config)
    workers = config.extract.workers or os.cpu_count() or 1
    sites = all_sites(config)
    with (
        Catalog.open(config.catalog_url, clock=clock) as catalog,
        ExtractionPool(workers, timeout=config.extract.timeout) as pool,
    ):
        records = RecordReader(config.spool_dir, store)
        for name in [site] if site else catalog.readings.sites():
            samples: list[Sample] = []
            waiting: list[Future[Sample | None]] = []
            for capture in _spread(catalog, name):
                original = resolve_revisit(catalog, capture)
                if original is None:
                    continue
                with suppress(DamageFound):
                    payload = read_payload(original, records)
                    job = SampleTask(payload.data, capture.url, capture.at, payload.content_type, sites.get(name))
                    waiting.append(pool.sample(job))
                if len(waiting) >= IN_FLIGHT:
                    samples += filter(None, [waiting.pop(0).result()])
                on_page()
            samples += filter(None, (future.result() for future in waiting))
            model = learn(samples, site=name, extractor=str(EXTRACTOR))
            new = model is not None and keep_model(model, catalog=catalog)
            store_pending(catalog, store)
            yield Learnt(name, model, len(samples), new)


def _spread(catalog: Catalog, site: str) -> list[Capture]:
    """Captures of articles of a site, evenly over all that it has, old templates too; where they are few, pages too that no version
    has read yet."""
    found = [
        capture for capture, _ in islice(catalog.articles.find(ArticleFilter(site=site), newest_only=True), LOOKED_AT)
    ]
    step = max(1, -(-len(found) // MOST))
    spread = found[::step]
    return spread + catalog.captures.untried(site=site, limit=MOST - len(spread)) if len(spread) < MOST else spread
