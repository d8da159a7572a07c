"""The exchange: one request and its response as they crossed the wire. It lives in memory only."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from archiver.errors import SpoolUnusable
from archiver.model.capture import Capture, Kind
from archiver.model.record import Truncated

SPILL_AT = 1_000_000
"""Bytes of a response kept in memory; what is longer goes to a temporary file."""


class WireBytes:
    """The bytes of one message as they came, chunk by chunk; in memory up to ``SPILL_AT``, then in a temporary file."""

    __slots__ = ("_chunks", "_file", "_memory", "size")

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._memory = 0
        self._file: IO[bytes] | None = None
        self.size = 0

    def append(self, data: bytes) -> None:
        """Add what came next. Keeps the reference; nothing is copied while it fits in memory.

        Raises ``SpoolUnusable`` when the temporary file of a large body cannot be made or written.
        """
        try:
            self._append(data)
        except OSError as error:
            raise SpoolUnusable(tempfile.gettempdir(), error.strerror or str(error)) from error

    def _append(self, data: bytes) -> None:
        self.size += len(data)
        if self._file is not None:
            self._file.write(data)
            return
        self._chunks.append(data)
        self._memory += len(data)
        if self._memory > SPILL_AT:
            self._file = tempfile.TemporaryFile(prefix="archiver-")  # noqa: SIM115  closed by close()
            self._file.writelines(self._chunks)
            self._chunks = []

    def cut_to(self, size: int) -> None:
        """Drop what lies beyond ``size`` bytes: bytes after the end of the message."""
        if size >= self.size:
            return
        if self._file is not None:
            self._file.truncate(size)
            self._file.seek(size)
        else:
            joined = b"".join(self._chunks)[:size]
            self._chunks = [joined]
            self._memory = len(joined)
        self.size = size

    def clear(self) -> None:
        """Forget all: the request was sent again on a new connection."""
        self.close()
        self._chunks = []
        self._memory = 0
        self.size = 0

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from ``start`` to ``end``."""
        if self._file is not None:
            self._file.seek(start)
            data = self._file.read() if end is None else self._file.read(max(0, end - start))
            self._file.seek(0, 2)
            return data
        return b"".join(self._chunks)[start:end]

    def pieces(self, start: int = 0, *, size: int = 1 << 16) -> Iterator[bytes]:
        """The bytes from ``start`` on, in pieces, so that a large body is never whole in memory."""
        position = start
        while position < self.size:
            piece = self.read(position, min(position + size, self.size))
            if not piece:
                return
            position += len(piece)
            yield piece

    def close(self) -> None:
        """Free the temporary file."""
        if self._file is not None:
            # A full disk refuses what still waits to be written; it is not wanted any more.
            with suppress(OSError):
                self._file.close()
            self._file = None


@dataclass(slots=True)
class Exchange:
    """One request and its response as they crossed the wire, with why it was made.

    ``request`` is head and body as sent (proxy credentials already removed); ``response`` the whole last message as
    received, status line first, framing and all, 1xx messages before it left out. ``cipher`` is an IANA name, ``tls``
    like ``tls/1.3``. ``peer_ip`` is None through a proxy. ``error`` says why there is no whole response, in words. ``condition`` is the
    response capture whose ETag or Last-Modified the request carried: what a 304 says is not modified. ``notes`` say
    what is odd about a response that is whole all the same.
    """

    url: str
    method: str
    began_at: datetime
    kind: Kind
    via: str | None = None
    hop: str = ""
    request: bytes = b""
    response: WireBytes = field(default_factory=WireBytes)
    ended_at: datetime | None = None
    peer_ip: str | None = None
    tls: str | None = None
    cipher: str | None = None
    truncated: Truncated | None = None
    error: str | None = None
    status: int | None = None
    condition: Capture | None = None
    notes: tuple[str, ...] = ()
