"""The whole interface of the catalogue, against a real database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, make_url, text

from archiver.catalog import (
    ArticleFilter,
    CaptureFilter,
    Catalog,
    Check,
    FileState,
    FrontierCounts,
    FrontierEntry,
    FrontierState,
    JournalEntry,
    Listing,
    RobotsState,
    SiteStats,
    SourceState,
    VisitOutcome,
    article_cursor,
    cursor,
    domain_range,
)
from archiver.errors import CatalogError, UsageError
from archiver.model.article import Article, Extraction, Extractor, FieldSource, Image
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.digest import sha1, sha256
from archiver.model.instant import SystemClock
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType, Truncated
from archiver.model.run import Outcome, Run
from archiver.model.site import SourceKind
from archiver.model.surt import surt

T0 = datetime(2026, 11, 24, 2, 0, 0, 123000, tzinfo=UTC)
FILE = BlobKey("warcs/s.example/2026/11/24/s.example-20261124020000123-00001-h.warc.gz")
SITE = "s.example"


SERVER = os.environ.get("ARCHIVER_TEST_POSTGRES", "")
"""The URL of a PostgreSQL database, on which everything here is then tried too, in a schema of its own."""


@pytest.fixture(params=["sqlite", "postgresql"] if SERVER else ["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'catalog.sqlite3'}"
        return
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    schema = f"archiver_test_{os.getpid()}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        yield (
            make_url(SERVER)
            .update_query_dict({"options": f"-csearch_path={schema}"})
            .render_as_string(hide_password=False)
        )
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    with Catalog.open(url, clock=SystemClock()) as opened:
        yield opened


def make(number: int, url: str = "https://s.example/a", *, at: datetime | None = None, **changes: object) -> Capture:
    body = f"body {number}".encode()
    capture = Capture(
        url=url,
        surt=surt(url),
        at=at or T0 + timedelta(seconds=number),
        status=200,
        mime="text/html",
        digest=sha1(body),
        record_type=RecordType.RESPONSE,
        kind=Kind.PAGE,
        site=SITE,
        run="RUN1",
        record_id=RecordId(f"urn:uuid:00000000-0000-4000-8000-{number:012d}"),
        record=RecordRef(FILE, number * 1000, 900),
        payload_sha256=sha256(body),
        payload_length=len(body),
    )
    return replace(capture, **changes)  # type: ignore[arg-type]


def entry(key: str, **changes: object) -> FrontierEntry:
    base = FrontierEntry(
        site=SITE,
        key=key,
        url=f"https://s.example/{key}",
        kind=Kind.PAGE,
        via="https://s.example/",
        hop="L",
        depth=1,
        priority=0,
        due_at=T0,
        found_at=T0,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def ids(captures: object) -> list[int]:
    return [int(capture.record_id[-12:]) for capture in captures]  # type: ignore[attr-defined]


class TestCaptures:
    def test_a_capture_comes_back_with_every_field(self, catalog: Catalog) -> None:
        whole = make(
            1,
            verdict=Verdict.SOFT_404,
            truncated=Truncated.LENGTH,
            via="https://s.example/",
            hop="L",
            refers_to=RecordId("urn:uuid:other"),
            refers_to_url="https://s.example/b",
            refers_to_at=T0,
            redirect="https://s.example/c",
            etag='W/"x"',
            last_modified="Tue, 24 Nov 2026 01:00:00 GMT",
            extra={"peer": "127.0.0.1"},
            status=None,
        )
        bare = make(2, mime=None, digest=None, payload_sha256=None, payload_length=None, run=None, status=404)
        assert catalog.captures.add([whole, bare]) == 2
        assert catalog.captures.by_record(whole.record_id) == whole
        assert catalog.captures.by_record(bare.record_id) == bare
        assert catalog.captures.by_record("urn:uuid:none") is None

    def test_adding_again_changes_nothing(self, catalog: Catalog) -> None:
        assert catalog.captures.add([make(1), make(2)]) == 2
        assert catalog.captures.add([make(2, status=500), make(3)]) == 1
        assert [capture.status for capture in catalog.captures.find()] == [200, 200, 200]
        assert catalog.captures.add([]) == 0

    def test_many_captures_are_added_in_transactions_between_which_others_write(self, catalog: Catalog) -> None:
        begun: list[object] = []
        event.listen(catalog.database.engine, "begin", begun.append)
        assert catalog.captures.add_all([make(number) for number in range(5)], batch=2) == 5
        assert len(begun) == 3
        assert catalog.captures.add_all([make(number) for number in range(3, 7)], batch=2) == 2
        assert ids(catalog.captures.find()) == list(range(7))
        assert catalog.captures.add_all([]) == 0

    def test_times_are_cut_to_milliseconds(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1, at=datetime(2026, 1, 1, 1, 2, 3, 456789, tzinfo=UTC))])
        (held,) = catalog.captures.find()
        assert held.at == datetime(2026, 1, 1, 1, 2, 3, 456000, tzinfo=UTC)

    def test_headers_that_no_database_takes_are_kept_readable(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1, etag='"a\0b\ud800"')])
        (held,) = catalog.captures.find()
        assert held.etag == '"a�b?"'

    def test_find_is_ordered_by_surt_then_time(self, catalog: Catalog) -> None:
        catalog.captures.add(
            [
                make(3, "https://s.example/b"),
                make(2, "http://www.s.example/a/"),
                make(1, "https://s.example/a"),
                make(4, "https://a.example/z"),
            ]
        )
        assert ids(catalog.captures.find()) == [4, 1, 2, 3]

    def test_find_by_url_is_by_surt(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1), make(2, "http://www.S.example:80/a#x"), make(3, "https://s.example/ab")])
        assert ids(catalog.captures.find(CaptureFilter(url="https://s.example/a"))) == [1, 2]

    def test_a_star_makes_a_prefix(self, catalog: Catalog) -> None:
        catalog.captures.add(
            [
                make(1, "https://s.example/"),
                make(2, "https://s.example/news"),
                make(3, "https://s.example/news/one"),
                make(4, "https://s.example/newsroom"),
                make(5, "https://s.example/news?page=2"),
                make(6, "https://t.example/news"),
            ]
        )
        assert sorted(ids(catalog.captures.find(CaptureFilter(url="https://s.example/news*")))) == [2, 3, 4, 5]
        assert ids(catalog.captures.find(CaptureFilter(url="https://s.example/news/*"))) == [3]
        assert ids(catalog.captures.find(CaptureFilter(url="https://s.example/news?*"))) == [5]
        assert sorted(ids(catalog.captures.find(CaptureFilter(url="s.example*")))) == [1, 2, 3, 4, 5]

    def test_a_domain_is_a_range(self, catalog: Catalog) -> None:
        urls = ["https://s.example/", "https://en.s.example/x", "https://s-t.example/", "https://sx.example/"]
        catalog.captures.add([make(number, url) for number, url in enumerate(urls)])
        assert sorted(ids(catalog.captures.find(CaptureFilter(surts=domain_range("s.example"))))) == [0, 1]

    def test_since_and_until_are_inclusive(self, catalog: Catalog) -> None:
        catalog.captures.add([make(number) for number in range(5)])
        since, until = T0 + timedelta(seconds=1), T0 + timedelta(seconds=3)
        assert ids(catalog.captures.find(CaptureFilter(since=since, until=until))) == [1, 2, 3]
        assert ids(catalog.captures.find(CaptureFilter(site=SITE, since=since, until=until))) == [1, 2, 3]
        assert ids(catalog.captures.find(CaptureFilter(site=SITE, until=since))) == [0, 1]

    def test_every_filter_filters(self, catalog: Catalog) -> None:
        other = RecordRef(BlobKey("warcs/other.warc.gz"), 0, 5)
        catalog.captures.add(
            [
                make(1),
                make(2, status=404),
                make(3, kind=Kind.ROBOTS),
                make(4, site="t.example"),
                make(5, run="RUN2"),
                make(6, record=other),
                make(7, verdict=Verdict.BLOCKED),
            ]
        )
        find = catalog.captures.find
        assert ids(find(CaptureFilter(status=404))) == [2]
        assert ids(find(CaptureFilter(kind=Kind.ROBOTS))) == [3]
        assert ids(find(CaptureFilter(site="t.example"))) == [4]
        assert ids(find(CaptureFilter(run="RUN2"))) == [5]
        assert ids(find(CaptureFilter(file=other.file))) == [6]
        assert ids(find(CaptureFilter(file="warcs/none.warc.gz"))) == []
        assert ids(find(CaptureFilter(verdict=Verdict.BLOCKED))) == [7]
        assert ids(find(CaptureFilter(surt="example,s)/a"), limit=2)) == [1, 2]
        assert ids(find(limit=0)) == []
        assert catalog.captures.count(CaptureFilter(site=SITE)) == 6

    def test_pages_join_without_gap_or_repeat(self, catalog: Catalog) -> None:
        catalog.captures.add([make(number, f"https://s.example/{number % 7}", at=T0) for number in range(1500)])
        everything = ids(catalog.captures.find())
        assert sorted(everything) == list(range(1500))
        assert ids(catalog.captures.find(CaptureFilter(site=SITE))) == everything
        assert ids(catalog.captures.find(CaptureFilter(site=SITE, since=T0))) == everything
        assert ids(catalog.captures.of_file(FILE)) == list(range(1500))

    def test_a_cursor_goes_on_behind_its_capture(self, catalog: Catalog) -> None:
        catalog.captures.add([make(number, at=T0) for number in range(10)])
        first = list(catalog.captures.find(limit=4))
        rest = catalog.captures.find(after=cursor(first[-1]))
        assert ids(first) + ids(rest) == list(range(10))
        for nonsense in ("nonsense", "9" * 40, ""):
            with pytest.raises(UsageError):
                next(catalog.captures.find(after=nonsense))

    def test_what_is_added_ahead_of_a_reader_is_read_too(self, catalog: Catalog) -> None:
        catalog.captures.add([make(number, f"https://s.example/{number:04d}") for number in range(500)])
        reading = catalog.captures.find()
        next(reading)
        catalog.captures.add([make(501, "https://s.example/9999")])
        assert ids(reading)[-1] == 501

    def test_counts_of_one_url(self, catalog: Catalog) -> None:
        catalog.captures.add(
            [
                make(1),
                make(2, record_type=RecordType.REVISIT),
                make(3, record_type=RecordType.RESOURCE),
                make(4, "https://s.example/b"),
            ]
        )
        assert catalog.mementos.count(surt("https://s.example/a")) == 3
        assert catalog.captures.has_url(surt("https://s.example/b"))
        assert not catalog.captures.has_url(surt("https://s.example/c"))
        assert catalog.mementos.count(surt("https://s.example/c")) == 0

    def test_untried_are_pages_without_verdict(self, catalog: Catalog) -> None:
        catalog.captures.add(
            [
                make(1),
                make(2, kind=Kind.REQUISITE),
                make(3, record_type=RecordType.REVISIT),
                make(4, site="t.example", run="RUN2", record=RecordRef(BlobKey("warcs/t.warc.gz"), 0, 1)),
            ]
        )
        untried = catalog.captures.untried
        assert ids(untried()) == [1, 3, 4]
        assert ids(untried(limit=1)) == [1]
        assert ids(untried(site="t.example")) == ids(untried(run="RUN2")) == ids(untried(file="warcs/t.warc.gz")) == [4]
        catalog.captures.set_verdict(make(1).record_id, Verdict.INDEX)
        assert ids(untried()) == [3, 4]

    def test_the_same_payload_is_found_by_sha256_and_length(self, catalog: Catalog) -> None:
        one, copy = make(1), make(2, "https://s.example/b", payload_sha256=make(1).payload_sha256)
        copy = replace(copy, payload_length=one.payload_length)
        catalog.captures.add([copy, one, make(3)])
        digest, length = one.payload_sha256, one.payload_length
        assert digest is not None
        assert length is not None
        assert catalog.captures.same_payload(digest, length=length) == one
        assert catalog.captures.same_payload(digest, length=length, surt=copy.surt) == copy
        assert catalog.captures.same_payload(digest, length=length, surt="example,none)/") == one
        assert catalog.captures.same_payload(digest, length=length + 1) is None


class TestNearest:
    SURT = surt("https://s.example/a")

    def test_without_a_time_the_newest(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1), make(9), make(5)])
        found = catalog.mementos.nearest(self.SURT)
        assert found == make(9)
        assert catalog.mementos.nearest("example,none)/") is None

    @pytest.mark.parametrize(("seconds", "expected"), [(-100, 0), (0, 0), (4, 0), (5, 0), (6, 10), (10, 10), (99, 10)])
    def test_the_nearest_and_of_two_as_near_the_earlier(self, catalog: Catalog, seconds: int, expected: int) -> None:
        catalog.captures.add([make(0), make(10)])
        found = catalog.mementos.nearest(self.SURT, T0 + timedelta(seconds=seconds))
        assert found == make(expected)

    def test_only_good_pages_count_unless_all_are_asked_for(self, catalog: Catalog) -> None:
        catalog.captures.add(
            [
                make(1),
                make(2, status=404),
                make(3, status=None),
                make(4, status=503, record_type=RecordType.REVISIT),
                make(5, record_type=RecordType.CONVERSION),
                make(6, status=302),
            ]
        )
        at = T0 + timedelta(seconds=99)
        assert catalog.mementos.nearest(self.SURT, at) == make(1)
        assert ids([catalog.mementos.nearest(self.SURT, at, also_redirects=True)]) == [6]
        assert ids([catalog.mementos.nearest(self.SURT, T0 + timedelta(seconds=2), any_status=True)]) == [2]

    def test_a_resource_has_no_status_and_counts(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1), make(2, record_type=RecordType.RESOURCE, status=None)])
        assert ids([catalog.mementos.nearest(self.SURT)]) == [2]

    @pytest.mark.parametrize("status", [200, 304, None])
    def test_a_revisit_of_a_good_page_counts(self, catalog: Catalog, status: int | None) -> None:
        catalog.captures.add([make(1), make(2, record_type=RecordType.REVISIT, status=status)])
        assert ids([catalog.mementos.nearest(self.SURT)]) == [2]

    def test_in_one_second_the_very_url_is_preferred(self, catalog: Catalog) -> None:
        plain = make(1, "http://www.s.example/a", at=T0)
        exact = make(2, "https://s.example/a", at=T0 + timedelta(milliseconds=300))
        later = make(3, "https://s.example/a", at=T0 + timedelta(seconds=2))
        catalog.captures.add([plain, exact, later])
        second = T0.replace(microsecond=0)
        assert catalog.mementos.nearest(self.SURT, second) == plain
        assert catalog.mementos.nearest(self.SURT, second, url="https://s.example/a") == exact
        assert catalog.mementos.nearest(self.SURT, second, url="https://s.example/A") == plain
        # All 17 digits name one capture.
        assert catalog.mementos.nearest(self.SURT, T0, url="https://s.example/a") == plain
        assert catalog.mementos.nearest(self.SURT, url="http://www.s.example/a") == later


class TestTextStates:
    """Whether an article has changed: by its text, however its bytes differ."""

    SURT = surt("https://s.example/a")

    def says(self, catalog: Catalog, *, since: datetime | None = None) -> list[bool | None]:
        states = catalog.mementos.text_states(self.SURT, since=since)
        return [before.says_same(state) for before, state in pairwise(states)]

    def read(self, catalog: Catalog, number: int, text: str, **changes: object) -> None:
        catalog.captures.add([make(number)])
        catalog.articles.put(make(number).record_id, article(text, **changes), at=T0)

    def test_the_same_text_is_the_same_and_another_text_or_title_is_not(self, catalog: Catalog) -> None:
        for number, (words, title) in enumerate(
            [("One.", "A"), ("One.", "A"), ("Two.", "A"), ("Two.", "B"), ("Two.", None)]
        ):
            self.read(catalog, number, words, title=title)
        assert self.says(catalog) == [True, False, False, False]

    def test_what_was_read_last_counts(self, catalog: Catalog) -> None:
        self.read(catalog, 1, "One.")
        self.read(catalog, 2, "One and more.")
        assert self.says(catalog) == [False]
        catalog.articles.put(make(2).record_id, article("One.", version="2"), at=T0 + timedelta(seconds=1))
        assert self.says(catalog) == [True]

    def test_of_pages_without_a_text_only_the_same_bytes_are_known_to_be_the_same(self, catalog: Catalog) -> None:
        again = make(3, digest=make(2).digest)
        catalog.captures.add([make(1), make(2), again])
        catalog.articles.put(make(1).record_id, no_article(), at=T0)
        assert self.says(catalog) == [None, True]

    def test_files_are_compared_by_their_bytes(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1, mime="image/png"), make(2, mime="image/png"), make(3, mime="image/png")])
        assert self.says(catalog) == [False, False]

    def test_errors_and_redirects_say_nothing(self, catalog: Catalog) -> None:
        self.read(catalog, 1, "One.")
        catalog.captures.add([make(2, status=404), make(3, status=302), make(4, record_type=RecordType.CONVERSION)])
        self.read(catalog, 5, "One.")
        assert self.says(catalog) == [True]

    def test_a_span_begins_with_the_last_state_before_it_that_is_known(self, catalog: Catalog) -> None:
        self.read(catalog, 1, "One.")
        self.read(catalog, 2, "Two.")
        catalog.captures.add([make(3)])
        self.read(catalog, 4, "Two.")
        found = catalog.mementos.text_states(self.SURT, since=make(4).at)
        assert [state.record_id for state in found] == [make(2).record_id, make(4).record_id]
        assert self.says(catalog, since=make(4).at) == [True]
        assert catalog.mementos.text_states(self.SURT, since=T0, until=T0) == []


class TestFrontier:
    def test_the_first_address_seen_is_kept(self, catalog: Catalog) -> None:
        whole = entry("k", request={"depth": 2, "meta": {"x": [1]}}, published_at=T0, via=None, hop="", due_at=None)
        assert catalog.frontier.add([whole, entry("l")]) == 2
        assert catalog.frontier.add([entry("k", url="https://s.example/other"), entry("m")]) == 1
        state = catalog.frontier.get(SITE, "k")
        assert state is not None
        assert state.entry == whole
        assert (state.attempts, state.visits, state.lease_run) == (0, 0, None)
        assert catalog.frontier.get(SITE, "none") is None
        assert catalog.frontier.add([]) == 0

    def test_what_was_found_or_visited_by_a_clock_ahead_is_called_back(self, catalog: Catalog) -> None:
        ahead, later = T0 + timedelta(hours=1), T0 + timedelta(days=1)
        catalog.frontier.add([entry("found", found_at=ahead, due_at=ahead), entry("visited", due_at=T0)])
        catalog.frontier.add([entry("planned", found_at=T0, due_at=later), entry("never", found_at=ahead, due_at=None)])
        catalog.frontier.done(SITE, "visited", now=ahead, next_due=later, status=200)
        assert catalog.frontier.call_back(SITE, now=T0) == 2
        leased = catalog.frontier.lease(SITE, run="R", limit=9, now=T0, seconds=60)
        assert {row.key for row in leased} == {"found", "visited"}

    def test_one_key_twice_in_a_batch_is_one_url(self, catalog: Catalog) -> None:
        assert catalog.frontier.add([entry("k"), entry("k", url="https://s.example/other")]) == 1
        assert catalog.frontier.add([replace(entry("k"), site="t.example")]) == 1

    def test_refresh_makes_known_urls_due_again(self, catalog: Catalog) -> None:
        catalog.frontier.add([entry("feed")])
        catalog.frontier.done(SITE, "feed", now=T0, next_due=None, status=200)
        assert catalog.frontier.add([entry("feed", due_at=T0 + timedelta(hours=1))]) == 0
        assert catalog.frontier.next_due_at(SITE) is None
        again = entry("feed", due_at=T0 + timedelta(hours=1), priority=7, url="https://s.example/other")
        assert catalog.frontier.add([again, entry("new")], refresh=True) == 1
        state = catalog.frontier.get(SITE, "feed")
        assert state is not None
        assert state.entry.due_at == T0 + timedelta(hours=1)
        assert state.entry.priority == 7
        assert state.entry.url == "https://s.example/feed"
        assert state.visits == 1

    def test_a_lease_takes_what_is_due_in_its_turn(self, catalog: Catalog) -> None:
        catalog.frontier.add(
            [
                entry("late", due_at=T0 - timedelta(seconds=1)),
                entry("first", priority=9),
                entry("early", due_at=T0 - timedelta(seconds=5)),
                entry("future", due_at=T0 + timedelta(microseconds=1), priority=99),
                entry("never", due_at=None, priority=99),
                replace(entry("elsewhere", priority=99), site="t.example"),
            ]
        )
        taken = catalog.frontier.lease(SITE, run="R", limit=2, now=T0, seconds=60)
        assert [one.key for one in taken] == ["first", "early"]
        assert taken[0] == entry("first", priority=9)
        rest = catalog.frontier.lease(SITE, run="R", limit=9, now=T0, seconds=60)
        assert [one.key for one in rest] == ["late"]
        assert catalog.frontier.lease(SITE, run="R", limit=9, now=T0, seconds=60) == []

    def test_an_expired_lease_gives_the_url_to_the_next(self, catalog: Catalog) -> None:
        catalog.frontier.add([entry("k")])
        assert catalog.frontier.lease(SITE, run="R1", limit=1, now=T0, seconds=60)
        soon, later = T0 + timedelta(seconds=59), T0 + timedelta(seconds=60)
        assert catalog.frontier.lease(SITE, run="R2", limit=1, now=soon, seconds=60) == []
        assert [e.key for e in catalog.frontier.lease(SITE, run="R2", limit=1, now=later, seconds=60)] == ["k"]
        assert catalog.frontier.leased("R1") == []
        assert [e.key for e in catalog.frontier.leased("R2")] == ["k"]

    def test_a_renewed_lease_holds_longer(self, catalog: Catalog) -> None:
        catalog.frontier.add([entry("k")])
        catalog.frontier.lease(SITE, run="R1", limit=1, now=T0, seconds=60)
        assert catalog.frontier.renew("R1", until=T0 + timedelta(seconds=120)) == 1
        assert catalog.frontier.renew("R2", until=T0 + timedelta(seconds=120)) == 0
        assert catalog.frontier.lease(SITE, run="R2", limit=1, now=T0 + timedelta(seconds=90), seconds=60) == []

    def test_a_released_lease_is_due_at_once(self, catalog: Catalog) -> None:
        catalog.frontier.add([entry("k"), entry("l")])
        catalog.frontier.lease(SITE, run="R1", limit=1, now=T0, seconds=60)
        catalog.frontier.lease(SITE, run="R2", limit=1, now=T0, seconds=60)
        assert catalog.frontier.release("R1") == 1
        assert [e.key for e in catalog.frontier.lease(SITE, run="R3", limit=9, now=T0, seconds=60)] == ["k"]

    def test_done_says_when_next_and_adds_the_candidates(self, catalog: Catalog) -> None:
        catalog.frontier.add([entry("k"), entry("known")])
        catalog.frontier.lease(SITE, run="R", limit=1, now=T0, seconds=60)
        due = T0 + timedelta(hours=6)
        found = [entry("known"), entry("new1"), entry("new2")]
        assert catalog.frontier.done(SITE, "k", now=T0, next_due=due, status=200, candidates=found) == 2
        state = catalog.frontier.get(SITE, "k")
        assert state is not None
        assert state.entry.due_at == due
        assert (state.last_at, state.last_status, state.visits) == (T0, 200, 1)
        assert (state.lease_run, state.lease_until, state.attempts, state.reason) == (None, None, 0, None)

    def test_done_for_ever_is_never_due(self, catalog: Catalog) -> None:
        catalog.frontier.add([entry("k")])
        catalog.frontier.done(SITE, "k", now=T0, next_due=None, status=200)
        assert catalog.frontier.lease(SITE, run="R", limit=9, now=T0 + timedelta(days=999), seconds=60) == []

    def test_when_the_candidates_cannot_be_kept_the_url_is_not_done(self, catalog: Catalog) -> None:
        catalog.frontier.add([entry("k")])
        broken = replace(entry("new"), url=None)  # type: ignore[arg-type]
        with pytest.raises(CatalogError):
            catalog.frontier.done(
                SITE,
                "k",
                now=T0,
                next_due=None,
                status=200,
                candidates=[entry("good"), replace(broken, depth=None)],  # type: ignore[arg-type]
            )
        assert catalog.frontier.get(SITE, "good") is None
        state = catalog.frontier.get(SITE, "k")
        assert state is not None
        assert state.visits == 0

    def test_failures_are_counted_until_a_success(self, catalog: Catalog) -> None:
        catalog.frontier.add([entry("k")])
        again = T0 + timedelta(minutes=5)
        assert catalog.frontier.failed(SITE, "k", now=T0, next_due=again, reason="timeout") == 1
        assert catalog.frontier.failed(SITE, "k", now=T0, next_due=None, reason="robots") == 2
        state = catalog.frontier.get(SITE, "k")
        assert state is not None
        assert (state.attempts, state.reason, state.last_at, state.entry.due_at) == (2, "robots", T0, None)
        catalog.frontier.done(SITE, "k", now=T0, next_due=None, status=200)
        state = catalog.frontier.get(SITE, "k")
        assert state is not None
        assert (state.attempts, state.reason) == (0, None)

    def test_counts_and_the_next_time(self, catalog: Catalog) -> None:
        assert catalog.frontier.counts(SITE, now=T0) == FrontierCounts(0, 0, 0, 0)
        assert catalog.frontier.next_due_at(SITE) is None
        soon = T0 + timedelta(seconds=10)
        catalog.frontier.add([entry("a"), entry("b"), entry("c", due_at=soon), entry("d", due_at=None)])
        assert catalog.frontier.next_due_at(SITE) == T0
        catalog.frontier.lease(SITE, run="R", limit=1, now=T0, seconds=60)
        assert catalog.frontier.counts(SITE, now=T0) == FrontierCounts(due=1, leased=1, waiting=1, never=1)
        catalog.frontier.done(SITE, "b", now=T0, next_due=None, status=200)
        assert catalog.frontier.next_due_at(SITE) == soon
        catalog.frontier.done(SITE, "c", now=T0, next_due=None, status=200)
        # Only what the run holds is left: it comes back when the lease ends.
        assert catalog.frontier.next_due_at(SITE) == T0 + timedelta(seconds=60)
        assert catalog.frontier.counts(SITE, now=T0 + timedelta(seconds=60)).due == 1

    def test_urls_are_listed_in_the_order_found(self, catalog: Catalog) -> None:
        found = [entry(f"k{n:04d}", found_at=T0 + timedelta(seconds=n // 2)) for n in range(2500)]
        catalog.frontier.add(list(reversed(found)))
        assert [state.entry for state in catalog.frontier.find(SITE)] == found
        day = catalog.frontier.find(SITE, since=T0 + timedelta(seconds=1), until=T0 + timedelta(seconds=2))
        assert [state.entry.key for state in day] == ["k0002", "k0003", "k0004", "k0005"]


class TestRuns:
    RUN = Run(id="01RUN1", site=SITE, started_at=T0, site_digest="abc")

    def test_a_run_begins_and_ends(self, catalog: Catalog) -> None:
        catalog.runs.begin(self.RUN)
        assert catalog.runs.get("01RUN1") == self.RUN
        assert catalog.runs.unfinished() == catalog.runs.unfinished(SITE) == [self.RUN]
        assert catalog.runs.unfinished("t.example") == []
        half = replace(self.RUN, captures=3)
        catalog.runs.update(half)
        assert catalog.runs.get("01RUN1") == half
        whole = replace(
            half,
            ended_at=T0 + timedelta(seconds=9),
            outcome=Outcome.LIMIT,
            captures=9,
            pages=8,
            new=7,
            revisits=6,
            failed=5,
            bytes=4_000_000_000,
            files=(FILE,),
            articles=3,
        )
        catalog.runs.end(whole)
        assert catalog.runs.get("01RUN1") == whole
        assert catalog.runs.unfinished() == []
        assert catalog.runs.get("none") is None

    def test_an_ended_run_that_was_never_begun_is_kept(self, catalog: Catalog) -> None:
        ended = replace(self.RUN, ended_at=T0, outcome=Outcome.FINISHED)
        catalog.runs.end(ended)
        assert catalog.runs.get(ended.id) == ended

    def test_find_gives_the_newest_first(self, catalog: Catalog) -> None:
        runs = [replace(self.RUN, id=f"R{n}", started_at=T0 + timedelta(seconds=n // 2)) for n in range(6)]
        for run in runs:
            catalog.runs.begin(run)
        catalog.runs.begin(replace(self.RUN, id="T", site="t.example", started_at=T0 + timedelta(seconds=99)))
        assert [run.id for run in catalog.runs.find()] == ["T", "R5", "R4", "R3", "R2", "R1", "R0"]
        assert [run.id for run in catalog.runs.find(SITE, limit=2)] == ["R5", "R4"]
        assert [run.id for run in catalog.runs.find(SITE, limit=2, before=runs[4])] == ["R3", "R2"]


class TestFiles:
    def test_a_file_is_opened_sealed_stored(self, catalog: Catalog) -> None:
        catalog.files.opened(FILE, site=SITE, run="RUN1", at=T0)
        catalog.files.add_run(FILE, "RUN2")
        catalog.files.add_run(FILE, "RUN2")
        (row,) = catalog.files.find(state="open", site=SITE)
        assert (row.key, row.site, row.state, row.opened_at, row.runs) == (
            FILE,
            SITE,
            FileState.OPEN,
            T0,
            ("RUN1", "RUN2"),
        )
        later = T0 + timedelta(seconds=1)
        catalog.files.sealed(FILE, at=later, size=12)
        (row,) = catalog.files.find(state=FileState.SEALED)
        assert (row.sealed_at, row.size, row.sha256) == (later, 12, None)
        catalog.files.stored(
            FILE, size=13, sha256="aa", records=5, manifest_sha="bb", cdxj_sha="cc", at=T0 + timedelta(seconds=2)
        )
        row = catalog.files.get(FILE)
        assert row is not None
        assert (row.state, row.size, row.sha256, row.records, row.manifest_sha256, row.cdxj_sha256) == (
            FileState.STORED,
            13,
            "aa",
            5,
            "bb",
            "cc",
        )
        assert row.stored_at == T0 + timedelta(seconds=2)
        assert row.sealed_at == later
        assert catalog.files.find(state="open") == []

    def test_opening_again_adds_the_run_and_changes_no_state(self, catalog: Catalog) -> None:
        catalog.files.opened(FILE, site=SITE, run="RUN1", at=T0)
        catalog.files.sealed(FILE, at=T0)
        catalog.files.opened(FILE, site=SITE, run="RUN2", at=T0 + timedelta(seconds=5))
        row = catalog.files.get(FILE)
        assert row is not None
        assert (row.state, row.opened_at, row.runs) == (FileState.SEALED, T0, ("RUN1", "RUN2"))

    def test_captures_of_an_unknown_file_enter_it_as_open(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1), make(2)])
        (row,) = catalog.files.find()
        assert (row.key, row.site, row.state, row.runs) == (FILE, SITE, FileState.OPEN, ("RUN1",))

    def test_files_of_a_run(self, catalog: Catalog) -> None:
        catalog.files.opened("warcs/a.warc.gz", site=SITE, run="RUN1", at=T0)
        catalog.files.opened("warcs/b.warc.gz", site=SITE, run="RUN2", at=T0)
        assert [row.key for row in catalog.files.find(run="RUN2")] == ["warcs/b.warc.gz"]
        assert catalog.files.get("warcs/c.warc.gz") is None

    def test_the_last_manifest_is_the_one_stored_last_in_its_site(self, catalog: Catalog) -> None:
        assert catalog.files.last_manifest(SITE) is None
        for name, site in (("b", SITE), ("a", SITE), ("c", "t.example")):
            catalog.files.opened(f"warcs/{name}.warc.gz", site=site, run=None, at=T0)
        for name in ("b", "a", "c", "b"):
            catalog.files.stored(
                f"warcs/{name}.warc.gz", size=1, sha256="x", records=1, manifest_sha=f"m{name}", cdxj_sha=None, at=T0
            )
        assert catalog.files.last_manifest(SITE) == "ma"
        assert catalog.files.last_manifest("t.example") == "mc"

    def test_what_was_never_opened_is_refused(self, catalog: Catalog) -> None:
        with pytest.raises(CatalogError, match="never opened"):
            catalog.files.sealed(FILE, at=T0)
        with pytest.raises(CatalogError, match="never opened"):
            catalog.files.add_run(FILE, "R")


def article(text: str = "One paragraph.", *, version: str = "1", **changes: object) -> Extraction:
    extractor = Extractor("ours", version)
    base = Article(title="A title", text=text, paragraphs=(text,), language="en", word_count=2, extractor=extractor)
    return Extraction(Verdict.ARTICLE, "it reads like one", extractor, replace(base, **changes))  # type: ignore[arg-type]


def no_article(verdict: Verdict = Verdict.INDEX, *, version: str = "1") -> Extraction:
    return Extraction(verdict, "many links", Extractor("ours", version))


class TestArticles:
    def test_an_article_comes_back_and_gives_its_capture_the_verdict(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1)])
        hanoi = timezone(timedelta(hours=7))
        whole = article(
            lead="The lead.",
            authors=("Sông Hồng",),
            published_at=datetime(2026, 11, 24, 9, 0, tzinfo=hanoi),
            published_precision="minute",
            tags=("a", "b"),
            images=(Image("https://s.example/i.jpg", "caption", None),),
            alternates={"vi": "https://s.example/vi"},
            provenance={"title": FieldSource("json-ld", 0.9)},
        )
        catalog.articles.put(make(1).record_id, whole, at=T0)
        assert catalog.articles.get(make(1).record_id) == whole
        assert catalog.articles.get(make(1).record_id, Extractor("ours", "1")) == whole
        assert catalog.articles.get(make(1).record_id, Extractor("ours", "2")) is None
        assert catalog.articles.get(make(2).record_id) is None
        ((capture, found),) = catalog.articles.find()
        assert capture == replace(make(1), verdict=Verdict.ARTICLE)
        assert found == whole
        assert catalog.captures.untried() == []

    def test_what_is_no_article_is_kept_with_its_reason(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1)])
        catalog.articles.put(make(1).record_id, no_article(), at=T0)
        assert catalog.articles.get(make(1).record_id) == no_article()
        held = catalog.captures.by_record(make(1).record_id)
        assert held is not None
        assert held.verdict is Verdict.INDEX
        assert list(catalog.articles.find()) == []

    def test_the_same_extractor_replaces_and_another_stands_beside(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1)])
        record_id = make(1).record_id
        later = T0 + timedelta(seconds=1)
        catalog.articles.put(record_id, article("first"), at=T0)
        catalog.articles.put(record_id, article("second"), at=T0)
        catalog.articles.put(record_id, no_article(version="2"), at=later)
        assert catalog.articles.get(record_id) == no_article(version="2")
        assert catalog.articles.get(record_id, Extractor("ours", "1")) == article("second")
        assert list(catalog.articles.find()) == []
        # An old reading that is written late (out of a sidecar) takes nothing from the newest.
        catalog.articles.put(record_id, article("third"), at=T0)
        assert catalog.articles.get(record_id) == no_article(version="2")
        catalog.articles.put(record_id, article("fourth"), at=later)
        assert catalog.articles.get(record_id) == article("fourth")
        held = catalog.captures.by_record(record_id)
        assert held is not None
        assert held.verdict is Verdict.ARTICLE

    def test_an_unknown_capture_is_refused_and_nothing_of_the_batch_is_kept(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1)])
        with pytest.raises(CatalogError, match="no capture"):
            catalog.articles.put_many([(make(1).record_id, article()), (make(2).record_id, article())], at=T0)
        assert catalog.articles.get(make(1).record_id) is None

    def test_articles_are_found_newest_first_by_when_they_were_published(self, catalog: Catalog) -> None:
        catalog.captures.add([make(n, f"https://s.example/{n}") for n in range(4)])
        old = T0 - timedelta(days=3)
        put = catalog.articles.put
        put(make(0).record_id, article(), at=T0)
        put(make(1).record_id, article(published_at=old, language="vi"), at=T0)
        put(make(2).record_id, article(), at=T0)
        put(make(3).record_id, no_article(), at=T0)

        def found(limit: int | None = None, **wanted: object) -> list[int]:
            some = ArticleFilter(**wanted)  # type: ignore[arg-type]
            return ids(capture for capture, _ in catalog.articles.find(some, limit=limit))

        assert found() == [2, 0, 1]
        assert found(language="vi") == [1]
        assert found(site=SITE, limit=2) == [2, 0]
        assert found(site="t.example") == []
        assert found(published_since=old, published_until=T0) == [0, 1]
        assert found(published_until=old) == [1]
        assert found(published_since=old + timedelta(seconds=1)) == [2, 0]
        assert found(since=make(1).at) == [2, 1]
        assert found(until=make(1).at) == [0, 1]
        with pytest.raises(UsageError, match="search index"):
            found(author="Sông Hồng")

    def test_pages_of_articles_join(self, catalog: Catalog) -> None:
        captures = [make(n, f"https://s.example/{n}", at=T0) for n in range(130)]
        catalog.captures.add(captures)
        catalog.articles.put_many([(capture.record_id, article()) for capture in captures], at=T0)
        everything = ids(capture for capture, _ in catalog.articles.find())
        assert sorted(everything) == list(range(130))
        first = list(catalog.articles.find(limit=60))
        rest = catalog.articles.find(after=article_cursor(*first[-1]))
        assert ids(capture for capture, _ in [*first, *rest]) == everything
        for nonsense in ("nonsense", "9" * 40, ""):
            with pytest.raises(UsageError):
                next(catalog.articles.find(after=nonsense))

    def test_only_the_newest_of_a_url_on_request(self, catalog: Catalog) -> None:
        catalog.captures.add([make(1), make(2), make(3), make(4, "https://s.example/b")])
        for number in (1, 2, 4):
            catalog.articles.put(make(number).record_id, article(), at=T0)
        catalog.articles.put(make(3).record_id, no_article(), at=T0)
        assert ids(capture for capture, _ in catalog.articles.find(newest_only=True)) == [4, 2]

    def test_articles_of_a_file_are_all_that_one_extractor_read(self, catalog: Catalog) -> None:
        other = make(3, record=RecordRef(BlobKey("warcs/other.warc.gz"), 0, 1))
        catalog.captures.add([make(2), make(1), other])
        catalog.articles.put(make(2).record_id, article(), at=T0)
        catalog.articles.put(make(1).record_id, no_article(), at=T0)
        catalog.articles.put(make(1).record_id, article(version="2"), at=T0)
        catalog.articles.put(other.record_id, article(), at=T0)
        found = list(catalog.articles.of_file(FILE, Extractor("ours", "1")))
        assert [(c.record_id, e.verdict) for c, e in found] == [
            (make(1).record_id, Verdict.INDEX),
            (make(2).record_id, Verdict.ARTICLE),
        ]

    def test_articles_of_a_url_are_oldest_first(self, catalog: Catalog) -> None:
        catalog.captures.add([make(2), make(1), make(3), make(4, "https://s.example/b")])
        for number in (1, 2, 4):
            catalog.articles.put(make(number).record_id, article(), at=T0)
        catalog.articles.put(make(3).record_id, no_article(), at=T0)
        assert ids(capture for capture, _ in catalog.articles.of_url(make(1).surt)) == [1, 2]


class TestJournal:
    def test_entries_are_kept_in_order(self, catalog: Catalog) -> None:
        one = JournalEntry("01A", T0, "site", {"name": "s", "n": [1, None]})
        two = JournalEntry("01B", T0, "event", {}, stored=True)
        assert catalog.journal.append(two)
        assert catalog.journal.append(one)
        assert not catalog.journal.append(replace(one, kind="other"))
        assert list(catalog.journal.find()) == [one, two]
        assert list(catalog.journal.find("site")) == [one]
        assert list(catalog.journal.find(stored=False)) == [one]
        assert list(catalog.journal.find(after="01A")) == [two]
        catalog.journal.stored("01A")
        assert catalog.journal.get("01A") == replace(one, stored=True)
        assert catalog.journal.get("01Z") is None

    def test_a_decision_is_written_down_with_its_time(self, catalog: Catalog) -> None:
        before = SystemClock().now() - timedelta(milliseconds=1)
        entry = catalog.journal.record("schedule", {"site": SITE})
        assert before <= entry.at <= SystemClock().now()
        assert len(entry.id) == 26
        assert list(catalog.journal.find("schedule")) == [entry]

    def test_long_journals_are_read_in_pages(self, catalog: Catalog) -> None:
        for number in range(501):
            catalog.journal.append(JournalEntry(f"{number:04d}", T0, "event"))
        assert [entry.id for entry in catalog.journal.find()] == [f"{number:04d}" for number in range(501)]


class TestStats:
    def test_an_empty_archive_holds_nothing(self, catalog: Catalog) -> None:
        stats = catalog.stats()
        assert (stats.captures, stats.pages, stats.urls, stats.bytes) == (0, 0, 0, 0)
        assert (dict(stats.sites), dict(stats.verdicts), dict(stats.languages)) == ({}, {}, {})

    def test_everything_is_counted(self, catalog: Catalog) -> None:
        catalog.captures.add(
            [
                make(1),
                make(2),
                make(3, "https://s.example/b", kind=Kind.ROBOTS),
                make(4, "https://t.example/", site="t.example"),
            ]
        )
        catalog.articles.put(make(1).record_id, article(), at=T0)
        catalog.articles.put(make(2).record_id, article(language="vi"), at=T0)
        catalog.articles.put(make(2).record_id, article(version="2"), at=T0)
        catalog.articles.put(make(4).record_id, no_article(), at=T0)
        stats = catalog.stats()
        assert (stats.captures, stats.pages, stats.urls, stats.bytes) == (4, 3, 3, 3600)
        assert stats.sites[SITE] == SiteStats(3, 2, 2700, make(1).at, make(3).at)
        assert list(stats.sites) == [SITE, "t.example"]
        assert dict(stats.verdicts) == {"article": 2, "index": 1}
        assert dict(stats.languages) == {"en": 2}


class TestKeeping:
    """What verification and repair ask of a catalogue."""

    def test_what_is_expected_is_not_yet_checked_and_stays_as_it_was_said_first(self, catalog: Catalog) -> None:
        catalog.checks.expect("articles/a", size=1, sha256="aa")
        catalog.checks.expect("articles/a", size=2, sha256="bb")
        assert catalog.checks.get("articles/a") == Check("articles/a", 1, "aa", None)
        assert catalog.checks.get("articles/b") is None
        assert catalog.checks.oldest() is None

    def test_what_was_found_sound_has_its_time(self, catalog: Catalog) -> None:
        catalog.checks.expect("articles/a", size=1, sha256="aa")
        catalog.checks.sound([("articles/a", 3, "cc"), ("warcs/b", 4, "dd")], at=T0)
        catalog.checks.sound([("warcs/b", 4, "dd")], at=T0 + timedelta(days=1))
        assert list(catalog.checks.find()) == [
            Check("articles/a", 3, "cc", T0),
            Check("warcs/b", 4, "dd", T0 + timedelta(days=1)),
        ]
        assert list(catalog.checks.find("warcs/")) == [Check("warcs/b", 4, "dd", T0 + timedelta(days=1))]
        assert catalog.checks.oldest() == T0
        assert catalog.checks.with_bytes("dd") == "warcs/b"
        catalog.checks.forget("warcs/b")
        assert catalog.checks.with_bytes("dd") is None

    def test_many_checks_are_read_in_pages(self, catalog: Catalog) -> None:
        catalog.checks.sound([(f"warcs/{number:05d}", 1, "aa") for number in range(1200)], at=T0)
        assert [check.key for check in catalog.checks.find("warcs/")] == [f"warcs/{n:05d}" for n in range(1200)]

    def _stored(self, catalog: Catalog, name: str) -> None:
        catalog.files.opened(name, site=SITE, run=None, at=T0)
        more = {"sha256": f"w{name}", "manifest_sha": f"m{name}", "cdxj_sha": f"c{name}"}
        catalog.files.stored(name, size=1, records=1, at=T0, sealed_at=T0 + timedelta(seconds=1), **more)

    def test_a_chain_is_in_the_order_of_storing_until_it_is_given_another(self, catalog: Catalog) -> None:
        for name in "bca":
            self._stored(catalog, name)
        assert catalog.files.chain(SITE) == [("b", "mb"), ("c", "mc"), ("a", "ma")]
        catalog.files.rechain(SITE, ["a", "b", "c"])
        assert catalog.files.chain(SITE) == [("a", "ma"), ("b", "mb"), ("c", "mc")]
        assert catalog.files.last_manifest(SITE) == "mc"
        catalog.files.rechain(SITE, ["b"])
        assert catalog.files.chain(SITE) == [("b", "mb")]

    def test_a_file_is_found_by_any_of_its_bytes_and_knows_when_it_was_sealed(self, catalog: Catalog) -> None:
        self._stored(catalog, "a")
        assert [catalog.files.with_bytes(each) for each in ("wa", "ma", "ca", "xa")] == ["a", "a", "a", None]
        row = catalog.files.get("a")
        assert row is not None
        assert row.sealed_at == T0 + timedelta(seconds=1)

    def test_a_row_is_put_right_and_keeps_its_verdict(self, catalog: Catalog) -> None:
        wrong = replace(make(1), status=500, record=RecordRef(FILE, 9, 9))
        catalog.captures.add([wrong])
        catalog.captures.set_verdict(wrong.record_id, Verdict.INDEX)
        right, other = make(1), make(2)
        catalog.captures.put_back([right, other])
        assert catalog.captures.by_record(right.record_id) == replace(right, verdict=Verdict.INDEX)
        assert catalog.captures.by_record(other.record_id) == other
        catalog.captures.remove([right.record_id])
        assert [capture.record_id for capture in catalog.captures.find()] == [other.record_id]
        assert catalog.captures.dangling() == []
        assert catalog.articles.drop_orphans() == 0

    def test_a_journal_entry_is_put_back_as_it_is_stored(self, catalog: Catalog) -> None:
        catalog.journal.append(JournalEntry("01A", T0, "site", {"n": 1}))
        catalog.journal.put_back(JournalEntry("01A", T0, "site", {"n": 2}, stored=True))
        assert catalog.journal.get("01A") == JournalEntry("01A", T0, "site", {"n": 2}, stored=True)


# Hosts that are held back, robots.txt, what a day cost.


def test_a_held_host_is_held_until_the_latest_time_that_it_named(catalog: Catalog) -> None:
    catalog.backoffs.put("a.example", until=T0 + timedelta(minutes=5), reason="status 429")
    catalog.backoffs.put("a.example", until=T0 + timedelta(minutes=2), reason="status 503")
    catalog.backoffs.put("b.example", until=T0 + timedelta(minutes=1), reason="status 503")
    catalog.backoffs.put("b.example", until=T0 + timedelta(minutes=3), reason="status 503")
    assert catalog.backoffs.active(T0) == {
        "a.example": T0 + timedelta(minutes=5),
        "b.example": T0 + timedelta(minutes=3),
    }
    assert catalog.backoffs.active(T0 + timedelta(minutes=3)) == {"a.example": T0 + timedelta(minutes=5)}
    assert catalog.backoffs.forget(before=T0 + timedelta(minutes=4)) == 1
    assert set(catalog.backoffs.active(T0)) == {"a.example"}


def test_what_robots_txt_last_said_is_kept_by_origin(catalog: Catalog) -> None:
    first = RobotsState("https://a.example:443", T0, status=200, record_id=RecordId("urn:uuid:1"))
    catalog.robots.put(first)
    assert catalog.robots.get("https://a.example:443") == first
    assert catalog.robots.get("http://a.example:80") is None
    later = RobotsState(
        "https://a.example:443",
        T0 + timedelta(days=1),
        reason="timeout",
        retry_at=T0 + timedelta(days=1, minutes=15),
        unreachable_since=T0,
    )
    catalog.robots.put(later)
    assert catalog.robots.get("https://a.example:443") == later


def test_urls_that_were_not_tried_go_back_without_an_attempt(catalog: Catalog) -> None:
    frontier = catalog.frontier
    frontier.add([entry("a"), entry("b"), entry("c")])
    frontier.lease(SITE, run="r", limit=10, now=T0, seconds=60)
    assert frontier.put_off(SITE, ["a"], until=T0 + timedelta(hours=1), reason="robots") == 1
    assert frontier.put_off(SITE, ["b", "nothing"]) == 1
    state = frontier.get(SITE, "a")
    assert state is not None
    assert (state.entry.due_at, state.reason, state.attempts, state.visits, state.lease_run) == (
        T0 + timedelta(hours=1),
        "robots",
        0,
        0,
        None,
    )
    assert [e.key for e in frontier.lease(SITE, run="s", limit=10, now=T0, seconds=60)] == ["b"]
    assert frontier.leased("r") == [entry("c")]


def test_what_a_day_cost_counts_answers_and_the_bodies_that_came(catalog: Catalog) -> None:
    whole = make(1, payload_length=1000)
    same = replace(make(2), record_type=RecordType.REVISIT, refers_to=whole.record_id, payload_length=None, status=200)
    unmodified = replace(same, record_id=RecordId("urn:uuid:304"), status=304)
    early = replace(make(3, payload_length=7), at=T0 - timedelta(days=1))
    catalog.captures.add([whole, same, unmodified, early, replace(make(4, payload_length=9), site="other")])
    assert catalog.captures.spent(SITE, since=T0 - timedelta(hours=1)) == (3, 2000)
    assert catalog.captures.spent("nothing", since=T0) == (0, 0)


# Requisites that are named again, and what conditional requests refer to.


def test_a_requisite_that_is_named_again_is_due_when_it_is_stale(catalog: Catalog) -> None:
    frontier = catalog.frontier
    picture = entry("a.png", kind=Kind.REQUISITE, priority=-1000)
    frontier.add([picture, entry("page")])
    frontier.done(SITE, "a.png", now=T0, next_due=None, status=200)
    for days, again in ((29, 0), (30, 1), (31, 0)):
        now = T0 + timedelta(days=days)
        before = now - timedelta(days=30)
        found = frontier.done(
            SITE, "page", now=now, next_due=None, status=200, candidates=[picture], stale_before=before
        )
        assert found == again
    state = frontier.get(SITE, "a.png")
    assert state is not None
    assert state.entry.due_at == T0 + timedelta(days=30)


def test_known_pages_and_sources_are_due_where_the_word_that_they_changed_is_believed(catalog: Catalog) -> None:
    frontier = catalog.frontier
    told = T0 + timedelta(hours=1)
    names = {
        "page": Kind.PAGE,
        "map.xml": Kind.SOURCE,
        "a.png": Kind.REQUISITE,
        "doubted": Kind.PAGE,
        "never": Kind.PAGE,
    }
    frontier.add([entry("top"), *(entry(name, kind=kind) for name, kind in names.items())])
    for name in names:
        frontier.done(SITE, name, now=T0, next_due=None if name == "never" else T0 + timedelta(days=1), status=200)
    frontier.add([entry("new", due_at=T0 + timedelta(days=1))])
    candidates = [entry(name, kind=kind, modified_at=told) for name, kind in {**names, "new": Kind.PAGE}.items()]
    now, asked = T0 + timedelta(hours=2), []

    def wakes(state: FrontierState, at: datetime) -> bool:
        asked.append((state.entry.key, state.last_at, at))
        return state.entry.key != "doubted"

    assert frontier.done(SITE, "top", now=now, status=200, candidates=candidates, wakes=wakes) == 3
    assert sorted(asked) == [(key, T0, told) for key in ("doubted", "map.xml", "never", "page")]
    due = [each.key for each in frontier.lease(SITE, run="R", limit=10, now=now, seconds=60)]
    assert sorted(due) == ["map.xml", "never", "page"]
    # What a run holds is nobody else's to wake.
    assert frontier.done(SITE, "top", now=now, status=200, candidates=candidates[:1], wakes=wakes) == 0


def test_a_requisite_that_is_linked_to_becomes_a_page_and_never_the_other_way_round(catalog: Catalog) -> None:
    frontier = catalog.frontier
    frontier.add([entry("both", kind=Kind.REQUISITE, hop="E", priority=-1000), entry("page")])
    frontier.done(SITE, "both", now=T0, next_due=None, status=200)
    linked = entry("both", via="https://s.example/page", priority=5)
    later = T0 + timedelta(hours=1)
    assert frontier.done(SITE, "page", now=later, next_due=None, status=200, candidates=[linked]) == 1
    state = frontier.get(SITE, "both")
    assert state is not None
    assert state.entry == replace(linked, due_at=later, visits=1)
    again = entry("both", kind=Kind.REQUISITE, hop="E", priority=-1000)
    assert frontier.done(SITE, "page", now=later, next_due=None, status=200, candidates=[again]) == 0
    assert frontier.get(SITE, "both") == state


def test_a_lease_may_begin_below_a_priority(catalog: Catalog) -> None:
    catalog.frontier.add([entry(f"p{n}", priority=n) for n in (100, 0, -900, -1000)])
    leased = catalog.frontier.lease(SITE, run="R", limit=10, now=T0, seconds=60, at_most=-900)
    assert [each.priority for each in leased] == [-900, -1000]


def test_a_run_of_its_own_leases_only_what_is_due_since_it_began_and_what_it_names(catalog: Catalog) -> None:
    frontier = catalog.frontier
    frontier.add([entry("seed"), entry("old"), entry("named"), entry("seen")])
    frontier.done(SITE, "seen", now=T0, next_due=T0, status=200)
    began = T0 + timedelta(hours=1)
    assert frontier.lease(SITE, run="R", limit=10, now=began, seconds=60, since=began) == []
    named = [entry("named"), entry("seen"), entry("new", due_at=began)]
    assert frontier.done(SITE, "seed", now=began, status=200, candidates=named, renew=True) == 2
    leased = frontier.lease(SITE, run="R", limit=10, now=began, seconds=60, since=began)
    assert sorted(each.key for each in leased) == ["named", "new"]


def test_a_lease_may_pass_hosts_over(catalog: Catalog) -> None:
    urls = ["https://a.example/1", "http://a.example/2", "https://b.example/a.example/", "https://a_example/3"]
    catalog.frontier.add([entry(str(n), url=url) for n, url in enumerate(urls)])
    leased = catalog.frontier.lease(SITE, run="R", limit=10, now=T0, seconds=60, without={"a.example"})
    assert [each.key for each in leased] == ["2", "3"]


def test_validators_are_those_of_the_newest_whole_good_answer_of_the_url(catalog: Catalog) -> None:
    url, key = "https://s.example/a", surt("https://s.example/a")
    assert catalog.mementos.validators(key, url=url) is None
    first, second = make(1, etag='"1"'), make(2, etag='"2"', last_modified="Tue, 24 Nov 2026 02:00:00 GMT")
    cut = make(3, etag='"3"', truncated=Truncated.LENGTH)
    catalog.captures.add([first, second, cut, make(4, status=404, etag='"4"'), make(5, status=304, etag='"5"')])
    held = catalog.mementos.validators(key, url=url)
    assert held is not None
    assert (held.newest.record_id, held.etag, held.last_modified, held.unchanged) == (
        second.record_id,
        '"2"',
        "Tue, 24 Nov 2026 02:00:00 GMT",
        0,
    )
    assert catalog.mementos.validators(key, url="https://www.s.example/a") is None


def test_not_modified_is_counted_since_the_page_was_last_seen_whole(catalog: Catalog) -> None:
    url, key = "https://s.example/a", surt("https://s.example/a")

    def revisit(number: int, status: int, of: Capture, **changes: object) -> Capture:
        return make(
            number,
            status=status,
            record_type=RecordType.REVISIT,
            refers_to=of.record_id,
            refers_to_url=of.url,
            refers_to_at=of.at,
            payload_sha256=None,
            **changes,
        )

    other = make(1, "https://s.example/other", etag='"o"')
    seen = revisit(2, 200, other, etag='"a"')
    catalog.captures.add([other, seen, revisit(3, 304, other), revisit(4, 304, other)])
    held = catalog.mementos.validators(key, url=url)
    assert held is not None
    assert (held.newest, held.etag, held.unchanged) == (seen, '"a"', 2)
    catalog.captures.add([revisit(5, 200, other, etag='"b"')])
    held = catalog.mementos.validators(key, url=url)
    assert held is not None
    assert (held.etag, held.unchanged) == ('"b"', 0)


def test_an_answer_without_validators_has_none(catalog: Catalog) -> None:
    plain = make(2, "https://s.example/b")
    catalog.captures.add([plain])
    assert catalog.mementos.validators(plain.surt, url=plain.url) is None


# What was seen of a page's text, and how sources are.


def test_a_visit_is_decided_on_by_the_row_as_it_stands(catalog: Catalog) -> None:
    frontier, seen = catalog.frontier, []

    def decide(state: FrontierState) -> VisitOutcome:
        seen.append((state.visits, state.absences))
        return VisitOutcome(T0 + timedelta(hours=2), absences=state.absences + 1, reason="withdrawn?", priority=-5)

    frontier.add([entry("k", priority=300)])
    for _ in range(2):
        frontier.done(SITE, "k", now=T0, decide=decide, status=404)
    state = frontier.get(SITE, "k")
    assert state is not None
    assert seen == [(0, 0), (1, 1)]
    assert (state.absences, state.reason, state.entry.priority, state.entry.visits) == (2, "withdrawn?", -5, 2)
    frontier.done(SITE, "k", now=T0, next_due=None, status=200)
    state = frontier.get(SITE, "k")
    assert state is not None
    assert (state.absences, state.reason, state.entry.priority) == (0, None, -5)


def saw(catalog: Catalog, at: datetime, text: bytes, due: datetime | None, **more: object) -> bool:
    found: bool = catalog.frontier.saw_text(
        SITE,
        "k",
        at=at,
        digest=text,
        decide=lambda _: VisitOutcome(due),
        **more,  # type: ignore[arg-type]
    )
    return found


def test_a_page_whose_text_has_changed_is_due_sooner_never_later(catalog: Catalog) -> None:
    frontier = catalog.frontier
    day = T0 + timedelta(days=1)
    frontier.add([entry("k")])
    frontier.done(SITE, "k", now=T0, next_due=day, status=200)
    assert not saw(catalog, T0, b"one", day)
    assert not saw(catalog, T0 + timedelta(hours=1), b"one", T0)
    state = frontier.get(SITE, "k")
    assert state is not None
    assert (state.entry.due_at, state.changes, state.changed_at) == (day, 0, None)
    changed = T0 + timedelta(hours=2)
    assert saw(catalog, changed, b"two", changed)
    state = frontier.get(SITE, "k")
    assert state is not None
    assert (state.entry.due_at, state.changes, state.changed_at) == (changed, 1, changed)
    assert (state.text_sha256, state.text_at) == (b"two", changed)
    assert saw(catalog, changed + timedelta(hours=1), b"three", day)
    state = frontier.get(SITE, "k")
    assert state is not None
    assert (state.entry.due_at, state.changes) == (changed, 2)


def test_captures_that_are_read_late_say_nothing_of_the_text_now(catalog: Catalog) -> None:
    catalog.frontier.add([entry("k")])
    assert not saw(catalog, T0, b"new", None)
    assert not saw(catalog, T0 - timedelta(days=1), b"old", None)
    assert not saw(catalog, T0 + timedelta(days=1), b"new", None)
    assert not catalog.frontier.saw_text(SITE, "nobody", at=T0, digest=b"x", decide=lambda _: VisitOutcome(None))


def test_the_first_text_tells_the_age_of_a_page_that_no_source_dated(catalog: Catalog) -> None:
    frontier, year = catalog.frontier, timedelta(days=365)
    frontier.add([entry("k")])
    frontier.done(SITE, "k", now=T0, next_due=T0 + timedelta(hours=1), status=200)
    saw(catalog, T0, b"one", None, published_at=T0 - year)
    state = frontier.get(SITE, "k")
    assert state is not None
    assert (state.entry.published_at, state.entry.due_at) == (T0 - year, None)
    saw(catalog, T0 + timedelta(hours=1), b"two", None, published_at=T0)
    state = frontier.get(SITE, "k")
    assert state is not None
    assert state.entry.published_at == T0 - year


def test_what_a_run_holds_or_what_is_gone_is_not_made_due_by_its_text(catalog: Catalog) -> None:
    frontier = catalog.frontier
    frontier.add([entry("k")])
    frontier.done(SITE, "k", now=T0, next_due=T0, status=200)
    saw(catalog, T0, b"one", T0)
    frontier.lease(SITE, run="R", limit=1, now=T0, seconds=60)
    assert saw(catalog, T0 + timedelta(minutes=1), b"two", T0 - timedelta(days=1))
    state = frontier.get(SITE, "k")
    assert state is not None
    assert state.entry.due_at == T0
    frontier.done(SITE, "k", now=T0, decide=lambda _: VisitOutcome(None, absences=3, reason="withdrawn"), status=404)
    assert saw(catalog, T0 + timedelta(minutes=2), b"three", T0)
    state = frontier.get(SITE, "k")
    assert state is not None
    assert (state.entry.due_at, state.reason) == (None, "withdrawn")


def test_known_keys_are_told_from_new_ones(catalog: Catalog) -> None:
    catalog.frontier.add([entry(f"k{n}") for n in range(2500)])
    asked = [f"k{n}" for n in range(0, 5000, 2)]
    assert catalog.frontier.known(SITE, asked) == {f"k{n}" for n in range(0, 2500, 2)}
    assert catalog.frontier.known("other", asked) == set()


def test_looks_again_count_pages_of_which_something_older_is_held(catalog: Catalog) -> None:
    old = make(1, at=T0 - timedelta(days=1))
    again = make(2, at=T0)
    first = make(3, "https://s.example/b", at=T0)
    source = make(4, at=T0 + timedelta(seconds=1), kind=Kind.SOURCE)
    catalog.captures.add([old, again, first, source])
    assert catalog.captures.looks_again(SITE, since=T0 - timedelta(hours=1)) == 1
    assert catalog.captures.looks_again("other", since=T0 - timedelta(days=9)) == 0


def test_how_a_source_is_comes_back_as_it_was_kept(catalog: Catalog) -> None:
    full = SourceState(
        site=SITE,
        key="feed",
        url="https://s.example/rss",
        kind=SourceKind.FEED,
        interval=timedelta(minutes=7, microseconds=5),
        polled_at=T0,
        format="rss",
        window=timedelta(hours=2),
        good_at=T0,
        fresh_at=T0,
        gap_at=T0,
        entries=20,
        fresh=3,
        gained=30,
        quiet=1,
        failures=2,
        failed_at=T0,
        reason="status 403",
        status=403,
        moved_to="https://s.example/feed",
    )
    bare = SourceState("other", "k", "https://o.example/", SourceKind.FRONT, timedelta(hours=1), T0)
    for state in (bare, replace(full, gained=1), full):
        catalog.sources.put(state)
    assert catalog.sources.get(SITE, "feed") == full
    assert catalog.sources.get(SITE, "nothing") is None
    assert list(catalog.sources.find()) == [bare, full]
    assert list(catalog.sources.find(SITE)) == [full]
    assert (full.is_failing, bare.is_failing) == (True, False)
    assert full.as_json()["interval"] == 420.000005


def test_a_listing_that_lacks_title_or_date_takes_them_from_another_whatever_comes_first(catalog: Catalog) -> None:
    front = Listing(SITE, "example,s)/a", "https://s.example/a", T0, "https://s.example/", True)
    feed = replace(
        front, first_at=T0 + timedelta(hours=1), source="https://s.example/feed", published_at=T0, title="A title"
    )
    late = replace(feed, first_at=T0 + timedelta(hours=2), title="Another title")
    whole = replace(front, published_at=T0, title="A title")
    catalog.listings.add([front])
    catalog.listings.add([feed])
    catalog.listings.add([late])
    assert catalog.listings.get(SITE, front.key) == whole
    other = [replace(each, key="example,s)/b") for each in (feed, front, late)]
    for each in other:
        catalog.listings.add([each])
    assert catalog.listings.get(SITE, "example,s)/b") == replace(whole, key="example,s)/b")
