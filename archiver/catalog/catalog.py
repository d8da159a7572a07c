"""The catalogue: what we hold, where it lies, what is due, and what was made of it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from archiver.catalog.articles import Articles
from archiver.catalog.captures import Captures
from archiver.catalog.checks import Checks
from archiver.catalog.database import Database
from archiver.catalog.files import Files
from archiver.catalog.frontier import Frontier
from archiver.catalog.hosts import Hosts
from archiver.catalog.journal import Journal
from archiver.catalog.migrations import migrate
from archiver.catalog.readings import Readings
from archiver.catalog.robots import RobotsStates
from archiver.catalog.runs import Runs
from archiver.catalog.stats import Stats, stats
from archiver.model.instant import Clock


class Catalog:
    """One open catalogue. Threads may share it; each process opens its own. Every call may raise ``CatalogError``."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.captures = Captures(database)
        self.frontier = Frontier(database)
        self.hosts = Hosts(database)
        self.robots = RobotsStates(database)
        self.runs = Runs(database)
        self.files = Files(database)
        self.articles = Articles(database)
        self.readings = Readings(database)
        self.checks = Checks(database)
        self.journal = Journal(database, clock=clock)

    @classmethod
    def open(cls, url: str, *, clock: Clock) -> Self:
        """Open a catalogue by its SQLAlchemy URL; its tables are made or brought up to date first.

        Raises ``CatalogError``: not a database, may not be written, or newer than this program.
        """
        database = Database(url)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database, clock=clock)

    def stats(self) -> Stats:
        """How much is held."""
        return self.database.read(stats)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
