"""Rebuild: the catalogue made again from the store alone. Captures are read from manifests and WARCs, what was decided
from the journal, what was derived from the sidecars of this extractor; the rest is derived again later."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path

from ulid import ULID

from archiver.articles.learnt_models import Models
from archiver.catalog import CaptureFilter, Catalog, FileState, JournalEntry
from archiver.config import Config
from archiver.config.home import mark_model, prepare_home
from archiver.config.sites import all_sites, built_in, own_file, own_sites, read_site, write_site_file
from archiver.errors import ConfigError, DamageFound, StorageError
from archiver.journal.objects import OWN, RUN, SITE, key_of, read_entry, run_of
from archiver.model.article import Extraction, Extractor
from archiver.model.capture import Kind
from archiver.model.instant import Clock, SystemClock, cut
from archiver.model.keys import articles_key, extractor_of, manifest_key
from archiver.model.run import Run
from archiver.ops.access import restore as restore_access
from archiver.ops.coverage.source_lists import SourceLists
from archiver.ops.damage import Damage, DamageKind
from archiver.ops.schedule.restoring import restore_schedules
from archiver.ops.scratch import fetch, scratch
from archiver.records.reader import RecordReader
from archiver.sealing.contents import read_contents
from archiver.sealing.restore import Link, begin_row, in_order, manifest_keys, read_link, restore_row
from archiver.search import SearchIndex
from archiver.store import Store, open_store, prepare_store
from archiver.store.port import legal_keys

READINGS = 200
"""Articles of one transaction."""
MAX_LINE = 64_000_000
MAX_PLACES = 100
"""Damaged records that are named of one file."""


@dataclass(slots=True)
class Rebuilt:
    """What was put back by this call, how many files there are and were looked at, and what could not be read. ``listed`` counts
    what sources listed, ``due`` what of it was never fetched and is due now; ``sites`` names the site files."""

    total: int = 0
    seen: int = 0
    files: int = 0
    captures: int = 0
    runs: int = 0
    articles: int = 0
    journal: int = 0
    listed: int = 0
    due: int = 0
    bytes: int = 0
    sites: list[str] = field(default_factory=list)
    problems: list[Damage] = field(default_factory=list)

    def damaged(self, kind: DamageKind, key: str, found: str, *, offset: int | None = None) -> None:
        """Note what could not be read."""
        self.problems.append(Damage(kind, key, offset, found=found))

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver rebuild --json``."""
        return {
            "files": self.files,
            "captures": self.captures,
            "runs": self.runs,
            "articles": self.articles,
            "journal": self.journal,
            "listed": self.listed,
            "due": self.due,
            "bytes": self.bytes,
            "sites": list(self.sites),
            "problems": [problem.as_json() for problem in self.problems],
        }


def rebuild(
    config: Config, *, on_file: Callable[[Rebuilt], None] = lambda _: None, clock: Clock | None = None
) -> Rebuilt:
    """Put back into the catalogue everything that is in the store and missing in the catalogue.

    Nothing that is there is changed, so it may be broken off and called again, and on a whole catalogue does nothing. The
    archive's own site files come back too, and the settings say again that an archive is a model. Damaged objects are named and passed
    over. Raises ``StorageError`` when the store can't be read now, or has no archive in it.
    """
    clock = clock or SystemClock()
    store = open_store(config)
    if not any(True for folder in ("manifests/", "journal/") for _ in store.keys(folder)):
        raise StorageError(
            f"store {store.url} holds no manifest and no journal, so there is nothing to rebuild from; "
            "name the store of the archive in [store] url or ARCHIVER_STORE_URL"
        )
    prepare_home(config)
    prepare_store(config, store)
    with Catalog.open(config.catalog_url, clock=clock) as catalog, scratch(config.home) as folder:
        result = Rebuilt()
        read_journal(catalog, store, result)
        restore_site_files(config, catalog, result)
        lists = SourceLists(catalog, RecordReader(config.spool_dir, store), sites=all_sites(config))
        work = _Work(catalog, store, folder=folder, on_file=on_file, lists=lists, result=result)
        work.result.total = sum(1 for _ in manifest_keys(store))
        for site, keys in groupby(manifest_keys(store), key=lambda key: key.split("/")[1]):
            work.site(site, keys)
        work.runs()
        work.search()
        work.result.listed = lists.count
        work.result.due = lists.make_due(now=cut(clock.now()))
    if work.is_model and not config.archive.model:
        mark_model(config)
    return work.result


