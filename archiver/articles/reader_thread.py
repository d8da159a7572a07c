"""Pages read beside their crawl: a thread that drives the extractor's workers until the crawl is over and nothing waits."""

from __future__ import annotations

import threading
from collections.abc import Callable

from archiver.articles.page_reader import PageReader
from archiver.errors import ArchiverError, StorageError

READ_EVERY = 0.5
"""Seconds between two looks for pages to read, when no commit wakes the thread."""
READ_AGAIN = 5.0
"""Seconds until pages are looked for again whose records the store could not give."""


class ReaderThread:
    """Reads the pages of ``site``; ``on_read`` is called with the numbers of pages read and of articles among them.

    ``failure`` is what broke the catalogue, ``away`` that records could not be read from the store at the end: the pages stay
    unread until the next run.
    """

    def __init__(self, reader: PageReader, site: str, *, on_read: Callable[[int, int], None]) -> None:
        self.failure: ArchiverError | None = None
        self.away: StorageError | None = None
        self._reader = reader
        self._site = site
        self._on_read = on_read
        self._read = 0
        self._wake = threading.Event()
        self._crawl_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archiver-reading", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """A page was captured."""
        self._wake.set()

    def finish(self) -> None:
        """The crawl is over: returns when what it captured is read."""
        self._crawl_over.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while True:
                over = self._crawl_over.is_set()
                self._wake.clear()
                wait = READ_EVERY
                try:
                    self._reader.read_all(site=self._site, on_page=self._count)
                except StorageError as away:
                    # The pages stay unread: read later in this run, or by the next.
                    if over:
                        self.away = away
                    wait = READ_AGAIN
                self._on_read(self._read, self._reader.articles)
                if over:
                    break
                (self._wake if wait == READ_EVERY else self._crawl_over).wait(wait)
        except ArchiverError as error:
            self.failure = error

    def _count(self) -> None:
        self._read += 1
        self._on_read(self._read, self._reader.articles)
