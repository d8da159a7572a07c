"""The catalogue: what is archived and where it is, what is due, and what was made of it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from archiver.catalog.access_rules import AccessRules
from archiver.catalog.access_views import add_views
from archiver.catalog.alerts import Alerts
from archiver.catalog.articles import Articles
from archiver.catalog.backoffs import HostBackoffs
from archiver.catalog.captures import Captures
from archiver.catalog.checks import Checks
from archiver.catalog.database import Database
from archiver.catalog.files import Files
from archiver.catalog.frontier import Frontier
from archiver.catalog.journal import Journal
from archiver.catalog.listings import Listings
from archiver.catalog.mementos import Mementos
from archiver.catalog.migrations import prepare
from archiver.catalog.readings import Readings
from archiver.catalog.robots import RobotsStates
from archiver.catalog.runs import Runs
from archiver.catalog.schedules import Schedules
from archiver.catalog.sources import Sources
from archiver.catalog.statistics import Statistics, Stats
from archiver.catalog.tokens import Tokens
from archiver.model.instant import Clock


class Catalog:
    """One open catalogue: a repository for each noun. Threads may share it; each process opens its own. Every call may raise
    ``CatalogError``."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.captures = Captures(database)
        self.mementos = Mementos(database)
        self.frontier = Frontier(database)
        self.listings = Listings(database)
        self.backoffs = HostBackoffs(database)
        self.robots = RobotsStates(database)
        self.sources = Sources(database)
        self.runs = Runs(database)
        self.files = Files(database)
        self.articles = Articles(database)
        self.readings = Readings(database)
        self.statistics = Statistics(database)
        self.checks = Checks(database)
        self.schedules = Schedules(database)
        self.alerts = Alerts(database)
        self.access = AccessRules(database, clock=clock)
        self.tokens = Tokens(database)
        self.journal = Journal(database, clock=clock)

    @classmethod
    def open(cls, url: str, *, clock: Clock) -> Self:
        """Open a catalogue by its SQLAlchemy URL; where there is none it is made.

        Raises ``CatalogError``: not a database, may not be written, or older or newer than this program.
        """
        database = Database(url)
        try:
            prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(database, clock=clock)

    @classmethod
    def for_readers(cls, url: str, *, clock: Clock) -> Self:
        """The same catalogue as readers may see it: what the access rules withhold is not in it, and it is not for writing.

        Raises as ``open`` does.
        """
        with cls.open(url, clock=clock):
            pass  # the tables are there
        database = Database(url)
        add_views(database.engine, clock.now)
        return cls(database, clock=clock)

    def stats(self) -> Stats:
        """How much is archived."""
        return self.statistics.totals()

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
