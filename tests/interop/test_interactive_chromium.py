"""Interactive replay in a real browser: a page's own scripts work from the archive, and hostile ones find no way out of it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.interop import escapes
from tests.interop.hostile import PAGES, Decoy, fill_archive, listening
from tests.interop.test_requisites_chromium import CHROMIUM
from tests.shelf import Shelf, later

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser to attack"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="playwright is not installed"),
]
APP, REPLAY = "http://archive.localhost", "http://replay.archive.localhost"
COURIER = "https://courier.example"
TARBALL = os.environ.get("ARCHIVER_TEST_WABAC", "")
PROGRAM = """
import sys
from pathlib import Path
from archiver.archive import Archive
from archiver.config import load
from archiver.web.serve import serve
with Archive(load(Path(sys.argv[1])), for_readers=True) as archive:
    said = lambda text, *_: print(text, flush=True)
    serve(archive, host="127.0.0.1", port=0, ready=said, replay_ready=said)
"""
SETTINGS = f"""
[serve]
public_url = "{APP}"
replay_url = "{REPLAY}"
replay_listen = "127.0.0.1:0"
"""
PAGE = b"""<!doctype html><html><head><title>Page</title><link rel=stylesheet href=/s.css><script type=module src=/m.js></script></head>
<body><h1>Interactive</h1><p id=inline>-</p><p id=module>-</p><p id=dynamic>-</p><p id=fetched>-</p><p id=asked>-</p><p id=frame>-</p>
<p id=xhr>-</p><img id=picture src=/i.svg><iframe src=/frame.html></iframe><a id=blank target=_blank href=/next>next</a>
<a id=moved href=/moved>moved</a><a id=none href=/none>none</a><a id=gone href=/gone>gone</a>
<script>const put = (id, text) => { document.getElementById(id).textContent = text; }; put('inline', location.href);
fetch('/data.json').then((r) => r.json()).then((x) => put('fetched', x.say));
fetch('/data.json?_=' + Date.now()).then((r) => r.json()).then((x) => put('asked', x.say));
const x = new XMLHttpRequest(); x.onload = () => put('xhr', x.responseText); x.open('GET', '//cdn.example/x.txt'); x.send();
window.onmessage = (e) => { if (e.data && e.data.mine) put('frame', e.data.mine); };</script></body></html>"""
FILES: dict[str, tuple[str, bytes]] = {
    "/m.js": ("text/javascript", b"import {x} from './dep.js'; put('module', x); import('./dyn.js').then((m) => put('dynamic', m.y))"),
    "/dep.js": ("text/javascript", b"export const x = 'module'"),
    "/dyn.js": ("text/javascript", b"export const y = 'dynamic'"),
    "/data.json": ("application/json", b'{"say": "fetched"}'),
    "/s.css": ("text/css", b"h1 { color: rgb(1, 2, 3) }"),
    "/frame.html": ("text/html; charset=windows-1251", "<script>parent.postMessage({mine: 'Рамка'}, '*')</script>".encode("cp1251")),
    "/i.svg": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><circle cx="9" cy="9" r="9"/></svg>'),
}  # fmt: skip


@pytest.fixture(scope="module")
def wabac(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which wabac.js was installed: from the file that ARCHIVER_TEST_WABAC names, else from the registry."""
    home = tmp_path_factory.mktemp("wabac")
    (home / "archiver.toml").write_text("")  # a home of an archive
    command = [sys.executable, "-m", "archiver", "replay-install", "--archive", str(home)]
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
    done = subprocess.run(
        [*command, *(("--from", TARBALL) if TARBALL else ())],
        env={**keep, **{k: v for k, v in os.environ.items() if k == "ARCHIVER_SERVE_REPLAY_REGISTRY"}},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode == 7:
        pytest.skip("no registry to fetch wabac.js from (ARCHIVER_TEST_WABAC may name its tarball)")
    assert done.returncode == 0, done.stderr
    return home / "replay"


@contextmanager
def served(home: Path, wabac: Path) -> Iterator[tuple[str, str]]:
    """The addresses of the two listeners of a service over ``home``."""
    (home / "replay").symlink_to(wabac)
    (home / "archiver.toml").write_text(SETTINGS)
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env=keep,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        replay, app = process.stdout.readline(), process.stdout.readline()
        assert REPLAY in replay, replay
        yield app.rpartition(":")[2].strip(), replay.rpartition(":")[2].strip()
    finally:
        process.kill()
        process.communicate()


class Browser:
    """Chromium that knows the two origins, and what was said and asked in it since it began anew."""

    def __init__(self, ports: tuple[str, str], folder: Path) -> None:
        from playwright.sync_api import sync_playwright

        self._driver = sync_playwright().start()
        app, replay = ports
        rules = f"MAP archive.localhost:80 127.0.0.1:{app}, MAP replay.archive.localhost:80 127.0.0.1:{replay}, MAP *.example 127.0.0.1"
        self.netlog = folder / "netlog.json"
        self._browser = self._driver.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--allow-loopback-in-peer-connection",  # or no STUN request would reach the decoy, from anywhere
                f"--host-resolver-rules={rules}",
                f"--log-net-log={self.netlog}",
            ],
        )
        self.begin()

    def begin(self) -> None:
        """As a new reader, whose browser holds nothing yet."""
        for context in self._browser.contexts:
            context.close()
        self.context = self._browser.new_context(locale="en-US")
        self.said: list[tuple[str, str]] = []
        self.opened: list[str] = []
        self.context.on("console", lambda m: self.said.append((m.location.get("url", ""), m.text)))
        self.context.on("dialog", lambda d: d.dismiss())
        self.page = self.context.new_page()
        self.context.on("page", lambda p: self.opened.append(p.url))

    def replay(self, url: str) -> Any:
        """Opens a page interactively; the replayed document, loaded."""
        self.page.goto(f"{APP}/web/2026iv_/{url}")
        self.page.locator("#now a:not(:empty)").wait_for(state="attached", timeout=60_000)
        return self.page.frame_locator("#replay").frame_locator("iframe")

    def wait_for(self, words: str) -> None:
        """Until something was said."""
        for _ in range(600):
            if any(words in text for _, text in self.said):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{words} was not said: {self.said[-20:]}")

    def close(self) -> None:
        if self._browser.is_connected():
            self._browser.close()
            self._driver.stop()


