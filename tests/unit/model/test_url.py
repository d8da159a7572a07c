from __future__ import annotations

import pytest

from archiver.errors import NotHttpUrl
from archiver.model.url import MAX_LENGTH, clean_url, host_of, path_of


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("HTTPS://News.Example", "https://news.example/"),
        ("https://news.example:443/a#x", "https://news.example/a"),
        ("http://news.example:80?b", "http://news.example/?b"),
        ("http://news.example:8080/", "http://news.example:8080/"),
        ("https://user:pass@news.example/", "https://news.example/"),
        ("https://news.example/a b?c d", "https://news.example/a%20b?c%20d"),
        ("https://news.example/tin-tức?q=số", "https://news.example/tin-t%E1%BB%A9c?q=s%E1%BB%91"),
        ("https://news.example/%e1%BB%A9", "https://news.example/%e1%BB%A9"),
        ("https://news.example/100%", "https://news.example/100%25"),
        ("https://news.example/%zz", "https://news.example/%25zz"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("  https://news.example/\r\n", "https://news.example/"),
        ("https://news.example/\r\nX-Injected:\x00 y", "https://news.example/X-Injected:%00%20y"),
        ("https://news.example/\x01\x7f?\x1bx\x1b", "https://news.example/%01%7F?%1Bx"),
        ("https://news.example/\ud800?\udfff", "https://news.example/%EF%BF%BD?%EF%BF%BD"),
        ("https://news.example./a", "https://news.example/a"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
        ("https://news.example/?a=1&a=2&B=[x]", "https://news.example/?a=1&a=2&B=%5Bx%5D"),
        ('https://news.example/"<>\\^`{|}', "https://news.example/%22%3C%3E%5C%5E%60%7B%7C%7D"),
    ],
)
def test_url_is_made_legal(given: str, clean: str) -> None:
    assert clean_url(given) == clean
    assert clean_url(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "",
        "news.example",
        "/a",
        "ftp://news.example/",
        "http://news.example:0/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "http:///a",
        "http://news.example:99999/",
        "http://news.example:x/",
        "http://[::1/",
        "http://a b/",
        "http://x\\y/",
        "http://" + "a" * 70 + "é.example/",
        "https://news.example/" + "a" * MAX_LENGTH,
        "https://news.example/" + "é" * (MAX_LENGTH // 2),
        "http://.",
        "http://a_<b>/",
    ],
)
def test_what_cannot_be_fetched_is_refused(text: str) -> None:
    with pytest.raises(NotHttpUrl):
        clean_url(text)


def test_parts() -> None:
    assert host_of("https://User@News.Example:80/a") == "news.example"
    assert host_of("https://[::1") == ""
    assert host_of("/a") == ""
    assert path_of("https://news.example/a?b#c") == "/a?b"
    assert path_of("https://news.example/a") == "/a"
