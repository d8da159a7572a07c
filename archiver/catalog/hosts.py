"""Hosts that asked to be left alone for a while. Every run of the archive honours it, whatever its site."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from archiver.catalog.database import Database
from archiver.catalog.schema import hosts
from archiver.catalog.sql import insert, tidy
from archiver.model.instant import from_micros, micros


class Hosts:
    """The table of hosts that are held back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, host: str, *, until: datetime, reason: str) -> None:
        """Leave a host alone until an instant; a later one that is known already stays."""
        self._database.write(lambda c: _hold(c, host, until=micros(until), reason=reason), durable=False)

    def held(self, now: datetime) -> dict[str, datetime]:
        """The hosts that are held back now, and until when."""
        return self._database.read(lambda c: _held(c, micros(now)))

    def forget(self, *, before: datetime) -> int:
        """Drop what was over before an instant; returns how many hosts."""
        return self._database.write(lambda c: _forget(c, micros(before)), durable=False)


def _hold(connection: Connection, host: str, *, until: int, reason: str) -> None:
    row = tidy({"host": host, "held_until": until, "reason": reason})
    statement = insert(connection, hosts).values(row)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["host"],
            set_={"held_until": new.held_until, "reason": new.reason},
            where=hosts.c.held_until < new.held_until,
        )
    )


def _held(connection: Connection, now: int) -> dict[str, datetime]:
    statement = select(hosts.c.host, hosts.c.held_until).where(hosts.c.held_until > now)
    return {host: from_micros(until) for host, until in connection.execute(statement)}


def _forget(connection: Connection, before: int) -> int:
    return connection.execute(delete(hosts).where(hosts.c.held_until < before)).rowcount
