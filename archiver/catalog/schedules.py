"""Schedules and the ledger of their slots."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select, tuple_, update

from archiver.catalog.database import Database
from archiver.catalog.journal import JournalEntry, append_entry
from archiver.catalog.schema import UNFINISHED, schedules, slots
from archiver.catalog.sql import insert, insert_new, optional_instant, optional_micros, tidy, to_json, upsert
from archiver.model.instant import from_micros, micros
from archiver.model.schedule import (
    FINAL,
    Origin,
    Schedule,
    Slot,
    SlotKey,
    SlotState,
    Standing,
    schedule_of,
)

_FINAL = sorted(state.value for state in FINAL)
_WAITING = [SlotState.PLANNED.value, SlotState.QUEUED.value]


class Schedules:
    """The tables of schedules and slots. A slot that is over never changes again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- schedules

    def plan_until(self, planned_until: Mapping[str, datetime]) -> None:
        """Up to which instant slots were made."""
        self._database.write(lambda c: _apply(c, [], dict(planned_until), None))

    def put(self, schedule: Schedule, *, entry: JournalEntry) -> None:
        """A schedule as it stands now, with the journal's entry of that, in one transaction."""
        self._database.write(lambda c: _put_schedule(c, schedule, entry))

    def restore(self, schedule: Schedule) -> bool:
        """**For rebuild only**: a schedule that is not there, or stands there as it was before. Returns whether it was so."""
        return self._database.write(lambda c: _restore_schedule(c, schedule))

    def get(self, schedule_id: str) -> Schedule | None:
        """One schedule."""
        return self._database.read(lambda c: _get(c, schedule_id))

    def find(self, site: str | None = None, *, removed: bool = False) -> list[Schedule]:
        """Schedules by site and id; with ``removed`` those that were removed too."""
        return self._database.read(lambda c: _find(c, site, removed=removed))

    def planned_until(self) -> dict[str, datetime]:
        """Up to which instant each schedule's slots were made."""
        return self._database.read(_planned_until)

    # -- slots

    def apply(
        self,
        changed: Iterable[Slot],
        *,
        planned_until: Mapping[str, datetime] | None = None,
        entry: JournalEntry | None = None,
    ) -> None:
        """Write slots as they are now, how far they were made, and the journal's entry of those that ended, in one
        transaction."""
        rows = [_slot_row(slot) for slot in changed]
        until = dict(planned_until or {})
        if rows or until:
            self._database.write(lambda c: _apply(c, rows, until, entry))

    def begin(self, slot: Slot) -> bool:
        """A slot that waits is started; False when it ended meanwhile, as a schedule that is paused ends it."""
        return self._database.write(lambda c: _begin(c, slot))

    def settle(self, changed: Iterable[Slot]) -> list[Slot]:
        """What a person's decision makes of slots, beside an engine at work: new ones are added, and those that still wait
        are ended as told. The ones that were ended."""
        listed = list(changed)
        return self._database.write(lambda c: _settle(c, listed))

    def restore_slots(self, ended: Iterable[Slot]) -> int:
        """**For rebuild only**: slots that are not there; how many were new. What they tell of was planned, too."""
        rows = [_slot_row(slot) for slot in ended]
        return self._database.write(lambda c: _restore(c, rows))

    def slot(self, key: SlotKey) -> Slot | None:
        """One slot."""
        return self._database.read(lambda c: _slot_at(c, key))

    def unfinished(self) -> list[Slot]:
        """Slots that are planned, queued or running, by planned time."""
        return self._database.read(_unfinished)

    def slots(
        self,
        *,
        schedule: str | None = None,
        site: str | None = None,
        state: SlotState | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        run: str | None = None,
        limit: int = 100,
        before: SlotKey | None = None,
    ) -> list[Slot]:
        """Slots, newest first; ``since`` and ``until`` bound the planned time (inclusive), ``before`` goes on behind one."""
        conditions: list[Any] = []
        if schedule is not None:
            conditions.append(slots.c.schedule == schedule)
        if site is not None:
            conditions.append(slots.c.site == site)
        if state is not None:
            conditions.append(slots.c.state == state.value)
        if since is not None:
            conditions.append(slots.c.planned_at >= micros(since))
        if until is not None:
            conditions.append(slots.c.planned_at <= micros(until))
        if run is not None:
            conditions.append(slots.c.run == run)
        if before is not None:
            place = (micros(before.planned_at), before.schedule)
            conditions.append(tuple_(slots.c.planned_at, slots.c.schedule) < tuple_(*place))
        statement = select(slots).order_by(slots.c.planned_at.desc(), slots.c.schedule.desc()).limit(limit)
        return self._database.read(lambda c: [_slot(row) for row in c.execute(statement.where(*conditions)).mappings()])

    def ask_stop(self, key: SlotKey, *, reason: str, at: datetime) -> Slot | None:
        """Ask that the run of a running slot be stopped; the slot, or None when it isn't running. The first asker counts."""
        return self._database.write(lambda c: _ask_stop(c, key, reason=reason, at=at))


def _put_schedule(connection: Connection, schedule: Schedule, entry: JournalEntry | None) -> None:
    row = _schedule_row(schedule)
    del row["planned_until"]
    upsert(connection, schedules, row=row)
    if entry is not None:
        append_entry(connection, entry)


def _restore_schedule(connection: Connection, schedule: Schedule) -> bool:
    known = _get(connection, schedule.id)
    if known is not None and known.revision >= schedule.revision:
        return False
    _put_schedule(connection, schedule, None)
    return True


