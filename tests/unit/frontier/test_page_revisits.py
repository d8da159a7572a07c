"""What was read of pages decides when they are looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.catalog import Catalog, FrontierEntry, FrontierState
from archiver.config import RevisitSection
from archiver.discover import PageClass, RevisitRules
from archiver.frontier.page_revisits import OLD, YOUNG, TextWatch, after_visit, text_digest
from archiver.model.article import Article, Extraction, Extractor
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.instant import SystemClock
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType
from archiver.model.site import Host, Scope, Site
from archiver.model.surt import surt

T0 = datetime(2026, 11, 24, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "https://s.example/news-1.html"
SITE = Site("s", (Host("s.example"),), scope=Scope(article=(r"-\d+\.html",), listing=("^/list",)))
ENTRY = FrontierEntry("s", surt(URL), URL, Kind.PAGE, None, "M", 0, 310, T0, T0, published_at=T0)
STATE = FrontierState(ENTRY, None, None, 0, 0, None, None, None)
RULES = RevisitRules()


def article(text: str, **more: object) -> Extraction:
    made = Article(title="A title", text=text, paragraphs=(text,), **more)  # type: ignore[arg-type]
    return Extraction(Verdict.ARTICLE, "", Extractor("test", "1"), made)


def capture(at: datetime, url: str = URL) -> Capture:
    return Capture(
        url, surt(url), at, 200, "text/html", None, RecordType.RESPONSE, Kind.PAGE, "s", "R",
        RecordId(f"urn:uuid:{at}"), RecordRef(BlobKey("f"), 0, 1),
    )  # fmt: skip


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite3'}", clock=SystemClock()) as opened:
        opened.frontier.add([ENTRY])
        yield opened


def due(state: FrontierState) -> datetime:
    assert state.entry.due_at is not None
    return state.entry.due_at


def state_of(catalog: Catalog) -> FrontierState:
    state = catalog.frontier.get("s", surt(URL))
    assert state is not None
    return state


def test_an_article_whose_text_changed_is_due_sooner_than_one_that_is_quiet(catalog: Catalog) -> None:
    watch = TextWatch(catalog, RevisitSection(), find_site={"s": SITE}.get)
    for number, (age, text) in enumerate([(0, "one"), (6, "one"), (24, "two")]):
        now = T0 + age * HOUR
        catalog.frontier.done(
            "s",
            surt(URL),
            now=now,
            status=200,
            decide=lambda state, now=now: after_visit(state, now=now, rules=RULES, page_class=PageClass.ARTICLE),
        )
        quiet = due(state_of(catalog))
        assert watch.saw(capture(now), article(text)) == (number == 2)
    state = state_of(catalog)
    assert (state.changes, state.changed_at) == (1, T0 + DAY)
    assert quiet == T0 + DAY + 12 * HOUR
    assert due(state) == T0 + DAY + HOUR


def test_title_lead_and_text_are_the_text_and_pictures_and_dates_are_not() -> None:
    plain = Article(title="t", text="x", paragraphs=("x",))
    assert text_digest(replace(plain, modified_at=T0, images=(), tags=("a",))) == text_digest(plain)
    for change in ({"title": "u"}, {"lead": "l"}, {"text": "y"}):
        assert text_digest(replace(plain, **change)) != text_digest(plain)


def test_what_is_no_article_or_of_no_known_site_says_nothing_of_a_text(catalog: Catalog) -> None:
    watch = TextWatch(catalog, RevisitSection(), find_site={"s": SITE}.get)
    assert not watch.saw(capture(T0), Extraction(Verdict.BLOCKED, "", Extractor("test", "1")))
    assert not watch.saw(replace(capture(T0), site="other"), article("one"))
    assert state_of(catalog).text_sha256 is None


def test_a_list_is_due_by_its_age_alone_and_a_refused_page_too() -> None:
    now = T0 + 2 * HOUR
    by_age = T0 + 6 * HOUR
    assert after_visit(STATE, now=now, rules=RULES, page_class=PageClass.ARTICLE).next_due == now + HOUR
    assert after_visit(STATE, now=now, rules=RULES, page_class=PageClass.LISTING).next_due == by_age
    assert after_visit(STATE, now=now, rules=RULES, page_class=PageClass.PAGE).next_due == by_age
    refused = after_visit(STATE, now=now, rules=RULES, page_class=PageClass.ARTICLE, is_good=False)
    assert refused.next_due == by_age
    read = replace(STATE, text_sha256=b"x")
    assert after_visit(read, now=now, rules=RULES, page_class=PageClass.PAGE).next_due == now + HOUR


def test_a_page_that_is_gone_three_times_is_withdrawn_and_one_that_comes_back_is_not() -> None:
    state, now, seen = STATE, T0, []
    for _ in range(3):
        visit = after_visit(state, now=now, rules=RULES, page_class=PageClass.ARTICLE, is_gone=True)
        seen.append((visit.next_due, visit.absences))
        state = replace(state, absences=visit.absences)
    assert seen == [(T0 + HOUR, 1), (T0 + DAY, 2), (None, 3)]
    assert visit.reason == "withdrawn"
    back = after_visit(state, now=T0 + HOUR, rules=RULES, page_class=PageClass.ARTICLE)
    assert (back.absences, back.reason) == (0, None)


def test_young_pages_and_changing_ones_go_before_old_ones() -> None:
    def priority(age: timedelta, changed_at: datetime | None = None) -> int | None:
        state = replace(STATE, changed_at=changed_at)
        return after_visit(state, now=T0 + age, rules=RULES, page_class=PageClass.ARTICLE).priority

    assert priority(HOUR) == YOUNG
    assert priority(10 * DAY) == OLD
    assert priority(10 * DAY, T0 + 9 * DAY) == YOUNG


@pytest.mark.parametrize("kind", [Kind.REQUISITE, Kind.ROBOTS, Kind.REDIRECT])
def test_what_only_pages_need_is_not_due_of_itself(kind: Kind) -> None:
    state = replace(STATE, entry=replace(ENTRY, kind=kind))
    assert after_visit(state, now=T0, rules=RULES, page_class=PageClass.PAGE).next_due is None


def test_what_another_extractor_version_sees_is_no_change_of_the_page(catalog: Catalog):
    watch = TextWatch(catalog, RevisitSection(), find_site={"s": SITE}.get)
    assert not watch.saw(capture(T0), article("text and a box"))
    watch.read_again(capture(T0), article("text"))
    assert not watch.saw(capture(T0 + HOUR), article("text"))
    assert watch.saw(capture(T0 + DAY), article("another text"))
    # What an older capture reads like now says nothing of the text that is known.
    watch.read_again(capture(T0), article("text, once more"))
    assert state_of(catalog).text_sha256 == text_digest(Article(title="A title", text="another text", paragraphs=()))
    assert state_of(catalog).changes == 1
