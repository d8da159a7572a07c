"""Retry-After, in every form that servers write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archiver.fetch.politeness.retry_after import wanted_rest
from archiver.model.instant import from_http_date

NOW = datetime(2026, 11, 24, 2, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("000007", 7),
        ("Tue, 24 Nov 2026 02:00:30 GMT", 30),
        ("Tuesday, 24-Nov-26 02:00:30 GMT", 30),
        ("Tue Nov 24 02:00:30 2026", 30),
        ("Tue, 24 Nov 2026 01:00:00 GMT", 0),
    ],
)
def test_a_rest_is_seconds_or_a_date(value: str, seconds: int) -> None:
    assert wanted_rest(value, now=NOW) == timedelta(seconds=seconds)


def test_a_date_is_measured_by_the_clock_of_the_server_that_said_it() -> None:
    date = "Mon, 23 Nov 2026 14:00:00 GMT"
    assert wanted_rest("Mon, 23 Nov 2026 14:00:10 GMT", now=NOW, date=date) == timedelta(seconds=10)
    assert wanted_rest("Tue, 24 Nov 2026 02:00:10 GMT", now=NOW, date="yesterday") == timedelta(seconds=10)


@pytest.mark.parametrize(
    "value", [None, "", "soon", "-5", "1.5", "1e3", "٣", "9" * 40, "Tue, 99 Nov 2026 02:00:00 GMT", "\0", "," * 5000]
)
def test_what_is_neither_says_nothing(value: str | None) -> None:
    assert wanted_rest(value, now=NOW) is None


def test_a_date_without_a_zone_is_utc() -> None:
    assert from_http_date("Tue, 24 Nov 2026 02:00:00") == NOW
    assert from_http_date("Tue, 24 Nov 2026 09:00:00 +0700") == NOW
