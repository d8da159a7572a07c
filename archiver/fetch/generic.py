"""The spider for any URL: a whole host where the path is ``/``, else that page and its requisites."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from urllib.parse import urljoin

from protego import Protego
from scrapy import Request, signals
from scrapy.http import Response

from archiver.discover import site_for_url
from archiver.errors import UsageError
from archiver.fetch.base import ArchiveSpider
from archiver.fetch.candidates import detected_sources, page_requisites, request_for
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
            self._sitemaps.update(dict.fromkeys(list(robotparser.rp.sitemaps)[:MOST_SITEMAPS]))

    async def start(self) -> AsyncIterator[Request]:
        """The URLs themselves, due now; without robots.txt being obeyed it is read for its sitemaps alone."""
        for url in self.urls:
            yield self.seed(url, Kind.PAGE)
            if self.whole and not self.running.config.fetch.obey_robots:
                yield self.seed(urljoin(url, "/robots.txt"), Kind.ROBOTS)

    def from_page(self, response: Response, reason: Reason) -> Iterator[Request]:
        """Also the sources that page and robots.txt name, or the page's requisites."""
        now = self.running.clock.now()
        if reason.kind is Kind.ROBOTS:
            parsed = Protego.parse(response.text)
            self._sitemaps.update(dict.fromkeys(list(parsed.sitemaps)[:MOST_SITEMAPS]))
        if self.whole:
            for url in list(self._sitemaps):
                yield request_for(
                    Candidate(urljoin(response.url, url), now, hop="M", kind=Kind.SOURCE), via=response.url
                )
            self._sitemaps.clear()
            if reason.kind is Kind.PAGE:
                for candidate in detected_sources(response, found_at=now):
                    yield request_for(candidate, via=response.url)
        elif reason.kind is Kind.PAGE:
            for candidate in page_requisites(response, found_at=now):
                yield request_for(candidate, via=response.url)
        yield from super().from_page(response, reason)
