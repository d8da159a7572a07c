"""How many known pages are looked at again in a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archiver.fetch.politeness.day_budget import RevisitBudget

HANOI = "Asia/Ho_Chi_Minh"
MIDNIGHT = datetime(2026, 11, 23, 17, tzinfo=UTC)


class Held:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def taken(budget: RevisitBudget, most: int = 10_000) -> int:
    for count in range(most):
        if budget.spend() is not None:
            return count
    return most


def test_a_days_looks_are_spread_over_its_hours() -> None:
    clock = Held(MIDNIGHT)
    budget = RevisitBudget(240, HANOI, clock)
    assert taken(budget) == 10
    clock.at += timedelta(hours=1)
    assert taken(budget) == 10
    clock.at = MIDNIGHT + timedelta(hours=12)
    assert taken(budget) == 110
    clock.at = MIDNIGHT + timedelta(hours=23, minutes=59)
    assert taken(budget) == 110
    clock.at = MIDNIGHT + timedelta(days=1)
    assert taken(budget) == 10


def test_what_finds_no_room_is_due_when_there_is_some() -> None:
    clock = Held(MIDNIGHT + timedelta(minutes=3))
    budget = RevisitBudget(240, HANOI, clock)
    taken(budget)
    until = budget.spend()
    assert until is not None
    assert clock.at < until <= clock.at + timedelta(minutes=20)
    clock.at = until
    assert budget.spend() is None


def test_a_spent_day_waits_for_the_next_of_the_sites_own_zone() -> None:
    clock = Held(MIDNIGHT + timedelta(hours=23, minutes=30))
    budget = RevisitBudget(5, HANOI, clock)
    budget.spent_before(4)
    assert budget.spend() is None
    assert budget.spend() == MIDNIGHT + timedelta(days=1)


def test_without_a_limit_there_is_always_room() -> None:
    budget = RevisitBudget(0, HANOI, Held(MIDNIGHT))
    assert not budget.is_limited
    assert taken(budget, 1000) == 1000


def test_a_day_that_a_clock_change_makes_shorter_or_longer_is_spent_whole() -> None:
    for day in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        clock = Held(day)
        budget = RevisitBudget(100, "Europe/Berlin", clock)
        count = 0
        for _ in range(26 * 6):
            if clock.at.astimezone(budget._budget._zone).date() == day.date():
                count += taken(budget)
            clock.at += timedelta(minutes=10)
        assert count == 100
