"""One run of one site, from its lock to its last sidecar: everything of it that is not Scrapy.

The crawl hands exchanges in; the session commits them, reads the pages beside the crawl, and at the end seals, stores,
and closes the books.
"""

from __future__ import annotations

import logging
import os
import time
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

from ulid import ULID

from archiver.articles.page_reader import PageReader
from archiver.articles.reader_thread import ReaderThread
from archiver.articles.sidecar import write_sidecar
from archiver.capture.committer import Committed, Committer
from archiver.capture.exchange import Exchange
from archiver.capture.lock import SiteLock
from archiver.capture.rendering import Rendering
from archiver.capture.spoolfile import SpoolFile, WriterFacts
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.home import prepare_home
from archiver.config.sites import all_sites
from archiver.errors import ArchiverError, RecordRefused, StorageError, StoreUnavailable
from archiver.extract import ExtractionPool
from archiver.fetch.run.counts import Counts
from archiver.fetch.run.run_row import begin_run, end_run, tidy_up
from archiver.journal.objects import store_pending
from archiver.model.capture import Capture, Kind
from archiver.model.instant import Clock, cut
from archiver.model.record import RecordType
from archiver.model.run import Outcome, Run
from archiver.model.site import Site
from archiver.model.software import SOFTWARE
from archiver.records.reader import RecordReader
from archiver.records.spool import spool_bytes
from archiver.sealing.recovery import KeepOpen, Recovered, settle
from archiver.sealing.uploader import Uploader
from archiver.store import Store, open_store, prepare_store
from archiver.warc import ReadRecord

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at the size of the spool."""


class RunSession:
    """An open run. ``commit`` may be called from any thread; ``close`` once, from one that may block."""

    def __init__(
        self,
        config: Config,
        site: Site,
        *,
        clock: Clock,
        extract: bool,
        run_id: str,
        lock: SiteLock,
        keep_open: bool = False,
    ) -> None:
        self.config = config
        self.site = site
        self.clock = clock
        self.run_id = run_id
        self.counts = Counts()
        self.failure: ArchiverError | None = None
        self._lock = lock
        self.catalog = Catalog.open(config.catalog_url, clock=clock)
        self._store = open_store(config)
        self._run = Run(id=run_id, site=site.name, started_at=cut(clock.now()), site_digest=site.digest)
        self._store_errors: list[ArchiverError] = []
        self._spool_seen = (float("-inf"), 0)
        self._extract = extract
        self._keep_open = keep_open

    @classmethod
    def open(
        cls,
        config: Config,
        site: Site,
        *,
        clock: Clock,
        extract: bool = True,
        run_id: str | None = None,
        lock: SiteLock | None = None,
        keep_open: bool = False,
    ) -> RunSession:
        """Begin a run: take the site's lock, open catalogue and store, take in what a dead run left, open the books.

        ``lock`` is the site's lock where somebody took it for this run. With ``keep_open``, as in scheduled runs, the last WARC
        stays open at the end, for the site's next run to go on with, until it is full or old.

        Raises ``Busy``, ``SpoolUnusable``, ``StoreRefused``, ``CatalogError``. A store that is only away now is no
        reason to miss pages: they wait in the spool.
        """
        prepare_home(config)
        run_id = run_id or str(ULID.from_datetime(clock.now()))
        lock = lock or SiteLock(config.spool_dir, site.name, owner=run_id)
        try:
            session = cls(config, site, clock=clock, extract=extract, run_id=run_id, lock=lock, keep_open=keep_open)
            session._begin()
        except BaseException:
            lock.release()
            raise
        return session

    def _begin(self) -> None:
        try:
            prepare_store(self.config, self._store)
            self._store.abort_stale_uploads(before=self.clock.now() - timedelta(hours=self.config.store.abort_after))
        except StoreUnavailable as error:
            log.warning("%s: pages wait in the spool until then: %s", self.site.name, error)
        tidy_up(self.site.name, catalog=self.catalog, config=self.config, clock=self.clock)
        left = Recovered()
        keep = KeepOpen(self.config.spool.max_size, self.config.spool.max_age * 3600)
        files = settle(
            self.site.name, self.config.spool_dir, catalog=self.catalog, clock=self.clock, result=left, keep=keep
        )
        self._store_errors += left.failed.values()
        self._uploader = Uploader(self._store, self.catalog, clock=self.clock, model=self.config.archive.model)
        begin_run(self._run, self.site, catalog=self.catalog, config=self.config)
        self._uploader.begin(files)
        self._committer = Committer(
            self.catalog,
            self._writer_facts(),
            clock=self.clock,
            on_sealed=self._on_sealed,
            left_open=next(iter(left.left_open), None),
            keep_open=self._keep_open,
        )
        self._pool: ExtractionPool | None = None
        self._reading: ReaderThread | None = None
        if self._extract:
            workers = self.config.extract.workers or max(1, (os.cpu_count() or 2) - 1)
            self._pool = ExtractionPool(workers, timeout=self.config.extract.timeout)
            self._reading = ReaderThread(self._reader(self._pool), self.site.name, on_read=self._count_read)

    def _reader(self, pool: ExtractionPool) -> PageReader:
        sites = {**all_sites(self.config), self.site.name: self.site}
        records = RecordReader(self.config.spool_dir, self._store)
        return PageReader(
            self.catalog, records, pool, clock=self.clock, find_site=sites.get, revisit=self.config.revisit
        )

    def _count_read(self, read: int, articles: int) -> None:
        self.counts.read, self.counts.articles = read, articles

    def _writer_facts(self) -> WriterFacts:
        config = self.config
        agent = config.user_agent
        info = {
            "software": SOFTWARE,
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "hostname": config.host,
            "operator": config.archive.operator,
            "robots": "obey" if config.fetch.obey_robots else "ignore",
            "http-header-user-agent": agent,
            "isPartOf": self.site.name,
            "description": "Model archive: made-up pages, not evidence" if config.archive.model else "",
            "archiver-site": self.site.name,
            "archiver-run": self.run_id,
            "archiver-site-file": f"sha256:{self.site.digest}" if self.site.digest else "",
            "archiver-model": "true" if config.archive.model else "",
            "archiver-redacted": "proxy-authorization",
        }
        return WriterFacts(
            spool_dir=config.spool_dir,
            site=self.site.name,
            run=self.run_id,
            host=config.host,
            max_size=config.spool.max_size,
            max_age=config.spool.max_age * 3600,
            warcinfo={name: value for name, value in info.items() if value},
        )

    @property
    def bytes_written(self) -> int:
        """WARC bytes that this run has written."""
        return self._committer.bytes

    def commit(self, exchange: Exchange) -> Future[Committed]:
        """Commit an exchange; the future resolves when its records are synced and its row is written."""
        self.counts.received += exchange.response.size
        future = self._committer.submit(exchange)
        future.add_done_callback(self._count)
        return future

    def keep_rendering(self, rendering: Rendering) -> Future[Committed]:
        """Keep what a browser made of a page whose exchange is committed; resolves as ``commit`` does."""
        if rendering.document is None:
            self.counts.unrendered += 1
        else:
            self.counts.rendered += 1
        return self._committer.submit(rendering)

    def _count(self, future: Future[Committed]) -> None:
        error = future.exception()
        if isinstance(error, RecordRefused):
            self.counts.failed += 1
            return
        if error is not None:
            self.failure = error if isinstance(error, ArchiverError) else ArchiverError(str(error))
            return
        committed = future.result()
        capture = committed.capture
        if capture is None:
            self.counts.failed += 1
            return
        self.counts.captures += 1
        if capture.kind is Kind.PAGE:
            self.counts.pages += 1
        if committed.new:
            self.counts.new += 1
        if capture.record_type is RecordType.REVISIT:
            self.counts.revisits += 1
        if capture.truncated is not None:
            self.counts.failed += 1
        if self._reading is not None:
            self._reading.wake()

    def read(self, capture: Capture) -> ReadRecord:
        """The record of a capture. Blocks. Raises ``StorageError`` and ``RecordDamaged``."""
        return RecordReader(self.config.spool_dir, self._store).read(capture.record)

    def _on_sealed(self, file: SpoolFile) -> None:
        self._uploader.add(file.key, file.path)

    @property
    def paused(self) -> ArchiverError | None:
        """Why nothing more is to be leased now: the store is away, and the spool is as full as it may be. May be asked
        often."""
        away = self._uploader.away
        if away is None:
            return None
        at, size = self._spool_seen
        if time.monotonic() - at > LOOK_EVERY:
            size = spool_bytes(self.config.spool_dir)
            self._spool_seen = (time.monotonic(), size)
        return away if size > self.config.spool.max_waiting else None

    def close(self, outcome: Outcome) -> Run:
        """End the run: seal, store, read what waits, write sidecars, close the books. Returns the run as it ended.

        Raises the error that broke spool, catalogue or store; what was committed is safe all the same.
        """
        error: ArchiverError | None = self.failure
        try:
            try:
                self._committer.close()
            except ArchiverError as broken:
                error = broken
            self._store_errors += self._uploader.close()
            if self._reading is not None and self._pool is not None:
                self._reading.finish()
                self._pool.close()
                self._store_errors += [self._reading.away] if self._reading.away else []
                error = error or self._reading.failure
            error = error or self.failure
            try:
                self._sidecars()
            except StorageError as away:
                self._store_errors.append(away)
            run = replace(
                self._run,
                ended_at=cut(self.clock.now()),
                outcome=Outcome.FAILED if error else outcome,
                captures=self.counts.captures,
                pages=self.counts.pages,
                new=self.counts.new,
                revisits=self.counts.revisits,
                failed=self.counts.failed,
                bytes=self._committer.bytes,
                files=tuple(self._committer.files),
                articles=self.counts.articles,
            )
            if error is None or error.exit_code != 6:
                end_run(run, catalog=self.catalog)
                try:
                    store_pending(self.catalog, self._store)
                except StorageError as away:
                    self._store_errors.append(away)
        finally:
            self.catalog.close()
            self._lock.release()
        if error is None and self._store_errors:
            error = self._store_errors[-1]
        if error is not None:
            raise error
        return run

    def _sidecars(self) -> None:
        """Sidecars of every file that this run stored, whoever wrote it, and whose pages were all tried."""
        if not self._extract:
            return
        for key in self._uploader.stored:
            write_sidecar(key, catalog=self.catalog, store=self._store)

    @property
    def store(self) -> Store:
        """The store of this archive."""
        return self._store
