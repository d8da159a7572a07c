"""One page under several addresses has one key."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.config.sites import read_site
from archiver.discover import PageClass, ScopeRules
from archiver.errors import ConfigError
from archiver.model.site import Host, Scope, Site
from archiver.model.surt import surt

SITE = Site(
    name="example",
    hosts=(
        Host("www.example.org", "vi"),
        Host("m.example.org", same_as="www.example.org"),
        Host("en.example.org", "en"),
    ),
    scope=Scope(
        article=(r"-post\d+\.html", r"/\d+\.html"),
        listing=(r"^/$", r"^/topic/"),
        article_id=(r"(?:-post|/)(\d+)\.html(?:\?|$)", r"^/(?:(en)/)?story/([a-z0-9]+)$"),
    ),
)
RULES = ScopeRules(SITE)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/a-title-post123.html",
        "https://www.example.org/another-title-post123.html",
        "http://www.example.org/section/a-title/123.html",
        "https://www.example.org/amp/a-title-post123.html",
        "https://www.example.org/a-title-post123.html?from=x&gclid=1",
        "https://www.example.org/A-Title-Post123.HTML",
        "https://m.example.org/a-title-post123.html",
        "https://www.example.org:443/a-title-post123.html/",
        "https://www.example.org/a-title-%70ost123.html",
    ],
)
def test_addresses_with_one_id_are_one_page(url: str) -> None:
    assert RULES.key(url) == "org,example)/#123"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/a-title-post124.html",
        "https://www.example.org/a-title-post123.html.bak",
        "https://en.example.org/a-title-post123.html",
        "https://www.example.org:8080/a-title-post123.html",
        "https://www.example.org/%23123",
        "https://www.example.org/?123",
        "https://www.example.org.evil.net/a-title-post123.html",
    ],
)
def test_ids_are_those_of_one_host_and_of_whole_numbers(url: str) -> None:
    assert RULES.key(url) != "org,example)/#123"


def test_what_lists_has_no_id_however_it_is_spelt() -> None:
    for url in ("https://www.example.org/topic/a-post123.html", "https://www.example.org/Topic/A-POST123.html"):
        assert RULES.key(url) == surt(url)


def test_groups_that_hold_nothing_are_left_out_of_an_id() -> None:
    assert RULES.key("https://www.example.org/story/b12") == "org,example)/#b12"
    assert RULES.key("https://www.example.org/en/story/b12") == "org,example)/#en!b12"


def test_a_host_that_is_the_same_shares_keys_classes_and_language() -> None:
    assert RULES.key("https://m.example.org/world?b=1&a=2") == RULES.key("https://www.example.org/world/?a=2&b=1")
    assert RULES.classify("https://m.example.org/") is PageClass.LISTING
    assert SITE.languages == {"www.example.org": "vi", "m.example.org": "vi", "en.example.org": "en"}


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.net/a-post123.html", "https://xm.example.org/a-post123.html", "https://www.example.org/about"],
)
def test_without_an_id_or_outside_the_site_a_key_is_the_surt(url: str) -> None:
    assert RULES.key(url) == surt(url)


PIECES = [
    "a",
    "-",
    "post",
    "%70ost",
    "POST",
    "12",
    "/",
    "//",
    ".html",
    "?",
    "&",
    "=",
    "#",
    "%23",
    "!",
    ")",
    "é",
    "story/",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(sorted(SITE.host_names)))
def test_any_spelling_of_one_surt_has_one_key_and_a_key_looks_like_a_surt(path: str, host: str) -> None:
    url = f"https://{host}/{path}"
    spelling = f"HTTP://{host.upper()}:80/{path}"
    if surt(url) == surt(spelling):
        assert RULES.key(url) == RULES.key(spelling)
    assert re.fullmatch(r"org,example(?:,en)?\)/[!-~]*", RULES.key(url))


def file_of(hosts: str, scope: str = "") -> bytes:
    return f'name = "x"\nhosts = [{hosts}]\n[scope]\n{scope}\n'.encode()


def test_a_site_file_says_which_addresses_are_one_page() -> None:
    site = read_site(
        file_of(
            '{ name = "a.org", language = "fr" }, { name = "m.a.org", same_as = "a.org" }', r"article_id = ['-(\d+)$']"
        ),
        "x.toml",
    )
    assert ScopeRules(site).key("https://m.a.org/x-7") == "org,a)/#7"


@pytest.mark.parametrize(
    ("hosts", "scope", "said"),
    [
        ('{ name = "a.org", same_as = "b.org" }', "", "no host of the site"),
        ('{ name = "a.org", same_as = "a.org" }', "", "itself the same"),
        (
            '{ name = "a.org" }, { name = "b.org", same_as = "a.org" }, { name = "c.org", same_as = "b.org" }',
            "",
            "itself the same",
        ),
        ('{ name = "a.org" }', r"article_id = ['-\d+$']", "no group"),
        ('{ name = "a.org" }', r"article_id = ['-(\d+$']", "no regular expression"),
    ],
)
def test_a_site_file_that_makes_no_sense_is_refused(hosts: str, scope: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_site(file_of(hosts, scope), "x.toml")
