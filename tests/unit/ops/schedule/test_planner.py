"""What the schedule decides, as a pure function of schedules, open slots and the time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.model.schedule import CatchUp, Origin, Overlap, Schedule, Slot, SlotKey, SlotState, Standing
from archiver.ops.schedule.cron import occurrences
from archiver.ops.schedule.planner import PlannerRules, Situation, due_at, made_up, plan, started_late

T = datetime(2026, 5, 4, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def hourly(**changes) -> Schedule:
    return replace(Schedule("news-1", "news", "0 * * * *", "UTC", since=T), **changes)


class World:
    """A ledger in memory with runs that last as long as a test wants."""

    def __init__(self, *schedules: Schedule, rules: PlannerRules | None = None) -> None:
        self.schedules = list(schedules)
        self.rules = rules
        self.slots: dict[SlotKey, Slot] = {}
        self.until: dict[str, datetime] = {}
        self.busy: set[str] = set()
        self.stops: list[Slot] = []
        self.kills: list[Slot] = []
        self.runs = 0

    def at(self, now: datetime) -> list[Slot]:
        """One look at a time; the slots that were started."""
        while True:
            open_slots = [slot for slot in self.slots.values() if not slot.final]
            made = plan(
                Situation(self.schedules, open_slots, dict(self.until), frozenset(self.busy)), now=now, rules=self.rules
            )
            for slot in made.slots:
                assert slot.key not in self.slots or not self.slots[slot.key].final, "a slot that is over has changed"
                self.slots[slot.key] = slot
            self.until |= made.planned_until
            if not made.more:
                break
        self.stops += made.stops
        for slot in made.stops:
            self.put(replace(self.slots[slot.key], stop_told_at=now))
        self.kills += made.kills
        started = []
        for slot in made.starts:
            self.runs += 1
            started.append(replace(slot, state=SlotState.RUNNING, reason=None, started_at=now, run=f"run{self.runs}"))
            self.put(started[-1])
        return started

    def put(self, slot: Slot) -> None:
        self.slots[slot.key] = slot

    def end(self, slot: Slot, now: datetime) -> None:
        grace = next(s.grace for s in self.schedules if s.id == slot.schedule)
        state = SlotState.LATE if started_late(slot, grace) else SlotState.RAN
        self.put(replace(self.slots[slot.key], state=state, ended_at=now))

    def states(self) -> list[tuple[str, str]]:
        return [
            (f"{slot.planned_at:%d %H:%M}", slot.state.value)
            for slot in sorted(self.slots.values(), key=lambda s: s.key)
        ]

    def reason(self, planned_at: datetime, schedule: str = "news-1") -> str:
        return self.slots[SlotKey(schedule, planned_at)].reason or ""


def test_the_next_slot_is_planned_before_its_time_and_nothing_before_the_schedule_was_made():
    world = World(hourly(since=T + 30 * MINUTE))
    assert world.at(T + 31 * MINUTE) == []
    assert world.states() == [("04 01:00", "planned")]


def test_a_slot_is_started_when_its_time_has_come_and_the_one_after_it_is_planned():
    world = World(hourly())
    world.at(T + MINUTE)
    (started,) = world.at(T + HOUR)
    assert (started.planned_at, started.started_at) == (T + HOUR, T + HOUR)
    world.end(started, T + HOUR + 5 * MINUTE)
    world.at(T + HOUR + 6 * MINUTE)
    assert world.states() == [("04 01:00", "ran"), ("04 02:00", "planned")]


def test_a_start_within_the_grace_is_in_time_and_one_after_it_is_late():
    world = World(hourly(grace=60))
    (started,) = world.at(T + HOUR + MINUTE)
    world.end(started, T + HOUR + 2 * MINUTE)
    (started,) = world.at(T + 2 * HOUR + MINUTE + timedelta(milliseconds=1))
    world.end(started, T + 2 * HOUR + 5 * MINUTE)
    assert world.states()[:2] == [("04 01:00", "ran"), ("04 02:00", "late")]


def test_jitter_puts_a_start_off_by_the_slots_own_share_and_makes_nothing_late():
    schedule = hourly(jitter=600, grace=1)
    shares = [(due_at(schedule, T + n * HOUR) - T - n * HOUR).total_seconds() for n in range(200)]
    assert all(0 <= share <= 600 for share in shares)
    assert max(shares) > 500
    assert min(shares) < 100
    assert due_at(schedule, T) == due_at(schedule, T)
    world = World(schedule)
    due = due_at(schedule, T + HOUR)
    assert world.at(due - timedelta(milliseconds=1)) == []
    (started,) = world.at(due)
    world.end(started, due + MINUTE)
    assert world.states()[0] == ("04 01:00", "ran")


# -- overlap


def during_a_run(overlap: Overlap) -> tuple[World, Slot]:
    world = World(hourly(overlap=overlap))
    (started,) = world.at(T + HOUR)
    return world, started


def test_queue_waits_for_the_run_before_and_is_late_when_that_takes_longer_than_the_grace():
    world, first = during_a_run(Overlap.QUEUE)
    assert world.at(T + 2 * HOUR) == []
    assert world.states()[:2] == [("04 01:00", "running"), ("04 02:00", "queued")]
    assert world.reason(T + 2 * HOUR) == "waits for run run1 of the slot of 2026-05-04T01:00:00.000Z"
    world.end(first, T + 2 * HOUR + 30 * MINUTE)
    (second,) = world.at(T + 2 * HOUR + 30 * MINUTE)
    assert second.planned_at == T + 2 * HOUR
    world.end(second, T + 2 * HOUR + 40 * MINUTE)
    assert world.states()[:2] == [("04 01:00", "ran"), ("04 02:00", "late")]


def test_queue_takes_so_many_slots_and_says_why_it_takes_no_more():
    world, first = during_a_run(Overlap.QUEUE)
    for hour in range(2, 8):
        world.at(T + hour * HOUR)
    counts = Counter(state for _, state in world.states())
    assert counts == {"running": 1, "queued": 3, "skipped": 3, "planned": 1}
    assert world.reason(T + 5 * HOUR) == "overlap: 3 slots of this schedule wait already"
    world.end(first, T + 7 * HOUR)
    order = []
    for minute in range(3):
        (started,) = world.at(T + 7 * HOUR + minute * MINUTE)
        order.append(started.planned_at)
        world.end(started, T + 7 * HOUR + minute * MINUTE)
    assert order == [T + 2 * HOUR, T + 3 * HOUR, T + 4 * HOUR]


def test_skip_gives_up_and_names_the_run():
    world, _ = during_a_run(Overlap.SKIP)
    world.at(T + 2 * HOUR)
    assert world.states()[:2] == [("04 01:00", "running"), ("04 02:00", "skipped")]
    assert world.reason(T + 2 * HOUR) == "overlap: run run1 of the slot of 2026-05-04T01:00:00.000Z is under way"


def test_replace_has_the_other_run_stopped_once_and_starts_when_it_has():
    world, first = during_a_run(Overlap.REPLACE)
    assert world.at(T + 2 * HOUR) == []
    assert world.at(T + 2 * HOUR + MINUTE) == []
    assert [slot.key for slot in world.stops] == [first.key]
    assert world.slots[first.key].stop_reason == "replaced by the slot of 2026-05-04T02:00:00.000Z"
    world.end(world.slots[first.key], T + 2 * HOUR + 2 * MINUTE)
    (second,) = world.at(T + 2 * HOUR + 2 * MINUTE)
    assert second.planned_at == T + 2 * HOUR


def test_replace_replaces_a_slot_that_waits_too():
    world, first = during_a_run(Overlap.REPLACE)
    world.at(T + 2 * HOUR)
    world.at(T + 3 * HOUR)
    assert world.states()[:3] == [("04 01:00", "running"), ("04 02:00", "skipped"), ("04 03:00", "queued")]
    assert world.reason(T + 2 * HOUR) == "replaced by the slot of 2026-05-04T03:00:00.000Z"
    world.end(world.slots[first.key], T + 3 * HOUR)
    assert [slot.planned_at for slot in world.at(T + 3 * HOUR)] == [T + 3 * HOUR]


def test_a_run_that_was_told_to_stop_and_does_not_is_killed():
    world, first = during_a_run(Overlap.REPLACE)
    world.at(T + 2 * HOUR)
    world.at(T + 2 * HOUR + timedelta(seconds=600))
    assert world.kills == []
    world.at(T + 2 * HOUR + timedelta(seconds=601))
    assert [slot.key for slot in world.kills] == [first.key]


@pytest.mark.parametrize(
    ("overlap", "state"), [(Overlap.QUEUE, "queued"), (Overlap.SKIP, "skipped"), (Overlap.REPLACE, "queued")]
)
def test_a_run_that_a_person_started_is_waited_for_or_yielded_to_and_never_stopped(overlap, state):
    world = World(hourly(overlap=overlap))
    world.busy.add("news")
    assert world.at(T + HOUR) == []
    assert world.states()[0] == ("04 01:00", state)
    assert "that no slot asked for" in world.reason(T + HOUR)
    assert world.stops == []
    world.busy.clear()
    assert len(world.at(T + HOUR + MINUTE)) == (state == "queued")


def test_two_schedules_of_one_site_share_its_one_run_and_other_sites_do_not_wait():
    world = World(hourly(), hourly(id="news-2", overlap=Overlap.SKIP), hourly(id="other-1", site="other"))
    assert {slot.schedule for slot in world.at(T + HOUR)} == {"news-1", "other-1"}
    assert world.reason(T + HOUR, "news-2").startswith("overlap: the slot of 2026-05-04T01:00:00.000Z waits before it")


def test_no_more_runs_than_there_is_room_for_and_the_others_wait():
    world = World(
        *(hourly(id=f"s{n}-1", site=f"s{n}", overlap=Overlap.SKIP) for n in range(5)), rules=PlannerRules(most_runs=2)
    )
    started = world.at(T + HOUR)
    assert len(started) == 2
    assert Counter(state for _, state in world.states())["queued"] == 3
    world.end(started[0], T + HOUR + MINUTE)
    assert len(world.at(T + HOUR + MINUTE)) == 1


# -- missed slots


def after_a_rest(catch_up: CatchUp, *, until: datetime = T + 6 * HOUR + 30 * MINUTE) -> tuple[World, list[Slot]]:
    world = World(hourly(catch_up=catch_up))
    world.at(T + MINUTE)
    return world, world.at(until)


def test_without_catch_up_every_missed_slot_is_skipped_with_its_reason():
    world, started = after_a_rest(CatchUp.NONE)
    assert started == []
    assert world.states() == [(f"04 0{hour}:00", "skipped") for hour in range(1, 7)] + [("04 07:00", "planned")]
    assert {slot.reason for slot in world.slots.values()} == {None, "missed: no service was there to start it"}


def test_catch_up_of_the_latest_starts_one_which_stands_for_the_others():
    world, started = after_a_rest(CatchUp.LATEST)
    assert [slot.planned_at for slot in started] == [T + 6 * HOUR]
    assert world.reason(T + HOUR).endswith("the slot of 2026-05-04T06:00:00.000Z stands for it")
    world.end(started[0], T + 7 * HOUR)
    assert [state for _, state in world.states()] == ["skipped"] * 5 + ["late", "planned"]


def test_a_slot_that_is_still_in_time_stands_for_the_missed_ones():
    world, started = after_a_rest(CatchUp.LATEST, until=T + 6 * HOUR + 5 * MINUTE)
    assert [slot.planned_at for slot in started] == [T + 6 * HOUR]
    world.end(started[0], T + 7 * HOUR)
    assert [state for _, state in world.states()] == ["skipped"] * 5 + ["ran", "planned"]
    assert world.reason(T + 5 * HOUR).endswith("the slot of 2026-05-04T06:00:00.000Z stands for it")


def test_catch_up_of_all_starts_each_in_its_turn_even_where_overlap_is_skip():
    world = World(hourly(catch_up=CatchUp.ALL, overlap=Overlap.SKIP))
    order, now = [], T + 5 * HOUR + 30 * MINUTE
    while started := world.at(now):
        order += [slot.planned_at for slot in started]
        now += MINUTE
        world.end(started[0], now)
    assert order == [T + hour * HOUR for hour in range(1, 6)]
    assert [state for _, state in world.states()] == ["late"] * 5 + ["planned"]


def test_catch_up_of_all_has_an_end():
    world, _ = after_a_rest(CatchUp.ALL, until=T + 300 * HOUR + 30 * MINUTE)
    assert Counter(state for _, state in world.states()) == {"running": 1, "queued": 99, "skipped": 200, "planned": 1}


def test_a_month_without_service_is_accounted_for_slot_by_slot():
    world = World(hourly(cron="*/10 * * * *"))
    world.at(T + MINUTE)
    world.at(T + timedelta(days=30))
    counts = Counter(slot.state.value for slot in world.slots.values())
    assert (
        counts["skipped"] + counts["running"] + counts["queued"] + counts["planned"] == len(world.slots) == 30 * 144 + 1
    )
    assert counts["running"] == 1


# -- pause, removal, slots by hand, deaths


def test_the_slots_of_a_paused_schedule_are_skipped_and_listed():
    world = World(hourly(standing=Standing.PAUSED))
    world.at(T + 2 * HOUR + 30 * MINUTE)
    assert world.states() == [("04 01:00", "skipped"), ("04 02:00", "skipped"), ("04 03:00", "planned")]
    assert world.reason(T + HOUR) == "the schedule is paused"
    world.schedules = [hourly()]
    assert [slot.planned_at for slot in world.at(T + 3 * HOUR)] == [T + 3 * HOUR]


def test_the_planned_slot_of_a_removed_schedule_does_not_stay_planned():
    world = World(hourly())
    world.at(T + MINUTE)
    world.schedules = [hourly(standing=Standing.REMOVED)]
    world.at(T + 2 * MINUTE)
    world.at(T + 5 * HOUR)
    assert world.states() == [("04 01:00", "skipped")]
    assert world.reason(T + HOUR) == "the schedule was removed"


def test_a_slot_by_hand_runs_though_paused_waits_though_the_policy_is_skip_and_is_never_missed():
    world = World(hourly(overlap=Overlap.SKIP, catch_up=CatchUp.NONE, standing=Standing.PAUSED))
    by_hand = [Slot("news-1", "news", T + n * MINUTE, T + n * MINUTE, origin=Origin.HAND) for n in (10, 11)]
    for slot in by_hand:
        world.put(slot)
    (started,) = world.at(T + 50 * MINUTE)
    assert started.planned_at == T + 10 * MINUTE
    assert world.slots[by_hand[1].key].state is SlotState.QUEUED
    world.end(started, T + 51 * MINUTE)
    assert [slot.planned_at for slot in world.at(T + 51 * MINUTE)] == [T + 11 * MINUTE]


def test_a_slot_whose_run_died_is_made_up_for_once_unless_nothing_is_caught_up():
    dead = Slot("news-1", "news", T, T, state=SlotState.FAILED)
    again = made_up(hourly(), dead, now=T + MINUTE)
    assert again is not None
    assert (again.planned_at, again.origin, again.stands_for, again.state) == (
        T + MINUTE,
        Origin.REPEAT,
        T,
        SlotState.PLANNED,
    )
    assert made_up(hourly(), again, now=T + 2 * MINUTE) is None
    assert made_up(hourly(catch_up=CatchUp.NONE), dead, now=T + MINUTE) is None
    assert made_up(hourly(standing=Standing.PAUSED), dead, now=T + MINUTE) is None


# -- everything at once


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_whatever_happens_every_planned_time_has_one_slot_and_none_is_left_behind(data):
    zone = data.draw(st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Ho_Chi_Minh"]))
    start = data.draw(st.sampled_from([datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC), T]))
    schedules = [
        Schedule(
            f"s{n}",
            data.draw(st.sampled_from(["news", "other"])),
            data.draw(st.sampled_from(["0 * * * *", "*/30 * * * *", "30 2 * * *", "15 1-3 * * *"])),
            zone,
            since=start,
            overlap=data.draw(st.sampled_from(list(Overlap))),
            catch_up=data.draw(st.sampled_from(list(CatchUp))),
            jitter=data.draw(st.sampled_from([0.0, 300.0])),
        )
        for n in range(3)
    ]
    world = World(*schedules, rules=PlannerRules(most_runs=data.draw(st.integers(1, 3))))
    now = start
    running: dict[SlotKey, datetime] = {}
    for step in data.draw(st.lists(st.integers(1, 20_000), min_size=10, max_size=30)):
        now += timedelta(seconds=step)
        for key, end in list(running.items()):
            if end <= now or world.slots[key].stop_told_at:
                world.end(world.slots[key], now)
                del running[key]
        for slot in world.at(now):
            assert slot.site not in {world.slots[key].site for key in running}, "two runs of one site"
            running[slot.key] = now + timedelta(seconds=data.draw(st.integers(1, 9_000)))
        if data.draw(st.integers(0, 9)) == 0:
            n = data.draw(st.integers(0, 2))
            other = Standing.PAUSED if world.schedules[n].standing is Standing.ACTIVE else Standing.ACTIVE
            world.schedules[n] = replace(world.schedules[n], standing=other)
    for schedule in schedules:
        expected = []
        for each in occurrences(schedule.cron, schedule.zone, after=start):
            if each.at > now:
                break
            expected.append(each.at)
        ours = sorted(slot.planned_at for slot in world.slots.values() if slot.schedule == schedule.id)
        assert [at for at in ours if at <= now] == expected
    for slot in world.slots.values():
        assert slot.final or slot.due_at > now or slot.state in {SlotState.QUEUED, SlotState.RUNNING}
        assert slot.state is not SlotState.SKIPPED or slot.reason
