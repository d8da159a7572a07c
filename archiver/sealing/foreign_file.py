"""Importing: a WARC or ARC file that others wrote becomes part of the archive, unchanged, under its own name.

Read once first: what is sound in it is taken, what is not is named by its place and passed over by every later reading. A
file without one sound record is refused whole. Bytes go before rows, and every step may be done again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archiver.catalog import Catalog, FileRow, FileState
from archiver.errors import DamageFound, UsageError
from archiver.model.instant import Clock
from archiver.model.keys import imported_key, manifest_key
from archiver.model.manifest import BadRange
from archiver.model.record import BlobKey
from archiver.sealing.contents import read_contents
from archiver.sealing.finish import note_stored, store_sealed
from archiver.sealing.restore import begin_row, read_link
from archiver.store import Store
from archiver.warc import RecordProblemKind, WarcReport

MOST_BAD = 10_000
"""Bad places of one file that a manifest may name."""
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive (WACZ?)"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"\x5d\x2a\x4d\x18", "compressed with zstd"),
)


class ImportDamaged(DamageFound):
    """A file that was to be imported holds no sound record, or too much that is none; names file and offset."""

    def __init__(self, path: Path, *, offset: int, why: str) -> None:
        self.path = path
        self.offset = offset
        super().__init__(f"{path} is damaged at offset {offset}: {why}; nothing of it was imported")


@dataclass(frozen=True, slots=True)
class Imported:
    """What importing a file did. ``captures`` are in it, ``new`` of them were not held; ``was_held`` says that the file was in the archive already.

    ``bad`` are the places without a sound record; ``notes`` counts what else is odd in it, by kind (None: not looked at).
    """

    path: Path
    key: BlobKey
    sha256: str
    size: int
    records: int
    captures: int
    new: int
    was_held: bool
    bad: tuple[BadRange, ...]
    notes: Mapping[str, int] | None = None


def take_in(path: Path, *, store: Store, catalog: Catalog, clock: Clock, model: bool = False) -> Imported:
    """Take the WARC or ARC file at ``path`` into the archive.

    Raises ``UsageError`` for what cannot be read or is neither, ``ImportDamaged`` where nothing in it is sound, ``StorageError``.
    """
    try:
        sha256 = _sha256_of(path)
        key = imported_key(path.name, sha256=sha256)
        row = catalog.files.get(key)
        if row is not None and row.state is FileState.STORED:
            return _held(path, row, store=store, catalog=catalog)
        contents = read_contents(path, key, sha256=sha256)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    report = contents.report
    _refuse_damage(path, report)
    name = os.fsencode(path.name).decode("utf-8", "replace")
    stored = store_sealed(
        path, key, contents, store=store, catalog=catalog, clock=clock, model=model, extra={"name": name}
    )
    begin_row(stored.link, catalog=catalog)
    new = catalog.captures.add_all(contents.captures)
    detail = "a file that others wrote: checked, stored unchanged and"
    note_stored(stored, catalog=catalog, detail=detail, facts={"name": name})
    return Imported(
        path,
        key,
        sha256=report.sha256,
        size=report.size,
        records=report.records,
        captures=len(contents.captures),
        new=new,
        was_held=False,
        bad=report.bad,
        notes={kind: count for kind, count in report.kinds.items() if not RecordProblemKind(kind).is_damage},
    )


def _sha256_of(path: Path) -> str:
    if not path.is_file():
        raise UsageError(f"{path} is no file")
    with path.open("rb") as file:
        start = file.read(16)
        for magic, what in _OTHERS:
            if start.startswith(magic):
                raise UsageError(f"{path} is {what}; WARC and ARC files (.warc, .arc, also .gz) can be imported")
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _held(path: Path, row: FileRow, *, store: Store, catalog: Catalog) -> Imported:
    link = read_link(manifest_key(row.key), store)
    return Imported(
        path,
        row.key,
        sha256=row.sha256 or "",
        size=row.size or 0,
        records=row.records or 0,
        captures=sum(1 for _ in catalog.captures.of_file(row.key)),
        new=0,
        was_held=True,
        bad=link.manifest.bad if link is not None else (),
    )


def _refuse_damage(path: Path, report: WarcReport) -> None:
    if not report.records:
        offset, why = (report.bad[0].offset, report.bad[0].why) if report.bad else (0, "there is no record in it")
        raise ImportDamaged(path, offset=offset, why=why)
    if len(report.bad) > MOST_BAD:
        first, *more = report.bad
        raise ImportDamaged(path, offset=first.offset, why=f"{first.why}, and {len(more):,} more places are bad")
