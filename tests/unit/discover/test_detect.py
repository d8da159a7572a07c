"""Sources of a site that nobody has described."""

from __future__ import annotations

import pytest

from archiver.discover import detect, guess, site_for_url
from archiver.errors import NotHttpUrl
from archiver.html.page_scan import PageScan, scan_page
from archiver.model.site import Source, SourceKind

URL = "https://www.example.org/"
FRONT = Source(URL, SourceKind.FRONT)


def test_feeds_of_the_page_and_sitemaps_of_robots_are_found_once_each() -> None:
    home = b"""<link rel="alternate" type="application/rss+xml" href="/rss/home.rss">
    <link rel="alternate" type="application/atom+xml" href="/atom.xml"><link rel="alternate" hreflang="en" href="/en">"""
    sitemaps = ("https://www.example.org/sitemap.xml", "/news-sitemap.xml", "/news-sitemap.xml")
    assert detect(scan_page(home, url=URL), url=URL, sitemaps=sitemaps) == (
        Source("https://www.example.org/sitemap.xml", SourceKind.SITEMAP),
        Source("https://www.example.org/news-sitemap.xml", SourceKind.NEWS_SITEMAP),
        Source("https://www.example.org/rss/home.rss", SourceKind.FEED),
        Source("https://www.example.org/atom.xml", SourceKind.FEED),
        FRONT,
    )


def test_the_usual_sitemap_is_tried_where_robots_names_none() -> None:
    assert detect(None, url=URL) == (Source("https://www.example.org/sitemap.xml", SourceKind.SITEMAP), FRONT)


def test_lines_that_are_no_url_name_no_source() -> None:
    assert detect(PageScan(), url=URL, sitemaps=("http://[::1", "ftp://e.org/x", "/ok.xml")) == (
        Source("https://www.example.org/ok.xml", SourceKind.SITEMAP),
        FRONT,
    )


def test_the_front_is_found_however_many_sitemaps_are_named() -> None:
    found = detect(None, url=URL, sitemaps=[f"/{n}.xml" for n in range(5000)])
    assert len(found) == 201
    assert found[-1] == FRONT


def test_a_root_url_means_the_whole_host() -> None:
    site = site_for_url("HTTPS://News.Example.org:443")
    assert (site.name, site.host_names, site.follow_links) == ("news.example.org", {"news.example.org"}, None)
    assert site.sources == (Source("https://news.example.org/", SourceKind.FRONT),)


@pytest.mark.parametrize("url", ["https://news.example.org/a", "https://news.example.org/?page=2"])
def test_any_other_url_means_that_page(url: str) -> None:
    site = site_for_url(url)
    assert (site.name, site.sources, site.follow_links) == ("news.example.org", (), 0)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("http://a_b.example.org/", "a-b.example.org"),
        ("http://[2001:db8::1]/", "host"),
        ("http://[2001:db8:0:0:0:0:0:1]/", "2001.db8.0.0.0.0.0.1"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_every_host_gives_a_name_that_fits_keys(url: str, name: str) -> None:
    assert site_for_url(url).name == name


def test_what_cannot_be_fetched_is_no_site() -> None:
    with pytest.raises(NotHttpUrl):
        site_for_url("ftp://example.org/")


def test_links_that_look_like_feeds_are_tried() -> None:
    home = b'<a href="/rss/all.rss">all</a> <a href="/story-about-rss">no</a>'
    assert Source("https://www.example.org/rss/all.rss", SourceKind.FEED) in detect(scan_page(home, url=URL), url=URL)
    assert len(detect(scan_page(home, url=URL), url=URL)) == 3


def test_usual_addresses_are_tried_only_where_nothing_is_told() -> None:
    def kinds(home: bytes, *sitemaps: str) -> set[SourceKind]:
        return {source.kind for source in guess(detect(scan_page(home, url=URL), url=URL, sitemaps=sitemaps), url=URL)}

    feed, sitemap = b'<link rel="alternate" type="application/rss+xml" href="/x">', "/some/map.xml"
    assert kinds(b"") == {SourceKind.FEED, SourceKind.SITEMAP}
    assert kinds(feed) == {SourceKind.SITEMAP}
    assert kinds(b"", sitemap) == {SourceKind.FEED}
    assert kinds(feed, sitemap) == set()
