"""Access rules in the catalogue: what is in force now. Each comes of a journal entry, and is taken back by another."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from archiver.catalog import access_views as lens
from archiver.catalog.database import Database
from archiver.catalog.schema import access_rules
from archiver.catalog.sql import insert_new, optional_micros, tidy, to_json
from archiver.model.access import Access, AccessRule, Match
from archiver.model.instant import Clock, micros
from archiver.model.record import RecordRef


class AccessRules:
    """The table of rules."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, rule: AccessRule) -> bool:
        """Put a rule in force; False when it is already."""
        return self._database.write(lambda c: _add(c, rule))

    def remove(self, rule_id: str) -> bool:
        """Take a rule back; False when there is none of that id."""
        return self._database.write(
            lambda c: c.execute(delete(access_rules).where(access_rules.c.id == rule_id)).rowcount > 0
        )

    def find(self) -> list[AccessRule]:
        """All rules in force, oldest first."""
        return self._database.read(_all)

    def get(self, rule_id: str) -> AccessRule | None:
        """One rule."""
        return next((rule for rule in self.find() if rule.id == rule_id), None)

    def of_record(self, ref: RecordRef) -> Access:
        """What the rules say of the capture whose record lies there."""
        return self._database.read(lambda c: lens.of_record(c, ref, now=micros(self._clock.now())))

    def of_url(self, surt: str, at: datetime) -> tuple[Access, AccessRule | None]:
        """What the rules say of a capture with this SURT at this time, and the rule that says it, if one does."""
        access, body = self._database.read(lambda c: lens.of_url(c, surt, micros(at), now=micros(self._clock.now())))
        return access, _rule(body) if body else None


def _add(connection: Connection, rule: AccessRule) -> bool:
    rows = [
        tidy(
            {
                "id": rule.id,
                "part": part,
                "low": low,
                "high": high,
                "exact": int(rule.match is Match.EXACT),
                "access": rule.access.value,
                "since": optional_micros(rule.since),
                "until": optional_micros(rule.until),
                "newer": _micros(rule.newer),
                "older": _micros(rule.older),
                "body": to_json(rule.as_json()),
            }
        )
        for part, (low, high) in enumerate(rule.ranges)
    ]
    return insert_new(connection, access_rules, rows=rows) > 0


def _all(connection: Connection) -> list[AccessRule]:
    statement = select(access_rules.c.body).where(access_rules.c.part == 0).order_by(access_rules.c.id)
    return [_rule(body) for body in connection.execute(statement).scalars()]


def _rule(body: str) -> AccessRule:
    told = json.loads(body)
    return AccessRule.from_json(told["id"], told)


def _micros(age: timedelta | None) -> int | None:
    return None if age is None else age // timedelta(microseconds=1)
