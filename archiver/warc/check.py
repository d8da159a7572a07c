"""The strict validator: every rule of the standard that can be checked in a file, in one reading.

It finds what other validators let pass (docs/format.md): a cut tail, duplicate record ids, injected fields, illegal URIs,
repeated and misplaced fields, more than one record in a gzip member. The same reading gives each sound record to whoever
makes index and catalogue rows of it, so that a file is decompressed once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archiver.errors import RecordDamaged, RecordTorn
from archiver.model.manifest import BadRange
from archiver.model.record import RecordId
from archiver.warc.examine import Breaches, ExaminedRecord, examine
from archiver.warc.field_rules import RecordProblem, RecordProblemKind
from archiver.warc.foreign import ARC, arc_record_id
from archiver.warc.read import block_again
from archiver.warc.scan import Passing, Scanner

MAX_PROBLEMS = 1000
MAX_FAULTS = 1000
"""Faults after which a file is read no further: what comes then is noise, and looking for records in it has no end."""
LOOK_AHEAD = 2
"""So often is the file, as far as it was read, read ahead to see whether all of it is whole behind a torn record."""
_BAD = frozenset(kind for kind in RecordProblemKind if kind.is_damage) - {RecordProblemKind.CONTENT_LENGTH}
"""Problems for which a record of another tool is not taken: lost or changed bytes. Odd line ends after it are none."""


@dataclass(frozen=True, slots=True)
class WarcReport:
    """What one reading of a file found.

    ``counts`` is sound records by type; ``sha256`` (hex) and ``size`` are of the whole file; ``warcinfos`` the ids of its
    warcinfo records. At most ``MAX_PROBLEMS`` problems are kept, and so many that mean damage; ``kinds`` counts all.
    ``bad`` are the places in which no sound record was found.
    """

    path: str
    size: int
    sha256: str
    counts: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    warcinfos: tuple[RecordId, ...]
    problems: tuple[RecordProblem, ...]
    kinds: Mapping[str, int]
    bad: tuple[BadRange, ...] = ()

    @property
    def records(self) -> int:
        """Sound records."""
        return sum(self.counts.values())

    @property
    def ok(self) -> bool:
        """Whether nothing at all was found."""
        return not self.problems

    @property
    def unlisted(self) -> int:
        """Problems beyond those that were kept."""
        return sum(self.kinds.values()) - len(self.problems)

    @property
    def damage(self) -> tuple[RecordProblem, ...]:
        """The problems that mean lost or changed bytes, not only a broken rule."""
        return tuple(problem for problem in self.problems if problem.kind.is_damage)


def check_file(
    path: Path | str,
    *,
    foreign: bool = False,
    known_bad: Sequence[BadRange] = (),
    sha256: str = "",
    on_record: Callable[[ExaminedRecord], object] = lambda _: None,
) -> WarcReport:
    """Read a WARC file once and hold each record to the rules. Raises only ``OSError``: all else is in the report.

    ``foreign``: another tool's file, WARC or ARC; bad places in it are named by ranges, and ``known_bad`` ranges are passed
    over; ``sha256`` (hex) is the file's, if it is known: ARC ids are made of it. ``on_record`` is given every record that is not in a bad range, in order.
    """
    path = Path(path)
    with path.open("rb") as file:
        check = _Check(path, file, foreign=foreign, sha256=sha256, on_record=on_record)
        check.walk(known_bad)
    return check.finish()


class _Check:
    """One reading, and what must be remembered of the records that have passed."""

    def __init__(
        self,
        path: Path,
        file: BinaryIO,
        *,
        foreign: bool,
        sha256: str,
        on_record: Callable[[ExaminedRecord], object],
    ) -> None:
        self._path = path
        self._foreign = foreign
        self._on_record = on_record
        self._scanner = Scanner(file, name=str(path), foreign=foreign, tap=self._tap)
        self._ranges = _BadRanges()
        self._doubtful: tuple[ExaminedRecord, Breaches] | None = None
        self._arc_sha256 = sha256
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._faults = 0
        self._looked_ahead = 0
        self._counts: Counter[str] = Counter()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._offsets: dict[str, int] = {}
        self._warcinfos: dict[str, None] = {}
        self._concurrent: list[tuple[str, int, str | None]] = []
        self._dates: dict[str, datetime] = {}
        self._lengths: dict[str, tuple[int, str]] = {}
        self._head_requests: set[str] = set()
        self._problems: list[RecordProblem] = []
        self._kinds: Counter[str] = Counter()
        self._damaged = 0

    def _tap(self, data: bytes) -> None:
        self._sha256.update(data)
        self._size += len(data)

    def walk(self, known_bad: Sequence[BadRange]) -> None:
        """Read to the end of the file."""
        scanner = self._scanner
        known = sorted(known_bad, key=lambda each: each.offset)
        while True:
            position = scanner.position
            self._ranges.close(position)
            while known and known[0].end <= position:
                known.pop(0)
            if known and known[0].offset <= position:
                self._settle()
                scanner.go_to(known[0].end)
                continue
            try:
                passing = scanner.next()
                self._settle()
                if passing is None:
                    break
                self._read(passing)
            except RecordDamaged as error:
                if not self._resume(error, position):
                    break
        scanner.drain()
        self._ranges.close(self._size)

    def _resume(self, error: RecordDamaged, position: int) -> bool:
        """Note what cannot be read, and go on where the next record begins; False where none does."""
        start = max(position, error.offset)
        if self._doubtful is not None:
            # Not what a record says of its length is right, but what lies behind it: nothing does.
            start = self._doubtful[0].head.offset
            self._doubtful = None
        torn = isinstance(error, RecordTorn)
        kind = RecordProblemKind.TRUNCATED if torn else RecordProblemKind.DAMAGED
        self.report(kind, start if self._foreign else error.offset, None, str(error))
        self._ranges.open(start, error.why)
        self._faults += 1
        if self._faults > MAX_FAULTS:
            return False
        following = self._scanner.resync(start + 1)
        while torn and self._foreign and following is not None and not self._belongs(following):
            # A torn body may itself contain a WARC, sent by who knows whom.
            self._faults += 1
            following = self._scanner.resync(following + 1) if self._faults <= MAX_FAULTS else None
        return following is not None

    def _belongs(self, offset: int) -> bool:
        """Whether a record behind a torn one is the file's own: it names a warcinfo record before it, or everything from it
        to the end of the file is whole."""
        with self._path.open("rb") as file:
            scanner = Scanner(file, name=str(self._path), foreign=True, start=offset)
            whole = self._looked_ahead <= LOOK_AHEAD * self._size
            try:
                while (passing := scanner.next()) is not None:
                    passing.finish()
                    named = (passing.get("WARC-Warcinfo-ID") or "").strip("<>")
                    if named in self._warcinfos:
                        return True
                    if not passing.ends_well or not whole:
                        break
            except RecordDamaged:
                whole = False
            else:
                whole = whole and passing is None
            self._looked_ahead += scanner.position - offset
        return whole

    def report(self, kind: RecordProblemKind, offset: int, record_id: str | None, text: str) -> None:
        # However many small faults there are: the first thousand that mean damage are kept.
        self._damaged += kind.is_damage
        self._kinds[kind.value] += 1
        if len(self._problems) < MAX_PROBLEMS or (kind.is_damage and self._damaged <= MAX_PROBLEMS):
            self._problems.append(RecordProblem(kind, offset, record_id, text))

    def _read(self, passing: Passing) -> None:
        found: Breaches = []
        if passing.version == ARC:
            record_id = arc_record_id(self._sha256_of_file(), passing.offset)
            passing.fields.insert(0, ("WARC-Record-ID", f"<{record_id}>"))
        record = examine(
            passing, found, file=str(self._path), again=block_again(self._path, passing, foreign=self._foreign)
        )
        if self._path.suffix == ".gz" and not passing.packed:
            found.append((RecordProblemKind.MEMBER, "not a gzip member"))
        if not passing.alone and not passing.ordinal:
            found.append((RecordProblemKind.MEMBER, "more than one record in its gzip member"))
        self._doubtful = (record, found)
        if not self._foreign or passing.ends_well or (passing.alone and (passing.packed or record.verified)):
            self._settle()

    def _settle(self) -> None:
        """Take the last record as one that ends where it says, now that another one, or nothing, follows it."""
        if self._doubtful is None:
            return
        (record, found), self._doubtful = self._doubtful, None
        self._count(record, found)

    def _count(self, record: ExaminedRecord, found: Breaches) -> None:
        offset = record.head.offset
        bad = next((text for kind, text in found if kind in _BAD), None)
        if self._foreign:
            bad = bad or self._given(record)
        else:
            self._on_record(record)
        if bad is not None:
            self._ranges.open(offset, bad)
            self._ranges.close(offset + record.head.length)
        if bad is not None and self._foreign:
            for kind, text in found or [(RecordProblemKind.DAMAGED, bad)]:
                self.report(kind, offset, record.id, text)
            return
        first = not self._counts
        self._counts[record.type] += 1
        if record.at is not None:
            self._first = record.at if self._first is None else min(self._first, record.at)
            self._last = record.at if self._last is None else max(self._last, record.at)
        if record.id is not None:
            if record.id in self._offsets:
                text = f"the id of the record at offset {self._offsets[record.id]}"
                found.append((RecordProblemKind.DUPLICATE_ID, text))
            self._offsets.setdefault(record.id, offset)
        if record.head.version != ARC:
            self._warcinfo(record, found, first=first)
        self._event(record)
        for kind, text in found:
            self.report(kind, offset, record.id, text)

    def _given(self, record: ExaminedRecord) -> str | None:
        """Hand a foreign record on; why it is none that could be kept, if so."""
        if record.head.ordinal or not record.head.length:
            return "more than one record in one gzip member, which no ranged read can reach"
        if not record.type:
            return "no WARC-Type"
        try:
            self._on_record(record)
        except RecordDamaged as error:
            return error.why
        return None

    def _sha256_of_file(self) -> str:
        if not self._arc_sha256:
            with self._path.open("rb") as file:
                self._arc_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return self._arc_sha256

    def _warcinfo(self, record: ExaminedRecord, found: Breaches, *, first: bool) -> None:
        if record.type == "warcinfo":
            if record.id is not None:
                self._warcinfos[record.id] = None
            return
        if first:
            found.append((RecordProblemKind.WARCINFO, "the file does not begin with a warcinfo record"))
        if record.warcinfo is None:
            found.append((RecordProblemKind.WARCINFO, "no WARC-Warcinfo-ID"))
        elif record.warcinfo not in self._warcinfos:
            text = f"no warcinfo record before it has the id {record.warcinfo[:80]}"
            found.append((RecordProblemKind.WARCINFO, text))

    def _event(self, record: ExaminedRecord) -> None:
        if record.id is not None and record.at is not None:
            self._dates[record.id] = record.at
        self._concurrent += [(other, record.head.offset, record.id) for other in record.concurrent_to]
        if record.length_mismatch is not None and record.id is not None:
            self._lengths[record.id] = (record.head.offset, record.length_mismatch)
        if record.is_head_request:
            self._head_requests.update(record.concurrent_to)
            self._head_requests.add(record.id or "")
        elif record.id is not None and self._head_requests.intersection(record.concurrent_to):
            self._head_requests.add(record.id)

    def finish(self) -> WarcReport:
        for other, offset, record_id in self._concurrent:
            if other not in self._offsets:
                self.report(RecordProblemKind.CONCURRENT_TO, offset, record_id, f"no record has the id {other[:80]}")
            elif self._dates.get(other) != self._dates.get(record_id or ""):
                text = f"not the date of {other[:80]}, of the same event"
                self.report(RecordProblemKind.DATE, offset, record_id, text)
        for record_id, (offset, text) in self._lengths.items():
            # The answer to HEAD announces the length that it does not have.
            if record_id not in self._head_requests:
                self.report(RecordProblemKind.HTTP_LENGTH, offset, record_id, text)
        if not self._counts and not self._problems:
            self.report(RecordProblemKind.WARCINFO, 0, None, "there is no record in it")
        return WarcReport(
            path=str(self._path),
            size=self._size,
            sha256=self._sha256.hexdigest(),
            counts=dict(self._counts),
            first_at=self._first,
            last_at=self._last,
            warcinfos=tuple(RecordId(value) for value in self._warcinfos),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.offset)),
            kinds=dict(self._kinds),
            bad=self._ranges.done,
        )


class _BadRanges:
    """The places without a sound record: each is opened where it begins, and closed where the next record does."""

    def __init__(self) -> None:
        self._closed: list[BadRange] = []
        self._open: tuple[int, str] | None = None

    @property
    def done(self) -> tuple[BadRange, ...]:
        """All of them, by offset."""
        return tuple(self._closed)

    def open(self, offset: int, why: str) -> None:
        """What lies at ``offset`` is bad; of one place the first reason stands."""
        if self._open is None:
            self._open = (offset, why)

    def close(self, position: int) -> None:
        """Whatever is open ends where the reading has come to, if it has gone on."""
        if self._open is not None and position > self._open[0]:
            offset, why = self._open
            self._closed.append(BadRange(offset, position - offset, why))
            self._open = None
