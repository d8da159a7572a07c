"""Access rules in the catalogue: what is in force now. Each was made by a journal entry, and is removed by another."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from archiver.catalog import access_views
from archiver.catalog.database import Database
from archiver.catalog.repository import Repository, reads, writes
from archiver.catalog.schema import access_rules
from archiver.catalog.sql import insert_new, optional_micros, to_json
from archiver.model.access import Access, AccessRule, Match
from archiver.model.instant import Clock, micros
from archiver.model.record import RecordRef

c = access_rules.c


class AccessRules(Repository):
    """The table of rules."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock

    @writes
    def add(self, connection: Connection, rule: AccessRule) -> bool:
        """Put a rule in force; False when it is already."""
        whole = {
            "id": rule.id,
            "exact": int(rule.match is Match.EXACT),
            "access": rule.access.value,
            "since": optional_micros(rule.since),
            "until": optional_micros(rule.until),
            "newer": _micros(rule.newer),
            "older": _micros(rule.older),
            "body": to_json(rule.as_json()),
        }
        parts = [whole | {"part": part, "low": low, "high": high} for part, (low, high) in enumerate(rule.ranges)]
        return insert_new(connection, access_rules, parts) > 0

    @writes
    def remove(self, connection: Connection, rule_id: str) -> bool:
        """Remove a rule; False when there is none of that id."""
        return connection.execute(delete(access_rules).where(c.id == rule_id)).rowcount > 0

    @reads
    def find(self, connection: Connection) -> list[AccessRule]:
        """All rules in force, oldest first."""
        statement = select(c.body).where(c.part == 0).order_by(c.id)
        return [_rule(body) for body in connection.execute(statement).scalars()]

    def get(self, rule_id: str) -> AccessRule | None:
        """One rule."""
        return next((rule for rule in self.find() if rule.id == rule_id), None)

    @reads
    def of_record(self, connection: Connection, ref: RecordRef) -> Access:
        """What may be done with the capture whose record is there."""
        return access_views.of_record(connection, ref, now=micros(self._clock.now()))

    @reads
    def of_url(self, connection: Connection, surt: str, at: datetime) -> tuple[Access, AccessRule | None]:
        """What may be done with a capture of this SURT and time, and the rule that decides, if one does."""
        access, body = access_views.of_url(connection, surt, micros(at), now=micros(self._clock.now()))
        return access, _rule(body) if body else None


def _rule(body: str) -> AccessRule:
    read = json.loads(body)
    return AccessRule.from_json(read["id"], read)


def _micros(age: timedelta | None) -> int | None:
    return None if age is None else age // timedelta(microseconds=1)
