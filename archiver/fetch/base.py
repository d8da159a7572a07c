"""The base of all spiders: sources in, candidates out. A site's spider adds what only that site needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response

from archiver.config import default_home, load
from archiver.config.sites import find_site
from archiver.discover import ScopeRules
from archiver.fetch.candidates import Reading, page_links, read_source, request_for, request_of
from archiver.fetch.options import CrawlOptions
from archiver.fetch.reason import Reason
from archiver.fetch.running import Running
from archiver.fetch.session import RunSession
from archiver.model.capture import Candidate, Kind
from archiver.model.site import Site, SourceKind

BREATH = 200
"""Requests yielded in one go, before the event loop gets its turn: a sitemap may name 50,000."""


class ArchiveSpider(Spider):
    """Reads a site's sources, fetches what they name, and follows links as far as the site file says.

    ``running`` is handed in by ``archiver.fetch.crawl``; under ``scrapy crawl`` it is made from ``ARCHIVER_ARCHIVE``, the
    archive's configuration and the site whose name is the spider's. Raises ``UnknownSite`` and ``ConfigError``.
    """

    name = "archive"

    def __init__(self, name: str | None = None, *, running: Running | None = None, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.running = running or self._from_environment()
        self.site: Site = self.running.site
        self.rules = ScopeRules(self.site)

    def _from_environment(self) -> Running:
        config = load(default_home())
        return new_running(config, find_site(self.name, config), CrawlOptions())

    async def start(self) -> AsyncIterator[Request]:
        """The site's sources, due now."""
        for source in self.site.sources:
            yield self.seed(source.url, Kind.SOURCE, front=source.kind is SourceKind.FRONT)

    def seed(self, url: str, kind: Kind, *, front: bool = False) -> Request:
        """A request that is due now, however lately it was done."""
        return Request(
            url, priority=900 if front else 1000, meta={"reason": Reason(kind, hop="").as_meta(), "refresh": True}
        )

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        """Read a source, or a page for its links. What is no success names nothing."""
        if not 200 <= response.status < 300:
            return
        reason = Reason.of(request_of(response))
        if reason.kind is Kind.SOURCE:
            reading = await asyncio.to_thread(self.read_source, response)
            requests = self.from_source(response, reading)
        else:
            requests = self.from_page(response, reason)
        for number, request in enumerate(requests, 1):
            yield request
            if number % BREATH == 0:
                await asyncio.sleep(0)

    def read_source(self, response: Response) -> Reading:
        """What a source names; runs in a thread."""
        return read_source(response, found_at=self.running.clock.now())

    def from_source(self, response: Response, reading: Reading) -> Iterator[Request]:
        """Sources below this one, and the candidates in scope."""
        for child in reading.children:
            yield request_for(child, via=response.url)
        for candidate in reading.candidates:
            if self.wanted(candidate):
                yield request_for(candidate, via=response.url, priority=self.priority(candidate, reading))

    def from_page(self, response: Response, reason: Reason) -> Iterator[Request]:
        """The links of a page that are in scope, as deep as links are followed."""
        most = self.running.max_depth
        if reason.kind is not Kind.PAGE or (most is not None and reason.depth >= most):
            return
        if not self.rules.in_scope(response.url):
            return  # a redirect led away from the site: the page is kept, its links are not ours
        for candidate in page_links(response, found_at=self.running.clock.now()):
            if self.wanted(candidate):
                yield request_for(candidate, via=response.url, priority=-1 - reason.depth)

    def wanted(self, candidate: Candidate) -> bool:
        """Whether a candidate is fetched; a site's spider may know better than its scope rules."""
        return self.rules.in_scope(candidate.url)

    def priority(self, candidate: Candidate, reading: Reading) -> int:
        """News first, then what a front shows, then what a sitemap lists."""
        if candidate.published_at is not None or reading.is_feed:
            return 300
        return 200 if reading.is_front else 100


def new_running(config: Any, site: Site, options: CrawlOptions, **more: Any) -> Running:
    """A crawl of a site. Raises ``ConfigError`` and ``UsageError``."""
    return Running(
        config,
        site,
        options,
        open_session=more.pop("open_session", None) or RunSession.open,
        key=ScopeRules(site).key,
        **more,
    )
