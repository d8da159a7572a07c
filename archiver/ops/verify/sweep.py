"""A sweep: what all parts of one verification share, and the check of one object's bytes."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from archiver.catalog import Catalog
from archiver.ops.damage import Damage, DamageKind
from archiver.ops.scratch import Fetched, fetch
from archiver.ops.verify.mend import Mender, Spare
from archiver.ops.verify.report import Report
from archiver.store import Store

CHUNK = 1 << 20
PENDING = 200
"""Sound objects that are written down in one transaction."""

OF_BYTES = frozenset({DamageKind.FLIPPED, DamageKind.TRUNCATED, DamageKind.SWAPPED, DamageKind.MISSING})
"""Kinds that say that an object's bytes are not what they should be."""

Locate = Callable[[Fetched, Damage], Sequence[Damage]]
"""Says more exactly what is wrong with an object's bytes, and where."""


EARLIEST, SPREAD = 0.5, 0.4


@dataclass(frozen=True, slots=True)
class Due:
    """The rule. ``within`` None: everything is due now.

    An object comes due between 50 % and 90 % of the time after its last check, at a share that its key fixes: so the
    work spreads over the days by itself, and a daily pass has a tenth of the time as its margin.
    """

    now: datetime
    within: timedelta | None

    def is_due(self, key: str, last: datetime | None) -> bool:
        """Whether an object that was last found sound (or stored) at ``last`` is to be read now."""
        if self.within is None or last is None or last > self.now:
            # A check in the future is a clock that was wrong.
            return True
        share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
        return last + self.within * (EARLIEST + SPREAD * share) <= self.now


class Watcher(Protocol):
    """Who follows a verification."""

    def on_object(self, report: Report) -> None:
        """Another object was read."""
        ...

    def on_problem(self, damage: Damage) -> None:
        """A problem was found, and its repair was tried."""
        ...


class Quiet:
    """No progress is shown."""

    def on_object(self, report: Report) -> None:
        """See ``Watcher``."""

    def on_problem(self, damage: Damage) -> None:
        """See ``Watcher``."""


@dataclass(slots=True)
class Sweep:
    """One verification. ``mender`` None: nothing is changed but the note of when an object was found sound. ``deep``: warcio
    reads each WARC beside our own reader."""

    catalog: Catalog
    store: Store
    spool_dir: Path
    folder: Path
    due: Due
    mender: Mender | None = None
    deep: bool = False
    watcher: Watcher = field(default_factory=Quiet)
    report: Report = field(default_factory=Report)
    bad: dict[str, Damage] = field(default_factory=dict)
    """What is wrong with an object, by its key: the first finding."""
    rows_reported: set[str] = field(default_factory=set)
    """Record ids whose row has been reported."""
    _sound: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def mends(self) -> bool:
        """Whether damage is repaired."""
        return self.mender is not None

    def last_checked(self, key: str) -> datetime | None:
        """When an object was last found sound."""
        check = self.catalog.checks.get(key)
        return check.checked_at if check else None

    def problem(self, damage: Damage) -> None:
        """Report a finding whose repair has been tried."""
        if damage.kind in OF_BYTES:
            self.bad.setdefault(damage.key, damage)
        self.report.add(damage)
        self.watcher.on_problem(damage)

    def sound(self, key: str, fetched: Fetched) -> None:
        """Note that an object is as it should be."""
        self._sound.append((key, fetched.size, fetched.sha256))
        if len(self._sound) >= PENDING:
            self.flush()

    def flush(self) -> None:
        """Write down which objects were found sound."""
        self.catalog.checks.sound(self._sound, at=self.catalog.clock.now())
        self._sound.clear()

    def read(self, key: str, name: str) -> Fetched | None:
        """Bring an object to the scratch folder, and count it. Raises ``StorageError``."""
        fetched = fetch(self.store, key, self.folder / name)
        self.report.objects += 1
        if fetched is not None:
            self.report.bytes += fetched.size
        self.watcher.on_object(self.report)
        return fetched

    def object(
        self,
        key: str,
        name: str,
        *,
        sha256: str | None,
        size: int | None = None,
        spare: Spare | None = None,
        locate: Locate | None = None,
    ) -> Fetched | None:
        """Read an object and compare its bytes with ``sha256`` (hex); what is wrong is reported and, with repair, mended.

        The bytes as they should be, else None.
        """
        fetched = self.read(key, name)
        if fetched is not None and sha256 in {None, fetched.sha256}:
            self.sound(key, fetched)
            return fetched
        return self.damaged(key, name, fetched, sha256=sha256, size=size, spare=spare, locate=locate)

    def damaged(
        self,
        key: str,
        name: str,
        fetched: Fetched | None,
        *,
        sha256: str | None,
        size: int | None = None,
        spare: Spare | None = None,
        locate: Locate | None = None,
    ) -> Fetched | None:
        """The same for an object that was read and is not what it should be."""
        first = self._judge(key, fetched, sha256=sha256, size=size)
        found: Sequence[Damage] = [first]
        if fetched is not None and locate is not None:
            found = locate(fetched, first) or found
        good = None
        if self.mender is not None:
            good = self.mender.mend(key, sha256=sha256, into=self.folder / name, spare=spare)
        for damage in found:
            damage.repaired = good is not None
            self.problem(damage)
        if good is not None:
            self.sound(key, good)
        return good

    def _judge(self, key: str, fetched: Fetched | None, *, sha256: str | None, size: int | None) -> Damage:
        if size is None:
            check = self.catalog.checks.get(key)
            size = check.size if check and sha256 in {None, check.sha256} else None
        expected = _described(size, sha256)
        if fetched is None:
            return Damage(DamageKind.MISSING, key, expected=expected, found="no such object")
        found = _described(fetched.size, fetched.sha256)
        other = self.catalog.files.with_bytes(fetched.sha256) or self.catalog.checks.with_bytes(fetched.sha256)
        if other is not None and other != key and fetched.size:
            return Damage(DamageKind.SWAPPED, key, expected=expected, found=f"{found}, the bytes of {other}")
        cut = fetched.size < size if size is not None else _is_cut(fetched.path)
        kind = DamageKind.TRUNCATED if cut else DamageKind.FLIPPED
        return Damage(kind, key, offset=fetched.size if cut else None, expected=expected, found=found)


def _described(size: int | None, sha256: str | None) -> str | None:
    parts = [f"{size} bytes"] if size is not None else []
    parts += [f"sha256:{sha256}"] if sha256 is not None else []
    return ", ".join(parts) or None


def _is_cut(path: Path) -> bool:
    """Whether an object of unknown length ends too early: the archiver's JSON ends in a line end, gzip in its trailer."""
    with path.open("rb") as file:
        start = file.read(2)
        if start != b"\x1f\x8b":
            size = file.seek(0, 2)
            file.seek(max(0, size - 2))
            return not size or (start[:1] == b"{" and file.read() != b"}\n")
        file.seek(0)
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            while chunk := file.read(CHUNK):
                while chunk and not inflate.eof:
                    inflate.decompress(chunk, CHUNK)
                    chunk = inflate.unconsumed_tail
        except zlib.error:
            return False
        return not inflate.eof
