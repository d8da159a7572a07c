"""What the fetching needs of a run's session (``archiver.fetch.run.session``)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from archiver.capture.exchange import Exchange
from archiver.capture.rendering import Rendering
from archiver.model.capture import Capture
from archiver.model.instant import Clock
from archiver.model.record import RecordId
from archiver.model.run import Outcome, Run
from archiver.warc import ReadRecord


class Committed(Protocol):
    """What a commit gave."""

    @property
    def capture(self) -> Capture | None:
        """The capture; None when no whole header block came."""
        ...

    @property
    def record_id(self) -> RecordId | None:
        """The record that holds the response."""
        ...


class Session(Protocol):
    """A run that is open: spool, catalogue, store."""

    @property
    def catalog(self) -> Any:
        """The catalogue; ``catalog.frontier`` is the table of URLs and when each is due."""
        ...

    @property
    def run_id(self) -> str:
        """The run's id."""
        ...

    @property
    def counts(self) -> Any:
        """What the run did so far."""
        ...

    @property
    def bytes_written(self) -> int:
        """WARC bytes that the run has written."""
        ...

    @property
    def clock(self) -> Clock:
        """The run's clock."""
        ...

    @property
    def paused(self) -> Exception | None:
        """Why nothing more may be fetched now; None while all is well."""
        ...

    def commit(self, exchange: Exchange) -> Future[Any]:
        """Keep an exchange; the future gives a ``Committed`` once records are on disk and their rows written."""
        ...

    def keep_rendering(self, rendering: Rendering) -> Future[Any]:
        """Keep what a browser made of a page; the future resolves once it is on disk."""
        ...

    def read(self, capture: Capture) -> ReadRecord:
        """The record of a capture. Blocks. Raises ``StorageError`` and ``RecordDamaged``."""
        ...

    def close(self, outcome: Outcome) -> Run:
        """Seal, store, extract, and end the run. Blocks."""
        ...


OpenSession = Callable[..., Session]
"""``(config, site, *, clock, extract) -> Session``"""
