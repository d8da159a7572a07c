"""A robots.txt as rules for us (RFC 9309)."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.catalog import RobotsState
from archiver.fetch.politeness.robots import origin_of
from archiver.fetch.politeness.robots_rules import (
    PARSED,
    RobotsRules,
    is_fresh,
    is_given_up,
    is_html,
    is_unreachable,
    parse,
    product_token,
)

NOW = datetime(2026, 11, 24, 2, 0, 0, tzinfo=UTC)
TOKEN = "news-archiver"


def rules(text: str | bytes) -> RobotsRules:
    return RobotsRules(NOW, parse(text.encode() if isinstance(text, str) else text, TOKEN))


def allowed(text: str | bytes, path: str) -> bool:
    return rules(text).allows(f"https://a.example{path}")


@pytest.mark.parametrize(
    ("text", "path", "may"),
    [
        ("User-agent: *\nDisallow: /\n", "/a", False),
        ("User-agent: *\nDisallow:\n", "/a", True),
        ("Disallow: /\n", "/a", True),
        # Our group, whole and by any letter case, wins over the one for all.
        ("User-agent: *\nDisallow: /\nUser-agent: NEWS-Archiver\nDisallow: /x\n", "/a", True),
        ("User-agent: news-archiver\nDisallow: /x\nUser-agent: *\nAllow: /\n", "/x", False),
        # Groups of one name are one.
        ("User-agent: news-archiver\nDisallow: /x\n\nUser-agent: news-archiver\nDisallow: /y\n", "/y", False),
        ("User-agent: news-archiver\nDisallow: /x\n\nUser-agent: news-archiver\nDisallow: /y\n", "/x", False),
        # Several names before the rules.
        ("User-agent: other\nUser-agent: news-archiver\nDisallow: /x\n", "/x", False),
        # A name that only begins, ends or contains like ours is another's.
        ("User-agent: news\nDisallow: /\n", "/a", True),
        ("User-agent: archiver\nDisallow: /\n", "/a", True),
        ("User-agent: news-archiver-images\nDisallow: /\n", "/a", True),
        ("User-agent: mynews-archiver\nDisallow: /\n", "/a", True),
        ("User-agent: 360Spider\nDisallow: /\n", "/a", True),
        # With a version, a comment, and as people mistype it.
        ("User-agent: news-archiver/0.1\nDisallow: /\n", "/a", False),
        ("User-agent: news-archiver # that one\nDisallow: /\n", "/a", False),
        ("user agent news-archiver\ndisalow: /\n", "/a", False),
        ("User-agent: *\r\nDisallow: /x\r\n", "/x", False),
        ("User-agent: *\rDisallow: /x\r", "/x", False),
        # The longest match wins, a tie allows.
        ("User-agent: *\nAllow: /p\nDisallow: /\n", "/page", True),
        ("User-agent: *\nAllow: /folder\nDisallow: /folder\n", "/folder/page", True),
        ("User-agent: *\nAllow: /page\nDisallow: /*.htm\n", "/page.htm", False),
        ("User-agent: *\nAllow: /$\nDisallow: /\n", "/", True),
        ("User-agent: *\nAllow: /$\nDisallow: /\n", "/page.htm", False),
        ("User-agent: *\nDisallow: /*.php$\n", "/a.php", False),
        ("User-agent: *\nDisallow: /*.php$\n", "/a.php?x", True),
        # Percent codes are one with what they stand for.
        ("User-agent: *\nDisallow: /tin-tức\n", "/tin-t%E1%BB%A9c/1", False),
        ("User-agent: *\nDisallow: /tin-t%e1%bb%a9c\n", "/tin-t%E1%BB%A9c/1", False),
        ("User-agent: *\nDisallow: /a%2fb\n", "/a/b", True),
        # The file itself is always allowed.
        ("User-agent: *\nDisallow: /\n", "/robots.txt", True),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /x\n", "/x", False),
        ("\ufeffUser-agent: *\nDisallow: /x\n".encode("utf-16-le"), "/x", False),
        (b"User-agent: *\nDisallow: /x\n\xff\xfe\x00garbage\nDisallow: /y\n", "/y", False),
    ],
)
def test_which_paths_are_allowed(text: str | bytes, path: str, may: bool) -> None:
    assert allowed(text, path) is may


def test_at_least_500_kib_are_read_and_no_half_line() -> None:
    padding = "User-agent: *\n" + "#" * (500 * 1024 - 60) + "\n"
    assert not allowed(padding + "Disallow: /x\n", "/x")
    cut = "User-agent: *\n".ljust(PARSED - len("Disallow: /\n") + 1, "#") + "\n"
    text = cut[:-2] + "\nDisallow: /xyz\n"
    assert len(text) > PARSED
    assert allowed(text, "/")


def test_a_delay_is_that_of_our_group() -> None:
    text = "User-agent: *\nCrawl-delay: 9\nUser-agent: news-archiver\nCrawl-delay: 2.5\n"
    assert rules(text).crawl_delay == 2.5
    assert rules("User-agent: *\nCrawl-delay: 9\n").crawl_delay == 9
    for nothing in ("-1", "soon", "nan", "", "0"):
        assert rules(f"User-agent: *\nCrawl-delay: {nothing}\n").crawl_delay == 0


def test_a_web_page_is_no_robots_txt() -> None:
    assert is_html(b"\xef\xbb\xbf \n<!DOCTYPE html><html>")
    assert is_html(b"<?xml version='1.0'?>")
    assert not is_html(b"User-agent: *\nDisallow: /<x>\n")
    assert not is_html(b"")


def test_what_an_answer_means() -> None:
    assert [is_unreachable(status) for status in (None, 429, 500, 503, 599)] == [True] * 5
    assert not any(is_unreachable(status) for status in (200, 204, 310, 400, 401, 403, 404, 410, 451))


def test_an_answer_stands_for_a_day_and_a_failure_until_its_time() -> None:
    state = RobotsState("https://a.example:443", NOW, status=200)
    assert is_fresh(state, NOW)
    assert is_fresh(state, NOW + timedelta(hours=23, minutes=59))
    assert not is_fresh(state, NOW + timedelta(hours=24))
    assert not is_fresh(state, NOW - timedelta(seconds=1))
    failed = RobotsState("https://a.example:443", NOW, retry_at=NOW + timedelta(minutes=15), unreachable_since=NOW)
    assert is_fresh(failed, NOW + timedelta(minutes=14))
    assert not is_fresh(failed, NOW + timedelta(minutes=15))
    assert not is_given_up(failed)
    long = RobotsState("https://a.example:443", NOW, unreachable_since=NOW - timedelta(days=30, seconds=1))
    assert is_given_up(long)


def test_we_are_known_by_the_first_word_of_our_name() -> None:
    assert product_token("news-archiver/0.1 (+https://archive.example/)") == "news-archiver"
    assert product_token("Lib_Bot (Mozilla)") == "Lib_Bot"
    assert product_token("") == "news-archiver"


def test_each_scheme_host_and_port_is_an_origin() -> None:
    assert origin_of("https://a.example/x") == "https://a.example:443"
    assert origin_of("http://A.example:80/x?y") == "http://a.example:80"
    assert origin_of("http://[2001:db8::1]:8080/") == "http://[2001:db8::1]:8080"


def test_real_files_and_broken_ones_end_in_rules(data_dir: Path) -> None:
    files = sorted((data_dir / "robots").iterdir())
    assert len(files) > 10
    chance = random.Random(9309)
    for file in files:
        body = file.read_bytes()
        torn = bytearray(body)
        for _ in range(min(20, len(torn))):
            torn[chance.randrange(len(torn))] = chance.randrange(256)
        for each in (body, bytes(torn), body[: len(body) // 2]):
            known = rules(each)
            assert known.allows("https://a.example/robots.txt")
            assert isinstance(known.allows("https://a.example/some/page?x=1"), bool)
            assert known.crawl_delay >= 0


def test_a_hostile_file_is_read_and_asked_in_no_time() -> None:
    stars = "User-agent: *\n" + ("Disallow: /" + "*a" * 200 + "$\n") * 1000
    agents = "".join(f"User-agent: x{number}\n" for number in range(20_000)) + "Disallow: /\n"
    began = time.perf_counter()
    for text in (stars, agents, "User-agent: *\n" + "Disallow: " + "/" * 500_000):
        rules(text).allows("https://a.example/" + "a" * 8000 + "b")
    assert time.perf_counter() - began < 10
