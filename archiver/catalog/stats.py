"""How much is held: the numbers of a home page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, select

from archiver.catalog.schema import LATEST, articles, captures
from archiver.catalog.sql import optional_instant
from archiver.model.capture import Kind, Verdict


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


def stats(connection: Connection) -> Stats:
    """Count everything, in one pass over each table."""
    sites = _sites(connection)
    return Stats(
        captures=sum(site.captures for site in sites.values()),
        pages=sum(site.pages for site in sites.values()),
        urls=_urls(connection),
        bytes=sum(site.bytes for site in sites.values()),
        sites=sites,
        verdicts=_counts(connection, articles.c.verdict),
        languages=_counts(connection, articles.c.language),
    )


def _sites(connection: Connection) -> dict[str, SiteStats]:
    c = captures.c
    statement = (
        select(
            c.site,
            func.count().label("captures"),
            func.sum(case((c.kind == Kind.PAGE.value, 1), else_=0)).label("pages"),
            func.sum(c.length).label("bytes"),
            func.min(c.at).label("first_at"),
            func.max(c.at).label("last_at"),
        )
        .group_by(c.site)
        .order_by(c.site)
    )
    return {
        row["site"]: SiteStats(
            captures=int(row["captures"]),
            pages=int(row["pages"]),
            bytes=int(row["bytes"]),
            first_at=optional_instant(row["first_at"]),
            last_at=optional_instant(row["last_at"]),
        )
        for row in connection.execute(statement).mappings()
    }


def _urls(connection: Connection) -> int:
    return int(connection.execute(select(func.count(captures.c.surt.distinct()))).scalar_one())


def _counts(connection: Connection, column: ColumnElement[str]) -> dict[str, int]:
    """Latest readings by a column, the most frequent first; languages only where there is an article."""
    statement = select(column, func.count()).where(LATEST, column.is_not(None))
    if column is articles.c.language:
        statement = statement.where(articles.c.verdict == Verdict.ARTICLE.value)
    rows = connection.execute(statement.group_by(column).order_by(func.count().desc(), column))
    return {name: int(number) for name, number in rows}
