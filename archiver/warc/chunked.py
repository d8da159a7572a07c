"""Chunked framing (RFC 9112, section 7.1), taken off a body piece by piece.

A stored response block has its body without framing and the header renamed to ``X-Crawler-Transfer-Encoding``: the one
layout that every validator accepts (docs/format.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from archiver.warc.content import Content, Source
from archiver.warc.http import parse_head

_MAX_LINE = 16_384
_MAX_TRAILERS = 65_536
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}\Z")
_SIZE_BEGUN = re.compile(rb"[0-9A-Fa-f]{0,15}[ \t]*(?:;.*|\r?\n?)\Z", re.DOTALL)
_NAME_AT_LINE_START = re.compile(rb"(?<=\n)(?=transfer-encoding[ \t]*:)", re.IGNORECASE)
_PREFIX = b"X-Crawler-"


class _At(Enum):
    SIZE = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILER = auto()
    END = auto()


class Dechunker:
    """Takes framing off what is fed to it; memory is bounded by one line.

    ``complete`` once the last chunk and the trailers are through; ``problem`` says what is no chunked framing, after
    which nothing more comes out. ``consumed`` counts the bytes of the framed body that were taken, ``oddities`` say what is
    borne with: lines that end in LF alone, white space before an extension, trailers without end.
    """

    def __init__(self) -> None:
        self._at = _At.SIZE
        self._line = bytearray()
        self._left = 0
        self.chunks = 0
        self._trailers = 0
        self.consumed = 0
        self.oddities: list[str] = []
        self.problem: str | None = None

    @property
    def complete(self) -> bool:
        """Whether the end of the framing has been seen."""
        return self._at is _At.END

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The body bytes in ``data``. Bytes after the end are dropped; extensions and trailers too."""
        position = 0
        while position < len(data) and self.problem is None and self._at is not _At.END:
            if self._at is _At.DATA:
                piece = data[position : position + self._left]
                position += len(piece)
                self.consumed += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._at = _At.DATA_END
                yield piece
                continue
            end = data.find(b"\n", position)
            stop = len(data) if end < 0 else end + 1
            self._line += data[position:stop]
            self.consumed += stop - position
            self._trailers += stop - position if self._at is _At.TRAILER else 0
            position = stop
            if len(self._line) > _MAX_LINE:
                self.problem = "a line of the framing is too long"
            elif not self._plausible():
                self.problem = f"not a chunk size or its end: {bytes(self._line[:40])!r}"
            elif end >= 0:
                if not self._line.endswith(b"\r\n"):
                    self._bear("a line of chunked framing that ends in LF alone")
                line = bytes(self._line).rstrip(b"\r\n")
                self._line.clear()
                self._step(line)
            if self._trailers > _MAX_TRAILERS and self._at is _At.TRAILER:
                self._bear("trailers without end")
                self._at = _At.END

    def _bear(self, oddity: str) -> None:
        if oddity not in self.oddities:
            self.oddities.append(oddity)

    def _plausible(self) -> bool:
        """Whether the line so far can become one of framing: what is none must not be taken for a cut end."""
        if self._at is _At.SIZE:
            return bool(_SIZE_BEGUN.match(self._line))
        return self._at is _At.TRAILER or not self._line.strip(b"\r\n")

    def _step(self, line: bytes) -> None:
        if self._at is _At.SIZE:
            size = line.partition(b";")[0].strip(b" \t")
            if not _SIZE.match(size):
                self.problem = f"not a chunk size: {line[:40]!r}"
                return
            self._left = int(size, 16)
            self.chunks += 1
            self._at = _At.DATA if self._left else _At.TRAILER
        elif self._at is _At.DATA_END:
            self._at = _At.SIZE
        elif not line:
            self._at = _At.END


def unchunk(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The body in chunked framing. A cut end gives what was there; after broken framing nothing more comes."""
    dechunker = Dechunker()
    for piece in pieces:
        yield from dechunker.feed(piece)


@dataclass(frozen=True, slots=True, eq=False)
class Deframed:
    """A message as it is stored. ``removed`` says whether framing was taken off; ``complete`` whether its end was seen
    (True where there was no framing); ``problem`` why framing that the head announces was left on."""

    head: bytes
    body: Content
    removed: bool
    complete: bool
    problem: str | None = None


def deframe(head: bytes, body: bytes | Content | Source) -> Deframed:
    """Take chunked framing off and rename its header; all other bytes of the head stay.

    Where the head announces none, where the body is empty (HEAD, 304), and where the body is not chunked framing from
    end to end (a cut end apart), nothing is changed, so that no byte is lost.
    """
    source: Source = (
        (lambda: (body,)) if isinstance(body, bytes) else body.source if isinstance(body, Content) else body
    )
    if not parse_head(head).is_chunked():
        return Deframed(head, Content.of(body), removed=False, complete=True)
    dechunker = Dechunker()
    length = received = 0
    for piece in source():
        received += len(piece)
        length += sum(len(data) for data in dechunker.feed(piece))
    if not received:
        return Deframed(head, Content.of(b""), removed=False, complete=True)
    if dechunker.problem is not None or not dechunker.chunks:
        problem = dechunker.problem or "cut before the first chunk"
        return Deframed(head, Content.of(body), removed=False, complete=False, problem=problem)
    inner = Content(length, lambda: unchunk(source()))
    return Deframed(rename_transfer_encoding(head), inner, removed=True, complete=dechunker.complete)


def rename_transfer_encoding(head: bytes) -> bytes:
    """``X-Crawler-`` set before the name of each Transfer-Encoding line; its case, and every other byte, stay."""
    return _NAME_AT_LINE_START.sub(_PREFIX, head)
