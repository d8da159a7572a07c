"""Over HTTP: what rules withhold is in no answer of any address, and only who may changes anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import anyio
import httpx
import pytest

from archiver.archive import Archive
from archiver.config.settings import ServeSection
from archiver.model.access import Access, Match
from archiver.model.token import Role
from archiver.ops.access import add_rule
from archiver.web.app import create_app
from tests.shelf import DAY, Noon, Shelf
from tests.unit.web.browsing import Browser, make_token
from tests.unit.web.conftest import Client
from tests.unit.web.test_pages import read

URL, OTHER = "https://courier.example/secret", "https://courier.example/open"
WORD = "zanzibar"
STAMP = f"{DAY:%Y%m%d%H%M%S}"


@pytest.fixture
def shelf(shelf: Shelf) -> Shelf:
    for url in (URL, OTHER):
        name = url.rpartition("/")[2]
        read(shelf, url, title=f"Title of {name}", paragraphs=(f"{WORD} {name} and more words of the text",))
    return shelf


@pytest.fixture
def app(shelf: Shelf) -> Iterator[object]:
    with Archive(shelf.config, clock=Noon(), for_readers=True) as archive:
        yield create_app(archive, config=shelf.config)


TARGETS = (
    f"/web/{STAMP}/{URL}",
    f"/web/{STAMP}id_/{URL}",
    f"/web/{STAMP}mp_/{URL}",
    f"/web/{STAMP}tx_/{URL}",
    f"/web/{URL}",
    f"/web/timemap/link/{URL}",
    f"/web/timemap/json/{URL}",
    f"/web/timemap/cdxj/{URL}",
    f"/cdx/search/cdx?url={quote(URL)}",
    "/cdx/search/cdx?url=courier.example&matchType=domain",
    "/web/cdx?url=courier.example/*&output=json",
    f"/wayback/available?url={quote(URL)}",
    f"/api/captures?url={quote(URL)}",
    "/api/captures",
    "/api/articles",
    f"/api/search?q={WORD}",
    f"/search?q={WORD}",
    f"/held?url={quote(URL)}",
    f"/search?q={WORD}&verdict=article&site=courier",
    "/search?q=title:Title&sort=date",
    f"/held?url={quote(URL)}&year={DAY.year}",
    "/sites/courier",
    f"/sites/courier?day={DAY.date()}",
    f"/sites/courier/coverage/{DAY.date()}",
    "/schedule",
    "/runs",
    "/metrics",
    "/",
    "/api/sites",
)


def text_of(answer: httpx.Response) -> str:
    return answer.text + " ".join(f"{name}: {value}" for name, value in answer.headers.items())


def asked_for(text: str, target: str) -> str:
    """An answer without what it only repeats of the question."""
    if URL not in target and quote(URL) not in target:
        return text
    for spelling in (URL, quote(URL, safe=""), quote(URL, safe="/")):
        text = text.replace(spelling, "")
    return text


def rule(shelf: Shelf, access: Access, **more: object) -> None:
    add_rule(shelf.catalog, access=access, match=Match.EXACT, url=URL, reason="file 17", actor="tester", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_excluded_is_in_no_answer(shelf: Shelf, app: object, target: str) -> None:
    rule(shelf, Access.EXCLUDE)
    answer = Client(app).get(target)
    assert answer.status_code in {200, 404}
    if target.startswith("/web/") and "cdx?" not in target:
        assert answer.status_code == 404
    assert "secret" not in asked_for(text_of(answer), target)


@pytest.mark.parametrize("form", ["", "?cite=bibtex", "?cite=csl-json", "?cite=ris"])
@pytest.mark.parametrize(("access", "status"), [(Access.EXCLUDE, 404), (Access.EMBARGO, 404), (Access.BLOCK, 200)])
def test_a_permanent_address_shows_no_text_that_a_rule_withholds(
    shelf: Shelf, app: object, access: Access, status: int, form: str
) -> None:
    capture = shelf.catalog.mementos.nearest("example,courier)/secret")
    assert capture is not None
    address = f"/article/{capture.record_id.removeprefix('urn:uuid:')}/{capture.digest}{form}"
    before = Client(app).get(address)
    assert before.status_code == 200, before.text
    assert "Title of secret" in before.text
    rule(shelf, access, **({"newer": timedelta(days=100_000)} if access is Access.EMBARGO else {}))
    answer = Client(app).get(address)
    assert answer.status_code == status
    assert WORD not in answer.text
    assert "Title of secret" not in answer.text


@pytest.mark.parametrize("target", TARGETS[:4])
def test_what_is_blocked_is_refused_by_451_and_told_without_its_content(shelf: Shelf, app: object, target: str) -> None:
    rule(shelf, Access.BLOCK)
    answer = Client(app).get(target)
    assert answer.status_code == 451
    assert WORD not in answer.text
    assert "file 17" not in answer.text  # why is not everybody's business
    listed = Client(app).get(f"/cdx/search/cdx?url={quote(URL)}")
    assert listed.text.startswith("example,courier)/secret ")


def test_what_was_deleted_is_told_by_451_too(shelf: Shelf, app: object) -> None:
    add_rule(
        shelf.catalog, access=Access.BLOCK, match=Match.EXACT, url="https://courier.example/gone", reason="r", actor="a"
    )
    assert Client(app).get("/web/https://courier.example/gone").status_code == 451
    assert Client(app).get("/web/https://courier.example/never").status_code == 404


def test_a_browser_signs_in_and_out(shelf: Shelf, app: object) -> None:
    browser = Browser(app, "https://archive.localhost")
    wrong = browser.ask("POST", "/sign-in", {"token": "arc_x_y"})
    assert (wrong.status_code, browser.cookies) == (403, {})
    entered = browser.ask("POST", "/sign-in", {"token": make_token(shelf, Role.CURATOR)})
    assert entered.status_code == 303
    (cookie,) = browser.set
    assert cookie.startswith("__Host-session=")
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie
    home = browser.ask("GET", "/")
    assert "a curator" in home.text
    word = re.search(r'name="word" value="([0-9a-f]{64})"', home.text)
    assert word is not None
    assert browser.ask("POST", "/sign-out", {"word": "0" * 64}).status_code == 403
    assert browser.ask("POST", "/sign-out", {"word": word[1]}, origin="https://evil.example").status_code == 403
    left = dict(browser.cookies)
    assert browser.ask("POST", "/sign-out", {"word": word[1]}).status_code == 303
    browser.cookies = left
    assert "a curator" not in browser.ask("GET", "/").text


def test_another_sites_page_cannot_sign_anybody_in(shelf: Shelf, app: object) -> None:
    browser = Browser(app)
    answer = browser.ask("POST", "/sign-in", {"token": make_token(shelf, Role.ADMIN)}, origin="http://evil.example")
    assert (answer.status_code, browser.cookies) == (403, {})


def test_who_signed_in_is_in_the_journal(shelf: Shelf, app: object) -> None:
    Browser(app).ask("POST", "/sign-in", {"token": make_token(shelf, Role.CURATOR)})
    (entry,) = shelf.catalog.journal.find("audit")
    assert entry.body["action"] == "sign in"
    assert entry.body["actor"].startswith("a curator (")


def closed(shelf: Shelf, archive: Archive) -> object:
    config = replace(shelf.config, serve=ServeSection(reading="token"))
    return create_app(archive, config=config)


def test_where_reading_needs_a_token_nothing_is_read_without(shelf: Shelf) -> None:
    with Archive(shelf.config, clock=Noon(), for_readers=True) as archive:
        app = closed(shelf, archive)
        client = Client(app)
        for target in TARGETS:
            answer = client.get(target)
            assert answer.status_code in {303, 401}, target
            assert WORD not in answer.text
        for target in ("/sign-in", "/healthz", "/static/archive.css"):
            assert client.get(target).status_code == 200
        allowed = {"Authorization": f"Bearer {make_token(shelf, Role.READER)}"}
        assert [client.get(target, headers=allowed).status_code for target in TARGETS[:2]] == [200, 200]
        browser = Browser(app)
        browser.ask("POST", "/sign-in", {"token": make_token(shelf, Role.READER)})
        assert browser.ask("GET", f"/search?q={WORD}").status_code == 200


def test_an_address_that_asks_too_much_is_told_to_wait_and_nobody_else(shelf: Shelf) -> None:
    with Archive(shelf.config, clock=Noon(), for_readers=True) as archive:
        serve = ServeSection(requests_per_second=0.001, requests_burst=3, trusted_proxy="127.0.0.1")
        client = Client(create_app(archive, config=replace(shelf.config, serve=serve)))
        first = [client.get("/sign-in", headers={"X-Forwarded-For": "192.0.2.1"}).status_code for _ in range(5)]
        assert first == [200, 200, 200, 429, 429]
        refused = client.get("/sign-in", headers={"X-Forwarded-For": "198.51.100.9, 192.0.2.1"})
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert client.get("/sign-in", headers={"X-Forwarded-For": "192.0.2.2"}).status_code == 200


def test_wrong_tokens_are_soon_not_looked_at_any_more(shelf: Shelf, app: object) -> None:
    client = Client(app)
    wrong = {"Authorization": "Bearer arc_000000000000_wrong", "Accept": "application/json"}
    statuses = [client.get("/api/sites", headers=wrong).status_code for _ in range(15)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_a_right_token_may_ask_often(shelf: Shelf, app: object) -> None:
    client = Client(app)
    right = {"Authorization": f"Bearer {make_token(shelf, Role.READER)}"}
    assert {client.get("/api/sites", headers=right).status_code for _ in range(30)} == {200}


def test_saving_a_page_needs_a_curator_and_is_written_down(shelf: Shelf, app: object) -> None:
    def post(**headers: str) -> int:
        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://archive.localhost") as client:
                body = json.dumps({"url": "https://courier.invalid/x"})
                return await client.post(
                    "/api/crawl", content=body, headers={"Content-Type": "application/json", **headers}
                )

        return anyio.run(asking).status_code

    curator = {"Authorization": f"Bearer {make_token(shelf, Role.CURATOR)}"}
    assert post() == 401
    assert post(Authorization=f"Bearer {make_token(shelf, Role.READER)}") == 403
    assert post(**curator, Origin="https://evil.example") == 403
    assert list(shelf.catalog.journal.find("audit")) == []
    assert post(**curator) == 202
    assert [e.body["target"] for e in shelf.catalog.journal.find("audit")] == ["https://courier.invalid/x"]
    app.state.web.saver.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "target", ["/", "/api/captures", "/cdx/search/cdx?url=courier.example", "/web/https://courier.example/a"]
)
def test_a_token_that_is_not_valid_is_refused_where_reading_is_open_too(
    shelf: Shelf, client: Client, target: str
) -> None:
    shelf.keep("https://courier.example/a", b"x")
    good = make_token(shelf, Role.CURATOR)
    refused = client.get(target, headers={"Authorization": f"Bearer {good}x"})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
    for header in ({}, {"Authorization": f"Bearer {good}"}, {"Authorization": "Basic eDp5"}):
        assert client.get(target, headers=header).status_code < 400
    assert client.get("/healthz", headers={"Authorization": "Bearer x"}).status_code == 200
