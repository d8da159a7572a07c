"""The one word for each listed page, the days of a site's zone, and the chart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archiver.catalog import CaptureSummary, Catalog, FrontierEntry, FrontierState, Listing
from archiver.frontier.source_list import SourceList
from archiver.html.page_scan import scan_page
from archiver.model.capture import Candidate, Kind, Verdict
from archiver.model.coverage import DayCoverage, Missing
from archiver.model.instant import SystemClock
from archiver.model.record import RecordType
from archiver.model.run import Outcome, Run
from archiver.model.site import Host, Scope, Site, Source, SourceKind
from archiver.ops.coverage import Ledger
from archiver.ops.coverage.chart import bar, reasons
from archiver.ops.coverage.reasons import of_words, why_missing

NOON = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
SITE = Site(
    "news",
    hosts=(Host("news.example"),),
    timezone="Europe/Berlin",
    sources=(Source("https://news.example/", SourceKind.FRONT),),
    scope=Scope(exclude=("^/ads/",), listing=("^/section/",)),
)
LISTING = Listing("news", "k", "https://news.example/a", NOON, "https://news.example/feed", True)


def answer(status: int | None = 200, verdict: Verdict | None = None, **more: object) -> CaptureSummary:
    values: dict[str, object] = {"truncated": False, "payload_length": 10, "redirect": None, "kind": Kind.PAGE, **more}
    return CaptureSummary("k", NOON, status, verdict=verdict, **values)  # type: ignore[arg-type]


def state(
    *, due: datetime | None = NOON, reason: str | None = None, visits: int = 0, leased: bool = False
) -> FrontierState:
    entry = FrontierEntry("news", "k", LISTING.url, Kind.PAGE, None, "M", 0, 100, due, NOON)
    until = NOON + timedelta(hours=1) if leased else None
    return FrontierState(entry, until, "R" if leased else None, 0, visits, None, None, reason)


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ([answer()], None),
        ([answer(304)], None),
        ([answer(verdict=Verdict.ARTICLE)], None),
        ([answer(verdict=Verdict.EMPTY)], None),
        ([answer(payload_length=0)], Missing.ERROR),
        ([answer(truncated=True)], Missing.ERROR),
        ([answer(verdict=Verdict.BLOCKED)], Missing.BLOCKED),
        ([answer(verdict=Verdict.CONSENT)], Missing.BLOCKED),
        ([answer(verdict=Verdict.PAYWALL)], Missing.PAYWALL),
        ([answer(verdict=Verdict.SOFT_404)], Missing.WITHDRAWN),
        ([answer(402)], Missing.PAYWALL),
        ([answer(403)], Missing.BLOCKED),
        ([answer(429)], Missing.BLOCKED),
        ([answer(404)], Missing.WITHDRAWN),
        ([answer(410)], Missing.WITHDRAWN),
        ([answer(500)], Missing.ERROR),
        ([answer(None)], Missing.ERROR),
        ([answer(None, record_type=RecordType.RESOURCE)], None),
        ([answer(None, record_type=RecordType.RESOURCE, payload_length=0)], Missing.ERROR),
        ([answer(None, record_type=RecordType.REVISIT, payload_length=None)], None),
        ([answer(301, redirect="https://news.example/b", kind=Kind.REDIRECT)], Missing.ERROR),
        ([answer(410), answer(200)], None),
        ([answer(403), answer(404)], Missing.BLOCKED),
    ],
)
def test_the_newest_capture_says_why_and_any_good_one_holds_the_page(
    answers: list[CaptureSummary], wanted: Missing | None
) -> None:
    assert why_missing(LISTING, state(visits=1), answers, leads_home=False, cut_short_at=None) is wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("robots", Missing.ROBOTS),
        ("robots unreachable: status 503", Missing.ERROR),
        ("status 503", Missing.BLOCKED),
        ("status 404", Missing.WITHDRAWN),
        ("status 500", Missing.ERROR),
        ("withdrawn? seen 1 of 3 times", Missing.WITHDRAWN),
        ("trap: a calendar", Missing.OUT_OF_SCOPE),
        ("limit: too many redirects", Missing.OUT_OF_SCOPE),
        ("timeout", Missing.ERROR),
    ],
)
def test_the_frontiers_words_are_one_of_the_reasons(words: str, wanted: Missing) -> None:
    assert of_words(words) is wanted
    assert why_missing(LISTING, state(reason=words), [], leads_home=False, cut_short_at=None) is wanted


def test_what_was_never_asked_for_is_to_come_or_fell_to_the_budget() -> None:
    def why(one: FrontierState | None, *, cut: datetime | None = None, listing: Listing = LISTING) -> Missing | None:
        return why_missing(listing, one, [], leads_home=False, cut_short_at=cut)

    later = NOON + timedelta(minutes=5)
    assert why(state()) is Missing.NOT_YET_DUE
    assert why(state(), cut=later) is Missing.BUDGET
    assert why(state(due=NOON + timedelta(days=1)), cut=later) is Missing.NOT_YET_DUE
    assert why(state(leased=True), cut=later) is Missing.NOT_YET_DUE
    assert why(state(), cut=NOON - timedelta(days=1)) is Missing.NOT_YET_DUE
    assert why(None) is Missing.NOT_YET_DUE
    outside = Listing("news", "k", "https://other.example/", NOON, LISTING.source, in_scope=False)
    assert why(None, listing=outside) is Missing.OUT_OF_SCOPE


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite3'}", clock=SystemClock()) as opened:
        yield opened


def listings(*urls: str, at: datetime) -> list[Listing]:
    return SourceList(SITE).of_source([Candidate(url, at) for url in urls], source="https://news.example/feed", at=at)


def test_a_day_is_one_of_the_sites_zone_and_of_one_page_the_first_listing_counts(catalog: Catalog) -> None:
    # 25 October has 25 hours in Berlin: from 22:00 UTC on the 24th until 23:00 UTC on the 25th.
    begins, ends = datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)
    moment = timedelta(milliseconds=1)
    for name, at in (("a", begins - moment), ("b", begins), ("c", ends - moment), ("d", ends)):
        catalog.listings.add(listings(f"https://news.example/{name}", at=at))
    catalog.listings.add(listings("https://news.example/b?utm_source=x", "https://news.example/d", at=ends + moment))
    catalog.listings.add(listings("https://news.example/c", at=begins))
    found = {day.day.day: [row.url[-1] for row in day.urls] for day in Ledger(catalog, SITE).days()}
    assert found == {24: ["a"], 25: ["b", "c"], 26: ["d"]}
    only = [day.day for day in Ledger(catalog, SITE).days(first=date(2026, 10, 25), last=date(2026, 10, 25))]
    assert only == [date(2026, 10, 25)]
    assert Ledger(catalog, SITE).day(date(2026, 1, 1)).listed == 0


def test_the_sums_are_exact_however_many_pages_a_day_has(catalog: Catalog) -> None:
    urls = [f"https://news.example/{number}" for number in range(1203)]
    catalog.listings.add(listings(*urls, "https://news.example/ads/1", "https://elsewhere.example/", at=NOON))
    catalog.runs.end(Run("R", "news", NOON, ended_at=NOON + timedelta(hours=1), outcome=Outcome.LIMIT))
    rules = SourceList(SITE)
    rows = rules.of_source([Candidate(url, NOON) for url in urls[:200]], source="s", at=NOON)
    catalog.frontier.add(
        [FrontierEntry("news", row.key, row.url, Kind.PAGE, None, "M", 0, 1, NOON, NOON) for row in rows]
    )
    (day,) = Ledger(catalog, SITE).days()
    assert day.listed == len(day.urls) == 1205
    assert day.held + sum(day.missing.values()) == day.listed
    assert day.missing == {Missing.OUT_OF_SCOPE: 2, Missing.BUDGET: 200, Missing.NOT_YET_DUE: 1003}
    (counted,) = Ledger(catalog, SITE).days(urls=False)
    assert (counted.missing, counted.urls) == (day.missing, ())


def test_a_front_lists_what_may_be_an_article_and_not_its_menu() -> None:
    html = b"".join(
        b'<a href="%s">x</a>' % link
        for link in (b"/story", b"/section/world", b"/", b"https://social.example/news", b"/ads/1", b"/story#top")
    )
    links = scan_page(html, url="https://news.example/").links
    rows = SourceList(SITE).of_front(links, source="https://news.example/", at=NOON)
    assert [row.url for row in rows] == ["https://news.example/story"]


def test_a_bar_never_hides_what_is_missing() -> None:
    day = DayCoverage("news", NOON.date(), 1000, 998, {Missing.NOT_YET_DUE: 1, Missing.ROBOTS: 1}, ())
    drawn = bar(day, most=1000, width=10)
    assert (len(drawn), drawn.count("░"), drawn.count("·")) == (10, 1, 1)
    assert reasons(day) == "1 not yet due, 1 robots"
    whole = DayCoverage("news", NOON.date(), 5, 5, {}, ())
    assert set(bar(whole, most=1000)) == {"█"}
    assert bar(DayCoverage("news", NOON.date(), 0, 0, {}, ()), most=0) == ""
