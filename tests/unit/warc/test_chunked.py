from __future__ import annotations

import pytest

from archiver.warc import deframe, unchunk
from archiver.warc.chunked import Dechunker

HEAD = b"HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\nA:  b \r\n\r\n"
RENAMED = b"HTTP/1.1 200 OK\r\nServer: x\r\nX-Crawler-Transfer-Encoding: chunked\r\nA:  b \r\n\r\n"
FRAMED = b'5;ext="a;b"\r\nhello\r\n0A\r\n, world!!\n\r\n000;last\r\nTrailer: x\r\nOther: y\r\n\r\n'
BODY = b"hello, world!!\n"


def bites(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_extensions_and_trailers_are_dropped_whatever_the_pieces(size: int) -> None:
    dechunker = Dechunker()
    assert b"".join(b"".join(dechunker.feed(piece)) for piece in bites(FRAMED, size)) == BODY
    assert dechunker.complete
    assert dechunker.problem is None


def test_bare_lf_and_padded_sizes_are_read() -> None:
    assert b"".join(unchunk([b"5  \nhello\n0\n\n"])) == b"hello"


def test_bytes_after_the_end_are_dropped() -> None:
    assert b"".join(unchunk([b"1\r\nx\r\n0\r\n\r\nHTTP/1.1 200"])) == b"x"


@pytest.mark.parametrize("length", range(len(FRAMED)))
def test_cut_end_gives_what_was_there_and_is_not_complete(length: int) -> None:
    dechunker = Dechunker()
    out = b"".join(dechunker.feed(FRAMED[:length]))
    assert BODY.startswith(out)
    assert dechunker.problem is None
    assert not dechunker.complete


@pytest.mark.parametrize(
    "framed",
    [
        b"<html>\r\n",
        b"<html>",
        b"5\r\nhello!",
        b"zz",
        b"\r\nx",
        b"-1\r\nx",
        b"0x5\r\nhello\r\n",
        b"5\r\nhello!\r\n0\r\n\r\n",
        b"f" * 40 + b"\r\n",
        b"1" * 20_000,
    ],
)
def test_what_is_no_framing_is_named(framed: bytes) -> None:
    dechunker = Dechunker()
    for piece in bites(framed, 1000):
        list(dechunker.feed(piece))
    assert dechunker.problem


def test_deframe_removes_framing_and_renames_one_header() -> None:
    message = deframe(HEAD, FRAMED)
    assert message.head == RENAMED
    assert message.body.read() == message.body.read() == BODY
    assert message.body.length == len(BODY)
    assert message.removed
    assert message.complete


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"transfer-encoding: chunked", b"X-Crawler-transfer-encoding: chunked"),
        (b"Transfer-Encoding : chunked", b"X-Crawler-Transfer-Encoding : chunked"),
        (
            b"X: transfer-encoding: a\r\nTransfer-Encoding: chunked",
            b"X: transfer-encoding: a\r\nX-Crawler-Transfer-Encoding: chunked",
        ),
        (
            b"X: y\r\n transfer-encoding: folded\r\nTransfer-Encoding:\r\n chunked",
            b"X: y\r\n transfer-encoding: folded\r\nX-Crawler-Transfer-Encoding:\r\n chunked",
        ),
        (
            b"Transfer-Encoding: gzip\nTransfer-Encoding: chunked",
            b"X-Crawler-Transfer-Encoding: gzip\nX-Crawler-Transfer-Encoding: chunked",
        ),
    ],
)
def test_only_the_name_changes(before: bytes, after: bytes) -> None:
    start, end = b"HTTP/1.1 200 OK\r\n", b"\r\nZ: transfer-encoding\r\n\r\n"
    assert deframe(start + before + end, FRAMED).head == start + after + end


def test_status_line_is_never_renamed() -> None:
    head = b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert deframe(head, FRAMED).head == b"Transfer-Encoding: chunked\r\nX-Crawler-Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", FRAMED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", FRAMED),
        (HEAD, b""),
    ],
)
def test_message_without_framing_stays_as_it_is(head: bytes, body: bytes) -> None:
    message = deframe(head, body)
    assert (message.head, message.body.read(), message.removed, message.complete) == (head, body, False, True)


def test_body_that_is_not_framed_though_its_head_says_so_keeps_every_byte() -> None:
    message = deframe(HEAD, b"5\r\nhello\r\nnonsense\r\nmore")
    assert message.head == HEAD
    assert message.body.read() == b"5\r\nhello\r\nnonsense\r\nmore"
    assert not message.removed
    assert not message.complete
    assert message.problem


@pytest.mark.parametrize("body", [b"<p>hello</p>", b"cafe", b"5\r\nhello, world"])
def test_short_body_that_is_not_framed_is_not_taken_for_a_cut_one(body: bytes) -> None:
    message = deframe(HEAD, body)
    assert (message.head, message.body.read(), message.complete) == (HEAD, body, False)


def test_cut_framing_is_removed_and_not_complete() -> None:
    message = deframe(HEAD, lambda: [b"5\r\nhel"])
    assert (message.head, message.body.read(), message.complete) == (RENAMED, b"hel", False)
