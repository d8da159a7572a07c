"""Interactive replay over HTTP, without wabac.js: what the replay origin gives, to whom, and under which policies."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import replace

import pytest

from archiver.archive import Archive
from archiver.config import Config
from archiver.config.settings import ServeSection
from archiver.errors import ConfigError
from archiver.model.access import Access, Match
from archiver.ops import wabac
from archiver.ops.access import add_rule, remove_rule
from archiver.web.app import create_app
from archiver.web.interactive.app import create_replay_app
from archiver.web.interactive.place import open_interactive, read_place
from archiver.web.state import ArchiveLike
from tests.shelf import Noon, Shelf, later
from tests.unit.web.conftest import Client

APP, REPLAY = "https://archive.localhost", "https://replay.archive.localhost"
URL = "https://courier.example/a"
STAMP = "20260301080000"
RAW = f"/raw/{STAMP}id_/"
SCRIPT = b"/*! wabac.js, or what stands for it here */"


@pytest.fixture
def installed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """An archive into which something was installed."""
    sums = {"sw.js": hashlib.sha256(SCRIPT).hexdigest(), "LICENSE.md": hashlib.sha256(b"terms").hexdigest()}
    monkeypatch.setattr(wabac, "SHA256", sums)
    folder = wabac.folder_of(shelf.config)
    folder.mkdir(parents=True)
    (folder / "sw.js").write_bytes(SCRIPT)
    (folder / "LICENSE.md").write_bytes(b"terms")
    return shelf


def settings(shelf: Shelf, **serve: object) -> Config:
    values: dict[str, object] = {"public_url": APP, "replay_url": REPLAY, **serve}
    return replace(shelf.config, serve=ServeSection(**values))  # type: ignore[arg-type]


def both(archive: ArchiveLike, config: Config) -> tuple[Client, Client]:
    """Clients of the app and of the replay origin."""
    app = create_app(archive, config=config)
    state = app.state.web
    assert state.interactive is not None, state.interactive_off
    return Client(app, APP), Client(create_replay_app(state, state.interactive), REPLAY)


@pytest.fixture
def app(installed: Shelf) -> Client:
    return both(installed, settings(installed))[0]


@pytest.fixture
def origin(installed: Shelf) -> Client:
    return both(installed, settings(installed))[1]


def policy_of(header: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.strip().partition(" ") for part in header.split(";"))}


# where


@pytest.mark.parametrize(
    ("public_url", "replay_url", "why"),
    [
        ("", REPLAY, "public_url"),
        (APP, "http://replay.archive.localhost", "https"),
        (APP, f"{REPLAY}/replay", "path"),
        (APP, "https://archive.localhost:8443", "host below"),
        (APP, "https://archive.localhost", "host below"),
        (APP, "https://replay.example", "host below"),
        (APP, "https://notarchive.localhost", "host below"),
        ("http://archive.localhost", REPLAY, "scheme"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8081", "https"),
        (APP, "https://user@replay.archive.localhost", "https"),
        (APP, "https://replay.archive.localhost:x", "no address"),
    ],
)
def test_a_place_that_would_not_be_safe_is_refused(shelf: Shelf, public_url: str, replay_url: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        read_place(settings(shelf, public_url=public_url, replay_url=replay_url))


@pytest.mark.parametrize(
    ("public_url", "replay_url"),
    [
        (APP, REPLAY),
        (f"{APP}/news", f"{REPLAY}/"),
        ("http://archive.localhost:8080", "http://replay.archive.localhost:8081"),
    ],
)
def test_a_host_below_that_of_the_archive_is_taken(shelf: Shelf, public_url: str, replay_url: str) -> None:
    place = read_place(settings(shelf, public_url=public_url, replay_url=replay_url))
    assert place is not None
    assert place.origin == replay_url.rstrip("/")
    assert place.app == public_url


def test_the_port_that_goes_without_saying_is_not_part_of_the_origin(shelf: Shelf) -> None:
    place = read_place(settings(shelf, public_url=f"{APP}:443", replay_url="https://Replay.archive.localhost:443/"))
    assert place is not None
    assert (place.app_origin, place.origin, place.authority) == (APP, REPLAY, "replay.archive.localhost")


def test_it_is_off_until_it_is_wanted_installed_and_reading_is_open(shelf: Shelf, installed: Shelf) -> None:
    assert open_interactive(shelf.config) == (None, "")
    found, why = open_interactive(settings(shelf, reading="token"))
    assert found is None
    assert "token" in why
    assert open_interactive(settings(installed))[0] is not None
    (wabac.folder_of(shelf.config) / "sw.js").write_bytes(b"changed")
    found, why = open_interactive(settings(shelf))
    assert found is None
    assert "SHA-256" in why
    (wabac.folder_of(shelf.config) / "sw.js").unlink()
    found, why = open_interactive(settings(shelf))
    assert found is None
    assert "replay-install" in why


# the app


def test_the_frame_leads_to_it_only_where_it_is_set_up(installed: Shelf, client: Client, app: Client) -> None:
    installed.keep(URL, b"<p>x")
    installed.keep("https://courier.example/i.png", b"png", headers=b"Content-Type: image/png\r\n")
    link = f'href="{APP}/web/{STAMP}iv_/{URL}"'
    assert link in app.look(f"/web/{STAMP}/{URL}").text
    assert "iv_" not in app.look(f"/web/{STAMP}/https://courier.example/i.png").text
    assert "iv_" not in client.look(f"/web/{STAMP}/{URL}").text
    away = client.get(f"/web/{STAMP}iv_/{URL}")
    assert away.status_code == 302
    assert away.headers["Location"].endswith(f"/web/{STAMP}/{URL}")


@pytest.mark.parametrize(("language", "words"), [("en", "Safe view"), ("vi", "Chế độ xem an toàn"), ("fr", "Vue sûre")])
def test_its_page_holds_the_other_origin_in_a_sandbox(installed: Shelf, app: Client, language: str, words: str) -> None:
    installed.keep(URL, b"<script>alert(1)</script>")
    answer = app.get(f"/web/{STAMP}iv_/{URL}", headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status_code == 200
    assert words in answer.text
    assert "alert" not in answer.text
    sandbox = re.search(r'id="replay"[^>]* sandbox="([^"]+)"', answer.text)
    assert sandbox is not None
    assert set(sandbox[1].split()) == {"allow-scripts", "allow-same-origin", "allow-forms"}
    assert 'referrerpolicy="no-referrer"' in answer.text
    policy = policy_of(answer.headers["Content-Security-Policy"])
    assert policy["default-src"] == "'self'"
    assert policy["frame-src"] == f"'self' {REPLAY}"
    assert policy["frame-ancestors"] == "'none'"
    assert "<noscript>" in answer.text
    assert f'href="/web/{STAMP}/{URL}"' in answer.text


def test_nothing_of_the_app_is_answered_under_the_name_of_the_replay_origin(installed: Shelf, app: Client) -> None:
    for host in ("replay.archive.localhost", "REPLAY.archive.localhost:8080"):
        for path in ("/", "/sign-in", "/api/captures", "/static/archive.css"):
            assert app.get(path, headers={"Host": host}).status_code == 421, (host, path)
    assert app.get("/").status_code == 200


# the replay origin


def test_nothing_of_the_app_is_on_the_replay_origin(installed: Shelf, origin: Client) -> None:
    installed.keep(URL, b"<p>x", headers=b"Content-Type: text/html\r\nSet-Cookie: a=b\r\n")
    for path in ("/sign-in", "/search", "/api/captures", "/healthz", "/metrics", "/openapi.json", "/static/archive.css", "/cdx/search/cdx",
                 f"/web/{STAMP}/{URL}", f"/web/{STAMP}id_/{URL}", f"/web/{STAMP}mp_/{URL}", "/held", "/language", "/w/api/c/create"):  # fmt: skip
        assert origin.get(path).status_code == 404, path
    for path in ("/", "/sw.js", "/viewer.js", "/static/proxy/inject.js", RAW + URL, "/nothing"):
        answer = origin.get(path, headers={"Cookie": "session=x"})
        assert "set-cookie" not in answer.headers, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" in answer.headers
        assert answer.headers["X-DNS-Prefetch-Control"] == "off"
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert origin.get(RAW + URL, method=method).status_code == 405


@pytest.mark.parametrize(
    "host",
    [
        "archive.localhost",
        "127.0.0.1:8081",
        "replay.archive.localhost:8081",
        "replay.archive.localhost.evil.example",
        "",
    ],
)
def test_it_answers_under_its_own_name_alone(installed: Shelf, origin: Client, host: str) -> None:
    installed.keep(URL, b"<p>x")
    for path in ("/", "/sw.js", RAW + URL):
        assert origin.get(path, headers={"Host": host}).status_code == 421


def test_one_script_alone_may_become_a_worker(installed: Shelf, origin: Client) -> None:
    installed.keep(
        "https://courier.example/evil.js",
        b"x",
        headers=b"Content-Type: text/javascript\r\nService-Worker-Allowed: /\r\n",
    )
    asks = {"Service-Worker": "script"}
    assert origin.get("/sw.js", headers=asks).status_code == 200
    for path in (f"{RAW}https://courier.example/evil.js", "/sw.js?proxyOriginMode=1", "/viewer.js", "/static/proxy/inject.js",
                 f"/wabac/{wabac.VERSION}/sw.js", "/", "//sw.js", "/%73w.js", f"/w/archive/{STAMP}js_/https://courier.example/evil.js"):  # fmt: skip
        assert origin.get(path, headers=asks).status_code == 403, path
    assert "service-worker-allowed" not in origin.get("/sw.js", headers=asks).headers


def test_the_worker_may_ask_the_archive_alone(origin: Client) -> None:
    """A policy on the worker's own script holds for what it fetches, whoever tells it to."""
    answer = origin.get("/sw.js")
    policy = policy_of(answer.headers["Content-Security-Policy"])
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self' data: blob:"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert answer.headers["Cache-Control"] == "no-cache"
    told = re.match(r"const SETTINGS = (\{.*\});\n", answer.text)
    assert told is not None
    given = json.loads(told[1])
    assert given["app"] == APP
    assert given["wabac"] == f"/wabac/{wabac.VERSION}/sw.js"
    replayed, quiet = policy_of(given["replayed"]), policy_of(given["quiet"])
    assert replayed["connect-src"] == "'self' data: blob:"
    assert replayed["frame-src"] == replayed["form-action"] == replayed["base-uri"] == "'self'"
    assert replayed["object-src"] == "'none'"
    assert set(replayed["sandbox"].split()) == {"allow-scripts", "allow-same-origin", "allow-forms"}
    assert replayed["frame-ancestors"] == quiet["frame-ancestors"] == f"'self' {APP}"
    assert "ws:" not in given["replayed"]
    assert quiet["default-src"] == "'none'"
    assert "script-src" not in quiet
    assert "allow-scripts" not in quiet["sandbox"]
    assert {"en", "vi", "fr"} == set(given["words"]["withheld"])


