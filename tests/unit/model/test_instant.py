from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from archiver.model.instant import (
    SteadyClock,
    SystemClock,
    cut,
    from_digits,
    from_micros,
    micros,
    parse_when,
    rfc3339,
    timestamp14,
    timestamp17,
)

HANOI = timezone(timedelta(hours=7))
AT = datetime(2026, 11, 24, 9, 0, 0, 123_999, tzinfo=HANOI)


def test_forms_are_utc_and_cut_never_rounded() -> None:
    assert rfc3339(AT) == "2026-11-24T02:00:00.123Z"
    assert timestamp14(AT) == "20261124020000"
    assert timestamp17(AT) == "20261124020000123"
    assert cut(AT) == datetime(2026, 11, 24, 2, 0, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "at",
    [
        AT,
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_micros_and_back_is_the_same_instant(at: datetime) -> None:
    assert from_micros(micros(at)) == at
    assert isinstance(micros(at), int)


def test_clock_is_aware_and_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("digits", "first", "last"),
    [
        ("2026", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"),
        ("202602", "2026-02-01T00:00:00.000Z", "2026-02-28T23:59:59.999Z"),
        ("202402", "2024-02-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"),
        ("190002", "1900-02-01T00:00:00.000Z", "1900-02-28T23:59:59.999Z"),
        ("20261124", "2026-11-24T00:00:00.000Z", "2026-11-24T23:59:59.999Z"),
        ("2026112402", "2026-11-24T02:00:00.000Z", "2026-11-24T02:59:59.999Z"),
        ("202611240203", "2026-11-24T02:03:00.000Z", "2026-11-24T02:03:59.999Z"),
        ("20261124020304", "2026-11-24T02:03:04.000Z", "2026-11-24T02:03:04.999Z"),
        ("2026112402030412", "2026-11-24T02:03:04.120Z", "2026-11-24T02:03:04.129Z"),
        ("20261124020304123", "2026-11-24T02:03:04.123Z", "2026-11-24T02:03:04.123Z"),
        ("20261", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"),
    ],
)
def test_digits_name_their_first_and_last_instant(digits: str, first: str, last: str) -> None:
    assert rfc3339(from_digits(digits)) == first
    assert rfc3339(from_digits(digits, end=True)) == last


@pytest.mark.parametrize(
    "digits", ["", "202", "123456789012345678", "20261301", "20260230", "2026112425", "abcd", "0000", "２０２６"]
)
@pytest.mark.parametrize("end", [False, True])
def test_what_is_no_time_is_a_value_error(digits: str, end: bool) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_digits(digits, end=end)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        (" 2026 ", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"),
        ("2026-11", "2026-11-01T00:00:00.000Z", "2026-11-30T23:59:59.999Z"),
        ("2026-11-24", "2026-11-24T00:00:00.000Z", "2026-11-24T23:59:59.999Z"),
        ("2026-11-24T09:00:00+07:00", "2026-11-24T02:00:00.000Z", "2026-11-24T02:00:00.999Z"),
        ("2026-11-24T02:00:00", "2026-11-24T02:00:00.000Z", "2026-11-24T02:00:00.999Z"),
        ("2026-11-24T02:00", "2026-11-24T02:00:00.000Z", "2026-11-24T02:00:59.999Z"),
        ("20261124T020000Z", "2026-11-24T02:00:00.000Z", "2026-11-24T02:00:00.999Z"),
        ("2026-11-24T02:00:00.5Z", "2026-11-24T02:00:00.500Z", "2026-11-24T02:00:00.500Z"),
    ],
)
def test_times_as_people_type_them(text: str, first: str, last: str) -> None:
    assert rfc3339(parse_when(text)) == first
    assert rfc3339(parse_when(text, end=True)) == last


@pytest.mark.parametrize("text", ["", "soon", "2026-13", "2026-11-31", "24.11.2026"])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_when(text)


def test_a_steady_clock_goes_on_when_the_other_is_put_back():
    ticks = [5.0]

    class Moved:
        at = datetime(2026, 11, 24, tzinfo=UTC)

        def now(self):
            return self.at

    other = Moved()
    steady = SteadyClock(other, monotonic=lambda: ticks[0])
    other.at -= timedelta(days=365)
    ticks[0] += 90.5
    assert steady.now() == datetime(2026, 11, 24, 0, 1, 30, 500_000, tzinfo=UTC)
