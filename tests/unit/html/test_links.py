"""What is read of a page's links, whatever the page."""

from __future__ import annotations

import gzip
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.html.page_scan import MAX_BYTES, PageScan, scan_page
from archiver.html.requisites import Requisites
from archiver.model.url import clean_url

URL = "https://www.example.org/news/page.html?x=1"


def links(html: str, **more: object) -> PageScan:
    return scan_page(html.encode(), url=URL, **more)  # type: ignore[arg-type]


def test_links_are_absolute_legal_and_in_order_without_doubles_and_fragments() -> None:
    found = links(
        '<a href="b.html">b</a> <a href="/a#top">a</a> <a href="//other.org/c d">c</a> <a href="/a">a again</a>'
        '<a href="?page=2">next</a> <a href="../Được.html">vi</a> <area href="HTTP://WWW.Example.org:80/m">'
    )
    assert found.links == (
        "https://www.example.org/news/b.html",
        "https://www.example.org/a",
        "https://other.org/c%20d",
        "https://www.example.org/news/page.html?page=2",
        "https://www.example.org/%C4%90%C6%B0%E1%BB%A3c.html",
        "http://www.example.org/m",
    )
    assert found.bad == 0


def test_what_is_no_page_is_no_link() -> None:
    found = links(
        '<a href="#top">t</a><a href="">e</a><a>n</a><a href="mailto:a@example.org">m</a><a href="javascript:x()">j</a>'
        '<a href="data:text/html,x">d</a><a href="tel:+84">t</a><a href="/real">r</a><a name="anchor">a</a>'
    )
    assert found.links == ("https://www.example.org/real",)


def test_the_first_base_counts() -> None:
    found = links('<head><base href="/deep/er/"><base href="https://evil.example/"></head><a href="x">x</a>')
    assert found.links == ("https://www.example.org/deep/er/x",)


@pytest.mark.parametrize("base", ["javascript:alert(1)", "http://[", ""])
def test_a_base_that_is_no_url_is_as_none(base: str) -> None:
    assert links(f'<base href="{base}"><a href="x">x</a>').links == ("https://www.example.org/news/x",)


def test_bad_addresses_are_skipped_and_counted() -> None:
    found = links('<a href="http://[::1">b</a><a href="http://">b</a><a href="https://a b/">b</a><a href="/ok">o</a>')
    assert found.links == ("https://www.example.org/ok",)
    assert found.bad == 3


def test_an_address_broken_over_lines_is_whole() -> None:
    assert links('<a href="  /a\n\tb-post1.vnp  ">x</a>').links == ("https://www.example.org/ab-post1.vnp",)


def test_nofollow_is_said_only_where_every_mention_says_so() -> None:
    found = links(
        '<a href="/a" rel="nofollow noopener">a</a><a href="/b" rel="NoFollow">b</a><a href="/b">b</a><a href="/c">c</a>'
    )
    assert found.nofollow == {"https://www.example.org/a"}


def test_the_head_is_read() -> None:
    found = links(
        """<head><link rel="canonical" href="/canonical"><link rel="canonical" href="/second">
        <link rel="alternate" type="application/rss+xml" title="x" href="/rss/home.rss">
        <link rel="alternate" type="application/atom+xml; charset=utf-8" href="/atom.xml">
        <link rel="alternate" type="application/rss+xml" href="/rss/home.rss">
        <link rel="alternate" type="text/calendar" href="/calendar.ics">
        <link rel="alternate" hreflang="en" href="https://en.example.org/x"><link rel="alternate" hreflang="zh-Hans" href="/zh">
        <link rel="alternate" hreflang="x-default" href="/"><link rel="alternate" hreflang="no language!" href="/q">
        <link rel="amphtml" href="/amp"><link rel="next" href="?page=2"><link rel="stylesheet" href="/site.css">
        <meta name="ROBOTS" content="NoIndex, nofollow"></head>"""
    )
    assert found.canonical == "https://www.example.org/canonical"
    assert found.feeds == ("https://www.example.org/rss/home.rss", "https://www.example.org/atom.xml")
    assert found.alternates == {
        "en": "https://en.example.org/x",
        "zh-hans": "https://www.example.org/zh",
        "x-default": "https://www.example.org/",
    }
    assert found.amp == "https://www.example.org/amp"
    assert found.next == "https://www.example.org/news/page.html?page=2"
    assert found.robots == {"noindex", "nofollow"}
    assert found.links == ()


