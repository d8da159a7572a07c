"""Saving a page now from the home page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.model.token import Role
from archiver.ops.saving import Saver
from archiver.web.app import create_app
from tests.shelf import Noon, Shelf
from tests.unit.web.browsing import Browser, make_token

URL = "https://courier.invalid/x"
SAYS = "import json, sys; print(json.dumps({'run': '01R', 'captures': 3, 'failed': 0, 'bytes': 4000}))"
FAILS = "import sys; print('archiver: <b>no such host</b>', file=sys.stderr); sys.exit(7)"


@pytest.fixture
def app(shelf: Shelf) -> Iterator[object]:
    with Archive(shelf.config, clock=Noon(), for_readers=True) as archive:
        made = create_app(archive, config=shelf.config)
        yield made
        made.state.web.saver.close()


def with_crawl(app: object, program: str, *, home: Path, waiting: int = 100) -> None:
    """Let the crawl be this program."""
    saver = Saver(home, clock=Noon(), command=(sys.executable, "-c", program), max_waiting=waiting)
    app.state.web = replace(app.state.web, saver=saver)  # type: ignore[attr-defined]


def end_of(browser: Browser, place: str, language: str) -> str:
    """The page of a saving once it is over; each look waits a little by itself."""
    for _ in range(60):
        answer = browser.ask("GET", place, language=language)
        assert answer.status_code == 200
        if "saving-done" in answer.text or "saving-failed" in answer.text:
            return answer.text
    raise AssertionError("the page never ended")


def test_a_curator_saves_a_page_and_is_told_how_it_went(shelf: Shelf, app: object) -> None:
    with_crawl(app, SAYS, home=shelf.config.home)
    browser = Browser(app)
    assert 'action="/save"' not in browser.ask("GET", "/").text
    word = browser.sign_in(make_token(shelf, Role.CURATOR))
    assert 'action="/save"' in browser.ask("GET", "/").text
    answer = browser.ask("POST", "/save", {"url": f" {URL} ", "word": word})
    assert answer.status_code == 303
    text = end_of(browser, answer.headers["location"], "vi")
    assert "Đã lưu trang." in text
    assert 'href="/runs/01R"' in text
    assert "/held?url=https%3A//courier.invalid/x" in text
    audited = [e.body for e in shelf.catalog.journal.find("audit") if e.body["action"] == "save page"]
    assert [body["target"] for body in audited] == [URL]


def test_what_went_wrong_is_told_as_text(shelf: Shelf, app: object) -> None:
    with_crawl(app, FAILS, home=shelf.config.home)
    browser = Browser(app)
    word = browser.sign_in(make_token(shelf, Role.CURATOR))
    answer = browser.ask("POST", "/save", {"url": URL, "word": word})
    text = end_of(browser, answer.headers["location"], "fr")
    assert "La page n’a pas été sauvegardée." in text
    assert "&lt;b&gt;no such host&lt;/b&gt;" in text


@pytest.mark.parametrize("url", ["", "ftp://courier.invalid/x", "javascript:alert(1)", "x" * 9_000, '"><script>'])
def test_an_address_that_is_none_comes_back_with_why(shelf: Shelf, app: object, url: str) -> None:
    browser = Browser(app)
    word = browser.sign_in(make_token(shelf, Role.CURATOR))
    answer = browser.ask("POST", "/save", {"url": url, "word": word})
    assert answer.status_code == 400
    assert "This is not the address of a web page." in answer.text
    assert "<script>" not in answer.text
    assert [e for e in shelf.catalog.journal.find("audit") if e.body["action"] == "save page"] == []


def test_too_many_pages_at_once_are_told_to_wait(shelf: Shelf, app: object) -> None:
    with_crawl(app, json.dumps(1), home=shelf.config.home, waiting=0)
    browser = Browser(app)
    word = browser.sign_in(make_token(shelf, Role.CURATOR))
    answer = browser.ask("POST", "/save", {"url": URL, "word": word})
    assert answer.status_code == 503
    assert "Too many pages wait" in answer.text


def test_only_curators_see_what_became_of_a_saving(shelf: Shelf, app: object) -> None:
    stranger, reader, curator = Browser(app), Browser(app), Browser(app)
    reader.sign_in(make_token(shelf, Role.READER))
    curator.sign_in(make_token(shelf, Role.CURATOR))
    statuses = [each.ask("GET", "/save/01NONE").status_code for each in (stranger, reader, curator)]
    assert statuses == [401, 403, 404]
    assert [each.ask("GET", "/save").status_code for each in (stranger, reader, curator)] == [401, 403, 200]
