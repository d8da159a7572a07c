"""A page is read once, beside the event loop, and everything that the spider names comes from what was read."""

from __future__ import annotations

import asyncio
from pathlib import Path

from scrapy import Request
from scrapy.http import HtmlResponse

from archiver.config import Config
from archiver.config.sites import read_site
from archiver.fetch.components.spider import ArchiveSpider, new_running
from archiver.fetch.components.url_spider import MENU, UrlSpider
from archiver.fetch.run.options import CrawlOptions
from archiver.fetch.run.reason import Reason
from archiver.html.page_scan import PageScan
from archiver.html.requisites import Requisite, Requisites
from archiver.model.capture import Kind

URL = "https://news.example/"
SITE = (
    b'name = "s"\nhosts = [{ name = "news.example" }]\nsources = [{ url = "https://news.example/", kind = "front" }]\n'
)


def spider_of(kind: type[ArchiveSpider], home: Path, **more: object) -> ArchiveSpider:
    running = new_running(Config(home=home), read_site(SITE, "f"), CrawlOptions(), open_session=lambda: None)
    return kind("s", running=running, **more)


def response_of(kind: Kind, body: bytes = b"", *, hop: str = "L", **headers: str) -> HtmlResponse:
    request = Request(URL, meta={"reason": Reason(kind, hop=hop).as_meta()})
    return HtmlResponse(URL, body=body, request=request, headers={"Content-Type": "text/html", **headers})


def test_the_event_loop_goes_on_while_a_page_is_read(tmp_path: Path) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def first_request(response: HtmlResponse) -> tuple[str, int]:
        other = asyncio.create_task(turn())
        before = turns
        request = await anext(spider_of(ArchiveSpider, tmp_path).parse(response))
        other.cancel()
        return request.url, turns - before

    page = b'<a href="/story">s</a><img src="/i.png">'
    sheet = b"@import '/more.css';"
    for response, url in (
        (response_of(Kind.PAGE, page), f"{URL}story"),
        (response_of(Kind.REQUISITE, sheet, **{"Content-Type": "text/css"}), f"{URL}more.css"),
    ):
        found, passed = asyncio.run(first_request(response))
        assert found == url
        assert passed > 0


def test_all_that_a_front_names_comes_from_one_scan(tmp_path: Path) -> None:
    scan = PageScan(
        links=(f"{URL}story", f"{URL}sport/"),
        menu=(f"{URL}sport/",),
        feeds=(f"{URL}rss.xml",),
        articles=(f"{URL}hidden",),
        canonical=f"{URL}home",
        requisites=Requisites((Requisite(f"{URL}site.css", "stylesheet"),)),
    )
    spider = spider_of(UrlSpider, tmp_path, urls=[URL])
    asked = {request.url: request for request in spider.from_front(response_of(Kind.SOURCE), scan)}
    assert set(asked) >= {*scan.links, *scan.feeds, *scan.articles, scan.canonical, f"{URL}site.css"}
    assert asked[f"{URL}sport/"].priority == MENU
    assert asked[f"{URL}story"].priority < MENU


def test_a_page_that_asks_robots_not_to_follow_names_only_what_it_needs(tmp_path: Path) -> None:
    scan = PageScan(
        links=(f"{URL}story",),
        robots=frozenset({"nofollow"}),
        requisites=Requisites((Requisite(f"{URL}i.png", "image"),)),
    )
    spider = spider_of(ArchiveSpider, tmp_path)
    asked = spider.from_scan(response_of(Kind.PAGE), Reason(Kind.PAGE, hop="L"), scan)
    assert [request.url for request in asked] == [f"{URL}i.png"]
