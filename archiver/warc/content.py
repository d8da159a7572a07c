"""Bytes that may be large: a known length, and pieces that can be read again and again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from archiver.model.digest import Digest

Source = Callable[[], Iterable[bytes]]
"""Gives the same bytes from the start at every call, in pieces."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """Bytes of a known length that need never stand whole in memory."""

    length: int
    source: Source

    @classmethod
    def of(cls, data: bytes | Content | Source) -> Content:
        """Content of bytes, or of a source whose length one reading finds out."""
        if isinstance(data, Content):
            return data
        if isinstance(data, bytes):
            return cls(len(data), lambda: (data,))
        return cls(sum(len(piece) for piece in data()), data)

    def pieces(self) -> Iterator[bytes]:
        """The bytes from the start, none of the pieces empty."""
        return (piece for piece in self.source() if piece)

    def read(self, limit: int | None = None) -> bytes:
        """The bytes as one, at most ``limit`` of them."""
        if limit is None:
            return b"".join(self.source())
        out: list[bytes] = []
        left = limit
        for piece in self.pieces():
            out.append(piece[:left])
            left -= len(out[-1])
            if left <= 0:
                break
        return b"".join(out)

    def skip(self, count: int) -> Content:
        """What follows the first ``count`` bytes."""
        if not count:
            return self
        return Content(max(0, self.length - count), lambda: _after(self.source(), count))

    def part(self, start: int, end: int) -> Content:
        """The bytes from ``start`` up to ``end`` (not with it), which is not behind the end; no piece beyond it is read."""
        return Content(end - start, lambda: _up_to(self.skip(start).source(), end - start))


def _up_to(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:count]
        count -= len(piece)
        if count <= 0:
            return


def _after(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    for piece in pieces:
        if count >= len(piece):
            count -= len(piece)
            continue
        yield piece[count:] if count else piece
        count = 0


@dataclass(frozen=True, slots=True, eq=False)
class RecordBlock:
    """The block of a record: an HTTP head (empty where there is none) and a body, with the digests of one reading.

    ``digest`` is the SHA-256 of the whole block; ``payload_digest`` (SHA-1) and ``payload_sha256`` are of the body.
    """

    head: bytes
    body: Content
    digest: Digest
    payload_digest: Digest
    payload_sha256: Digest

    @classmethod
    def of(cls, body: bytes | Content | Source = b"", *, head: bytes = b"") -> RecordBlock:
        """Read ``body`` once for its length and digests."""
        whole = hashlib.sha256(head)
        sha256 = hashlib.sha256()
        sha1 = hashlib.sha1(usedforsecurity=False)
        length = 0
        source: Source = (
            (lambda: (body,)) if isinstance(body, bytes) else body.source if isinstance(body, Content) else body
        )
        for piece in source():
            length += len(piece)
            sha1.update(piece)
            sha256.update(piece)
            if head:
                whole.update(piece)
        return cls(
            head,
            Content(length, source),
            Digest("sha256", (whole if head else sha256).digest()),
            Digest("sha1", sha1.digest()),
            Digest("sha256", sha256.digest()),
        )

    @property
    def length(self) -> int:
        """Bytes of head and body together: Content-Length."""
        return len(self.head) + self.body.length

    def pieces(self) -> Iterator[bytes]:
        """Head, then body."""
        if self.head:
            yield self.head
        yield from self.body.pieces()
