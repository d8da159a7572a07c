"""The engine: does what the planner decides, and writes it down before it does it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ulid import ULID

from archiver.catalog import Catalog
from archiver.catalog.schedules import Schedules
from archiver.errors import ArchiverError, Busy
from archiver.journal.objects import SLOTS
from archiver.model.instant import Clock, cut
from archiver.model.schedule import Schedule, Slot, SlotKey, SlotState
from archiver.ops.schedule.planner import Plan, PlannerRules, Situation, made_up, plan, started_late
from archiver.ops.schedule.port import Order, RunEnd, Runner

log = logging.getLogger(__name__)

_NEVER = datetime.max.replace(tzinfo=UTC)

SERVICE_STOPS = "the service was stopped"
"""Why runs are stopped when their service is: their slots wait, and go on with the next service."""


class Engine:
    """The schedule of one archive. One engine at a time works on an archive; who runs it sees to that."""

    def __init__(self, catalog: Catalog, runner: Runner, *, clock: Clock, rules: PlannerRules | None = None) -> None:
        self._ledger = catalog.schedules
        self._journal = catalog.journal
        self._runner = runner
        self._clock = clock
        self._rules = rules or PlannerRules()

    def tick(self, *, starting: bool = True, only: SlotKey | None = None) -> list[Slot]:
        """Do what is due now: take in the runs that ended, make slots, stop and start. Slots that ended are returned.

        Without ``starting`` no run is started; with ``only`` nothing is done but for that slot and runs under way. Raises ``CatalogError``. Whatever happens between two steps, the next tick goes on:
        a slot is written as running, with its run's id, before the run is started.
        """
        ended = self._take_in()
        busy: set[str] = set()
        while True:
            schedules = self._ledger.find(removed=True)
            known = {schedule.id: schedule for schedule in schedules}
            slots = self._ledger.unfinished()
            now = cut(self._clock.now())
            if only is None:
                situation = Situation(schedules, slots, self._ledger.planned_until(), frozenset(busy))
            else:
                concerned = [slot for slot in slots if slot.key == only or slot.state is SlotState.RUNNING]
                situation = Situation(schedules, concerned, dict.fromkeys(known, _NEVER), frozenset(busy))
            made = plan(situation, now=now, rules=self._rules, starting=starting)
            ended += self._write(made)
            self._tell(made, now)
            if made.more:
                continue
            refused = [slot for slot in made.starts if not self._start(slot, known[slot.schedule], ended)]
            if not refused:
                return ended
            busy |= {slot.site for slot in refused}

    def next_due(self) -> datetime | None:
        """When the next planned slot is due; None without schedules. Ticks before that only take in runs that ended."""
        return min((s.due_at for s in self._ledger.unfinished() if s.state is SlotState.PLANNED), default=None)

    def running(self) -> list[Slot]:
        """The slots whose runs are under way."""
        return [slot for slot in self._ledger.unfinished() if slot.state is SlotState.RUNNING]

    def ask_all_to_stop(self) -> None:
        """The service ends: its runs are stopped in good order, and their slots go on later."""
        for slot in self.running():
            self._ledger.ask_stop(slot.key, reason=SERVICE_STOPS, at=cut(self._clock.now()))
        self.tick(starting=False)

    def _write(self, made: Plan) -> list[Slot]:
        ended = [slot for slot in made.slots if slot.final]
        self._keep(made.slots, planned_until=made.planned_until)
        return ended

    def _keep(self, slots: list[Slot], *, planned_until: dict[str, datetime] | None = None) -> None:
        ended = [slot.as_json() for slot in slots if slot.final]
        entry = self._journal.draft(SLOTS, {"slots": ended}) if ended else None
        self._ledger.apply(slots, planned_until=planned_until, entry=entry)

    # -- runs that ended

    def _take_in(self) -> list[Slot]:
        schedules = {schedule.id: schedule for schedule in self._ledger.find(removed=True)}
        over: list[Slot] = []
        for slot in self.running():
            end = self._runner.ended(slot.run or "", slot.site)
            if end is None:
                continue
            after = self._after(slot, end, schedules.get(slot.schedule))
            self._keep(after)
            over += [each for each in after if each.final]
        return over

    def _after(self, slot: Slot, end: RunEnd, schedule: Schedule | None) -> list[Slot]:
        """What becomes of a slot whose run ended, and the slot that makes up for it, if one does."""
        if slot.stop_reason == SERVICE_STOPS and end.stopped:
            waiting = replace(
                slot,
                state=SlotState.QUEUED,
                reason=f"{SERVICE_STOPS}; goes on with the next",
                note="; ".join(filter(None, [slot.note, f"begun by run {slot.run}"])),
                run=None,
                stop_reason=None,
                stop_asked_at=None,
                stop_told_at=None,
            )
            return [waiting]
        late = started_late(slot, schedule.grace if schedule else 0.0)
        state = SlotState.FAILED if end.failed else SlotState.LATE if late else SlotState.RAN
        why = slot.stop_reason if end.stopped or end.died else None
        reason = "; ".join(filter(None, [why, end.reason])) or None
        over = replace(slot, state=state, reason=reason, ended_at=cut(end.at))
        again = None
        if end.died and slot.stop_asked_at is None and schedule is not None:
            again = made_up(schedule, over, now=self._free_instant(slot.schedule))
        return [over] if again is None else [over, again]

    def _free_instant(self, schedule: str) -> datetime:
        return free_instant(self._ledger, schedule, self._clock)

    # -- runs to stop and to start

    def _tell(self, made: Plan, now: datetime) -> None:
        for slot in made.stops:
            if self._runner.stop(slot.run or "", slot.site):
                self._keep([replace(slot, stop_told_at=now)])
        for slot in made.kills:
            log.warning("run %s of %s did not stop in %g s and is killed", slot.run, slot.site, self._rules.stop_wait)
            self._runner.kill(slot.run or "", slot.site)

    def _start(self, slot: Slot, schedule: Schedule, ended: list[Slot]) -> bool:
        """Start the run of a slot; False when its site is busy."""
        now = cut(self._clock.now())
        run = str(ULID.from_datetime(now))
        begun = replace(slot, state=SlotState.RUNNING, reason=None, started_at=slot.started_at or now, run=run)
        if not self._ledger.begin(begun):
            return True
        try:
            self._runner.start(Order(run, slot.site, max_time=schedule.max_time, limit=schedule.limit))
        except Busy:
            self._keep([slot])
            return False
        except ArchiverError as error:
            failed = replace(begun, state=SlotState.FAILED, reason=str(error), ended_at=cut(self._clock.now()))
            self._keep([failed])
            ended.append(failed)
        return True


def free_instant(ledger: Schedules, schedule: str, clock: Clock) -> datetime:
    """Now, or the first millisecond after it at which the schedule has no slot."""
    at = cut(clock.now())
    while ledger.slot(SlotKey(schedule, at)) is not None:
        at += timedelta(milliseconds=1)
    return at
