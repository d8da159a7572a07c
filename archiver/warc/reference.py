"""A second opinion on a file: warcio reads it beside our own reader, and the places where the two see different records are named.

Only for files that our reader has found sound: warcio puts no bound on a line and passes over damaged gzip members.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from archiver.errors import RecordDamaged
from archiver.model.manifest import BadRange
from archiver.warc.foreign import ARC
from archiver.warc.scan import Scanner

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """A record as one reader sees it: where it begins, its type and id (of ARC records none), the SHA-256 (hex) of its block."""

    offset: int
    type: str | None
    id: str | None
    block_sha256: str | None

    def __str__(self) -> str:
        parts = (self.type or "an ARC record", self.id, self.block_sha256 and f"block sha256:{self.block_sha256}")
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Difference:
    """A place at which the two readers do not agree: what warcio and what our reader sees there."""

    offset: int
    theirs: str
    ours: str


def compare_with_warcio(
    path: Path | str, *, foreign: bool = False, known_bad: Sequence[BadRange] = ()
) -> list[Difference]:
    """Every place at which warcio and our reader do not see the same record. Bad places are passed over. Raises ``OSError``."""
    path = Path(path)
    found: list[Difference] = []
    with path.open("rb") as one, path.open("rb") as other, contextlib.redirect_stderr(io.StringIO()):
        for start, end in _between(known_bad, path.stat().st_size):
            found += differences(
                list(_ours(one, str(path), foreign=foreign, start=start, end=end)),
                list(_theirs(_Slice(other, start, end))),
            )
    return found


def differences(ours: Sequence[SeenRecord], theirs: Sequence[SeenRecord]) -> list[Difference]:
    """Where two readings differ; after the first place at which only one sees a record nothing more is compared."""
    found: list[Difference] = []
    for mine, yours in zip_longest(ours, theirs):
        if mine == yours:
            continue
        offset = min(record.offset for record in (mine, yours) if record is not None)
        found.append(Difference(offset, str(yours or "no record"), str(mine or "no record")))
        if mine is None or yours is None or mine.offset != yours.offset:
            break
    return found


def _between(bad: Sequence[BadRange], size: int) -> Iterator[tuple[int, int]]:
    start = 0
    for place in sorted(bad, key=lambda each: each.offset):
        if place.offset > start:
            yield start, place.offset
        start = place.end
    if start < size:
        yield start, size


def _ours(file: BinaryIO, name: str, *, foreign: bool, start: int, end: int) -> Iterator[SeenRecord]:
    scanner = Scanner(file, name=name, foreign=foreign, start=start, end=end)
    while True:
        try:
            passing = scanner.next()
            if passing is None:
                return
            digest = hashlib.sha256()
            for piece in passing.pieces():
                digest.update(piece)
            passing.finish()
        except RecordDamaged as error:
            yield SeenRecord(error.offset, f"nothing sound ({error.why})", None, None)
            return
        kind = (passing.get("WARC-Type") or "").lower()
        if passing.version == ARC:
            yield _of_arc(passing.offset, digest.hexdigest(), is_head=kind == "warcinfo")
        else:
            yield SeenRecord(passing.offset, kind, passing.get("WARC-Record-ID"), digest.hexdigest())


def _theirs(part: _Slice) -> Iterator[SeenRecord]:
    records = ArchiveIterator(part, no_record_parse=True)
    try:
        for record in records:
            digest = hashlib.sha256()
            while piece := record.raw_stream.read(_CHUNK):
                digest.update(piece)
            offset = records.get_record_offset()
            kind = str(record.rec_type or "")
            if record.format == "arc":
                yield _of_arc(offset, digest.hexdigest(), is_head=kind == "arc_header")
            else:
                record_id = record.rec_headers.get_header("WARC-Record-ID")
                yield SeenRecord(offset, kind.lower(), record_id, digest.hexdigest())
    except (ArchiveLoadFailed, ValueError, AttributeError, TypeError) as error:
        yield SeenRecord(
            records.offset, f"nothing that it can read ({type(error).__name__}: {str(error).strip()[:120]})", None, None
        )


def _of_arc(offset: int, sha256: str, *, is_head: bool) -> SeenRecord:
    # Of the first record's block warcio takes two lines for the head.
    return SeenRecord(offset, None, None, None if is_head else sha256)


class _Slice(io.RawIOBase):
    """Some bytes of a file, at their places."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        super().__init__()
        self._file = file
        self._end = end
        self._file.seek(start)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._file.tell()
        return self._file.read(left if size < 0 else min(size, left))
