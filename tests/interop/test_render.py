"""Rendering with a real Chromium: what a script makes of a page is kept beside the page, and the browser reaches nothing."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive
from archiver.config import Config, load
from archiver.model.capture import Capture
from archiver.model.record import RecordType
from archiver.sealing.contents import read_contents
from archiver.warc import Content, ReadRecord, check_file, iter_records
from tests.interop.test_requisites_chromium import CHROMIUM, PNG

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: nothing to render with"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="the extra [render] is not installed"),
]

HOST = "news.example"
TEXT = "Only a script brings this sentence to the reader."
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Live</title><link rel="stylesheet" href="/style.css"></head>
<body><article id="story">Loading</article><img src="/photo.png" alt=""><script src="/app.js"></script></body></html>"""
APP = """
const decoy = "DECOY";
const attempt = (f) => { try { const made = f(); if (made && made.catch) made.catch(() => 0); } catch (e) {} };
attempt(() => fetch("http://" + decoy + "/fetch"));
attempt(() => fetch("http://127.0.0.1:PORT/by-address"));
attempt(() => fetch("http://metadata.example/latest", {method: "POST", body: "x"}));
attempt(() => { new Image().src = "http://" + decoy + "/image.png"; });
attempt(() => new WebSocket("ws://" + decoy + "/socket"));
attempt(() => new EventSource("http://" + decoy + "/events"));
attempt(() => navigator.sendBeacon("http://" + decoy + "/beacon", "x"));
attempt(() => navigator.serviceWorker.register("/sw.js"));
attempt(() => window.open("http://" + decoy + "/window"));
attempt(() => new Worker("/worker.js"));
attempt(() => new SharedWorker("/worker.js"));
attempt(() => { const f = document.createElement("iframe"); f.src = "http://" + decoy + "/frame"; document.body.append(f); });
attempt(() => { const l = document.createElement("link"); l.rel = "preconnect"; l.href = "http://" + decoy; document.head.append(l); });
attempt(() => {
    const peer = new RTCPeerConnection({iceServers: [{urls: "stun:" + decoy}]});
    peer.createDataChannel("x");
    peer.createOffer().then((offer) => peer.setLocalDescription(offer));
});
fetch("/story.json").then((answer) => answer.json()).then((story) => {
    document.getElementById("story").textContent = story.text;
    setTimeout(() => { location.href = "/elsewhere.html"; }, 1000);
});
"""
WORKER = """const at = "DECOY"; try { new WebSocket("ws://" + at + "/worker"); } catch (e) {}
fetch("http://" + at + "/worker").catch(() => 0);"""


