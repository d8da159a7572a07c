"""The spider for any URL: a whole host where the path is ``/``, else that page and its requisites."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from urllib.parse import urljoin

from scrapy import Request, signals
from scrapy.http import Response

from archiver.discover import parse_source, site_for_url
from archiver.errors import UsageError
from archiver.fetch.base import REQUISITE, ArchiveSpider
from archiver.fetch.candidates import detected_sources, page_requisites, request_for
from archiver.fetch.domain import is_near
from archiver.fetch.reason import Reason
from archiver.model.capture import Candidate, Kind
from archiver.model.site import Site
from archiver.model.url import clean_url, host_of

MOST_SITEMAPS = 200


def is_whole_host(url: str) -> bool:
    """Whether a URL means its host: its path is ``/`` and nothing follows."""
    return clean_url(url).split("/", 3)[3] == ""


def site_of(urls: Sequence[str]) -> Site:
    """The site that URLs of one host make; its links are followed only where the whole host is meant.

    Raises ``NotHttpUrl``, and ``UsageError`` for URLs of several hosts.
    """
    hosts = dict.fromkeys(host_of(clean_url(url)) for url in urls)
    if len(hosts) != 1:
        raise UsageError(f"the URLs of one crawl are of one host, not of {', '.join(hosts)}")
    return site_for_url(clean_url(urls[0]))


class UrlSpider(ArchiveSpider):
    """Crawls given URLs. ``whole`` says whether their host is meant, with its sources and links."""

    name = "url"

    def __init__(self, *args: Any, urls: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.urls = tuple(clean_url(url) for url in urls)
        self.whole = any(is_whole_host(url) for url in self.urls)
        self._sitemaps: dict[str, None] = {}

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> UrlSpider:
        """Made by Scrapy; listens to what robots.txt says of sitemaps."""
        spider: UrlSpider = super().from_crawler(crawler, *args, **kwargs)
        if spider.whole:
            crawler.signals.connect(spider._robots_parsed, signals.robots_parsed)
        return spider

    def _robots_parsed(self, robotparser: Any, request: Request) -> None:
        if self.rules.in_scope(request.url):
            for sitemap in list(robotparser.rp.sitemaps)[:MOST_SITEMAPS]:
                self._sitemaps[urljoin(request.url, sitemap)] = None

    async def start(self) -> AsyncIterator[Request]:
        """The URLs themselves, due now; without robots.txt being obeyed it is read for its sitemaps alone."""
        for url in self.urls:
            yield self.seed(url, Kind.PAGE)
            if self.whole and not self.running.config.fetch.obey_robots:
                yield self.seed(urljoin(url, "/robots.txt"), Kind.ROBOTS)

    def from_page(self, response: Response, reason: Reason) -> Iterator[Request]:
        """Also the sources that page and robots.txt name, where the whole host is meant."""
        now = self.running.clock.now()
        if reason.kind is Kind.ROBOTS:
            reading = parse_source(response.body, url=response.url, content_type="text/plain", found_at=now)
            self._sitemaps.update(dict.fromkeys(child.url for child in reading.children))
        if self.whole:
            for url in self._take_sitemaps():
                yield request_for(
                    Candidate(url, now, hop="M", kind=Kind.SOURCE), via=urljoin(response.url, "/robots.txt")
                )
            if reason.kind is Kind.PAGE:
                for candidate in detected_sources(response, found_at=now):
                    if is_near(host_of(candidate.url), self.site.host_names):
                        yield request_for(candidate, via=response.url)
        yield from super().from_page(response, reason)

    def from_requisites(self, response: Response) -> Iterator[Request]:
        """All that a page needs, wherever it lies, where the page alone is meant."""
        if self.whole:
            yield from super().from_requisites(response)
            return
        for candidate in page_requisites(response, found_at=self.running.clock.now()):
            yield request_for(candidate, via=response.url, priority=REQUISITE)

    def _take_sitemaps(self) -> list[str]:
        urls, self._sitemaps = list(self._sitemaps), {}
        return urls[:MOST_SITEMAPS]
