"""Statements, conditions and values that the repositories share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from archiver.model.instant import from_micros, micros

T = TypeVar("T")
Row = Mapping[str, Any] | RowMapping

DAY = 86_400_000_000
"""Microseconds of a day."""

CHUNK = 500
"""Values that one statement names."""


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, which both databases spell the same and SQLAlchemy's own lacks."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows whose keys are not there; returns how many were."""
    if not rows:
        return 0
    statement = insert(connection, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return max(0, connection.execute(statement, [tidy(row) for row in rows]).rowcount)


def upsert(
    connection: Connection, table: Table, rows: Sequence[Row], *, where: ColumnElement[bool] | None = None
) -> None:
    """Insert rows, or give those with their primary keys these values, if what is there meets a condition."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    statement = insert(connection, table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=changes, where=where)
    connection.execute(statement, [tidy(row) for row in rows])


def update_each(connection: Connection, table: Table, rows: Sequence[Row], *, keys: Sequence[str]) -> None:
    """Give the rows that have these values in ``keys`` the values of the other columns, which all of them name."""
    if not rows:
        return
    is_it = (table.c[name] == bindparam(f"is_{name}") for name in keys)
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name not in keys}
    given = ({f"{'is' if name in keys else 'new'}_{name}": value for name, value in tidy(row).items()} for row in rows)
    connection.execute(update(table).where(*is_it).values(values), list(given))


def equal(*pairs: tuple[ColumnElement[Any], object]) -> list[ColumnElement[bool]]:
    """Each column is what stands beside it; None is anything."""
    plain = ((column, str(value) if isinstance(value, StrEnum) else value) for column, value in pairs)
    return [column == value for column, value in plain if value is not None]


def within(
    column: ColumnElement[int], since: datetime | None, until: datetime | None = None
) -> list[ColumnElement[bool]]:
    """A column of instants lies between two, both included; None is no bound."""
    low = [] if since is None else [column >= micros(since)]
    return low if until is None else [*low, column <= micros(until)]


def batched(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """``values`` in pieces of at most ``size``."""
    return (values[start : start + size] for start in range(0, len(values), size))


def tidy(row: Row) -> dict[str, Any]:
    """The row with texts that every database takes: no NUL, no lone surrogate. Headers from the web contain both."""
    return {name: _text(value) if type(value) is str else value for name, value in row.items()}


def _text(value: str) -> str:
    if "\0" in value:
        value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode()
    return value


def optional_micros(at: datetime | None) -> int | None:
    """``micros`` of a time that may be unknown."""
    return None if at is None else micros(at)


def optional_instant(value: int | None) -> datetime | None:
    """``from_micros`` of a time that may be unknown."""
    return None if value is None else from_micros(value)


def to_json(value: object) -> str:
    """Canonical JSON: one value has one spelling."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def after_prefix(prefix: str) -> str | None:
    """The first text after all that begin with ``prefix``, by code point; None when there is no end."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            return prefix[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
        prefix = prefix[:-1]
    return None


def day_number(instants: ColumnElement[int]) -> ColumnElement[int]:
    """The day (UTC) of a column of instants, as ``day_of`` reads it."""
    return instants // DAY


def day_of(number: int) -> date:
    """The day that lies so many days behind the first of 1970."""
    return from_micros(int(number) * DAY).date()
