"""Replicate: a second store gets every object that it lacks, and loses what was taken down. Nothing there is overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archiver.catalog import Catalog, FileState
from archiver.config import Config
from archiver.config.home import prepare_home
from archiver.errors import BlobExists
from archiver.journal.events import FAILURE, SUCCESS, EventType, record_event
from archiver.journal.objects import key_of, store_pending
from archiver.model.instant import Clock, SystemClock
from archiver.model.keys import cdxj_key
from archiver.ops.scratch import fetch, scratch
from archiver.store import Store, open_store
from archiver.store.port import hash_stream, is_legal, sidecar_keys

ORDER = ("warcs/", "index/", "articles/", "columns/", "manifests/", "journal/")
"""The order of copying: where a manifest stands, its WARC and index are whole, in a copy too."""


@dataclass(slots=True)
class Replicated:
    """What replication did: objects looked at and copied, bytes copied, keys under which the other store has other
    bytes, keys whose bytes here are not what they were put as, keys that no archive's store takes (neither is copied), and
    events written."""

    store: str
    objects: int = 0
    copied: int = 0
    bytes: int = 0
    same: int = 0
    unknown: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    events: int = 0
    removed: int = 0

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver replicate --json``."""
        return {
            "store": self.store,
            "objects": self.objects,
            "copied": self.copied,
            "bytes": self.bytes,
            "same": self.same,
            "differing": list(self.differing),
            "damaged": list(self.damaged),
            "unknown": list(self.unknown),
            "events": self.events,
            "removed": self.removed,
        }


def replicate(
    config: Config,
    target: Store,
    *,
    reread: bool = False,
    on_object: Callable[[Replicated], None] = lambda _: None,
    clock: Clock | None = None,
) -> Replicated:
    """Copy every object that ``target`` lacks, each with the checksum that it must have there; remove what a takedown
    removed here.

    What stands there already is compared by size and the checksum that it was put with, or with ``reread`` by its
    bytes. Done again after a break it goes on where it was. Raises ``StorageError``.
    """
    clock = clock or SystemClock()
    prepare_home(config)
    source = open_store(config)
    source.check()
    target.check()
    result = Replicated(target.url)
    with Catalog.open(config.catalog_url, clock=clock) as catalog, scratch(config.home) as folder:
        store_pending(catalog, source)
        copying = _Copying(source, target, catalog=catalog, path=folder / "object", reread=reread, result=result)
        for key in _ordered_keys(source):
            result.objects += 1
            copying.copy(key)
            on_object(result)
        for gone in _taken_down(catalog, target):
            target.delete(gone)
            result.removed += 1
        if result.copied or result.removed or result.differing or result.damaged:
            _record_event(copying)
    return result


def _taken_down(catalog: Catalog, target: Store) -> list[str]:
    """What a takedown has removed here, and the copy still has."""
    gone = [row.key for row in catalog.files.find(state=FileState.REPLACED)]
    keys = [each for key in gone for each in (key, cdxj_key(key))]
    return [*(key for key in keys if target.stat(key) is not None), *sidecar_keys(target, gone)]


def _ordered_keys(store: Store) -> Iterator[str]:
    for prefix in ORDER:
        yield from store.keys(prefix)
    for key in store.keys():  # noqa: SIM118  a store is no mapping
        if not key.startswith(ORDER):
            yield key


@dataclass(slots=True)
class _Copying:
    source: Store
    target: Store
    catalog: Catalog
    path: Path
    reread: bool
    result: Replicated

    def copy(self, key: str) -> None:
        result = self.result
        if not is_legal(key):
            result.unknown.append(key)
            return
        stat = self.source.stat(key)
        if stat is None:
            return  # removed since it was listed
        expected = self._expected(key) or stat.sha256
        there = self.target.stat(key)
        if there is not None and expected is not None and not self.reread and there.sha256 is not None:
            self._count(key, same=(there.sha256, there.size) == (expected, stat.size))
            return
        fetched = fetch(self.source, key, self.path)
        if fetched is None:
            return
        if expected is not None and fetched.sha256 != expected:
            result.damaged.append(key)
            return
        if there is not None:
            with self.target.open(key) as stream:
                self._count(key, same=hash_stream(stream) == fetched.sha256)
            return
        try:
            copied = self.target.put(key, fetched.path, sha256=fetched.sha256, metadata=stat.metadata)
        except BlobExists:
            result.differing.append(key)
            return
        if copied:
            result.copied += 1
            result.bytes += fetched.size
        else:
            result.same += 1

    def _count(self, key: str, *, same: bool) -> None:
        if same:
            self.result.same += 1
        else:
            self.result.differing.append(key)

    def _expected(self, key: str) -> str | None:
        """The SHA-256 (hex) that the catalogue knows of the object, which outweighs what the store says of itself."""
        row = self.catalog.files.get(key) if key.startswith("warcs/") else None
        if row is not None:
            return row.sha256
        check = self.catalog.checks.get(key)
        return check.sha256 if check else None


def _record_event(copying: _Copying) -> None:
    """The event of the whole goes to both stores, so that each says how it was made."""
    result, catalog = copying.result, copying.catalog
    bad = len(result.differing) + len(result.damaged)
    entry = record_event(
        catalog,
        EventType.REPLICATION,
        key=None,
        outcome=FAILURE if bad else SUCCESS,
        detail=f"to {result.store}: {result.copied} objects copied, {bad} not",
        facts={
            "copied": result.copied,
            "removed": result.removed,
            "bytes": result.bytes,
            "same": result.same,
            "differing": result.differing[:100],
        },
    )
    result.events += 1
    store_pending(catalog, copying.source)
    copying.copy(key_of(entry))
