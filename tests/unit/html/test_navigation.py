"""What a home page tells of its site, and what JSON-LD names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.html.page_scan import MAX_ARTICLES, scan_page

URL = "https://news.example/"


def test_menus_feeds_name_and_language_are_read() -> None:
    page = b"""<html lang="vi-VN"><head><title> News | Today </title><meta property="og:site_name" content="The News">
    </head><body><div id="main-menu"><ul><li><a href="/world/">W</a><a href="/sport">S</a></ul></div>
    <a href="/story-1">story</a><nav><a href="/world/">W</a><a href="#top">t</a><img src="x"><br><a href="/money">M</a></nav>
    <a href="/after">no menu</a><div class="nav-item"><a href="/culture">C</a></div>
    <footer role="navigation"><a href="/about">A</a></footer>
    <a href="/rss/home.rss">feed</a><a href="/feed/">feed</a><a href="https://cdn.example/atom.xml">f</a></body></html>"""
    found = scan_page(page, url=URL)
    assert found.menu == tuple(URL + path for path in ("world/", "sport", "money", "culture", "about"))
    assert found.feed_links == (URL + "rss/home.rss", URL + "feed/", "https://cdn.example/atom.xml")
    assert (found.site_name, found.title, found.language) == ("The News", "News | Today", "vi-VN")


@pytest.mark.parametrize("name", ["menu", "site-nav", "navbar top", "primary_navigation", "header-menu"])
def test_a_menu_is_told_by_its_class(name: str) -> None:
    assert scan_page(f'<div class="{name}"><a href="/x">x</a></div>'.encode(), url=URL).menu == (URL + "x",)


@pytest.mark.parametrize("name", ["canvas", "unavailable", "menuet", "document"])
def test_a_word_that_holds_another_is_no_menu(name: str) -> None:
    assert scan_page(f'<div class="{name}"><a href="/x">x</a></div>'.encode(), url=URL).menu == ()


def test_lists_and_articles_of_json_ld_are_named_and_organisations_are_not() -> None:
    told = [
        {"@type": "ItemList", "itemListElement": [
            {"@type": "ListItem", "position": 1, "url": "/story-1"},
            {"@type": "ListItem", "item": {"@type": "NewsArticle", "url": "https://news.example/story-2"}},
            {"@type": "ListItem", "item": "https://news.example/story-3?a=1&amp;b=2"},
        ]},
        {"@graph": [{"@type": ["NewsArticle"], "mainEntityOfPage": "https://news.example/story-4"},
                    {"@type": "Organization", "url": "https://news.example/about"},
                    {"@type": "WebPage", "@id": "story5"}]},
    ]  # fmt: skip
    page = f'<script type="application/ld+json">{json.dumps(told)}</script>'.encode()
    page += b'<script type=\'application/ld+json\'>{ "@type": "NewsArticle", "url": "javascript:x/" } broken'
    assert scan_page(page, url=URL).articles == (
        URL + "story-1",
        URL + "story-2",
        URL + "story-3?a=1&b=2",
        URL + "story-4",
    )


def test_json_ld_without_end_is_bounded() -> None:
    deep = "[" * 5000 + "]" * 5000
    many = json.dumps([{"@type": "NewsArticle", "url": f"/{n}"} for n in range(3000)])
    page = f'<script type="application/ld+json">{deep}</script><script type="application/ld+json">{many}</script>'
    assert len(scan_page(page.encode(), url=URL).articles) == MAX_ARTICLES


@given(st.binary(max_size=2000))
def test_no_bytes_are_too_bad_to_be_read(data: bytes) -> None:
    scan_page(b'<nav><a href="' + data, url=URL)
    scan_page(b'<script type="application/ld+json">' + data, url=URL)
