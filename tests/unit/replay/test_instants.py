from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from archiver.errors import UsageError
from archiver.replay.instants import accept_datetime, http_date


def test_http_dates_are_gmt_and_english() -> None:
    at = datetime(2026, 11, 24, 9, 0, 5, 999_000, tzinfo=timezone(timedelta(hours=7)))
    assert http_date(at) == "Tue, 24 Nov 2026 02:00:05 GMT"


def test_accept_datetime_reads_what_http_date_writes() -> None:
    at = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert accept_datetime(http_date(at)) == at


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2026-11-24T02:00:00Z",
        "Tue, 24 Nov 2026 02:00:00",
        "Tue, 24 Nov 2026 02:00:00 +0700",
        "Tue, 31 Feb 2026 02:00:00 GMT",
        "Tue, 24 Nov 2026 25:00:00 GMT",
        "Tue, ٢٤ Nov 2026 02:00:00 GMT",
    ],
)
def test_a_malformed_accept_datetime_is_a_usage_error(value: str) -> None:
    with pytest.raises(UsageError, match="Accept-Datetime"):
        accept_datetime(value)
