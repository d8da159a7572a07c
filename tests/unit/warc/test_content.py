from __future__ import annotations

import hashlib

import pytest

from archiver.warc import Content, RecordBlock


def test_content_can_be_read_again_and_again() -> None:
    content = Content.of(lambda: (b"ab", b"", b"cde"))
    assert content.length == 5
    assert list(content.pieces()) == [b"ab", b"cde"]
    assert content.read() == content.read() == b"abcde"


@pytest.mark.parametrize("limit", range(8))
def test_read_stops_at_the_limit(limit: int) -> None:
    assert Content.of(lambda: (b"ab", b"cde")).read(limit) == b"abcde"[:limit]


@pytest.mark.parametrize("count", range(8))
def test_skip_gives_the_rest(count: int) -> None:
    rest = Content.of(lambda: (b"ab", b"cde")).skip(count)
    assert rest.read() == b"abcde"[count:]
    assert rest.length == len(b"abcde"[count:])


def test_block_measures_head_and_body_in_one_reading() -> None:
    readings = []

    def source() -> tuple[bytes, ...]:
        readings.append(1)
        return (b"bo", b"dy")

    block = RecordBlock.of(source, head=b"head")
    assert readings == [1]
    assert block.length == 8
    assert block.digest.raw == hashlib.sha256(b"headbody").digest()
    assert block.payload_digest.raw == hashlib.sha1(b"body").digest()
    assert block.payload_sha256.raw == hashlib.sha256(b"body").digest()
    assert b"".join(block.pieces()) == b"headbody"


def test_block_of_content_keeps_its_source() -> None:
    assert RecordBlock.of(Content.of(b"x")).body.read() == b"x"
    assert RecordBlock.of(b"x").digest == RecordBlock.of(b"x").payload_sha256
