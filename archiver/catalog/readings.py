"""Readings over versions: which captures an extractor has not read, which extractors read, which readings stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, literal, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from archiver.catalog.capture_row import capture_of, many, select_captures
from archiver.catalog.database import Database
from archiver.catalog.files import id_of_file
from archiver.catalog.rates import DayRate, rates
from archiver.catalog.schema import articles, captures
from archiver.model.article import Extraction, Extractor
from archiver.model.capture import Capture
from archiver.model.instant import micros

BATCH = 100
"""Captures whose readings are settled in one transaction."""


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
        """Forget what other versions read of a site's captures that this one has read too; how many readings those were.

        This version's reading is the latest of those captures then. A few captures are one transaction: it may be broken
        off and called again. The search index is brought in line by ``SearchIndex.catch_up``.
        """
        return self._in_batches(lambda c: _drop_others(c, extractor, site=site))

    def drop_own(self, extractor: Extractor, *, site: str) -> int:
        """Forget what this version read of a site's captures that others have read too; how many readings those were.

        Of the others what was read last is the latest then. Else as ``drop_others``.
        """
        return self._in_batches(lambda c: _drop_own(c, extractor, site=site))

    def twice(self, *, site: str | None = None) -> Iterator[tuple[Capture, Extraction, Extraction]]:
        """Captures of which several readings are kept, with the one before the latest, and the latest; by capture."""
        after = 0
        while True:
            place = after
            page = self._database.read(lambda c: _twice(c, site=site, after=place))  # noqa: B023  called at once
            yield from (each for _, each in page)
            if len(page) < BATCH:
                return
            after = page[-1][0]

    def _in_batches(self, work: Callable[[Connection], int]) -> int:
        """Done again until nothing is left to do; the sum."""
        total = 0
        while done := self._database.write(work):
            total += done
        return total

    def rates(
        self, site: str | None = None, *, since: datetime | None = None, until: datetime | None = None
    ) -> list[DayRate]:
        """How reading went, by site and day of capture (UTC), oldest first. ``since`` and ``until`` are inclusive."""
        return self._database.read(lambda c: rates(c, site, since=since, until=until))


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


def _both(extractor: Extractor, *, site: str) -> Select[Any]:
    """Ids of some captures of a site that this version and another one have read."""
    other = articles.alias("other")
    return (
        select(articles.c.capture_id)
        .where(
            articles.c.site == site,
            articles.c.extractor == str(extractor),
            exists().where(other.c.capture_id == articles.c.capture_id, other.c.extractor != str(extractor)),
        )
        .limit(BATCH)
    )


def _drop_others(connection: Connection, extractor: Extractor, *, site: str) -> int:
    ids = list(connection.execute(_both(extractor, site=site)).scalars())
    of_these = articles.c.capture_id.in_(ids)
    dropped = connection.execute(delete(articles).where(of_these, articles.c.extractor != str(extractor))).rowcount
    connection.execute(update(articles).where(of_these, articles.c.latest.is_(False)).values(latest=True))
    _tell(connection, ids)
    return dropped


def _drop_own(connection: Connection, extractor: Extractor, *, site: str) -> int:
    ids = list(connection.execute(_both(extractor, site=site)).scalars())
    of_these = articles.c.capture_id.in_(ids)
    dropped = connection.execute(delete(articles).where(of_these, articles.c.extractor == str(extractor))).rowcount
    later = articles.alias("later")
    is_last = ~exists().where(
        later.c.capture_id == articles.c.capture_id,
        tuple_(later.c.extracted_at, later.c.extractor) > tuple_(articles.c.extracted_at, articles.c.extractor),
    )
    connection.execute(update(articles).where(of_these).values(latest=is_last))
    _tell(connection, ids)
    return dropped


def _tell(connection: Connection, ids: list[int]) -> None:
    """Captures have the verdict of their latest reading."""
    latest = select(articles.c.verdict).where(articles.c.capture_id == captures.c.id, articles.c.latest.is_(True))
    connection.execute(update(captures).where(captures.c.id.in_(ids)).values(verdict=latest.scalar_subquery()))


def _twice(
    connection: Connection, *, site: str | None, after: int
) -> list[tuple[int, tuple[Capture, Extraction, Extraction]]]:
    before, later = articles.alias("before"), articles.alias("later")
    # The newest of those that are not the latest.
    is_next = ~exists().where(
        later.c.capture_id == before.c.capture_id,
        later.c.latest.is_(False),
        tuple_(later.c.extracted_at, later.c.extractor) > tuple_(before.c.extracted_at, before.c.extractor),
    )
    statement = (
        select_captures()
        .add_columns(articles.c.capture_id, articles.c.body.label("now"), before.c.body.label("then"))
        .join(articles, and_(articles.c.capture_id == captures.c.id, articles.c.latest.is_(True)))
        .join(before, and_(before.c.capture_id == captures.c.id, before.c.latest.is_(False), is_next))
        .where(captures.c.id > after)
        .order_by(captures.c.id)
        .limit(BATCH)
    )
    if site is not None:
        statement = statement.where(captures.c.site == site)
    return [
        (row["capture_id"], (capture_of(row), _extraction(row["then"]), _extraction(row["now"])))
        for row in connection.execute(statement).mappings()
    ]


def _extraction(body: str) -> Extraction:
    return Extraction.from_json(json.loads(body))
