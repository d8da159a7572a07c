"""What the handlers share: the archive, the templates, and an overview that is counted now and then."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol, cast
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from archiver.catalog import Catalog
from archiver.catalog.newest import Newcomer, newest_pages
from archiver.catalog.stats import Stats
from archiver.config import Config
from archiver.holdings.reading import RecordReader
from archiver.model.instant import SystemClock, rfc3339
from archiver.ops.saving import Saver
from archiver.replay.address import Links
from archiver.replay.safe import Shelf
from archiver.search import SearchIndex
from archiver.store import Store

HERE = Path(__file__).parent
OVERVIEW_SECONDS = 30.0
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
    """What is held, at a glance."""

    stats: Stats
    newest: tuple[Newcomer, ...]


@dataclass(slots=True)
class OverviewCache:
    """The overview, counted again when it is older than ``seconds``."""

    catalog: Catalog
    seconds: float = OVERVIEW_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    _lock: Lock = field(default_factory=Lock)
    _value: Overview | None = None
    _until: float = 0.0

    def read(self) -> Overview:
        """The overview. Raises ``CatalogError``."""
        with self._lock:
            now = self.monotonic()
            if self._value is None or now >= self._until:
                stats = self.catalog.stats()
                self._value = Overview(stats, newest_pages(self.catalog.database, stats.sites))
                self._until = now + self.seconds
            return self._value


@dataclass(frozen=True, slots=True)
class WebState:
    """The application's state, made once."""

    archive: ArchiveLike
    config: Config
    templates: Environment
    overview: OverviewCache
    saver: Saver
    safe: Shelf = field(default_factory=Shelf)

    def links(self, request: Request) -> Links:
        """Links under ``[serve] public_url``, else under the address by which this request came."""
        return Links(self.config.serve.public_url.rstrip("/") or _own_address(request))

    @property
    def root(self) -> str:
        """The path below which the application is reached, without a slash at its end."""
        return urlsplit(self.config.serve.public_url).path.rstrip("/")


def make_state(archive: ArchiveLike, config: Config) -> WebState:
    """The state of an application over ``archive``. Opens the catalogue: raises ``CatalogError``."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["rfc3339"] = rfc3339
    return WebState(archive, config, templates, OverviewCache(archive.catalog), Saver(config.home, clock=SystemClock()))


def state_of(request: Request) -> WebState:
    """The state of the application that got this request."""
    return cast("WebState", request.app.state.web)


def _own_address(request: Request) -> str:
    scheme = request.scope.get("scheme", "http")
    host = request.headers.get("host", "")
    if not _HOST.match(host):
        server = request.scope.get("server") or ("localhost", None)
        name = f"[{server[0]}]" if ":" in str(server[0]) else server[0]
        host = f"{name}:{server[1]}" if server[1] else str(name)
    return f"{scheme}://{host}"