class Decoy:
    """A port on loopback that nobody may reach, by TCP or UDP."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        threading.Thread(target=self._receive, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            self.reached.append("tcp")
            connection.close()

    def _receive(self) -> None:
        while True:
            try:
                data, _ = self.udp.recvfrom(2000)
            except OSError:
                return
            if not data:
                return
            self.reached.append("udp")

    def close(self) -> None:
        self.tcp.shutdown(socket.SHUT_RDWR)
        self.tcp.close()
        self.udp.close()


class Site:
    """The site whose page is made by a script."""

    def __init__(self, decoy: Decoy) -> None:
        self.asked: list[str] = []
        site = self
        where = f"127.0.0.1:{decoy.port}"
        bodies = {
            "/story.html": ("text/html; charset=utf-8", PAGE.encode()),
            "/endless.html": ("text/html", b"<p>Endless<script>while (true) {}</script>"),
            "/app.js": ("text/javascript", APP.replace("DECOY", where).replace("PORT", str(decoy.port)).encode()),
            "/worker.js": ("text/javascript", WORKER.replace("DECOY", where).encode()),
            "/sw.js": ("text/javascript", b""),
            "/story.json": ("application/json", json.dumps({"text": TEXT}).encode()),
            "/style.css": ("text/css", b'@import "/more.css"; article { color: #123 }'),
            "/more.css": ("text/css", b"@media print { article { background: url(/print.png) } }"),
            "/photo.png": ("image/png", PNG),
            "/print.png": ("image/png", PNG),
            "/favicon.ico": ("image/png", PNG),
            "/elsewhere.html": ("text/html", b"<p>Elsewhere"),
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                kind, body = bodies.get(self.path, ("text/plain", b""))
                self.send_response(200 if self.path in bodies else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Nothing on the screen."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.origin = f"http://{HOST}:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def crawl(self, home: Path, *paths: str, **settings: str) -> subprocess.CompletedProcess[str]:
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
        urls = [self.origin + path for path in paths]
        more = ["--connect-to", f"{HOST}:{self.port}:127.0.0.1:{self.port}", "--no-extract", "--json"]
        return subprocess.run(
            [sys.executable, "-m", "archiver", "crawl", *urls, "--render", "--archive", str(home), *more],
            env={**keep, "ARCHIVER_RENDER_QUIET": "1.5", **settings},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def whole(content: Content) -> bytes:
    return content.read(content.length)


@dataclass(frozen=True)
class Held:
    config: Config
    file: Path
    records: list[ReadRecord]
    captures: list[Capture]
    run: dict[str, Any]
    asked: list[str]

    @classmethod
    def of(cls, home: Path, done: subprocess.CompletedProcess[str], asked: Sequence[str] = ()) -> Held:
        assert done.returncode == 0, done.stderr
        config = load(home)
        (file,) = (home / "store").rglob("*.warc.gz")
        with Archive(config) as archive:
            captures = list(archive.catalog.captures.find())
        return cls(config, file, list(iter_records(file)), captures, json.loads(done.stdout), list(asked))

    def records_of(self, kind: RecordType) -> list[ReadRecord]:
        return [record for record in self.records if record.type is kind]

    def told(self, path: str) -> ReadRecord:
        """The metadata record of a page's rendering."""
        (found,) = (
            record
            for record in self.records_of(RecordType.METADATA)
            if (record.url or "").endswith(path) and "rendering" in dict(record.warc_fields())
        )
        return found


@pytest.fixture(scope="module")
def decoy() -> Iterator[Decoy]:
    decoy = Decoy()
    yield decoy
    decoy.close()


@pytest.fixture(scope="module")
def site(decoy: Decoy) -> Iterator[Site]:
    site = Site(decoy)
    yield site
    site.close()


@pytest.fixture(scope="module")
def held(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Held:
    home = tmp_path_factory.mktemp("rendered")
    before = len(site.asked)
    done = site.crawl(home, "/story.html")
    return Held.of(home, done, site.asked[before:])


def test_the_response_is_as_it_was_sent_and_the_conversion_has_what_the_script_made(held: Held) -> None:
    (response,) = (r for r in held.records_of(RecordType.RESPONSE) if (r.url or "").endswith("/story.html"))
    assert response.http is not None
    assert whole(response.http.body) == PAGE.encode()
    assert TEXT.encode() not in whole(response.block)
    (conversion,) = held.records_of(RecordType.CONVERSION)
    assert conversion.refers_to == response.id
    assert conversion.url == response.url
    assert conversion.get("Content-Type") == "text/html; charset=utf-8"
    assert TEXT in whole(conversion.block).decode()
    assert whole(conversion.block).startswith(b"<!DOCTYPE html>")
    assert conversion.get("WARC-Concurrent-To") is None
    assert conversion.get("WARC-IP-Address") is None


def test_the_picture_is_a_png_under_a_name_of_its_own(held: Held) -> None:
    (picture,) = held.records_of(RecordType.RESOURCE)
    assert (picture.url or "").startswith("urn:screenshot:http://news.example:")
    data = whole(picture.block)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20]) == 1280


def test_a_metadata_record_says_how_it_was_done(held: Held) -> None:
    told = held.told("/story.html")
    facts = dict(told.warc_fields())
    assert facts["rendering"] == "done"
    assert facts["ready"] == "yes"
    assert facts["browser"].startswith("Chromium/")
    assert facts["viewport"] == "1280x1024"
    assert told.refers_to == held.records_of(RecordType.CONVERSION)[0].refers_to
    assert told.concurrent_to == (held.records_of(RecordType.RESOURCE)[0].id,)


