"""What the schedule does now, as a pure function of schedules, slots that are not over, and the time.

Every planned time gets a slot, and every slot ends with a state that says what came of it:

- A slot whose time came is started, or waits, gives up, or has the other run stopped, as its schedule's overlap policy
  says while another run of its site is under way.
- A slot that was not started within its grace, because no service ran, is missed. Its schedule's catch-up policy starts
  none of the missed ones, the latest alone, or all; the others end as skipped.
- The slots of a paused schedule end as skipped.
- A slot whose run died is followed by one more, which makes up for it, unless catch-up is ``none``. A slot that makes up is
  not made up for again.

Whether a slot is ``ran`` or ``late`` is decided by its start: within the grace, or after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from archiver.model.instant import rfc3339
from archiver.model.schedule import CatchUp, Origin, Overlap, Schedule, Slot, SlotKey, SlotState, Standing
from archiver.ops.schedule.cron import occurrences

MOST_PLANNED = 2_000
"""Slots of one schedule that are made at a time; after a long rest the next calls make the others."""
MOST_CAUGHT_UP = 100
"""Missed slots of one schedule that ``catch_up = all`` starts at most; older ones are skipped."""


@dataclass(frozen=True, slots=True)
class PlannerRules:
    """What applies to all schedules: runs at a time, slots of one schedule that may wait, and the seconds in which a run that
    was requested to stop must have stopped."""

    most_runs: int = 4
    most_waiting: int = 3
    stop_wait: float = 600.0


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is to decide on.

    ``slots``: all that are planned, queued or running. ``planned_until``: up to which instant each schedule's slots were
    made (missing: its ``since``). ``busy``: sites in which a run that belongs to no slot is under way.
    """

    schedules: Sequence[Schedule]
    slots: Sequence[Slot]
    planned_until: Mapping[str, datetime] = field(default_factory=dict)
    busy: frozenset[str] = frozenset()


@dataclass(slots=True)
class Plan:
    """What is to be done, in this order: slots to write as they are now, runs to tell to stop, runs to kill since they were
    so and did not, and slots to start. A slot in ``starts`` whose site turns out to be busy is planned again with that.

    ``more``: not every planned time that has passed has its slot yet, so nothing was started; ask again at once.
    """

    slots: list[Slot] = field(default_factory=list)
    planned_until: dict[str, datetime] = field(default_factory=dict)
    stops: list[Slot] = field(default_factory=list)
    kills: list[Slot] = field(default_factory=list)
    starts: list[Slot] = field(default_factory=list)
    more: bool = False


def plan(situation: Situation, *, now: datetime, rules: PlannerRules | None = None, starting: bool = True) -> Plan:
    """What the schedule does at ``now``; without ``starting`` everything but starts."""
    return _Planning(situation, now, rules or PlannerRules(), starting=starting).run()


def made_up(schedule: Schedule, dead: Slot, *, now: datetime) -> Slot | None:
    """The slot that makes up for ``dead``, whose run died; None when none does."""
    if schedule.catch_up is CatchUp.NONE or schedule.standing is not Standing.ACTIVE or dead.origin is Origin.REPEAT:
        return None
    return Slot(
        schedule=schedule.id,
        site=schedule.site,
        planned_at=now,
        due_at=now,
        origin=Origin.REPEAT,
        stands_for=dead.planned_at,
        note=f"makes up for the slot of {rfc3339(dead.planned_at)}, whose run died",
    )


def started_late(slot: Slot, grace: float) -> bool:
    """Whether a slot that was started was started after its grace."""
    return slot.started_at is not None and slot.started_at - slot.due_at > timedelta(seconds=grace)


def due_at(schedule: Schedule, planned_at: datetime) -> datetime:
    """The planned time with the slot's own share of the jitter: the same on each call."""
    mark = hashlib.sha256(f"{schedule.id}\0{rfc3339(planned_at)}".encode()).digest()
    share = int.from_bytes(mark[:4], "big") / 2**32
    # Whole milliseconds, as all instants that are kept.
    return planned_at + timedelta(milliseconds=int(schedule.jitter * share * 1000))


