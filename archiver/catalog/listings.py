"""What a site's own sources listed: every URL of every feed, sitemap and front, also those that were never to be fetched.

Written when a source is read, and again by ``archiver rebuild`` from the captures of the sources. Of one page (one key) the
earliest listing stays, whichever comes first; a title or date that it lacks is taken from the first other that has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from archiver.catalog.frontier_entry import STATE, FrontierState
from archiver.catalog.repository import Repository, reads, writes_lightly
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import frontier, listings
from archiver.catalog.sql import Row, batched, insert, tidy, within
from archiver.model.instant import from_micros, micros

c = listings.c
BATCH = 1_000
"""Rows of one transaction, so that no other writer waits long."""
_PAGES = (500, 500)
"""Rows of one reading; whoever reads them asks for all of their captures at once."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A URL that a site's source listed: ``key`` as in the frontier, ``url`` as it was first written, ``source`` where,
    ``first_at`` the instant of that source's capture, ``title`` and ``published_at`` what it gives for the page. ``in_scope``: whether it was to be fetched."""

    site: str
    key: str
    url: str
    first_at: datetime
    source: str
    in_scope: bool
    published_at: datetime | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A listing, and the frontier's row of its page if there is one."""

    listing: Listing
    state: FrontierState | None


LISTING = RowMap(Listing)


class Listings(Repository):
    """The table of listings."""

    def add(self, rows: Sequence[Listing]) -> None:
        """Add listings; of one key the earliest is kept. Adding them again changes nothing."""
        for some in batched(rows, BATCH):
            self._add(some)

    @writes_lightly
    def _add(self, connection: Connection, rows: Sequence[Listing]) -> None:
        statement = insert(connection, listings)
        new = statement.excluded
        earlier = new.first_at < c.first_at
        values: dict[str, Any] = {
            name: case((earlier, new[name]), else_=c[name]) for name in ("url", "first_at", "source", "in_scope")
        }
        facts = ("published_at", "title")
        values |= {
            name: case((earlier, func.coalesce(new[name], c[name])), else_=func.coalesce(c[name], new[name]))
            for name in facts
        }
        has_more = or_(*(and_(c[name].is_(None), new[name].is_not(None)) for name in facts))
        # A row that adds nothing is not written again: a feed lists its entries each time it is read.
        statement = statement.on_conflict_do_update(
            index_elements=["site", "key"], set_=values, where=or_(earlier, has_more)
        )
        connection.execute(statement, [tidy(LISTING.write(row)) for row in rows])

    @reads
    def get(self, connection: Connection, site: str, key: str) -> Listing | None:
        """One listing."""
        return LISTING.first(connection, select(listings).where(c.site == site, c.key == key))

    def find(self, site: str, *, since: datetime | None = None, before: datetime | None = None) -> Iterator[ListedPage]:
        """The listings of a site in the order in which they were first made, from ``since`` until before ``before``."""
        statement = _with_frontier().where(c.site == site, *within(c.first_at, since))
        if before is not None:
            statement = statement.where(c.first_at < micros(before))
        return self._pages(
            statement,
            (c.first_at, c.key),
            _listed,
            lambda page: (micros(page.listing.first_at), page.listing.key),
            sizes=_PAGES,
        )

    @reads
    def one(self, connection: Connection, site: str, key: str) -> ListedPage | None:
        """One listing with its frontier row."""
        found = _listed(connection, _with_frontier().where(c.site == site, c.key == key))
        return found[0] if found else None

    @reads
    def span(self, connection: Connection, site: str) -> tuple[datetime, datetime] | None:
        """The first and the last listing of a site; None where nothing was listed."""
        # Two statements: each is one step into the index, where one with both would read all of it.
        first, last = (
            connection.execute(select(c.first_at).where(c.site == site).order_by(order).limit(1)).scalar()
            for order in (c.first_at.asc(), c.first_at.desc())
        )
        return (from_micros(first), from_micros(last)) if first is not None and last is not None else None

    @reads
    def sites(self, connection: Connection) -> list[str]:
        """The sites whose sources have listed anything."""
        return sorted(connection.execute(select(c.site).distinct()).scalars())


def _with_frontier() -> Select[Any]:
    """Listings with their frontier rows, whose columns are prefixed."""
    both = listings.outerjoin(frontier, and_(frontier.c.site == c.site, frontier.c.key == c.key))
    return select(*c, *(column.label(f"of_{column.name}") for column in frontier.c)).select_from(both)


def _listed(connection: Connection, statement: Select[Any]) -> list[ListedPage]:
    def state(row: Row) -> FrontierState | None:
        return STATE.read(row, prefix="of_") if row["of_key"] is not None else None

    return [ListedPage(LISTING.read(row), state(row)) for row in connection.execute(statement).mappings()]
