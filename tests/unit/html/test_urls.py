"""Addresses made absolute, and which hosts are one owner's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import NotHttpUrl
from archiver.html import urls
from archiver.html.urls import absolute, domain_of, is_near

PIECES = st.sampled_from(
    ("https://", "http://", "HTTPS:", "//", "/", "..", ".", "a", "news.example", "www.b.org", ":80", "?", "#", "x=1",
     "%2e", "%41", "%", " ", "\\", ";", "é", "&", "@", "-post1.vnp", "\n", ";", "b/c", "c:", "")
)  # fmt: skip


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.vietnamplus.vn", "vietnamplus.vn"),
        ("a.b.com.vn", "b.com.vn"),
        ("static.bbc.co.uk", "bbc.co.uk"),
        ("news.github.io", "news.github.io"),
        ("www.news.blogspot.com", "news.blogspot.com"),
        ("github.io", "github.io"),
        ("WWW.Example.ORG.", "example.org"),
        ("static.paper.example", "paper.example"),
        ("paper.example", "paper.example"),
        ("localhost", "localhost"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("www.xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("", ""),
    ],
)
def test_a_domain_is_what_somebody_registered(host: str, domain: str) -> None:
    assert domain_of(host) == domain


def test_hosts_of_strangers_under_one_suffix_are_not_near() -> None:
    assert not is_near("evil.github.io", ["news.github.io"])
    assert not is_near("evil.s3.amazonaws.com", ["news.s3.amazonaws.com"])
    assert not is_near("b.com.vn", ["a.com.vn"])
    assert not is_near("10.0.0.1", ["11.0.0.1"])
    assert is_near("static.news.github.io", ["news.github.io"])
    assert is_near("media.vietnamplus.vn", ["www.other.org", "en.vietnamplus.vn"])


def test_domains_are_known_without_a_request() -> None:
    extractor = urls._suffixes.__wrapped__()
    assert extractor.suffix_list_urls == ()
    assert not extractor._cache.enabled
    assert extractor.include_psl_private_domains


@given(
    st.lists(PIECES, max_size=9).map("".join),
    st.sampled_from(
        (
            "https://news.example/a/b",
            "http://x.org:81/",
            "https://news.example",
            "https://news.example/a//b/c",
            "https://n.example/../a",
            "https://n.example/a/?x=/b",
        )
    ),
)
def test_the_short_way_to_an_absolute_url_gives_what_the_long_one_gives(address: str, base: str) -> None:
    def outcome(make: object, text: str) -> object:
        try:
            return make(text, base)  # type: ignore[operator]
        except NotHttpUrl:
            return NotHttpUrl

    assert outcome(lambda text, base: absolute(text, base=base), address) == outcome(
        urls._resolved, address.strip(urls._EDGE)
    )
