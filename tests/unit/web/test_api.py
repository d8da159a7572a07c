"""The lists under /api/, saving a page, and the document that describes them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest
from starlette.routing import Mount, Route

from archiver.model.run import Outcome, Run
from archiver.model.token import Role, Token, digest_of, split_token, token_text
from archiver.web.app import create_app
from archiver.web.openapi import document, operations_of
from tests.shelf import DAY, Shelf, later
from tests.unit.web.conftest import Client
from tests.unit.web.test_pages import read

URL = "https://courier.example/a"
TOKEN = token_text("0123456789ab", "a-secret")


def walk(client: Client, target: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    pages = 0
    while target:
        answer = client.get(target)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page) == {"items", "next"}
        items += page["items"]
        pages += 1
        assert pages < 50
        target = ""
        if page["next"]:
            parts = urlsplit(page["next"])
            assert (parts.scheme, parts.netloc) == ("http", "archive.localhost")
            target = f"{parts.path}?{parts.query}"
    return items


def test_captures_have_the_shape_of_the_command_line_and_come_in_pages(shelf: Shelf, client: Client) -> None:
    kept = [shelf.keep(URL, b"%d" % day, at=later(days=day)) for day in range(5)]
    found = walk(client, f"/api/captures?url={URL}&limit=2")
    assert found == [capture.as_json() for capture in kept]
    assert client.get(f"/api/captures?url={URL}").json()["next"] is None
    assert client.get(f"/api/captures?url={URL}&limit=5").json()["next"] is None


def test_captures_are_chosen_by_prefix_time_status_and_kind(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"1")
    shelf.keep(URL + "/b", b"2", at=later(days=1), status="404 Not Found")
    moved = shelf.keep(URL + "/c", b"", at=later(days=2), status="302 Found", headers=b"Location: /a\r\n")
    assert len(client.get(f"/api/captures?url={URL}*").json()["items"]) == 3
    assert [c["status"] for c in client.get("/api/captures?status=404").json()["items"]] == [404]
    assert [c["url"] for c in client.get("/api/captures?kind=redirect").json()["items"]] == [moved.url]
    assert len(client.get("/api/captures?from=20260302&to=2026-03-02").json()["items"]) == 1


@pytest.mark.parametrize(
    "asked",
    [
        "captures?site=nosuch",
        "articles?site=nosuch",
        "search?q=salt&site=nosuch",
        "search?q=salt+site:nosuch",
        "runs?site=nosuch",
        "slots?site=nosuch",
        "schedules?site=nosuch",
        "coverage?site=nosuch",
        "articles?language=vietnamese",
        "search?q=salt&language=vi-VN",
        "captures?kind=picture",
        "captures?status=99",
        "slots?state=done",
        "captures?from=2026-03-02&to=2026-03-01",
        "articles?from=2026-03-02&to=2026-03-01",
        "search?q=salt&from=2026-03-02&to=2026-03-01",
        "slots?from=2026-03-02&to=2026-03-01",
        "coverage?site=vietnamplus&from=2026-03-02&to=2026-03-01",
        "search?q=foo:bar",
        "search?q=title:(",
    ],
)
def test_what_nothing_can_match_is_refused(shelf: Shelf, client: Client, asked: str) -> None:
    read(shelf)
    response = client.get(f"/api/{asked}")
    assert response.status_code == 400, response.text
    assert response.json()["error"]["message"]


def test_a_site_is_known_by_its_file_or_by_what_is_held_of_it(shelf: Shelf, client: Client) -> None:
    assert client.get("/api/captures?site=courier").status_code == 400
    shelf.keep(URL, b"1")
    for asked in ("captures?site=courier", "articles?site=vietnamplus", "search?q=salt+-site:vietnamplus&language=VI"):
        assert client.get(f"/api/{asked}").status_code == 200, asked


def test_articles_and_hits_come_in_pages(shelf: Shelf, client: Client) -> None:
    for number in range(5):
        read(shelf, f"{URL}/{number}", title=f"Cầu số {number}", at=later(days=number))
    articles = walk(client, "/api/articles?language=vi&limit=2")
    assert [article["title"] for article in articles] == [f"Cầu số {number}" for number in (4, 3, 2, 1, 0)]
    assert {"url", "at", "site", "text", "verdict", "extractor"} <= set(articles[0])
    hits = walk(client, "/api/search?q=cau&limit=2")
    assert {hit["title"] for hit in hits} == {f"Cầu số {number}" for number in range(5)}
    assert len(hits) == 5
    assert set(hits[0]) == {"url", "at", "title", "snippet", "site", "language", "published_at", "score"}


def test_held_says_of_each_url(shelf: Shelf, client: Client) -> None:
    capture = shelf.keep(URL, b"1")
    items = client.get(f"/api/held?url={URL}&url=https://courier.example/none&url=nonsense").json()["items"]
    assert [(item["url"], item["state"], item["captures"]) for item in items] == [
        (URL, "held", 1),
        ("https://courier.example/none", "unknown", 0),
        ("nonsense", "unknown", 0),
    ]
    assert items[0]["nearest"] == capture.as_json()


def test_runs_come_newest_first_and_sites_are_told(shelf: Shelf, client: Client) -> None:
    runs = [Run(id=f"RUN{n}", site="courier", started_at=DAY + timedelta(hours=n)) for n in range(3)]
    for run in runs:
        shelf.catalog.runs.end(replace(run, ended_at=run.started_at, outcome=Outcome.FINISHED))
    assert [run["run"] for run in walk(client, "/api/runs?limit=1")] == ["RUN2", "RUN1", "RUN0"]
    assert "vietnamplus" in {site["site"] for site in client.get("/api/sites").json()["items"]}


@pytest.mark.parametrize(
    "target",
    [
        "/api/captures?limit=0",
        "/api/captures?limit=abc",
        "/api/captures?limit=1001",
        "/api/captures?limit=%D9%A3",
        "/api/captures?limit=1&limit=2",
        "/api/captures?status=99999999999999999999",
        "/api/captures?kind=nonsense",
        "/api/captures?from=yesterday",
        "/api/captures?to=20261399",
        "/api/captures?cursor=%C3%A9",
        "/api/captures?cursor=AAAA",
        "/api/captures?unknown=1",
        "/api/articles?cursor=x",
        "/api/search",
        "/api/search?q=",
        "/api/search?q=cau&cursor=MTAwMDA",
        "/api/held",
        "/api/held?" + "&".join(["url=a"] * 101),
        "/api/runs?cursor=x",
        "/api/sites?x=1",
    ],
)
def test_what_is_malformed_is_refused_as_json(client: Client, target: str) -> None:
    answer = client.get(target)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == 400


def client_of(shelf: Shelf, *, role: Role | None = None) -> Client:
    if role is not None:
        name, secret = split_token(TOKEN) or ("", "")
        shelf.catalog.tokens.add(Token(name, "a desk", role, digest_of(secret), DAY))
    return Client(create_app(shelf, config=shelf.config))


def post(client: Client, body: bytes, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=client._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://archive.localhost") as session:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await session.post("/api/crawl", content=body, headers=named)

    return anyio.run(ask)


def test_nothing_is_changed_without_the_token_of_a_curator(shelf: Shelf) -> None:
    body = json.dumps({"url": "https://courier.example/now"}).encode()
    json_type = {"Content_Type": "application/json"}
    closed, open_to_one = client_of(shelf), client_of(shelf)
    assert post(closed, body, **json_type).status_code == 401
    assert post(closed, body, Authorization="Bearer ", **json_type).status_code == 401
    assert post(closed, body, Authorization=f"Bearer {TOKEN}", **json_type).status_code == 401
    client_of(shelf, role=Role.READER)
    assert post(closed, body, Authorization=f"Bearer {TOKEN}", **json_type).status_code == 403
    assert post(open_to_one, body, **json_type).headers["WWW-Authenticate"].startswith("Bearer")
    assert post(open_to_one, body, Authorization="Bearer other", **json_type).status_code == 401
    assert post(open_to_one, body, Authorization=f"Basic {TOKEN}", **json_type).status_code == 401


def test_what_is_to_be_saved_must_be_a_url_in_json(shelf: Shelf) -> None:
    client = client_of(shelf, role=Role.CURATOR)
    allowed = {"Authorization": f"Bearer {TOKEN}"}
    good = {**allowed, "Content_Type": "application/json"}
    assert post(client, b"url=https://a.example/", **allowed, Content_Type="text/plain").status_code == 415
    for body in (
        b"",
        b"{",
        b"[" * 10_000,
        b'{"url": 1}',
        b'{"url": "ftp://x/"}',
        b'{"url": "https://a.example/", "x": 1}',
    ):
        assert post(client, body, **good).status_code == 400, body
    assert post(client, b" " * 30_000, **good).status_code == 413
    assert client.get("/api/crawl/nothing").status_code == 404


def test_the_document_tells_of_every_route_and_of_none_besides(shelf: Shelf, client: Client) -> None:
    told = client.get("/openapi.json").json()
    assert told["openapi"] == "3.1.0"
    app = create_app(shelf, config=shelf.config)
    routes = [route for route in app.routes if isinstance(route, Route)]
    assert all(isinstance(route, Route | Mount) for route in app.routes)
    declared = {(op.path, op.method) for op in operations_of(routes)}
    assert {(path, method.upper()) for path, methods in told["paths"].items() for method in methods} == declared
    for path in ("/api/captures", "/api/crawl", "/healthz", "/openapi.json"):
        assert path in told["paths"]
    assert told["paths"]["/api/crawl"]["post"]["security"] == [{"token": []}]


def test_operations_have_one_id_each(shelf: Shelf) -> None:
    routes = create_app(shelf, config=shelf.config).routes
    ids = [o["operationId"] for methods in document(routes, base="x")["paths"].values() for o in methods.values()]
    assert len(ids) == len(set(ids))
