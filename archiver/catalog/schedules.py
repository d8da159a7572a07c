"""Schedules and the ledger of their slots."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select, tuple_, update

from archiver.catalog.filters import check_span
from archiver.catalog.journal import JournalEntry, append_entry
from archiver.catalog.repository import Repository, reads, writes
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import UNFINISHED, schedules, slots
from archiver.catalog.sql import equal, insert_new, tidy, to_json, upsert, within
from archiver.model.instant import from_micros, micros
from archiver.model.schedule import FINAL, Origin, Schedule, Slot, SlotKey, SlotState, Standing, schedule_of

_WAITING = (SlotState.PLANNED.value, SlotState.QUEUED.value)
SLOT = RowMap(Slot)


class Schedules(Repository):
    """The tables of schedules and slots. A slot that is over never changes again."""

    # -- schedules

    @writes
    def plan_until(self, connection: Connection, planned_until: Mapping[str, datetime]) -> None:
        """Up to which instant slots were made."""
        _plan_until(connection, planned_until)

    @writes
    def put(self, connection: Connection, schedule: Schedule, *, entry: JournalEntry) -> None:
        """A schedule as it stands now, with the journal's entry of that, in one transaction."""
        _put(connection, schedule)
        append_entry(connection, entry)

    @writes
    def restore(self, connection: Connection, schedule: Schedule) -> bool:
        """**For rebuild only**: a schedule that is not there, or stands there as it was before. Returns whether it was so."""
        known = _get(connection, schedule.id)
        if known is not None and known.revision >= schedule.revision:
            return False
        _put(connection, schedule)
        return True

    @reads
    def get(self, connection: Connection, schedule_id: str) -> Schedule | None:
        """One schedule."""
        return _get(connection, schedule_id)

    @reads
    def find(self, connection: Connection, site: str | None = None, *, removed: bool = False) -> list[Schedule]:
        """Schedules by site and id; with ``removed`` those that were removed too."""
        s = schedules.c
        statement = select(s.body).where(*equal((s.site, site))).order_by(s.site, s.id)
        if not removed:
            statement = statement.where(s.standing != Standing.REMOVED.value)
        return [schedule_of(json.loads(body)) for body in connection.execute(statement).scalars()]

    @reads
    def planned_until(self, connection: Connection) -> dict[str, datetime]:
        """Up to which instant each schedule's slots were made."""
        s = schedules.c
        statement = select(s.id, s.planned_until).where(s.planned_until.is_not(None))
        return {schedule_id: from_micros(until) for schedule_id, until in connection.execute(statement)}

    # -- slots

    def apply(
        self,
        changed: Sequence[Slot],
        *,
        planned_until: Mapping[str, datetime] | None = None,
        entry: JournalEntry | None = None,
    ) -> None:
        """Write slots as they are now, how far they were made, and the journal's entry of those that ended, in one
        transaction; none where there is nothing to write."""
        if changed or planned_until:
            self._apply(changed, planned_until or {}, entry)

    @writes
    def _apply(
        self,
        connection: Connection,
        changed: Sequence[Slot],
        planned_until: Mapping[str, datetime],
        entry: JournalEntry | None,
    ) -> None:
        is_open = and_(*(slots.c.state != state.value for state in FINAL))
        upsert(connection, slots, [SLOT.write(slot) for slot in changed], where=is_open)
        if entry is not None:
            append_entry(connection, entry)
        _plan_until(connection, planned_until)

    @writes
    def begin(self, connection: Connection, slot: Slot) -> bool:
        """A slot that waits is started; False when it ended meanwhile, as a schedule that is paused ends it."""
        return _change_waiting(connection, slot)

    @writes
    def settle(self, connection: Connection, changed: Sequence[Slot]) -> list[Slot]:
        """What a person's decision makes of slots, beside an engine at work: new ones are added, and those that still wait
        end as they do here. The ones that ended."""
        ended = []
        for slot in changed:
            is_new = insert_new(connection, slots, [SLOT.write(slot)]) > 0
            if slot.final and (is_new or _change_waiting(connection, slot)):
                ended.append(slot)
        return ended

    @writes
    def restore_slots(self, connection: Connection, ended: Sequence[Slot]) -> int:
        """**For rebuild only**: slots that are not there; how many were new. What they were planned by was planned, too."""
        new = insert_new(connection, slots, [SLOT.write(slot) for slot in ended])
        latest: dict[str, int] = {}
        for slot in ended:
            if slot.origin is Origin.CRON:
                latest[slot.schedule] = max(latest.get(slot.schedule, 0), micros(slot.planned_at))
        s = schedules.c
        for schedule_id, at in latest.items():
            is_later = s.planned_until.is_(None) | (s.planned_until < at)
            connection.execute(update(schedules).where(s.id == schedule_id, is_later).values(planned_until=at))
        return new

    @reads
    def slot(self, connection: Connection, key: SlotKey) -> Slot | None:
        """One slot."""
        return SLOT.first(connection, select(slots).where(_is(key)))

    @reads
    def unfinished(self, connection: Connection) -> list[Slot]:
        """Slots that are planned, queued or running, by planned time."""
        statement = select(slots).where(UNFINISHED).order_by(slots.c.planned_at, slots.c.schedule)
        return SLOT.all(connection, statement)

    @reads
    def slots(
        self,
        connection: Connection,
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
        """Slots, newest first; ``since`` and ``until`` bound the planned time (inclusive), ``before`` goes on behind one.

        Raises ``UsageError`` where the time ends before it begins.
        """
        check_span(since, until)
        s = slots.c
        wanted = equal((s.schedule, schedule), (s.site, site), (s.state, state), (s.run, run))
        statement = select(slots).where(*wanted, *within(s.planned_at, since, until))
        if before is not None:
            place = tuple_(micros(before.planned_at), before.schedule)
            statement = statement.where(tuple_(s.planned_at, s.schedule) < place)
        return SLOT.all(connection, statement.order_by(s.planned_at.desc(), s.schedule.desc()).limit(limit))

    @writes
    def ask_stop(self, connection: Connection, key: SlotKey, *, reason: str, at: datetime) -> Slot | None:
        """Ask that the run of a running slot be stopped; the slot, or None when it isn't running. The first asker counts."""
        slot = SLOT.first(connection, select(slots).where(_is(key)))
        if slot is None or slot.state is not SlotState.RUNNING:
            return None
        if slot.stop_asked_at is None:
            slot = replace(slot, stop_reason=reason, stop_asked_at=at)
            values = {"stop_reason": reason, "stop_asked_at": micros(at)}
            connection.execute(update(slots).where(_is(key)).values(values))
        return slot


def _plan_until(connection: Connection, planned_until: Mapping[str, datetime]) -> None:
    for schedule_id, at in planned_until.items():
        connection.execute(update(schedules).where(schedules.c.id == schedule_id).values(planned_until=micros(at)))


def _put(connection: Connection, schedule: Schedule) -> None:
    row = {"id": schedule.id, "site": schedule.site, "standing": schedule.standing.value}
    upsert(connection, schedules, [row | {"body": to_json(schedule.as_json())}])


def _get(connection: Connection, schedule_id: str) -> Schedule | None:
    body = connection.execute(select(schedules.c.body).where(schedules.c.id == schedule_id)).scalar()
    return schedule_of(json.loads(body)) if body else None


def _change_waiting(connection: Connection, slot: Slot) -> bool:
    statement = update(slots).where(_is(slot.key), slots.c.state.in_(_WAITING)).values(tidy(SLOT.write(slot)))
    return connection.execute(statement).rowcount == 1


def _is(key: SlotKey) -> ColumnElement[bool]:
    return and_(slots.c.schedule == key.schedule, slots.c.planned_at == micros(key.planned_at))
