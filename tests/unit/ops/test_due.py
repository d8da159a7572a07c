"""When an object is due to be read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from archiver.ops.verify.sweep import Due

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WITHIN = timedelta(days=100)
KEYS = [f"warcs/news/{number}.warc.gz" for number in range(1000)]


def test_without_a_time_everything_is_due():
    assert Due(NOW, None).is_due("a", NOW)


def test_what_was_never_checked_is_due():
    assert Due(NOW, WITHIN).is_due("a", None)


def test_what_was_checked_in_the_future_is_due_for_some_clock_was_wrong():
    assert Due(NOW, WITHIN).is_due("a", NOW + timedelta(seconds=1))


def test_nothing_is_due_before_half_the_time_and_everything_before_all_of_it():
    due = Due(NOW, WITHIN)
    assert not any(due.is_due(key, NOW - timedelta(days=49)) for key in KEYS)
    assert all(due.is_due(key, NOW - timedelta(days=90)) for key in KEYS)


def test_the_work_is_spread_over_the_days_between():
    due = Due(NOW, WITHIN)
    counts = [sum(due.is_due(key, NOW - timedelta(days=days)) for key in KEYS) for days in range(50, 91, 4)]
    steps = [after - before for before, after in pairwise(counts)]
    assert all(50 <= step <= 150 for step in steps)
