"""Finishing: a sealed spool file becomes ours.

Check it, write back rows that a crash kept out of the catalogue, upload it write-once, upload its CDXJ, then its
manifest, and only then remove the spool file. Every step may be done again: a crash in the middle costs nothing.
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
from archiver.model.keys import cdxj_key, manifest_key, name_of
from archiver.model.manifest import Manifest
from archiver.model.record import BlobKey
from archiver.model.software import SOFTWARE
from archiver.sealing.file_rows import facts_of
from archiver.store import Store
from archiver.warc import Report, cdxj_lines, check_file, pack_lines


class FileDamaged(DamageFound):
    """A sealed spool file does not pass the check, so it is not stored; it stays in the spool."""

    def __init__(self, path: Path, report: Report) -> None:
        first = report.problems[0]
        super().__init__(
            f"{path} does not pass the check ({len(report.problems)} problems; first: {first}); it stays in the spool"
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
        return _finish(path, key, store=store, catalog=catalog, clock=clock, model=model, extra=extra or {})
    except OSError as error:
        raise SpoolUnusable(str(path), error.strerror or str(error)) from error


def begun_first(files: Sequence[tuple[BlobKey, Path]], store: Store) -> list[tuple[BlobKey, Path]]:
    """The files with those first whose manifest stands in the store already: a crash kept that out of the catalogue, and
    the next manifest must name it, whatever order a clock that was put back gives the names. Raises ``StorageError``."""
    if len(files) < 2:
        return list(files)
    return sorted(files, key=lambda file: store.stat(manifest_key(file[0])) is None)


def _finish(
    path: Path,
    key: BlobKey,
    *,
    store: Store,
    catalog: Catalog,
    clock: Clock,
    model: bool,
    extra: Mapping[str, str],
) -> Finished:
    report = check_file(path)
    if report.problems:
        raise FileDamaged(path, report)
    facts = facts_of(path, key)
    rows_added = catalog.captures.add_all(facts.captures)
    index = pack_lines(cdxj_lines(path, filename=name_of(key)))
    manifest = manifest_for(
        key, report, index, facts.runs, store=store, catalog=catalog, clock=clock, model=model, extra=extra
    )
    labels = labels_of(manifest)
    store.put(key, path, sha256=manifest.sha256, metadata=labels)
    store.put(cdxj_key(key), index, sha256=manifest.cdxj_sha256, metadata=labels)
    store.put(manifest_key(key), manifest.to_bytes(), sha256=manifest.digest, metadata=labels)
    sizes = {cdxj_key(key): (len(index), manifest.cdxj_sha256)}
    sizes[manifest_key(key)] = (len(manifest.to_bytes()), manifest.digest)
    for sibling, (size, sha256) in sizes.items():
        catalog.checks.expect(sibling, size=size, sha256=sha256)
    record_event(
        catalog,
        EventType.INGESTION,
        key=key,
        outcome=SUCCESS,
        detail="checked, stored and read back",
        facts={"sha256": manifest.sha256, "size": manifest.size, "manifest": manifest.digest},
        once_at=manifest.sealed_at,
    )
    catalog.files.stored(
        key,
        size=manifest.size,
        sha256=manifest.sha256,
        cdxj_sha=manifest.cdxj_sha256,
        manifest_sha=manifest.digest,
        records=sum(manifest.records.values()),
        at=manifest.sealed_at,
        sealed_at=manifest.sealed_at,
    )
    path.unlink(missing_ok=True)
    return Finished(manifest, rows_added)


def manifest_for(
    key: BlobKey,
    report: Report,
    index: bytes,
    runs: tuple[str, ...],
    *,
    store: Store,
    catalog: Catalog,
    clock: Clock,
    model: bool,
    extra: Mapping[str, str],
) -> Manifest:
    """The manifest that a run before us stored for these very bytes, else a new one."""
    existing = store.stat(manifest_key(key))
    if existing is not None:
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
        runs=runs,
        first_at=cut(report.first_at or now),
        last_at=cut(report.last_at or now),
        sealed_at=now,
        software=SOFTWARE,
        cdxj_sha256=hashlib.sha256(index).hexdigest(),
        previous=catalog.files.last_manifest(site),
        model=model,
        extra=dict(extra),
    )


def labels_of(manifest: Manifest) -> dict[str, str]:
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