def read_journal(catalog: Catalog, store: Store, result: Rebuilt) -> None:
    """Put back what was decided, with the runs that ended."""
    for key in legal_keys(store, "journal/"):
        try:
            entry = read_entry(key, store)
            run = run_of(entry.body) if entry.kind == RUN else None
        except (DamageFound, ValueError) as error:
            result.damaged(DamageKind.FLIPPED, key, str(error))
            continue
        if catalog.journal.append(entry):
            result.journal += 1
        elif not (catalog.journal.get(entry.id) or entry).stored:
            catalog.journal.stored(entry.id)
        try:
            restore_access(catalog, entry)
            restore_schedules(catalog, entry)
        except ValueError as error:
            result.damaged(DamageKind.FLIPPED, key, str(error))
        known = catalog.runs.get(run.id) if run is not None else None
        if run is not None and (known is None or (known.ended_at is None and run.ended_at is not None)):
            catalog.runs.end(run)
            result.runs += 1


def restore_site_files(config: Config, catalog: Catalog, result: Rebuilt) -> None:
    """Write the archive's own site files again, each as the journal has it last, where there is none of that name.

    Entries of older releases do not say whose a file was: one that bears the name of a built-in site is left to that.
    """
    last: dict[str, JournalEntry] = {}
    for entry in catalog.journal.find(SITE):
        name = str(entry.body.get("site"))
        if entry.body.get(OWN) is True or name not in built_in():
            last[name] = entry
    there = own_sites(config.sites_dir)
    for name, entry in sorted(last.items()):
        if name in there or own_file(config, name).exists():
            continue
        try:
            data = str(entry.body.get("toml")).encode()
            named = read_site(data, f"journal {entry.id}").name
            write_site_file(own_file(config, named), data)
        except ConfigError as error:
            result.damaged(DamageKind.FLIPPED, key_of(entry), str(error))
            continue
        result.sites.append(named)


