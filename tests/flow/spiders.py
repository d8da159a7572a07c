"""Spiders of their own mind, found by the name of their site."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from scrapy import Request
from scrapy.http import Response

from archiver.fetch.components.spider import ArchiveSpider


class RaisingSpider(ArchiveSpider):
    """Its callback fails after the first link of each page."""

    name = "raising"

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        async for request in super().parse(response):
            yield request
            if response.url.endswith("/a"):
                raise ValueError("the callback of a spider failed")


class OwnCallbackSpider(ArchiveSpider):
    """Asks for one page by a callback of its own, with a header, a note, and arguments."""

    name = "own-callback"

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        yield Request(
            response.urljoin("/own"),
            callback=self.parse_own,
            headers={"X-Own": "1"},
            meta={"note": ["kept", 1]},
            cb_kwargs={"word": "from-kwargs"},
        )

    def parse_own(self, response: Response, word: str) -> Iterator[Request]:
        yield Request(response.urljoin(f"/{word}-{response.meta['note'][0]}"))


class UnstorableSpider(ArchiveSpider):
    """Yields a request that no row can hold."""

    name = "unstorable"

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        yield Request(response.urljoin("/b"), meta={"object": object()})


class DefiantSpider(ArchiveSpider):
    """Asks for a page and says that robots.txt is no matter, as Scrapy would let it."""

    name = "defiant"

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        yield Request(response.urljoin("/a"), meta={"dont_obey_robotstxt": True})