def test_every_request_of_the_browser_is_captured_as_a_requisite_of_the_page(held: Held, site: Site) -> None:
    of_page = {
        capture.url.removeprefix(site.origin): capture
        for capture in held.captures
        if capture.via == f"{site.origin}/story.html"
    }
    assert {"/app.js", "/style.css", "/more.css", "/photo.png", "/story.json", "/worker.js"} <= of_page.keys()
    assert {(capture.kind.value, capture.hop) for capture in of_page.values()} == {("requisite", "E")}
    held_paths = {capture.url.removeprefix(site.origin) for capture in held.captures}
    assert set(held.asked) <= held_paths


def test_nothing_is_fetched_twice_and_what_only_paper_needs_is_fetched_all_the_same(held: Held, site: Site) -> None:
    assert sorted(held.asked) == sorted(set(held.asked))
    assert "/print.png" in held.asked
    (printed,) = (capture for capture in held.captures if capture.url.endswith("/print.png"))
    assert printed.via == f"{site.origin}/more.css"


def test_the_browser_reaches_nobody_and_what_it_wanted_is_told(held: Held, decoy: Decoy) -> None:
    assert decoy.reached == []
    assert "/elsewhere.html" not in held.asked
    assert "/sw.js" not in held.asked
    refused = [value for name, value in held.told("/story.html").warc_fields() if name == "refused"]
    paths = " ".join(refused)
    for path in ("/fetch", "/by-address", "/image.png", "/socket", "/frame", "/elsewhere.html", "metadata.example"):
        assert path in paths, refused
    assert not [capture for capture in held.captures if HOST not in capture.url]


def test_a_browser_that_is_not_held_back_would_reach_them(tmp_path: Path) -> None:
    """So that the test above is of something."""
    assert CHROMIUM is not None
    decoy = Decoy()
    site = Site(decoy)
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += ["--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets"]
    command += [f"--user-data-dir={tmp_path}", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    browser = subprocess.Popen([*command, f"{site.origin}/story.html"], stdout=-3, stderr=-3)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and not (set(decoy.reached) == {"tcp", "udp"} and "/elsewhere.html" in site.asked):
            assert browser.poll() is None
            time.sleep(0.05)
        assert set(decoy.reached) == {"tcp", "udp"}
        assert "/elsewhere.html" in site.asked
    finally:
        browser.terminate()
        browser.wait(20)
        site.close()
        decoy.close()


def test_the_file_passes_the_strict_check_and_its_rows_are_those_of_a_rebuild(held: Held) -> None:
    assert check_file(held.file).problems == ()
    key = held.run["files"][0]
    rebuilt = read_contents(held.file, key).captures
    assert sorted(rebuilt, key=lambda c: c.record_id) == sorted(held.captures, key=lambda c: c.record_id)


def test_a_page_that_never_ends_is_told_and_the_next_one_rendered(site: Site, tmp_path: Path) -> None:
    done = site.crawl(tmp_path, "/endless.html", "/story.html", ARCHIVER_RENDER_MAX_TIME="8")
    held = Held.of(tmp_path, done)
    endless = dict(held.told("/endless.html").warc_fields())
    assert endless["rendering"] == "failed"
    assert "8 seconds" in endless["error"]
    assert "pages not rendered: 1 of 2" in done.stderr
    assert {(c.url.rpartition("/")[2], c.status) for c in held.captures if c.kind == "page"} == {
        ("endless.html", 200),
        ("story.html", 200),
    }
    assert dict(held.told("/story.html").warc_fields())["rendering"] == "done"
    assert len(held.records_of(RecordType.CONVERSION)) == 1


def test_a_browser_that_takes_too_much_memory_is_ended(site: Site, tmp_path: Path) -> None:
    held = Held.of(tmp_path, site.crawl(tmp_path, "/story.html", ARCHIVER_RENDER_MAX_MEMORY="1000000"))
    facts = dict(held.told("/story.html").warc_fields())
    assert facts["rendering"] == "failed"
    assert "memory" in facts["error"]


def test_without_a_browser_nothing_is_fetched(site: Site, tmp_path: Path) -> None:
    asked = len(site.asked)
    done = site.crawl(tmp_path, "/story.html", ARCHIVER_RENDER_BROWSER="/no/such/browser")
    assert done.returncode == 4
    assert "[render] browser" in done.stderr
    assert len(site.asked) == asked