class _Work:
    def __init__(
        self,
        catalog: Catalog,
        store: Store,
        *,
        folder: Path,
        on_file: Callable[[Rebuilt], None],
        lists: SourceLists,
        result: Rebuilt,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._folder = folder
        self._on_file = on_file
        self._models = Models(catalog)
        self._read_by: frozenset[Extractor] | None = None
        self._lists = lists
        self._lists_are_missing = False
        self.result = result
        self.is_model = False

    def site(self, site: str, keys: Iterator[str]) -> None:
        """A site's files in the order of their chain."""
        links: list[Link] = []
        missed = False
        for key in keys:
            try:
                link = read_link(key, self._store)
            except DamageFound as error:
                self.result.damaged(DamageKind.FLIPPED, key, str(error))
                missed = True
                continue
            if link is not None:
                links.append(link)
                self.is_model |= link.manifest.model
        self._lists_are_missing = self._catalog.listings.span(site) is None
        ordered, broken = in_order(links)
        for link in broken:
            why = f"no manifest with sha256:{link.manifest.previous}" if link.manifest.previous else "it names none"
            self.result.damaged(DamageKind.CHAIN_BROKEN, manifest_key(link.key), why)
        gone = {link.manifest.replaces for link in ordered}
        for link in ordered:
            self.result.seen += 1
            if link.key in gone:
                self._replaced(link)
            else:
                missed = self._file(link) or missed
            self._on_file(self.result)
        order = [link.key for link in ordered]
        if [key for key, _ in self._catalog.files.chain(site)] != order and not missed:
            self._catalog.files.rechain(site, order)

    def _replaced(self, link: Link) -> None:
        """A WARC that another one stands for: its place in the chain is all that is left."""
        row = self._catalog.files.get(link.key)
        if row is None or row.state is not FileState.REPLACED:
            restore_row(link, catalog=self._catalog)
            self._catalog.files.replaced(link.key)
            self.result.files += 1

    def _file(self, link: Link) -> bool:
        """One WARC with all that comes of it; True when it could not be read."""
        row = self._catalog.files.get(link.key)
        if row is None or row.state is not FileState.STORED:
            fetched = fetch(self._store, link.key, self._folder / "warc")
            if fetched is None:
                self.result.damaged(DamageKind.MISSING, link.key, "no such object")
                return True
            self.result.bytes += fetched.size
            if fetched.sha256 != link.manifest.sha256:
                kind = DamageKind.TRUNCATED if fetched.size < link.manifest.size else DamageKind.FLIPPED
                self.result.damaged(kind, link.key, f"{fetched.size} bytes, sha256:{fetched.sha256}")
                return True
            begin_row(link, catalog=self._catalog)
            contents = read_contents(fetched.path, link.key, known_bad=link.manifest.bad, sha256=fetched.sha256)
            for place in contents.report.bad[:MAX_PLACES]:
                self.result.damaged(DamageKind.FLIPPED, link.key, place.why, offset=place.offset)
            self.result.captures += self._catalog.captures.add_all(contents.captures)
            self._lists.read(contents.captures, here=fetched.path)
            # Last: a file whose row says stored has all its captures.
            restore_row(link, catalog=self._catalog)
            self.result.files += 1
        elif self._lists_are_missing:
            # A catalogue from before it was kept what sources list.
            self._lists.read(self._catalog.captures.find(CaptureFilter(file=link.key, kind=Kind.SOURCE)))
        self._articles(link)
        return False

    def _articles(self, link: Link) -> None:
        """What each extractor version read, from its sidecar, the one that reads the site now last; without one the pages are read again
        when that is read."""
        now = self._models.extractor(link.manifest.site)
        found = [
            version for version in self._versions() if self._store.stat(articles_key(link.key, version)) is not None
        ]
        for extractor in sorted(found, key=lambda version: (version == now, str(version))):
            self._sidecar(link, extractor)

    def _versions(self) -> frozenset[Extractor]:
        """The extractor versions that any sidecar is of."""
        if self._read_by is None:
            self._read_by = frozenset(filter(None, map(extractor_of, legal_keys(self._store, "articles/"))))
        return self._read_by

    def _sidecar(self, link: Link, extractor: Extractor) -> None:
        key = articles_key(link.key, extractor)
        stat = self._store.stat(key)
        if stat is None:
            return
        if not self._catalog.readings.unread(extractor, file=link.key, limit=1):
            self._catalog.checks.expect(key, size=stat.size, sha256=stat.sha256)
            return
        fetched = fetch(self._store, key, self._folder / "sidecar")
        if fetched is None:
            return
        if stat.sha256 not in {None, fetched.sha256}:
            self.result.damaged(DamageKind.FLIPPED, key, f"sha256:{fetched.sha256}")
            return
        try:
            with gzip.open(fetched.path) as lines:
                while batch := list(islice(iter(lambda: lines.readline(MAX_LINE), b""), READINGS)):
                    self._put([_reading(line) for line in batch], file=link.key)
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            self.result.damaged(DamageKind.FLIPPED, key, f"{type(error).__name__}: {error}")
            return
        self._catalog.checks.expect(key, size=fetched.size, sha256=fetched.sha256)

    def _put(self, readings: list[tuple[str, Extraction]], *, file: str) -> None:
        known = []
        for record_id, extraction in readings:
            capture = self._catalog.captures.by_record(record_id)
            if capture is not None and capture.record.file == file:
                known.append((record_id, extraction))
        self._catalog.articles.put_many(known, at=cut(self._catalog.clock.now()))
        self.result.articles += sum(1 for _, extraction in known if extraction.article is not None)

    def runs(self) -> None:
        """Runs that are not in the journal, from what they wrote: killed ones, and those of older releases."""
        for row in self._catalog.files.find():
            for run_id in row.runs:
                if self._catalog.runs.get(run_id) is None:
                    self._catalog.runs.begin(self._derived(run_id, site=row.site, opened_at=row.opened_at))
                    self.result.runs += 1

    def _derived(self, run_id: str, *, site: str, opened_at: datetime) -> Run:
        """A run as its captures show it. How it ended is not known, nor is what failed."""
        files = self._catalog.files.find(run=run_id)
        run = Run(
            id=run_id,
            site=site,
            started_at=_started(run_id) or opened_at,
            files=tuple(file.key for file in files),
            bytes=sum(file.size or 0 for file in files if file.runs == (run_id,)),
        )
        last = run.started_at
        captures = pages = new = revisits = articles = 0
        for capture in self._catalog.captures.find(CaptureFilter(run=run_id)):
            captures += 1
            last = max(last, capture.at)
            revisits += capture.record_type.value == "revisit"
            if capture.kind.value == "page":
                pages += 1
                first = next(iter(self._catalog.captures.find(CaptureFilter(surt=capture.surt), limit=1)))
                new += first.record_id == capture.record_id
                articles += capture.verdict is not None and capture.verdict.value == "article"
        return replace(
            run, ended_at=last, captures=captures, pages=pages, new=new, revisits=revisits, articles=articles
        )

    def search(self) -> None:
        """The search index, from the articles."""
        if self._catalog.database.is_sqlite:
            index = SearchIndex(self._catalog)
            while index.catch_up():
                pass


def _reading(line: bytes) -> tuple[str, Extraction]:
    data = json.loads(line)
    return str(data["record_id"]), Extraction.from_json(data)


def _started(run_id: str) -> datetime | None:
    """The instant in a run's id, which is a ULID."""
    try:
        return cut(ULID.from_str(run_id).datetime.astimezone(UTC))
    except ValueError:
        return None
