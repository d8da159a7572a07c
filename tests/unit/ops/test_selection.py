"""What people ask for is read in one place, and what nothing can match is refused there: in Python and on the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.catalog import ArticleFilter, CaptureFilter, Listing
from archiver.cli.main import main
from archiver.errors import UnknownSite, UsageError
from archiver.model.capture import Kind, Verdict
from archiver.ops.selection import FilterMaker
from tests.shelf import DAY, Shelf

URL = "https://courier.example/a"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    made.keep(URL, b"1")
    yield made
    made.close()


@pytest.fixture
def filters(shelf: Shelf) -> FilterMaker:
    return FilterMaker(shelf.catalog, shelf.config)


def test_times_and_words_are_read_into_a_filter(filters: FilterMaker) -> None:
    assert filters.captures(URL, site="courier", since="2026", until="2026-03", kind="page") == CaptureFilter(
        url=URL,
        site="courier",
        since=datetime(2026, 1, 1, tzinfo=UTC),
        until=datetime(2026, 3, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        kind=Kind.PAGE,
    )
    assert filters.articles(language="VI", published_since=datetime(2026, 1, 1), verdict="paywall") == ArticleFilter(
        language="vi", published_since=datetime(2026, 1, 1, tzinfo=UTC), verdict=Verdict.PAYWALL
    )
    assert filters.articles() == ArticleFilter()


def test_a_site_is_known_by_its_file_by_what_is_held_or_by_what_its_sources_listed(
    shelf: Shelf, filters: FilterMaker
) -> None:
    shelf.catalog.listings.add([Listing("listed.example", "k", "https://listed.example/", DAY, "feed", True)])
    for name in ("courier", "vietnamplus", "listed.example"):
        assert filters.articles(site=name).site == name
    for name in ("nosuch", "", "Courier", "../sites/courier"):
        with pytest.raises(UnknownSite):
            filters.captures(site=name)


@pytest.mark.parametrize(
    "ask",
    [
        lambda archive: archive.articles(site="nosuch"),
        lambda archive: archive.articles(language="vietnamese"),
        lambda archive: archive.articles(language="vi-VN"),
        lambda archive: archive.articles(since="2026", until="2025"),
        lambda archive: archive.search("salt", site="nosuch"),
        lambda archive: archive.search("salt", captured_since="2026", captured_until="2025"),
        lambda archive: archive.search("salt -site:nosuch"),
        lambda archive: list(archive.search("foo:bar")),
        lambda archive: list(archive.search("title:(")),
        lambda archive: archive.captures(site="nosuch"),
        lambda archive: archive.captures(kind="picture"),
        lambda archive: archive.captures(status=20),
        lambda archive: archive.captures(since="yesterday"),
        lambda archive: archive.captures(since=DAY, until=datetime(2020, 1, 1)),
        lambda archive: archive.filters.articles(verdict="nice"),
        lambda archive: archive.catalog.schedules.slots(since=DAY, until=datetime(2020, 1, 1, tzinfo=UTC)),
    ],
)
def test_python_refuses_what_nothing_can_match(shelf: Shelf, ask: Callable[[Archive], object]) -> None:
    with Archive(shelf.config) as archive, pytest.raises(UsageError):
        ask(archive)


@pytest.mark.parametrize(
    "words",
    [
        "search salt --language vietnamese",
        "search salt --site nosuch",
        "search salt --from 2026 --to 2025",
        "search foo:bar",
        "search title:(",
        "search site:nosuch",
        "captures --site nosuch",
        "captures --from 2026 --to 2025",
        "captures --status 1000",
        "schedule slots --from 2026 --to 2025",
    ],
)
def test_the_command_line_refuses_it_with_exit_code_2(shelf: Shelf, words: str) -> None:
    assert main([*words.split(), "--archive", str(shelf.config.home)]) == 2
