"""Hosts that asked to be left alone for a while. Every run of the archive honours it, whatever its site."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from archiver.catalog.repository import Repository, reads, writes_lightly
from archiver.catalog.schema import hosts
from archiver.catalog.sql import upsert
from archiver.model.instant import from_micros, micros

c = hosts.c


class HostBackoffs(Repository):
    """The table of hosts that are left alone."""

    @writes_lightly
    def put(self, connection: Connection, host: str, *, until: datetime, reason: str) -> None:
        """Leave a host alone until an instant; a later one that is known already stays."""
        row = {"host": host, "held_until": micros(until), "reason": reason}
        upsert(connection, hosts, [row], where=c.held_until < micros(until))

    @reads
    def active(self, connection: Connection, now: datetime) -> dict[str, datetime]:
        """The hosts that are left alone now, and until when."""
        statement = select(c.host, c.held_until).where(c.held_until > micros(now))
        return {host: from_micros(until) for host, until in connection.execute(statement)}

    @writes_lightly
    def forget(self, connection: Connection, *, before: datetime) -> int:
        """Drop what was over before an instant; returns how many hosts."""
        return connection.execute(delete(hosts).where(c.held_until < micros(before))).rowcount
