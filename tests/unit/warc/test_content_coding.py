from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from archiver.warc import decode_content
from archiver.warc.content_coding import Fault

TEXT = "".join(f"<p>Tin tức số {i}: {i * i}</p>\n" for i in range(3000)).encode()
LIMIT = 10_000_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd,
}


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
@pytest.mark.parametrize("name", CODERS)
def test_each_coding_is_taken_off_whatever_the_pieces(name: str, size: int) -> None:
    data = CODERS[name](TEXT)
    decoded = decode_content([data[i : i + size] for i in range(0, len(data), size)], name, limit=LIMIT)
    assert decoded.data == TEXT
    assert decoded.complete
    assert decoded.problem is None


def test_deflate_without_zlib_header_is_read() -> None:
    assert decode_content(raw_deflate(TEXT), "deflate", limit=LIMIT).data == TEXT


def test_several_codings_are_taken_off_in_turn() -> None:
    data = brotli.compress(gzip.compress(TEXT))
    assert decode_content(data, "gzip, br", limit=LIMIT).data == TEXT
    assert decode_content(data, ["gzip", "BR "], limit=LIMIT).data == TEXT


@pytest.mark.parametrize("codings", ["", "identity", []])
def test_no_coding_leaves_the_body(codings: str | list[str]) -> None:
    decoded = decode_content(TEXT, codings, limit=LIMIT)
    assert (decoded.data, decoded.complete) == (TEXT, True)


@pytest.mark.parametrize("name", CODERS)
def test_empty_body_is_complete(name: str) -> None:
    decoded = decode_content(b"", name, limit=LIMIT)
    assert (decoded.data, decoded.complete) == (b"", True)


def test_several_gzip_members_and_zstd_frames_are_one_body() -> None:
    assert decode_content(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", limit=LIMIT).data == b"ab"
    assert decode_content(zstd(b"a") + zstd(b"b"), "zstd", limit=LIMIT).data == b"ab"


@pytest.mark.parametrize("tail", [b"\0\0\0\0", b"garbage", b"\x1f"])
def test_bytes_after_the_end_of_gzip_are_overlooked(tail: bytes) -> None:
    decoded = decode_content(gzip.compress(TEXT) + tail, "gzip", limit=LIMIT)
    assert decoded.data == TEXT


@pytest.mark.parametrize("name", CODERS)
def test_cut_body_gives_what_could_be_decoded(name: str) -> None:
    data = CODERS[name](TEXT)
    decoded = decode_content(data[: len(data) * 2 // 3], name, limit=LIMIT)
    assert not decoded.complete
    assert decoded.problem
    assert TEXT.startswith(decoded.data)
    if name != "zstd":  # one block, which comes whole or not at all
        assert len(decoded.data) > len(TEXT) // 3


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_damaged_body_gives_what_came_before_the_damage(name: str) -> None:
    data = bytearray(CODERS[name](TEXT))
    middle = len(data) * 2 // 3
    data[middle : middle + 40] = b"\xff" * 40
    decoded = decode_content(bytes(data), name, limit=LIMIT)
    assert not decoded.complete
    assert len(decoded.data) > len(TEXT) // 3
    assert decoded.data[: len(TEXT) // 3] == TEXT[: len(TEXT) // 3]


def test_wrong_check_sum_keeps_all_the_text() -> None:
    data = bytearray(gzip.compress(TEXT))
    data[-6] ^= 1
    decoded = decode_content(bytes(data), "gzip", limit=LIMIT)
    assert decoded.data == TEXT
    assert decoded.problem == "damaged gzip"


@pytest.mark.parametrize("name", [*CODERS, "rot13"])
def test_body_that_is_not_coded_though_its_head_says_so_comes_as_it_is(name: str) -> None:
    decoded = decode_content(TEXT, name, limit=LIMIT)
    assert decoded.data == TEXT
    assert not decoded.complete


@pytest.mark.parametrize("name", CODERS)
def test_bomb_stops_at_the_limit_in_bounded_memory(name: str) -> None:
    bomb = CODERS[name](bytes(60_000_000))
    tracemalloc.start()
    decoded = decode_content(bomb, name, limit=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(decoded.data) == 1_000_000
    assert decoded.problem == "longer than 1000000 bytes"
    assert peak < 20_000_000


def test_bomb_in_a_bomb_stops_at_the_limit() -> None:
    began = time.process_time()
    bomb = gzip.compress(gzip.compress(gzip.compress(bytes(30_000_000))))
    assert len(decode_content(bomb, "gzip,gzip,gzip", limit=1000).data) == 1000
    assert time.process_time() - began < 20


def test_too_many_codings_are_not_tried() -> None:
    decoded = decode_content(b"x", ["gzip"] * 50, limit=LIMIT)
    assert (decoded.data, decoded.complete) == (b"x", False)


def test_body_of_exactly_the_limit_is_complete() -> None:
    assert decode_content(gzip.compress(TEXT), "gzip", limit=len(TEXT)).complete


def layers(middle: bytes) -> bytes:
    return gzip.compress(gzip.compress(middle, mtime=0), mtime=0)


EMPTY = gzip.compress(b"", mtime=0)


def test_members_that_hold_nothing_end_the_decoding_before_they_cost_time(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    real = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", lambda *a: begun.append(1) or real(*a))
    assert decode_content(gzip.compress(b"x") + EMPTY * 9_000, "gzip", limit=LIMIT).complete  # what may be is read
    assert len(begun) == 9_001
    begun.clear()
    bomb = layers(EMPTY * 300_000)
    assert len(bomb) < 3_000
    decoded = decode_content(bomb, "gzip, gzip, gzip", limit=LIMIT)
    assert (decoded.complete, decoded.problem) == (False, "more than 10,000 members")
    assert len(begun) <= 10_001


def test_frames_that_hold_nothing_are_counted_too() -> None:
    decoded = decode_content(zstd(b"") * 20_000, "zstd", limit=LIMIT)
    assert decoded.problem == "more than 10,000 members"


def test_what_one_coding_gives_to_the_next_is_bounded() -> None:
    inner = gzip.compress(b"found", mtime=0)
    padded = inner + b"\0" * (200 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(padded) + packer.flush()
    decoded = decode_content(bomb, "gzip, gzip", limit=LIMIT)
    assert decoded.data == b"found"
    given = sum(len(piece) for piece in Fault().pass_on(iter([b"x" * (40 << 20)] * 3)))
    assert given == 40 << 20
