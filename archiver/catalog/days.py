"""What was captured on which day (UTC): of a URL, and of a site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, case, func, select

from archiver.catalog.capture_row import many, select_captures
from archiver.catalog.database import Database
from archiver.catalog.schema import captures
from archiver.model.capture import Capture, Kind
from archiver.model.instant import from_micros, micros
from archiver.model.record import MEMENTO_TYPES

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class SiteDay:
    """One day of a site: captures, those of kind page, bytes of their records."""

    day: date
    captures: int
    pages: int
    bytes: int


def days_of_site(database: Database, site: str) -> list[SiteDay]:
    """Every day on which something of the site was captured, oldest first. Raises ``CatalogError``."""
    return database.read(lambda c: _days_of_site(c, site))


def days_of_url(database: Database, surt: str) -> dict[date, int]:
    """How many captures of a URL each day has, oldest first. Raises ``CatalogError``."""
    return database.read(lambda c: _days_of_url(c, surt))


def captures_between(database: Database, surt: str, since: datetime, until: datetime, *, limit: int) -> list[Capture]:
    """The captures of a URL in a span (inclusive), newest first. Raises ``CatalogError``."""
    statement = (
        select_captures()
        .where(captures.c.surt == surt, captures.c.at.between(micros(since), micros(until)))
        .where(captures.c.record_type.in_(MEMENTO_TYPES))
        .order_by(captures.c.at.desc(), captures.c.record_id.desc())
        .limit(limit)
    )
    return database.read(lambda c: many(c, statement))


@dataclass(frozen=True, slots=True)
class Glance:
    """As much of a capture as tells whether its bytes are those of the one before; ``digest`` is raw."""

    at: datetime
    status: int | None
    digest: bytes | None


def glances(database: Database, surt: str, since: datetime, until: datetime) -> list[Glance]:
    """The captures of a URL in a span (inclusive), oldest first, without their records. Raises ``CatalogError``."""
    c = captures.c
    statement = (
        select(c.at, c.status, c.digest)
        .where(c.surt == surt, c.at.between(micros(since), micros(until)), c.record_type.in_(MEMENTO_TYPES))
        .order_by(c.at, c.record_id)
    )
    return database.read(
        lambda x: [Glance(from_micros(at), status, digest) for at, status, digest in x.execute(statement)]
    )


def pages_between(database: Database, site: str, since: datetime, until: datetime, *, limit: int) -> list[Capture]:
    """The page captures of a site in a span (inclusive), oldest first. Raises ``CatalogError``."""
    statement = (
        select_captures()
        .where(captures.c.site == site, captures.c.at.between(micros(since), micros(until)))
        .where(captures.c.kind == Kind.PAGE.value)
        .order_by(captures.c.at, captures.c.record_id)
        .limit(limit)
    )
    return database.read(lambda c: many(c, statement))


def pages_by_day(database: Database, sites: Iterable[str], *, since: date) -> dict[str, dict[date, int]]:
    """How many pages of each site were captured on each day from one on. Raises ``CatalogError``."""
    return database.read(lambda c: {site: _pages_by_day(c, site, since=since) for site in sites})


def day_of(number: int) -> date:
    """The day that lies so many days behind the first of 1970."""
    return _EPOCH + timedelta(days=number)


def _days_of_site(connection: Connection, site: str) -> list[SiteDay]:
    c = captures.c
    day = (c.at // _DAY).label("day")
    statement = (
        select(
            day,
            func.count().label("captures"),
            func.sum(case((c.kind == Kind.PAGE.value, 1), else_=0)).label("pages"),
            func.sum(c.length).label("bytes"),
        )
        .where(c.site == site)
        .group_by(day)
        .order_by(day)
    )
    return [
        SiteDay(day_of(int(number)), int(count), int(pages), int(size))
        for number, count, pages, size in connection.execute(statement)
    ]


def _pages_by_day(connection: Connection, site: str, *, since: date) -> dict[date, int]:
    c = captures.c
    day = (c.at // _DAY).label("day")
    statement = (
        select(day, func.count())
        .where(c.site == site, c.kind == Kind.PAGE.value, c.at >= (since - _EPOCH).days * _DAY)
        .group_by(day)
    )
    return {day_of(int(number)): int(count) for number, count in connection.execute(statement)}


def _days_of_url(connection: Connection, surt: str) -> dict[date, int]:
    day = (captures.c.at // _DAY).label("day")
    statement = select(day, func.count()).where(captures.c.surt == surt).group_by(day).order_by(day)
    return {day_of(int(number)): int(count) for number, count in connection.execute(statement)}