def test_the_viewer_is_framed_by_the_archive_alone(origin: Client) -> None:
    answer = origin.get(f"/?stamp={STAMP}&url=%22%3E%3Cscript%3E&lang=fr")
    policy = policy_of(answer.headers["Content-Security-Policy"])
    assert policy["frame-ancestors"] == f"'self' {APP}"
    assert policy["default-src"] == "'none'"
    assert policy["frame-src"] == policy["script-src"] == policy["connect-src"] == "'self'"
    assert '<html lang="fr"' in answer.text
    assert answer.text.count("<script") == 1


def test_without_a_worker_no_archived_byte_is_served_but_the_viewer(installed: Shelf, origin: Client) -> None:
    installed.keep(f"{URL}?b=1", b"ARCHIVED")
    answer = origin.get(f"/w/archive/{STAMP}mp_/{URL}?b=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/?stamp={STAMP}&url=https%3A%2F%2Fcourier.example%2Fa%3Fb%3D1"
    for path in (
        "/w/",
        "/w/other/2026mp_/https://courier.example/",
        f"/w/archive/{STAMP}mp_/javascript:alert(1)",
        "/w/archive/x",
    ):
        assert origin.get(path).status_code == 404, path


def test_wabac_comes_as_it_is_with_its_terms_and_its_source(origin: Client) -> None:
    path = f"/wabac/{wabac.VERSION}/sw.js"
    plain = origin.get(path)
    assert plain.content == SCRIPT
    packed = origin.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == SCRIPT
    assert wabac.SOURCE in plain.headers["Link"]
    assert origin.get(f"/wabac/{wabac.VERSION}/LICENSE.md").text == "terms"


# what the worker gets


def test_a_stored_answer_is_the_nearest_and_its_headers_act_on_nothing(installed: Shelf, origin: Client) -> None:
    evil = b"Content-Type: text/html\r\nSet-Cookie: a=b\r\nLink: <https://live.example>; rel=preconnect\r\nClear-Site-Data: *\r\nRefresh: 0\r\n"
    installed.keep(URL, gzip.compress(b"<p>one"), headers=evil + b"Content-Encoding: gzip\r\n")
    installed.keep(URL, b"<p>two", at=later(days=9), headers=evil)
    answer = origin.get(RAW + URL)
    assert answer.content == b"<p>one"
    assert answer.headers["Memento-Datetime"] == "Sun, 01 Mar 2026 08:00:00 GMT"
    for name in ("Set-Cookie", "Link", "Clear-Site-Data", "Refresh"):
        assert name not in answer.headers
        assert f"X-Archive-Orig-{name}" in answer.headers
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert origin.get(f"/raw/20260308id_/{URL}").content == b"<p>two"
    assert origin.get(f"/raw/{URL}").content == b"<p>two"
    assert origin.get(RAW + URL, method="HEAD").content == b""


def test_redirects_and_errors_come_as_the_rewriter_takes_them(installed: Shelf, origin: Client) -> None:
    installed.keep(URL, status="302 Found", headers=b"Location: /b?x=%20y\r\n")
    installed.keep(f"{URL}/gone", b"<p>gone", status="403 Forbidden")
    moved = origin.get(RAW + URL)
    assert (moved.status_code, moved.headers["X-Redirect-Status"]) == (200, "302")
    assert moved.headers["X-Orig-Location"] == "https://courier.example/b?x=%20y"
    gone = origin.get(f"{RAW}{URL}/gone")
    assert (gone.status_code, gone.headers["X-Redirect-Status"], gone.content) == (200, "403", b"<p>gone")
    missing = origin.get(f"{RAW}{URL}/nothing")
    assert missing.status_code == 404
    assert "Memento-Datetime" not in missing.headers
    assert origin.get(f"{RAW}mailto:x").status_code == 400


@pytest.mark.parametrize(
    "asks",
    [
        {"Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "script"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "serviceworker"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_nobody_but_the_worker_gets_a_stored_answer(installed: Shelf, origin: Client, asks: dict[str, str]) -> None:
    installed.keep(URL, b"<p>x")
    assert origin.get(RAW + URL, headers=asks).status_code == 403
    assert (
        origin.get(RAW + URL, headers={"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}).status_code == 200
    )


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("/d.json?_=1767000000000", "/d.json?_=1772352000063"),
        ("/d.json", "/d.json?_=1772352000063"),
        ("/d.json?a=1&cb=0.123456789", "/d.json?a=1&cb=0.987654321"),
        ("/p?callback=jQuery123456_1767000000000", "/p?callback=jQuery999999_1772352000063"),
    ],
)
def test_a_number_against_caches_does_not_hide_what_is_held(
    installed: Shelf, origin: Client, held: str, asked: str
) -> None:
    installed.keep(f"https://courier.example{held}", b"1")
    assert origin.get(f"{RAW}https://courier.example{asked}").status_code == 200


@pytest.mark.parametrize(
    "asked", ["/d.json?a=2&_=1772352000063", "/d.json?id=1772352000063", "/d.json?_=12", "/e.json?_=1772352000063"]
)
def test_what_names_something_else_is_not_mixed_up(installed: Shelf, origin: Client, asked: str) -> None:
    installed.keep("https://courier.example/d.json?a=1&_=1767000000000", b"1")
    assert origin.get(f"{RAW}https://courier.example{asked}").status_code == 404


def test_access_rules_hold_there_too(installed: Shelf) -> None:
    installed.keep(URL, b"<p>SECRET")
    installed.keep(f"{URL}/open", b"<p>open")
    config = settings(installed)
    with Archive(config, for_readers=True, clock=Noon()) as archive:
        app, origin = both(archive, config)
        assert b"SECRET" in origin.get(RAW + URL).content
        for access, status in ((Access.BLOCK, 451), (Access.EXCLUDE, 404)):
            rule = add_rule(installed.catalog, access=access, match=Match.EXACT, url=URL, reason="r", actor="t")
            answer = origin.get(RAW + URL)
            assert answer.status_code == status
            assert b"SECRET" not in answer.content
            assert app.get(f"/web/{STAMP}iv_/{URL}").status_code == status
            assert origin.get(f"{RAW}{URL}/open").status_code == 200
            remove_rule(installed.catalog, rule.id, reason="r", actor="t")


def test_it_has_a_share_for_each_address_as_the_app_has(installed: Shelf) -> None:
    installed.keep(URL, b"<p>x")
    _, origin = both(installed, settings(installed, requests_per_second=0.001, requests_burst=3))
    found = [origin.get(RAW + URL).status_code for _ in range(5)]
    assert found == [200, 200, 200, 429, 429]
