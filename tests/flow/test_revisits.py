"""Pages come again by their age and by what was read of them; sources by their own pace; a withdrawal is looked at thrice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.catalog import Catalog, SourceState
from archiver.model.instant import SystemClock
from tests.flow.town import OK, Town, moved, page, status
from tests.wire_server import Case, whole

HOST = "news.example"
T0 = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITE = "scope = {article = ['-\\d+$']}"
HTML = OK + b"Content-Type: text/html; charset=utf-8\r\n"


def story(name: str, text: str) -> Case:
    words = " ".join(f"The council of {name} met on day {n} and spoke of {text} at length." for n in range(30))
    return Case(
        whole(
            HTML,
            f"""<html lang="en"><head><title>{name} speaks of {text}</title>
            <meta property="og:type" content="article"><meta property="article:published_time" content="{T0.isoformat()}">
            </head><body><article><h1>{name} speaks of {text}</h1><p>{words}</p><p>{words}</p></article></body></html>""".encode(),
        )
    )


class News:
    """A town of one newspaper whose clock is moved by hand."""

    def __init__(self, home: Path) -> None:
        self.town = Town(
            home,
            {
                HOST: {
                    "/": page("/quiet-1", "/edited-2", "/gone-3", "/home-4"),
                    "/quiet-1": story("Quiet", "rice"),
                    "/edited-2": story("Edited", "rice"),
                    "/gone-3": story("Gone", "rice"),
                    "/home-4": story("Home", "rice"),
                }
            },
        )
        self.cases = self.town.servers[HOST].cases
        self.home = home

    def crawl(self, after: timedelta, **options: Any) -> list[str]:
        """The paths that a run asks for so long after the beginning."""
        self.town.forget()
        self.town.crawl(
            run=f"R{after}", site=SITE, real=True, clock=(T0 + after).isoformat(), options={"due_only": True, **options}
        )
        return self.town.paths(HOST)

    def source(self) -> SourceState:
        with Catalog.open(f"sqlite:///{self.home / 'catalog.sqlite3'}", clock=SystemClock()) as catalog:
            (state,) = catalog.sources.find("town")
        return state


@pytest.fixture
def news(tmp_path: Path) -> Iterator[News]:
    made = News(tmp_path / "archive")
    yield made
    made.town.close()


def test_edits_withdrawals_and_quiet_pages_are_looked_at_as_each_deserves(news: News) -> None:
    assert len(news.crawl(timedelta(0))) == 5
    assert news.crawl(timedelta(minutes=2)) == []
    news.cases["/edited-2"] = story("Edited", "salt")
    news.cases["/gone-3"] = Case(status(404))
    news.cases["/home-4"] = moved("/")
    first = HOUR + timedelta(minutes=2)
    assert {"/quiet-1", "/edited-2", "/gone-3", "/home-4"} <= set(news.crawl(first))
    quiet, edited = (news.town.state(f"http://{HOST}/{name}") for name in ("quiet-1", "edited-2"))
    assert (quiet.changes, edited.changes) == (0, 1)
    assert quiet.entry.due_at is not None
    assert edited.entry.due_at is not None
    assert edited.entry.due_at < quiet.entry.due_at
    for name in ("gone-3", "home-4"):
        state = news.town.state(f"http://{HOST}/{name}")
        assert (state.absences, state.reason) == (1, "withdrawn? seen 1 of 3 times")
    assert {"/gone-3", "/home-4"} <= set(news.crawl(first + HOUR + timedelta(minutes=2)))
    news.cases["/home-4"] = story("Home", "rice")
    assert {"/gone-3", "/home-4"} <= set(news.crawl(first + DAY + 2 * HOUR))
    gone, back = (news.town.state(f"http://{HOST}/{name}") for name in ("gone-3", "home-4"))
    assert (gone.absences, gone.reason, gone.entry.due_at) == (3, "withdrawn", None)
    assert (back.absences, back.reason) == (0, None)
    assert "/gone-3" not in news.crawl(first + 40 * DAY)


def test_a_source_is_asked_by_its_own_pace_and_says_how_it_is(news: News) -> None:
    assert "/" in news.crawl(timedelta(0), extract=False)
    good = news.source()
    assert (good.failures, good.entries, good.fresh, good.interval) == (0, 4, 4, timedelta(minutes=15))
    assert "/" not in news.crawl(timedelta(minutes=10), extract=False)
    assert "/" in news.crawl(timedelta(minutes=16), extract=False)
    quiet = news.source()
    assert (quiet.fresh, quiet.quiet, quiet.interval) == (0, 1, timedelta(minutes=22, seconds=30))
    assert news.source().fresh_at == good.fresh_at
    news.cases["/"] = Case(status(403))
    assert "/" in news.crawl(HOUR, extract=False)
    refused = news.source()
    assert (refused.failures, refused.reason, refused.status) == (1, "status 403", 403)
    assert (refused.entries, refused.good_at, refused.interval) == (4, quiet.good_at, timedelta(minutes=5))
    news.cases["/"] = page("/quiet-1", "/edited-2", "/gone-3", "/home-4", "/new-5")
    news.cases["/new-5"] = story("New", "rice")
    assert {"/", "/new-5"} <= set(news.crawl(HOUR + timedelta(minutes=6), extract=False))
    back = news.source()
    assert (back.failures, back.reason, back.fresh, back.gained, back.quiet) == (0, None, 1, 5, 0)


def test_a_run_by_hand_asks_every_source_whenever_it_was_asked_before(news: News) -> None:
    news.crawl(timedelta(0), extract=False)
    assert news.crawl(timedelta(minutes=1), extract=False, due_only=False) == ["/"]


def test_a_days_budget_for_known_pages_leaves_new_ones_alone(news: News) -> None:
    news.town.home.mkdir(parents=True, exist_ok=True)
    site = f"{SITE}\nrevisit = {{daily = 24}}"
    spec: dict[str, Any] = {"site": site, "real": True, "options": {"due_only": True, "extract": False}}
    news.town.crawl(run="R1", clock=(T0 + 22 * HOUR).isoformat(), **spec)
    news.town.forget()
    news.cases["/"] = page("/quiet-1", "/edited-2", "/gone-3", "/home-4", "/new-5")
    news.cases["/new-5"] = story("New", "rice")
    # Half past one, UTC: of the day's 24 looks at known pages there is room for those of two and a half hours.
    news.town.crawl(run="R2", clock=(T0 + 22 * HOUR + timedelta(minutes=90)).isoformat(), **spec)
    asked = news.town.paths(HOST)
    assert "/new-5" in asked
    assert len([path for path in asked if path not in {"/", "/new-5"}]) == 3


def listing(*lastmods: timedelta) -> Case:
    """A sitemap of the four pages, each with when it was changed."""
    paths = ("quiet-1", "edited-2", "gone-3", "home-4")
    urls = "".join(
        f"<url><loc>http://{HOST}/{path}</loc><lastmod>{(T0 + after).isoformat()}</lastmod></url>"
        for path, after in zip(paths, lastmods, strict=True)
    )
    xml = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return Case(whole(OK + b"Content-Type: application/xml\r\n", xml.encode()))


def test_a_page_that_a_sitemap_says_was_changed_is_looked_at_before_its_time(news: News) -> None:
    before = (-HOUR, -HOUR, -HOUR, -HOUR)
    spec: dict[str, Any] = {"fronts": [], "feeds": (f"http://{HOST}/map.xml",), "site": SITE, "real": True}

    def paths(after: timedelta) -> set[str]:
        news.town.forget()
        news.town.crawl(run=f"R{after}", clock=(T0 + after).isoformat(), options={"due_only": True}, **spec)
        return set(news.town.paths(HOST)) - {"/map.xml"}

    every = {"/quiet-1", "/edited-2", "/gone-3", "/home-4"}
    news.cases["/map.xml"] = listing(*before)
    assert paths(timedelta(0)) == every
    assert paths(2 * HOUR) == every
    news.cases["/edited-2"] = story("Edited", "salt")
    news.cases["/map.xml"] = listing(-HOUR, timedelta(minutes=145), -HOUR, timedelta(minutes=119))
    assert paths(timedelta(minutes=150)) == {"/edited-2"}
    assert news.town.state(f"http://{HOST}/edited-2").changes == 1
    assert paths(timedelta(minutes=170)) == set()


def test_a_source_that_is_held_for_another_site_is_asked_without_a_condition_and_read(news: News) -> None:
    front = news.cases["/"].pieces
    asked = news.town.servers[HOST].heard

    def answer() -> bytes:
        known = b'If-None-Match: "1"' in asked["/"][-1].received
        body = b"".join(piece for piece in front if isinstance(piece, bytes))
        return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n' if known else body.replace(OK, OK + b'ETag: "1"\r\n')

    news.cases["/"] = Case([answer])
    spec: dict[str, Any] = {"site": SITE, "real": True, "options": {"extract": False, "sources_only": True}}
    news.town.crawl(run="R1", clock=T0.isoformat(), **spec)
    news.town.crawl(run="R2", clock=(T0 + HOUR).isoformat(), name="other", **spec)
    assert b"If-None-Match" not in asked["/"][-1].received
    with Catalog.open(f"sqlite:///{news.home / 'catalog.sqlite3'}", clock=SystemClock()) as catalog:
        for name in ("town", "other"):
            assert catalog.frontier.counts(name, now=T0 + 2 * HOUR).due >= 4
            (state,) = catalog.sources.find(name)
            assert (state.failures, state.entries, state.fresh) == (0, 4, 4)
