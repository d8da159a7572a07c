"""What it means for a URL that is known already to be named again: nothing, for most; a look before its time, where a source says that it has
changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, or_, select, update

from archiver.catalog.frontier_row import FrontierEntry, FrontierState, row_of, state_of
from archiver.catalog.schema import frontier
from archiver.catalog.sql import optional_micros, tidy
from archiver.model.capture import Kind
from archiver.model.instant import micros

CHUNK = 500
"""Keys of one look."""
_OF_THE_PAGE = ("url", "kind", "via", "hop", "depth", "rank", "request", "published_at")


def requeue_known(
    connection: Connection, entries: Sequence[FrontierEntry], *, now: datetime, stale_before: datetime | None
) -> int:
    """Look at requisites that are known already; returns how many are due again.

    One that a page needs again is due when it was last fetched before ``stale_before``. One that is now linked to as a
    page becomes a page.
    """
    at = micros(now)
    stale = optional_micros(stale_before)
    named = {(entry.site, entry.key): entry for entry in entries if entry.kind in {Kind.PAGE, Kind.REQUISITE}}
    wake: list[dict[str, Any]] = []
    promote: list[dict[str, Any]] = []
    for row in _requisites(connection, named.values()):
        entry = named[row["site"], row["key"]]
        if row["lease_until"] is not None and row["lease_until"] > at:
            continue
        where = {"of_site": entry.site, "of_key": entry.key, "new_due": at}
        if entry.kind is Kind.PAGE:
            columns = row_of(entry)
            promote.append({**where, **{f"new_{name}": columns[name] for name in _OF_THE_PAGE}})
        elif row["due_at"] is None and stale is not None and row["last_at"] is not None and row["last_at"] <= stale:
            wake.append(where)
    mine = (frontier.c.site == bindparam("of_site"), frontier.c.key == bindparam("of_key"))
    if wake:
        connection.execute(update(frontier).where(*mine).values(due_at=bindparam("new_due"), attempts=0), wake)
    if promote:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _OF_THE_PAGE}
        statement = update(frontier).where(*mine).values(due_at=bindparam("new_due"), attempts=0, **values)
        connection.execute(statement, [tidy(row) for row in promote])
    return len(wake) + len(promote)


def wake_changed(
    connection: Connection,
    entries: Sequence[FrontierEntry],
    *,
    now: datetime,
    wakes: Callable[[FrontierState, datetime], bool],
) -> int:
    """Make known pages and sources due of which ``wakes`` believes that they were changed since they were last fetched; returns
    how many."""
    told = {(e.site, e.key): e.modified_at for e in entries if e.modified_at is not None}
    at = micros(now)
    wake: list[tuple[str, str]] = []
    c = frontier.c
    kinds = c.kind.in_((Kind.PAGE.value, Kind.SOURCE.value))
    for row in _rows(connection, told, and_(kinds, c.last_at.is_not(None), or_(c.due_at.is_(None), c.due_at > at))):
        place = row["site"], row["key"]
        if (row["lease_until"] is None or row["lease_until"] <= at) and wakes(state_of(row), told[place]):
            wake.append(place)
    return _make_due(connection, wake, at)


def renew_unfetched(connection: Connection, entries: Sequence[FrontierEntry], *, now: datetime) -> int:
    """Make those of the entries that were never fetched, and have been due, due from now; returns how many."""
    c, at = frontier.c, micros(now)
    waiting = and_(c.last_at.is_(None), c.due_at <= at, or_(c.lease_until.is_(None), c.lease_until <= at))
    found = _rows(connection, [(e.site, e.key) for e in entries], waiting)
    return _make_due(connection, [(row["site"], row["key"]) for row in found], at)


def _make_due(connection: Connection, places: Sequence[tuple[str, str]], at: int) -> int:
    """Make the rows at these sites and keys due; returns how many."""
    if places:
        mine = (frontier.c.site == bindparam("of_site"), frontier.c.key == bindparam("of_key"))
        rows = [{"of_site": site, "of_key": key} for site, key in places]
        connection.execute(update(frontier).where(*mine).values(due_at=at), rows)
    return len(places)


def _requisites(connection: Connection, entries: Iterable[FrontierEntry]) -> Iterator[RowMapping]:
    """Those of the entries whose rows are requisites."""
    places = [(entry.site, entry.key) for entry in entries]
    return _rows(connection, places, frontier.c.kind == Kind.REQUISITE.value)


def _rows(
    connection: Connection, places: Iterable[tuple[str, str]], condition: ColumnElement[bool]
) -> Iterator[RowMapping]:
    """The rows at these sites and keys that meet a condition."""
    c = frontier.c
    by_site: dict[str, list[str]] = {}
    for site, key in places:
        by_site.setdefault(site, []).append(key)
    for site, keys in by_site.items():
        for start in range(0, len(keys), CHUNK):
            some = c.key.in_(keys[start : start + CHUNK])
            yield from connection.execute(select(frontier).where(c.site == site, some, condition)).mappings()
