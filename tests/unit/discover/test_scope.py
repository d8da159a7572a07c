"""Which URLs are a site's, and which are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.discover import PageClass, ScopeRules, site_for_url
from archiver.model.site import Host, Scope, Site, Source, SourceKind
from archiver.model.surt import surt

RULES = ScopeRules(
    Site(
        name="example",
        hosts=(Host("www.example.org", "vi"), Host("en.example.org", "en")),
        scope=Scope(
            article=(r"-post\d+\.vnp(?:\?|$)",),
            listing=(r"^/$", r"^/[a-z]+/", r"^/topic/"),
            exclude=(r"^/Api/", r"^/topic/secret"),
            drop_parameters=("ref", "from"),
        ),
    )
)
ANY = ScopeRules(site_for_url("https://news.example.org/"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.org/a-b-post12.vnp", PageClass.ARTICLE),
        ("http://en.example.org:8080/a-b-post12.vnp", PageClass.ARTICLE),
        ("https://www.example.org/a-post12.vnp?utm_source=x&ref=y", PageClass.ARTICLE),
        ("https://www.example.org/", PageClass.LISTING),
        ("https://www.example.org/?utm_source=x", PageClass.LISTING),
        ("https://www.example.org/world/?page=2", PageClass.LISTING),
        ("https://www.example.org/topic/a-post12.vnp", PageClass.LISTING),
        ("https://www.example.org/topic/secret-post12.vnp", PageClass.EXCLUDED),
        ("https://www.example.org/Api/x", PageClass.EXCLUDED),
        ("https://www.example.org/About", PageClass.PAGE),
        ("https://example.org/a-post12.vnp", PageClass.OUTSIDE),
        ("https://fr.example.org/a-post12.vnp", PageClass.OUTSIDE),
        ("https://evilwww.example.org/a-post12.vnp", PageClass.OUTSIDE),
        ("https://www.example.org.evil.net/a-post12.vnp", PageClass.OUTSIDE),
        ("https://www.example.org@evil.net/a-post12.vnp", PageClass.OUTSIDE),
        ("https://evil.net/www.example.org/a-post12.vnp", PageClass.OUTSIDE),
        ("https://evil.net/?https://www.example.org/", PageClass.OUTSIDE),
    ],
)
def test_a_url_is_classed_by_exact_host_and_the_sites_rules(url: str, expected: PageClass) -> None:
    assert RULES.classify(url) is expected
    assert RULES.in_scope(url) is (expected not in {PageClass.OUTSIDE, PageClass.EXCLUDED})


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a",
        "/a.html",
        "/a.php?x=1",
        "/2026/11/24/a-long-title",
        "/feed.xml",
        "/doc.pdf",
        "/a/b/a/b/a/b",
        "/calendar",
    ],
)
def test_without_rules_every_page_of_the_host_is_one(path: str) -> None:
    assert ANY.classify(f"https://news.example.org{path}") is PageClass.PAGE


@pytest.mark.parametrize(
    "path",
    [
        "/a.jpg",
        "/a.JPEG?w=100",
        "/site.css?v=3",
        "/app.js",
        "/font.woff2",
        "/film.mp4",
        "/all.zip",
    ],
)
def test_what_is_no_page_is_left_out(path: str) -> None:
    assert ANY.classify(f"https://news.example.org{path}") is PageClass.EXCLUDED


@pytest.mark.parametrize(
    "argument",
    [
        "utm_source=a",
        "UTM_Medium=b",
        "utm_campaign",
        "fbclid=IwAR0",
        "gclid=1",
        "_ga=2.1",
        "PHPSESSID=1f",
        "jsessionid=0",
        "ref=home",
        "from=x",
    ],
)
def test_arguments_that_tell_nothing_make_no_other_page(argument: str) -> None:
    plain = "https://www.example.org/a-post1.vnp"
    assert RULES.plain(f"{plain}?{argument}") == plain
    assert RULES.plain(f"{plain}?page=2&{argument}&x=%20y") == f"{plain}?page=2&x=%20y"
    assert RULES.key(f"{plain}?{argument}") == RULES.key(plain) == surt(plain)


def test_a_session_id_in_the_path_makes_no_other_page() -> None:
    plain = "https://www.example.org/news/page"
    assert RULES.plain("https://www.example.org/news;jsessionid=1A2B/page") == plain
    assert RULES.plain("https://www.example.org/news/page;JSESSIONID=1A2B?utm_source=x") == plain
    assert RULES.plain("https://www.example.org/news/page;v=1?p=2") == f"{plain};v=1?p=2"


@pytest.mark.parametrize("argument", ["page=2", "id=1", "xutm_source=1", "reference=1", "gclidx=1", "q="])
def test_other_arguments_do(argument: str) -> None:
    url = f"https://www.example.org/a?{argument}"
    assert RULES.plain(url) == url
    assert RULES.key(url) != RULES.key("https://www.example.org/a")


def test_spellings_of_one_url_have_one_key() -> None:
    assert RULES.key("http://www.example.org/A/?b=1&a=2&fbclid=x") == RULES.key("https://www.example.org/a?a=2&b=1")


@given(st.lists(st.sampled_from(["a=1", "utm_x=2", "ref=3", "b", "", "c=%3D"]), max_size=6))
def test_the_plain_url_is_plain(arguments: list[str]) -> None:
    url = f"https://www.example.org/a?{'&'.join(arguments)}"
    assert RULES.plain(RULES.plain(url)) == RULES.plain(url)
    assert RULES.key(RULES.plain(url)) == RULES.key(url)


@pytest.mark.parametrize(
    ("asked", "got", "away"),
    [
        ("/world/some-slug-post123.html", "/", True),
        ("/world/some-slug-post123.html", "/world/", True),
        ("/world/some-slug-post123.html", "/news-front", True),
        ("/world/some-slug-post123.html", "/list/today", True),
        ("/world/some-slug-post123.html", "/world/other-slug-post123.html", False),
        ("/world/some-slug-post123.html", "/sports/", False),
        ("/list/today", "/", False),
        ("/", "/vi/", False),
        ("/news-front", "/", False),
    ],
)
def test_a_redirect_from_a_page_to_a_list_above_it_leads_away(asked: str, got: str, away: bool) -> None:
    site = Site(
        "s",
        (Host("s.example"), Host("t.example")),
        sources=(
            Source("https://s.example/", SourceKind.FRONT),
            Source("https://s.example/news-front", SourceKind.FRONT),
        ),
        scope=Scope(listing=("^/list/",)),
    )
    rules = ScopeRules(site)
    assert rules.leads_away(f"https://s.example{asked}", f"https://s.example{got}") is away
    assert not rules.leads_away(f"https://s.example{asked}", f"http://s.example{asked}")
    assert not rules.leads_away(f"https://s.example{asked}", "https://login.other.example/")
