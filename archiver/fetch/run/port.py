"""What the fetching needs of a run's session: spool, catalogue and store, open for one run."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from archiver.capture.committer import Committed
from archiver.capture.exchange import Exchange
from archiver.capture.rendering import Rendering
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.errors import ArchiverError
from archiver.fetch.run.counts import Counts
from archiver.model.capture import Capture
from archiver.model.instant import Clock
from archiver.model.run import Outcome, Run
from archiver.model.site import Site
from archiver.warc import ReadRecord


class Session(Protocol):
    """A run that is open."""

    @property
    def catalog(self) -> Catalog:
        """The catalogue; ``catalog.frontier`` is the table of URLs and when each is due."""
        ...

    @property
    def run_id(self) -> str:
        """The run's id."""
        ...

    @property
    def counts(self) -> Counts:
        """What the run did so far."""
        ...

    @property
    def bytes_written(self) -> int:
        """WARC bytes that the run has written."""
        ...

    @property
    def paused(self) -> ArchiverError | None:
        """Why nothing more may be fetched now; None while all is well."""
        ...

    def commit(self, exchange: Exchange) -> Future[Committed]:
        """Keep an exchange; the future resolves once its records are on disk and its row is written."""
        ...

    def keep_rendering(self, rendering: Rendering) -> Future[Committed]:
        """Keep what a browser made of a page; the future resolves once it is on disk."""
        ...

    def read(self, capture: Capture) -> ReadRecord:
        """The record of a capture. Blocks. Raises ``StorageError`` and ``RecordDamaged``."""
        ...

    def close(self, outcome: Outcome) -> Run:
        """Seal, store, extract, and end the run. Blocks."""
        ...


class OpenSession(Protocol):
    """Opens the session of a run."""

    def __call__(self, config: Config, site: Site, *, clock: Clock, extract: bool) -> Session:
        """Raises ``Busy``, ``SpoolUnusable``, ``StoreRefused`` and ``CatalogError``."""
        ...
