from __future__ import annotations

import pytest

from archiver.errors import NotHttpUrl, UsageError
from archiver.replay.address import Links, full_url, read_address
from tests.shelf import DAY


@pytest.mark.parametrize(
    ("rest", "query", "url", "stamp", "modifier"),
    [
        (b"20260301080000/https://a.example/x", b"", "https://a.example/x", "20260301080000", ""),
        (b"20260301080000id_/https://a.example/x", b"", "https://a.example/x", "20260301080000", "id_"),
        (b"2026/http://a.example/", b"", "http://a.example/", "2026", ""),
        (b"20260301080000123im_/http://a.example/i.png", b"", "http://a.example/i.png", "20260301080000123", "im_"),
        (b"https://a.example/x", b"", "https://a.example/x", None, ""),
        (b"2/http://a.example/", b"", "http://a.example/", "2", ""),
        (b"123/http://a.example/", b"", "http://a.example/", "123", ""),
        (b"1id_/a.example/x", b"", "http://a.example/x", "1", "id_"),
        (b"123/x", b"", "http://123/x", None, ""),
        (b"123/x/a.html", b"", "http://123/x/a.html", None, ""),
        (b"10.0.0.1/x", b"", "http://10.0.0.1/x", None, ""),
        (b"http://a.example/q", b"b=1&a=2", "http://a.example/q?b=1&a=2", None, ""),
        (b"http://a.example/a%2Fb%20c", b"u=http%3A%2F%2Fx", "http://a.example/a%2Fb%20c?u=http%3A%2F%2Fx", None, ""),
    ],
)
def test_the_address_is_read_from_raw_path_and_query(
    rest: bytes, query: bytes, url: str, stamp: str | None, modifier: str
) -> None:
    address = read_address(rest, query)
    assert (address.url, address.stamp, address.modifier) == (url, stamp, modifier)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("http%3A//a.example/x", "http://a.example/x"),
        ("https%3a//a.example/x", "https://a.example/x"),
        ("http:/a.example/x", "http://a.example/x"),
        ("https:/a.example/x/y", "https://a.example/x/y"),
        ("http%3A%2F%2Fa.example%2Fx%3Fq%3D1", "http://a.example/x?q=1"),
        ("a.example/x", "http://a.example/x"),
        ("a.example:8080/x", "http://a.example:8080/x"),
        ("//a.example/x", "http://a.example/x"),
        ("HTTP://A.Example/X", "http://a.example/X"),
    ],
)
def test_urls_are_understood_as_clients_and_proxies_spell_them(written: str, url: str) -> None:
    assert full_url(written) == url


@pytest.mark.parametrize(
    "written", ["javascript:alert(1)", "ftp://a.example/", "file:///etc/passwd", "http://", "", "data:text/html,x"]
)
def test_what_is_no_web_address_is_refused(written: str) -> None:
    with pytest.raises(NotHttpUrl):
        full_url(written)


def test_bytes_that_are_no_ascii_are_percent_encoded() -> None:
    assert read_address("http://a.example/tin-tức".encode()).url == "http://a.example/tin-t%E1%BB%A9c"


def test_a_thirteenth_month_is_a_usage_error() -> None:
    address = read_address(b"20261301000000/http://a.example/")
    with pytest.raises(UsageError, match="not a timestamp"):
        _ = address.at


@pytest.mark.parametrize("rest", [b"*/http://a.example/", b"2026*/http://a.example/"])
def test_a_star_asks_for_every_capture(rest: bytes) -> None:
    address = read_address(rest)
    assert address.every
    assert address.url == "http://a.example/"


def test_links_have_fourteen_digits_and_cannot_be_broken_out_of() -> None:
    links = Links("https://archive.example")
    made = links.memento('http://a.example/"><x>', DAY, "id_")
    assert made == "https://archive.example/web/20260301080000id_/http://a.example/%22%3E%3Cx%3E"
    assert links.timegate("http://a.example/") == "https://archive.example/web/http://a.example/"
    assert links.timemap("http://a.example/") == "https://archive.example/web/timemap/link/http://a.example/"
