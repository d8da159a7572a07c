"""Readings over versions and days: which captures an extractor has not read, which extractors read, and how well reading goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, literal, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from archiver.catalog.capture_row import many, select_captures
from archiver.catalog.captures import set_verdict
from archiver.catalog.database import Database
from archiver.catalog.files import id_of_file
from archiver.catalog.schema import articles, captures
from archiver.model.article import Extractor
from archiver.model.capture import Capture, Verdict
from archiver.model.instant import from_micros, micros

DAY = 86_400_000_000
"""Microseconds of a day."""


@dataclass(frozen=True, slots=True)
class DayRate:
    """How reading went on a site's pages that were captured in one day of UTC, by their latest readings.

    Of the ``articles`` it is counted how many have a title and a date, and how many words they have together. ``empty`` counts truncated
    pages too, ``blocked`` paywalls and consent pages, ``errors`` soft 404s.
    """

    site: str
    day: datetime
    pages: int
    articles: int
    empty: int
    blocked: int
    errors: int
    words: int
    titled: int
    dated: int

    @property
    def rate(self) -> float:
        """The share of pages that are articles; 0 where there are no pages."""
        return self.articles / self.pages if self.pages else 0.0


class Readings:
    """Questions about the table of extractions as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unread(
        self,
        extractor: Extractor,
        *,
        site: str | None = None,
        file: str | None = None,
        after: Capture | None = None,
        limit: int,
    ) -> list[Capture]:
        """Page captures that an extractor version has not read, oldest first; ``after`` goes on behind a capture."""
        return self._database.read(lambda c: _unread(c, extractor, site=site, file=file, after=after, limit=limit))

    def count_unread(self, extractor: Extractor, *, site: str) -> int:
        """How many page captures of a site an extractor version has not read."""
        return self._database.read(lambda c: _count_unread(c, extractor, site=site))

    def sites(self) -> list[str]:
        """The sites that have page captures."""
        return self._database.read(_sites)

    def versions(self, *, site: str | None = None, file: str | None = None) -> dict[str, int]:
        """Each extractor version that has readings, with their number."""
        return self._database.read(lambda c: _versions(c, site=site, file=file))

    def drop_others(self, extractor: Extractor, *, site: str) -> int:
        """Forget what other versions read of a site's captures that this one has read too; how many readings those were."""
        return self._database.write(lambda c: _drop_others(c, extractor, site=site))

    def rates(
        self, site: str | None = None, *, since: datetime | None = None, until: datetime | None = None
    ) -> list[DayRate]:
        """How reading went, by site and day of capture (UTC), oldest first. ``since`` and ``until`` are inclusive."""
        return self._database.read(lambda c: _rates(c, site, since=since, until=until))


def _is_page() -> ColumnElement[bool]:
    return and_(captures.c.kind == "page", captures.c.record_type.in_(("response", "revisit")))


def _not_read_by(extractor: Extractor) -> ColumnElement[bool]:
    return ~exists().where(articles.c.capture_id == captures.c.id, articles.c.extractor == str(extractor))


def _unread(
    connection: Connection,
    extractor: Extractor,
    *,
    site: str | None,
    file: str | None,
    after: Capture | None,
    limit: int,
) -> list[Capture]:
    statement = select_captures().where(_is_page(), _not_read_by(extractor))
    if after is not None:
        place = tuple_(captures.c.at, captures.c.record_id)
        statement = statement.where(place > tuple_(literal(micros(after.at)), literal(after.record_id)))
    if site is not None:
        statement = statement.where(captures.c.site == site)
    if file is not None:
        statement = statement.where(captures.c.file_id == id_of_file(connection, file))
    return many(connection, statement.order_by(captures.c.at, captures.c.record_id).limit(limit))


def _count_unread(connection: Connection, extractor: Extractor, *, site: str) -> int:
    statement = select(func.count()).select_from(captures)
    statement = statement.where(_is_page(), captures.c.site == site, _not_read_by(extractor))
    return int(connection.execute(statement).scalar_one())


def _sites(connection: Connection) -> list[str]:
    return list(
        connection.execute(select(captures.c.site).where(_is_page()).distinct().order_by(captures.c.site)).scalars()
    )


def _versions(connection: Connection, *, site: str | None, file: str | None) -> dict[str, int]:
    statement: Select[Any] = select(articles.c.extractor, func.count())
    if site is not None:
        statement = statement.where(articles.c.site == site)
    if file is not None:
        statement = statement.join(captures, captures.c.id == articles.c.capture_id)
        statement = statement.where(captures.c.file_id == id_of_file(connection, file))
    statement = statement.group_by(articles.c.extractor).order_by(articles.c.extractor)
    return {extractor: int(count) for extractor, count in connection.execute(statement)}


def _drop_others(connection: Connection, extractor: Extractor, *, site: str) -> int:
    mine = articles.alias("mine")
    both = exists().where(mine.c.capture_id == articles.c.capture_id, mine.c.extractor == str(extractor))
    # A reading of another version may be the latest, where both were made: then this one is.
    dethroned = list(
        connection.execute(
            select(articles.c.capture_id).where(
                articles.c.site == site, articles.c.latest.is_(True), articles.c.extractor != str(extractor), both
            )
        ).scalars()
    )
    for capture_id in dethroned:
        own = and_(articles.c.capture_id == capture_id, articles.c.extractor == str(extractor))
        connection.execute(update(articles).where(own).values(latest=True))
        record_id, verdict = connection.execute(
            select(captures.c.record_id, articles.c.verdict)
            .join(articles, articles.c.capture_id == captures.c.id)
            .where(own)
        ).one()
        set_verdict(connection, record_id, verdict=Verdict(verdict))
    statement = delete(articles).where(articles.c.site == site, articles.c.extractor != str(extractor), both)
    return connection.execute(statement).rowcount


def _rates(
    connection: Connection, site: str | None, *, since: datetime | None, until: datetime | None
) -> list[DayRate]:
    a = articles.c
    day = (a.captured_at - a.captured_at % DAY).label("day")

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(condition)

    article = a.verdict == Verdict.ARTICLE.value
    statement = select(
        a.site,
        day,
        func.count(),
        count(article),
        count(a.verdict.in_((Verdict.EMPTY.value, Verdict.TRUNCATED.value))),
        count(a.verdict.in_((Verdict.BLOCKED.value, Verdict.PAYWALL.value, Verdict.CONSENT.value))),
        count(a.verdict.in_((Verdict.ERROR.value, Verdict.SOFT_404.value))),
        func.coalesce(func.sum(a.word_count), 0),
        count(and_(article, a.title.is_not(None))),
        count(and_(article, a.published_at.is_not(None))),
    ).where(a.latest.is_(True))
    if site is not None:
        statement = statement.where(a.site == site)
    if since is not None:
        statement = statement.where(a.captured_at >= micros(since))
    if until is not None:
        statement = statement.where(a.captured_at <= micros(until))
    statement = statement.group_by(a.site, day).order_by(day, a.site)
    return list(_days(connection, statement))


def _days(connection: Connection, statement: Select[Any]) -> Iterator[DayRate]:
    for name, at, *numbers in connection.execute(statement):
        yield DayRate(str(name), from_micros(int(at)), *map(int, numbers))
