"""Coverage, sources and alerts on the pages of a site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from archiver.archive import Archive
from archiver.catalog import Listing, SourceState
from archiver.errors import CatalogError
from archiver.model.access import Access, Match
from archiver.model.alert import Alert, AlertRule, Finding
from archiver.model.schedule import Schedule, Slot, SlotState
from archiver.model.site import SourceKind
from archiver.model.surt import surt
from archiver.model.token import Role
from archiver.ops.access import add_rule
from archiver.web.alerting import said
from archiver.web.app import create_app
from archiver.web.calendars import coverage_of
from archiver.web.counted import Counted
from archiver.web.messages import Speech
from tests.shelf import DAY, Noon, Shelf
from tests.unit.web.browsing import Browser, make_token

URL = "https://courier.example/a"
SECRET = "https://courier.example/secret"
FEED = "https://courier.example/feed"


@pytest.fixture
def browser(shelf: Shelf) -> Iterator[Browser]:
    with Archive(shelf.config, clock=Noon(), for_readers=True) as archive:
        app = create_app(archive, config=shelf.config)
        for each in (app.state.web.years, app.state.web.days):
            each.patience = 60.0  # however slow the machine
        yield Browser(app)


def listed(shelf: Shelf, *urls: str) -> None:
    rows = [Listing("courier", surt(url), url, DAY, FEED, in_scope=True) for url in urls]
    shelf.catalog.listings.add(rows)


def test_a_site_shows_its_coverage_and_each_day_says_what_is_missing_and_why(shelf: Shelf, browser: Browser) -> None:
    shelf.keep(URL, b"x")
    shelf.keep(f"{URL}/gone", b"x", status="404 Not Found")
    listed(shelf, URL, f"{URL}/gone")
    page = browser.ask("GET", "/sites/courier").text
    assert "Of 2 pages that the site’s own sources first listed in this year, 1 are held (50%)." in page
    assert f'href="/sites/courier/coverage/{DAY.date()}"' in page
    assert "1 of 2 held" in page
    for language, word in (("en", "withdrawn by the site"), ("vi", "trang báo đã gỡ"), ("fr", "retirée par le site")):
        day = browser.ask("GET", f"/sites/courier/coverage/{DAY.date()}", language=language).text
        assert word in day
        assert f'{URL}/gone</a></th><td><span class="state missed">' in day


def test_a_day_without_anything_and_what_is_no_day(browser: Browser, shelf: Shelf) -> None:
    shelf.keep(URL, b"x")
    listed(shelf, URL)
    assert "Nothing was first listed on this day." in browser.ask("GET", "/sites/courier/coverage/2020-01-01").text
    assert browser.ask("GET", "/sites/courier/coverage/yesterday").status_code == 400
    assert browser.ask("GET", "/sites/courier/coverage/0001-01-01").status_code == 400
    assert browser.ask("GET", "/sites/nobody/coverage/2020-01-01").status_code == 404


def test_what_a_rule_hides_is_counted_and_not_named(shelf: Shelf, browser: Browser) -> None:
    shelf.keep(URL, b"x")
    shelf.keep(SECRET, b"x")
    listed(shelf, URL, SECRET)
    target, api = f"/sites/courier/coverage/{DAY.date()}", f"/api/coverage?site=courier&day={DAY.date()}"
    assert all(SECRET in browser.ask("GET", each).text for each in (target, api))
    add_rule(shelf.catalog, access=Access.EXCLUDE, match=Match.EXACT, url=SECRET, reason="r", actor="a")
    assert not any("secret" in browser.ask("GET", each).text for each in (target, api))
    (day,) = browser.ask("GET", api).json()["items"]
    assert (day["listed"], day["held"], day["missing"], len(day["urls"])) == (2, 2, {}, 1)


def test_sources_are_shown_with_how_they_are(shelf: Shelf, browser: Browser) -> None:
    shelf.keep(URL, b"x")
    hour = timedelta(hours=1)
    states = [
        SourceState("courier", "a", FEED, SourceKind.FEED, hour, DAY, good_at=DAY, entries=20),
        SourceState(
            "courier", "b", f"{FEED}/b", SourceKind.FEED, 2 * hour, DAY, failures=3, failed_at=DAY, reason="status 403"
        ),
        SourceState("courier", "c", f"{FEED}/c", SourceKind.FEED, hour, DAY, moved_to="https://courier.example/new"),
    ]
    for state in states:
        shelf.catalog.sources.put(state)
    page = browser.ask("GET", "/sites/courier").text
    assert "3 are known; 1 failed when they were last read." in page
    assert "failed 3 times in a row, last 1 March 2026, 08:00:00\u00a0UTC: status 403" in page
    assert "moved to https://courier.example/new" in page
    assert "2 h 0 min" in page


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_what_the_web_wrote_is_text_on_every_page(shelf: Shelf, browser: Browser) -> None:
    shelf.keep(URL, b"x")
    url = f"https://courier.example/{EVIL}"
    shelf.catalog.listings.add([Listing("courier", "k", url, DAY, FEED, in_scope=True)])
    hour = timedelta(hours=1)
    shelf.catalog.sources.put(
        SourceState("courier", "b", url, SourceKind.FEED, hour, DAY, failures=3, failed_at=DAY, reason=EVIL)
    )
    shelf.catalog.sources.put(SourceState("courier", "c", url, SourceKind.FEED, hour, DAY, moved_to=EVIL))
    made = Schedule("courier-1", "courier", "0 6 * * *", "Asia/Tokyo", DAY)
    shelf.catalog.schedules.put(made, entry=shelf.catalog.journal.draft("schedule", made.as_json()))
    failed = Slot(made.id, "courier", DAY, DAY, SlotState.FAILED, reason=EVIL, run="01R")
    shelf.catalog.schedules.apply([failed])
    shelf.catalog.alerts.put(
        [
            an_alert(AlertRule.SOURCE_FAILS, "s", "courier", url=url, failures=5),
            an_alert(AlertRule.SLOT_FAILED, made.id, "courier", slot=failed.as_json(), slots=1),
        ]
    )
    browser.sign_in(make_token(shelf, Role.CURATOR))
    for target in ("/", "/sites/courier", "/schedule", f"/sites/courier/coverage/{DAY.date()}"):
        text = browser.ask("GET", target).text
        assert "&lt;script&gt;" in text, target
        assert "<script" not in text, target
        assert "<img src=x" not in text, target


def an_alert(rule: AlertRule, subject: str, site: str | None, **facts: object) -> Alert:
    return Alert(f"01{subject}", Finding(rule, subject, f"text of {subject}", site, facts), DAY, DAY)


def test_alerts_are_shown_to_curators_alone(shelf: Shelf, browser: Browser) -> None:
    shelf.keep(URL, b"x")
    shelf.catalog.alerts.put(
        [
            an_alert(AlertRule.SOURCE_FAILS, "s", "courier", url=FEED, failures=5),
            an_alert(AlertRule.DISK_FULL, "d", None, free=10**9, total=10**12),
        ]
    )
    for target in ("/", "/sites/courier"):
        assert FEED not in browser.ask("GET", target).text
    browser.sign_in(make_token(shelf, Role.CURATOR))
    home, site = browser.ask("GET", "/").text, browser.ask("GET", "/sites/courier", language="vi").text
    assert f"courier: the source {FEED} failed 5 times in a row." in home
    assert "Only 1.0\u00a0GB of 1.0\u00a0TB are free on the disk of the archive." in home
    assert f"courier: nguồn {FEED} bị lỗi 5 lần liên tiếp." in site
    assert "1,0\u00a0GB" not in site


def test_visitors_see_that_something_is_wrong_and_not_what(shelf: Shelf, browser: Browser) -> None:
    right = "Nothing is known to be wrong."
    assert right in browser.ask("GET", "/").text
    shelf.catalog.alerts.put([an_alert(AlertRule.SOURCE_FAILS, "s", "courier", url=FEED, failures=5)])
    for language, words in [("en", "Something is wrong."), ("vi", "Có sự cố."), ("fr", "Quelque chose ne va pas.")]:
        text = browser.ask("GET", "/", language=language).text
        assert words in text
        assert FEED not in text
    assert right not in browser.ask("GET", "/").text
    browser.sign_in(make_token(shelf, Role.CURATOR))
    assert "Something is wrong." not in browser.ask("GET", "/").text


SLOT = {"planned_at": "2026-11-20T06:00:00.000Z", "reason": "the run failed"}
FACTS: dict[AlertRule, dict[str, object]] = {
    AlertRule.SLOT_MISSED: {"slot": SLOT, "slots": 2},
    AlertRule.SLOT_LATE: {"slot": SLOT, "slots": 1},
    AlertRule.SLOT_FAILED: {"slot": SLOT, "slots": 1},
    AlertRule.RUN_SHRANK: {"run": "01R", "pages": 3, "usual": 100.5},
    AlertRule.SOURCE_FAILS: {"url": FEED, "failures": 3},
    AlertRule.SOURCE_QUIET: {"url": FEED, "since": "2026-11-20T06:00:00.000Z"},
    AlertRule.EXTRACTION_FELL: {"now": 0.1, "before": 0.9},
    AlertRule.DISK_FULL: {"free": 1, "total": 100},
    AlertRule.SPOOL_FULL: {"waiting": 1, "most": 2},
    AlertRule.STORE_FULL: {"held": 5},
}


@pytest.mark.parametrize("rule", list(AlertRule))
@pytest.mark.parametrize("language", ["en", "vi", "fr"])
def test_every_alert_is_said_in_every_language(rule: AlertRule, language: str) -> None:
    told = said(Finding(rule, "x", "the rule's own words", "courier", FACTS[rule]), Speech(language))
    assert told != "the rule's own words"
    assert "{" not in told
    assert said(Finding(rule, "x", "the rule's own words", "courier", {}), Speech(language)) == "the rule's own words"


def test_a_calendar_of_coverage_is_darker_where_more_is_held() -> None:
    days = {date(2026, 3, n): (8, held) for n, held in ((1, 8), (2, 7), (3, 4), (4, 1), (5, 0))}
    cells = {c.day.day: c for month in coverage_of(days, 2026) for week in month.weeks for c in week if c and c.count}
    assert [cells[n].level for n in range(1, 6)] == [4, 3, 2, 1, 0]
    assert [cells[n].mark for n in range(1, 6)] == ["", "short", "short", "short", "short"]


def test_what_takes_long_to_count_keeps_nobody_waiting_and_is_there_later() -> None:
    counted: Counted[int] = Counted(patience=0.0)
    go = threading.Event()

    def count() -> int:
        assert go.wait(60)
        return 7

    assert counted.read("a", count) is None
    go.set()
    counted.patience = 60.0
    assert counted.read("a", count) == 7


def test_old_figures_are_shown_while_they_are_counted_again_and_very_old_ones_are_not() -> None:
    now = [0.0]
    counted: Counted[int] = Counted(seconds=10, most=100, patience=60.0, monotonic=lambda: now[0])
    assert counted.read("a", lambda: 1) == 1
    go = threading.Event()

    def again() -> int:
        assert go.wait(60)
        return 2

    now[0] = 50.0
    assert counted.read("a", again) == 1
    go.set()
    now[0] = 500.0
    assert counted.read("a", lambda: 2) == 2


def test_figures_that_could_not_be_counted_are_tried_again() -> None:
    counted: Counted[int] = Counted(patience=60.0)

    def broken() -> int:
        raise CatalogError("the figures", "away")

    assert counted.read("a", broken) is None
    assert counted.read("a", lambda: 3) == 3


def test_what_is_closed_counts_nothing_more() -> None:
    counted: Counted[int] = Counted(patience=60.0)
    assert counted.read("a", lambda: 1) == 1
    counted.close()
    assert counted.read("b", lambda: 1) is None


def test_figures_that_nobody_asks_for_are_forgotten() -> None:
    counted: Counted[int] = Counted(patience=60.0, kept=2)
    made: list[str] = []

    def of(key: str) -> int:
        made.append(key)
        return 1

    for key in ("a", "b", "a", "c", "a", "b"):
        counted.read(key, lambda key=key: of(key))  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]


def test_years_between_listings_can_be_chosen(shelf: Shelf, browser: Browser) -> None:
    shelf.keep(URL, b"x")
    earlier = datetime(2024, 5, 1, tzinfo=UTC)
    shelf.catalog.listings.add([Listing("courier", surt(URL), URL, earlier, FEED, in_scope=True)])
    page = browser.ask("GET", "/sites/courier?year=2024").text
    assert "1 of 1 held" in page
    assert "?year=2025" in page
