"""The journal: what people and schedules decided, one entry each, until and after it lies in the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
from ulid import ULID

from archiver.catalog.database import Database
from archiver.catalog.repository import Repository, reads, writes
from archiver.catalog.row_map import CUT, RowMap
from archiver.catalog.schema import journal
from archiver.catalog.sql import equal, insert_new, to_json, upsert
from archiver.model.instant import Clock, cut

c = journal.c


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One decision or event. ``id`` is a ULID; ``kind`` names what ``body``, a JSON object, is about."""

    id: str
    at: datetime
    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    stored: bool = False


ENTRY = RowMap(JournalEntry, codecs={"at": CUT})


class Journal(Repository):
    """The table of journal entries. Entries are added, never changed."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock

    def record(self, kind: str, body: Mapping[str, Any]) -> JournalEntry:
        """Write down what was decided now."""
        entry = self.draft(kind, body)
        self.append(entry)
        return entry

    def draft(self, kind: str, body: Mapping[str, Any]) -> JournalEntry:
        """An entry of now, to be written with the change that it describes in one transaction."""
        at = cut(self._clock.now())
        return JournalEntry(str(ULID.from_datetime(at)), at, kind, body)

    @writes
    def append(self, connection: Connection, entry: JournalEntry) -> bool:
        """Add an entry; one that is there already stays as it is. Returns whether it was new."""
        return append_entry(connection, entry)

    @writes
    def put_back(self, connection: Connection, entry: JournalEntry) -> None:
        """**For repair only**: an entry as its object in the store has it."""
        upsert(connection, journal, [ENTRY.write(entry)])

    @reads
    def get(self, connection: Connection, entry_id: str) -> JournalEntry | None:
        """One entry."""
        return ENTRY.first(connection, select(journal).where(c.id == entry_id))

    def find(
        self, kind: str | None = None, *, stored: bool | None = None, after: str | None = None
    ) -> Iterator[JournalEntry]:
        """Entries in order of their ids, which is that of time; ``after`` goes on behind an id."""
        statement = select(journal).where(*equal((c.kind, kind), (c.stored, stored)))
        place = None if after is None else (after,)
        return self._pages(statement, (c.id,), ENTRY.all, lambda entry: (entry.id,), after=place)

    @reads
    def latest(self, connection: Connection, /, kind: str, **facts: str) -> JournalEntry | None:
        """The newest entry of a kind whose body has these texts."""
        statement = select(journal).where(c.kind == kind).order_by(c.id.desc())
        for name, value in facts.items():
            # Bodies are canonical JSON: this finds every fit, and what else it finds is looked at below.
            statement = statement.where(c.body.contains(to_json({name: value})[1:-1], autoescape=True))
        with connection.execute(statement).mappings() as rows:
            entries = (ENTRY.read(row) for row in rows)
            return next((e for e in entries if all(e.body.get(name) == value for name, value in facts.items())), None)

    @writes
    def stored(self, connection: Connection, entry_id: str) -> None:
        """The entry lies in the store."""
        connection.execute(update(journal).where(c.id == entry_id).values(stored=True))


def append_entry(connection: Connection, entry: JournalEntry) -> bool:
    """Add an entry in the transaction of another change; whether it was new."""
    return insert_new(connection, journal, [ENTRY.write(entry)]) == 1
