"""The journal: what people and schedules decided, one entry each, until and after it lies in the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update
from ulid import ULID

from archiver.catalog.database import Database
from archiver.catalog.schema import journal
from archiver.catalog.sql import insert_new, to_json, upsert
from archiver.model.instant import Clock, cut, from_micros, micros

PAGE = 500


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One decision or event. ``id`` is a ULID; ``kind`` names what ``body``, a JSON object, is about."""

    id: str
    at: datetime
    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    stored: bool = False


class Journal:
    """The table of journal entries. Entries are added, never changed."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(self, kind: str, body: Mapping[str, Any]) -> JournalEntry:
        """Write down what was decided now."""
        entry = self.draft(kind, body)
        self.append(entry)
        return entry

    def draft(self, kind: str, body: Mapping[str, Any]) -> JournalEntry:
        """An entry of now that is written with the change that it tells of, in one transaction."""
        at = cut(self._clock.now())
        return JournalEntry(str(ULID.from_datetime(at)), at, kind, body)

    def append(self, entry: JournalEntry) -> bool:
        """Add an entry; one that is there already stays as it is. Returns whether it was new."""
        return self._database.write(lambda c: append_entry(c, entry))

    def put_back(self, entry: JournalEntry) -> None:
        """**For repair only**: an entry as its object in the store has it."""
        self._database.write(lambda c: _put_back(c, entry))

    def get(self, entry_id: str) -> JournalEntry | None:
        """One entry."""
        return self._database.read(lambda c: _get(c, entry_id))

    def find(
        self, kind: str | None = None, *, stored: bool | None = None, after: str | None = None
    ) -> Iterator[JournalEntry]:
        """Entries in order of their ids, which is that of time; ``after`` goes on behind an id."""
        while True:
            page = self._database.read(lambda c, a=after: _page(c, kind, stored=stored, after=a))  # type: ignore[misc]
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].id

    def latest(self, kind: str, **facts: str) -> JournalEntry | None:
        """The newest entry of a kind whose body has these texts."""
        return self._database.read(lambda c: _latest(c, kind, facts))

    def stored(self, entry_id: str) -> None:
        """The entry lies in the store."""
        self._database.write(lambda c: _stored(c, entry_id))


def append_entry(connection: Connection, entry: JournalEntry) -> bool:
    """Add an entry in the transaction of another change; whether it was new."""
    return insert_new(connection, journal, rows=[_row(entry)]) == 1


def _put_back(connection: Connection, entry: JournalEntry) -> None:
    upsert(connection, journal, row=_row(entry))


def _row(entry: JournalEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": micros(cut(entry.at)),
        "kind": entry.kind,
        "body": to_json(dict(entry.body)),
        "stored": entry.stored,
    }


def _get(connection: Connection, entry_id: str) -> JournalEntry | None:
    row = connection.execute(select(journal).where(journal.c.id == entry_id)).mappings().first()
    return _entry(row) if row else None


def _page(connection: Connection, kind: str | None, *, stored: bool | None, after: str | None) -> list[JournalEntry]:
    statement = select(journal).order_by(journal.c.id).limit(PAGE)
    if kind is not None:
        statement = statement.where(journal.c.kind == kind)
    if stored is not None:
        statement = statement.where(journal.c.stored.is_(stored))
    if after is not None:
        statement = statement.where(journal.c.id > after)
    return [_entry(row) for row in connection.execute(statement).mappings()]


def _latest(connection: Connection, kind: str, facts: Mapping[str, str]) -> JournalEntry | None:
    statement = select(journal).where(journal.c.kind == kind).order_by(journal.c.id.desc())
    for name, value in facts.items():
        # Bodies are canonical JSON: this finds every fit, and what else it finds is looked at below.
        statement = statement.where(journal.c.body.contains(to_json({name: value})[1:-1], autoescape=True))
    with connection.execute(statement).mappings() as rows:
        entries = (_entry(row) for row in rows)
        return next((e for e in entries if all(e.body.get(name) == value for name, value in facts.items())), None)


def _stored(connection: Connection, entry_id: str) -> None:
    connection.execute(update(journal).where(journal.c.id == entry_id).values(stored=True))


def _entry(row: RowMapping) -> JournalEntry:
    return JournalEntry(row["id"], from_micros(row["at"]), row["kind"], json.loads(row["body"]), bool(row["stored"]))