class _Planning:
    def __init__(self, situation: Situation, now: datetime, rules: PlannerRules, *, starting: bool) -> None:
        self._now = now
        self._starting = starting
        self._rules = rules
        self._schedules = {each.id: each for each in situation.schedules}
        self._until = situation.planned_until
        self._busy = situation.busy
        self._slots: dict[SlotKey, Slot] = {slot.key: slot for slot in situation.slots}
        self._changed: dict[SlotKey, Slot] = {}
        self._ready: set[SlotKey] = set()
        self._plan = Plan()

    def run(self) -> Plan:
        for schedule in self._schedules.values():
            self._make(schedule)
        if not self._plan.more:
            for schedule in self._schedules.values():
                self._catch_up(schedule)
            self._drop_what_waits_in_vain()
            self._queue_what_is_due()
            if self._starting:
                self._start()
        self._stop()
        self._plan.slots = list(self._changed.values())
        return self._plan

    def _put(self, slot: Slot) -> None:
        self._slots[slot.key] = slot
        self._changed[slot.key] = slot

    def _end(self, slot: Slot, reason: str) -> None:
        """The slot ends without a run."""
        self._put(replace(slot, state=SlotState.SKIPPED, reason=reason, ended_at=self._now))

    # -- planned times become slots

    def _make(self, schedule: Schedule) -> None:
        if schedule.standing is Standing.REMOVED:
            return
        until = self._until.get(schedule.id, schedule.since)
        if until > self._now:
            return  # the next one is there already
        for made, each in enumerate(occurrences(schedule.cron, schedule.zone, after=until)):
            if made >= MOST_PLANNED and each.at <= self._now:
                self._plan.more = True
                break
            slot = Slot(schedule.id, schedule.site, each.at, due_at(schedule, each.at), note=each.note)
            if each.skip is not None:
                self._put(replace(slot, state=SlotState.SKIPPED, reason=each.skip, ended_at=self._now))
            elif slot.key not in self._slots:
                self._put(slot)
            until = each.at
            if each.at > self._now and each.skip is None:
                break
        self._plan.planned_until[schedule.id] = until

    # -- slots that were not started in time

    def _catch_up(self, schedule: Schedule) -> None:
        if schedule.standing is not Standing.ACTIVE:
            return
        grace = timedelta(seconds=schedule.grace)
        missed = [
            slot
            for slot in self._of(schedule.id, SlotState.PLANNED)
            if slot.origin is Origin.CRON and self._now - slot.due_at > grace
        ]
        if not missed:
            return
        on_time = [
            slot for slot in self._of(schedule.id, SlotState.PLANNED) if missed[-1].due_at < slot.due_at <= self._now
        ]
        kept = {CatchUp.NONE: 0, CatchUp.LATEST: 0 if on_time else 1, CatchUp.ALL: MOST_CAUGHT_UP}[schedule.catch_up]
        late = missed[len(missed) - kept :] if kept else []
        for slot in missed[: len(missed) - len(late)]:
            next_one = next(iter(late + on_time), None) if schedule.catch_up is not CatchUp.NONE else None
            why = "missed: no service was there to start it"
            self._end(slot, f"{why}; the slot of {rfc3339(next_one.planned_at)} stands for it" if next_one else why)
        if schedule.catch_up is CatchUp.ALL:
            for slot in late:
                self._put(replace(slot, state=SlotState.QUEUED, reason="missed, and caught up with"))

    # -- slots whose time has come

    def _drop_what_waits_in_vain(self) -> None:
        for slot in list(self._slots.values()):
            schedule = self._schedules.get(slot.schedule)
            if slot.state not in {SlotState.PLANNED, SlotState.QUEUED}:
                continue
            if schedule is None or schedule.standing is Standing.REMOVED:
                self._end(slot, "the schedule was removed")
            elif schedule.standing is Standing.PAUSED and slot.origin is not Origin.HAND and slot.due_at <= self._now:
                self._end(slot, "the schedule is paused")

    def _queue_what_is_due(self) -> None:
        due = [s for s in self._slots.values() if s.state is SlotState.PLANNED and s.due_at <= self._now]
        for slot in sorted(due, key=lambda slot: (slot.due_at, slot.key)):
            schedule = self._schedules[slot.schedule]
            running = self._running(slot.site)
            waiting = [s for s in self._slots.values() if s.site == slot.site and self._waits(s)]
            if running is None and not waiting and slot.site not in self._busy:
                self._ready.add(slot.key)
            elif slot.origin is Origin.CRON:
                self._overlap(slot, schedule, running, waiting)
            else:
                self._wait(slot, running, waiting)

    def _overlap(self, slot: Slot, schedule: Schedule, running: Slot | None, waiting: list[Slot]) -> None:
        own = [each for each in waiting if each.schedule == schedule.id and each.origin is Origin.CRON]
        match schedule.overlap:
            case Overlap.SKIP:
                self._end(slot, f"overlap: {_other(running, waiting)}")
            case Overlap.REPLACE:
                for each in own:
                    self._end(each, f"replaced by the slot of {rfc3339(slot.planned_at)}")
                if running is not None and running.stop_asked_at is None:
                    why = f"replaced by the slot of {rfc3339(slot.planned_at)}"
                    self._put(replace(running, stop_reason=why, stop_asked_at=self._now))
                self._wait(slot, running, waiting)
            case Overlap.QUEUE if len(own) >= self._rules.most_waiting:
                self._end(slot, f"overlap: {len(own)} slots of this schedule wait already")
            case Overlap.QUEUE:
                self._wait(slot, running, waiting)

    def _wait(self, slot: Slot, running: Slot | None, waiting: list[Slot]) -> None:
        why = "waits for a run of this site that no slot asked for"
        if running is not None:
            why = f"waits for run {running.run} of the slot of {rfc3339(running.planned_at)}"
        elif waiting:
            why = f"waits for the slot of {rfc3339(waiting[0].planned_at)}"
        self._put(replace(slot, state=SlotState.QUEUED, reason=why))

    def _start(self) -> None:
        free = self._rules.most_runs - sum(slot.state is SlotState.RUNNING for slot in self._slots.values())
        taken = {slot.site for slot in self._slots.values() if slot.state is SlotState.RUNNING} | self._busy
        waiting = [slot for slot in self._slots.values() if self._waits(slot)]
        # What a person requests comes first.
        for slot in sorted(waiting, key=lambda slot: (slot.origin is not Origin.HAND, slot.due_at, slot.key)):
            if slot.site not in taken and free > 0:
                taken.add(slot.site)
                free -= 1
                self._plan.starts.append(slot)
            elif slot.state is SlotState.PLANNED:
                self._put(
                    replace(slot, state=SlotState.QUEUED, reason="waits for one of the runs of other sites to end")
                )

    def _stop(self) -> None:
        patience = timedelta(seconds=self._rules.stop_wait)
        for slot in self._slots.values():
            if slot.state is not SlotState.RUNNING or slot.stop_asked_at is None:
                continue
            if slot.stop_told_at is None:
                self._plan.stops.append(slot)
            elif self._now - slot.stop_told_at > patience:
                self._plan.kills.append(slot)

    def _waits(self, slot: Slot) -> bool:
        return slot.state is SlotState.QUEUED or slot.key in self._ready

    def _running(self, site: str) -> Slot | None:
        return next((s for s in self._slots.values() if s.site == site and s.state is SlotState.RUNNING), None)

    def _of(self, schedule: str, state: SlotState) -> list[Slot]:
        found = (slot for slot in self._slots.values() if slot.schedule == schedule and slot.state is state)
        return sorted(found, key=lambda slot: slot.planned_at)


def _other(running: Slot | None, waiting: Iterable[Slot]) -> str:
    if running is not None:
        return f"run {running.run} of the slot of {rfc3339(running.planned_at)} is under way"
    first = next(iter(waiting), None)
    if first is not None:
        return f"the slot of {rfc3339(first.planned_at)} waits before it"
    return "a run of this site that no slot asked for is under way"
