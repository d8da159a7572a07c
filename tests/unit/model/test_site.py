"""The hours of a site."""

from __future__ import annotations

from datetime import time

import pytest

from archiver.model.site import Window


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ("01:00-06:00", ["01:00", "05:59"], ["00:59", "06:00", "13:00"]),
        ("22:00-05:00", ["22:00", "23:59", "00:00", "04:59"], ["05:00", "21:59"]),
        ("20:00-24:00", ["20:00", "23:59"], ["00:00", "19:59"]),
        (" 1:30 - 2:30 ", ["01:30", "02:29"], ["02:30"]),
    ],
)
def test_a_window_contains_its_hours(window: str, inside: list[str], outside: list[str]) -> None:
    parsed = Window.parse(window)
    assert all(parsed.contains(time.fromisoformat(at)) for at in inside)
    assert not any(parsed.contains(time.fromisoformat(at)) for at in outside)


@pytest.mark.parametrize(
    "text", ["", "01:00", "01:00-01:00", "25:00-26:00", "1-6", "01:00-24:01", "a:b-c:d", "01:00–06:00"]
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Window.parse(text)


def test_a_window_is_written_as_it_is_read() -> None:
    assert str(Window.parse("1:00-6:30")) == "01:00-06:30"
