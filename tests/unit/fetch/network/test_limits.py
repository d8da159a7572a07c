from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import HtmlResponse, Response

from archiver.catalog import FrontierEntry
from archiver.config import Config, LimitsSection
from archiver.fetch.components.decode import CAPPED, DecodeMiddleware
from archiver.fetch.components.redirects import BoundedRedirects
from archiver.fetch.errors import LimitReached
from archiver.fetch.network.limits import HeadLimits, HeadWatch, most_decoded
from archiver.fetch.run.bounds import KEPT, Bounds
from archiver.model.capture import Kind

AT = datetime(2026, 11, 24, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ROOMY = HeadLimits(10_000, 100, 30)
HEAD = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n"


def config(**limits: Any) -> Config:
    return replace(Config(Path("/nowhere")), limits=LimitsSection(**limits))


# Header blocks.


@given(
    st.binary(max_size=200),
    st.lists(st.integers(1, 40), max_size=30),
    st.sampled_from([b"", b"HTTP/1.1 103 E\r\nL: x\r\n\r\n"]),
)
def test_the_end_of_a_head_is_seen_however_it_is_cut(body: bytes, cuts: list[int], interim: bytes) -> None:
    watch, data = HeadWatch(ROOMY), interim * 3 + HEAD + body
    ends = []
    while data:
        size = cuts.pop() if cuts else 1 + len(data) // 3
        assert watch.feed(data[:size]) is None
        data = data[size:]
        ends.append((watch.over, len(data)))
    assert watch.over
    assert all(over == (left <= len(body)) for over, left in ends)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"HTTP/1.1 200 " + b"OK " * 4000, "more than 10000 bytes"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "more than 100 lines"),
        (b"HTTP/1.1 102 Wait\r\n\r\n" * 60, "more than 100 lines"),
        (
            b"HTTP/1.1 102 Wait\r\nX: " + b"y" * 9000 + b"\r\n\r\n" + b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2000,
            "more than 10000 bytes",
        ),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_a_head_that_is_too_much_is_told(data: bytes, why: str, step: int) -> None:
    watch = HeadWatch(ROOMY)
    said = [watch.feed(data[start : start + step]) for start in range(0, len(data), step)]
    assert any(why in (each or "") for each in said)
    assert not watch.over


def test_a_long_body_is_no_head() -> None:
    watch = HeadWatch(ROOMY)
    assert watch.feed(HEAD + b"\n" * 50_000) is None
    assert watch.feed(b"\n" * 50_000) is None


def test_101_is_the_last_head() -> None:
    watch = HeadWatch(ROOMY)
    watch.feed(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    assert watch.over


# Decoding.


def test_what_is_decoded_is_bounded_by_kind_and_ratio() -> None:
    limits = config(page_bytes=5_000_000, source_bytes=9_000_000, ratio=10)
    assert most_decoded(limits, Kind.PAGE, 100) == 1_000_000
    assert most_decoded(limits, Kind.PAGE, 200_000) == 2_000_000
    assert most_decoded(limits, Kind.PAGE, 10_000_000) == 5_000_000
    assert most_decoded(limits, Kind.SOURCE, 10_000_000) == 9_000_000


def decoded(body: bytes, coding: str, **limits: Any) -> Response:
    middleware = DecodeMiddleware.__new__(DecodeMiddleware)
    middleware._running = SimpleNamespace(config=config(**limits))  # type: ignore[assignment]
    request = Request("https://news.example/")
    headers = {"Content-Encoding": coding, "Content-Type": "text/html; charset=utf-8"} if coding else {}
    return asyncio.run(
        middleware.process_response(request, Response(request.url, headers=headers, body=body, request=request))
    )


def test_a_coded_page_goes_up_decoded() -> None:
    response = decoded(gzip.compress("<p>Tiếng Việt</p>".encode()), "gzip")
    assert isinstance(response, HtmlResponse)
    assert response.text == "<p>Tiếng Việt</p>"
    assert "Content-Encoding" not in response.headers
    assert response.flags == []


def test_of_a_bomb_only_the_beginning_goes_up() -> None:
    response = decoded(gzip.compress(b"<p>Boom</p>" + b" " * 30_000_000), "gzip", ratio=20)
    assert len(response.body) == 1_000_000
    assert response.body.startswith(b"<p>Boom</p>")
    assert response.flags == [CAPPED]


def test_a_body_that_is_not_coded_as_it_says_goes_up_as_it_is() -> None:
    assert decoded(b"<p>plain</p>", "gzip").body == b"<p>plain</p>"
    assert decoded(b"<p>plain</p>", "x-klingon").body == b"<p>plain</p>"
    assert decoded(b"<p>plain</p>", "").body == b"<p>plain</p>"
    assert decoded(gzip.compress(b"x" * 5000)[:30], "gzip").flags == []


# Redirects.


def redirected(location: str | None, *, status: int = 302, times: int = 0) -> Request | Response:
    middleware = BoundedRedirects.__new__(BoundedRedirects)
    middleware.max_redirect_times, middleware.priority_adjust = 3, 0
    middleware._referer_spider_middleware = None
    middleware.handle_referer = lambda request, response: None  # type: ignore[method-assign]
    middleware.crawler = SimpleNamespace(spider=None)  # type: ignore[assignment]
    request = Request("https://news.example/a", meta={"redirect_times": times})
    headers = {} if location is None else {"Location": location}
    return middleware.process_response(request, Response(request.url, status=status, headers=headers))


def test_a_redirect_is_followed_so_many_times() -> None:
    followed = redirected("/b", times=2)
    assert isinstance(followed, Request)
    assert followed.url == "https://news.example/b"
    with pytest.raises(LimitReached, match="more than 3 redirects"):
        redirected("/b", times=3)


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http:///",
        "http://[::1/",
        "http://news.example:0/",
        "http://news.example:99999/",
        "//",
    ],
)
def test_a_location_that_is_no_url_is_an_answer_like_any_other(location: str | None) -> None:
    answer = redirected(location)
    assert isinstance(answer, Response) or answer.url == "https://news.example/a"