def test_the_next_page_may_be_a_link_in_the_text() -> None:
    found = links('<a rel="next" href="?page=3">older</a>')
    assert found.next == "https://www.example.org/news/page.html?page=3"
    assert found.links == (found.next,)


def test_at_most_so_many_links_are_read_and_it_is_said() -> None:
    found = links("".join(f'<a href="/{n}">x</a>' for n in range(30)), limit=10)
    assert len(found.links) == 10
    assert found.cut
    assert not links('<a href="/0">x</a>' * 30, limit=1).cut


def test_links_below_any_depth_are_read() -> None:
    deep = "<div>" * 20_000 + '<a href="/deep">d</a>' + "</div>" * 20_000 + '<a href="/after">a</a>'
    assert links(deep).links == ("https://www.example.org/deep", "https://www.example.org/after")


def test_only_so_many_bytes_are_read() -> None:
    found = scan_page(b'<a href="/first">f</a>' + b" " * MAX_BYTES + b'<a href="/last">l</a>', url=URL)
    assert found.links == ("https://www.example.org/first",)
    assert found.cut


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ('<meta charset="utf-16"><a href="/tin-tức">x</a>'.encode(), None),
        ("﻿<a href='/tin-tức'>x</a>".encode(), None),
        ("﻿<a href='/tin-tức'>x</a>".encode("utf-16-le"), "text/html; charset=utf-8"),
        ('<?xml version="1.0" encoding="latin-1"?><a href="/tin-tức">x</a>'.encode(), "application/xhtml+xml"),
        (b"\x00<p>\x00</p>" + "<a href='/tin-tức'>x</a>".encode(), "text/html; charset=nonsense"),
    ],
)
def test_lies_about_the_charset_cost_no_link(data: bytes, content_type: str | None) -> None:
    assert scan_page(data, url=URL, content_type=content_type).links == ("https://www.example.org/tin-t%E1%BB%A9c",)


def test_a_charset_that_browsers_believe_is_believed() -> None:
    found = scan_page('<a href="/é">x</a>'.encode(), url=URL, content_type="text/html; charset=iso-8859-1")
    assert found.links == (clean_url("https://www.example.org/Ã©"),)


def test_a_charset_that_is_true_is_believed() -> None:
    data = '<a href="/новости">x</a>'.encode("windows-1251")
    found = scan_page(data, url=URL, content_type='text/html; charset="windows-1251"')
    assert found.links == (clean_url("https://www.example.org/новости"),)


@pytest.mark.parametrize("data", [b"", b" ", b"\x00\x00", b"<", b"\xff\xfe", b"<!-- only -->", b"PK\x03\x04\xff\x00"])
def test_what_is_no_page_has_no_links(data: bytes) -> None:
    scan = scan_page(data, url=URL)
    assert replace(scan, requisites=Requisites()) == PageScan()
    assert scan.requisites.urls == ("https://www.example.org/favicon.ico",)


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    for link in scan_page(b'<a href="' + data, url=URL).links:
        assert clean_url(link) == link


@given(st.text(max_size=60))
def test_every_link_is_legal_whatever_was_written(text: str) -> None:
    for link in scan_page(f"<base href='{text}'><a href='{text}'>".encode("utf-8", "replace"), url=URL).links:
        assert clean_url(link) == link
        assert "#" not in link


def test_a_large_page_takes_little_time() -> None:
    html = b'<p class="x"><a href="/some/long-path-of-an-article-post1234567.vnp">x</a></p>\n' * 60_000
    before = time.process_time()
    assert len(scan_page(html, url=URL).links) == 1
    assert time.process_time() - before < 5


def test_real_pages_have_links(test_data: Path) -> None:
    files = sorted((test_data / "pages").rglob("*.html.gz"))
    found = {file.name: scan_page(gzip.decompress(file.read_bytes()), url=URL) for file in files}
    assert len(files) > 100
    assert sum(1 for page in found.values() if len(page.links) > 5) > 0.9 * len(files)
    assert all(clean_url(link) == link for page in found.values() for link in page.links)
