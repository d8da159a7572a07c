"""Finishing: a sealed spool file becomes part of the archive.

Check it, write back rows that a crash kept out of the catalogue, upload it write-once, upload its CDXJ, then its
manifest, read all three back, and only then remove the spool file. Every step may be done again: a crash in the middle
costs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.catalog import Catalog
from archiver.errors import DamageFound, SpoolUnusable
from archiver.journal.events import SUCCESS, EventType, record_event
from archiver.model.instant import Clock, cut
from archiver.model.keys import cdxj_key, manifest_key
from archiver.model.manifest import Manifest
from archiver.model.record import BlobKey
from archiver.model.software import SOFTWARE
from archiver.sealing.contents import WarcContents, read_contents
from archiver.sealing.restore import Link, restore_row
from archiver.store import ReadBack, Store
from archiver.warc import WarcReport


class FileDamaged(DamageFound):
    """A sealed spool file does not pass the check, so it is not stored; it stays in the spool."""

    def __init__(self, path: Path, report: WarcReport) -> None:
        first = report.problems[0]
        super().__init__(
            f"{path} does not pass the check: {first.text} at offset {first.offset} "
            f"({len(report.problems)} problems in all); it stays in the spool"
        )


@dataclass(frozen=True, slots=True)
class Finished:
    """What finishing a file did: its manifest, and how many capture rows had been missing."""

    manifest: Manifest
    rows_added: int


def finish(
    path: Path,
    key: BlobKey,
    *,
    store: Store,
    catalog: Catalog,
    clock: Clock,
    model: bool = False,
    extra: Mapping[str, str] | None = None,
) -> Finished:
    """Take the sealed file at ``path`` into the store under ``key``; ``extra`` are more facts for its manifest.

    Raises ``FileDamaged`` when it is not sound, ``StorageError`` when the store can't take it now or the
    file can't be read (it stays, and the same call later goes on).
    """
    try:
        contents = read_contents(path, key)
        if contents.report.problems:
            raise FileDamaged(path, contents.report)
        added = catalog.captures.add_all(contents.captures)
        stored = store_sealed(
            path, key, contents, store=store, catalog=catalog, clock=clock, model=model, extra=extra or {}
        )
        note_stored(stored, catalog=catalog, detail="checked, stored and", facts={})
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SpoolUnusable(str(path), error.strerror or str(error)) from error
    return Finished(stored.link.manifest, added)


def begun_first(files: Sequence[tuple[BlobKey, Path]], store: Store) -> list[tuple[BlobKey, Path]]:
    """The files with those first whose manifest stands in the store already: a crash kept that out of the catalogue, and
    the next manifest must name it, whatever order a clock that was put back gives the names. Raises ``StorageError``."""
    if len(files) < 2:
        return list(files)
    return sorted(files, key=lambda file: store.stat(manifest_key(file[0])) is None)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A WARC that lies in the store with its index and manifest, and how it was read back from there."""

    link: Link
    read_back: ReadBack


def store_sealed(
    path: Path,
    key: BlobKey,
    contents: WarcContents,
    *,
    store: Store,
    catalog: Catalog,
    clock: Clock,
    model: bool,
    extra: Mapping[str, str],
) -> StoredFile:
    """Put a WARC, its index and its manifest, in this order, and read them back.

    Raises ``StorageError``, ``DamageFound`` when what lies in the store then is not what was put.
    """
    index = contents.index_bytes
    manifest = _manifest_for(key, contents, index, store=store, catalog=catalog, clock=clock, model=model, extra=extra)
    labels = _labels_of(manifest)
    objects: tuple[tuple[BlobKey, Path | bytes, str], ...] = (
        (key, path, manifest.sha256),
        (cdxj_key(key), index, manifest.cdxj_sha256),
        (manifest_key(key), manifest.to_bytes(), manifest.digest),
    )
    for name, source, sha256 in objects:
        store.put(name, source, sha256=sha256, metadata=labels)
    how, *_ = [store.read_back(name, sha256=sha256) for name, _, sha256 in objects]
    for name, source, sha256 in objects[1:]:
        assert isinstance(source, bytes)
        catalog.checks.expect(name, size=len(source), sha256=sha256)
    return StoredFile(Link(manifest, manifest.digest), how)


def note_stored(stored: StoredFile, *, catalog: Catalog, detail: str, facts: Mapping[str, str]) -> None:
    """Write down the event, and the file's row: a file whose row says stored has all its captures."""
    manifest = stored.link.manifest
    record_event(
        catalog,
        EventType.INGESTION,
        key=manifest.key,
        outcome=SUCCESS,
        detail=f"{detail} {stored.read_back.value}",
        facts={"sha256": manifest.sha256, "size": manifest.size, "manifest": stored.link.sha256, **facts},
        once_at=manifest.sealed_at,
    )
    restore_row(stored.link, catalog=catalog)


def _manifest_for(
    key: BlobKey,
    contents: WarcContents,
    index: bytes,
    *,
    store: Store,
    catalog: Catalog,
    clock: Clock,
    model: bool,
    extra: Mapping[str, str],
) -> Manifest:
    """The manifest that a run before us stored for these very bytes, else a new one."""
    report = contents.report
    if store.stat(manifest_key(key)) is not None:
        manifest = Manifest.from_bytes(store.get(manifest_key(key)))
        if manifest.sha256 == report.sha256:
            return manifest
    site = key.split("/")[1]
    now = cut(clock.now())
    return Manifest(
        key=key,
        size=report.size,
        sha256=report.sha256,
        records=dict(sorted(report.counts.items())),
        site=site,
        runs=contents.runs,
        first_at=cut(report.first_at or now),
        last_at=cut(report.last_at or now),
        sealed_at=now,
        software=SOFTWARE,
        cdxj_sha256=hashlib.sha256(index).hexdigest(),
        previous=catalog.files.last_manifest(site),
        model=model,
        extra=dict(extra),
        bad=report.bad,
    )


def _labels_of(manifest: Manifest) -> dict[str, str]:
    """Object metadata: short ASCII facts, for whoever holds the object and nothing else."""
    facts = {
        "site": manifest.site,
        "runs": ",".join(manifest.runs)[:1000],
        "software": manifest.software,
        "records": str(sum(manifest.records.values())),
        "warc-sha256": manifest.sha256,
        "first-at": manifest.first_at.isoformat(),
        "last-at": manifest.last_at.isoformat(),
    }
    if manifest.model:
        facts["model"] = "true"
    return facts
