"""One WARC, written anew without what is taken down, with a tombstone in the place of each capture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID

from archiver import warc
from archiver.articles.sidecar import write_sidecar
from archiver.capture.rendering import SCREENSHOT
from archiver.catalog import Catalog, FileRow, FileState, JournalEntry
from archiver.config import Config
from archiver.errors import DamageFound
from archiver.model.access import Match, ranges_of
from archiver.model.capture import Capture
from archiver.model.instant import rfc3339
from archiver.model.keys import manifest_key, warc_key, warc_name
from archiver.model.manifest import REPLACES
from archiver.model.record import MEMENTO_TYPES, RecordId, RecordType
from archiver.model.software import SOFTWARE
from archiver.model.surt import surt
from archiver.ops.scratch import fetch
from archiver.records.revisits import resolve_revisit
from archiver.sealing.contents import read_contents
from archiver.sealing.finish import finish
from archiver.sealing.restore import read_link
from archiver.search import SearchIndex
from archiver.store import Store
from archiver.store.port import sidecar_keys

TOLD = 100


class Mode(StrEnum):
    """``block`` answers 451, ``hide`` 404, ``delete`` 451 and the bytes are gone."""

    BLOCK = "block"
    HIDE = "hide"
    DELETE = "delete"


@dataclass(slots=True)
class TakenDown:
    """What a takedown did. ``files`` leads from each WARC that is gone to the one that stands for it. ``elsewhere`` are other
    URLs under which the same bytes are held; ``orphans`` captures of other URLs that were revisits of what is gone."""

    id: str
    mode: Mode
    rule: str
    captures: int = 0
    files: dict[str, str] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver takedown --json``."""
        return {
            "id": self.id,
            "mode": self.mode.value,
            "rule": self.rule,
            "captures": self.captures,
            "files": dict(self.files),
            "elsewhere": list(self.elsewhere),
            "orphans": list(self.orphans),
        }


class TakedownTarget:
    """What a takedown is about."""

    def __init__(self, entry: JournalEntry) -> None:
        self.entry = entry
        self.match = Match(entry.body["match"])
        self.url = str(entry.body["url"])
        self._ranges = ranges_of(self.match, self.url)

    def covers(self, url: str | None) -> bool:
        """Whether a record's target is one of those; the picture of a page goes with it."""
        if url is None:
            return False
        if url.startswith(SCREENSHOT):
            url = unquote(url.removeprefix(SCREENSHOT))
        key = surt(url)
        return any(low <= key < high for low, high in self._ranges)

    def record_id(self, *parts: object) -> RecordId:
        """A record id that is the same each time this step is done."""
        digest = hashlib.sha256("\0".join(map(str, (self.entry.id, *parts))).encode()).digest()
        return RecordId(f"urn:uuid:{UUID(bytes=digest[:16], version=4)}")