def _schedule_row(schedule: Schedule) -> dict[str, Any]:
    return {
        "id": schedule.id,
        "site": schedule.site,
        "standing": schedule.standing.value,
        "body": to_json(schedule.as_json()),
        "planned_until": None,
    }


def _get(connection: Connection, schedule_id: str) -> Schedule | None:
    row = connection.execute(select(schedules.c.body).where(schedules.c.id == schedule_id)).first()
    return schedule_of(json.loads(row[0])) if row else None


def _find(connection: Connection, site: str | None, *, removed: bool) -> list[Schedule]:
    statement = select(schedules.c.body).order_by(schedules.c.site, schedules.c.id)
    if site is not None:
        statement = statement.where(schedules.c.site == site)
    if not removed:
        statement = statement.where(schedules.c.standing != Standing.REMOVED.value)
    return [schedule_of(json.loads(body)) for (body,) in connection.execute(statement)]


def _planned_until(connection: Connection) -> dict[str, datetime]:
    statement = select(schedules.c.id, schedules.c.planned_until).where(schedules.c.planned_until.is_not(None))
    return {schedule_id: from_micros(until) for schedule_id, until in connection.execute(statement)}


def _apply(
    connection: Connection, rows: list[dict[str, Any]], until: dict[str, datetime], entry: JournalEntry | None
) -> None:
    if rows:
        statement = insert(connection, slots)
        changes = {name: statement.excluded[name] for name in rows[0] if name not in {"schedule", "planned_at"}}
        statement = statement.on_conflict_do_update(
            index_elements=["schedule", "planned_at"],
            set_=changes,
            where=and_(*(slots.c.state != state for state in _FINAL)),
        )
        connection.execute(statement, [tidy(row) for row in rows])
    if entry is not None:
        append_entry(connection, entry)
    for schedule_id, at in until.items():
        connection.execute(update(schedules).where(schedules.c.id == schedule_id).values(planned_until=micros(at)))


def _begin(connection: Connection, slot: Slot) -> bool:
    statement = update(slots).where(_is(slot.key), slots.c.state.in_(_WAITING)).values(tidy(_slot_row(slot)))
    return connection.execute(statement).rowcount == 1


def _settle(connection: Connection, changed: list[Slot]) -> list[Slot]:
    ended = []
    for slot in changed:
        if insert_new(connection, slots, rows=[_slot_row(slot)]):
            ended += [slot] * slot.final
        elif slot.final and _begin(connection, slot):
            ended.append(slot)
    return ended


def _restore(connection: Connection, rows: list[dict[str, Any]]) -> int:
    new = insert_new(connection, slots, rows=rows)
    latest: dict[str, int] = {}
    for row in rows:
        if row["origin"] == Origin.CRON.value:
            latest[row["schedule"]] = max(latest.get(row["schedule"], 0), row["planned_at"])
    for schedule_id, at in latest.items():
        later = schedules.c.planned_until.is_(None) | (schedules.c.planned_until < at)
        statement = update(schedules).where(schedules.c.id == schedule_id, later)
        connection.execute(statement.values(planned_until=at))
    return new


def _slot_at(connection: Connection, key: SlotKey) -> Slot | None:
    row = connection.execute(select(slots).where(_is(key))).mappings().first()
    return _slot(row) if row else None


def _unfinished(connection: Connection) -> list[Slot]:
    statement = select(slots).where(UNFINISHED).order_by(slots.c.planned_at, slots.c.schedule)
    return [_slot(row) for row in connection.execute(statement).mappings()]


def _ask_stop(connection: Connection, key: SlotKey, *, reason: str, at: datetime) -> Slot | None:
    slot = _slot_at(connection, key)
    if slot is None or slot.state is not SlotState.RUNNING:
        return None
    if slot.stop_asked_at is None:
        slot = replace(slot, stop_reason=reason, stop_asked_at=at)
        values = {"stop_reason": reason, "stop_asked_at": micros(at)}
        connection.execute(update(slots).where(_is(key)).values(values))
    return slot


def _is(key: SlotKey) -> Any:
    return (slots.c.schedule == key.schedule) & (slots.c.planned_at == micros(key.planned_at))


def _slot_row(slot: Slot) -> dict[str, Any]:
    return {
        "schedule": slot.schedule,
        "planned_at": micros(slot.planned_at),
        "site": slot.site,
        "due_at": micros(slot.due_at),
        "state": slot.state.value,
        "origin": slot.origin.value,
        "reason": slot.reason,
        "note": slot.note,
        "started_at": optional_micros(slot.started_at),
        "ended_at": optional_micros(slot.ended_at),
        "run": slot.run,
        "stands_for": optional_micros(slot.stands_for),
        "stop_reason": slot.stop_reason,
        "stop_asked_at": optional_micros(slot.stop_asked_at),
        "stop_told_at": optional_micros(slot.stop_told_at),
    }


def _slot(row: RowMapping) -> Slot:
    return Slot(
        schedule=row["schedule"],
        site=row["site"],
        planned_at=from_micros(row["planned_at"]),
        due_at=from_micros(row["due_at"]),
        state=SlotState(row["state"]),
        origin=Origin(row["origin"]),
        reason=row["reason"],
        note=row["note"],
        started_at=optional_instant(row["started_at"]),
        ended_at=optional_instant(row["ended_at"]),
        run=row["run"],
        stands_for=optional_instant(row["stands_for"]),
        stop_reason=row["stop_reason"],
        stop_asked_at=optional_instant(row["stop_asked_at"]),
        stop_told_at=optional_instant(row["stop_told_at"]),
    )
