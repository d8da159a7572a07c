"""The pages that were captured last, for people who want to see that the archive lives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from archiver.catalog.capture_row import capture_of, select_captures
from archiver.catalog.database import Database
from archiver.catalog.schema import articles, captures
from archiver.model.capture import Capture, Kind


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A page captured lately, with its article's title and language where it was read."""

    capture: Capture
    title: str | None
    language: str | None


def newest_pages(database: Database, sites: Iterable[str], *, limit: int = 8) -> tuple[Newcomer, ...]:
    """The newest good page captures of these sites, newest first. Raises ``CatalogError``."""
    return database.read(lambda connection: _newest(connection, sites, limit=limit))


def _newest(connection: Connection, sites: Iterable[str], *, limit: int) -> tuple[Newcomer, ...]:
    found: list[Newcomer] = []
    c = captures.c
    for site in sites:  # site by site: there is an index of site and time, and none of time alone
        statement = (
            select_captures()
            .add_columns(articles.c.title.label("article_title"), articles.c.language.label("article_language"))
            .outerjoin(articles, (articles.c.capture_id == c.id) & articles.c.latest)
            .where(c.site == site, c.kind == Kind.PAGE.value, c.status.between(200, 299))
            .order_by(c.at.desc(), c.record_id)
            .limit(limit)
        )
        found += (
            Newcomer(capture_of(row), row["article_title"], row["article_language"])
            for row in connection.execute(statement).mappings()
        )
    found.sort(key=lambda item: item.capture.at, reverse=True)
    return tuple(found[:limit])
