"""The engine and what people decide, over a real ledger and a runner whose runs end when the test says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.errors import ArchiverError, Busy, UnknownSite, UsageError
from archiver.journal.objects import SCHEDULE, SLOTS
from archiver.model.schedule import CatchUp, Origin, Overlap, Schedule, SlotState, Standing
from archiver.ops.schedule import deciding
from archiver.ops.schedule.engine import Engine
from archiver.ops.schedule.planner import PlannerRules
from archiver.ops.schedule.port import Order, RunEnd
from archiver.ops.schedule.restoring import restore_schedules

T = datetime(2026, 5, 4, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class HeldClock:
    def __init__(self) -> None:
        self.at = T

    def now(self) -> datetime:
        return self.at


class Runs:
    """A runner in memory."""

    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.orders: list[Order] = []
        self.alive: dict[str, str] = {}
        self.ends: dict[str, RunEnd] = {}
        self.busy: set[str] = set()
        self.ready = True
        self.told: list[str] = []
        self.killed: list[str] = []

    def start(self, order: Order) -> None:
        if order.site in self.busy or order.site in self.alive.values():
            raise Busy(order.site, "spool/x.lock")
        self.orders.append(order)
        self.alive[order.run] = order.site

    def ended(self, run: str, site: str) -> RunEnd | None:
        if run in self.alive:
            return None
        return self.ends.get(run, RunEnd(self.clock.now(), failed=True, died=True, reason="the run died"))

    def stop(self, run: str, site: str) -> bool:
        if self.ready:
            self.told.append(run)
        return self.ready

    def kill(self, run: str, site: str) -> None:
        self.killed.append(run)
        self.end(run, failed=True, died=True, reason="killed")

    def end(self, run: str, **how: object) -> None:
        del self.alive[run]
        self.ends[run] = RunEnd(self.clock.now(), **how)  # type: ignore[arg-type]


class Place:
    def __init__(self, home: Path) -> None:
        self.clock = HeldClock()
        self.config = Config(home=home)
        (home / "sites").mkdir(parents=True)
        for name in ("town", "village"):
            (home / "sites" / f"{name}.toml").write_text(f'name = "{name}"\nhosts = [{{ name = "{name}.example" }}]\n')
        self.catalog = Catalog.open(self.config.catalog_url, clock=self.clock)
        self.runs = Runs(self.clock)
        self.engine = Engine(self.catalog, self.runs, clock=self.clock, rules=PlannerRules(stop_wait=60))

    def add(self, site: str = "town", cron: str = "0 * * * *", **options: object) -> Schedule:
        return deciding.add_schedule(
            self.catalog, self.config, site, cron=cron, zone="UTC", options=deciding.Options(**options)  # type: ignore[arg-type]
        )  # fmt: skip

    def at(self, at: datetime) -> None:
        self.clock.at = at
        self.engine.tick()

    def states(self) -> list[tuple[str, str]]:
        slots = sorted(self.catalog.schedules.slots(limit=1000), key=lambda slot: slot.planned_at)
        return [(f"{slot.planned_at:%H:%M}", slot.state.value) for slot in slots]

    def journalled(self) -> list[dict[str, object]]:
        return [slot for entry in self.catalog.journal.find(SLOTS) for slot in entry.body["slots"]]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "archive")
    yield made
    made.catalog.close()


def test_a_slot_is_planned_run_and_written_down_with_its_run(place):
    schedule = place.add(max_time=60.0, limit=7)
    assert place.states() == [("01:00", "planned")]
    assert place.engine.next_due() == T + HOUR
    place.at(T + HOUR)
    (order,) = place.runs.orders
    assert (order.site, order.max_time, order.limit) == ("town", 60.0, 7)
    assert place.states() == [("01:00", "running"), ("02:00", "planned")]
    place.clock.at += MINUTE
    place.runs.end(order.run)
    place.engine.tick()
    (slot,) = place.catalog.schedules.slots(state=SlotState.RAN)
    assert (slot.run, slot.started_at, slot.ended_at) == (order.run, T + HOUR, T + HOUR + MINUTE)
    assert place.journalled() == [slot.as_json()]
    assert deciding.schedule_json(place.catalog, schedule)["last"] == slot.as_json()


def test_a_new_engine_goes_on_with_a_run_that_lives_and_fails_one_that_is_gone(place):
    place.add()
    place.at(T + HOUR)
    (order,) = place.runs.orders
    engine = Engine(place.catalog, place.runs, clock=place.clock)
    engine.tick()
    assert place.runs.orders == [order]
    place.runs.alive.clear()
    place.clock.at += MINUTE
    engine.tick()
    (failed,) = place.catalog.schedules.slots(state=SlotState.FAILED)
    assert (failed.run, failed.reason) == (order.run, "the run died")
    (again,) = place.catalog.schedules.slots(state=SlotState.RUNNING)
    assert (again.origin, again.stands_for) == (Origin.REPEAT, T + HOUR)


def test_a_slot_that_was_written_as_running_before_a_crash_kept_its_run_from_starting_is_made_up_for(place):
    place.add()

    def crash(order: Order) -> None:
        raise KeyboardInterrupt

    place.runs.start = crash
    with pytest.raises(KeyboardInterrupt):
        place.at(T + HOUR)
    del place.runs.start
    place.at(T + HOUR + MINUTE)
    assert place.states() == [("01:00", "failed"), ("01:01", "running"), ("02:00", "planned")]


def test_a_run_that_fails_by_itself_is_not_made_up_for(place):
    place.add()
    place.at(T + HOUR)
    place.runs.end(place.runs.orders[0].run, failed=True, reason="site town could not be reached")
    place.engine.tick()
    (failed,) = place.catalog.schedules.slots(state=SlotState.FAILED)
    assert failed.reason == "site town could not be reached"
    assert len(place.runs.orders) == 1


def test_a_runner_that_cannot_start_fails_the_slot_with_its_words_and_not_the_others(place):
    place.add()
    place.add("village")
    start = place.runs.start

    def refuse(order: Order) -> None:
        if order.site == "town":
            raise ArchiverError("no memory")
        start(order)

    place.runs.start = refuse
    place.at(T + HOUR)
    assert {slot.site: slot.state.value for slot in place.catalog.schedules.slots(until=T + HOUR)} == {
        "town": "failed",
        "village": "running",
    }
    assert place.catalog.schedules.slots(state=SlotState.FAILED)[0].reason == "no memory"


@pytest.mark.parametrize(
    ("overlap", "state"), [(Overlap.QUEUE, "queued"), (Overlap.SKIP, "skipped"), (Overlap.REPLACE, "queued")]
)
def test_a_hand_run_that_holds_the_lock_is_met_by_the_policy(place, overlap, state):
    place.add(overlap=overlap)
    place.runs.busy.add("town")
    place.at(T + HOUR)
    assert place.states()[0] == ("01:00", state)
    place.runs.busy.clear()
    place.engine.tick()
    assert len(place.runs.orders) == (state == "queued")


def test_replace_stops_the_run_once_it_can_be_told_and_then_starts(place):
    place.add(overlap=Overlap.REPLACE)
    place.at(T + HOUR)
    first = place.runs.orders[0].run
    place.runs.ready = False
    place.at(T + 2 * HOUR)
    place.engine.tick()
    assert place.runs.told == []
    place.runs.ready = True
    place.engine.tick()
    place.engine.tick()
    assert place.runs.told == [first]
    place.runs.end(first, stopped=True, reason="stopped in good order")
    place.engine.tick()
    assert place.states()[:2] == [("01:00", "ran"), ("02:00", "running")]
    ran = place.catalog.schedules.slots(state=SlotState.RAN)[0]
    assert ran.reason == "replaced by the slot of 2026-05-04T02:00:00.000Z; stopped in good order"


def test_a_run_that_does_not_stop_in_time_is_killed_and_not_made_up_for(place):
    schedule = place.add()
    place.at(T + HOUR)
    assert deciding.ask_stop(place.catalog, schedule) is not None
    place.engine.tick()
    place.at(T + HOUR + timedelta(seconds=61))
    place.engine.tick()
    assert place.runs.killed == [place.runs.orders[0].run]
    assert place.states() == [("01:00", "failed"), ("02:00", "planned")]


def test_when_the_service_stops_a_run_its_slot_waits_for_the_next_service(place):
    place.add()
    place.at(T + HOUR)
    first = place.runs.orders[0].run
    place.engine.ask_all_to_stop()
    place.runs.end(first, stopped=True)
    place.engine.tick(starting=False)
    assert place.states()[0] == ("01:00", "queued")
    place.at(T + HOUR + 5 * MINUTE)
    (slot,) = place.catalog.schedules.slots(state=SlotState.RUNNING)
    assert (slot.planned_at, slot.started_at, slot.note) == (T + HOUR, T + HOUR, f"begun by run {first}")


def test_pausing_accounts_for_the_time_without_a_service_too(place):
    schedule = place.add()
    paused = deciding.pause_schedule(place.catalog, schedule)
    place.clock.at = T + 3 * HOUR + MINUTE
    deciding.resume_schedule(place.catalog, paused)
    assert place.states() == [("01:00", "skipped"), ("02:00", "skipped"), ("03:00", "skipped"), ("04:00", "planned")]
    assert {slot["reason"] for slot in place.journalled()} == {"the schedule is paused"}
    place.at(T + 4 * HOUR)
    assert len(place.runs.orders) == 1


def test_removing_ends_the_planned_slot_and_keeps_the_run_that_is_under_way(place):
    schedule = place.add()
    place.at(T + HOUR)
    deciding.remove_schedule(place.catalog, schedule)
    assert place.states() == [("01:00", "running"), ("02:00", "skipped")]
    assert place.catalog.schedules.find() == []
    place.runs.end(place.runs.orders[0].run)
    place.at(T + 5 * HOUR)
    assert place.states() == [("01:00", "ran"), ("02:00", "skipped")]


def test_a_decision_beside_a_working_engine_never_undoes_a_start(place):
    schedule = place.add()
    place.at(T + HOUR)
    (running,) = place.catalog.schedules.slots(state=SlotState.RUNNING)
    late = replace(running, state=SlotState.SKIPPED, reason="the schedule is paused")
    assert place.catalog.schedules.settle([late]) == []
    assert place.catalog.schedules.slot(running.key) == running
    ended = replace(running, state=SlotState.RAN)
    place.catalog.schedules.apply([ended])
    place.catalog.schedules.apply([running])
    assert place.catalog.schedules.slot(running.key) == ended
    assert not place.catalog.schedules.begin(running)
    assert schedule.standing is Standing.ACTIVE


def test_slots_by_hand_and_only_that_slot(place):
    schedule = place.add()
    place.clock.at = T + HOUR
    slot = deciding.run_now(place.catalog, schedule)
    assert slot.planned_at == T + HOUR + timedelta(milliseconds=1), "an instant that has a slot is not taken twice"
    place.clock.at = T + HOUR + MINUTE
    place.engine.tick(only=slot.key)
    assert place.states() == [("01:00", "planned"), ("01:00", "running")]


def test_the_journal_gives_back_schedules_and_what_ended(place, tmp_path):
    schedule = place.add(catch_up=CatchUp.NONE, jitter=30.0)
    place.at(T + 5 * HOUR + 30 * MINUTE)
    place.runs.alive.clear()
    paused = deciding.pause_schedule(place.catalog, schedule)
    entries = list(place.catalog.journal.find())
    assert {entry.kind for entry in entries} == {SCHEDULE, SLOTS}
    with Catalog.open(f"sqlite:///{tmp_path / 'other.sqlite3'}", clock=place.clock) as other:
        for _ in range(2):
            for entry in entries:
                restore_schedules(other, entry)
        assert other.schedules.find() == [paused]
        ended = [slot for slot in place.catalog.schedules.slots() if slot.final]
        assert other.schedules.slots() == ended
        assert other.schedules.planned_until() == {schedule.id: T + 5 * HOUR}


def test_what_people_ask_for_is_checked_and_schedules_are_found_by_any_of_their_names(place):
    with pytest.raises(UnknownSite):
        deciding.add_schedule(place.catalog, place.config, "nowhere", cron="0 * * * *", zone="UTC")
    with pytest.raises(UsageError, match="grace"):
        place.add(grace=-1.0)
    with pytest.raises(UsageError, match="limit"):
        place.add(limit=0)
    first = place.add()
    assert deciding.pick_schedule(place.catalog, "town") == first
    assert deciding.pick_schedule(place.catalog, first.id[:-2]) == first
    place.clock.at += MINUTE
    with pytest.raises(UsageError, match=f"already: {first.id}"):
        place.add()
    place.add(cron="30 * * * *")
    with pytest.raises(UsageError, match="several"):
        deciding.pick_schedule(place.catalog, "town")
    with pytest.raises(UsageError, match="no schedule"):
        deciding.pick_schedule(place.catalog, "x")


def test_slots_are_listed_newest_first_and_go_on_behind_any(place):
    place.add(catch_up=CatchUp.NONE)
    place.at(T + 30 * HOUR)
    everything = place.catalog.schedules.slots(limit=1000)
    assert len(everything) == 31
    seen, before = [], None
    while page := place.catalog.schedules.slots(limit=7, before=before):
        seen += page
        before = page[-1].key
    assert seen == everything
    assert [s.planned_at for s in place.catalog.schedules.slots(since=T + 3 * HOUR, until=T + 4 * HOUR)] == [
        T + 4 * HOUR,
        T + 3 * HOUR,
    ]
