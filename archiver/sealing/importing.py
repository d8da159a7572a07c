"""Importing: a WARC file that others wrote becomes ours, unchanged, under its own name.

Checked first, and refused whole when it is damaged: then nothing of it is held. Bytes go before rows, and every step may
be done again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from archiver.catalog import Catalog, FileState
from archiver.errors import DamageFound, RecordDamaged, UsageError
from archiver.journal.events import SUCCESS, EventType, record_event
from archiver.model.instant import Clock
from archiver.model.keys import cdxj_key, imported_key, manifest_key, name_of
from archiver.model.manifest import Manifest
from archiver.model.record import BlobKey
from archiver.sealing.file_rows import FileFacts, facts_of, records_of
from archiver.sealing.finish import labels_of, manifest_for
from archiver.sealing.restore import Link, begin_row, restore_row
from archiver.store import Store
from archiver.warc import Problem, ProblemKind, Report, cdxj_entry, check_file, pack_lines, sort_lines

_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive (WACZ?)"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"\x5d\x2a\x4d\x18", "compressed with zstd"),
    (b"filedesc:", "an ARC file"),
)


class ImportDamaged(DamageFound):
    """A file that was to be imported is damaged, so nothing of it was taken; names file and offset."""

    def __init__(self, path: Path, problem: Problem, *, count: int) -> None:
        self.path = path
        self.offset = problem.offset
        more = f" ({count} problems in all)" if count > 1 else ""
        super().__init__(
            f"{path} is damaged at offset {problem.offset}: {problem.text}{more}; nothing of it was imported"
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """What importing a file did. ``captures`` are in it, ``new`` of them were not held; ``was_held`` says it was ours already."""

    path: Path
    key: BlobKey
    sha256: str
    size: int
    records: int
    captures: int
    new: int
    was_held: bool


def take_in(path: Path, *, store: Store, catalog: Catalog, clock: Clock, model: bool = False) -> Imported:
    """Take the WARC file at ``path`` into the archive.

    Raises ``UsageError`` for what cannot be read or is no WARC, ``ImportDamaged`` for a damaged one, ``StorageError``.
    """
    try:
        _refuse_others(path)
        report = check_file(path)
        _refuse_damage(path, report)
        key = imported_key(path.name, sha256=report.sha256)
        row = catalog.files.get(key)
        if row is not None and row.state is FileState.STORED:
            count = sum(1 for _ in catalog.captures.of_file(key))
            return Imported(path, key, report.sha256, report.size, report.records, count, 0, was_held=True)
        facts = _facts(path, key)
        index = _index(path, key)
    except RecordDamaged as error:
        raise ImportDamaged(path, Problem(ProblemKind.DAMAGED, error.offset, None, str(error)), count=1) from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    manifest = manifest_for(
        key, report, index, facts.runs, store=store, catalog=catalog, clock=clock, model=model, extra={}
    )
    _put(path, key, manifest, index, store=store, catalog=catalog)
    new = _enter(key, manifest, facts, catalog=catalog, name=path.name)
    count = len(facts.captures)
    return Imported(path, key, report.sha256, report.size, report.records, count, new, was_held=False)


def _refuse_others(path: Path) -> None:
    if not path.is_file():
        raise UsageError(f"{path} is no file")
    with path.open("rb") as file:
        start = file.read(16)
    for magic, what in _OTHERS:
        if start.startswith(magic):
            raise UsageError(f"{path} is {what}; WARC files (.warc, .warc.gz) can be imported")


def _refuse_damage(path: Path, report: Report) -> None:
    """Lost or changed bytes, and records that no ranged read could reach. Odd line ends are none: the reader takes them."""
    found = [
        problem
        for problem in report.problems
        if (problem.kind.is_damage and problem.kind is not ProblemKind.CONTENT_LENGTH)
        or problem.kind is ProblemKind.MEMBER
    ]
    if found:
        raise ImportDamaged(path, found[0], count=len(found))
    if not report.counts:
        raise ImportDamaged(path, Problem(ProblemKind.DAMAGED, 0, None, "there is no record in it"), count=1)


def _facts(path: Path, key: BlobKey) -> FileFacts:
    facts = facts_of(path, key)
    # Others give one id to several records; the catalogue has one row for each.
    return replace(facts, captures=tuple({capture.record_id: capture for capture in facts.captures}.values()))


def _index(path: Path, key: BlobKey) -> bytes:
    name = name_of(key)
    entries = (cdxj_entry(record, filename=name) for record in records_of(path, key) if record.url)
    return pack_lines(sort_lines(entry.line() for entry in entries if entry is not None))


def _put(path: Path, key: BlobKey, manifest: Manifest, index: bytes, *, store: Store, catalog: Catalog) -> None:
    labels = labels_of(manifest)
    store.put(key, path, sha256=manifest.sha256, metadata=labels)
    store.put(cdxj_key(key), index, sha256=manifest.cdxj_sha256, metadata=labels)
    store.put(manifest_key(key), manifest.to_bytes(), sha256=manifest.digest, metadata=labels)
    catalog.checks.expect(cdxj_key(key), size=len(index), sha256=manifest.cdxj_sha256)
    catalog.checks.expect(manifest_key(key), size=len(manifest.to_bytes()), sha256=manifest.digest)


def _enter(key: BlobKey, manifest: Manifest, facts: FileFacts, *, catalog: Catalog, name: str) -> int:
    """The rows; a file whose row says stored has all its captures."""
    link = Link(manifest, hashlib.sha256(manifest.to_bytes()).hexdigest())
    begin_row(link, catalog=catalog)
    new = catalog.captures.add_all(facts.captures)
    record_event(
        catalog,
        EventType.INGESTION,
        key=key,
        outcome=SUCCESS,
        detail="a file that others wrote: checked, stored unchanged and read back",
        facts={"sha256": manifest.sha256, "size": manifest.size, "manifest": manifest.digest, "name": name},
        once_at=manifest.sealed_at,
    )
    restore_row(link, catalog=catalog)
    return new
