"""Every web page in Chromium, without scripts and with: nothing on the console, no request elsewhere, no fault of access."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from archiver.catalog import Listing, SourceState
from archiver.model.alert import Alert, AlertRule, Finding
from archiver.model.article import Article, Extraction, Extractor, FieldSource
from archiver.model.capture import Verdict
from archiver.model.instant import SystemClock
from archiver.model.run import Outcome, Run
from archiver.model.schedule import Schedule, Slot, SlotState, Standing
from archiver.model.site import SourceKind
from archiver.model.surt import surt
from archiver.model.token import Role, Token, digest_of, new_id, new_secret, token_text
from archiver.web.messages import Speech
from tests.interop.test_requisites_chromium import CHROMIUM
from tests.shelf import DAY, Noon, Shelf, later

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: nothing drives the browser"
)
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser to look with")

URL = "https://courier.example/a"
FEED = "https://courier.example/feed"
READER = Extractor("archiver", "1")
PROGRAM = """
import sys
from pathlib import Path
from archiver.archive import open
from archiver.web.serve import serve
with open(Path(sys.argv[1])) as archive:
    serve(archive, host="127.0.0.1", port=0, ready=lambda address, _: print(address, flush=True))
"""
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]},
    "resultTypes": ["violations"],
}


@dataclass(frozen=True)
class Home:
    """An archive with something on each page: its folder, the path of an article's page, and a curator's token."""

    folder: Path
    article: str
    token: str


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("pages")
    # The page that is saved lies on this machine.
    (folder / "archiver.toml").write_text("[fetch]\nallow_private = true\n", "utf-8")
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
        for number in range(10):  # days of every shade
            for each in range(number // 2):
                shelf.keep(f"{URL}/often/{each}", b"x", at=later(days=20 + number, minutes=each))
        for number, outcome in enumerate(Outcome):
            begun = Noon().now() - timedelta(hours=number)
            shelf.catalog.runs.end(Run(f"01J{number:023d}", "courier", begun, begun + timedelta(minutes=2), outcome))
        fill_sources(shelf)
        fill_schedule(shelf)
        secret = new_secret()
        token = Token(new_id(), "a curator", Role.CURATOR, digest_of(secret), SystemClock().now() - timedelta(days=1))
        shelf.catalog.tokens.add(token)
        article_path = f"/article/{capture.record_id.removeprefix('urn:uuid:')}/{capture.digest}"
    return Home(folder, article_path, token_text(token.id, secret))


def fill_sources(shelf: Shelf) -> None:
    """What sources listed, with some of it missing, and how the sources are."""
    urls = [f"{URL}/{number}" for number in range(30)]
    shelf.catalog.listings.add(
        [
            Listing("courier", surt(url), url, later(days=number % 9), FEED, in_scope=number % 7 != 0)
            for number, url in enumerate(urls)
        ]
    )
    hour = timedelta(hours=1)
    for state in (
        SourceState("courier", "a", FEED, SourceKind.FEED, hour, DAY, good_at=DAY, entries=20),
        SourceState(
            "courier", "b", f"{FEED}/b", SourceKind.SITEMAP, hour, DAY, failures=3, failed_at=DAY, reason="status 403"
        ),
    ):
        shelf.catalog.sources.put(state)
    finding = Finding(AlertRule.SOURCE_FAILS, "b", "it fails", "courier", {"url": f"{FEED}/b", "failures": 3})
    shelf.catalog.alerts.put([Alert("01A", finding, DAY, DAY)])


def fill_schedule(shelf: Shelf) -> None:
    """A schedule with a slot in every state, and one that is paused."""
    catalog = shelf.catalog
    for number, standing in enumerate((Standing.ACTIVE, Standing.PAUSED)):
        made = Schedule(
            f"courier-{number}", "courier", "*/30 * * * *", "Asia/Ho_Chi_Minh", DAY, jitter=30, standing=standing
        )
        catalog.schedules.put(made, entry=catalog.journal.draft("schedule", made.as_json()))
    slots = []
    for number, state in enumerate(SlotState):
        at = Noon().now() - timedelta(minutes=30 * number)
        over = state in {SlotState.RAN, SlotState.LATE, SlotState.FAILED}
        reason = {SlotState.SKIPPED: "the schedule is paused", SlotState.FAILED: "the run failed"}.get(state)
        slots.append(
            Slot(
                "courier-0",
                "courier",
                at,
                at,
                state,
                reason=reason,
                started_at=at if over else None,
                ended_at=at + timedelta(minutes=3) if over else None,
                run="01J00000000000000000000000" if over else None,
            )
        )
    catalog.schedules.apply(slots)


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home.folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
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


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """A site of one page, to be saved."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path.startswith("/page")
            body = b"<!doctype html><title>A page</title><p>Its text." if found else b""
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{served.server_address[1]}/page"
    finally:
        served.shutdown()
        thread.join()
        served.server_close()


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
        "/sites/courier/coverage/2026-03-01",
        "/sites/courier/coverage/2020-01-01",
        "/sites/vietnamplus",
        "/schedule",
        "/schedule?schedule=courier-0&state=failed",
        "/runs",
        "/runs/01J00000000000000000000000",
        "/sign-in",
        article,
        "/nothing",
    ]


