from __future__ import annotations

import time

import pytest

from archiver.warc import head_length, parse_head, split_head


@pytest.mark.parametrize(
    ("message", "head"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        (b"HTTP/1.1 200 OK\nA: b\n\nbody", b"HTTP/1.1 200 OK\nA: b\n\n"),
        (b"HTTP/1.1 200 OK\r\nA: b\n\r\nbody", b"HTTP/1.1 200 OK\r\nA: b\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
)
def test_message_is_split_after_the_first_blank_line_and_nothing_is_lost(message: bytes, head: bytes) -> None:
    assert split_head(message) == (head, message[len(head) :])
    assert head_length(message) == len(head)


@pytest.mark.parametrize("message", [b"", b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n"])
def test_head_that_is_not_whole_is_none(message: bytes) -> None:
    assert split_head(message) is None


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        (b"HTTP/1.1 200 OK", 200, "OK"),
        (b"HTTP/1.0 404", 404, ""),
        (b"HTTP/1.1 200 ", 200, ""),
        (b"HTTP/2 200", 200, ""),
        (b"http/1.1 301 Moved", 301, "Moved"),
        (b"HTTP/1.1 200 D\xe9j\xe0 vu", 200, "Déjà vu"),
        (b"ICY 200 OK", 200, "OK"),
        (b"HTTP/1.1 20 OK", None, None),
        (b"HTTP/1.1 2000 OK", None, None),
        (b"HTTP/1.1 abc", None, None),
        (b"GET / HTTP/1.1", None, None),
        (b"<html>", None, None),
        (b"", None, None),
    ],
)
def test_status_lines(line: bytes, status: int | None, reason: str | None) -> None:
    head = parse_head(line + b"\r\nA: b\r\n\r\n")
    assert (head.status, head.reason) == (status, reason)
    assert head.get("a") == "b"


def test_headers_keep_order_case_and_duplicates() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\nsEt-cOOkie: a\r\nX:1\r\nSet-Cookie:   b  \r\n\r\nno: header")
    assert head.headers == (("sEt-cOOkie", "a"), ("X", "1"), ("Set-Cookie", "b"))
    assert head.get_all("SET-COOKIE") == ["a", "b"]
    assert head.get("no") is None


def test_odd_lines_are_read_leniently() -> None:
    head = parse_head(
        b"HTTP/1.1 200 OK\n folded before any\nA : b\nno colon here\nC: d\r\n\t e\n  f\n: nameless\nZ: \xe9\n\n"
    )
    assert head.headers == (("A", "b"), ("C", "d e f"), ("Z", "é"))


def test_method_is_known_of_requests_only() -> None:
    assert parse_head(b"HEAD /x HTTP/1.1\r\n\r\n").method == "HEAD"
    assert parse_head(b"HTTP/1.1 200 OK\r\n\r\n").method is None
    assert parse_head(b"\x00\x01 /\r\n\r\n").method is None


@pytest.mark.parametrize(
    ("value", "mime"),
    [
        (b"text/html", "text/html"),
        (b"Text/HTML; charset=x", "text/html"),
        (b" application/rss+xml ;x", "application/rss+xml"),
        (b"text", None),
        (b"text/html text/xml", None),
        (b'text/"html', None),
        (b"", None),
        (b"text/h\xe9", None),
    ],
)
def test_mime_is_lower_case_and_legal_or_none(value: bytes, mime: str | None) -> None:
    assert parse_head(b"HTTP/1.1 200 OK\r\nContent-Type: " + value + b"\r\n\r\n").mime() == mime


@pytest.mark.parametrize(
    ("lines", "codings"),
    [
        (b"Content-Encoding: gzip", ["gzip"]),
        (b"Content-Encoding: GZip , br\r\nContent-Encoding: zstd", ["gzip", "br", "zstd"]),
        (b"Content-Encoding: identity", []),
        (b"Content-Encoding: ,", []),
        (b"X-Crawler-Transfer-Encoding: gzip, chunked\r\nContent-Encoding: br", ["br", "gzip"]),
        (b"X-Crawler-Transfer-Encoding: chunked", []),
        (b"Transfer-Encoding: gzip, chunked", ["gzip"]),
    ],
)
def test_codings_are_listed_in_the_order_in_which_they_were_applied(lines: bytes, codings: list[str]) -> None:
    assert parse_head(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\n").codings() == codings


@pytest.mark.parametrize(
    ("lines", "chunked"),
    [
        (b"Transfer-Encoding: chunked", True),
        (b"transfer-encoding : Chunked ;x=y", True),
        (b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", True),
        (b"Transfer-Encoding: chunked, gzip", True),
        (b"Transfer-Encoding: identity", False),
        (b"X-Crawler-Transfer-Encoding: chunked", False),
        (b"Content-Encoding: chunked", False),
    ],
)
def test_chunked_is_whatever_names_it_as_browsers_do(lines: bytes, chunked: bool) -> None:
    assert parse_head(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\n").is_chunked() is chunked


def test_endless_folding_costs_linear_time() -> None:
    began = time.process_time()
    head = parse_head(b"HTTP/1.1 200 OK\r\nA: b\r\n" + b" x\r\n" * 250_000 + b"\r\n")
    assert len(head.headers) == 1
    assert time.process_time() - began < 5
