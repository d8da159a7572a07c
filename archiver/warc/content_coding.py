"""Content codings (RFC 9110, section 8.4) taken off: gzip, deflate, br, zstd, several at once, damaged, bombs and all."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import brotli
import zstandard

_OUT = 1 << 16
_IN = 1 << 14
_IN_BROTLI = 1 << 10
_IN_ZSTD = 1 << 8
_ZSTD = zstandard.ZstdDecompressor(max_window_size=8 << 20)  # RFC 9659
_MAX_CODINGS = 5
MOST_MEMBERS = 10_000
"""Gzip members or zstd frames of one body, in all its stages: each costs time, an empty one too."""
MOST_BETWEEN = 64 << 20
"""Bytes that a stage may give to the next one: what nobody but another decoder sees."""
MOST_SECONDS = 30.0
"""Seconds that decoding one body may take."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What could be decoded. ``complete`` is False where ``problem`` says why not all of it could."""

    data: bytes
    complete: bool
    problem: str | None = None


class Fault:
    """The first thing that went wrong, and what the decoding of one body has cost so far."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self._members = 0

    def enter_member(self) -> bool:
        """Count a member or frame that begins; whether it may be read."""
        self._members += 1
        return self._may(self._members <= MOST_MEMBERS, f"more than {MOST_MEMBERS:,} members")

    def pass_on(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """What one stage gives to the next, as long as it is not too much."""
        given = 0
        for piece in pieces:
            given += len(piece)
            if not self._may(given <= MOST_BETWEEN, f"more than {MOST_BETWEEN:,} bytes between two codings"):
                return
            yield piece

    def in_time(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The pieces, until decoding has taken too long; what their reader does in between does not count."""
        spent = 0.0
        while True:
            begun = time.perf_counter()
            piece = next(pieces, None)
            spent += time.perf_counter() - begun
            if piece is None or not self._may(spent < MOST_SECONDS, f"more than {MOST_SECONDS:g} s of decoding"):
                return
            yield piece

    def _may(self, fits: bool, problem: str) -> bool:
        if not fits:
            self.note(problem)
        return fits

    def note(self, problem: str) -> None:
        """Remember ``problem`` if it is the first."""
        if self.problem is None:
            self.problem = problem


def decode_content(body: bytes | Iterable[bytes], codings: str | Iterable[str], *, limit: int) -> Decoded:
    """``body`` without its codings, which are given in the order in which they were applied; at most ``limit`` bytes.

    Damaged and cut data give what could be decoded. A body that does not begin as its coding does is taken to be not
    coded at all, as servers often send it, and comes back as it is.
    """
    fault = Fault()
    out: list[bytes] = []
    left = limit
    for piece in decode_pieces(body, codings, fault):
        out.append(piece[:left])
        left -= len(out[-1])
        if len(out[-1]) < len(piece):
            fault.note(f"longer than {limit} bytes")
            break
    return Decoded(b"".join(out), fault.problem is None, fault.problem)


def decode_pieces(body: bytes | Iterable[bytes], codings: str | Iterable[str], fault: Fault) -> Iterator[bytes]:
    """``decode_content`` as a stream; ``fault`` says afterwards what went wrong. No piece is much longer than 64 KiB."""
    names = codings.split(",") if isinstance(codings, str) else codings
    wanted = [name for name in (name.strip().lower() for name in names) if name and name != "identity"]
    pieces: Iterator[bytes] = _slices((body,) if isinstance(body, bytes) else body, _OUT)
    if len(wanted) > _MAX_CODINGS:
        fault.note(f"{len(wanted)} codings on one another")
        return pieces
    for number, name in enumerate(reversed(wanted)):
        pieces = _stage(name, fault.pass_on(pieces) if number else pieces, fault)
    return fault.in_time(pieces) if wanted else pieces


def _slices(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), size):
            yield piece[start : start + size]


def _stage(name: str, pieces: Iterator[bytes], fault: Fault) -> Iterator[bytes]:
    start = b""
    for piece in pieces:  # enough to see how it begins
        start += piece
        if len(start) >= 4:
            break
    if not start:
        return
    rest = chain((start,), pieces)
    if name in {"gzip", "x-gzip"}:
        yield from _gzip(rest, fault) if start.startswith(b"\x1f\x8b"[: len(start)]) else _plain(name, rest, fault)
    elif name == "deflate":
        yield from _deflate(rest, fault, zlib.MAX_WBITS if _is_zlib(start) else -zlib.MAX_WBITS)
    elif name == "br":
        yield from _brotli(rest, fault)
    elif name == "zstd":
        known = start.startswith(b"\x28\xb5\x2f\xfd"[: len(start)]) or start[1:4] == b"\x2a\x4d\x18"
        yield from _zstd(rest, fault) if known else _plain(name, rest, fault)
    else:
        fault.note(f"unknown coding {name[:40]!r}")
        yield from rest