@dataclass
class Visit:
    """One browser's window: what it said on its console, what it asked for, and the faults that axe-core found."""

    page: Any
    server: str
    scripts: bool
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.said.append(f"{self.page.url}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"{self.page.url}: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def go(self, target: str) -> None:
        """Open a page and look at it."""
        self.page.goto(self.server + target)
        self.look(target)

    def look(self, name: str) -> None:
        """Look at the page that is shown."""
        assert self.page.locator("h1").count() == 1, name
        if self.scripts:
            wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{name} is {wide} pixels wider than the window"
            found = axe.Axe().run(self.page, options=RULES).response["violations"]
            self.faults += [f"{name}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]

    def send(self, form: str, button: str = "button") -> None:
        """Send a form by its button, and look at what comes."""
        self.follow(f"{form} >> {button}", f"what came of {form}")

    def follow(self, what: str, name: str) -> None:
        """Click on what leads to another page, and look at that page once it is whole: a click does not wait for it."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator(what).first.click()
        self.look(name)

    def end(self, *expected: str) -> None:
        """Nothing was wrong, but for messages that hold one of these."""
        assert self.faults == []
        assert [line for line in self.said if not any(each in line for each in expected)] == []
        assert {url for url in self.asked if not url.startswith(self.server)} == set()


@contextlib.contextmanager
def visiting(browser: Any, server: str, language: str, *, scheme: str, width: int, scripts: bool) -> Iterator[Visit]:
    context = browser.new_context(
        locale=language,
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
        bypass_csp=scripts,  # for axe alone, which is put into the page; its own policy is held elsewhere
    )
    context.set_default_timeout(60_000)
    try:
        yield Visit(context.new_page(), server, scripts)
    finally:
        context.close()


LOOKS = [
    ("en-GB", "light", 1200, False),
    ("vi-VN", "dark", 1200, True),
    ("fr-FR", "light", 380, True),
]
DEEDS = [
    ("vi-VN", "light", 1200, False),
    ("fr-FR", "dark", 380, True),
    ("en-GB", "dark", 1200, True),
]


@pytest.mark.parametrize(("language", "scheme", "width", "scripts"), LOOKS)
def test_no_page_has_a_fault(
    browser: Any, server: str, home: Home, language: str, scheme: str, width: int, scripts: bool
) -> None:
    with visiting(browser, server, language, scheme=scheme, width=width, scripts=scripts) as visit:
        for target in targets(home.article):
            visit.go(target)
        visit.end("404 (Not Found)")


@pytest.mark.parametrize(("language", "scheme", "width", "scripts"), DEEDS)
def test_a_curator_keeps_schedules_and_saves_a_page(
    browser: Any,
    server: str,
    home: Home,
    elsewhere: str,
    language: str,
    scheme: str,
    width: int,
    scripts: bool,
) -> None:
    t = Speech(language[:2])
    with visiting(browser, server, language, scheme=scheme, width=width, scripts=scripts) as visit:
        page = visit.page
        visit.go("/sign-in")
        page.fill("#token", home.token)
        visit.send("form[action='/sign-in']")
        assert t("sign.as", name="a curator") in page.locator(".who").inner_text()
        # Save a page: it is crawled while the rest goes on.
        page.fill("#save-url", f"{elsewhere}/{language}")
        visit.send("form[action='/save']")
        saving = page.url.removeprefix(server)
        assert re.match(r"/save/[0-9A-Z]+\Z", saving)
        for target in ("/", "/sites/courier"):
            visit.go(target)
            assert "/feed/b" in page.locator(".troubles").first.inner_text()
        # Add a schedule: wrong at first.
        visit.go("/schedule")
        page.select_option("#f-site", "vietnamplus")
        page.fill("#f-cron", "every day")
        visit.send("form.fielded", ".send button")
        assert page.locator("#w-cron").inner_text() == t("schedule.wrong.cron")
        page.fill("#f-cron", "15 4 * * *")
        visit.send("form.fielded", ".send button")
        assert page.locator("[role=status]").inner_text() == t("schedule.done.added")
        card = ".schedules > li:has-text('15 4 * * *')"
        for do in ("pause", "resume", "run"):
            visit.send(f"{card} >> form:has(input[value={do}])")
            assert page.locator("[role=status]").inner_text() == t(f"schedule.done.{do}")
        page.locator(f"{card} >> summary").click()
        visit.send(f"{card} >> form:has(input[value=remove])")
        assert page.locator(card).count() == 0
        # The page of the saving waits a little each time; a crawl takes a process's while.
        for _ in range(40):
            visit.go(saving)
            if page.locator(".saving-queued, .saving-running").count() == 0:
                break
        assert page.locator("[role=status]").inner_text() == t("save.done")
        visit.follow(f"a:has-text('{t('save.show')}')", "what is held of the saved page")
        assert f"{elsewhere}/{language}" in page.content()
        visit.follow(".who button", "signed out")
        visit.end("400 (Bad Request)")
