"""What readers may see: rules, the nearest of which decides, for rows, articles, search and bytes alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.catalog import Catalog
from archiver.errors import CatalogError, NotHeld, UsageError, Withheld
from archiver.extract import EXTRACTOR
from archiver.model.access import Access, AccessRule, Match
from archiver.model.article import Article, Extraction
from archiver.model.capture import Capture, Verdict
from archiver.ops.access import add_rule, remove_rule, target_of
from tests.shelf import DAY, Noon, Shelf, later

A, B = "https://news.example/politics/a", "https://news.example/sport/b"
SUB, PORT, OTHER = "https://m.news.example/c", "http://news.example:8080/d", "https://news.example.org/e"
PAGES = (A, B, SUB, PORT, OTHER)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    for number, url in enumerate(PAGES):
        article(made, made.keep(url, f"<p>{url}</p>".encode(), at=later(days=number)))
    yield made
    made.close()


def article(shelf: Shelf, capture: Capture) -> None:
    words = (f"harbour {capture.url}",)
    read = Article("A title", words[0], words, extractor=EXTRACTOR)
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.ARTICLE, "", EXTRACTOR, read), at=DAY)
    shelf.index.add(capture, read)


@pytest.fixture
def readers(shelf: Shelf) -> Iterator[Archive]:
    with Archive(shelf.config, clock=Noon(), for_readers=True) as archive:
        yield archive


def rule(shelf: Shelf, target: str, access: Access, **conditions: object) -> AccessRule:
    match, url = target_of(target)
    return add_rule(shelf.catalog, access=access, match=match, url=url, reason="a test", actor="tester", **conditions)  # type: ignore[arg-type]


def seen(archive: Archive) -> dict[str, set[str]]:
    """The URLs that each way of looking shows."""
    return {
        "captures": {c.url for c in archive.captures()},
        "articles": {c.url for c, _ in archive.articles()},
        "search": {hit.url for hit in archive.search("harbour", limit=50)},
    }


def everywhere(*urls: str) -> dict[str, set[str]]:
    return {way: set(urls) for way in ("captures", "articles", "search")}


def test_without_rules_everything_is_seen(readers: Archive) -> None:
    assert seen(readers) == everywhere(*PAGES)
    assert readers.get(A).capture.url == A


@pytest.mark.parametrize(
    ("target", "hidden"),
    [
        (A, {A}),
        ("http://www.news.example/politics/A", {A}),
        ("https://news.example/politics/*", {A}),
        ("https://news.example/*", {A, B}),
        ("*.news.example", {A, B, SUB, PORT}),
        ("*.m.news.example", {SUB}),
    ],
)
def test_what_is_excluded_is_nowhere_and_nothing_else_is_missing(
    shelf: Shelf, readers: Archive, target: str, hidden: set[str]
) -> None:
    rule(shelf, target, Access.EXCLUDE)
    assert seen(readers) == everywhere(*(set(PAGES) - hidden))
    for url in hidden:
        with pytest.raises(NotHeld) as raised:
            readers.get(url)
        assert not isinstance(raised.value, Withheld)


def test_what_is_blocked_is_listed_and_not_shown(shelf: Shelf, readers: Archive) -> None:
    rule(shelf, A, Access.BLOCK)
    rest = set(PAGES) - {A}
    assert seen(readers) == {"captures": set(PAGES), "articles": rest, "search": rest}
    with pytest.raises(Withheld):
        readers.get(A)


def test_the_closest_rule_decides_and_of_two_alike_the_newer(shelf: Shelf, readers: Archive) -> None:
    rule(shelf, "*.news.example", Access.EXCLUDE)
    rule(shelf, "https://news.example/politics/*", Access.ALLOW)
    assert seen(readers) == everywhere(A, OTHER)
    rule(shelf, A, Access.BLOCK)
    rule(shelf, A, Access.ALLOW)
    assert seen(readers) == everywhere(A, OTHER)


def test_a_rule_that_is_taken_back_withholds_nothing(shelf: Shelf, readers: Archive) -> None:
    made = rule(shelf, A, Access.EXCLUDE)
    assert A not in seen(readers)["captures"]
    remove_rule(shelf.catalog, made.id, reason="a mistake", actor="tester")
    assert seen(readers) == everywhere(*PAGES)
    assert [entry.kind for entry in shelf.catalog.journal.find()] == ["access-rule", "access-rule-removed"]


class Turned:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def test_an_embargo_ends_by_the_clock(shelf: Shelf) -> None:
    rule(shelf, "*.news.example", Access.EMBARGO, newer=timedelta(days=30))
    clock = Turned(later(days=30))
    with Archive(shelf.config, clock=clock, for_readers=True) as readers:
        assert {c.url for c in readers.captures()} == {A, OTHER}
        clock.at = later(days=32)
        assert {c.url for c in readers.captures()} == {A, B, SUB, OTHER}


def test_a_rule_for_a_span_of_time_leaves_the_other_captures(shelf: Shelf, readers: Archive) -> None:
    again = shelf.keep(A, b"<p>again</p>", at=later(days=100))
    rule(shelf, A, Access.EXCLUDE, until=later(days=50))
    assert [c.record_id for c in readers.captures(A)] == [again.record_id]
    assert readers.get(A, at=DAY).capture.record_id == again.record_id


def test_where_an_embargo_withholds_the_newest_capture_search_finds_the_one_before_it(shelf: Shelf) -> None:
    again = shelf.keep(A, f"<p>{A}</p>".encode(), at=later(days=40))
    article(shelf, again)
    turned = Turned(later(days=41))
    with Archive(shelf.config, clock=turned, for_readers=True) as archive:
        found = [hit for hit in archive.search("harbour", limit=50) if hit.url == A]
        assert [hit.at for hit in found] == [again.at]
        rule(shelf, A, Access.EMBARGO, newer=timedelta(days=30))
        for as_of in (None, later(days=41)):
            found = [hit for hit in archive.search("harbour", limit=50, as_of=as_of) if hit.url == A]
            assert [hit.at for hit in found] == [DAY]
        turned.at = later(days=90)
        assert [hit.at for hit in archive.search("harbour", limit=50) if hit.url == A] == [again.at]


def test_bytes_are_refused_by_their_reference_alone(shelf: Shelf, readers: Archive) -> None:
    capture = shelf.catalog.mementos.nearest("example,news)/politics/a")
    assert capture is not None
    readers.reader.read(capture.record)
    rule(shelf, A, Access.EXCLUDE)
    with pytest.raises(NotHeld):
        readers.reader.read(capture.record)
    with pytest.raises(NotHeld):
        readers.reader.member(capture.record)


def test_the_views_are_for_reading(shelf: Shelf, readers: Archive) -> None:
    capture = next(iter(readers.captures()))
    with pytest.raises(CatalogError):
        readers.catalog.captures.add([replace(capture, record_id=capture.record_id[:-1] + "0")])


def test_the_archives_own_commands_see_everything(shelf: Shelf) -> None:
    rule(shelf, "*.news.example", Access.EXCLUDE)
    with Archive(shelf.config, clock=Noon()) as own:
        assert seen(own) == everywhere(*PAGES)


def test_rules_that_would_say_nothing_are_refused(shelf: Shelf) -> None:
    with pytest.raises(UsageError):
        add_rule(shelf.catalog, access=Access.BLOCK, match=Match.EXACT, url=A, reason=" ", actor="tester")
    with pytest.raises(UsageError):
        rule(shelf, A, Access.EMBARGO)
    with pytest.raises(UsageError):
        target_of("ftp://news.example/")


def test_a_rule_says_why(shelf: Shelf) -> None:
    made = rule(shelf, "https://news.example/*", Access.BLOCK)
    access, why = shelf.catalog.access.of_url("example,news)/politics/a", DAY)
    assert (access, why) == (Access.BLOCK, made)
    assert shelf.catalog.access.of_url("example,other)/", DAY) == (Access.ALLOW, None)


def test_the_index_is_still_used_through_the_views(shelf: Shelf, readers: Archive) -> None:
    rule(shelf, A, Access.EXCLUDE)
    with readers.catalog.database.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM captures WHERE surt = 'x' ORDER BY at LIMIT 1"
        ).fetchall()
    assert any("ix_captures_surt" in row[3] for row in plan)
    assert isinstance(readers.catalog, Catalog)
