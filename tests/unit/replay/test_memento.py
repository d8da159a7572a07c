from __future__ import annotations

from archiver.replay.address import Links
from archiver.replay.memento import link_header
from tests.shelf import Shelf, later

URL = "https://courier.example/a"
LINKS = Links("http://archive.test")
SPAN = 'from="Sun, 01 Mar 2026 08:00:00 GMT"; until="Mon, 02 Mar 2026 08:00:00 GMT"'
HERE = "http://archive.test/web"


def test_an_only_capture_is_first_and_last(shelf: Shelf) -> None:
    only = shelf.keep(URL, b"1")
    made = link_header(LINKS, only, shelf.catalog.mementos.neighbours(only.surt, only.at))
    assert made.split(", <") == [
        f'<{URL}>; rel="original"',
        f'{HERE}/{URL}>; rel="timegate"',
        f'{HERE}/timemap/link/{URL}>; rel="timemap"; type="application/link-format"',
        f'{HERE}/20260301080000/{URL}>; rel="first last memento"; datetime="Sun, 01 Mar 2026 08:00:00 GMT"',
    ]


def test_a_middle_capture_has_neighbours_on_both_sides(shelf: Shelf) -> None:
    captures = [shelf.keep(URL, b"%d" % day, at=later(days=day)) for day in range(5)]
    around = shelf.catalog.mementos.neighbours(captures[2].surt, captures[2].at)
    assert [around.first, around.prev, around.next, around.last] == [captures[0], captures[1], captures[3], captures[4]]
    made = link_header(LINKS, captures[2], around)
    for day, rel in [
        (1, "first memento"),
        (2, "prev memento"),
        (3, "memento"),
        (4, "next memento"),
        (5, "last memento"),
    ]:
        assert f'<{HERE}/2026030{day}080000/{URL}>; rel="{rel}"; datetime=' in made


def test_captures_of_the_same_second_are_no_neighbours_of_each_other(shelf: Shelf) -> None:
    first = shelf.keep(URL, b"1", at=later(milliseconds=1))
    shelf.keep(URL, b"2", at=later(milliseconds=2))
    around = shelf.catalog.mementos.neighbours(first.surt, first.at)
    assert (around.prev, around.next) == (None, None)
    assert link_header(LINKS, first, around).count("datetime=") == 1


def test_latest_is_newest_first_and_bounded(shelf: Shelf) -> None:
    captures = [shelf.keep(URL, b"%d" % day, at=later(days=day)) for day in range(4)]
    assert shelf.catalog.mementos.newest(captures[0].surt, limit=3) == captures[:0:-1]


def test_a_very_long_url_leaves_only_the_original_in_the_header(shelf: Shelf) -> None:
    capture = shelf.keep(f"{URL}?q={'x' * 6000}", b"1")
    made = link_header(LINKS, capture, shelf.catalog.mementos.neighbours(capture.surt, capture.at))
    assert made == f'<{capture.url}>; rel="original"'
