"""How well reading goes, by site and day: what a site that was rebuilt shows in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select
from sqlalchemy.sql.elements import ColumnElement

from archiver.catalog.schema import articles
from archiver.model.capture import Verdict
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

    def as_json(self) -> dict[str, object]:
        """A line of ``archiver extract --rates --json``."""
        numbers = ("pages", "articles", "empty", "blocked", "errors", "words", "titled", "dated")
        return {
            "site": self.site,
            "day": f"{self.day:%Y-%m-%d}",
            **{name: getattr(self, name) for name in numbers},
            "rate": round(self.rate, 4),
        }


def rates(connection: Connection, site: str | None, *, since: datetime | None, until: datetime | None) -> list[DayRate]:
    """How reading went, by site and day of capture (UTC), oldest first."""
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
