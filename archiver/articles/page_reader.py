"""Reading pages: captures go through the extractor's workers into articles and search, those not tried yet or those that an older extractor
read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait

from archiver.articles.announcements import Announcements
from archiver.articles.learnt_models import Models
from archiver.articles.payload import job_of, read_payload
from archiver.catalog import Catalog
from archiver.config import RevisitSection
from archiver.errors import DamageFound
from archiver.extract import ExtractionPool
from archiver.frontier.page_revisits import TextWatch
from archiver.model.article import Extraction
from archiver.model.capture import Capture, Verdict
from archiver.model.instant import Clock, cut
from archiver.model.site import Site
from archiver.records.reader import RecordReader
from archiver.records.revisits import NOT_HELD, resolve_revisit
from archiver.search import SearchIndex

IN_FLIGHT = 32_000_000
"""Bytes of decoded pages that wait for a worker at most, one page apart."""
BATCH = 64
PAGE = 1000

Reread = Callable[[Capture, Extraction | None, Extraction], None]
"""Told of each page that was read again: what the extraction before said, if there was one, and what this one says."""


class PageReader:
    """Takes page captures of the catalogue, reads them in worker processes, writes what came of it.

    One thread at a time may call it. ``find_site`` gives the site whose profiles and time zone apply; the learnt model of a
    site is the one that was in force when it was first asked for. By ``revisit`` a page whose text has changed is due again
    sooner.
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
        self._announcements = Announcements(catalog, find_site=find_site)
        self._waiting: dict[Future[Extraction], int] = {}
        self.models = Models(catalog)
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

        def untried(taken: int) -> list[Capture]:
            return self._catalog.captures.untried(site=site, run=run, file=file, limit=BATCH + taken)

        def keep(capture: Capture, extraction: Extraction) -> None:
            self._keep(capture, extraction)
            if extraction.article is not None:
                self._watch.saw(capture, extraction)
            on_page()

        return self._read(untried, stop=stop, keep=keep)

    def read_again(self, site: str, *, on_page: Reread, stop: threading.Event | None = None) -> int:
        """Read every page capture of a site that this extractor, with the site's model in force, has not read; how many.

        What others read is kept beside it. May be broken off and called again: what was read is not read again.
        """
        extractor = self.models.extractor(site)
        waiting: dict[str, Capture] = {}
        last: list[Capture] = []

        def unread(taken: int) -> list[Capture]:
            # Looked for from where the last look ended: what was read since is not passed over again and again.
            if len(waiting) < BATCH + taken:
                found = self._catalog.readings.unread(extractor, site=site, after=last[0] if last else None, limit=PAGE)
                waiting.update((capture.record_id, capture) for capture in found)
                last[:] = found[-1:] or last
            return list(waiting.values())

        def keep(capture: Capture, extraction: Extraction) -> None:
            before = self._catalog.articles.get(capture.record_id)
            self._keep(capture, extraction)
            self._watch.read_again(capture, extraction)
            waiting.pop(capture.record_id, None)
            on_page(capture, before, extraction)

        return self._read(unread, stop=stop, keep=keep)

    def _read(
        self,
        find: Callable[[int], list[Capture]],
        *,
        stop: threading.Event | None,
        keep: Callable[[Capture, Extraction], None],
    ) -> int:
        before = self.tried
        pending: dict[Future[Extraction], Capture] = {}
        taken: set[str] = set()
        self._waiting.clear()
        while not (stop and stop.is_set()):
            fresh = [capture for capture in find(len(taken)) if capture.record_id not in taken]
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
                keep(capture, future.result())
                taken.discard(capture.record_id)
        for future, capture in pending.items():
            keep(capture, future.result())
        return self.tried - before

    def _submit(self, capture: Capture) -> Future[Extraction]:
        extractor = self.models.extractor(capture.site)
        original = resolve_revisit(self._catalog, capture)
        if original is None:
            return _known(Extraction(Verdict.ERROR, NOT_HELD, extractor))
        if original is not capture and original.url == capture.url:
            read = self._catalog.articles.get(original.record_id, extractor)
            if read is not None:
                # The same bytes under the same URL say the same: no need to read them again.
                return _known(read)
        try:
            payload = read_payload(original, self._records)
        except DamageFound as error:
            return _known(Extraction(Verdict.ERROR, str(error), extractor))
        job = job_of(
            capture,
            payload,
            site=self._find_site(capture.site),
            model=self.models.of(capture.site),
            announced=self._announcements.of(capture),
        )
        future = self._pool.submit(job)
        self._waiting[future] = len(payload.data)
        return future

    def _keep(self, capture: Capture, extraction: Extraction) -> None:
        self._catalog.articles.put(capture.record_id, extraction, at=cut(self._clock.now()))
        self._index.add_readings([(capture, extraction)])
        self.tried += 1
        self.articles += extraction.article is not None


def _known(extraction: Extraction) -> Future[Extraction]:
    future: Future[Extraction] = Future()
    future.set_result(extraction)
    return future