def test_a_redirect_to_a_very_long_url_is_not_followed() -> None:
    with pytest.raises(LimitReached, match="longer than 8192 characters"):
        redirected("/" + "x" * 9000)


# Runs and hosts.


def entry(url: str, kind: Kind = Kind.PAGE, *, hop: str = "L", depth: int = 1) -> FrontierEntry:
    return FrontierEntry("s", url, url, kind, None, hop, depth, 0, AT, AT)


def test_a_run_takes_so_many_pages_and_so_many_of_a_host() -> None:
    bounds = Bounds(config(pages_per_run=5, pages_per_host=3))
    taken = [bounds.admits(entry(f"https://{host}.example/{n}")) for host in "ab" for n in range(4)]
    assert taken == [True, True, True, False, True, True, False, False]
    assert bounds.left == "pages of a.example"
    assert bounds.admits(entry("https://a.example/x.css", Kind.REQUISITE))


def test_a_run_takes_so_many_sources() -> None:
    bounds = Bounds(config(sources_per_run=2))
    assert [bounds.admits(entry(f"https://a.example/{n}.xml", Kind.SOURCE)) for n in range(3)] == [True, True, False]
    assert bounds.admits(entry("https://a.example/page"))
    assert bounds.left == "sources"


def test_a_trap_is_kept_with_its_reason_and_never_due() -> None:
    bounds = Bounds(config())
    trapped = bounds.judge(entry("https://a.example/" + "x/" * 9), today=TODAY)
    assert trapped is not None
    assert (trapped.due_at, trapped.reason) == (None, "trap: a path segment more than 3 times")
    good = entry("https://a.example/x")
    assert bounds.judge(good, today=TODAY) is good


def test_of_one_trap_so_many_addresses_are_kept() -> None:
    bounds = Bounds(config())
    kept = [bounds.judge(entry(f"https://a.example/day/9{n:03}-01-01"), today=TODAY) for n in range(KEPT + 20)]
    assert sum(each is not None for each in kept) == KEPT
    assert bounds.judge(entry("https://a.example/other/9999-01-01"), today=TODAY) is not None


def test_sources_are_followed_so_deep() -> None:
    bounds = Bounds(config(source_depth=2))
    deep = bounds.judge(entry("https://a.example/3.xml", Kind.SOURCE, depth=3), today=TODAY)
    assert deep is not None
    assert deep.reason == "trap: more than 2 sources deep"
    fine = entry("https://a.example/2.xml", Kind.SOURCE, depth=2)
    assert bounds.judge(fine, today=TODAY) is fine


def test_what_waits_is_given_up_when_its_like_turn_out_to_be_a_trap() -> None:
    bounds = Bounds(config(same_pages=4))
    waits = entry("https://a.example/list/99")
    for number in range(4):
        assert bounds.why_trapped(waits) is None
        bounds.saw(entry(f"https://a.example/list/{number}"), b"<p>Nothing.</p>")
    assert bounds.why_trapped(waits) == "trap: 4 pages in a row with addresses like it say the same"
    assert bounds.why_trapped(replace(waits, hop="M")) is None, "what a source names is fetched"
