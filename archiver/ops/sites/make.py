"""Writing the file of a site that was given by its home page alone, after a test crawl through the ordinary fetch path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.site_text import site_text
from archiver.config.sites import own_file, own_sites, read_site, write_site_file
from archiver.errors import UsageError
from archiver.fetch.components.extension import OnProgress
from archiver.fetch.components.url_spider import site_of
from archiver.fetch.run.crawl import CrawlOptions, crawl
from archiver.journal.objects import keep_site_file, store_pending
from archiver.model.instant import Clock, SystemClock
from archiver.model.keys import is_site_name
from archiver.model.run import Run
from archiver.model.url import clean_url
from archiver.ops.sites.found import FoundSite, describe
from archiver.records.reader import RecordReader
from archiver.store import Store, open_store

PAGES, SOURCES = 40, 60
"""Pages and sources that a test crawl fetches at most."""
_HEAD = """Written by `archiver sites add` on {day} after a test crawl of {pages} pages (run {run}).
Look at scope and sources before you rely on it; docs/add-a-site.md has the meaning of every key."""


def add_site(
    config: Config,
    url: str,
    *,
    name: str | None = None,
    limit: int = PAGES,
    options: CrawlOptions | None = None,
    clock: Clock | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[FoundSite, Path, Run]:
    """Crawl a little of the host of ``url``, write ``sites/<name>.toml``, and say what was found. Once in a process.

    Raises ``UsageError`` when the archive has a site file of that name, and what ``crawl`` raises: nothing is written then.
    """
    clock = clock or SystemClock()
    url = urljoin(clean_url(url), "/")
    root = site_of((url,), known={}, name=name)
    if not is_site_name(root.name):
        raise UsageError(f"{root.name!r} is no site name ([a-z0-9][a-z0-9.-]*)")
    path = own_file(config, root.name)
    if path.exists() or root.name in own_sites(config.sites_dir):
        raise UsageError(f"{path} is there already: the archive knows {root.name}")
    # A test crawl wants words and links; pictures come with the first real one.
    trial = replace(config.with_fetch(requisites="none"), limits=replace(config.limits, sources_per_run=SOURCES))
    trial_options = replace(options or CrawlOptions(), limit=limit, name=name, sources_first=True)
    run = crawl(trial, (url,), options=trial_options, clock=clock, on_progress=on_progress)
    store = open_store(config)
    with Catalog.open(config.catalog_url, clock=clock) as catalog:
        found = describe(catalog, RecordReader(config.spool_dir, store), root, run=run.id)
        head = _HEAD.format(day=clock.now().date().isoformat(), pages=run.pages, run=run.id)
        data = site_text(found.site, notes=(head, *found.notes)).encode()
        keep_own_file(path, data, catalog=catalog, store=store)
    return found, path, run


def keep_own_file(path: Path, data: bytes, *, catalog: Catalog, store: Store) -> None:
    """Write a site file of the archive's own, and write it down in the journal, so that ``archiver rebuild`` has it. Raises
    ``ConfigError``, and ``StorageError`` when the store is away: then the next run stores the entry."""
    write_site_file(path, data)
    keep_site_file(read_site(data, str(path)).name, data, own=True, catalog=catalog)
    store_pending(catalog, store)
