from __future__ import annotations

import pytest

from archiver.errors import NotHeld
from archiver.replay.lookup import closest, exact, nearest, redirect_destination
from tests.shelf import DAY, Shelf, later

URL = "https://courier.example/a"


def test_fourteen_digits_find_the_second_and_seventeen_the_millisecond(shelf: Shelf) -> None:
    first = shelf.keep(URL, b"1", at=later(milliseconds=100))
    second = shelf.keep(URL, b"2", at=later(milliseconds=900))
    assert exact(shelf.catalog, URL, "20260301080000") == first
    assert exact(shelf.catalog, URL, "20260301080000900") == second
    assert exact(shelf.catalog, URL, "20260301080000901") is None
    assert exact(shelf.catalog, URL, "202603010800") is None


def test_of_one_second_the_url_that_was_asked_wins(shelf: Shelf) -> None:
    redirect = shelf.keep(
        "http://www.courier.example/a", status="301 Moved", headers=b"Location: https://courier.example/a\r\n"
    )
    page = shelf.keep(URL, b"x", at=later(milliseconds=300))
    assert exact(shelf.catalog, URL, "20260301080000") == page
    assert exact(shelf.catalog, "http://www.courier.example/a", "20260301080000") == redirect
    assert exact(shelf.catalog, "https://www.courier.example/a", "20260301080000") == page


def test_a_star_in_an_archived_url_is_a_character(shelf: Shelf) -> None:
    shelf.keep("https://courier.example/a*b", b"x")
    starred = shelf.keep("https://courier.example/a*", b"y")
    assert exact(shelf.catalog, "https://courier.example/a*", "20260301080000") == starred


def test_closest_looks_both_ways_and_prefers_a_page_to_an_error(shelf: Shelf) -> None:
    early = shelf.keep(URL, b"1", at=DAY)
    shelf.keep(URL, b"no", at=later(hours=9), status="503 Busy")
    late = shelf.keep(URL, b"2", at=later(hours=24))
    assert closest(shelf.catalog, URL, later(hours=9)) == early
    assert closest(shelf.catalog, URL, later(hours=20)) == late
    assert closest(shelf.catalog, URL, later(days=-900)) == early
    assert closest(shelf.catalog, URL) == late


def test_closest_gives_an_error_where_nothing_else_is_held(shelf: Shelf) -> None:
    only = shelf.keep(URL, b"gone", status="410 Gone")
    assert closest(shelf.catalog, URL) == only


def test_closest_finds_resources_where_no_response_is_held(shelf: Shelf) -> None:
    early = shelf.keep_resource(URL, b"1", at=DAY, content_type="image/png")
    late = shelf.keep_resource(URL, b"2", at=later(days=2), content_type="image/png")
    assert closest(shelf.catalog, URL) == late
    assert closest(shelf.catalog, URL, later(hours=3)) == early


def test_nothing_held_is_said(shelf: Shelf) -> None:
    with pytest.raises(NotHeld):
        closest(shelf.catalog, URL)


def test_a_redirect_to_another_spelling_of_itself_leads_to_its_page(shelf: Shelf) -> None:
    redirect = shelf.keep(
        "http://courier.example/", status="301 Moved", headers=b"Location: https://www.courier.example/\r\n"
    )
    page = shelf.keep("https://www.courier.example/", b"front", at=later(seconds=2))
    assert redirect_destination(shelf.catalog, redirect) == page
    assert nearest(shelf.catalog, "http://courier.example/", at=DAY) == page


def test_a_redirect_to_itself_alone_leads_nowhere(shelf: Shelf) -> None:
    redirect = shelf.keep(
        "http://courier.example/", status="301 Moved", headers=b"Location: https://courier.example/\r\n"
    )
    assert redirect_destination(shelf.catalog, redirect) is None
    with pytest.raises(NotHeld):
        nearest(shelf.catalog, "http://courier.example/")
