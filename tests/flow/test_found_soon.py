"""An article is found, and its record read, while the run that captured it goes on and its file is still open in the spool."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.config import Config, load
from archiver.model.capture import Verdict
from archiver.search import Hit

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
SENTENCE = (
    "The keeper of the lighthouse at Mui Dinh said on Tuesday that the lamp, which had stood dark since the storm of "
    "September, was lit again before dawn, and that eleven boats found their way into the harbour by it. "
)
ARTICLE = (
    "<html lang=en><head><title>The lamp burns again</title>"
    '<meta property="og:type" content="article"><meta property="og:title" content="The lamp burns again">'
    '<meta property="article:published_time" content="2026-03-01T08:00:00+07:00"></head><body><article>'
    "<h1>The lamp burns again</h1>" + f"<p>{SENTENCE}</p>" * 6 + "</article></body></html>"
).encode()
URL = "http://town.example/lamp-1.html"


@dataclass
class Place:
    config: Config
    run: subprocess.Popen[bytes]
    gate: threading.Event


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A run that has captured the article and waits for an answer that the test holds back."""
    gate = threading.Event()

    class Site(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, body = "text/html", b'<a href="/lamp-1.html">x</a><a href="/slow-2.html">y</a>'
            if self.path == "/robots.txt":
                kind, body = "text/plain", b""
            elif self.path == "/lamp-1.html":
                body = ARTICLE
            elif self.path != "/":
                gate.wait()
            with suppress(OSError):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = tmp_path / "archive"
    (home / "sites").mkdir(parents=True)
    (home / "sites" / "town.toml").write_text(
        'name = "town"\nhosts = [{ name = "town.example" }]\nsources = [{ url = "http://town.example/", kind = "front" }]\n'
    )
    (home / "archiver.toml").write_text(
        f'[fetch]\nconnect_to = ["town.example:80:127.0.0.1:{server.server_address[1]}"]\nrequisites = "none"\n'
        "[extract]\nworkers = 1\n"
    )
    run = subprocess.Popen([sys.executable, "-m", "archiver", "crawl", "town", "--archive", str(home)], cwd=ROOT)
    yield Place(load(home, {}), run, gate)
    gate.set()
    run.kill()
    run.wait()
    server.shutdown()
    server.server_close()


def test_an_article_is_found_and_read_while_its_file_is_open(place: Place) -> None:
    with Archive(place.config, for_readers=True) as archive:
        hit = _found(place, archive)
        assert (hit.url, hit.title) == (URL, "The lamp burns again")
        (opened,) = (place.config.spool_dir / "town").glob("*.open")
        assert place.run.poll() is None
        assert not list(archive.store.keys("warcs/"))
        (capture,) = archive.captures(URL)
        assert capture.verdict is Verdict.ARTICLE
        assert archive.get(URL).raw == ARTICLE
        place.gate.set()
        assert place.run.wait(PATIENCE) == 0
        assert not opened.exists()
        assert archive.get(URL).raw == ARTICLE, "the same from the store"


def _found(place: Place, archive: Archive) -> Hit:
    end = time.monotonic() + PATIENCE
    while True:
        for hit in archive.search("lighthouse harbour"):
            return hit
        assert time.monotonic() < end, "the article was never found"
        assert place.run.poll() is None, "the run ended by itself"
        threading.Event().wait(0.1)
