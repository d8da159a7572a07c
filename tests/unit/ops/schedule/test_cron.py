"""Which instants a cron line names, over the clock changes of several zones, held against a walk through every minute."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.errors import UsageError
from archiver.ops.schedule.cron import check_cron, occurrences

MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Paris", "America/New_York", "Asia/Ho_Chi_Minh", "Australia/Lord_Howe", "Africa/Casablanca")


def transitions(zone: str, year: int) -> list[datetime]:
    """The hours (UTC) in which the zone's offset changes."""
    tz, at, found = ZoneInfo(zone), datetime(year, 1, 1, tzinfo=UTC), []
    while at.year == year:
        after = at + timedelta(hours=1)
        if at.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset():
            found.append(at)
        at = after
    return found


CHANGES = [(zone, at) for zone in ZONES for year in (2025, 2026) for at in transitions(zone, year)]


def taken(line: str, zone: str, start: datetime, end: datetime):
    return list(takewhile(lambda each: each.at <= end, occurrences(line, zone, after=start)))


def test_the_zones_have_the_changes_that_they_are_chosen_for():
    kinds = defaultdict(set)
    for zone, at in CHANGES:
        tz = ZoneInfo(zone)
        kinds[zone].add((at + timedelta(hours=1)).astimezone(tz).utcoffset() - at.astimezone(tz).utcoffset())
    hour, half = timedelta(hours=1), timedelta(minutes=30)
    assert kinds == {
        "Europe/Paris": {hour, -hour},
        "America/New_York": {hour, -hour},
        "Australia/Lord_Howe": {half, -half},
        "Africa/Casablanca": {hour, -hour},
    }


@settings(deadline=None, max_examples=60)
@given(
    place=st.sampled_from(CHANGES),
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=4),
    hours=st.one_of(st.just(set(range(24))), st.sets(st.integers(0, 4), min_size=1, max_size=3)),
)
def test_over_a_clock_change_no_time_of_the_wall_is_dropped_or_doubled_without_a_word(place, minutes, hours):
    zone, change = place
    tz = ZoneInfo(zone)
    start, end = change - timedelta(hours=30), change + timedelta(hours=30)
    line = f"{','.join(map(str, sorted(minutes)))} {','.join(map(str, sorted(hours)))} * * *"

    comings = defaultdict(list)
    at = start + MINUTE
    while at <= end:
        wall = at.astimezone(tz).replace(tzinfo=None)
        if wall.minute in minutes and wall.hour in hours:
            comings[wall].append(at)
        at += MINUTE
    found = {each.at: each for each in taken(line, zone, start, end)}
    assert list(found) == sorted(found)

    # Every coming of a time is an instant of its own; the second of them runs only when every hour is meant.
    for wall, instants in comings.items():
        assert found[instants[0]].skip is None
        if len(instants) == 2:
            second = found.pop(instants[1])
            assert (second.skip is None) == (hours == set(range(24)))
            assert "comes twice" in second.note
            assert f"{wall:%H:%M}" in second.note
    # A time that does not come stands in the note of the slot at the end of the gap.
    wall = (start + MINUTE).astimezone(tz).replace(tzinfo=None)
    left_out = []
    while wall < end.astimezone(tz).replace(tzinfo=None):
        if wall.minute in minutes and wall.hour in hours and wall not in comings:
            left_out.append(wall)
        wall += MINUTE
    firsts = {instants[0] for instants in comings.values()}
    moved = [each for each in found.values() if each.note and "stands for" in each.note]
    assert len(moved) == bool(left_out)
    for each in moved:
        assert f"{left_out[0]:%Y-%m-%d %H:%M}" in each.note
        before = (each.at - timedelta(seconds=1)).astimezone(tz).utcoffset()
        assert before != each.at.astimezone(tz).utcoffset()
    # And there is nothing else.
    assert set(found) == firsts | {each.at for each in moved}


