"""The strict validator: every rule of the standard that a file can be held to, in one reading.

It finds what other validators let pass (docs/format.md): a cut tail, duplicate record ids, injected fields, illegal URIs,
repeated and misplaced fields, more than one record in a gzip member.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.errors import RecordDamaged, RecordTorn
from archiver.model.record import RecordId
from archiver.warc.examine import Breaches, Examined, examine
from archiver.warc.problem import Problem, ProblemKind
from archiver.warc.scan import Passing, Scanner

MAX_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class Report:
    """What one reading of a file found.

    ``counts`` is records by type; ``sha256`` (hex) and ``size`` are of the whole file; ``warcinfos`` the ids of its
    warcinfo records. At most ``MAX_PROBLEMS`` problems are kept, and so many that mean damage; ``unlisted``
    counts the rest.
    """

    path: str
    size: int
    sha256: str
    counts: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    warcinfos: tuple[RecordId, ...]
    problems: tuple[Problem, ...]
    unlisted: int = 0

    @property
    def records(self) -> int:
        """Records that could be read."""
        return sum(self.counts.values())

    @property
    def ok(self) -> bool:
        """Whether nothing at all was found."""
        return not self.problems

    @property
    def damage(self) -> tuple[Problem, ...]:
        """The problems that mean lost or changed bytes, not only a broken rule: what an imported file is judged by."""
        return tuple(problem for problem in self.problems if problem.kind.is_damage)


def check_file(path: Path | str) -> Report:
    """Read a WARC file once and hold each record to the rules. Raises only ``OSError``: all else is in the report."""
    path = Path(path)
    with path.open("rb") as file:
        check = _Check(str(path))
        scanner = Scanner(file, name=str(path), tap=check.tap)
        while True:
            position = scanner.position
            try:
                passing = scanner.next()
                if passing is None:
                    break
                check.record(passing, gzip_expected=path.suffix == ".gz")
            except RecordDamaged as error:
                torn = isinstance(error, RecordTorn)
                check.report(ProblemKind.TRUNCATED if torn else ProblemKind.DAMAGED, error.offset, None, str(error))
                if scanner.resync(max(position, error.offset) + 1) is None:
                    break
        scanner.drain()
    return check.finish()


class _Check:
    """What must be remembered of the records that have passed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._counts: Counter[str] = Counter()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._offsets: dict[str, int] = {}
        self._warcinfos: dict[str, None] = {}
        self._concurrent: list[tuple[str, int, str | None]] = []
        self._dates: dict[str, datetime] = {}
        self._lengths: dict[str, tuple[int, str]] = {}
        self._head_requests: set[str] = set()
        self._problems: list[Problem] = []
        self._unlisted = 0
        self._damaged = 0

    def tap(self, data: bytes) -> None:
        self._sha256.update(data)
        self._size += len(data)

    def report(self, kind: ProblemKind, offset: int, record_id: str | None, text: str) -> None:
        # However many small faults there are: the first thousand that mean damage are told.
        self._damaged += kind.is_damage
        if len(self._problems) < MAX_PROBLEMS or (kind.is_damage and self._damaged <= MAX_PROBLEMS):
            self._problems.append(Problem(kind, offset, record_id, text))
        else:
            self._unlisted += 1

    def record(self, passing: Passing, *, gzip_expected: bool) -> None:
        found: Breaches = []
        first = not self._counts
        facts = examine(passing, found)
        if gzip_expected and not passing.packed:
            found.append((ProblemKind.MEMBER, "not a gzip member"))
        if not passing.alone and not passing.ordinal:
            found.append((ProblemKind.MEMBER, "more than one record in its gzip member"))
        self._counts[facts.type] += 1
        if facts.at is not None:
            self._first = facts.at if self._first is None else min(self._first, facts.at)
            self._last = facts.at if self._last is None else max(self._last, facts.at)
        if facts.id is not None:
            if facts.id in self._offsets:
                found.append((ProblemKind.DUPLICATE_ID, f"the id of the record at offset {self._offsets[facts.id]}"))
            self._offsets.setdefault(facts.id, passing.offset)
        self._warcinfo(facts, found, first=first)
        self._event(facts, passing.offset)
        for kind, text in found:
            self.report(kind, passing.offset, facts.id, text)

    def _warcinfo(self, facts: Examined, found: Breaches, *, first: bool) -> None:
        if facts.type == "warcinfo":
            if facts.id is not None:
                self._warcinfos[facts.id] = None
            return
        if first:
            found.append((ProblemKind.WARCINFO, "the file does not begin with a warcinfo record"))
        if facts.warcinfo is None:
            found.append((ProblemKind.WARCINFO, "no WARC-Warcinfo-ID"))
        elif facts.warcinfo not in self._warcinfos:
            found.append((ProblemKind.WARCINFO, f"no warcinfo record before it has the id {facts.warcinfo[:80]}"))

    def _event(self, facts: Examined, offset: int) -> None:
        if facts.id is not None and facts.at is not None:
            self._dates[facts.id] = facts.at
        self._concurrent += [(other, offset, facts.id) for other in facts.concurrent_to]
        if facts.length_mismatch is not None and facts.id is not None:
            self._lengths[facts.id] = (offset, facts.length_mismatch)
        if facts.head_request:
            self._head_requests.update(facts.concurrent_to)
            self._head_requests.add(facts.id or "")
        elif facts.id is not None and self._head_requests.intersection(facts.concurrent_to):
            self._head_requests.add(facts.id)

    def finish(self) -> Report:
        for other, offset, record_id in self._concurrent:
            if other not in self._offsets:
                self.report(ProblemKind.CONCURRENT_TO, offset, record_id, f"no record has the id {other[:80]}")
            elif self._dates.get(other) != self._dates.get(record_id or ""):
                self.report(ProblemKind.DATE, offset, record_id, f"not the date of {other[:80]}, of the same event")
        for record_id, (offset, text) in self._lengths.items():
            # The answer to HEAD announces the length that it does not have.
            if record_id not in self._head_requests:
                self.report(ProblemKind.HTTP_LENGTH, offset, record_id, text)
        if not self._counts and not self._problems:
            self.report(ProblemKind.WARCINFO, 0, None, "there is no record in it")
        return Report(
            path=self._path,
            size=self._size,
            sha256=self._sha256.hexdigest(),
            counts=dict(self._counts),
            first_at=self._first,
            last_at=self._last,
            warcinfos=tuple(RecordId(value) for value in self._warcinfos),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.offset)),
            unlisted=self._unlisted,
        )
