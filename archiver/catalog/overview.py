"""What is held, at a glance: counts for people, not for programs that need them to the minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, distinct, func, select

from archiver.catalog.capture_row import capture_of, select_captures
from archiver.catalog.database import Database
from archiver.catalog.schema import articles, captures
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.instant import from_micros

NO_LANGUAGE = "und"


@dataclass(frozen=True, slots=True)
class SiteShare:
    """What is held of one site."""

    name: str
    captures: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A page captured lately, with its article's title and language where it was read."""

    capture: Capture
    title: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole archive in a few numbers.

    ``pages`` and ``articles`` count different addresses, ``bytes`` the stored records of captures. ``languages`` are
    articles by BCP 47 code, most first; ``sites`` by name; ``newest`` page captures, newest first.
    """

    captures: int
    pages: int
    articles: int
    bytes: int
    languages: tuple[tuple[str, int], ...]
    sites: tuple[SiteShare, ...]
    newest: tuple[Newcomer, ...]


def read_overview(database: Database, *, newest: int = 10) -> Overview:
    """Count what is held. Reads every capture once: cache it. Raises ``CatalogError``."""
    return database.read(lambda connection: _overview(connection, newest))


def _overview(connection: Connection, newest: int) -> Overview:
    c = captures.c
    page = case((c.kind == Kind.PAGE.value, c.surt))
    rows = connection.execute(
        select(c.site, func.count(), func.count(distinct(page)), func.sum(c.length), func.max(c.at))
        .group_by(c.site)
        .order_by(c.site)
    ).all()
    languages = _languages(connection)
    return Overview(
        captures=sum(row[1] for row in rows),
        pages=sum(row[2] for row in rows),
        articles=sum(number for _, number in languages),
        bytes=sum(int(row[3]) for row in rows),
        languages=languages,
        sites=tuple(SiteShare(row[0], row[1], from_micros(row[4])) for row in rows),
        newest=_newest(connection, [row[0] for row in rows], limit=newest),
    )


def _languages(connection: Connection) -> tuple[tuple[str, int], ...]:
    a = articles.c
    language = func.coalesce(a.language, NO_LANGUAGE)
    number = func.count(distinct(a.surt))
    statement = (
        select(language, number)
        .where(a.latest, a.verdict == Verdict.ARTICLE.value)
        .group_by(language)
        .order_by(number.desc(), language)
    )
    return tuple((str(code), int(n)) for code, n in connection.execute(statement))


def _newest(connection: Connection, sites: list[str], *, limit: int) -> tuple[Newcomer, ...]:
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
