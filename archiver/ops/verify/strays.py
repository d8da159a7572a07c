"""Strays: objects that the catalogue does not know, and files that it names and that are nowhere."""

from __future__ import annotations

from collections import defaultdict

from archiver.catalog import FileRow, FileState
from archiver.errors import BlobMissing, DamageFound
from archiver.journal.objects import read_entry
from archiver.model.keys import manifest_key, name_of, warcs_of
from archiver.model.record import BlobKey
from archiver.ops.damage import Damage, DamageKind
from archiver.ops.verify.sweep import Sweep
from archiver.records.spool import find_spooled
from archiver.sealing.restore import Link, in_order, manifest_keys, read_link, restore_row
from archiver.store.port import is_legal

OTHER_FOLDERS = ("columns/",)
"""Objects of the archive that no row names."""
_THERE = frozenset({FileState.STORED, FileState.REPLACED})


def find_strays(sweep: Sweep) -> None:
    """Look at every key of the store, manifests first: with one, a file whose row is lost belongs to the archive all the same."""
    lost: dict[str, list[Link]] = defaultdict(list)
    known_lost: set[str] = set()
    for key in manifest_keys(sweep.store):
        link = _lost(sweep, key)
        if link is not None:
            lost[link.manifest.site].append(link)
            known_lost.add(link.key)
    for site, links in sorted(lost.items()):
        if sweep.mends:
            _restore(sweep, site, links)
        for link in links:
            _tell(sweep, link)
    for key in sweep.store.keys():  # noqa: SIM118  a store is no mapping
        if not key.startswith(OTHER_FOLDERS) and not _is_known(sweep, key, known_lost):
            sweep.problem(
                Damage(
                    DamageKind.UNKNOWN,
                    key,
                    expected="no such object",
                    found="an object that no part of the archive knows",
                )
            )


def _lost(sweep: Sweep, key: str) -> Link | None:
    """The manifest of a file that has no row, or one that still says that the file is on its way."""
    candidates = warcs_of(key)
    row = next((row for row in map(sweep.catalog.files.get, candidates) if row is not None), None)
    if row is not None and (row.state in _THERE or find_spooled(sweep.spool_dir, row.key) is not None):
        return None
    try:
        link = read_link(key, sweep.store)
    except DamageFound:
        return None
    if link is None:
        return None
    # Between our two looks a run may have finished the file.
    row = sweep.catalog.files.get(link.key)
    return None if row is not None and row.state in _THERE else link


def _restore(sweep: Sweep, site: str, lost: list[Link]) -> None:
    for link in lost:
        restore_row(link, catalog=sweep.catalog)
        if link.manifest.replaces and sweep.catalog.files.get(link.manifest.replaces) is not None:
            sweep.catalog.files.replaced(link.manifest.replaces)
    links = []
    for key in manifest_keys(sweep.store, site):
        try:
            found = read_link(key, sweep.store)
        except DamageFound:
            continue
        if found is not None:
            links.append(found)
    ordered = [link.key for link in in_order(links)[0]]
    seen = set(ordered)
    # What has no readable manifest now keeps its place behind its neighbours, rather than none.
    for key, _ in sweep.catalog.files.chain(site):
        if key not in seen:
            ordered.append(key)
    sweep.catalog.files.rechain(site, ordered)


def _tell(sweep: Sweep, link: Link) -> None:
    sweep.problem(
        Damage(
            DamageKind.RECORD_WITHOUT_ROW,
            link.key,
            expected="a row of this file",
            found="its manifest alone",
            repaired=sweep.mends,
        )
    )
    if not sweep.mends and sweep.store.stat(link.key) is None:
        sweep.problem(
            Damage(
                DamageKind.MISSING,
                link.key,
                expected=f"{link.manifest.size} bytes, sha256:{link.manifest.sha256}",
                found="no such object",
            )
        )


def _is_known(sweep: Sweep, key: str, lost: set[str]) -> bool:
    if not is_legal(key):
        return False
    if key.startswith("journal/"):
        return _is_entry(sweep, key)
    candidates = warcs_of(key) or ((BlobKey(key),) if key.startswith("warcs/") else ())
    return any(warc in lost or sweep.catalog.files.get(warc) is not None for warc in candidates)


def _is_entry(sweep: Sweep, key: str) -> bool:
    entry_id = name_of(key).removesuffix(".json")
    if sweep.catalog.journal.get(entry_id) is not None:
        return True
    try:
        entry = read_entry(key, sweep.store)
    except (DamageFound, BlobMissing):
        return False
    if sweep.catalog.journal.get(entry_id) is not None:
        return True
    if sweep.mends:
        sweep.catalog.journal.append(entry)
    sweep.problem(
        Damage(
            DamageKind.RECORD_WITHOUT_ROW,
            key,
            expected=f"a row of the journal entry {entry.id}",
            found="none",
            repaired=sweep.mends,
        )
    )
    return True


def check_waiting(sweep: Sweep, row: FileRow) -> None:
    """A file that is on its way to the store must lie in the spool, or be there already."""
    if find_spooled(sweep.spool_dir, row.key) is not None or sweep.store.stat(row.key) is not None:
        return
    now = sweep.catalog.files.get(row.key)
    if now is None or now.state is FileState.STORED or manifest_key(row.key) in sweep.bad:
        return
    sweep.problem(
        Damage(
            DamageKind.MISSING,
            row.key,
            expected=f"a file that is {row.state.value}, in the spool",
            found="neither there nor in the store",
        )
    )


def check_dangling(sweep: Sweep) -> None:
    """Rows of no file at all; what is left of them after the records have had their say points to nothing."""
    while found := sweep.catalog.captures.dangling():
        fresh = [row for row in found if row.record_id not in sweep.rows_reported]
        if sweep.mends:
            sweep.catalog.captures.remove([row.record_id for row in found])
        for row in fresh:
            sweep.rows_reported.add(row.record_id)
            sweep.problem(
                Damage(
                    DamageKind.ROW_WITHOUT_RECORD,
                    "",
                    row.record.offset,
                    row.url,
                    expected=f"the file of the record {row.record_id}",
                    found="none",
                    repaired=sweep.mends,
                )
            )
        if not sweep.mends:
            # They stay, and the next page would be the same.
            return
