"""Trying the sources of a site live: which are fine, which have moved, which have failed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from archiver.catalog import Catalog, SourceState
from archiver.config import Config
from archiver.config.site_text import with_checked
from archiver.config.sites import own_file, site_file
from archiver.discover import ScopeRules
from archiver.fetch.components.extension import OnProgress
from archiver.fetch.run.crawl import CrawlOptions, crawl
from archiver.model.instant import Clock, SystemClock
from archiver.model.site import Site, Source
from archiver.ops.sites.make import keep_own_file
from archiver.store import open_store

State = Literal["fine", "moved", "failed"]


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """A source of the site file as it answered: ``moved_to`` where it led, ``reason`` why it failed."""

    site: str
    source: Source
    state: State
    status: int | None = None
    format: str | None = None
    entries: int | None = None
    moved_to: str | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver sites check --json``."""
        return {
            "site": self.site,
            "url": self.source.url,
            "kind": self.source.kind.value,
            "state": self.state,
            "status": self.status,
            "format": self.format,
            "entries": self.entries,
            "moved_to": self.moved_to,
            "reason": self.reason,
        }


def check_site(
    config: Config,
    site: Site,
    *,
    options: CrawlOptions | None = None,
    clock: Clock | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[list[CheckedSource], date]:
    """Fetch every source of a site in the ordinary way, and write the day into the archive's own copy of the
    site file. Once in a process. Raises what ``crawl`` raises; when nothing answered, nothing is written.

    What the sources name is due at the next run, as after any other.
    """
    clock = clock or SystemClock()
    begun = clock.now()
    crawl(
        config,
        site,
        options=replace(options or CrawlOptions(), sources_only=True, extract=False),
        clock=clock,
        on_progress=on_progress,
    )
    rules = ScopeRules(site)
    day = begun.date()
    with Catalog.open(config.catalog_url, clock=clock) as catalog:
        states = {state.key: state for state in catalog.sources.find(site.name)}
        data = site_file(site, config)
        if data is not None:
            keep_own_file(_own_path(config, site), with_checked(data, day), catalog=catalog, store=open_store(config))
    fetched = {key: state for key, state in states.items() if state.polled_at >= begun}
    checked = [_checked(site, source, fetched.get(rules.key(source.url))) for source in site.sources]
    return checked, day


def _checked(site: Site, source: Source, state: SourceState | None) -> CheckedSource:
    if state is None:
        return CheckedSource(
            site.name, source, "failed", reason="it was not fetched (robots.txt, or the run ended before)"
        )
    verdict: State = "failed" if state.is_failing else "moved" if state.moved_to else "fine"
    return CheckedSource(
        site.name, source, verdict, state.status, state.format, state.entries, state.moved_to, state.reason
    )


def _own_path(config: Config, site: Site) -> Path:
    """The archive's own file that this site was read from, under whatever name, else the place for one."""
    if config.sites_dir.is_dir():
        for file in sorted(config.sites_dir.glob("*.toml")):
            if hashlib.sha256(file.read_bytes()).hexdigest() == site.digest:
                return file
    return own_file(config, site.name)
