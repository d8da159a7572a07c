"""A hostile archive in a real browser, with scripts on: none runs on the archive's origin, and nothing reaches the live site."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.interop.hostile import FIELD, PAGES, Decoy, fill_archive, fill_articles, listening
from tests.interop.test_requisites_chromium import CHROMIUM
from tests.shelf import Shelf

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser to attack"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="playwright is not installed"),
]
MAX_APP_PAGES = 40
PROGRAM = """
import sys
from pathlib import Path
from archiver.archive import open
from archiver.web.serve import serve
with open(Path(sys.argv[1])) as archive:
    serve(archive, host="127.0.0.1", port=0, ready=lambda address, _: print(address, flush=True))
"""
LIVE = {"/ran", "/stolen", "/evil.js", "/img.png", "/bg.png", "/import.css", "/preload.png", "/exfil-s", "/inline.png",
        "/shadow.png", "/frame.html", "/escaped.png", "/content.png", "/style.css", "/deep.css", "/poster.png", "/svg.png"}  # fmt: skip


@dataclass
class Witness:
    """What a browser did while it looked at pages."""

    ran: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)


class Browser:
    def __init__(self, folder: Path, decoy: Decoy) -> None:
        from playwright.sync_api import sync_playwright

        self._driver = sync_playwright().start()
        self.netlog = folder / "netlog.json"
        self._browser = self._driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--host-resolver-rules=MAP *.example 127.0.0.1", f"--log-net-log={self.netlog}"],
        )
        self.context = self._browser.new_context(locale="en-US")
        self.witness = Witness()
        self.context.on(
            "console",
            lambda m: (
                self.witness.ran.append(m.text)
                if "RAN" in m.text and "Content Security" not in m.text and "Blocked script" not in m.text
                else None
            ),
        )
        self.context.on("request", lambda r: self.witness.asked.append(r.url))
        self.waiting: set[str] = set()
        self.context.on("request", lambda r: self.waiting.add(r.url))
        self.context.on("requestfinished", lambda r: self.waiting.discard(r.url))
        self.context.on("requestfailed", lambda r: self.waiting.discard(r.url))
        self.context.on("page", lambda p: self.witness.opened.append(p.url))
        self.context.on("dialog", lambda d: (self.witness.ran.append("dialog"), d.dismiss()))
        self.page = self.context.new_page()
        self.witness.opened.clear()
        self._decoy = decoy

    def look(self, url: str) -> int:
        """Opens a page, with all its frames and pictures."""
        from playwright.sync_api import Error

        try:
            response = self.page.goto(url)
        except Error as error:
            if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
                return 0
            raise AssertionError(f"{url} does not open; no answer yet: {sorted(self.waiting)}") from error
        return response.status if response else 0

    def close(self) -> None:
        if not self._browser.is_connected():
            return
        self._browser.close()
        self._driver.stop()


@pytest.fixture(scope="module")
def decoy() -> Iterator[Decoy]:
    with listening() as made:
        yield made


@pytest.fixture(scope="module")
def archive(decoy: Decoy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """The address of a server over the hostile archive, and the URLs in it."""
    home = tmp_path_factory.mktemp("hostile")
    shelf = Shelf(home)
    urls = fill_archive(shelf, decoy)
    fill_articles(shelf, decoy)
    shelf.close()
    with served(home) as base:
        yield base, urls


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a server of its own process over the archive in ``home``."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", said), said
        yield said.strip()
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def browser(decoy: Decoy, tmp_path: Path) -> Iterator[Browser]:
    made = Browser(tmp_path, decoy)
    decoy.forget()
    yield made
    made.close()


def calm(browser: Browser, decoy: Decoy, base: str) -> None:
    """Nothing ran, nothing left, nothing stayed."""
    browser.page.wait_for_load_state("networkidle")
    witness = browser.witness
    assert witness.ran == []
    assert decoy.requests == []
    assert (decoy.connections, decoy.datagrams) == (0, 0)
    assert sorted({u for u in witness.asked if not u.startswith((f"{base}/", "data:", "about:"))}) == []
    assert witness.opened == []
    assert browser.context.service_workers == []
    assert {cookie["name"] for cookie in browser.context.cookies()} <= {"lang", "app_secret"}


def test_the_same_pages_live_run_their_scripts_and_reach_their_site(browser: Browser, decoy: Decoy) -> None:
    """So that the silence of the tests below is of something."""
    for name, reached in (
        ("scripts.html", {"/ran", "/stolen", "/evil.js"}),
        ("leaks.html", LIVE - {"/ran", "/stolen", "/evil.js"}),
        ("refresh.html", {"/refresh"}),
        ("sockets.html", {"/beacon", "/top"}),
    ):
        # Each in a window of its own: these pages lead their window away.
        browser.context.new_page().goto(decoy.url(name), wait_until="commit")
        decoy.wait_for(reached)
    browser.page.wait_for_load_state("networkidle")
    assert browser.witness.ran
    assert len(decoy.paths) > 40


@pytest.mark.parametrize("modifier", ["", "mp_", "id_"])
def test_no_archived_page_runs_a_script_or_reaches_its_live_site(
    browser: Browser, decoy: Decoy, archive: tuple[str, list[str]], modifier: str
) -> None:
    base, urls = archive
    browser.context.add_cookies([{"name": "app_secret", "value": "s3cret", "url": base}])
    seen = 0
    for url in urls:
        status = browser.look(f"{base}/web/2026{modifier}/{url.replace('#', '%23')}")
        seen += status == 200
    assert seen >= len(PAGES)
    calm(browser, decoy, base)


def test_no_part_opened_by_itself_runs_a_script(browser: Browser, decoy: Decoy, archive: tuple[str, list[str]]) -> None:
    base, _ = archive
    for modifier in ("im_", "cs_", "if_", "oe_", "js_", "tx_"):
        for name in ("scripts.html", "evil.svg", "style.css", "evil.js", "none"):
            browser.look(f"{base}/web/2026{modifier}/{decoy.url(name)}")
    calm(browser, decoy, base)


def test_no_page_of_the_app_runs_what_its_fields_hold(
    browser: Browser, decoy: Decoy, archive: tuple[str, list[str]]
) -> None:
    base, urls = archive
    attack = quote(decoy.fill(FIELD))
    waiting = [
        "/", "/search?q=hostile", f"/search?q={attack}", f"/search?q=hostile&site={attack}&language={attack}&from={attack}",
        f"/held?url={attack}", f"/held?url={quote(urls[-1])}", f"/{attack}", f"/web/{attack}", f"/web/2026/{attack}",
        f"/language?lang={attack}&back={attack}", f"/web/timemap/link/{urls[0]}", f"/web/timemap/json/{urls[0]}",
        f"/cdx/search/cdx?url={decoy.url('')}*", f"/cdx/search/cdx?url={decoy.url('')}*&output=json", f"/api/search?q=hostile&x={attack}",
        "/api/captures?limit=50", "/api/articles?limit=50", f"/api/{attack}", f"/feed/changes?q={attack}", "/runs", f"/sites/{attack}", "/sites/courier",
        *(f"/held?url={quote(url)}" for url in urls[:3]), *(f"/web/2026tx_/{url}" for url in urls[-9:]),
    ]  # fmt: skip
    seen: set[str] = set()
    shown = 0
    while waiting and len(seen) < MAX_APP_PAGES:
        target = waiting.pop(0)
        if target in seen:
            continue
        seen.add(target)
        status = browser.look(base + target)
        assert status < 500, target
        shown += "hostile" in browser.page.content()
        if target == "/" or target.startswith(("/search", "/held", "/article", "/sites")):
            links = browser.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
            waiting += [_path(link) for link in links if link.startswith(f"{base}/") and "/web/" not in link]
    assert shown >= 3
    calm(browser, decoy, base)


def test_clicks_on_archived_pages_stay_in_the_archive(
    browser: Browser, decoy: Decoy, archive: tuple[str, list[str]]
) -> None:
    base, _ = archive
    for name in ("js", "js2", "js3", "js4", "js5", "blank", "submit", "down", "mail"):
        browser.look(f"{base}/web/2026/{decoy.url('scripts.html')}")
        frame: Any = browser.page.frame_locator("main iframe")
        frame.locator(f"#{name}").click(force=True, timeout=5000)
        browser.page.wait_for_load_state("load")
        assert browser.page.url.startswith(f"{base}/web/"), name
    calm(browser, decoy, base)


def test_not_even_the_names_of_live_hosts_are_asked_for(
    browser: Browser, decoy: Decoy, archive: tuple[str, list[str]]
) -> None:
    base, _ = archive
    browser.look(f"{base}/web/2026/{decoy.url('leaks.html')}")
    browser.look(f"{base}/web/2026id_/{decoy.url('leaks.html')}")
    calm(browser, decoy, base)
    browser.close()
    log = browser.netlog.read_text("utf-8", "replace")
    assert "127.0.0.1" in log
    assert "only-dns.example" not in log
    assert "only-link.example" not in log


def _path(link: str) -> str:
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")
