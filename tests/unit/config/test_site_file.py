"""Hours and budgets in a site file."""

from __future__ import annotations

import pytest

from archiver.config.sites import read_site
from archiver.errors import ConfigError
from archiver.model.site import Window

BARE = 'name = "s"\nhosts = [{name = "a.example"}]\n'


def test_hours_and_budgets_are_read() -> None:
    site = read_site(
        (BARE + 'window = "22:00-05:00"\ndaily_requests = 2_000\ndaily_bytes = 500_000_000\n').encode(), "f"
    )
    assert (site.window, site.daily_requests, site.daily_bytes) == (Window.parse("22:00-05:00"), 2000, 500_000_000)
    bare = read_site(BARE.encode(), "f")
    assert (bare.window, bare.daily_requests, bare.daily_bytes) == (None, None, None)


@pytest.mark.parametrize(
    "line",
    [
        'window = "late"',
        "window = 5",
        "daily_requests = 0",
        "daily_requests = -1",
        "daily_requests = 1.5",
        "daily_requests = true",
        'daily_bytes = "1 GB"',
    ],
)
def test_what_is_neither_is_an_error_with_its_place(line: str) -> None:
    with pytest.raises(ConfigError, match=r"f\b"):
        read_site((BARE + line + "\n").encode(), "f")
