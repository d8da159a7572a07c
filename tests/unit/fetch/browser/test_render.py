"""What is asked of a browser's page, and what a page of a browser's may ask."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response
from scrapy.utils.test import get_crawler

from archiver.config import Config, RenderSection
from archiver.config.sites import read_site
from archiver.errors import CatalogError, ConfigError
from archiver.fetch.browser.browser import BrowserRequest, Refused
from archiver.fetch.browser.processes import end_process, find_process, memory_of_tree
from archiver.fetch.browser.visit import KEPT, KEPT_EACH, TOLD, Answers, BrowserAnswer, Visit
from archiver.fetch.components.spider import ArchiveSpider, new_running
from archiver.fetch.errors import RobotsRefused
from archiver.fetch.run.options import CrawlOptions
from archiver.model.instant import SystemClock

BARE = 'name = "s"\nhosts = [{name = "news.example"}]\n'
PAGE = "https://news.example/story"


class Server:
    """Stands for the download path: gives an answer or raises, and remembers what it was asked for."""

    def __init__(self, **answers: Response | Exception) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        answer = self.answers.get(request.url.rpartition("/")[2].partition(".")[0], Response(request.url, body=b"x"))
        if isinstance(answer, Exception):
            raise answer
        return answer.replace(url=request.url, request=request)


def visit(tmp_path, server: Server, *, answers: Answers | None = None, **limits) -> Visit:
    config = Config(home=tmp_path, render=replace(RenderSection(), **limits))
    running = new_running(config, read_site(BARE.encode(), "f"), CrawlOptions(), open_session=lambda: None)
    spider = ArchiveSpider("s", running=running)
    headers = {"Content-Type": "text/html", "Set-Cookie": "a=b", "Content-Security-Policy": "default-src 'self'"}
    page = HtmlResponse(PAGE, body=b"<p>as captured", headers=headers)
    return Visit(running, page, wanted=spider.requisites, answers=answers or Answers(), download=server)


def asked(path: str = "/app.js", **more) -> BrowserRequest:
    url = path if ":" in path else f"https://news.example{path}"
    given = {"method": "GET", "type": "script", "headers": {"accept": "*/*", "cookie": "a=b"}, "main": False}
    return BrowserRequest(url, **{**given, **more})


async def refusal(of: Visit, what: BrowserRequest) -> str:
    with pytest.raises(Refused) as caught:
        await of.answer(what)
    return str(caught.value)


def run(coroutine):
    import asyncio

    return asyncio.run(coroutine)


def test_a_site_file_may_ask_for_a_browser_and_nothing_does_by_itself():
    assert read_site((BARE + "render = true\n").encode(), "f").render is True
    assert read_site(BARE.encode(), "f").render is False
    assert CrawlOptions().render is False
    with pytest.raises(ConfigError, match="f render"):
        read_site((BARE + 'render = "yes"\n').encode(), "f")


@pytest.mark.parametrize(("line", "options"), [("render = true\n", CrawlOptions()), ("", CrawlOptions(render=True))])
def test_without_the_extra_a_run_that_wants_it_does_not_begin(tmp_path, monkeypatch, line, options):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"news-archiver\[render\]"):
        new_running(Config(home=tmp_path), read_site((BARE + line).encode(), "f"), options)


def test_without_the_extra_other_runs_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not new_running(Config(home=tmp_path), read_site(BARE.encode(), "f"), CrawlOptions()).renders


def test_the_page_itself_is_answered_from_what_was_captured_and_only_once(tmp_path):
    server = Server()
    gate = visit(tmp_path, server)

    async def main():
        answer = await gate.answer(asked(PAGE, type="document", main=True))
        assert answer.body == b"<p>as captured"
        assert answer.headers == {"content-type": "text/html", "content-security-policy": "default-src 'self'"}
        assert "leads away" in await refusal(gate, asked("/other", type="document", main=True))
        assert (await gate.answer(asked(PAGE, type="fetch"))).body == b"<p>as captured"

    run(main())
    assert server.asked == []


def test_what_a_page_asks_for_is_fetched_as_its_requisite_in_our_own_name(tmp_path):
    server = Server()
    run(visit(tmp_path, server).answer(asked("/style.css", type="stylesheet")))
    (request,) = server.asked
    assert request.meta["reason"] == {"kind": "requisite", "hop": "E", "via": PAGE, "depth": 0}
    assert request.headers.to_unicode_dict() == {"Accept": "*/*"}


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (asked(method="POST"), "method POST"),
        (asked(method="HEAD"), "method HEAD"),
        (asked(type="eventsource"), "kind eventsource"),
        (asked(type="ping"), "kind ping"),
        (asked("ftp://news.example/a"), "no http"),
        (asked("file:///etc/passwd"), "no http"),
        (asked("/" + "a" * 3000), "2000 characters"),
        (asked("/film.mp4", type="media"), "not wanted"),
    ],
)
def test_what_is_none_of_a_readers_business_is_refused_before_anything_is_sent(tmp_path, what, why):
    server = Server()
    assert why in run(refusal(visit(tmp_path, server), what))
    assert server.asked == []


def test_requests_and_bytes_of_a_page_are_bounded(tmp_path):
    server = Server(big=Response("x:", body=b"x" * 60))
    gate = visit(tmp_path, server, max_requests=3, max_bytes=100)

    async def main():
        await gate.answer(asked("/big.js"))
        assert "100 bytes" in await refusal(gate, asked("/big.png", type="image"))
        await gate.answer(asked("/small.js"))
        assert "3 requests" in await refusal(gate, asked("/small2.js"))

    run(main())
    assert len(server.asked) == 3


def test_what_our_own_rules_refuse_the_page_does_not_get(tmp_path):
    until = SystemClock().now()
    server = Server(no=RobotsRefused("https://news.example/no.js", until), torn=ConnectionError("gone"))
    gate = visit(tmp_path, server)

    async def main():
        assert await refusal(gate, asked("/no.js")) == "robots"
        assert "gone" in await refusal(gate, asked("/torn.js"))

    run(main())


def test_an_error_of_the_archive_is_no_refusal(tmp_path):
    gate = visit(tmp_path, Server(app=CatalogError("c", "broken")))
    with pytest.raises(CatalogError):
        run(gate.answer(asked("/app.js")))


def test_a_thing_that_is_asked_for_twice_at_a_time_or_by_the_next_page_is_fetched_once(tmp_path):
    import asyncio

    server, answers = Server(), Answers()

    async def main():
        first = visit(tmp_path, server, answers=answers)
        await asyncio.gather(first.answer(asked("/app.js")), first.answer(asked("/app.js", type="fetch")))
        await visit(tmp_path, server, answers=answers).answer(asked("/app.js"))

    run(main())
    assert len(server.asked) == 1


def test_answers_are_kept_up_to_a_size():
    answers = Answers()
    for number in range(2 * KEPT // KEPT_EACH):
        answers.keep(f"https://news.example/{number}", "", BrowserAnswer(200, {}, b"x" * KEPT_EACH))
    answers.keep("https://news.example/large", "", BrowserAnswer(200, {}, b"x" * (KEPT_EACH + 1)))
    held = [number for number in range(2 * KEPT // KEPT_EACH) if answers.get(f"https://news.example/{number}", "")]
    assert len(held) == KEPT // KEPT_EACH
    assert held[-1] == 2 * KEPT // KEPT_EACH - 1
    assert answers.get("https://news.example/large", "") is None


def test_refusals_are_told_up_to_a_number_and_then_counted(tmp_path):
    gate = visit(tmp_path, Server())
    for number in range(TOLD + 5):
        gate.refuse(f"https://news.example/{number}", "why")
    assert (len(gate.refused), gate.more_refused) == (TOLD, 5)


def test_a_process_is_found_by_its_mark_measured_and_ended_by_it_alone():
    import subprocess
    import sys

    mark = "--mark-of-this-test"
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", mark], stdin=-1, stdout=-1
    )
    try:
        child.stdout.readline()
        assert find_process(mark) == child.pid
        assert memory_of_tree(child.pid) > 100_000
        end_process(child.pid, "--another-mark")
        assert child.poll() is None
        end_process(child.pid, mark)
        assert child.wait(60) == -9
    finally:
        child.kill()
        child.communicate()
    assert find_process(mark) is None


def test_the_middleware_stands_aside_where_nobody_wants_it(tmp_path):
    from scrapy.exceptions import NotConfigured

    from archiver.fetch.browser.render import RenderMiddleware

    crawler = get_crawler()
    running = new_running(
        Config(home=tmp_path), read_site(BARE.encode(), "f"), CrawlOptions(), open_session=lambda: None
    )
    crawler.spider = ArchiveSpider("s", running=running)
    with pytest.raises(NotConfigured):
        RenderMiddleware.from_crawler(crawler)
