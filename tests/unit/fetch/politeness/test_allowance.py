"""A site's hours and its day's budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archiver.fetch.errors import SiteClosed
from archiver.fetch.politeness.day_budget import Allowance
from archiver.model.site import Host, Site, Window


class Hands:
    """A clock that is moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def site(**more: object) -> Site:
    return Site("s", hosts=(Host("a.example"),), timezone="Europe/Berlin", **more)  # type: ignore[arg-type]


def test_hours_are_those_of_the_sites_zone_in_summer_and_winter() -> None:
    clock = Hands(datetime(2026, 7, 1, 22, 59, tzinfo=UTC))
    allowance = Allowance(site(window=Window.parse("01:00-06:00")), clock, lambda: 0)
    assert allowance.refuses() == "s is crawled 01:00-06:00 only (it is 00:59 in Europe/Berlin)"
    clock.at += timedelta(minutes=1)
    assert allowance.refuses() is None
    clock.at = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
    assert allowance.refuses() is not None
    clock.at += timedelta(minutes=1)
    allowance.enter()
    clock.at = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
    with pytest.raises(SiteClosed):
        allowance.enter()


def test_the_hour_that_comes_twice_and_the_one_that_never_comes() -> None:
    clock = Hands(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    allowance = Allowance(site(window=Window.parse("02:00-03:00")), clock, lambda: 0)
    open_at = []
    for _ in range(6):
        open_at.append(allowance.refuses() is None)
        clock.at += timedelta(minutes=30)
    assert open_at == [True, True, True, False, False, False]
    clock.at = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    for _ in range(48):
        assert allowance.refuses() is not None
        clock.at += timedelta(minutes=5)


def test_requests_are_counted_from_midnight_of_the_site() -> None:
    clock = Hands(datetime(2026, 11, 24, 21, 0, tzinfo=UTC))
    allowance = Allowance(site(daily_requests=3), clock, lambda: 0)
    assert allowance.is_daily
    assert allowance.day_begins() == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    allowance.spent_before(1, 0)
    allowance.enter()
    allowance.enter()
    with pytest.raises(SiteClosed, match="3 requests of s for today"):
        allowance.enter()
    clock.at = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    for _ in range(3):
        allowance.enter()
    assert allowance.refuses() is not None


def test_bytes_are_counted_from_midnight_too() -> None:
    clock = Hands(datetime(2026, 11, 24, 21, 0, tzinfo=UTC))
    received = 0
    allowance = Allowance(site(daily_bytes=100), clock, lambda: received)
    allowance.spent_before(9, 60)
    received = 39
    allowance.enter()
    received = 40
    assert allowance.refuses() == "the 100 bytes of s for today are used up"
    clock.at += timedelta(hours=3)
    assert allowance.refuses() is None
    received = 139
    assert allowance.refuses() is None
    received = 140
    assert allowance.refuses() is not None


def test_a_site_without_either_is_always_open() -> None:
    allowance = Allowance(site(), Hands(datetime(2026, 11, 24, tzinfo=UTC)), lambda: 10**12)
    assert not allowance.is_daily
    for _ in range(1000):
        allowance.enter()
