"""The ledger after real crawls: what was listed, what is held, why the rest is not; and the same from the store alone."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.model.coverage import Missing, State
from archiver.model.instant import SystemClock
from archiver.ops.coverage import Ledger, site_named
from archiver.ops.rebuild import rebuild
from tests.flow.town import OK, Town, moved, robots, status
from tests.fork_server import run_python
from tests.wire_server import Case, whole

HOST = "http://a.example"
TEXT = (
    "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>{0} says that the sea is calm today.</p></body></html>"
)
FEED = "http://a.example/feed.xml"


def feed(*urls: str) -> Case:
    """An RSS feed of these addresses."""
    items = "".join(f"<item><title>{url}</title><link>{url}</link></item>" for url in urls)
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>a</title>{items}</channel></rss>'
    return Case(whole(OK + b"Content-Type: application/rss+xml\r\n", text.encode()))


def story(name: str) -> Case:
    return Case(whole(OK + b"Content-Type: text/html\r\n", TEXT.format(name).encode()))


LISTED = ("/held", "/moved", "/moved-home", "/private", "/refused", "/paid", "/gone", "/broken", "/excluded/a")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    hosts = {
        "a.example": {
            "/": story("home"),
            "/feed.xml": feed(*(HOST + path for path in LISTED), "http://elsewhere.example/x"),
            "/robots.txt": robots("User-agent: *\nDisallow: /private\n"),
            "/held": story("held"),
            "/moved": moved("/moved-to"),
            "/moved-to": story("moved"),
            "/moved-home": moved("/"),
            "/refused": Case(status(403)),
            "/paid": Case(status(402)),
            "/broken": Case(status(500)),
        }
    }
    made = Town(tmp_path_factory.mktemp("coverage") / "home", hosts)
    result = made.crawl(
        feeds=(FEED,), site='scope = {exclude = ["^/excluded/"]}\ntimezone = "Asia/Ho_Chi_Minh"', real=True
    )
    assert result["outcome"] == "finished"
    yield made
    made.close()


EXPECTED = {
    "/held": None,
    "/moved": None,
    "/moved-home": Missing.WITHDRAWN,
    "/private": Missing.ROBOTS,
    "/refused": Missing.BLOCKED,
    "/paid": Missing.PAYWALL,
    "/gone": Missing.WITHDRAWN,
    "/broken": Missing.ERROR,
    "/excluded/a": Missing.OUT_OF_SCOPE,
}


def ledger_of(home: Path) -> dict[str, Any]:
    config = Config(home=home)
    with Catalog.open(config.catalog_url, clock=SystemClock()) as catalog:
        (day,) = Ledger(catalog, site_named("town", config=config, catalog=catalog)).days()
    return day.as_json()


def test_every_listed_url_is_held_or_has_its_one_reason(town: Any) -> None:
    day = ledger_of(town.home)
    states = {row["url"]: (row["state"], row["reason"]) for row in day["urls"]}
    wanted = {
        HOST + path: ("held", None) if reason is None else ("missing", reason.value)
        for path, reason in EXPECTED.items()
    }
    wanted["http://elsewhere.example/x"] = ("missing", "out-of-scope")
    assert states == wanted
    assert day["listed"] == day["held"] + sum(day["missing"].values()) == len(wanted)
    assert day["missing"] == dict(Counter(reason for _, reason in wanted.values() if reason))


def test_held_says_what_the_ledger_says(town: Any) -> None:
    with Archive(Config(home=town.home)) as archive:
        for path, reason in EXPECTED.items():
            assert archive.held(HOST + path).state == (State.HELD if reason is None else State.MISSING).value, path
        assert archive.held("http://elsewhere.example/x").state == "unknown"  # of no site that is known here
        assert archive.held(HOST + "/nobody-knows").state == "unknown"
        assert archive.held(FEED).state == "held"


def test_the_command_and_its_json_show_the_same(town: Any) -> None:
    def archiver(*arguments: str) -> str:
        env = {**os.environ, "ARCHIVER_ARCHIVE": str(town.home)}
        done = run_python(["-m", "archiver", "coverage", *arguments], env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    day = ledger_of(town.home)
    assert [json.loads(line) for line in archiver("town", "--json").splitlines()] == [day]
    assert json.loads(archiver("town", "--day", day["day"], "--json")) == day
    line = archiver("town")
    assert line.startswith(f"{day['day']}\t{day['listed']}\t{day['held']}\t█")
    assert "1 robots, 1 blocked, 1 paywall, 1 error, 2 out of scope, 2 withdrawn before capture" in line
    assert json.loads(archiver("town", "--day", "2020-01-01", "--json"))["listed"] == 0


def test_a_catalogue_made_anew_tells_the_same_ledger_of_what_the_store_holds(town: Any, tmp_path: Path) -> None:
    config = Config(home=tmp_path / "again")
    config = replace(config, store=replace(config.store, url=str(town.home / "store")))
    result = rebuild(config)
    assert result.problems == []
    assert result.listed == len(EXPECTED) + 1
    before = ledger_of(town.home)
    after = ledger_of(config.home)
    assert (after["day"], after["listed"], after["held"]) == (before["day"], before["listed"], before["held"])
    # That robots.txt forbade it was the frontier's to know: it is due, and will be asked about again.
    assert {row["url"]: row["reason"] for row in after["urls"]} == {
        row["url"]: "not-yet-due" if row["reason"] == "robots" else row["reason"] for row in before["urls"]
    }
    with Catalog.open(config.catalog_url, clock=SystemClock()) as catalog:
        due = catalog.frontier.lease("town", run="R", limit=10, now=SystemClock().now(), seconds=1)
    assert [entry.url for entry in due] == [HOST + "/private"]
    assert result.due == 1
    assert rebuild(config).listed == 0


def test_what_a_run_may_not_fetch_any_more_is_missing_for_the_budget(tmp_path: Path) -> None:
    paths = [f"/{word}" for word in ("sea", "hill", "rice", "rail", "port", "wind")]
    hosts = {"a.example": {"/feed.xml": feed(*(HOST + p for p in paths)), **{p: story(p) for p in paths}}}
    place = Town(tmp_path / "home", hosts)
    try:
        result = place.crawl(fronts=[], feeds=(FEED,), real=True, options={"limit": 2, "concurrency": 1})
        assert result["outcome"] == "limit"
        day = ledger_of(place.home)
        assert day["missing"] == {"budget": day["listed"] - day["held"]}
        assert 2 <= day["held"] < day["listed"] == len(paths)
    finally:
        place.close()
