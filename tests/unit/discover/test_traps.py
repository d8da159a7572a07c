from __future__ import annotations

import time
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.discover import TrapLimits, TrapWatch, form_of, why_trap
from archiver.discover.traps import gist_of

TODAY = date(2026, 11, 24)
HOST = "https://news.example"
LIMITS = TrapLimits()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/x/" * 4, "segment more than 3 times"),
        ("/a/b" * 4, "segment more than 3 times"),
        ("/News/news/NEWS/news", "segment more than 3 times"),
        ("/d" + "".join(f"/{n}" for n in range(20)), "more than 20 path segments"),
        ("/long?" + "x" * 2000, "longer than 2000"),
        ("/events?tribe-bar-date=2026-11", "endless pages"),
        ("/a?replytocom=12", "endless pages"),
        ("/calendar/2027-03-01", "a calendar: the day 2027-03-01 in the path"),
        ("/calendar/1989/12/31/", "a calendar"),
        ("/events?day=20991231", "a calendar: the day 2099-12-31 in the query"),
    ],
)
def test_an_address_without_end_is_told_by_its_form(path: str, why: str) -> None:
    assert why in (why_trap(HOST + path, limits=LIMITS, today=TODAY) or "")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a/b/a/b/a/b",
        "/2026/11/24/a-long-title",
        "/archive/2003-05-17",
        "/archive?day=2026-12-31",
        "/story-20991231-in-its-slug/page",
        "/id/99999999",
        "/a/2026-13-45",
        "/post2030123456.vnp",
    ],
)
def test_an_address_as_newspapers_have_them_is_none(path: str) -> None:
    assert why_trap(HOST + path, limits=LIMITS, today=TODAY) is None


def test_pages_that_say_the_same_at_ever_new_addresses_close_their_form() -> None:
    watch = TrapWatch(TrapLimits(same_pages=5))
    for number in range(5):
        url = f"{HOST}/list/{number}?page={number}"
        assert watch.judge(url, depth=1, today=TODAY) is None
        watch.saw(url, f"<h1>List {number}</h1><p>Nothing here on page {number}.</p>".encode())
    assert (
        watch.judge(f"{HOST}/list/77?page=77", depth=1, today=TODAY)
        == "5 pages in a row with addresses like it say the same"
    )
    assert watch.judge(f"{HOST}/list/77?page=77", depth=1, today=TODAY, linked=False) is None
    assert watch.judge(f"{HOST}/other/1", depth=1, today=TODAY) is None


def test_articles_with_addresses_of_one_form_do_not() -> None:
    watch = TrapWatch(TrapLimits(same_pages=5))
    words = ["river", "bridge", "council", "harvest", "school", "match", "storm", "museum", "train", "vote"]
    for number, (word, other) in enumerate(combinations(words, 2)):
        watch.saw(f"{HOST}/post{number}.vnp", f"<p>The {word} and the {other} number {number}.</p>".encode())
    assert watch.judge(f"{HOST}/post999.vnp", depth=1, today=TODAY) is None


def test_articles_among_many_that_are_gone_are_still_followed() -> None:
    watch = TrapWatch(TrapLimits(same_pages=5))
    for number in range(40):
        body = b"<p>A story.</p>" if number % 4 == 3 else b"<p>This page is gone.</p>"
        watch.saw(f"{HOST}/{number}.html", body)
    assert watch.judge(f"{HOST}/99.html", depth=1, today=TODAY) is None


def test_a_page_that_names_its_own_address_says_nothing_new_by_that() -> None:
    first = gist_of(b"<p>You are at /trap/abcdefg/xyz</p>", url=f"{HOST}/trap/abcdefg/xyz")
    assert first == gist_of(b"<p>You are at /trap/qrstuv/xyz</p>", url=f"{HOST}/trap/qrstuv/xyz")
    assert first != gist_of(b"<p>You are at home</p>", url=f"{HOST}/trap/abcdefg/xyz")


def test_the_queries_of_one_path_are_bounded_and_so_are_their_combinations() -> None:
    watch = TrapWatch(TrapLimits(queries_per_path=10, forms_per_path=3))

    def judge(query: str) -> str | None:
        return watch.judge(f"{HOST}/shop?{query}", depth=1, today=TODAY)

    assert [judge(f"page={n}") for n in range(10)] == [None] * 10
    assert judge("page=3") is None, "known ones are not counted again"
    assert judge("page=10") == "more than 10 queries for one path"
    assert watch.judge(f"{HOST}/other?page=10", depth=1, today=TODAY) is None
    assert [judge(str(n)) for n in range(5)] == ["more than 10 queries for one path"] * 5, "values without a name"
    watch = TrapWatch(TrapLimits(forms_per_path=3))
    assert [judge(query) for query in ("a=1", "a=1&b=1", "b=1", "b=2&a=9")] == [None] * 4
    assert judge("a=1&b=1&c=1") == "more than 3 combinations of query parameters for one path"


def test_links_do_not_lead_on_for_ever() -> None:
    watch = TrapWatch(TrapLimits(link_depth=7))
    assert watch.judge(f"{HOST}/a", depth=7, today=TODAY) is None
    assert watch.judge(f"{HOST}/a", depth=8, today=TODAY) == "more than 7 links away"


def test_forms_leave_out_what_counts() -> None:
    assert form_of(f"{HOST}/News/s00af/page-7?b=1&A=2") == "news.example/news/#/page-#?a&b"
    assert form_of(f"{HOST}/a/b") != form_of(f"{HOST}/a/c")


@given(st.binary(max_size=3000), st.text(max_size=200))
def test_any_bytes_are_read(body: bytes, tail: str) -> None:
    watch = TrapWatch(LIMITS)
    url = f"{HOST}/{tail}"
    watch.saw(url, body)
    assert watch.judge(url, depth=1, today=TODAY) in {None, why_trap(url, limits=LIMITS, today=TODAY)}


@pytest.mark.parametrize("body", [b"<" * 5_000_000, b"<script" * 700_000, b"a<b " * 1_000_000, b"&" * 5_000_000])
def test_no_page_is_read_for_long(body: bytes) -> None:
    began = time.perf_counter()
    gist_of(body, url=f"{HOST}/a")
    assert time.perf_counter() - began < 0.5
