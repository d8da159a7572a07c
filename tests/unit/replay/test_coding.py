from __future__ import annotations

import pytest

from archiver.replay.coding import accepts


@pytest.mark.parametrize(
    ("header", "wanted", "allowed"),
    [
        ("gzip, deflate, br", ["gzip"], True),
        ("gzip;q=0", ["gzip"], False),
        ("gzip;q=0.0, *", ["gzip"], False),
        ("*", ["br"], True),
        ("identity", ["gzip"], False),
        ("", ["gzip"], False),
        (None, ["gzip"], False),
        (None, [], True),
        ("gzip", ["gzip", "br"], False),
        ("x-gzip", ["gzip"], True),
        ("gzip;q=abc", ["gzip"], False),
        ("GZIP", ["x-gzip"], True),
    ],
)
def test_a_coding_is_sent_only_where_the_client_takes_it(header: str | None, wanted: list[str], allowed: bool) -> None:
    assert accepts(header, wanted) is allowed
