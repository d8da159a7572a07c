"""Checks: what each object of the store must be, and when its bytes were last read and found sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from archiver.catalog.repository import Repository, reads, writes, writes_lightly
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import checks
from archiver.catalog.sql import after_prefix, insert_new, optional_instant, upsert

c = checks.c


@dataclass(frozen=True, slots=True)
class Check:
    """An object: its size in bytes and SHA-256 (hex), if known, and when it was last found sound (None: not yet)."""

    key: str
    size: int | None
    sha256: str | None
    checked_at: datetime | None


CHECK = RowMap(Check)


class Checks(Repository):
    """The table of checks. It can be thrown away: then everything is due, and what nobody else names is not missed."""

    @writes_lightly
    def expect(self, connection: Connection, key: str, *, size: int | None, sha256: str | None) -> None:
        """An object was written. What is known of its key stays."""
        insert_new(connection, checks, [CHECK.write(Check(key, size, sha256, None))])

    @writes_lightly
    def sound(self, connection: Connection, objects: Sequence[tuple[str, int, str]], *, at: datetime) -> None:
        """These objects (key, size, SHA-256) were read and found sound."""
        upsert(connection, checks, [CHECK.write(Check(*each, at)) for each in objects])

    @reads
    def get(self, connection: Connection, key: str) -> Check | None:
        """What is known of an object."""
        return CHECK.first(connection, select(checks).where(c.key == key))

    def find(self, prefix: str = "") -> Iterator[Check]:
        """What is known of the objects below a prefix, by key."""
        high = after_prefix(prefix)
        below = [c.key >= prefix] if high is None else [c.key >= prefix, c.key < high]
        return self._pages(select(checks).where(*below), (c.key,), CHECK.all, lambda check: (check.key,))

    @reads
    def with_bytes(self, connection: Connection, sha256: str) -> str | None:
        """The key of an object with these bytes."""
        found: str | None = connection.execute(select(c.key).where(c.sha256 == sha256).limit(1)).scalar()
        return found

    @reads
    def oldest(self, connection: Connection) -> datetime | None:
        """When the object was checked that was checked longest ago."""
        return optional_instant(connection.execute(select(func.min(c.checked_at))).scalar())

    @writes
    def forget(self, connection: Connection, key: str) -> None:
        """An object is gone on purpose."""
        connection.execute(delete(checks).where(c.key == key))
