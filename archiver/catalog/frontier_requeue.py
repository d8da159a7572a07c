"""What it means for a URL that is known already to be named again: nothing, for most; a look before its time, where a source
says that it has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from archiver.catalog.frontier_entry import STATE, FrontierEntry, FrontierState, new_row
from archiver.catalog.schema import frontier
from archiver.catalog.sql import Row, batched, update_each
from archiver.model.capture import Kind
from archiver.model.instant import micros

c = frontier.c
_OF_THE_PAGE = ("url", "kind", "via", "hop", "depth", "rank", "request", "published_at")
Place = tuple[str, str]
"""Site and key of a row."""


def is_free(now: datetime) -> ColumnElement[bool]:
    """A row is not leased, or its lease has ended."""
    return or_(c.lease_until.is_(None), c.lease_until <= micros(now))


def change_rows(connection: Connection, rows: Sequence[Row]) -> int:
    """Give the rows of these sites and keys the other columns' values, which all of them name; returns how many."""
    update_each(connection, frontier, rows, keys=("site", "key"))
    return len(rows)


def requeue_known(
    connection: Connection, entries: Sequence[FrontierEntry], *, now: datetime, stale_before: datetime | None
) -> int:
    """Look at requisites that are known already; returns how many are due again.

    One that a page needs again is due when it was last fetched before ``stale_before``. One that is now linked to as a
    page becomes a page.
    """
    named = {(entry.site, entry.key): entry for entry in entries if entry.kind in {Kind.PAGE, Kind.REQUISITE}}
    wake: list[Row] = []
    promote: list[Row] = []
    for row in _rows(connection, named, c.kind == Kind.REQUISITE.value, is_free(now)):
        entry = named[row["site"], row["key"]]
        due = {"site": entry.site, "key": entry.key, "due_at": micros(now), "attempts": 0}
        if entry.kind is Kind.PAGE:
            columns = new_row(entry)
            promote.append(due | {name: columns[name] for name in _OF_THE_PAGE})
        elif row["due_at"] is None and row["last_at"] is not None and stale_before is not None:
            wake += [due] * (row["last_at"] <= micros(stale_before))
    return change_rows(connection, wake) + change_rows(connection, promote)


def wake_changed(
    connection: Connection,
    entries: Sequence[FrontierEntry],
    *,
    now: datetime,
    wakes: Callable[[FrontierState, datetime], bool],
) -> int:
    """Make known pages and sources due of which ``wakes`` believes that they were changed since they were last fetched;
    returns how many."""
    changed = {(e.site, e.key): e.modified_at for e in entries if e.modified_at is not None}
    is_seen = (c.kind.in_((Kind.PAGE.value, Kind.SOURCE.value)), c.last_at.is_not(None), is_free(now))
    found = _rows(connection, changed, *is_seen, or_(c.due_at.is_(None), c.due_at > micros(now)))
    return _make_due(
        connection, [row for row in found if wakes(STATE.read(row), changed[row["site"], row["key"]])], now
    )


def renew_unfetched(connection: Connection, entries: Sequence[FrontierEntry], *, now: datetime) -> int:
    """Make those of the entries that were never fetched, and have been due, due from now; returns how many."""
    places = ((entry.site, entry.key) for entry in entries)
    waiting = _rows(connection, places, c.last_at.is_(None), c.due_at <= micros(now), is_free(now))
    return _make_due(connection, list(waiting), now)


def _make_due(connection: Connection, rows: Sequence[Row], now: datetime) -> int:
    due = [{"site": row["site"], "key": row["key"], "due_at": micros(now)} for row in rows]
    return change_rows(connection, due)


def _rows(connection: Connection, places: Iterable[Place], *conditions: ColumnElement[bool]) -> Iterator[Row]:
    """The rows at these sites and keys that meet some conditions."""
    by_site: dict[str, list[str]] = {}
    for site, key in places:
        by_site.setdefault(site, []).append(key)
    for site, keys in by_site.items():
        for some in batched(keys):
            statement = select(frontier).where(c.site == site, c.key.in_(some), *conditions)
            yield from connection.execute(statement).mappings()
