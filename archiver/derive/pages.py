"""Reading pages: the captures that were not tried yet go through the extractor's workers into articles and search."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait

from archiver.catalog import Catalog
from archiver.config import RevisitSection
from archiver.derive.revisits import TextWatch
from archiver.errors import DamageFound
from archiver.extract import EXTRACTOR, ExtractionPool, Job
from archiver.holdings.reading import RecordReader
from archiver.model.article import Extraction
from archiver.model.capture import Capture, Verdict
from archiver.model.instant import Clock, cut
from archiver.model.record import RecordType
from archiver.model.site import Site
from archiver.search import SearchIndex

MAX_PAGE = 20_000_000
"""Bytes of one decoded page that are read; what is longer is cut."""

RATIO = 100
"""A page is read up to so many times its coded size, or to 1 MB: a bomb is no page."""
IN_FLIGHT = 32_000_000
"""Bytes of decoded pages that wait for a worker at most, one page apart."""
BATCH = 64


class PageReader:
    """Takes untried page captures of the catalogue, reads them in worker processes, writes what came of it.

    One thread at a time may call it. ``find_site`` gives the site whose profiles and time zone apply; by ``revisit`` a page
    whose text has changed is due again sooner.
    """

    def __init__(
        self,
        catalog: Catalog,
        records: RecordReader,
        pool: ExtractionPool,
        *,
        clock: Clock,
        find_site: Callable[[str], Site | None],
        revisit: RevisitSection | None = None,
    ) -> None:
        self._catalog = catalog
        self._records = records
        self._pool = pool
        self._clock = clock
        self._find_site = find_site
        self._index = SearchIndex(catalog)
        self._watch = TextWatch(catalog, revisit or RevisitSection(), find_site=find_site)
        self._waiting: dict[Future[Extraction], int] = {}
        self.tried = 0
        self.articles = 0

    def read_all(
        self,
        *,
        site: str | None = None,
        run: str | None = None,
        file: str | None = None,
        stop: threading.Event | None = None,
        on_page: Callable[[], None] = lambda: None,
    ) -> int:
        """Read every untried page capture of a site, run or file; how many were tried. Ends early when ``stop`` is set."""
        before = self.tried
        pending: dict[Future[Extraction], Capture] = {}
        taken: set[str] = set()
        self._waiting.clear()
        while not (stop and stop.is_set()):
            batch = self._catalog.captures.untried(site=site, run=run, file=file, limit=BATCH + len(taken))
            fresh = [capture for capture in batch if capture.record_id not in taken]
            for capture in fresh[:BATCH]:
                if sum(self._waiting.values()) > IN_FLIGHT:
                    break
                taken.add(capture.record_id)
                pending[self._submit(capture)] = capture
            if not pending:
                break
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                capture = pending.pop(future)
                self._waiting.pop(future, None)
                self._keep(capture, future.result())
                taken.discard(capture.record_id)
                on_page()
        for future, capture in pending.items():
            self._keep(capture, future.result())
            on_page()
        return self.tried - before

    def _submit(self, capture: Capture) -> Future[Extraction]:
        original = capture
        if capture.record_type is RecordType.REVISIT:
            found = self._catalog.captures.by_record(capture.refers_to) if capture.refers_to else None
            if found is None:
                return _known(Extraction(Verdict.ERROR, "the record it repeats is not held", EXTRACTOR))
            original = found
            read = self._catalog.articles.get(original.record_id, EXTRACTOR)
            if read is not None and original.url == capture.url:
                # The same bytes under the same URL say the same: no need to read them again.
                return _known(read)
        try:
            record = self._records.read(original.record)
        except DamageFound as error:
            return _known(Extraction(Verdict.ERROR, str(error), EXTRACTOR))
        message = record.http
        payload = b""
        if message is not None:
            most = min(MAX_PAGE, max(1_000_000, RATIO * message.body.length))
            payload = message.decoded(limit=most).data
        future = self._pool.submit(
            Job(
                payload=payload,
                url=capture.url,
                at=capture.at,
                content_type=message.head.get("content-type") if message else None,
                status=original.status,
                site=self._find_site(capture.site),
            )
        )
        self._waiting[future] = len(payload)
        return future

    def _keep(self, capture: Capture, extraction: Extraction) -> None:
        self._catalog.articles.put(capture.record_id, extraction, at=cut(self._clock.now()))
        self.tried += 1
        self._index.add_readings([(capture, extraction)])
        if extraction.article is not None:
            self._watch.saw(capture, extraction)
            self.articles += 1


def _known(extraction: Extraction) -> Future[Extraction]:
    future: Future[Extraction] = Future()
    future.set_result(extraction)
    return future