@pytest.mark.parametrize(
    ("line", "zone", "after", "local", "note"),
    [
        ("30 2 * * *", "Europe/Paris", "2026-03-29T00:00Z", "2026-03-29T03:00+02:00", "stands for 2026-03-29 02:30"),
        ("30 2 * * *", "America/New_York", "2026-03-08T05:00Z", "2026-03-08T03:00-04:00", "stands for 2026-03-08 02:30"),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T13:00Z", "2026-10-04T02:30+11:00", "stands for 2026-10-04 02:15"),
        ("0 6 * * *", "Asia/Ho_Chi_Minh", "2026-03-29T00:00Z", "2026-03-30T06:00+07:00", None),
    ],
)  # fmt: skip
def test_a_time_in_the_gap_is_moved_to_its_end(line, zone, after, local, note):
    first = next(occurrences(line, zone, after=datetime.fromisoformat(after)))
    assert first.at == datetime.fromisoformat(local)
    assert first.skip is None
    assert (first.note is None) if note is None else first.note.startswith(note)


def test_a_nightly_time_that_comes_twice_is_listed_twice_and_runs_once():
    first, second, third = islice(
        occurrences("30 2 * * *", "Europe/Paris", after=datetime(2026, 10, 24, 22, tzinfo=UTC)), 3
    )
    assert (first.at, second.at) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    assert first.skip is None
    assert second.skip.startswith("clock change: 2026-10-25 02:30 comes twice")
    assert (third.at, third.note) == (datetime(2026, 10, 26, 1, 30, tzinfo=UTC), None)


def test_a_quarter_hourly_line_goes_on_through_the_fold():
    found = taken(
        "*/15 * * * *", "Europe/Paris", datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC)
    )
    assert [each.at for each in found] == [
        datetime(2026, 10, 24, 23, tzinfo=UTC) + timedelta(minutes=15) * n for n in range(1, 17)
    ]
    assert all(each.skip is None for each in found)


def test_a_day_that_a_zone_left_out_is_not_lost():
    found = taken(
        "0 12 * * *", "Pacific/Apia", datetime(2011, 12, 29, tzinfo=UTC), datetime(2011, 12, 31, 12, tzinfo=UTC)
    )
    assert [each.at.astimezone(ZoneInfo("Pacific/Apia")).isoformat() for each in found] == [
        "2011-12-29T12:00:00-10:00",
        "2011-12-31T00:00:00+14:00",
        "2011-12-31T12:00:00+14:00",
    ]
    assert found[1].note.startswith("stands for 2011-12-30 12:00")


@settings(deadline=None, max_examples=40)
@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)), zone=st.sampled_from(ZONES)
)
def test_the_list_is_the_same_wherever_it_is_begun(at, zone):
    line = "*/20 1-3 * * *"
    whole = list(islice(occurrences(line, zone, after=at), 30))
    for place in (0, 7, 19):
        assert list(islice(occurrences(line, zone, after=whole[place].at), 10)) == whole[place + 1 : place + 11]


def test_an_instant_is_not_named_again_after_itself():
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert next(occurrences("0 12 * * *", "UTC", after=at)).at == at + timedelta(days=1)
    assert next(occurrences("0 12 * * *", "UTC", after=at - timedelta(microseconds=1))).at == at


def test_names_stand_for_their_lines():
    assert check_cron("@Daily", "UTC") == ("0 0 * * *", "UTC")
    assert check_cron("  0   6\t* * MON-FRI ", "Asia/Ho_Chi_Minh") == ("0 6 * * MON-FRI", "Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    "line", ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "0 0 30 2 *", "@reboot", "a b c d e", "*/0 * * * *", "5-1 * * * *", "0 " * 400]
)  # fmt: skip
def test_what_is_no_line_is_refused(line):
    with pytest.raises(UsageError, match="cron line"):
        check_cron(line, "UTC")


@settings(deadline=None, max_examples=150)
@given(fields=st.lists(st.text("0123456789*/-,#LWMONa", min_size=1, max_size=6), min_size=5, max_size=5))
@example(fields=["0", "0", "29", "2", "MON#5"])
def test_any_five_fields_are_refused_or_name_a_time(fields):
    line = " ".join(fields)
    try:
        line, zone = check_cron(line, "Europe/Paris")
    except UsageError:
        return
    first = next(occurrences(line, zone, after=datetime(2026, 1, 1, tzinfo=UTC)))
    assert first.at.astimezone(ZoneInfo(zone)).date() > date(2025, 12, 30)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe", "a" * 500, "Euro\0pe"]
)
def test_what_is_no_zone_is_refused(zone):
    with pytest.raises(UsageError, match="time zone"):
        check_cron("0 0 * * *", zone)
