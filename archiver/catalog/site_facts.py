"""What a site's page tells beside its days: verdicts, sources, room on disk."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from archiver.catalog.database import Database
from archiver.catalog.frontier_row import FrontierState, state_of
from archiver.catalog.schema import LATEST, SOURCES, UNTRIED, articles, captures, files, frontier
from archiver.model.capture import Verdict


@dataclass(frozen=True, slots=True)
class Room:
    """WARC files of a site: how many, how many bytes the sealed ones have, and how many are not in the store yet."""

    files: int
    bytes: int
    waiting: int


def verdicts_of_site(database: Database, site: str) -> dict[str, int]:
    """Readings of a site's captures by verdict, the most frequent first. Raises ``CatalogError``."""
    return database.read(lambda c: _counts(c, articles.c.verdict, site=site))


def languages_of_site(database: Database, site: str) -> dict[str, int]:
    """Articles of a site by language, the most frequent first. Raises ``CatalogError``."""
    return database.read(lambda c: _counts(c, articles.c.language, site=site))


def sources_of_site(database: Database, site: str) -> list[FrontierState]:
    """The feeds, sitemaps and fronts of a site as the frontier has them, by URL. Raises ``CatalogError``."""
    statement = select(frontier).where(frontier.c.site == site, SOURCES)
    return database.read(
        lambda c: [state_of(row) for row in c.execute(statement.order_by(frontier.c.url)).mappings().all()]
    )


def room_by_site(database: Database) -> dict[str, Room]:
    """The WARC files of each site. Raises ``CatalogError``."""
    statement = select(
        files.c.site,
        func.count(),
        func.coalesce(func.sum(files.c.size), 0),
        func.count().filter(files.c.state == "sealed"),
    ).group_by(files.c.site)
    return database.read(
        lambda c: {
            site: Room(int(count), int(size), int(waiting)) for site, count, size, waiting in c.execute(statement)
        }
    )


def unread_pages(database: Database) -> int:
    """Pages that no extractor has looked at yet. Raises ``CatalogError``."""
    statement = select(func.count()).select_from(captures).where(UNTRIED)
    return database.read(lambda c: int(c.execute(statement).scalar_one()))


def _counts(connection: Connection, column: ColumnElement[str], *, site: str) -> dict[str, int]:
    statement = select(column, func.count()).where(articles.c.site == site, LATEST, column.is_not(None))
    if column is articles.c.language:
        statement = statement.where(articles.c.verdict == Verdict.ARTICLE.value)
    rows = connection.execute(statement.group_by(column).order_by(func.count().desc(), column))
    return {name: int(number) for name, number in rows}
