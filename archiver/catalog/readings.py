"""Readings over extractor versions: which captures a version has not read, which versions read, which readings stay, and how
well reading goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, select, tuple_, update

from archiver.catalog.articles import extraction_of
from archiver.catalog.capture_row import CAPTURE, select_captures
from archiver.catalog.files import is_in_file
from archiver.catalog.repository import Repository, reads, writes
from archiver.catalog.schema import articles, captures
from archiver.catalog.sql import day_number, day_of, equal
from archiver.model.article import Extraction, Extractor
from archiver.model.capture import Capture, Verdict
from archiver.model.instant import micros

a, c = articles.c, captures.c
BATCH = 100
"""Captures whose readings are settled in one transaction."""


@dataclass(frozen=True, slots=True)
class DayRate:
    """How reading went on a site's pages that were captured in one day of UTC, by their latest readings.

    Of the ``articles`` it is counted how many have a title and a date, and how many words they have together. ``empty`` counts truncated
    pages too, ``blocked`` paywalls and consent pages, ``errors`` soft 404s.
    """

    site: str
    day: date
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

    def as_json(self) -> dict[str, object]:
        """A line of ``archiver extract --rates --json``."""
        numbers = ("pages", "articles", "empty", "blocked", "errors", "words", "titled", "dated")
        return {
            "site": self.site,
            "day": self.day.isoformat(),
            **{name: getattr(self, name) for name in numbers},
            "rate": round(self.rate, 4),
        }


class Readings(Repository):
    """Questions about the table of extractions as a whole."""

    @reads
    def unread(
        self,
        connection: Connection,
        extractor: Extractor,
        *,
        site: str | None = None,
        file: str | None = None,
        after: Capture | None = None,
        limit: int,
    ) -> list[Capture]:
        """Page captures that an extractor version has not read, oldest first; ``after`` goes on behind a capture."""
        statement = select_captures().where(*_unread_by(extractor), *_of(site, file))
        if after is not None:
            statement = statement.where(tuple_(c.at, c.record_id) > tuple_(micros(after.at), after.record_id))
        return CAPTURE.all(connection, statement.order_by(c.at, c.record_id).limit(limit))

    @reads
    def count_unread(self, connection: Connection, extractor: Extractor, *, site: str) -> int:
        """How many page captures of a site an extractor version has not read."""
        statement = select(func.count()).select_from(captures).where(*_unread_by(extractor), c.site == site)
        return int(connection.execute(statement).scalar_one())

    @reads
    def sites(self, connection: Connection) -> list[str]:
        """The sites that have page captures."""
        return list(connection.execute(select(c.site).where(_is_page()).distinct().order_by(c.site)).scalars())

    @reads
    def versions(self, connection: Connection, *, site: str | None = None, file: str | None = None) -> dict[str, int]:
        """Each extractor version that has readings, with their number."""
        statement: Select[Any] = select(a.extractor, func.count()).where(*equal((a.site, site)))
        if file is not None:
            statement = statement.join(captures, c.id == a.capture_id).where(is_in_file(c.file_id, file))
        statement = statement.group_by(a.extractor).order_by(a.extractor)
        return {extractor: int(count) for extractor, count in connection.execute(statement)}

    def drop_others(self, extractor: Extractor, *, site: str) -> int:
        """Forget what other versions read of a site's captures that this one has read too; how many readings those were.

        This version's reading is the latest of those captures then. A few captures are one transaction: it may be broken
        off and called again. The search index is brought in line by ``SearchIndex.catch_up``.
        """
        return self._drop_all(extractor, site, own=False)

    def drop_own(self, extractor: Extractor, *, site: str) -> int:
        """Forget what this version read of a site's captures that others have read too; how many readings those were.

        Of the others what was read last is the latest then. Else as ``drop_others``.
        """
        return self._drop_all(extractor, site, own=True)

    def _drop_all(self, extractor: Extractor, site: str, *, own: bool) -> int:
        total = 0
        while dropped := self._drop(extractor, site, own=own):
            total += dropped
        return total

    @writes
    def _drop(self, connection: Connection, extractor: Extractor, site: str, *, own: bool) -> int:
        """Settle some captures that this version and another one have read."""
        mine, other = a.extractor == str(extractor), articles.alias("other")
        both = exists().where(other.c.capture_id == a.capture_id, other.c.extractor != str(extractor))
        some = select(a.capture_id).where(a.site == site, mine, both).limit(BATCH)
        ids = list(connection.execute(some).scalars())
        of_these = a.capture_id.in_(ids)
        dropped = connection.execute(delete(articles).where(of_these, mine if own else ~mine)).rowcount
        later = articles.alias("later")
        place = tuple_(later.c.extracted_at, later.c.extractor)
        is_last = ~exists().where(later.c.capture_id == a.capture_id, place > tuple_(a.extracted_at, a.extractor))
        connection.execute(update(articles).where(of_these).values(latest=is_last))
        # Captures have the verdict of their latest reading.
        verdict = select(a.verdict).where(a.capture_id == c.id, a.latest.is_(True)).scalar_subquery()
        connection.execute(update(captures).where(c.id.in_(ids)).values(verdict=verdict))
        return dropped

    def twice(self, *, site: str | None = None) -> Iterator[tuple[Capture, Extraction, Extraction]]:
        """Captures of which several readings are kept, with the one before the latest, and the latest; by capture."""
        before, later = articles.alias("before"), articles.alias("later")
        # The newest of those that are not the latest.
        is_next = ~exists().where(
            later.c.capture_id == before.c.capture_id,
            later.c.latest.is_(False),
            tuple_(later.c.extracted_at, later.c.extractor) > tuple_(before.c.extracted_at, before.c.extractor),
        )
        statement = (
            select_captures()
            .add_columns(a.body.label("now"), before.c.body.label("then"))
            .join(articles, and_(a.capture_id == c.id, a.latest.is_(True)))
            .join(before, and_(before.c.capture_id == c.id, before.c.latest.is_(False), is_next))
            .where(*equal((c.site, site)))
        )

        def read(connection: Connection, some: Select[Any]) -> list[tuple[int, Capture, Extraction, Extraction]]:
            return [
                (row["id"], CAPTURE.read(row), extraction_of(row["then"]), extraction_of(row["now"]))
                for row in connection.execute(some).mappings()
            ]

        found = self._pages(statement, (c.id,), read, lambda each: (each[0],), sizes=(BATCH, BATCH))
        return (each[1:] for each in found)

    @reads
    def rates(self, connection: Connection, site: str | None = None) -> list[DayRate]:
        """How reading went, by site and day of capture (UTC), oldest first."""
        day, article = day_number(a.captured_at), a.verdict == Verdict.ARTICLE.value

        def count(*verdicts: Verdict) -> ColumnElement[int]:
            return func.count().filter(a.verdict.in_([verdict.value for verdict in verdicts]))

        statement = (
            select(
                a.site,
                day,
                func.count(),
                count(Verdict.ARTICLE),
                count(Verdict.EMPTY, Verdict.TRUNCATED),
                count(Verdict.BLOCKED, Verdict.PAYWALL, Verdict.CONSENT),
                count(Verdict.ERROR, Verdict.SOFT_404),
                func.coalesce(func.sum(a.word_count), 0),
                func.count().filter(article, a.title.is_not(None)),
                func.count().filter(article, a.published_at.is_not(None)),
            )
            .where(a.latest.is_(True), *equal((a.site, site)))
            .group_by(a.site, day)
            .order_by(day, a.site)
        )
        return [
            DayRate(str(name), day_of(number), *map(int, numbers))
            for name, number, *numbers in connection.execute(statement)
        ]


def _is_page() -> ColumnElement[bool]:
    return and_(c.kind == "page", c.record_type.in_(("response", "revisit")))


def _unread_by(extractor: Extractor) -> tuple[ColumnElement[bool], ...]:
    return _is_page(), ~exists().where(a.capture_id == c.id, a.extractor == str(extractor))


def _of(site: str | None, file: str | None) -> list[ColumnElement[bool]]:
    of_site = equal((c.site, site))
    return of_site if file is None else [*of_site, is_in_file(c.file_id, file)]
