"""After a crawl of a page, the archive holds every request that Chromium makes to show the live page without scripts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.config import load
from archiver.model.capture import Kind
from archiver.model.surt import surt
from archiver.model.url import clean_url
from tests.interop.test_requisites_chromium import CHROMIUM, Site, browse, site

__all__ = ["site"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser to compare with")

AHEAD = {"next.html"}
"""What the browser fetches ahead of the reader's next step; no part of this page."""


@pytest.fixture(scope="module")
def held(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str | None, str, int | None]]:
    """What is held after ``archiver crawl URL``: SURT to kind, via, hop and status."""
    home = tmp_path_factory.mktemp("archive")
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
    command = [sys.executable, "-m", "archiver", "crawl", f"{site.origin}/news/page.html", "--archive", str(home)]
    for host in ("127.0.0.1", "localhost"):
        command += ["--connect-to", f"{host}:{site.port}:127.0.0.1:{site.port}"]
    done = subprocess.run(
        [*command, "--no-extract"],
        env={**keep, "ARCHIVER_FETCH_MEDIA": "true"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with Archive(load(home)) as archive:
        return {c.surt: (c.kind.value, c.via, c.hop, c.status) for c in archive.catalog.captures.find()}


def test_every_request_of_chromium_is_held(site: Site, held: dict[str, object], tmp_path: Path) -> None:
    site.asked.clear()
    browse(f"{site.origin}/news/page.html", tmp_path)
    asked = {clean_url(url) for url in site.asked}
    assert len(asked) > 80
    assert {url.rpartition("/")[2] for url in asked} >= {"font1.woff2", "w1280.png", "native-lazy.png", "level3.css"}
    missing = sorted(url for url in asked if surt(url) not in held and url.rpartition("/")[2] not in AHEAD)
    assert missing == []


def test_each_of_them_is_a_requisite_that_names_what_asked_for_it(
    site: Site, held: dict[str, tuple[str, str | None, str, int | None]]
) -> None:
    page = f"{site.origin}/news/page.html"
    rest = {key: facts for key, facts in held.items() if key != surt(page) and facts[0] != Kind.ROBOTS}
    assert len(rest) > 80
    assert {(kind, hop, status) for kind, _, hop, status in rest.values()} == {("requisite", "E", 200)}
    assert all(via and surt(via) in held for _, via, _, _ in rest.values())
    imported = held[surt(f"{site.origin}/deep/er/sub/level3.css")]
    assert imported[1] == f"{site.origin}/deep/er/sub/level2.css"


def test_what_waits_for_a_script_is_held_too(site: Site, held: dict[str, object]) -> None:
    assert {surt(f"{site.origin}/deep/er/{name}") for name in ("lazy.jpg", "lazy2.jpg", "w2560.png")} <= held.keys()
