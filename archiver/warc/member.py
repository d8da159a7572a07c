"""The bytes below records: a file that can be read on and given back to, and the gzip members in it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import BinaryIO

CHUNK = 1 << 16


class Tape:
    """A file's bytes from ``position`` on, with a way to give back what was not used."""

    def __init__(self, file: BinaryIO, start: int, end: int | None, tap: Callable[[bytes], object] | None) -> None:
        self._file = file
        self._end = end
        self._tap = tap
        self._given_back = b""
        self._read_to = self._tapped_to = start
        file.seek(start)

    @property
    def position(self) -> int:
        """Where in the file the next byte comes from."""
        return self._read_to - len(self._given_back)

    def take(self) -> bytes:
        """The next bytes, some of them; none at the end."""
        if self._given_back:
            data, self._given_back = self._given_back, b""
            return data
        size = CHUNK if self._end is None else min(CHUNK, self._end - self._read_to)
        data = self._file.read(size) if size > 0 else b""
        self._read_to += len(data)
        if self._tap is not None and self._read_to > self._tapped_to:
            self._tap(data[self._tapped_to - self._read_to :])
            self._tapped_to = self._read_to
        return data

    def give_back(self, data: bytes) -> None:
        """Take back what was taken last and not used."""
        self._given_back = data + self._given_back

    def rewind(self, position: int) -> None:
        """Go on at another place."""
        self._given_back = b""
        self._read_to = position
        self._file.seek(position)


class Member:
    """The decompressed bytes of one gzip member, or the plain bytes to the end of the file."""

    def __init__(self, tape: Tape, *, packed: bool) -> None:
        self._tape = tape
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16) if packed else None
        self._pending = b""
        self._done = False
        self._buffer = b""
        self._at = 0
        self.torn = False

    @property
    def packed(self) -> bool:
        """Whether it is a gzip member."""
        return self._inflate is not None

    @property
    def position(self) -> int:
        """Where the next plain byte lies in the file (plain files), or the tape stands."""
        return self._tape.position - (0 if self.packed else len(self._buffer) - self._at)

    def _fill(self) -> bool:
        """Get more into the buffer; False at the end. Raises ``zlib.error`` for damage."""
        self._buffer, self._at = self._buffer[self._at :], 0
        before = len(self._buffer)
        while len(self._buffer) == before and not self._done:
            if self._inflate is None:
                data = self._tape.take()
                self._done = not data
            else:
                data = self._inflated(self._inflate)
            self._buffer += data
        return len(self._buffer) > before

    def _inflated(self, inflate: zlib._Decompress) -> bytes:
        raw = self._pending or self._tape.take()
        data = inflate.decompress(raw, CHUNK)
        self._pending = inflate.unconsumed_tail
        if inflate.eof:
            self._done = True
            self._tape.give_back(inflate.unused_data)
        elif not raw and not data:
            self._done = self.torn = True
        return data

    def line(self, limit: int) -> bytes:
        """Up to and with the next LF; what there is where none comes within ``limit`` bytes or the end comes first."""
        seen = 0
        while True:
            end = self._buffer.find(b"\n", self._at + seen, self._at + limit)
            if end >= 0:
                return self.read(end + 1 - self._at)
            seen = len(self._buffer) - self._at
            if seen >= limit or not self._fill():
                return self.read(min(limit, len(self._buffer) - self._at))

    def read(self, size: int) -> bytes:
        """At least one and at most ``size`` bytes; none at the end."""
        if size <= 0 or (self._at >= len(self._buffer) and not self._fill()):
            return b""
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        return data

    def unread(self, data: bytes) -> None:
        """Take back what was read last."""
        self._buffer, self._at = data + self._buffer[self._at :], 0

    def at_end(self) -> bool:
        """Whether nothing more comes. Raises ``zlib.error`` for damage."""
        return self._at >= len(self._buffer) and not self._fill()

    def release(self) -> None:
        """Give the buffered plain bytes back to the tape."""
        if not self.packed:
            self._tape.give_back(self._buffer[self._at :])
            self._buffer, self._at = b"", 0
