"""What a site's own sources listed: every URL of every feed, sitemap and front, also those that were never to be fetched.

Written when a source is read, and again by ``archiver rebuild`` from the captures of the sources. Of one page (one key) the
earliest listing stays, whichever comes first; a title or date that it lacks is taken from the first other that has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, case, func, or_, select, tuple_

from archiver.catalog.database import Database
from archiver.catalog.frontier_row import FrontierState, state_of
from archiver.catalog.schema import captures, frontier, listings
from archiver.catalog.sql import insert, optional_instant, optional_micros, tidy
from archiver.model.capture import Kind, Verdict
from archiver.model.instant import from_micros, micros
from archiver.model.record import RecordType

BATCH = 1_000
"""Rows of one transaction, so that no other writer waits long."""
PAGE = 500
"""Rows of one reading; their SURTs go into one statement."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A URL that a site's source listed: ``key`` as in the frontier, ``url`` as it was first written, ``source`` where,
    ``first_at`` the instant of that source's capture, ``title`` and ``published_at`` what it says of the page. ``in_scope`` says whether it was to be fetched."""

    site: str
    key: str
    url: str
    first_at: datetime
    source: str
    in_scope: bool
    published_at: datetime | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A listing, and the frontier's row of its page if there is one."""

    listing: Listing
    state: FrontierState | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a capture says of whether its page is held."""

    surt: str
    at: datetime
    status: int | None
    kind: Kind
    verdict: Verdict | None
    truncated: bool
    size: int | None
    redirect: str | None
    record_type: RecordType = RecordType.RESPONSE


class Listings:
    """The table of listings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rows: Sequence[Listing]) -> None:
        """Add listings; of one key the earliest is kept. May be said again."""
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            self._database.write(lambda c, some=some: _add(c, some), durable=False)  # type: ignore[misc]

    def get(self, site: str, key: str) -> Listing | None:
        """One listing."""
        return self._database.read(lambda c: _get(c, site, key))

    def find(self, site: str, *, since: datetime | None = None, before: datetime | None = None) -> Iterator[Listed]:
        """The listings of a site in the order in which they were first made, from ``since`` until before ``before``."""
        place: tuple[int, str] | None = None
        while True:
            page = self._database.read(lambda c, p=place: _page(c, site, since=since, before=before, place=p))  # type: ignore[misc]
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1].listing
            place = (micros(last.first_at), last.key)

    def one(self, site: str, key: str) -> Listed | None:
        """One listing with its frontier row."""
        return self._database.read(lambda c: _one(c, site, key))

    def answers(self, surts: Sequence[str]) -> list[Answer]:
        """What was captured of URLs, newest first."""
        found: list[Answer] = []
        for start in range(0, len(surts), PAGE):
            some = surts[start : start + PAGE]
            found += self._database.read(lambda c, some=some: _answers(c, some))  # type: ignore[misc]
        return found

    def span(self, site: str) -> tuple[datetime, datetime] | None:
        """The first and the last listing of a site; None where nothing was listed."""
        return self._database.read(lambda c: _span(c, site))

    def sites(self) -> list[str]:
        """The sites whose sources have listed anything."""
        return self._database.read(lambda c: sorted(c.execute(select(listings.c.site).distinct()).scalars()))


def _add(connection: Connection, rows: Sequence[Listing]) -> None:
    statement = insert(connection, listings)
    new, c = statement.excluded, listings.c
    earlier = new.first_at < c.first_at
    values: dict[str, Any] = {
        name: case((earlier, new[name]), else_=c[name]) for name in ("url", "first_at", "source", "in_scope")
    }
    said = ("published_at", "title")
    values |= {
        name: case((earlier, func.coalesce(new[name], c[name])), else_=func.coalesce(c[name], new[name]))
        for name in said
    }
    says_more = or_(*(and_(c[name].is_(None), new[name].is_not(None)) for name in said))
    # What says nothing new is not written again: a feed names its entries at every look.
    statement = statement.on_conflict_do_update(
        index_elements=["site", "key"], set_=values, where=or_(earlier, says_more)
    )
    connection.execute(statement, [tidy(_row(row)) for row in rows])


def _row(listing: Listing) -> dict[str, Any]:
    return {
        "site": listing.site,
        "key": listing.key,
        "url": listing.url,
        "first_at": micros(listing.first_at),
        "source": listing.source,
        "in_scope": listing.in_scope,
        "published_at": optional_micros(listing.published_at),
        "title": listing.title,
    }


def _of(row: RowMapping | dict[str, Any]) -> Listing:
    return Listing(
        site=row["site"],
        key=row["key"],
        url=row["url"],
        first_at=from_micros(row["first_at"]),
        source=row["source"],
        in_scope=bool(row["in_scope"]),
        published_at=optional_instant(row["published_at"]),
        title=row["title"],
    )


def _get(connection: Connection, site: str, key: str) -> Listing | None:
    where = and_(listings.c.site == site, listings.c.key == key)
    row = connection.execute(select(listings).where(where)).mappings().first()
    return _of(row) if row else None


def _with_frontier() -> Any:
    """Listings with their frontier rows, whose columns are prefixed."""
    both = listings.outerjoin(frontier, and_(frontier.c.site == listings.c.site, frontier.c.key == listings.c.key))
    return select(*listings.c, *(column.label(f"of_{column.name}") for column in frontier.c)).select_from(both)


def _listed(row: RowMapping) -> Listed:
    state: Any = {column.name: row[f"of_{column.name}"] for column in frontier.c}
    return Listed(_of(row), state_of(state) if state["key"] is not None else None)


def _one(connection: Connection, site: str, key: str) -> Listed | None:
    statement = _with_frontier().where(listings.c.site == site, listings.c.key == key)
    row = connection.execute(statement).mappings().first()
    return _listed(row) if row else None


def _page(
    connection: Connection,
    site: str,
    *,
    since: datetime | None,
    before: datetime | None,
    place: tuple[int, str] | None,
) -> list[Listed]:
    c = listings.c
    statement = _with_frontier().where(c.site == site).order_by(c.first_at, c.key).limit(PAGE)
    if since is not None:
        statement = statement.where(c.first_at >= micros(since))
    if before is not None:
        statement = statement.where(c.first_at < micros(before))
    if place is not None:
        statement = statement.where(tuple_(c.first_at, c.key) > tuple_(*place))
    return [_listed(row) for row in connection.execute(statement).mappings()]


def _answers(connection: Connection, surts: Sequence[str]) -> list[Answer]:
    c = captures.c
    statement = (
        select(c.surt, c.at, c.status, c.kind, c.verdict, c.truncated, c.payload_length, c.redirect, c.record_type)
        .where(c.surt.in_(surts))
        .order_by(c.surt, c.at.desc())
    )
    return [
        Answer(
            surt=row.surt,
            at=from_micros(row.at),
            status=row.status,
            kind=Kind(row.kind),
            verdict=Verdict(row.verdict) if row.verdict else None,
            truncated=row.truncated is not None,
            size=row.payload_length,
            redirect=row.redirect,
            record_type=RecordType(row.record_type),
        )
        for row in connection.execute(statement)
    ]


def _span(connection: Connection, site: str) -> tuple[datetime, datetime] | None:
    c = listings.c
    # Two statements: each is one step into the index, where one with both would read all of it.
    ends = [
        connection.execute(select(c.first_at).where(c.site == site).order_by(order).limit(1)).scalar()
        for order in (c.first_at, c.first_at.desc())
    ]
    return (from_micros(ends[0]), from_micros(ends[1])) if ends[0] is not None and ends[1] is not None else None
