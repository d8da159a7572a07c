"""Eight days of the simulated month, in which two clock changes fall; ``make simulate`` lives through all thirty."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.simulation.month import Figures, both, in_memory, misses, planned_times, simulate
from tests.simulation.paper import BEGINS, Paper

LIVES = ((0.45, 3, timedelta(minutes=2)), (0.6, None, timedelta(hours=5)), (1.0, None, timedelta(0)))


@pytest.fixture(scope="module")
def eight_days() -> Iterator[tuple[Figures, Figures]]:
    # In memory, where that is possible: a disk that is synced for each of some hundred runs takes minutes.
    with tempfile.TemporaryDirectory(prefix="archiver-month-", dir=in_memory()) as folder:
        yield both(Path(folder), days=8, daily=4.0, cron="0 * * * *", lives=LIVES, reads_fixed=False)


def test_eight_days_are_archived_and_accounted_for_within_the_budget_of_a_fixed_revisit(
    eight_days: tuple[Figures, Figures],
) -> None:
    product, fixed = eight_days
    # One article is refused to everybody for as long as it stands: among so few it is more than the part that may be missing.
    assert (product.held, product.missing) == (product.published - 1, {"withdrawn": 1})
    assert [what for what in misses(product, fixed) if "of the articles are held" not in what] == []
    # What happened in these days is what is claimed of them.
    assert product.published > 50
    assert product.edits_long > 20
    assert (product.kills, product.slots["failed"]) == (1, 1)
    assert product.slots["skipped"] >= 4  # while nobody followed the schedules
    assert 0 < product.requests < 0.9 * fixed.requests
    assert fixed.slots_wrong == []


def test_without_sockets_a_day_goes_as_it_does_over_loopback(tmp_path: Path) -> None:
    day = {"policy": "product", "days": 1, "daily": 8.0, "cron": "0 * * * *", "lives": ((1.0, None, timedelta(0)),)}
    paper = simulate(tmp_path / "paper", **day)  # type: ignore[arg-type]
    real = simulate(tmp_path / "real", wire="loopback", **day)  # type: ignore[arg-type]
    assert misses(real, None) == misses(paper, None) == []
    assert (real.published, real.held, real.edits_seen, real.slots) == (
        paper.published,
        paper.held,
        paper.edits_seen,
        paper.slots,
    )
    # A page may be due a second earlier or later than a run begins, and so be asked for an hour later.
    assert abs(real.requests - paper.requests) <= 0.1 * paper.requests


def test_half_of_the_edits_come_within_three_hours_and_nine_tenths_within_two_days() -> None:
    paper = Paper(days=30, daily=14.0)
    delays = [version.since - article.published_at for article in paper.articles for version in article.versions[1:]]
    assert len(delays) > 400
    assert 0.45 <= sum(delay <= timedelta(hours=3) for delay in delays) / len(delays) <= 0.58
    assert 0.88 <= sum(delay <= timedelta(days=2) for delay in delays) / len(delays) <= 0.96


def test_a_busy_night_is_longer_than_the_feeds_window() -> None:
    paper = Paper(days=30, daily=6.0)
    night = [BEGINS + timedelta(days=10, hours=hour) for hour in (1, 4)]
    assert sum(night[0] <= article.published_at < night[1] for article in paper.articles) > 8


def test_planned_times_count_what_the_clocks_leave_out_and_show_twice() -> None:
    def times(cron: str, zone: str, day: str) -> list[str]:
        since = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=12)
        found = planned_times(cron, zone, since=since, until=since + timedelta(hours=36))
        return [f"{at:%d %H:%M}" for at in sorted(found)]

    assert times("30 2 * * *", "Europe/Berlin", "2026-03-29") == ["29 01:00"]
    assert times("30 2 * * *", "Australia/Sydney", "2026-04-04") == ["03 15:30", "04 15:30"]
    assert len(times("0 * * * *", "Europe/Berlin", "2026-03-29")) == 35