class Rewriting:
    """One WARC, written anew without what is taken down."""

    def __init__(
        self,
        row: FileRow,
        number: int,
        target: TakedownTarget,
        *,
        catalog: Catalog,
        store: Store,
        folder: Path,
        config: Config,
    ) -> None:
        self._row = row
        self._target = target
        self._catalog = catalog
        self._store = store
        self._folder = folder
        self._config = config
        at = target.entry.at
        self.key = warc_key(warc_name(row.site, at, serial=number, host=f"takedown-{target.entry.id.lower()}"))

    def run(self, result: TakenDown) -> str:
        """Write, store, and put rows right; the new key. Does nothing twice."""
        if self._row.state is FileState.REPLACED:
            return str(self.key)
        if read_link(manifest_key(self.key), self._store) is None:
            fetched = fetch(self._store, self._row.key, self._folder / "old")
            if fetched is None:
                raise DamageFound(f"{self._row.key} is not in the store; `archiver verify` says more")
            if fetched.sha256 != self._row.sha256:
                raise DamageFound(f"{self._row.key} is damaged; mend it with `archiver verify --repair-from` first")
            path = self._folder / "new"
            self._write(fetched.path, path)
            for run in self._row.runs or (None,):
                self._catalog.files.opened(self.key, site=self._row.site, run=run, at=self._target.entry.at)
            extra = {REPLACES: str(self._row.key), "takedown": self._target.entry.id}
            finish(
                path,
                self.key,
                store=self._store,
                catalog=self._catalog,
                clock=self._catalog.clock,
                model=self._config.archive.model,
                extra=extra,
            )
        self._rows(result)
        self._catalog.files.replaced(self._row.key)
        return str(self.key)

    def _write(self, old: Path, new: Path) -> None:
        target, entry = self._target, self._target.entry
        removed = _removed(old, target)
        info = target.record_id(self.key)
        with old.open("rb") as source, new.open("w+b") as file:
            writer = warc.WarcWriter(file)
            facts = {
                "software": SOFTWARE,
                "format": "WARC File Format 1.1",
                "archiver-site": self._row.site,
                "description": f"stands for {self._row.key} after the takedown {entry.id}",
            }
            writer.write(warc.warcinfo(entry.at, filename=self.key.rpartition("/")[2], fields=facts.items(), id=info))
            for record in warc.iter_records(old):
                if record.get("WARC-Record-ID") in removed:
                    if record.type in MEMENTO_TYPES:
                        writer.write(self._tombstone(record, info))
                    continue
                source.seek(record.offset)
                file.write(source.read(record.length))
                writer.offset += record.length

    def _tombstone(self, record: warc.ReadRecord, info: RecordId) -> warc.Record:
        """What is left of a capture: that it was, and why it is not."""
        entry = self._target.entry
        facts = (
            ("takedown", entry.id),
            ("removed", record.id),
            ("removed-type", record.type.value),
            ("removed-at", rfc3339(record.at)),
            ("reason", warc.one_line(str(entry.body["reason"]))),
        )
        event = warc.CaptureEvent(record.url or self._target.url, entry.at, info)
        return warc.metadata(event, fields=facts, id=self._target.record_id(record.id))

    def _rows(self, result: TakenDown) -> None:
        path = self._folder / "again"
        fetched = fetch(self._store, self.key, path)
        if fetched is None:
            raise DamageFound(f"{self.key} was stored and is not there")
        kept = read_contents(path, self.key).captures
        ids = {capture.record_id for capture in kept}
        gone = [c for c in self._catalog.captures.of_file(self._row.key) if c.record_id not in ids]
        index = SearchIndex(self._catalog) if self._catalog.database.is_sqlite else None
        self._look_around(gone, result)
        for capture in gone:
            if index is not None:
                index.remove(capture.record_id)
        revisits = self._catalog.captures.leaning_on([capture.record_id for capture in gone])
        self._catalog.captures.put_back(kept)
        self._catalog.captures.remove([capture.record_id for capture in gone])
        self._forget_readings([c for c in revisits if resolve_revisit(self._catalog, c) is None], index)
        result.captures += len(gone)
        write_sidecar(self.key, catalog=self._catalog, store=self._store)

    def _forget_readings(self, orphans: Sequence[Capture], index: SearchIndex | None) -> None:
        """What was read of a page goes with the record that its bytes came from, under whatever other URL it was read."""
        self._catalog.articles.remove([capture.record_id for capture in orphans])
        for capture in orphans:
            if index is not None:
                index.remove(capture.record_id)
        for file in sorted({capture.record.file for capture in orphans} - {self._row.key, self.key}):
            for sidecar in list(sidecar_keys(self._store, [file])):
                self._store.delete(sidecar)
                self._catalog.checks.forget(sidecar)
            write_sidecar(file, catalog=self._catalog, store=self._store)

    def _look_around(self, gone: Sequence[Capture], result: TakenDown) -> None:
        """The same bytes elsewhere, and revisits that lose their original: what the one who decides must know."""
        table = self._catalog.captures
        for known, found in (
            (result.orphans, table.leaning_on([capture.record_id for capture in gone])),
            (result.elsewhere, table.with_payloads(gone)),
        ):
            for other in found:
                if not self._target.covers(other.url) and other.url not in known and len(known) < TOLD:
                    known.append(other.url)


def _removed(path: Path, target: TakedownTarget) -> set[str]:
    """The ids (in brackets) of the records of a target, and of those that speak of one of them: its request, what was noted
    of it, what a browser made of it."""
    removed: set[str] = set()
    said: dict[str, set[str]] = {}
    for record in warc.iter_records(path):
        record_id = record.get("WARC-Record-ID") or ""
        said[record_id] = {*record.get_all("WARC-Concurrent-To"), *record.get_all("WARC-Refers-To")}
        if record.type is RecordType.WARCINFO:
            continue
        if target.covers(record.url):
            removed.add(record_id)
        elif record.type is RecordType.REVISIT:
            said[record_id] = set()  # another URL's, and its own record
    removed |= {record_id for record_id, others in said.items() if others & removed}
    return removed
