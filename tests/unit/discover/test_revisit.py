"""When a page is looked at again."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.config import RevisitSection
from archiver.discover import (
    RevisitRules,
    absence_reason,
    after_absence,
    after_failure,
    born,
    is_worth_a_look,
    next_visit,
)
from archiver.discover.revisit import AGES, GIVEN_UP, LONGEST_RETRY, MAX_FAILURES
from archiver.model.site import Host, Revisit, Site

BORN = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RULES = RevisitRules()


def looks(
    *, until: timedelta, changes: tuple[timedelta, ...] = (), by_history: bool = True, rules: RevisitRules = RULES
) -> list[timedelta]:
    """The ages at which an article is looked at that is fetched as soon as it is due, and changes at some ages."""
    now, found, changed_at, seen = BORN, [], None, 0
    while True:
        version = sum(1 for each in changes if BORN + each <= now)
        if version > seen:
            changed_at, seen = now, version
        due = next_visit(rules, now=now, born_at=BORN, changed_at=changed_at, by_history=by_history)
        if due is None or due - BORN > until:
            return found
        assert due > now
        found.append(due - BORN)
        now = due


def test_by_its_age_alone_an_article_is_due_at_each_step_and_then_never() -> None:
    assert tuple(looks(until=1000 * DAY, by_history=False)) == AGES


def test_a_quiet_article_is_seen_at_every_step_too() -> None:
    assert set(AGES) <= set(looks(until=1000 * DAY))


def test_a_quiet_article_is_looked_at_ever_later() -> None:
    ages = [timedelta(0), *looks(until=30 * DAY)]
    waits = [after - before for before, after in itertools.pairwise(ages)]
    # What is left before a step may be short; but no wait is longer than the one due by its quiet time.
    for age, wait in zip(ages[1:], waits[1:], strict=False):
        assert wait <= 1.5 * max(RULES.shortest, age * RULES.patience)
    assert waits[-1] > 100 * waits[0] / 10
    assert len(ages) < 30


def test_after_a_change_an_article_is_due_sooner_than_a_quiet_one() -> None:
    for age in (2 * HOUR, 10 * HOUR, 2 * DAY, 5 * DAY, 40 * DAY):
        now = BORN + age
        quiet = next_visit(RULES, now=now, born_at=BORN)
        changed = next_visit(RULES, now=now, born_at=BORN, changed_at=now)
        assert changed is not None
        assert quiet is not None
        assert changed < quiet


def test_beyond_the_last_age_only_a_page_that_just_changed_is_looked_at_again() -> None:
    now = BORN + 100 * DAY
    assert next_visit(RULES, now=now, born_at=BORN) is None
    assert next_visit(RULES, now=now, born_at=BORN, changed_at=now - DAY) is None
    assert next_visit(RULES, now=now, born_at=BORN, changed_at=now) == now + 100 * DAY / 24


def test_a_page_that_changes_at_every_look_is_not_asked_more_often_than_its_age_allows() -> None:
    changes = tuple(n * 10 * MINUTE for n in range(1, 6 * 24 * 30))
    ages = looks(until=30 * DAY, changes=changes)
    for before, after in itertools.pairwise(ages):
        assert after - before >= min(
            max(RULES.shortest, before / 24), *(step - before for step in AGES if step > before)
        )
    assert len(ages) < 200


@given(age=st.floats(0, 200 * 86400), changed=st.none() | st.floats(0, 1), history=st.booleans())
def test_a_due_time_lies_ahead_and_never_beyond_the_next_step(age: float, changed: float | None, history: bool) -> None:
    now = BORN + timedelta(seconds=age)
    changed_at = None if changed is None else BORN + (now - BORN) * changed
    due = next_visit(RULES, now=now, born_at=BORN, changed_at=changed_at, by_history=history)
    later = [BORN + step for step in AGES if BORN + step > now]
    if later:
        assert due is not None
        assert now < due <= later[0]
    elif due is not None:
        assert due >= now + RULES.shortest


@given(age=st.floats(0, 80 * 86400), first=st.floats(0, 1), second=st.floats(0, 1))
def test_the_later_the_last_change_the_sooner_the_next_look(age: float, first: float, second: float) -> None:
    now = BORN + timedelta(seconds=age)
    early, late = sorted((BORN + (now - BORN) * first, BORN + (now - BORN) * second))
    after_early = next_visit(RULES, now=now, born_at=BORN, changed_at=early)
    after_late = next_visit(RULES, now=now, born_at=BORN, changed_at=late)
    assert after_early is not None
    assert after_late is not None
    assert after_late <= after_early


def test_nine_edits_of_ten_are_seen_for_less_than_a_look_every_six_hours() -> None:
    """Half of the edits within 3 hours of publication, nine of ten within 2 days; looks every quarter of an hour at most."""
    chance = Random(20261124)
    month, slot = 30 * DAY, 15 * MINUTE
    stood = seen = requests = every_six_hours = 0
    for _ in range(400):
        life = month * chance.random()
        edits = sorted(
            7 * HOUR * chance.expovariate(1) ** (1 / 0.433) for _ in range(chance.choice((0, 0, 0, 1, 2, 3, 5)))
        )
        edits = [edit for edit in edits if edit < life]
        held, changed_at, last, now = set(), None, 0, timedelta(0)
        while True:
            requests += 1
            version = sum(1 for edit in edits if edit <= now)
            held.add(version)
            if version != last:
                changed_at, last = BORN + now, version
            due = next_visit(RULES, now=BORN + now, born_at=BORN, changed_at=changed_at)
            if due is None or due - BORN >= life:
                break
            now = -((BORN - due) // slot) * slot
        every_six_hours += -(-life // (6 * HOUR))
        for number, (edit, end) in enumerate(zip(edits, [*edits[1:], life], strict=False), 1):
            if end - edit > HOUR:
                stood += 1
                seen += number in held
    assert stood > 250
    assert seen / stood > 0.95
    assert requests < every_six_hours / 2


def test_an_articles_age_counts_from_its_publication_but_not_from_one_in_the_future() -> None:
    now = BORN + 5 * DAY
    assert born(first_seen_at=now, published_at=BORN, now=now) == BORN
    assert born(first_seen_at=BORN, published_at=now + DAY, now=now) == BORN
    assert born(first_seen_at=now + DAY, published_at=None, now=now) == now


def test_what_is_not_there_is_looked_at_twice_more_before_that_is_believed() -> None:
    assert after_absence(RULES, now=BORN, absences=1) == BORN + HOUR
    assert after_absence(RULES, now=BORN, absences=2) == BORN + DAY
    assert after_absence(RULES, now=BORN, absences=3) is None
    assert [absence_reason(RULES, times) for times in (1, 2, 3)] == [
        "withdrawn? seen 1 of 3 times",
        "withdrawn? seen 2 of 3 times",
        "withdrawn",
    ]


def test_failures_wait_longer_each_time_and_never_end_within_a_week() -> None:
    waits = []
    for failures in range(1, 40):
        then = after_failure(now=BORN, failures=failures, first_seen_at=BORN - 6 * DAY)
        assert then is not None
        waits.append(then - BORN)
    assert waits[:3] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE]
    assert waits == sorted(waits)
    assert waits[-1] <= LONGEST_RETRY


def test_what_is_new_is_tried_again_within_the_hour_however_long_the_outage() -> None:
    for failures in range(1, 40):
        then = after_failure(now=BORN + HOUR, failures=failures, first_seen_at=BORN)
        assert then is not None
        assert then - BORN <= 2 * HOUR


def test_what_failed_often_and_for_a_week_is_given_up() -> None:
    now = BORN + GIVEN_UP
    assert after_failure(now=now, failures=MAX_FAILURES, first_seen_at=BORN) is None
    assert after_failure(now=now, failures=MAX_FAILURES - 1, first_seen_at=BORN) is not None


def test_the_site_file_says_more_than_the_settings() -> None:
    section = RevisitSection(ages=("2h", "1h"), shortest="10m", patience=1.0, daily=7, withdrawal=("5m",))
    site = Site("s", (Host("s.example"),), revisit=Revisit(ages=("3h",), daily=3))
    assert RevisitRules.of(section).ages == (HOUR, 2 * HOUR)
    own = RevisitRules.of(section, site)
    assert (own.ages, own.daily, own.shortest, own.patience) == ((3 * HOUR,), 3, 10 * MINUTE, 1.0)
    assert own.withdrawal == (5 * MINUTE,)


@pytest.mark.parametrize("text", ["", "1", "0h", "-1h", "1y", "9" * 12 + "d", "h"])
def test_no_length_of_time_is_no_rule(text: str) -> None:
    with pytest.raises(ValueError, match="length of time"):
        RevisitRules.of(RevisitSection(shortest=text))


@pytest.mark.parametrize(
    ("age", "seen", "told", "expected"),
    [
        (HOUR, 30 * MINUTE, 10 * MINUTE, True),
        (HOUR, 30 * MINUTE, 40 * MINUTE, False),  # seen since
        (HOUR, 10 * MINUTE, 5 * MINUTE, False),  # seen a moment ago
        (30 * DAY, 2 * DAY, DAY, False),  # quiet for long
        (30 * DAY, 4 * DAY, DAY, True),
        (HOUR, 30 * MINUTE, -DAY, False),  # in the future
    ],
)
def test_a_sources_word_that_a_page_has_changed_counts_by_how_quiet_the_page_was(
    age: timedelta, seen: timedelta, told: timedelta, expected: bool
) -> None:
    now = BORN + age
    assert is_worth_a_look(RULES, now=now, hinted_at=now - told, seen_at=now - seen, born_at=BORN) is expected
    # A page whose text has changed a while ago is believed sooner.
    if told < seen and told > timedelta(0) and seen > HOUR:
        assert is_worth_a_look(
            RULES, now=now, hinted_at=now - told, seen_at=now - seen, born_at=BORN, changed_at=now - seen
        )
