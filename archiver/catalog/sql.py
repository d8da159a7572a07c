"""Small helpers that the statements share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from archiver.model.instant import from_micros, micros

Row = Mapping[str, Any]


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, which both databases spell the same and SQLAlchemy's own lacks."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_new(connection: Connection, table: Table, *, rows: Sequence[Row]) -> int:
    """Insert the rows whose keys are not there; returns how many were."""
    if not rows:
        return 0
    statement = insert(connection, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return max(0, connection.execute(statement, [tidy(row) for row in rows]).rowcount)


def upsert(connection: Connection, table: Table, *, row: Row) -> None:
    """Insert a row, or give the one with its primary key these values."""
    keys = [column.name for column in table.primary_key.columns]
    statement = insert(connection, table).values(tidy(row))
    changes = {name: statement.excluded[name] for name in row if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))


def tidy(row: Row) -> dict[str, Any]:
    """The row with texts that every database takes: no NUL, no lone surrogate. Headers of strangers hold both."""
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
