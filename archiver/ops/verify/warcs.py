"""A stored WARC with its index and its manifest, compared with each other, the catalogue's row, and its capture rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from archiver.catalog import FileRow
from archiver.errors import DamageFound
from archiver.model.capture import Capture
from archiver.model.keys import cdxj_key, is_imported, manifest_key, name_of
from archiver.model.manifest import BadRange, Manifest
from archiver.model.record import BlobKey, RecordType
from archiver.ops.damage import Damage, DamageKind
from archiver.ops.scratch import Fetched
from archiver.ops.verify.sweep import Sweep
from archiver.sealing.contents import WarcContents, read_contents
from archiver.sealing.restore import Link, restore_row
from archiver.warc import CdxjEntry, check_file, iter_records, unpack_lines
from archiver.warc.reference import compare_with_warcio

MAX_PLACES = 100
"""Damaged records that are named of one file."""


def check_warc(sweep: Sweep, row: FileRow) -> Link | None:
    """Check everything of one stored WARC; its manifest, if it is sound."""
    link = _manifest(sweep, row)
    if link is not None:
        row = _agreed(sweep, row, link)

    known_bad = link.manifest.bad if link is not None else ()

    def locate(fetched: Fetched, damage: Damage) -> Sequence[Damage]:
        return _places(sweep, row.key, fetched, damage, known_bad=known_bad)

    warc = sweep.object(row.key, "warc", sha256=row.sha256, size=row.size, locate=locate)
    contents: WarcContents | None = None
    if warc is not None:
        contents = read_contents(warc.path, row.key, known_bad=known_bad, sha256=warc.sha256)
        sweep.report.records += contents.report.records
        check_rows(sweep, row.key, contents)
        # The bytes are those that were sealed, so what was said of them then was wrong.
        for place in contents.report.bad[:MAX_PLACES] if link is not None else ():
            sweep.problem(Damage(DamageKind.FLIPPED, row.key, place.offset, expected="a sound record", found=place.why))
        if sweep.deep and not contents.report.bad:
            _second_opinion(sweep, row.key, warc.path, known_bad)
    _index(sweep, row, contents)
    return link


def _second_opinion(sweep: Sweep, key: BlobKey, path: Path, known_bad: Sequence[BadRange]) -> None:
    """Report every place at which warcio sees another record than our own reader."""
    for place in compare_with_warcio(path, foreign=is_imported(key), known_bad=known_bad)[:MAX_PLACES]:
        sweep.problem(
            Damage(
                DamageKind.FLIPPED,
                key,
                place.offset,
                _url_at(sweep, key, place.offset),
                expected=f"what warcio reads: {place.theirs}",
                found=place.ours,
            )
        )


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
        return Link(Manifest.from_bytes(data), fetched.sha256)
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
        link = Link(Manifest.from_bytes(fetched.path.read_bytes()), fetched.sha256)
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


def _places(
    sweep: Sweep, key: BlobKey, fetched: Fetched, damage: Damage, *, known_bad: Sequence[BadRange]
) -> Sequence[Damage]:
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
    report = check_file(fetched.path, foreign=is_imported(key), known_bad=known_bad)
    offsets = sorted({problem.offset for problem in report.damage})
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


def _index(sweep: Sweep, row: FileRow, contents: WarcContents | None) -> None:
    key = cdxj_key(row.key)
    spare = None if contents is None else lambda: contents.index_bytes
    fetched = sweep.object(key, "index", sha256=row.cdxj_sha256, spare=spare)
    if fetched is None or contents is None:
        return
    try:
        stored = {_place_of(entry) for entry in unpack_lines(fetched.path.read_bytes())}
    except (ValueError, OSError, EOFError) as error:
        sweep.problem(Damage(DamageKind.FLIPPED, key, expected="CDXJ lines", found=str(error)))
        return
    wanted = {_place_of(entry) for entry in contents.index}
    if stored != wanted:
        offset, *_ = min(stored ^ wanted)
        sweep.problem(
            Damage(
                DamageKind.FLIPPED,
                key,
                expected=f"{len(wanted)} lines, as the WARC has them",
                found=f"{len(stored)} lines; the first difference is of the record at offset {offset} of the WARC",
            )
        )


def _place_of(entry: CdxjEntry) -> tuple[int, int, str, str]:
    return entry.offset, entry.length, entry.timestamp, entry.digest


def check_rows(sweep: Sweep, key: BlobKey, contents: WarcContents) -> None:
    """Hold the capture rows of a WARC against its records, both ways."""
    records = {capture.record_id: capture for capture in contents.captures}
    at = {capture.record.offset: capture.record_id for capture in contents.captures}
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
            continue  # others may give the same record in several files; the first one has the row
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
        elif elsewhere.record_id not in sweep.rows_reported:
            file = elsewhere.record.file or key
            problems.append(_wrong(elsewhere, file, expected=_identity(record), found=_identity(elsewhere)))
        sweep.rows_reported.add(record.record_id)
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
