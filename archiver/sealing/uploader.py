"""The uploader of a run: sealed files go to the store one by one, from a thread of their own, while the crawl goes on."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from archiver.catalog import Catalog
from archiver.errors import ArchiverError, BlobExists, StorageError
from archiver.model.instant import Clock
from archiver.model.record import BlobKey
from archiver.sealing.finish import begun_first, finish
from archiver.store import Store

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


class Uploader:
    """Finishes files in the order in which they were added, so that each manifest can name the one before.

    While the store is away the first one is tried again and again, with waits that grow from ``first_wait`` to
    ``longest_wait`` seconds, and the others wait behind it. A file that can never be stored as it is (damaged, its key
    taken by other bytes) is put aside and stays in the spool.
    """

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        *,
        clock: Clock,
        model: bool,
        first_wait: float = FIRST_WAIT,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._model = model
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._waiting: deque[tuple[BlobKey, Path]] = deque()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._aside: list[ArchiverError] = []
        self._away: ArchiverError | None = None
        self._in_order = False
        self.stored: list[BlobKey] = []
        self._thread = threading.Thread(target=self._run, name="archiver-uploader", daemon=True)

    def begin(self, left: Sequence[tuple[BlobKey, Path]]) -> None:
        """Take what earlier runs left, and begin; before anything is added."""
        self._waiting.extend(left)
        self._thread.start()

    def add(self, key: BlobKey, path: Path) -> None:
        """Take a sealed file; from any thread."""
        with self._changed:
            self._waiting.append((key, path))
            self._changed.notify()

    @property
    def away(self) -> ArchiverError | None:
        """Why files wait: what the store said last; None while it takes them."""
        return self._away

    def close(self) -> list[ArchiverError]:
        """Try what waits once more and end; why files are left in the spool, empty when none is."""
        self._closing.set()
        with self._changed:
            self._changed.notify()
        self._thread.join()
        return [*self._aside, *([self._away] if self._away is not None else [])]

    def _run(self) -> None:
        wait = self._first_wait
        while (item := self._next()) is not None:
            last_try = self._closing.is_set()
            if not self._in_order:
                error = self._ordered()
                if error is None:
                    continue
            else:
                error = self._tried(item)
            if isinstance(error, StorageError) and not isinstance(error, BlobExists):
                self._away = error
                if last_try:
                    return
                self._closing.wait(wait)
                wait = min(2 * wait, self._longest_wait)
                continue
            if error is not None:
                self._aside.append(error)
            else:
                self.stored.append(item[0])
            self._away = None
            wait = self._first_wait
            with self._changed:
                self._waiting.remove(item)

    def _next(self) -> tuple[BlobKey, Path] | None:
        with self._changed:
            while not self._waiting:
                if self._closing.is_set():
                    return None
                self._changed.wait()
            return self._waiting[0]

    def _ordered(self) -> ArchiverError | None:
        """Bring what earlier runs left into its order, once; what is wrong with the store, if it can't be read."""
        with self._changed:
            waiting = list(self._waiting)
        try:
            first = begun_first(waiting, self._store)
        except StorageError as error:
            return error
        with self._changed:
            added = [item for item in self._waiting if item not in waiting]
            self._waiting = deque([*first, *added])
        self._in_order = True
        return None

    def _tried(self, item: tuple[BlobKey, Path]) -> ArchiverError | None:
        key, path = item
        try:
            finish(path, key, store=self._store, catalog=self._catalog, clock=self._clock, model=self._model)
        except ArchiverError as error:
            return error
        except Exception as bug:  # noqa: BLE001  an internal error is reported at the run's end; the file stays
            failed = ArchiverError(f"{path} could not be stored: {type(bug).__name__}: {bug}")
            failed.__cause__ = bug
            return failed
        return None
