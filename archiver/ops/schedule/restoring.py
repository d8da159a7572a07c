"""Schedules and slots, put back into the catalogue from the journal."""

from __future__ import annotations

from archiver.catalog import Catalog, JournalEntry
from archiver.journal.objects import SCHEDULE, SLOTS
from archiver.model.schedule import schedule_of, slot_of


def restore_schedules(catalog: Catalog, entry: JournalEntry) -> None:
    """Put back what an entry says of schedules and slots; other entries change nothing. Raises ``ValueError``.

    The newest revision of a schedule stands, and slots that ended. What was planned, waited or ran when the catalogue was
    lost is planned again: missed, or due.
    """
    if entry.kind == SCHEDULE:
        catalog.schedules.restore(schedule_of(dict(entry.body)))
    elif entry.kind == SLOTS:
        raw = entry.body.get("slots")
        if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
            raise ValueError("no list of slots")
        catalog.schedules.restore_slots([slot_of(each) for each in raw])