def _plain(name: str, pieces: Iterator[bytes], fault: Fault) -> Iterator[bytes]:
    fault.note(f"said to be {name}, but is not")
    return pieces


def _is_zlib(start: bytes) -> bool:
    return len(start) > 1 and start[0] & 0x0F == 8 and start[0] >> 4 <= 7 and (start[0] << 8 | start[1]) % 31 == 0


class _Inflater:
    """One zlib stream that gives what it can before an error, in pieces of bounded size."""

    def __init__(self, wbits: int) -> None:
        self._stream = zlib.decompressobj(wbits)
        self.gave = False
        self.failed = False
        self.rest = b""

    @property
    def eof(self) -> bool:
        return self._stream.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            before = self._stream.copy()
            try:
                out = self._stream.decompress(data, _OUT)
            except zlib.error:
                yield from self._salvage(before, data)
                return
            if out:
                self.gave = True
                yield out
            if self._stream.eof:
                self.rest = self._stream.unused_data
                return
            data = self._stream.unconsumed_tail
            if not data and len(out) < _OUT:
                return

    def _salvage(self, stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        """A failing call gives nothing of what it had decoded: go up to the fault byte by byte."""
        self.failed = True
        for position in range(len(data)):
            piece = data[position : position + 1]
            while True:
                try:
                    out = stream.decompress(piece, _OUT)
                except zlib.error:
                    return
                if out:
                    self.gave = True
                    yield out
                piece = stream.unconsumed_tail
                if not piece and len(out) < _OUT:
                    break


def _gzip(pieces: Iterator[bytes], fault: Fault) -> Iterator[bytes]:
    member: _Inflater | None = None
    members = 0
    for piece in _slices(pieces, _IN):
        data = piece
        while data:
            if member is None:
                if not fault.enter_member():
                    return
                member = _Inflater(zlib.MAX_WBITS | 16)
            yield from member.feed(data)
            if member.failed:
                if member.gave or not members:  # else: bytes after the end, which every reader overlooks
                    fault.note("damaged gzip")
                return
            if not member.eof:
                break
            data = member.rest
            members += 1
            member = None
    if member is not None and (member.gave or not members):
        fault.note("gzip cut short")


def _deflate(pieces: Iterator[bytes], fault: Fault, wbits: int) -> Iterator[bytes]:
    stream = _Inflater(wbits)
    fed: list[bytes] = []
    source = _slices(pieces, _IN)
    for piece in source:
        if not stream.gave and len(fed) < 4:
            fed.append(piece)
        yield from stream.feed(piece)
        if stream.failed and not stream.gave and wbits < 0:
            yield from _plain("deflate", chain(fed, source), fault)
            return
        if stream.failed:
            fault.note("damaged deflate")
            return
        if stream.eof:
            return
    fault.note("deflate cut short")


def _brotli(pieces: Iterator[bytes], fault: Fault) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    first = next(pieces)
    gave = False
    small = _slices(chain((first,), pieces), _IN_BROTLI)
    for count, piece in enumerate(small):
        data = piece
        while True:
            try:
                out = stream.process(data, output_buffer_limit=_OUT)
            except brotli.error:
                if not gave and not count:
                    yield from _plain("br", chain((piece,), small), fault)
                else:
                    fault.note("damaged br")
                return
            if out:
                gave = True
                yield out
            data = b""
            if stream.is_finished():
                return
            if not out:
                # Not can_accept_more_data(): it is true while output still waits (brotli 1.2.1).
                break
    fault.note("br cut short")


def _zstd(pieces: Iterator[bytes], fault: Fault) -> Iterator[bytes]:
    # Small bites bound what one call can give (some 8 MiB), and what is lost to a fault.
    stream = None
    for piece in _slices(pieces, _IN_ZSTD):
        data = piece
        while data:
            if stream is None:
                if not fault.enter_member():
                    return
                stream = _ZSTD.decompressobj()
            try:
                out = stream.decompress(data)
            except zstandard.ZstdError:
                fault.note("damaged zstd")
                return
            if out:
                yield out
            if not stream.eof:
                break
            data = stream.unused_data
            stream = None
    if stream is not None:
        fault.note("zstd cut short")
