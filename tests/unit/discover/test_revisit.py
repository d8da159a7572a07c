"""When a URL is due again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archiver.discover import next_due
from archiver.discover.revisit import ARTICLE_STEPS, MAX_FAILURES
from archiver.model.capture import Kind

BORN = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def due(age: timedelta, **more: object) -> datetime | None:
    return next_due(Kind.PAGE, now=BORN + age, first_seen_at=BORN, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), HOUR),
        (timedelta(minutes=59), HOUR),
        (HOUR, 6 * HOUR),
        (5 * HOUR, 6 * HOUR),
        (7 * HOUR, DAY),
        (2 * DAY, 3 * DAY),
        (4 * DAY, 7 * DAY),
        (8 * DAY, 30 * DAY),
        (31 * DAY, 90 * DAY),
    ],
)
def test_an_article_is_due_at_growing_ages(age: timedelta, expected: timedelta) -> None:
    assert due(age) == BORN + expected


def test_an_old_article_is_never_due_again() -> None:
    assert due(90 * DAY) is None
    assert due(1000 * DAY) is None


def test_an_articles_age_counts_from_its_publication() -> None:
    found = due(timedelta(0), published_at=BORN - 5 * DAY)
    assert found == BORN + 2 * DAY


def test_a_publication_in_the_future_is_not_believed() -> None:
    assert due(timedelta(0), published_at=BORN + 100 * DAY) == BORN + HOUR


def test_each_visit_at_its_due_time_goes_one_step_on() -> None:
    seen, now = [], BORN
    while (then := next_due(Kind.PAGE, now=now, first_seen_at=BORN)) is not None:
        seen.append(then - BORN)
        now = then
    assert tuple(seen) == ARTICLE_STEPS


def test_what_is_gone_is_looked_at_again_but_not_within_a_day() -> None:
    assert due(timedelta(0), gone=True) == BORN + DAY
    assert due(8 * DAY, gone=True) == BORN + 30 * DAY
    assert due(100 * DAY, gone=True) is None


def test_a_source_is_due_after_its_interval_however_old() -> None:
    for age in (timedelta(0), 1000 * DAY):
        now = BORN + age
        assert next_due(Kind.SOURCE, now=now, first_seen_at=BORN, interval=HOUR) == now + HOUR


@pytest.mark.parametrize("kind", [Kind.REQUISITE, Kind.ROBOTS, Kind.REDIRECT])
def test_what_only_pages_need_is_not_due_of_itself(kind: Kind) -> None:
    assert next_due(kind, now=BORN, first_seen_at=BORN) is None


@pytest.mark.parametrize("kind", list(Kind))
def test_failures_wait_longer_each_time_and_end(kind: Kind) -> None:
    waits = []
    for failures in range(1, MAX_FAILURES):
        then = next_due(kind, now=BORN, first_seen_at=BORN, failures=failures)
        assert then is not None
        waits.append(then - BORN)
    assert waits[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert waits == sorted(waits)
    assert waits[-1] <= 7 * DAY
    assert next_due(kind, now=BORN, first_seen_at=BORN, failures=MAX_FAILURES) is None
