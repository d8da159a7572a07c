"""``scrapy crawl SITE`` makes the same files and rows as ``archiver crawl SITE``."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.catalog import Catalog
from archiver.config.sites import built_in
from archiver.model.instant import SystemClock
from tests.fork_server import run_python
from tests.wire_server import Case, WireServer, whole

ROOT = Path(__file__).parents[2]
HOST = "www.vietnamplus.vn"
SITE = f"""
name = "vietnamplus"
hosts = [{{ name = "{HOST}", language = "vi" }}]
sources = [{{ url = "http://{HOST}/", kind = "front" }}]
"""


def page(body: str) -> Case:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
    return Case(whole(head, f"<html><head><title>t</title></head><body>{body}</body></html>".encode()))


@pytest.fixture
def server() -> Iterator[WireServer]:
    made = WireServer({"/": page('<a href="/mot-post1.vnp">1</a>'), "/mot-post1.vnp": page("<p>Một bài.</p>")})
    yield made
    made.close()


def scrapy(server: WireServer, home: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (home / "sites").mkdir(parents=True, exist_ok=True)
    (home / "sites" / "vietnamplus.toml").write_text(SITE)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SCRAPY_SETTINGS_MODULE": "archiver.settings",
        "ARCHIVER_ARCHIVE": str(home),
        "ARCHIVER_FETCH_CONNECT_TO": f"{HOST}:80:127.0.0.1:{server.port}",
    }
    return run_python(["-m", "scrapy", *arguments], cwd=cwd, env=environment, timeout=90)


def test_scrapy_crawl_keeps_what_it_fetches(server: WireServer, tmp_path: Path) -> None:
    home = tmp_path / "home"
    ended = scrapy(server, home, tmp_path, "crawl", "vietnamplus")
    assert ended.returncode == 0, ended.stderr
    with Catalog.open(f"sqlite:///{home / 'catalog.sqlite3'}", clock=SystemClock()) as catalog:
        rows = {(capture.url, capture.kind.value, capture.status) for capture in catalog.captures.find()}
        runs = list(catalog.runs.find(site="vietnamplus"))
    assert rows == {
        (f"http://{HOST}/robots.txt", "robots", 404),
        (f"http://{HOST}/", "source", 200),
        (f"http://{HOST}/mot-post1.vnp", "page", 200),
        (f"http://{HOST}/favicon.ico", "requisite", 404),
    }
    assert [(run.outcome, run.pages) for run in runs] == [("finished", 1)]
    stored = [file.relative_to(home / "store") for file in (home / "store").rglob("*.warc.gz")]
    assert len(stored) == 1
    assert stored[0].parts[:2] == ("warcs", "vietnamplus")
    assert not list((home / "spool").glob("*.warc*"))


def test_scrapy_list_names_the_sites(server: WireServer, tmp_path: Path) -> None:
    ended = scrapy(server, tmp_path / "home", tmp_path, "list")
    assert ended.stdout.split() == sorted(built_in()), ended.stderr
