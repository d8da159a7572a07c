"""Content codings: bombs, nests, lies and damage. They are no fault of HTTP, so each record is whole; what decodes is bounded."""

from __future__ import annotations

import functools
import gzip
import zlib

import brotli
import zstandard

from faultsite.fault import Group, message, page
from faultsite.outcome import whole
from faultsite.wire import Wire

GROUP = Group("Content codings")
TEXT = page("A page", "<p>Words of a page. </p>" * 20)
_BOMB = "As sent; decoding stops at the limit of size or ratio."
_LIE = "As sent; nothing is read from it that cannot be decoded."


@functools.lru_cache(maxsize=8)
def bomb(coding: str, size: int) -> bytes:
    """Spaces after the beginning of a page, so that they compress to almost nothing."""
    start, filler = b"<html><body><p>Boom.</p>", b" " * (1 << 20)
    pieces = [start, *([filler] * (size >> 20))]
    if coding == "br":
        brotlier = brotli.Compressor(quality=5)
        return b"".join(brotlier.process(piece) for piece in pieces) + bytes(brotlier.finish())
    if coding == "zstd":
        zstd = zstandard.ZstdCompressor(level=3).compressobj()
        return b"".join(zstd.compress(piece) for piece in pieces) + zstd.flush()
    deflater = zlib.compressobj(9, wbits=31 if coding == "gzip" else 15)
    return b"".join(deflater.compress(piece) for piece in pieces) + deflater.flush()


def _bomb(coding: str) -> None:
    @GROUP.fault(f"bomb-{coding}", f"a {coding} decompression bomb", whole(_BOMB))
    async def explode(wire: Wire) -> None:
        await wire.reply(bomb(coding, wire.limits.bomb), headers=[("Content-Encoding", coding)])


for _coding in ("gzip", "deflate", "br", "zstd"):
    _bomb(_coding)


@GROUP.fault("bomb-nested", "a gzip bomb in gzip in gzip", whole(_BOMB))
async def bomb_nested(wire: Wire) -> None:
    body = gzip.compress(gzip.compress(bomb("gzip", wire.limits.bomb), mtime=0), mtime=0)
    await wire.reply(body, headers=[("Content-Encoding", "gzip, gzip, gzip")])


@GROUP.fault("bomb-members", "a gzip body of thousands of small members", whole(_BOMB))
async def bomb_members(wire: Wire) -> None:
    member = gzip.compress(b"x" * 5000, mtime=0)
    await wire.reply(member * min(wire.limits.flood, 100_000), headers=[("Content-Encoding", "gzip")])


def _coded(name: str, description: str, body: bytes, *lines: str, detail: str = _LIE) -> None:
    GROUP.says(name, description, whole(detail), message(body, *lines))


_gz = gzip.compress(TEXT, mtime=0)
_coded(
    "gzip-three-times",
    "gzip of gzip of gzip, and says so",
    gzip.compress(gzip.compress(_gz, mtime=0), mtime=0),
    "Content-Encoding: gzip, gzip, gzip",
    detail="As sent.",
)
_coded(
    "gzip-twice-said-once", "gzip of gzip that says gzip once", gzip.compress(_gz, mtime=0), "Content-Encoding: gzip"
)
_coded("coding-nest-deep", "a hundred codings in one header", _gz, "Content-Encoding: " + ", ".join(["gzip"] * 100))
_coded(
    "br-of-gzip",
    "gzip, then brotli, and says so",
    brotli.compress(_gz),
    "Content-Encoding: gzip, br",
    detail="As sent.",
)
_coded("gzip-said-plain", "says gzip, is plain", TEXT, "Content-Encoding: gzip")
_coded("br-said-gzip", "says br, is gzip", _gz, "Content-Encoding: br")
_coded("gzip-unsaid", "is gzip, does not say so", _gz)
_coded("zstd-said-plain", "says zstd, is plain", TEXT, "Content-Encoding: zstd")
_coded("coding-unknown", "an unknown coding", TEXT, "Content-Encoding: x-klingon")
_coded(
    "coding-identity",
    "Content-Encoding: identity, which no server should send",
    TEXT,
    "Content-Encoding: identity",
    detail="As sent.",
)
_coded("coding-odd-case", "Content-Encoding: GZip, x-gzip's relative", _gz, "Content-Encoding: GZip", detail="As sent.")
_coded("coding-empty", "Content-Encoding without a value", TEXT, "Content-Encoding:", detail="As sent.")
_coded(
    "coding-twice", "two Content-Encoding lines for one coding", _gz, "Content-Encoding: gzip", "Content-Encoding: gzip"
)
_coded(
    "gzip-damaged",
    "a gzip body with wrong bytes in its middle",
    _gz[:60] + b"\0\0\0\0" + _gz[64:],
    "Content-Encoding: gzip",
)
_coded(
    "gzip-wrong-crc", "a gzip body with a wrong checksum", _gz[:-8] + b"\0\0\0\0" + _gz[-4:], "Content-Encoding: gzip"
)
_coded(
    "gzip-garbage-after",
    "a gzip body and garbage after it",
    _gz + b"garbage after the end" * 10,
    "Content-Encoding: gzip",
    detail="As sent, garbage too.",
)
_coded("gzip-empty", "says gzip, and is empty", b"", "Content-Encoding: gzip")
_coded(
    "br-damaged", "a brotli body with wrong bytes", brotli.compress(TEXT)[:40] + b"\xff" * 20, "Content-Encoding: br"
)