@pytest.fixture(scope="module")
def decoy() -> Iterator[Decoy]:
    with listening() as made:
        yield made


@pytest.fixture(scope="module")
def ports(decoy: Decoy, wabac: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    home = tmp_path_factory.mktemp("interactive")
    shelf = Shelf(home)
    shelf.keep(f"{COURIER}/page", PAGE)
    for path, (kind, body) in FILES.items():
        shelf.keep(COURIER + path, body, headers=f"Content-Type: {kind}\r\n".encode())
    shelf.keep("https://cdn.example/x.txt", b"from another host", headers=b"Content-Type: text/plain\r\n")
    shelf.keep(f"{COURIER}/next", b"<title>Next</title><h1>Next</h1>", at=later(hours=2))
    shelf.keep(f"{COURIER}/moved", status="302 Found", headers=b"Location: /next\r\n")
    shelf.keep(f"{COURIER}/gone", b"<h1>Archived error</h1>", status="403 Forbidden")
    fill_archive(shelf, decoy)
    more = {
        "escapes.html": escapes.PAGE,
        "rtc.html": escapes.RTC_PAGE,
        "click.html": escapes.CLICK,
        "worker.js": escapes.WORKER,
        **{f"poison-{name}.html": escapes.poisoned(name) for name in escapes.POISONED},
        **{f"leave-{name}.html": escapes.leaving(name) for name in escapes.LEAVING},
    }
    for name, text in more.items():
        kind = b"text/javascript" if name.endswith(".js") else b"text/html; charset=utf-8"
        PAGES[name] = filled(decoy, text).decode()  # the live site has it too
        shelf.keep(decoy.url(name), filled(decoy, text), headers=b"Content-Type: " + kind + b"\r\n")
    shelf.close()
    with served(home, wabac) as both:
        yield both


def filled(decoy: Decoy, text: str) -> bytes:
    return decoy.fill(text).replace("PORT_ONLY", str(decoy.port)).replace("@APP@", APP).encode()


@pytest.fixture(scope="module")
def chromium(ports: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    made = Browser(ports, tmp_path_factory.mktemp("chromium"))
    yield made
    made.close()
    log = made.netlog.read_text("utf-8", "replace")
    assert "decoy.example" in log
    # Not even the names of hosts that only links and hints name were asked for.
    assert "only-dns.example" not in log
    assert "only-link.example" not in log


@pytest.fixture
def browser(chromium: Browser, decoy: Decoy) -> Browser:
    chromium.begin()
    decoy.forget()
    return chromium


def calm(browser: Browser, decoy: Decoy, *, after: float = 700) -> None:
    """Nothing reached the live site, nothing ran on the archive's own origin, nobody has its cookies."""
    browser.page.wait_for_timeout(after)
    assert decoy.requests == []
    assert (decoy.connections, decoy.datagrams) == (0, 0)
    ran = [(where, text) for where, text in browser.said if text.startswith("RAN")]
    assert [each for each in ran if not each[0].startswith((f"{REPLAY}/w/archive/", "blob:", "about:", ""))] == []
    assert [each for each in ran if each[0].startswith(APP) or "IN THE APP" in each[1]] == []
    assert [
        text for _, text in ran if "s3cret" in text or "WITH RTC" in text or "APP READ" in text or "APP FRAME" in text
    ] == []
    assert {worker.url for worker in browser.context.service_workers} <= {f"{REPLAY}/sw.js"}
    assert browser.opened == []
    assert browser.page.url.startswith(f"{APP}/")


def test_a_page_of_scripts_works_from_the_archive(browser: Browser, decoy: Decoy) -> None:
    browser.page.goto(f"{APP}/web/2026/{COURIER}/page")
    browser.page.get_by_role("link", name="Interactive replay").click()
    frame = browser.page.frame_locator("#replay").frame_locator("iframe[name=___wb_replay_top_frame]")
    expected = {
        "inline": f"{COURIER}/page", "module": "module", "dynamic": "dynamic", "fetched": "fetched", "asked": "fetched",
        "xhr": "from another host", "frame": "Рамка",
    }  # fmt: skip
    for name, text in expected.items():
        frame.locator(f"#{name}", has_text=text).wait_for(timeout=60_000)
    assert frame.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
    assert frame.locator("#picture").evaluate("e => e.naturalWidth") == 50
    frame.locator("#blank").click()
    frame.locator("h1", has_text="Next").wait_for()
    link = browser.page.locator("#now a")
    link.wait_for()
    assert link.inner_text() == f"{COURIER}/next"
    assert link.get_attribute("href") == f"/web/20260301080000/{COURIER}/next"
    for name, words in (("moved", "Next"), ("none", "not in the archive"), ("gone", "Archived error")):
        frame = browser.replay(f"{COURIER}/page")
        frame.locator(f"#{name}").click()
        frame.locator("body", has_text=words).wait_for()
    calm(browser, decoy)
    errors = [text for _, text in browser.said if "Content Security Policy" in text]
    assert errors == []


def test_a_window_of_the_replay_origin_leads_to_the_archive(browser: Browser) -> None:
    browser.page.goto(f"{REPLAY}/w/archive/20260301080000mp_/{COURIER}/next")
    browser.page.wait_for_url(f"{APP}/web/**")
    browser.replay(f"{COURIER}/next")
    browser.page.goto(f"{REPLAY}/w/archive/20260301080000mp_/{COURIER}/next")
    assert browser.page.url == f"{APP}/web/20260301100000/{COURIER}/next"


def test_without_a_worker_there_is_the_safe_view(browser: Browser) -> None:
    browser.context.route(f"{REPLAY}/sw.js", lambda route: route.abort())
    browser.page.add_init_script("delete Navigator.prototype.serviceWorker")
    browser.page.goto(f"{APP}/web/2026iv_/{COURIER}/page")
    browser.page.locator("#unable").wait_for()
    frame = browser.page.frame_locator("main iframe")
    frame.locator("h1", has_text="Interactive").wait_for()
    assert frame.locator("#inline").inner_text() == "-"
    assert (
        browser.page.locator("main iframe").get_attribute("sandbox")
        == "allow-same-origin allow-top-navigation-by-user-activation"
    )


def test_the_same_pages_live_do_reach_their_site(browser: Browser, decoy: Decoy) -> None:
    """So that the silence of the tests below is of something."""
    browser.context.new_page().goto(decoy.url("escapes.html"), wait_until="commit")
    decoy.wait_for({"/image", "/fetch", "/freshfetch", "/xhr", "/beacon", "/socket", "/script.js", "/blobworker", "/dataframe",
                    "/blobframe", "/srcdoc", "/unsafeframe", "/adopted.png", "/frame", "/preload", "/formhere"})  # fmt: skip
    for name in set(escapes.LEAVING) - {"unregister", "parent"}:
        browser.context.new_page().goto(decoy.url(f"leave-{name}.html"), wait_until="commit")
        decoy.wait_for({f"/{name}"})
    assert decoy.datagrams > 0


def test_no_way_out_is_open(browser: Browser, decoy: Decoy) -> None:
    browser.context.add_cookies([{"name": "session", "value": "s3cret", "url": APP}])
    browser.replay(decoy.url("escapes.html"))
    browser.wait_for("ALL TRIED")
    browser.wait_for("RAN poisoned")
    calm(browser, decoy)
    for at in (
        "own",
        "contentWindow",
        "index",
        "appendChild",
        "insertBefore",
        "innerHTML",
        "nested",
        "parsed",
        "written",
        "static sandboxed",
    ):
        assert any(f"without RTC: {at}" in text for _, text in browser.said), at
    kept = {(c["name"], c["domain"]) for c in browser.context.cookies(APP) if c["name"] != "planted2"}
    assert kept == {("session", "archive.localhost")}
    # What was planted changes nothing for the next page.
    frame = browser.replay(f"{COURIER}/page")
    frame.locator("#dynamic", has_text="dynamic").wait_for()
    browser.said.clear()
    browser.replay(decoy.url("escapes.html"))
    browser.wait_for("ALL TRIED")
    calm(browser, decoy)


def test_a_click_opens_nothing_and_leads_nowhere(browser: Browser, decoy: Decoy) -> None:
    browser.replay(decoy.url("click.html")).locator("#b").click()
    browser.wait_for("RAN clicked")
    calm(browser, decoy)


def test_a_page_that_spoils_what_scripts_share_gets_no_webrtc_by_it(browser: Browser, decoy: Decoy) -> None:
    for name in sorted(escapes.POISONED):
        browser.said.clear()
        browser.page.goto(f"{APP}/web/2026iv_/{decoy.url(f'poison-{name}.html')}")
        browser.wait_for(f"RAN {name}")
        found = [text for _, text in browser.said if "RTC: poisoned" in text]
        assert found, name
        assert all("without RTC" in text for text in found), name
    calm(browser, decoy)


def test_a_page_that_leaves_itself_stays_in_the_archive(browser: Browser, decoy: Decoy) -> None:
    for name in sorted(escapes.LEAVING):
        browser.said.clear()
        browser.page.goto(f"{APP}/web/2026iv_/{decoy.url(f'leave-{name}.html')}")
        browser.wait_for(f"RAN {name}")
        calm(browser, decoy, after=150)
    calm(browser, decoy)


def test_the_hostile_archive_is_replayed_in_silence(browser: Browser, decoy: Decoy) -> None:
    browser.context.add_cookies([{"name": "session", "value": "s3cret", "url": APP}])
    browser.page.goto(f"{APP}/web/2026iv_/{decoy.url('scripts.html')}")  # it sends its form again and again
    browser.wait_for("RAN")
    browser.page.wait_for_timeout(1500)
    for name in (
        "leaks.html",
        "sockets.html",
        "refresh.html",
        "policy.html",
        "headers.html",
        "evil.svg",
        "page.xhtml",
        "style.css",
    ):
        browser.replay(decoy.url(name))
    calm(browser, decoy)
    assert any("RAN" in text for _, text in browser.said)
