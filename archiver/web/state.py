"""What the handlers share: the archive, the templates, and an overview that is counted now and then."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import HTTPConnection, Request

from archiver.archive import Archive
from archiver.catalog import Catalog, Named, NewPage, SiteFiles, Stats
from archiver.config import Config
from archiver.config.sites import all_sites
from archiver.errors import CatalogError
from archiver.model.instant import Clock, SystemClock, rfc3339
from archiver.model.run import Run
from archiver.ops.saving import Saver
from archiver.ops.selection import FilterMaker
from archiver.records.reader import RecordReader
from archiver.replay.address import Links
from archiver.replay.safe import Shelf
from archiver.search import SearchIndex
from archiver.store import Store
from archiver.web.cite import on_site_clock
from archiver.web.counted import Counted
from archiver.web.interactive.place import Interactive, open_interactive

HERE = Path(__file__).parent
log = logging.getLogger(__name__)
OVERVIEW_SECONDS = 30.0
OVERVIEW_MOST = 600.0
LATELY = 30
"""Days that the overview counts one by one."""

_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?\Z")


class ArchiveLike(Protocol):
    """What the application needs of an archive; ``archiver.archive.Archive`` is one."""

    @property
    def config(self) -> Config: ...

    @property
    def catalog(self) -> Catalog: ...

    @property
    def store(self) -> Store: ...

    @property
    def reader(self) -> RecordReader: ...

    @property
    def index(self) -> SearchIndex: ...


@dataclass(frozen=True, slots=True)
class Overview:
    """What is held, at a glance. ``lately`` counts pages of each of the last thirty days, ``price`` is that of one GB for
    a month."""

    stats: Stats
    newest: tuple[NewPage, ...]
    room: Mapping[str, SiteFiles]
    lately: Mapping[str, Mapping[date, int]]
    last_runs: Mapping[str, Run]
    price: float


@dataclass(slots=True)
class OverviewCache:
    """The overview, counted again when it is older than ``seconds``; nobody waits for that unless it is older than ``most``."""

    catalog: Catalog
    clock: Clock
    price: float = 0.0
    seconds: float = OVERVIEW_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    most: float = OVERVIEW_MOST
    _lock: Lock = field(default_factory=Lock)
    _value: Overview | None = None
    _at: float = 0.0
    _counting: bool = False

    def read(self) -> Overview:
        """The overview. Raises ``CatalogError``."""
        with self._lock:
            value, age = self._value, self.monotonic() - self._at
            if value is not None and age < self.most:
                if age >= self.seconds and not self._counting:
                    self._counting = True
                    Thread(target=self._refresh, name="archiver-overview", daemon=True).start()
                return value
            return self._keep(self._count())

    def _refresh(self) -> None:
        try:
            counted = self._count()
        except CatalogError as error:  # the next reader tries again, and the one who must wait is told
            log.warning("the overview could not be counted: %s", error)
            self._counting = False
        else:
            with self._lock:
                self._keep(counted)

    def _keep(self, counted: Overview) -> Overview:
        self._value, self._at, self._counting = counted, self.monotonic(), False
        return counted

    def _count(self) -> Overview:
        catalog = self.catalog
        stats = catalog.stats()
        today = self.clock.now().date()
        days = [today - timedelta(days=back) for back in range(LATELY - 1, -1, -1)]
        lately = catalog.statistics.pages_by_day(stats.sites, since=days[0])
        last_runs = {site: run for site in stats.sites for run in catalog.runs.find(site, limit=1)}
        return Overview(
            stats=stats,
            newest=catalog.statistics.newest_pages(stats.sites),
            room=catalog.statistics.files(),
            lately={site: {day: counts.get(day, 0) for day in days} for site, counts in lately.items()},
            last_runs=last_runs,
            price=self.price,
        )


@dataclass(frozen=True, slots=True)
class WebState:
    """The application's state, made once. ``titles`` and ``zones`` are those of the known sites, by name."""

    archive: ArchiveLike
    config: Config
    templates: Environment
    overview: OverviewCache
    clock: Clock
    titles: Mapping[str, str]
    zones: Mapping[str, str]
    saver: Saver
    office: Archive
    """The same archive as those who keep it see it: for tokens and changes, never for what is shown."""
    safe: Shelf = field(default_factory=Shelf)
    years: Counted[Any] = field(default_factory=Counted)
    days: Counted[Any] = field(default_factory=Counted)
    """Coverage of a site's years, and of single days: counted beside the service where it takes long."""
    interactive: Interactive | None = None
    """Interactive replay, where it is installed and set up."""
    interactive_off: str = ""
    """Why there is none although it is set up."""

    def close(self) -> None:
        """End what goes on beside the requests: pages that are saved, figures that are counted."""
        self.saver.close()
        self.years.close()
        self.days.close()

    def links(self, request: Request) -> Links:
        """Links under ``[serve] public_url``, else under the address by which this request came."""
        return Links(self.config.serve.public_url.rstrip("/") or _own_address(request), self._stamps)

    @property
    def own_links(self) -> Links:
        """Links that are paths, so that they hold under any host name."""
        return Links(self.root, self._stamps)

    @property
    def _stamps(self) -> Callable[[Iterable[Named]], Mapping[str, str]]:
        return self.archive.catalog.mementos.stamps

    @property
    def root(self) -> str:
        """The path below which the application is reached, without a slash at its end."""
        return urlsplit(self.config.serve.public_url).path.rstrip("/")


def make_state(archive: ArchiveLike, config: Config) -> WebState:
    """The state of an application over ``archive``. Opens the catalogue: raises ``CatalogError``, ``ConfigError``."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["rfc3339"] = rfc3339
    clock = archive.catalog.clock
    sites = all_sites(config)
    titles = {name: site.title for name, site in sites.items() if site.title}
    zones = {name: site.timezone for name, site in sites.items()}
    templates.globals["on_site_clock"] = lambda at, site, precision=None: on_site_clock(
        at, zones.get(site), precision=precision
    )
    overview = OverviewCache(archive.catalog, clock, config.store.price)
    saver = Saver(config.home, clock=SystemClock())
    interactive, off = open_interactive(config)
    return WebState(
        archive,
        config,
        templates,
        overview,
        clock,
        titles,
        zones,
        saver,
        Archive(config),
        interactive=interactive,
        interactive_off=off,
    )


def state_of(request: HTTPConnection) -> WebState:
    """The state of the application that got this request."""
    return cast("WebState", request.app.state.web)


def filters_of(request: HTTPConnection) -> FilterMaker:
    """Makes filters of what a request asks for."""
    state = state_of(request)
    return FilterMaker(state.archive.catalog, state.config)


def _own_address(request: Request) -> str:
    scheme = request.scope.get("scheme", "http")
    host = request.headers.get("host", "")
    if not _HOST.match(host):
        server = request.scope.get("server") or ("localhost", None)
        name = f"[{server[0]}]" if ":" in str(server[0]) else server[0]
        host = f"{name}:{server[1]}" if server[1] else str(name)
    return f"{scheme}://{host}"
