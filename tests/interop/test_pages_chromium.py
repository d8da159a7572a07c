"""Every web page in Chromium, without scripts and with: nothing on the console, no request elsewhere, no fault of access."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.model.article import Article, Extraction, Extractor, FieldSource
from archiver.model.capture import Verdict
from archiver.model.run import Outcome, Run
from tests.interop.test_requisites_chromium import CHROMIUM
from tests.shelf import Noon, Shelf, later

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: nothing drives the browser"
)
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser to look with")

URL = "https://courier.example/a"
READER = Extractor("archiver", "1")
PROGRAM = """
import sys
from pathlib import Path
from archiver.archive import open
from archiver.web.serve import serve
with open(Path(sys.argv[1])) as archive:
    serve(archive, host="127.0.0.1", port=0, ready=lambda address: print(address, flush=True))
"""
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An archive with something on each page, and the path of an article's page."""
    folder = tmp_path_factory.mktemp("pages")
    shelf = Shelf(folder)
    with contextlib.closing(shelf):
        for number in range(25):
            capture = shelf.keep(f"{URL}/{number % 20}", b"%d" % number, at=later(days=9 * number))
            article = Article(
                title=f"Cầu mới {number}",
                text="Đoạn một.\n\nĐoạn hai.",
                paragraphs=("Đoạn một.", "Đoạn hai."),
                authors=("Lan Anh",) if number % 2 else ("An Lan",),
                language=("vi", "fr", "ar")[number % 3],
                section="Thế giới",
                published_at=datetime(2025, 1 + number % 12, 1, tzinfo=UTC),
                alternates={"fr": f"{URL}/fr"},
                provenance={"title": FieldSource("json-ld", 0.9)},
                extractor=READER,
            )
            shelf.catalog.articles.put(
                capture.record_id, Extraction(Verdict.ARTICLE, "", READER, article), at=Noon().now()
            )
            shelf.index.add(capture, article)
        shelf.keep(f"{URL}/unread", b"x")
        for number, outcome in enumerate(Outcome):
            begun = Noon().now() - timedelta(hours=number)
            shelf.catalog.runs.end(Run(f"01J{number:023d}", "courier", begun, begun + timedelta(minutes=2), outcome))
        article_path = f"/article/{capture.record_id.removeprefix('urn:uuid:')}/{capture.digest}"
    return folder, article_path


@pytest.fixture(scope="module")
def server(home: tuple[Path, str]) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home[0])], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield opened
        opened.close()


def targets(article: str) -> list[str]:
    return [
        "/",
        "/search",
        "/search?q=cau&sort=newest&author=Lan+Anh",
        "/search?q=cau&page=2",
        "/held",
        f"/held?url={URL}/1",
        f"/held?url={URL}/nothing",
        "/sites/courier",
        "/sites/courier?day=2026-03-10",
        "/sites/vietnamplus",
        "/runs",
        "/runs/01J00000000000000000000000",
        article,
        "/nothing",
    ]


@pytest.mark.parametrize(
    ("language", "scheme", "width", "scripts"),
    [
        ("en-GB", "light", 1200, False),
        ("vi-VN", "dark", 390, True),
        ("fr-FR", "light", 390, True),
        ("en-GB", "dark", 1200, True),
    ],
)
def test_no_page_has_a_fault(
    browser: Any, server: str, home: tuple[Path, str], language: str, scheme: str, width: int, scripts: bool
) -> None:
    context = browser.new_context(
        locale=language,
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
        bypass_csp=scripts,  # for axe alone, which is put into the page; its own policy is held elsewhere
    )
    said: list[str] = []
    asked: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    faults: list[str] = []
    for target in targets(home[1]):
        page.goto(server + target)
        assert page.locator("h1").count() == 1, target
        if scripts:
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{target} is {wide} pixels wider than the window"
            found = axe.Axe().run(page, options=RULES).response["violations"]
            faults += [f"{target}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
    context.close()
    assert faults == []
    assert [line for line in said if "404 (Not Found)" not in line] == []
    assert {url for url in asked if not url.startswith(server)} == set()
