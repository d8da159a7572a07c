"""Content codings: what a client accepts, and a stored body with its codings removed, piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

import brotli
import zstandard

PIECE = 1 << 16
MAX_DECODED = 2_000_000_000
"""Bytes of a decoded body that are sent; a body that unpacks to more is a bomb."""
MAX_CODINGS = 4
MAX_WINDOW = 1 << 27
KNOWN = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd", "identity"})


class CodingError(ValueError):
    """A body is not in the coding that its headers name, or unpacks to too much."""


def codings(value: str) -> tuple[str, ...]:
    """The codings of a Content-Encoding value, in the order in which they were applied, without ``identity``."""
    names = (name.strip().lower() for name in value.split(","))
    return tuple("gzip" if name == "x-gzip" else name for name in names if name and name != "identity")


def accepts(accept_encoding: str | None, wanted: tuple[str, ...]) -> bool:
    """Whether an Accept-Encoding header allows every one of ``wanted``. Without the header only the bare body is safe."""
    if not wanted:
        return True
    if accept_encoding is None:
        return False
    weights: dict[str, float] = {}
    for item in accept_encoding[:1000].lower().split(","):
        name, _, parameters = item.strip().partition(";")
        weights[name.strip()] = _weight(parameters)
    weights.setdefault("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return all(weights.get(name, weights.get("*", 0.0)) > 0 for name in wanted)


def _weight(parameters: str) -> float:
    name, _, value = parameters.replace(" ", "").partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def decoded(body: bytes, applied: tuple[str, ...], *, limit: int = MAX_DECODED) -> Iterator[bytes]:
    """``body`` without its codings, in pieces of about 64 kB, so that a bomb never lies unpacked in memory.

    A body that ends too early gives what there is of it. Raises ``CodingError`` before the first piece where the very
    beginning is not in that coding or a coding is unknown, and later where it breaks off or exceeds ``limit``.
    """
    if len(applied) > MAX_CODINGS or not set(applied) <= KNOWN:
        raise CodingError(f"unknown content coding: {', '.join(applied)[:100]}")
    pieces: Iterable[bytes] = (body[i : i + PIECE] for i in range(0, len(body), PIECE))
    for name in reversed(applied):
        pieces = _DECODERS[name](pieces)
    limited = _limited(pieces, limit)
    try:
        first = next(limited, b"")
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise CodingError(str(error)) from error
    return chain([first], _typed(limited)) if first else iter(())


def _typed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise CodingError(str(error)) from error


def _limited(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > limit:
            raise CodingError(f"unpacks to more than {limit} bytes")
        if piece:
            yield piece


def _gunzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip, several members too; what follows the last member is not ours to show."""
    unpacker = zlib.decompressobj(wbits=31)
    for piece in pieces:
        data = piece
        while data:
            if unpacker.eof:
                if not data.startswith(b"\x1f"):
                    return
                unpacker = zlib.decompressobj(wbits=31)
            yield unpacker.decompress(data, PIECE)
            data = unpacker.unconsumed_tail or (unpacker.unused_data if unpacker.eof else b"")


def _inflate(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """``deflate`` is zlib by RFC 9110 and raw deflate by habit: both are read."""
    source = iter(pieces)
    start = next(source, b"")
    zlib_header = len(start) > 1 and start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    unpacker = zlib.decompressobj(wbits=15 if zlib_header else -15)
    for piece in chain([start], source):
        data = piece
        while data and not unpacker.eof:
            yield unpacker.decompress(data, PIECE)
            data = unpacker.unconsumed_tail


def _unbrotli(pieces: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = brotli.Decompressor()
    for piece in pieces:
        if unpacker.is_finished():
            return
        data = unpacker.process(piece, output_buffer_limit=PIECE)
        yield data
        # can_accept_more_data() is true while output still waits (brotli 1.2): ask until nothing comes.
        while not unpacker.is_finished() and (data := unpacker.process(b"", output_buffer_limit=PIECE)):
            yield data


def _unzstd(pieces: Iterable[bytes]) -> Iterator[bytes]:
    source = _Source(pieces)
    reader = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_reader(
        source, read_size=PIECE, read_across_frames=True
    )
    while data := reader.read(PIECE):
        yield data


class _Source:
    """Pieces as the file that zstandard reads."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = piece
        data, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return data


_DECODERS = {"gzip": _gunzip, "deflate": _inflate, "br": _unbrotli, "zstd": _unzstd}
