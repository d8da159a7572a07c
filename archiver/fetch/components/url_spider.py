"""The spider for any URL: a whole host where the path is ``/``, else that page and its requisites."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from scrapy import Request, signals
from scrapy.http import Response

from archiver.discover import site_for_url
from archiver.errors import UsageError
from archiver.fetch.components.spider import ArchiveSpider
from archiver.fetch.run.candidates import SPECULATIVE, detected_sources, request_for
from archiver.fetch.run.reason import Reason
from archiver.html.page_scan import PageScan
from archiver.html.urls import is_near
from archiver.model.capture import Kind
from archiver.model.site import Host, Site
from archiver.model.url import clean_url, host_of, path_of

MENU = 400
"""Priority of what a home page's menus lead to: sections, whose heads name feeds, go before all other pages."""


def is_whole_host(url: str) -> bool:
    """Whether a URL means its host: its path is ``/`` and nothing follows."""
    return path_of(clean_url(url)) == "/"


def site_of(urls: Sequence[str], *, known: Mapping[str, Site], name: str | None = None) -> Site:
    """The site that URLs of one host make: links are followed only where the whole host is meant.

    It is the ``known`` site that has this host, with or without ``www.``, narrowed to the host: the same name, and so the same
    frontier, files and politeness. Else it is named after the host. ``name`` goes before either.
    Raises ``NotHttpUrl``, and ``UsageError`` for no URL or URLs of several hosts.
    """
    clean = [clean_url(url) for url in urls]
    hosts = dict.fromkeys(host_of(url) for url in clean)
    if len(hosts) != 1:
        raise UsageError(f"the URLs of one crawl are of one host, not of {', '.join(hosts) or 'none'}")
    site = site_for_url(next((url for url in clean if is_whole_host(url)), clean[0]))
    host = next(iter(hosts))
    pair = (host, twin_of(host))
    found = known_site_of(host, known)
    if name is not None or found is None:
        return replace(site, name=name or site.name, hosts=tuple(map(Host, pair)))
    own = {each.name: each for each in found.hosts}
    return replace(
        found,
        hosts=tuple(own.get(each, Host(each)) for each in pair),
        sources=site.sources,
        scope=replace(found.scope, exclude=()),
        follow_links=site.follow_links,
        window=None,
        digest="",
    )


def twin_of(host: str) -> str:
    """``www.a.example`` for ``a.example`` and the other way round: one host, as they are one in every index of archives."""
    return host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"


def known_site_of(host: str, known: Mapping[str, Site]) -> Site | None:
    """The known site that has a host, else the one that has its twin."""
    for name in (host, twin_of(host)):
        for site in known.values():
            if name in site.host_names:
                return site
    return None


class UrlSpider(ArchiveSpider):
    """Crawls given URLs. ``whole`` says whether their host is meant, with its sources and links."""

    name = "url"

    def __init__(self, *args: Any, urls: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.urls = tuple(clean_url(url) for url in urls)
        self.whole = any(is_whole_host(url) for url in self.urls)
        self.only_own = not self.whole
        self._sitemaps: dict[str, None] = {}

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> UrlSpider:
        """Made by Scrapy; listens to what robots.txt says of sitemaps."""
        spider: UrlSpider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._robots_parsed, signals.robots_parsed)
        return spider

    def _robots_parsed(self, robotparser: Any, request: Request) -> None:
        if self.whole and self.rules.in_scope(request.url):
            self._sitemaps.update({urljoin(request.url, url): None for url in robotparser.rp.sitemaps})

    async def start(self) -> AsyncIterator[Request]:
        """The URLs themselves, due now; where robots.txt is not obeyed it is still read for its sitemaps."""
        async for request in super().start():
            yield request
            if not self.running.config.fetch.obey_robots:
                yield self.seed(urljoin(request.url, "/robots.txt"), Kind.ROBOTS)
        for url in self.urls:
            if not is_whole_host(url):
                yield self.seed(url, Kind.PAGE)

    def from_front(self, response: Response, scan: PageScan) -> Iterator[Request]:
        """Also the sources that home page and robots.txt name; what stands in its menus is looked at first."""
        now = self.running.clock.now()
        # Where robots.txt is a row of its own, the sitemaps come from there.
        sitemaps = self._sitemaps if self.running.config.fetch.obey_robots else None
        for candidate in detected_sources(scan, url=response.url, sitemaps=sitemaps, found_at=now):
            if is_near(host_of(candidate.url), self.site.host_names):
                yield request_for(candidate, via=response.url)
        menu = {self.rules.key(url) for url in scan.menu}
        for request in super().from_front(response, scan):
            if self.rules.key(request.url) in menu:
                request.priority = max(request.priority, MENU)
            yield request

    async def from_page(self, response: Response, reason: Reason) -> Iterator[Request]:
        """Also the sitemaps of a robots.txt that was asked for by itself."""
        if reason.kind is not Kind.ROBOTS:
            return await super().from_page(response, reason)
        return self.from_reading(response, await self.reading_of(response))

    def from_scan(self, response: Response, reason: Reason, scan: PageScan) -> Iterator[Request]:
        """Also the feeds of what the home page shows."""
        if self.whole and reason.kind is Kind.PAGE and reason.depth <= 1:
            yield from self._feeds_of(response, scan)
        yield from super().from_scan(response, reason, scan)

    def _feeds_of(self, response: Response, scan: PageScan) -> Iterator[Request]:
        """The feeds that a section's head names: mostly its own."""
        now = self.running.clock.now()
        for candidate in detected_sources(scan, url=response.url, sitemaps=None, found_at=now):
            near = is_near(host_of(candidate.url), self.site.host_names)
            if candidate.hop != SPECULATIVE and near and self.is_new(f"{Kind.SOURCE} {candidate.url}"):
                yield request_for(candidate, via=response.url)
