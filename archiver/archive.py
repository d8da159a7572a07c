"""The Python API: an archive, opened by the path of its home.

>>> import archiver
>>> archive = archiver.open("./archive")        # doctest: +SKIP
>>> archive.get("https://news.example/a").text  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from archiver.catalog import Catalog
from archiver.config import Config, load
from archiver.config.home import require_home
from archiver.config.sites import all_sites
from archiver.discover import ScopeRules, site_for_url
from archiver.errors import NotHttpUrl
from archiver.model.article import Article, Extraction
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.coverage import DayCoverage, State
from archiver.model.instant import Clock, SystemClock
from archiver.model.results import Rows
from archiver.model.surt import surt
from archiver.model.url import clean_url, host_of
from archiver.ops.coverage import Ledger, site_named
from archiver.ops.selection import FilterMaker, When, when
from archiver.records.reader import ReadersReader, RecordReader
from archiver.replay.lookup import nearest
from archiver.replay.page import ArchivedPage, read_page
from archiver.search import Hit, SearchIndex, Sort
from archiver.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a URL: ``state`` is held, missing or unknown; ``nearest`` the newest capture of any status."""

    url: str
    state: Literal["held", "missing", "unknown"]
    nearest: Capture | None
    captures: int

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver held --json`` and ``/api/held`` promise."""
        return {
            "url": self.url,
            "state": self.state,
            "nearest": self.nearest.as_json() if self.nearest else None,
            "captures": self.captures,
        }


class Archive:
    """An archive's home, opened for reading. Everything is opened when it is first asked for, and lists are lazy.

    Times may be aware datetimes or texts (4 to 17 digits, ISO 8601); ``since`` and ``until`` are inclusive.
    """

    def __init__(self, config: Config, *, clock: Clock | None = None, for_readers: bool = False) -> None:
        """``for_readers`` looks through the access rules: what they withhold is not there."""
        self.config = config
        self.clock = clock or SystemClock()
        self._for_readers = for_readers

    @cached_property
    def catalog(self) -> Catalog:
        """The catalogue. Raises ``CatalogError``, and ``ConfigError`` where there is no archive."""
        require_home(self.config)
        open_it = Catalog.for_readers if self._for_readers else Catalog.open
        return open_it(self.config.catalog_url, clock=self.clock)

    @cached_property
    def store(self) -> Store:
        """The store. Raises ``StorageError`` when it is used, not here."""
        return open_store(self.config)

    @cached_property
    def reader(self) -> RecordReader:
        """Reads a record by its reference, from the spool or the store."""
        if self._for_readers:
            return ReadersReader(self.config.spool_dir, self.store, catalog=self.catalog)
        return RecordReader(self.config.spool_dir, self.store)

    @cached_property
    def index(self) -> SearchIndex:
        """The full-text index."""
        return SearchIndex(self.catalog)

    @property
    def filters(self) -> FilterMaker:
        """Makes filters of what people ask for."""
        return FilterMaker(self.catalog, self.config)

    def captures(
        self,
        url: str | None = None,
        *,
        site: str | None = None,
        since: When = None,
        until: When = None,
        status: int | None = None,
        kind: Kind | str | None = None,
        limit: int | None = None,
    ) -> Rows[Capture]:
        """Captures by SURT, then time. A ``url`` that ends in ``*`` is a prefix. Raises ``UsageError``
        for what no capture can be."""
        wanted = self.filters.captures(url, site=site, since=since, until=until, status=status, kind=kind)
        return Rows(lambda: self.catalog.captures.find(wanted, limit=limit), Capture.as_json, title="captures")

    def get(self, url: str, at: When = None, *, any_status: bool = False) -> ArchivedPage:
        """The page that was captured nearest to ``at`` (the newest without). Raises ``NotHeld``."""
        capture = nearest(self.catalog, url, at=when(at), any_status=any_status)
        return read_page(self.catalog, self.reader, capture)

    def held(self, url: str) -> Held:
        """Whether a URL is held; if not, whether a source or a page named it (missing) or nobody did (unknown).

        What a site's own sources listed is held or missing as the coverage ledger has it, so an error page in its place is not
        the page; of all else any capture counts. A page that its site shows under several addresses is held under the one that was
        seen first.
        """
        return held(self.catalog, url, config=self.config)

    def article(self, capture: Capture) -> Extraction | None:
        """What the extractor read from a capture; None when it was not tried yet."""
        return self.catalog.articles.get(capture.record_id)

    def articles(
        self,
        *,
        site: str | None = None,
        language: str | None = None,
        since: When = None,
        until: When = None,
        limit: int | None = None,
    ) -> Rows[tuple[Capture, Article]]:
        """Articles with their captures, newest first, by when they were published. Raises ``UsageError`` for
        what no article can be.

        ``since`` and ``until`` mean when an article was published.
        """
        wanted = self.filters.articles(site=site, language=language, published_since=since, published_until=until)

        def rows() -> Iterator[tuple[Capture, Article]]:
            for capture, extraction in self.catalog.articles.find(wanted, limit=limit):
                if extraction.article is not None:
                    yield capture, extraction.article

        return Rows(rows, article_row, title="articles")

    def coverage(self, site: str, *, first: date | None = None, last: date | None = None) -> Rows[DayCoverage]:
        """What the site's own sources listed day by day, what of it is held, and why the rest is not; days are the site's own.

        Raises ``UnknownSite`` when it is read.
        """

        def rows() -> Iterator[DayCoverage]:
            found = site_named(site, config=self.config, catalog=self.catalog)
            return Ledger(self.catalog, found).days(first=first, last=last)

        return Rows(rows, lambda day: day.as_json(), title=f"coverage of {site}")

    def search(
        self,
        query: str,
        *,
        site: str | None = None,
        language: str | None = None,
        section: str | None = None,
        author: str | None = None,
        since: When = None,
        until: When = None,
        captured_since: When = None,
        captured_until: When = None,
        as_of: When = None,
        sort: Sort = "rank",
        limit: int = 20,
    ) -> Rows[Hit]:
        """Articles that hold the words of ``query``, best first, or by date: ``sort`` is rank, newest or oldest.

        ``since`` and ``until`` mean when an article was published, ``as_of`` searches what each URL said at that time.
        Raises ``UsageError`` for what no article can be.
        """

        wanted = self.filters.articles(
            query,
            site=site,
            language=language,
            section=section,
            author=author,
            since=captured_since,
            until=captured_until,
            published_since=since,
            published_until=until,
            as_of=as_of,
        )

        def rows() -> Iterator[Hit]:
            return iter(self.index.search(query, wanted, sort=sort, limit=limit, facets=False).hits)

        return Rows(rows, Hit.as_json, title=f"hits for {query!r}")

    def close(self) -> None:
        """Close what was opened."""
        if "catalog" in self.__dict__:
            self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Archive {self.config.home}>"

    def _repr_html_(self) -> str:
        stats = self.catalog.stats()
        head = "".join(f"<th>{name}</th>" for name in ("site", "captures", "pages", "last capture"))
        body = "".join(
            f"<tr><td>{escape(name)}</td><td>{each.captures:,}</td><td>{each.pages:,}</td>"
            f"<td>{f'{each.last_at:%Y-%m-%d}' if each.last_at else ''}</td></tr>"
            for name, each in stats.sites.items()
        )
        return f"<p>{escape(repr(self))}: {stats.captures:,} captures</p><table><tr>{head}</tr>{body}</table>"


def held(catalog: Catalog, url: str, *, config: Config) -> Held:
    """What ``Archive.held`` says."""
    try:
        clean = clean_url(url)
    except NotHttpUrl:
        return Held(url, "unknown", None, 0)
    host = host_of(clean)
    sites = [site for site in all_sites(config).values() if host in site.host_names] or [site_for_url(clean)]
    # Of one page under several addresses the frontier knows the first one's.
    states = [catalog.frontier.get(site.name, ScopeRules(site).key(clean)) for site in sites]
    first_seen = [surt(state.entry.url) for state in states if state is not None]
    newest, count = None, 0
    for each in dict.fromkeys((surt(clean), *first_seen)):
        newest = catalog.mementos.nearest(each, any_status=True)
        if newest is not None:
            count = catalog.mementos.count(each)
            break
    listed = [found for site in sites if (found := Ledger(catalog, site).url(clean)) is not None]
    if listed:
        state = State.HELD if any(found.state is State.HELD for found in listed) else State.MISSING
        return Held(url, "held" if state is State.HELD else "missing", newest, count)
    if newest is not None:
        return Held(url, "held", newest, count)
    return Held(url, "missing" if first_seen else "unknown", None, 0)


def article_row(row: tuple[Capture, Article]) -> dict[str, object]:
    """An article's fields with where and when it was captured."""
    capture, article = row
    shape = Extraction(capture.verdict or Verdict.ARTICLE, "", article.extractor, article).as_json()
    return {"url": capture.url, "at": capture.as_json()["at"], "site": capture.site, **shape}


def open(path: str | Path) -> Archive:  # noqa: A001  `archiver.open` is the promised name
    """Open the archive whose home is ``path``. Raises ``ConfigError`` where there is none, and when its archiver.toml is wrong."""
    config = load(Path(path))
    require_home(config)
    return Archive(config)
