"""How much is archived: of everything, of a site, by day, verdict and language, and the pages that came last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from archiver.catalog.capture_row import CAPTURE, select_captures
from archiver.catalog.repository import Repository, reads
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import LATEST, UNTRIED, articles, captures, files
from archiver.catalog.sql import day_number, day_of, equal, within
from archiver.model.capture import Capture, Kind, Verdict

a, c, f = articles.c, captures.c, files.c
_PAGES = func.count().filter(c.kind == Kind.PAGE.value)


@dataclass(frozen=True, slots=True)
class SiteStats:
    """One site: captures, those of kind page, bytes of their records, first and last capture."""

    captures: int
    pages: int
    bytes: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stats:
    """The whole archive. ``verdicts`` and ``languages`` count captures by their latest reading, languages of articles."""

    captures: int
    pages: int
    urls: int
    bytes: int
    sites: Mapping[str, SiteStats]
    verdicts: Mapping[str, int]
    languages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SiteDay:
    """One day of a site: captures, those of kind page, bytes of their records."""

    day: date
    captures: int
    pages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """WARC files of a site: how many, how many bytes the sealed ones have, and how many are not in the store yet."""

    files: int
    bytes: int
    waiting: int


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page captured lately, with its article's title and language where it was read."""

    capture: Capture
    title: str | None
    language: str | None


SITE = RowMap(SiteStats)


class Statistics(Repository):
    """Numbers over whole tables."""

    @reads
    def totals(self, connection: Connection) -> Stats:
        """Count everything, in one pass over each table."""
        statement = select(
            c.site,
            func.count().label("captures"),
            _PAGES.label("pages"),
            func.sum(c.length).label("bytes"),
            func.min(c.at).label("first_at"),
            func.max(c.at).label("last_at"),
        )
        rows = connection.execute(statement.group_by(c.site).order_by(c.site)).mappings()
        sites = {row["site"]: SITE.read(row) for row in rows}
        return Stats(
            captures=sum(site.captures for site in sites.values()),
            pages=sum(site.pages for site in sites.values()),
            urls=int(connection.execute(select(func.count(c.surt.distinct()))).scalar_one()),
            bytes=sum(site.bytes for site in sites.values()),
            sites=sites,
            verdicts=_verdicts(connection),
            languages=_languages(connection),
        )

    @reads
    def verdicts(self, connection: Connection, site: str) -> dict[str, int]:
        """Readings of a site's captures by verdict, the most frequent first."""
        return _verdicts(connection, site)

    @reads
    def languages(self, connection: Connection, site: str) -> dict[str, int]:
        """Articles of a site by language, the most frequent first."""
        return _languages(connection, site)

    @reads
    def days(self, connection: Connection, site: str) -> list[SiteDay]:
        """Every day (UTC) on which something of the site was captured, oldest first."""
        day = day_number(c.at)
        statement = select(day, func.count(), _PAGES, func.sum(c.length)).where(c.site == site).group_by(day)
        rows = connection.execute(statement.order_by(day))
        return [SiteDay(day_of(number), *map(int, numbers)) for number, *numbers in rows]

    @reads
    def pages_by_day(self, connection: Connection, sites: Iterable[str], *, since: date) -> dict[str, dict[date, int]]:
        """How many pages of each site were captured on each day (UTC) from one on."""
        day, first = day_number(c.at), datetime(since.year, since.month, since.day, tzinfo=UTC)
        pages = select(day, func.count()).where(c.kind == Kind.PAGE.value, *within(c.at, first)).group_by(day)
        return {
            site: {day_of(number): int(count) for number, count in connection.execute(pages.where(c.site == site))}
            for site in sites
        }

    @reads
    def newest_pages(self, connection: Connection, sites: Iterable[str], *, limit: int = 8) -> tuple[NewPage, ...]:
        """The newest good page captures of these sites, newest first."""
        statement = (
            select_captures()
            .add_columns(a.title.label("article_title"), a.language.label("article_language"))
            .outerjoin(articles, and_(a.capture_id == c.id, LATEST))
            .where(c.kind == Kind.PAGE.value, c.status.between(200, 299))
            .order_by(c.at.desc(), c.record_id)
            .limit(limit)
        )
        # Site by site: there is an index of site and time, and none of time alone.
        found = [
            NewPage(CAPTURE.read(row), row["article_title"], row["article_language"])
            for site in sites
            for row in connection.execute(statement.where(c.site == site)).mappings()
        ]
        return tuple(sorted(found, key=lambda page: page.capture.at, reverse=True)[:limit])

    @reads
    def files(self, connection: Connection) -> dict[str, SiteFiles]:
        """The WARC files of each site."""
        numbers = (func.count(), func.coalesce(func.sum(f.size), 0), func.count().filter(f.state == "sealed"))
        rows = connection.execute(select(f.site, *numbers).group_by(f.site))
        return {site: SiteFiles(*map(int, each)) for site, *each in rows}

    @reads
    def unread_pages(self, connection: Connection) -> int:
        """Pages that no extractor has looked at yet."""
        return int(connection.execute(select(func.count()).select_from(captures).where(UNTRIED)).scalar_one())


def _verdicts(connection: Connection, site: str | None = None) -> dict[str, int]:
    return _counts(connection, a.verdict, *equal((a.site, site)))


def _languages(connection: Connection, site: str | None = None) -> dict[str, int]:
    return _counts(connection, a.language, a.verdict == Verdict.ARTICLE.value, *equal((a.site, site)))


def _counts(connection: Connection, column: ColumnElement[Any], *wanted: ColumnElement[bool]) -> dict[str, int]:
    """Latest readings by a column, the most frequent first."""
    statement = select(column, func.count()).where(LATEST, column.is_not(None), *wanted).group_by(column)
    rows = connection.execute(statement.order_by(func.count().desc(), column))
    return {name: int(number) for name, number in rows}
