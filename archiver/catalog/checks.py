"""Checks: what each object of the store must be, and when its bytes were last read and found sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, func, select

from archiver.catalog.database import Database
from archiver.catalog.schema import checks
from archiver.catalog.sql import after_prefix, insert, insert_new, optional_instant
from archiver.model.instant import from_micros, micros

PAGE = 500


@dataclass(frozen=True, slots=True)
class Check:
    """An object: its size in bytes and SHA-256 (hex), if known, and when it was last found sound (None: not yet)."""

    key: str
    size: int | None
    sha256: str | None
    checked_at: datetime | None


class Checks:
    """The table of checks. It can be thrown away: then everything is due, and what nobody else names is not missed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def expect(self, key: str, *, size: int | None, sha256: str | None) -> None:
        """An object was written. What is known of its key stays."""
        row = {"key": key, "size": size, "sha256": sha256, "checked_at": None}
        self._database.write(lambda c: insert_new(c, checks, rows=[row]), durable=False)

    def sound(self, objects: Sequence[tuple[str, int, str]], *, at: datetime) -> None:
        """These objects (key, size, SHA-256) were read and found sound."""
        rows = [{"key": key, "size": size, "sha256": sha256, "checked_at": micros(at)} for key, size, sha256 in objects]
        if rows:
            self._database.write(lambda c: _put(c, rows), durable=False)

    def get(self, key: str) -> Check | None:
        """What is known of an object."""
        return self._database.read(lambda c: _get(c, key))

    def find(self, prefix: str = "") -> Iterator[Check]:
        """What is known of the objects below a prefix, by key."""
        after = ""
        while True:
            page = self._database.read(lambda c, a=after: _page(c, prefix, after=a))  # type: ignore[misc]
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].key

    def with_bytes(self, sha256: str) -> str | None:
        """The key of an object with these bytes."""
        return self._database.read(lambda c: _with_bytes(c, sha256))

    def oldest(self) -> datetime | None:
        """When the object was checked that was checked longest ago."""
        return self._database.read(_oldest)

    def forget(self, key: str) -> None:
        """An object is gone on purpose."""
        self._database.write(lambda c: c.execute(delete(checks).where(checks.c.key == key)))


def _put(connection: Connection, rows: list[dict[str, object]]) -> None:
    statement = insert(connection, checks)
    changes = {name: statement.excluded[name] for name in ("size", "sha256", "checked_at")}
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changes), rows)


def _get(connection: Connection, key: str) -> Check | None:
    row = connection.execute(select(checks).where(checks.c.key == key)).mappings().first()
    return _check(row) if row else None


def _page(connection: Connection, prefix: str, *, after: str) -> list[Check]:
    statement = select(checks).where(checks.c.key > after, checks.c.key >= prefix).order_by(checks.c.key).limit(PAGE)
    high = after_prefix(prefix)
    if high is not None:
        statement = statement.where(checks.c.key < high)
    return [_check(row) for row in connection.execute(statement).mappings()]


def _with_bytes(connection: Connection, sha256: str) -> str | None:
    found: str | None = connection.execute(select(checks.c.key).where(checks.c.sha256 == sha256).limit(1)).scalar()
    return found


def _oldest(connection: Connection) -> datetime | None:
    found: int | None = connection.execute(select(func.min(checks.c.checked_at))).scalar()
    return None if found is None else from_micros(found)


def _check(row: RowMapping) -> Check:
    return Check(row["key"], row["size"], row["sha256"], optional_instant(row["checked_at"]))
