"""The crawl that is running, as handler, scheduler, middleware and extension share it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from scrapy.utils.defer import _schedule_coro

from archiver.config import Config
from archiver.errors import ConfigError, UsageError
from archiver.fetch.browser.browser import find_browser
from archiver.fetch.network.connect_to import ConnectTo
from archiver.fetch.network.guard import AddressGuard
from archiver.fetch.network.proxy import Proxy
from archiver.fetch.politeness.day_budget import Allowance
from archiver.fetch.politeness.host_backoff import HostBackoff
from archiver.fetch.politeness.pace import Politeness, politeness
from archiver.fetch.run.bounds import Bounds
from archiver.fetch.run.options import CrawlOptions
from archiver.fetch.run.port import OpenSession, Session
from archiver.model.instant import Clock, SteadyClock, SystemClock
from archiver.model.run import Outcome, Run
from archiver.model.site import Site
from archiver.model.url import host_of

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Running:
    """One crawl. ``key`` says which URLs are one page to the site; ``by_url`` that it was asked for by URL, not by a site's name.
    ``session`` is there before the first request.

    ``error`` is what stopped the run, if anything did; ``answered`` counts rows with a response, ``unanswered`` is why the
    last one had none. ``crawl_delays`` are the seconds that robots.txt asks for, by host. ``steady``
    is the clock for due times, leases and rests: nobody can put it back.
    """

    config: Config
    site: Site
    options: CrawlOptions
    open_session: OpenSession
    key: Callable[[str], str]
    by_url: bool = False
    clock: Clock = field(default_factory=SystemClock)
    random: Random = field(default_factory=Random)
    crawler: Any = None
    opened: Session | None = None
    error: BaseException | None = None
    outcome: Outcome | None = None
    answered: int = 0
    unanswered: str | None = None
    run: Run | None = None
    on_progress: Callable[[Any], None] | None = None
    guard: AddressGuard = field(init=False)
    politeness: Politeness = field(init=False)
    steady: Clock = field(init=False)
    backoff: HostBackoff = field(init=False)
    allowance: Allowance = field(init=False)
    proxy: Proxy | None = field(init=False)
    crawl_delays: dict[str, float] = field(default_factory=dict)
    bounds: Bounds = field(init=False)

    def __post_init__(self) -> None:
        if self.renders:
            find_browser(self.config.render)  # missing things are told before anything is fetched
        self.bounds = Bounds(self.config)
        self.proxy = Proxy.of(self.config)
        self.guard = AddressGuard.of(self.config, proxy=self.proxy.place if self.proxy else None)
        if self.config.archive.model:
            self._only_covered()
        self.politeness = politeness(self.config, self.site, self.options, self.connect_to)
        self.steady = SteadyClock(self.clock)
        self.backoff = HostBackoff(self.steady)
        self.allowance = Allowance(self.site, self.clock, lambda: self.session.counts.received)

    def _only_covered(self) -> None:
        """A model archive holds made-up pages only: hosts that nothing covers are left out. Raises ``UsageError``."""
        covered = tuple(host for host in self.site.hosts if self.connect_to.covers_host(host.name))
        if not covered:
            real = ", ".join(sorted(self.site.host_names))
            raise UsageError(
                f"this is a model archive ([archive] model = true): {real} is not crawled into it, "
                "since no --connect-to covers it"
            )
        names = {host.name for host in covered}
        sources = tuple(source for source in self.site.sources if host_of(source.url) in names)
        self.site = replace(self.site, hosts=covered, sources=sources)

    @classmethod
    def of(cls, crawler: Any) -> Running:
        """The crawl of a crawler. Raises ``ConfigError`` for a spider that is not ours."""
        running = getattr(crawler.spider, "running", None)
        if not isinstance(running, cls):
            raise ConfigError(
                f"spider {getattr(crawler.spider, 'name', '?')}",
                "must be an archiver.fetch.components.spider.ArchiveSpider",
            )
        return running

    @property
    def connect_to(self) -> ConnectTo:
        """Where connections go instead."""
        return self.guard.connect_to

    @property
    def max_depth(self) -> int | None:
        """How far links inside pages are followed; None is to any depth."""
        return self.site.follow_links if self.options.depth is None else self.options.depth

    @property
    def reads_again(self) -> bool:
        """Whether pages that have not changed are read again for links and requisites: when a person asks for a URL, or
        for links to another depth, it may be for more than was asked before. A site's runs ask for the same each time."""
        return self.by_url or self.options.depth is not None

    @property
    def renders(self) -> bool:
        """Whether a browser shows the pages too."""
        return self.site.render or self.options.render

    @property
    def session(self) -> Session:
        """The open session."""
        if self.opened is None:
            raise RuntimeError("the run's session is not open")
        return self.opened

    def stop_because(self, error: BaseException) -> None:
        """A fault of spool, catalogue or store: nothing more can be kept, so nothing more is fetched."""
        if self.error is None:
            self.error = error
            log.error("the run stops: %s", error)
        self.stop("failed", Outcome.FAILED)

    def stop(self, reason: str, outcome: Outcome) -> None:
        """End the run once what is in flight is over; the first outcome stays."""
        self.outcome = self.outcome or outcome
        engine = getattr(self.crawler, "_engine", None)
        if engine is not None and engine.spider is not None:
            _schedule_coro(engine.close_spider_async(reason=reason))
