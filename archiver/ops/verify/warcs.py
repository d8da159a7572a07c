"""A stored WARC with its index and its manifest, held against each other, the catalogue's row, and its capture rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from archiver.catalog import FileRow
from archiver.errors import DamageFound
from archiver.model.capture import Capture
from archiver.model.keys import cdxj_key, is_imported, manifest_key, name_of
from archiver.model.record import BlobKey, RecordType
from archiver.ops.damage import Damage, DamageKind
from archiver.ops.scratch import Fetched
from archiver.ops.verify.sweep import Sweep
from archiver.sealing.file_rows import FileFacts, facts_from, records_of
from archiver.sealing.restore import Link, manifest_of, restore_row
from archiver.warc import (
    CdxjEntry,
    ReadRecord,
    cdxj_entry,
    check_file,
    iter_records,
    pack_lines,
    sort_lines,
    unpack_lines,
)

MAX_PLACES = 100
"""Damaged records that are named of one file."""


def check_warc(sweep: Sweep, row: FileRow) -> Link | None:
    """Check everything of one stored WARC; its manifest, if it is sound."""
    link = _manifest(sweep, row)
    if link is not None:
        row = _agreed(sweep, row, link)

    def locate(fetched: Fetched, damage: Damage) -> Sequence[Damage]:
        return _places(sweep, row.key, fetched, damage)

    warc = sweep.object(row.key, "warc", sha256=row.sha256, size=row.size, locate=locate)
    entries: list[CdxjEntry] | None = None
    if warc is not None:
        entries = []
        try:
            facts = facts_from(_passing(sweep, warc.path, row.key, entries), row.key)
        except DamageFound as error:
            # The bytes are those that were sealed, so the seal's own check was wrong.
            entries = None
            sweep.problem(Damage(DamageKind.FLIPPED, row.key, expected="sound records", found=str(error)))
        else:
            check_rows(sweep, row.key, facts)
    _index(sweep, row, entries)
    return link


def check_replaced(sweep: Sweep, row: FileRow) -> Link | None:
    """A file that another one stands for: its manifest is all that may be left of it."""
    for key in (row.key, cdxj_key(row.key)):
        if sweep.store.stat(key) is not None:
            sweep.problem(
                Damage(DamageKind.UNKNOWN, key, expected="nothing: another file stands for it", found="an object")
            )
    return _manifest(sweep, row)


def _manifest(sweep: Sweep, row: FileRow) -> Link | None:
    key = manifest_key(row.key)
    fetched = sweep.read(key, "manifest")
    if fetched is not None and fetched.sha256 == row.manifest_sha256:
        sweep.sound(key, fetched)
    else:
        own = None if fetched is None else _self_consistent(sweep, row, fetched)
        if own is not None:
            return own
        fetched = sweep.damaged(key, "manifest", fetched, sha256=row.manifest_sha256)
    if fetched is None:
        return None
    data = fetched.path.read_bytes()
    try:
        return Link(manifest_of(data), fetched.sha256)
    except ValueError as error:
        sweep.problem(Damage(DamageKind.FLIPPED, key, expected="a manifest", found=str(error)))
        return None


def _self_consistent(sweep: Sweep, row: FileRow, fetched: Fetched) -> Link | None:
    """The manifest, when it is not it that is wrong but the row: it has the checksum that it was put with, and is this
    WARC's own."""
    stat = sweep.store.stat(manifest_key(row.key))
    if stat is None or stat.sha256 != fetched.sha256:
        return None
    try:
        link = Link(manifest_of(fetched.path.read_bytes()), fetched.sha256)
    except ValueError:
        return None
    return link if link.key == row.key else None


def _agreed(sweep: Sweep, row: FileRow, link: Link) -> FileRow:
    """The row as the manifest has it; a difference is damage of the row."""
    manifest = link.manifest
    right = replace(
        row,
        size=manifest.size,
        sha256=manifest.sha256,
        cdxj_sha256=manifest.cdxj_sha256,
        manifest_sha256=link.sha256,
    )
    if right != row:
        if sweep.mends:
            restore_row(link, catalog=sweep.catalog)
        sweep.problem(
            Damage(
                DamageKind.ROW_WITHOUT_RECORD,
                row.key,
                expected=f"manifest sha256:{link.sha256}, WARC {right.size} bytes, sha256:{right.sha256}",
                found=f"a row of manifest sha256:{row.manifest_sha256}, WARC {row.size} bytes, sha256:{row.sha256}",
                repaired=sweep.mends,
            )
        )
    return right


