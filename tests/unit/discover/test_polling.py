"""How often a source is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from archiver.config import SourcesSection
from archiver.discover import PollRules, after_poll_failure, due_after, next_interval, next_window, window_of
from archiver.model.site import Source, SourceKind

T0 = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RULES = PollRules()
lengths = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))


@given(known=st.none() | lengths, fresh=st.integers(0, 500), window=st.none() | lengths, least=lengths, most=lengths)
def test_an_interval_keeps_its_bounds(
    known: timedelta | None, fresh: int, window: timedelta | None, least: timedelta, most: timedelta
) -> None:
    least, most = sorted((least, most))
    found = next_interval(PollRules(least, most), known=known, fresh=fresh, window=window)
    assert least <= found <= most


@given(known=lengths, window=st.none() | lengths, fresh=st.integers(1, 500))
def test_what_is_new_never_makes_an_interval_longer_and_nothing_new_never_shorter_but_for_a_window(
    known: timedelta, window: timedelta | None, fresh: int
) -> None:
    known = min(max(known, RULES.least), RULES.most)
    assert next_interval(RULES, known=known, fresh=fresh, window=window) <= known
    quiet = next_interval(RULES, known=known, fresh=0, window=window)
    assert quiet >= known or (window is not None and quiet >= min(known, window / 2))


@given(window=lengths, known=st.none() | lengths, fresh=st.integers(0, 500))
def test_a_source_is_asked_twice_in_the_time_in_which_its_entries_are_replaced(
    window: timedelta, known: timedelta | None, fresh: int
) -> None:
    found = next_interval(RULES, known=known, fresh=fresh, window=window)
    assert found <= max(window / 2, RULES.least)


def test_a_quiet_source_is_asked_ever_less_and_a_busy_one_ever_more() -> None:
    quiet, busy = [FIRST := 15 * MINUTE], [FIRST]
    for _ in range(8):
        quiet.append(next_interval(RULES, known=quiet[-1], fresh=0, window=None))
        busy.append(next_interval(RULES, known=busy[-1], fresh=5, window=None))
    assert quiet == sorted(quiet)
    assert quiet[-1] == RULES.most
    assert busy == sorted(busy, reverse=True)
    assert busy[-1] == RULES.least


def test_a_window_is_that_of_the_busiest_half_not_the_average_over_a_night() -> None:
    night = [T0 + n * HOUR for n in range(10)]
    morning = [T0 + 10 * HOUR + n * 3 * MINUTE for n in range(12)]
    assert window_of([*night, *morning]) == 2 * 11 * 3 * MINUTE
    assert window_of([T0, None, T0 + HOUR, T0 + 2 * HOUR]) is None
    assert window_of([T0] * 30) is None


def test_a_window_is_told_by_what_was_new_where_entries_have_no_dates() -> None:
    assert next_window(None, by_dates=None, entries=20, fresh=5, passed=30 * MINUTE) == 2 * HOUR
    assert next_window(None, by_dates=None, entries=20, fresh=0, passed=30 * MINUTE) is None
    assert next_window(None, by_dates=None, entries=20, fresh=20, passed=None) is None


def test_a_busy_hour_is_remembered_and_slowly_forgotten() -> None:
    window = next_window(None, by_dates=HOUR, entries=20, fresh=0, passed=None)
    widened = [window]
    for _ in range(10):
        window = next_window(window, by_dates=DAY, entries=20, fresh=0, passed=HOUR)
        widened.append(window)
    assert widened[1] == 66 * MINUTE
    assert widened == sorted(widened)


def test_a_failing_source_is_tried_soon_then_seldom_and_never_given_up() -> None:
    waits = [after_poll_failure(RULES, failures=n) for n in (1, 2, 3, 10, 1000)]
    assert waits == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR, HOUR]


def test_no_entry_of_a_short_feed_passes_by_unseen_through_nights_and_mornings() -> None:
    """A feed of twenty entries; nothing for nine hours a night, up to thirty entries an hour in the morning."""
    chance = Random(7)
    published: list[datetime] = []
    for day in range(30):
        for hour in range(6, 21):
            pace = 30 if hour in {7, 8} else 6
            start = T0 + day * DAY + hour * HOUR
            published += sorted(start + HOUR * chance.random() for _ in range(pace))
    seen: set[datetime] = set()
    known, window, now, last, polls = None, None, T0, None, 0
    rules = PollRules(5 * MINUTE, HOUR)
    while now < published[-1]:
        feed = [at for at in published if at <= now][-20:]
        fresh = len(set(feed) - seen)
        passed = now - last if last else None
        window = next_window(window, by_dates=window_of(feed), entries=len(feed), fresh=fresh, passed=passed)
        known = next_interval(rules, known=known, fresh=fresh, window=window)
        seen.update(feed)
        polls += 1
        last, now = now, now + known
    missed = [at for at in published if at <= (last or T0) and at not in seen]
    assert len(missed) <= len(published) * 0.002
    assert polls < 30 * DAY / (6 * MINUTE)


def test_bounds_are_those_of_the_kind_or_the_sources_own() -> None:
    section = SourcesSection()
    of = lambda **own: PollRules.of(section, Source("https://s.example/x", **own))  # noqa: E731
    feed, sitemap = of(kind=SourceKind.FEED), of(kind=SourceKind.SITEMAP)
    assert (feed.least, feed.most) == (5 * MINUTE, HOUR)
    assert (sitemap.least, sitemap.most) == (5 * MINUTE, DAY)
    assert of(kind=SourceKind.FEED, min_interval="2h").most == 2 * HOUR
    assert of(kind=SourceKind.FEED, max_interval="2m").least == 2 * MINUTE


def test_a_source_is_due_again_for_the_slot_that_is_one_interval_later():
    """A look comes some seconds after its slot began; the next slot must not find it due some seconds later."""
    slot = datetime(2026, 3, 1, 10, tzinfo=UTC)
    looked = slot + timedelta(seconds=90)
    assert looked + due_after(timedelta(hours=1)) < slot + timedelta(hours=1)
    assert timedelta(minutes=55) < due_after(timedelta(hours=1)) < timedelta(hours=1)
