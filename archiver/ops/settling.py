"""Which of several results for the same pages stay: what changed, the newest accepted, or the newest rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from archiver.articles.learnt_models import Models
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.journal.objects import store_pending, withdraw_model
from archiver.model.instant import Clock, SystemClock
from archiver.model.keys import extractor_of, warcs_of
from archiver.ops.changes import Changes
from archiver.search import SearchIndex
from archiver.store import Store, open_store
from archiver.store.port import legal_keys


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled for a site: who reads it from now on, who read it until now, how many readings and sidecars went."""

    site: str
    extractor: str
    before: str
    dropped: int
    sidecars: int = 0

    def as_json(self) -> dict[str, object]:
        """A line of ``archiver extract --accept --json`` and ``--reject --json``."""
        return {
            "site": self.site,
            "extractor": self.extractor,
            "before": self.before,
            "dropped": self.dropped,
            "sidecars": self.sidecars,
        }


def compare(config: Config, site: str | None = None, *, clock: Clock | None = None) -> Changes:
    """What the readings that are shown say otherwise than those before them, where both are kept."""
    changes = Changes()
    with Catalog.open(config.catalog_url, clock=clock or SystemClock()) as catalog:
        for capture, before, after in catalog.readings.twice(site=site):
            changes.note(capture, before, after)
    return changes


def accept(config: Config, site: str | None = None, *, clock: Clock | None = None) -> list[Settled]:
    """Forget what others read of the pages that the extractor in force has read. May be broken off and called again."""
    store = open_store(config)
    with Catalog.open(config.catalog_url, clock=clock or SystemClock()) as catalog:
        return accept_in(catalog, store, [site] if site else catalog.readings.sites())


def accept_in(catalog: Catalog, store: Store, sites: Iterable[str]) -> list[Settled]:
    """``accept`` in an open archive."""
    models = Models(catalog)
    out = []
    for site in sites:
        extractor = models.extractor(site)
        dropped = catalog.readings.drop_others(extractor, site=site)
        out.append(Settled(site, str(extractor), str(extractor), dropped))
    return _finish(out, catalog, store)


def reject(config: Config, site: str | None = None, *, clock: Clock | None = None) -> list[Settled]:
    """Forget what the extractor in force read where an older reading is kept, and put the model before in the place of the
    site's learnt model, or none where there was none. Pages that no other version has read stay as they are until the archive is read again.
    """
    store = open_store(config)
    with Catalog.open(config.catalog_url, clock=clock or SystemClock()) as catalog:
        out = []
        for name in [site] if site else catalog.readings.sites():
            before = Models(catalog).extractor(name)
            withdraw_model(name, catalog=catalog)
            store_pending(catalog, store)
            dropped = catalog.readings.drop_own(before, site=name)
            out.append(Settled(name, str(Models(catalog).extractor(name)), str(before), dropped))
        return _finish(out, catalog, store)


def _finish(settled: list[Settled], catalog: Catalog, store: Store) -> list[Settled]:
    """Sidecars and search index follow what was settled."""
    gone = _drop_sidecars(catalog, store, {each.site for each in settled})
    if catalog.database.is_sqlite:
        index = SearchIndex(catalog)
        while index.catch_up():
            pass
    return [replace(each, sidecars=gone[each.site]) for each in settled]


def _drop_sidecars(catalog: Catalog, store: Store, sites: Collection[str]) -> Counter[str]:
    """Remove sidecars of versions none of whose readings is left of their file; how many of each site."""
    files = {file.key: file.site for site in sites for file in catalog.files.find(site=site)}
    gone: Counter[str] = Counter()
    for key in list(legal_keys(store, "articles/")):
        extractor = extractor_of(key)
        warc = next((each for each in warcs_of(key) if each in files), None)
        if extractor is None or warc is None:
            continue
        kept = catalog.readings.versions(file=warc)
        # Of a file of which nothing is known to be read, a sidecar is all there is.
        if kept and str(extractor) not in kept:
            store.delete(key)
            catalog.checks.forget(key)
            gone[files[warc]] += 1
    return gone
