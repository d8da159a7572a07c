"""The base of all spiders: sources in, candidates out. A site's spider adds what only that site needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response

from archiver.config import Config, default_home, load
from archiver.config.sites import find_site
from archiver.discover import PageClass, ScopeRules, SourceReading
from archiver.fetch.run.candidates import page_links, read_source, request_for, request_of
from archiver.fetch.run.codec import READING, ROW
from archiver.fetch.run.conditions import NOT_MODIFIED
from archiver.fetch.run.options import CrawlOptions
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.requisites import Wanted, requests_for_requisites, scan_response
from archiver.fetch.run.running import Running
from archiver.fetch.run.source_listing import keep_listings
from archiver.fetch.run.unchanged import as_held
from archiver.frontier.source_state import PollResult
from archiver.html.page_scan import PageScan
from archiver.html.urls import domain_of, is_near
from archiver.model.capture import Candidate, Kind
from archiver.model.site import Site, SourceKind
from archiver.model.url import host_of

FRESH, SHOWN, LISTED = 300, 200, 100
"""Priorities: what feeds and news sitemaps name, what fronts show, what sitemaps list; links and requisites come after."""
NAMED = 500_000
"""Addresses that a run remembers to have been named."""
BREATH = 200
"""Requests yielded in one go, before the event loop gets its turn: a sitemap may name 50,000."""


class ArchiveSpider(Spider):
    """Reads a site's sources, fetches what they name, and follows links as far as the site file says.

    ``running`` is handed in by ``archiver.fetch.run.crawl``; under ``scrapy crawl`` it is made from ``ARCHIVER_ARCHIVE``, the
    archive's configuration and the site whose name is the spider's. Raises ``UnknownSite`` and ``ConfigError``.
    """

    name = "archive"

    def __init__(self, name: str | None = None, *, running: Running | None = None, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.running = running or self._from_environment()
        self.site: Site = self.running.site
        self.rules = ScopeRules(self.site)
        self._named: set[str] = set()
        self.only_own = False
        """Whether only what this run names is asked for, and not what else is due of the site."""
        self.requisites = Wanted.of(
            self.running.config,
            self.running.connect_to,
            is_near=lambda host: is_near(host, self.site.host_names),
        )
        domain_of(self.site.name)  # loads the public suffix list now, and not in the event loop
        self._fronts = {self.rules.key(s.url) for s in self.site.sources if s.kind is SourceKind.FRONT}

    def _from_environment(self) -> Running:
        config = load(default_home())
        return new_running(config, find_site(self.name, config), CrawlOptions())

    async def start(self) -> AsyncIterator[Request]:
        """The site's sources, due now; where only what is due is asked for, those that are new."""
        for source in self.site.sources:
            yield self.seed(source.url, Kind.SOURCE, front=source.kind is SourceKind.FRONT)

    def seed(self, url: str, kind: Kind, *, front: bool = False) -> Request:
        """A request that is due now, however lately it was done; with ``due_only`` when its time has come."""
        reason, refresh = Reason(kind, hop="").as_meta(), not self.running.options.due_only
        return Request(url, priority=900 if front else 1000, meta={"reason": reason, "refresh": refresh})

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        """Read a source, or a page for its links. What is no success names nothing, and what has not changed nothing new."""
        if response.status == NOT_MODIFIED and self.running.reads_again:
            response = await as_held(self.running, response)
        if not 200 <= response.status < 300:
            return
        reason = Reason.of(request_of(response))
        if reason.kind is Kind.SOURCE:
            requests = await self.from_source(response)
        else:
            requests = await self.from_page(response, reason)
        for number, request in enumerate(requests, 1):
            yield request
            if number % BREATH == 0:
                await asyncio.sleep(0)

    async def from_source(self, response: Response) -> Iterator[Request]:
        """What a source names: sources below it, and the candidates in scope."""
        if self.is_front(request_of(response)):
            scan = await asyncio.to_thread(scan_response, response)
            await keep_listings(self.running, response, scan, wanted=self.wanted)
            return self.from_front(response, scan)
        reading = await self.reading_of(response)
        for problem in reading.problems:
            self.logger.info("%s: %s: %s", response.url, problem.kind, problem.detail)
        await keep_listings(self.running, response, reading, wanted=self.wanted)
        request_of(response).meta[READING] = PollResult.of(reading)
        return self.from_reading(response, reading)

    async def reading_of(self, response: Response) -> SourceReading:
        """A feed, sitemap, index or robots.txt, read outside of the event loop."""
        now, timezone, limits = self.running.clock.now(), self.site.timezone, self.running.config.limits
        return await asyncio.to_thread(read_source, response, found_at=now, timezone=timezone, limits=limits)

    def from_reading(self, response: Response, reading: SourceReading) -> Iterator[Request]:
        """The requests for what a feed, sitemap or index names."""
        for child in reading.children:
            if is_near(host_of(child.url), self.site.host_names):
                yield request_for(child, via=response.url, priority=500)
        for candidate in reading.candidates:
            if self.wanted(candidate):
                fresh = reading.format.is_feed or candidate.published_at is not None
                yield self.request(candidate, response, priority=FRESH if fresh else LISTED)

    def from_front(self, response: Response, scan: PageScan) -> Iterator[Request]:
        """The links of a home page or section front."""
        found = self.all_links(response, scan)
        request_of(response).meta[READING] = PollResult.of_front(len(found))
        for candidate in self.new_ones(found):
            yield self.request(candidate, response, priority=SHOWN)
        yield from self.from_requisites(response, scan)

    async def from_page(self, response: Response, reason: Reason) -> Iterator[Request]:
        """What a page or a style sheet names, read outside of the event loop."""
        if reason.kind not in {Kind.PAGE, Kind.REQUISITE}:
            return iter(())
        return self.from_scan(response, reason, await asyncio.to_thread(scan_response, response))

    def from_scan(self, response: Response, reason: Reason, scan: PageScan) -> Iterator[Request]:
        """The links of a page that are in scope, as deep as links are followed, and what page or style sheet needs."""
        most = self.running.max_depth
        # Where a redirect led away from the site, the page is kept, but its links are not ours.
        if reason.kind is Kind.PAGE and (most is None or reason.depth < most) and self.rules.in_scope(response.url):
            for candidate in self.links(response, scan):
                yield self.request(candidate, response, priority=-20 * (1 + reason.depth))
        yield from self.from_requisites(response, scan)

    def from_requisites(self, response: Response, scan: PageScan) -> Iterator[Request]:
        """Pictures, styles, fonts and what else a reader needs, wherever it lies."""
        for request in requests_for_requisites(response, scan, self.requisites, found_at=self.running.clock.now()):
            if self.is_new(f"{Kind.REQUISITE} {request.url}"):
                yield request

    def links(self, response: Response, scan: PageScan) -> Iterator[Candidate]:
        """The links of a page that are wanted; none where the page asks robots not to follow them."""
        return self.new_ones(self.all_links(response, scan))

    def all_links(self, response: Response, scan: PageScan) -> list[Candidate]:
        """The links of a page, wanted or not; none where the page asks robots not to follow them."""
        obey = self.running.config.fetch.obey_robots
        return list(page_links(scan, url=response.url, found_at=self.running.clock.now(), obey_robots=obey))

    def new_ones(self, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """Those that are wanted, and that no page of this run has named yet."""
        for candidate in candidates:
            if self.is_new(candidate.url) and self.wanted(candidate):
                yield candidate

    def is_new(self, name: str) -> bool:
        """Whether no page of this run has named an address yet: menus name the same hundred on every page.

        Nothing is lost by it: what a page named is written with that page's being done, or the page is due again.
        """
        if len(self._named) > NAMED:
            self._named.clear()
        before = len(self._named)
        self._named.add(name)
        return len(self._named) > before

    def request(self, candidate: Candidate, response: Response, *, priority: int) -> Request:
        """The request for a page, at its plain address; articles come before pages that list others."""
        bonus = 10 if self.rules.classify(candidate.url) is PageClass.ARTICLE else 0
        plain = replace(candidate, url=self.rules.plain(candidate.url))
        return request_for(plain, via=response.url, priority=priority + bonus)

    def wanted(self, candidate: Candidate) -> bool:
        """Whether a candidate is fetched; a site's spider may know better than its scope rules."""
        return self.rules.in_scope(candidate.url)

    def is_front(self, request: Request) -> bool:
        """Whether a request is for a home page or section front of the site file: a source that is a page."""
        return request.meta.get(ROW) in self._fronts


def new_running(config: Config, site: Site, options: CrawlOptions, **more: Any) -> Running:
    """A crawl of a site. Raises ``ConfigError`` and ``UsageError``."""
    open_session = more.pop("open_session", None)
    if open_session is None:
        from archiver.fetch.run.session import (
            RunSession,  # brings the whole archive with it, so only where a run begins
        )

        open_session = RunSession.open
    return Running(config, site, options, open_session=open_session, key=ScopeRules(site).key, **more)