def _places(sweep: Sweep, key: BlobKey, fetched: Fetched, damage: Damage) -> Sequence[Damage]:
    """The damaged records of a file, each with its offset and URL; or that the bytes are another file's."""
    other = _own_name(fetched.path)
    if other is not None and other != name_of(key):
        if damage.kind is not DamageKind.SWAPPED:
            damage = replace(
                damage, kind=DamageKind.SWAPPED, offset=None, found=f"{damage.found}, a WARC named {other}"
            )
        return [damage]
    if damage.kind is DamageKind.SWAPPED:
        return [damage]
    offsets = sorted({problem.offset for problem in check_file(fetched.path).damage})
    if damage.kind is DamageKind.TRUNCATED:
        offsets = offsets[-1:] or [fetched.size]
    return [replace(damage, offset=offset, url=_url_at(sweep, key, offset)) for offset in offsets[:MAX_PLACES]]


def _own_name(path: Path) -> str | None:
    """The name that the file's first warcinfo record gives it, if that can be read."""
    try:
        first = next(iter_records(path, strict=False), None)
        return first.get("WARC-Filename") if first is not None and first.type is RecordType.WARCINFO else None
    except DamageFound:
        return None


def _url_at(sweep: Sweep, key: BlobKey, offset: int) -> str | None:
    """The URL of the exchange whose records lie there: a response comes first, its request and metadata after it."""
    url = None
    for capture in sweep.catalog.captures.of_file(key):
        if capture.record.offset > offset:
            break
        url = capture.url
    return url


def _passing(sweep: Sweep, path: Path, key: BlobKey, entries: list[CdxjEntry]) -> Iterator[ReadRecord]:
    """The records of a file as they pass, counted, their index entries made anew."""
    for record in records_of(path, key):
        sweep.report.records += 1
        entry = cdxj_entry(record, filename=name_of(key))
        if entry is not None:
            entries.append(entry)
        yield record


def _index(sweep: Sweep, row: FileRow, entries: list[CdxjEntry] | None) -> None:
    key = cdxj_key(row.key)

    def spare() -> bytes | None:
        return None if entries is None else pack_lines(sort_lines(entry.line() for entry in entries))

    fetched = sweep.object(key, "index", sha256=row.cdxj_sha256, spare=spare)
    if fetched is None or entries is None:
        return
    try:
        held = {(e.offset, e.length, e.timestamp, e.digest) for e in unpack_lines(fetched.path.read_bytes())}
    except (ValueError, OSError, EOFError) as error:
        sweep.problem(Damage(DamageKind.FLIPPED, key, expected="CDXJ lines", found=str(error)))
        return
    wanted = {(e.offset, e.length, e.timestamp, e.digest) for e in entries}
    if held != wanted:
        offset, *_ = min(held ^ wanted)
        sweep.problem(
            Damage(
                DamageKind.FLIPPED,
                key,
                expected=f"{len(wanted)} lines, as the WARC has them",
                found=f"{len(held)} lines; the first difference is of the record at offset {offset} of the WARC",
            )
        )


def check_rows(sweep: Sweep, key: BlobKey, facts: FileFacts) -> None:
    """Hold the capture rows of a WARC against its records, both ways."""
    records = {capture.record_id: capture for capture in facts.captures}
    at = {capture.record.offset: capture.record_id for capture in facts.captures}
    gone: list[str] = []
    right: list[Capture] = []
    problems: list[Damage] = []
    for row in sweep.catalog.captures.of_file(key):
        record = records.pop(row.record_id, None)
        if record is None:
            gone.append(row.record_id)
            there = at.get(row.record.offset, "no response")
            problems.append(_wrong(row, key, expected=f"the record {row.record_id}", found=there))
        elif _identity(row) != _identity(record):
            right.append(record)
            problems.append(_wrong(row, key, expected=_identity(record), found=_identity(row)))
    for record in records.values():
        elsewhere = sweep.catalog.captures.by_record(record.record_id)
        if elsewhere is not None and elsewhere.record.file and is_imported(key):
            continue  # others may give the same record in several files; the first one is held by its row
        right.append(record)
        if elsewhere is None:
            problems.append(
                Damage(
                    DamageKind.RECORD_WITHOUT_ROW,
                    key,
                    record.record.offset,
                    record.url,
                    expected=f"a row of {record.record_id}",
                    found="none",
                )
            )
        elif elsewhere.record_id not in sweep.rows_told:
            file = elsewhere.record.file or key
            problems.append(_wrong(elsewhere, file, expected=_identity(record), found=_identity(elsewhere)))
        sweep.rows_told.add(record.record_id)
    if sweep.mends:
        sweep.catalog.captures.remove(gone)
        sweep.catalog.captures.put_back(right)
    for problem in problems:
        problem.repaired = sweep.mends
        sweep.problem(problem)


def _wrong(row: Capture, key: str, *, expected: str, found: str) -> Damage:
    return Damage(DamageKind.ROW_WITHOUT_RECORD, key, row.record.offset, row.url, expected=expected, found=found)


def _identity(capture: Capture) -> str:
    """What a row must have of its record, as text."""
    c = capture
    parts = (c.record_id, c.url, c.surt, c.timestamp, c.status, c.digest, c.record_type, c.kind, c.site, c.run)
    where = (c.record.file or "no file", c.record.offset, c.record.length)
    return " ".join(str(part) for part in (*parts, *where))
