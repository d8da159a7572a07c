"""What a service does beside its schedule, in a thread of its own, since stores and mail servers may be slow: it takes old open
files into the store, brings the journal there, looks for what is wrong, and sends alerts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.errors import ArchiverError
from archiver.journal.objects import store_pending
from archiver.model.instant import Clock, SystemClock
from archiver.ops.alerts.watch import deliver_due, watch
from archiver.ops.recover import recover
from archiver.store import open_store

log = logging.getLogger(__name__)

RECOVER_EVERY = 600.0
"""Seconds between two looks for files that are too old to stay open, or that a dead run left."""


class Upkeep:
    """The thread. It works only while ``leading`` is set, so that one service of an archive does."""

    def __init__(self, config: Config, leading: threading.Event, *, clock: Clock | None = None) -> None:
        self._config = config
        self._leading = leading
        self._clock = clock or SystemClock()
        self._stop = threading.Event()
        self._since_recovery = 0.0
        self._thread = threading.Thread(target=self._run, name="archiver-upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step that is under way, at most a few seconds later: the thread is a daemon."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=self._config.alerts.timeout)

    def _run(self) -> None:
        every = self._config.alerts.look_every
        while not self._stop.wait(every):
            if self._leading.is_set():
                with Catalog.open(self._config.catalog_url, clock=self._clock) as catalog:
                    for step in self._steps(catalog, every):
                        self._tried(step)

    def _steps(self, catalog: Catalog, every: float) -> list[Callable[[], object]]:
        steps: list[Callable[[], object]] = [
            lambda: watch(catalog, self._config, clock=self._clock),
            lambda: deliver_due(catalog, self._config, clock=self._clock),
            lambda: store_pending(catalog, open_store(self._config)),
        ]
        self._since_recovery += every
        if self._since_recovery >= RECOVER_EVERY:
            self._since_recovery = 0.0
            steps.append(lambda: recover(self._config, clock=self._clock))
        return steps

    @staticmethod
    def _tried(step: Callable[[], object]) -> None:
        try:
            step()
        except ArchiverError as error:
            log.error("upkeep: %s", error)  # noqa: TRY400  it is ours, and says enough
