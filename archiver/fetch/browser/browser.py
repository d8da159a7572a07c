"""The browser: a headless Chromium that shows pages and reaches nothing by itself. The only door to playwright.

Every request of a page is put to a ``RequestGate``, whose answer is all that the page gets. What comes round the gate (a WebSocket
of a worker, WebRTC, the browser's own errands) is led to a proxy that does not exist, and finds no name resolved.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from archiver.config import RenderSection
from archiver.errors import ConfigError
from archiver.fetch.browser.processes import argument_of, end_process, find_process, memory_of_tree

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Page, Request, Route, WebSocketRoute

log = logging.getLogger(__name__)

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
READY_WITHIN = 0.75
"""The part of a page's time in which it may load; the rest is for taking document and picture."""
LEAVE = 10.0
"""Seconds for a page or browser to close; then the browser is ended."""
LAUNCH = 30.0
LOOK = 0.1
WATCH = 0.5
"""Seconds between two looks at the browser's memory."""
PAGES = 100
"""Pages that one browser shows before another takes its place."""
MAX_LAUNCHES = 3
"""Launches in a row that may fail; after them no browser is tried again in this run."""
_PROFILE = "playwright_chromiumdev_profile-"
"""The name of the folder that playwright makes for a browser."""
_ALL = re.compile(".*", re.DOTALL)
_ARGUMENTS = (
    # Nothing has a name but what the gate answers for, and no datagram goes out.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--js-flags=--max-old-space-size=512",
    "--renderer-process-limit=4",
)
_HARDENING = """for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel", "WebTransport"])
    delete globalThis[name];"""
_DOCUMENT = """(() => {
    const root = document.documentElement;
    if (!root) return {text: "", height: 0};
    const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + "\\n" : "";
    const text = type + root.outerHTML;
    return {text: text.length > MOST ? null : text, height: Math.max(root.scrollHeight, document.body?.scrollHeight ?? 0)};
})()"""


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """A request of a page. ``main`` says that it is for the document of the page's own window; ``type`` is the browser's word
    (document, stylesheet, image, media, font, script, xhr, fetch, …)."""

    url: str
    method: str
    type: str
    headers: Mapping[str, str]
    main: bool


@dataclass(frozen=True, slots=True)
class BrowserAnswer:
    """What a page gets for a request: the body is decoded, and the headers say so."""

    status: int
    headers: dict[str, str]
    body: bytes


class Refused(Exception):
    """A request of a page that is not answered, with the reason."""


class NotShown(Exception):
    """A page that could not be rendered, with the reason. It costs only itself."""


class RequestGate(Protocol):
    """Answers the requests of one page."""

    async def answer(self, asked: BrowserRequest) -> BrowserAnswer:
        """The answer. Raises ``Refused``."""
        ...

    def refuse(self, url: str, why: str) -> None:
        """Take note of something that the page wanted and never gets."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page has become. ``ready`` says that it was loaded and quiet in time; ``problem`` why there is no picture."""

    document: bytes
    screenshot: bytes | None
    ready: bool
    problem: str | None = None


def find_browser(section: RenderSection) -> str:
    """The path of the browser. Raises ``ConfigError`` where it, or the extra, is missing."""
    if importlib.util.find_spec("playwright") is None:
        raise ConfigError("render", "a browser is wanted, and playwright is missing: install news-archiver[render]")
    if section.browser:
        found = shutil.which(section.browser)
        if found is None:
            raise ConfigError("[render] browser", f"{section.browser!r} is no program that can be run")
        return found
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        raise ConfigError(
            "[render] browser", f"none of {', '.join(NAMES)} is on the PATH; install Chromium or name its path"
        )
    return found


class Browser:
    """One Chromium, started when it is needed, and another when it has died. ``show`` is for one page at a time."""

    def __init__(self, section: RenderSection, *, user_agent: str) -> None:
        self._section = section
        self._user_agent = user_agent
        self._path = find_browser(section)
        self._driver: Any = None
        self._chromium: Chromium | None = None
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._nowhere: socket.socket | None = None
        self._mark = ""
        self._process: int | None = None
        self._profile: str | None = None
        self._shown = 0
        self._failed = 0
        self._ended: str | None = None
        self.version = ""

    async def show(self, url: str, gate: RequestGate, *, timezone: str) -> Shown:
        """Load ``url``, each request answered by ``gate``, and take what the page has become. Raises ``NotShown``, and
        whatever else the gate raises."""
        chromium = await self._ready()
        visit = _Visit(gate)
        context: BrowserContext | None = None
        watching = asyncio.ensure_future(self._watch())
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(self._section.max_time):
                context = await chromium.new_context(
                    user_agent=self._user_agent,
                    viewport={"width": self._section.width, "height": self._section.height},
                    timezone_id=timezone,
                    service_workers="block",
                    accept_downloads=False,
                )
                shown = await self._show(context, url, visit)
        except TimeoutError as error:
            raise NotShown(f"not there after {self._section.max_time:g} seconds") from error
        except Error as error:
            raise NotShown(self._ended or _first_line(error)) from error
        finally:
            visit.over = True
            watching.cancel()
            await self._leave(context)
            if visit.error is not None:
                raise visit.error
        return shown

    async def close(self) -> None:
        """End the browser."""
        if self._chromium is not None:
            await self._within(self._chromium.close())
        if self._driver is not None:
            await self._within(self._driver.stop())
        if self._process is not None:
            end_process(self._process, self._mark)
        if self._profile is not None and _PROFILE in self._profile:
            # The driver removes it, if it lives long enough after a browser that was killed.
            await asyncio.to_thread(shutil.rmtree, self._profile, ignore_errors=True)
        self._chromium = self._driver = self._process = self._profile = None
        if self._home is not None:
            self._home.cleanup()
            self._home = None
        if self._nowhere is not None:
            self._nowhere.close()
            self._nowhere = None

    async def _ready(self) -> Chromium:
        if self._chromium is not None and self._chromium.is_connected() and self._shown < PAGES:
            self._shown += 1
            return self._chromium
        await self.close()
        if self._failed >= MAX_LAUNCHES:
            raise NotShown(f"the browser did not start {MAX_LAUNCHES} times in a row")
        from playwright.async_api import Error

        self._failed += 1
        try:
            async with asyncio.timeout(2 * LAUNCH):
                self._chromium = await self._launch()
        except (Error, OSError, TimeoutError) as error:
            await self.close()
            raise NotShown(f"the browser does not start: {_first_line(error)}") from error
        self._failed = 0
        self._shown = 1
        self._ended = None
        return self._chromium

    async def _launch(self) -> Chromium:
        from playwright.async_api import async_playwright

        # Bound and never listening: nobody answers there, and nobody else can take the port.
        self._nowhere = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._nowhere.bind(("127.0.0.1", 0))
        self._home = tempfile.TemporaryDirectory(prefix="archiver-browser-", ignore_cleanup_errors=True)
        self._mark = f"--archiver-browser={uuid4()}"
        self._driver = await async_playwright().start()
        chromium: Chromium = await self._driver.chromium.launch(
            executable_path=self._path,
            headless=True,
            # The kernel lets root make no sandbox.
            chromium_sandbox=os.geteuid() != 0,
            proxy={"server": f"http://127.0.0.1:{self._nowhere.getsockname()[1]}"},
            args=[*_ARGUMENTS, self._mark],
            # No setting and no credential of ours is the browser's business.
            env={"PATH": os.defpath, "HOME": self._home.name, "LANG": "C.UTF-8"},
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=LAUNCH * 1000,
        )
        self.version = f"Chromium/{chromium.version}"
        self._process = await asyncio.to_thread(find_process, self._mark)
        if self._process is not None:
            self._profile = argument_of(self._process, "--user-data-dir")
        return chromium

    async def _show(self, context: BrowserContext, url: str, visit: _Visit) -> Shown:
        await context.add_init_script(_HARDENING)
        await context.route(_ALL, visit.on_request)
        await context.route_web_socket(_ALL, visit.on_socket)
        page = visit.page = await context.new_page()
        context.on("page", visit.on_popup)
        page.on("load", visit.on_load)
        page.on("crash", visit.on_crash)
        until = monotonic() + READY_WITHIN * self._section.max_time
        await page.goto(url, wait_until="commit", timeout=READY_WITHIN * self._section.max_time * 1000)
        ready = await self._quiet(visit, until)
        visit.over = True
        document, height = await self._document(context, page)
        problem: str | None = None
        screenshot: bytes | None = None
        try:
            screenshot = await self._picture(page, height, until)
        except Exception as error:
            from playwright.async_api import Error

            if not isinstance(error, Error):
                raise
            problem = _first_line(error)
        return Shown(document, screenshot, ready, problem)

    async def _quiet(self, visit: _Visit, until: float) -> bool:
        while monotonic() < until:
            if visit.crashed:
                raise NotShown(self._ended or "the page crashed")
            if visit.error is not None:
                raise NotShown("the run ends")
            if visit.loaded and not visit.in_flight and monotonic() - visit.last >= self._section.quiet:
                return True
            await asyncio.sleep(LOOK)
        return False

    async def _document(self, context: BrowserContext, page: Page) -> tuple[bytes, int]:
        """The document and its height, asked for in a world of our own, where the page's scripts have changed nothing."""
        session = await context.new_cdp_session(page)
        tree = await session.send("Page.getFrameTree")
        world = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
        most = self._section.max_document
        told = await session.send(
            "Runtime.evaluate",
            {
                "expression": _DOCUMENT.replace("MOST", str(most)),
                "contextId": world["executionContextId"],
                "returnByValue": True,
            },
        )
        value = told["result"].get("value")
        if not isinstance(value, dict):
            raise NotShown("the document cannot be read")
        document = (value["text"] or "").encode("utf-8", "replace")
        if value["text"] is None or len(document) > most:
            raise NotShown(f"a document of more than {most} bytes")
        if not document:
            raise NotShown("the document is empty")
        return document, int(value["height"])

    async def _picture(self, page: Page, height: int, until: float) -> bytes:
        rest = until - monotonic() + (1 - READY_WITHIN) * self._section.max_time * 0.7
        return await page.screenshot(
            type="png",
            full_page=True,
            clip={
                "x": 0,
                "y": 0,
                "width": self._section.width,
                "height": max(1, min(max(height, self._section.height), self._section.picture)),
            },
            animations="disabled",
            scale="css",
            timeout=max(1.0, rest) * 1000,
        )

    async def _watch(self) -> None:
        """End a browser that takes too much memory."""
        while self._process is not None:
            used = await asyncio.to_thread(memory_of_tree, self._process)
            if used > self._section.max_memory:
                self._ended = f"the browser took more than {self._section.max_memory} bytes of memory"
                end_process(self._process, self._mark)
                return
            await asyncio.sleep(WATCH)

    async def _leave(self, context: BrowserContext | None) -> None:
        """Close a page with all that is its own; a browser in which that fails is ended."""
        left = context is not None and await self._within(context.close())
        if not left or self._ended:
            await self.close()

    async def _within(self, closing: Any) -> bool:
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(LEAVE):
                await closing
        except (TimeoutError, Error, OSError) as error:
            log.debug("the browser is ended: %s", error)
            return False
        return True


class _Visit:
    """What happens while one page is shown."""

    def __init__(self, gate: RequestGate) -> None:
        self._gate = gate
        self.page: Page | None = None
        self.loaded = False
        self.crashed = False
        self.over = False
        self.in_flight = 0
        self.last = monotonic()
        self.error: BaseException | None = None

    async def on_request(self, route: Route, request: Request) -> None:
        """Answer a request through the gate."""
        from playwright.async_api import Error

        self.in_flight += 1
        # The page, or the whole browser, may be gone when the answer comes.
        with suppress(Error):
            await self._answer(route, request)
        self.in_flight -= 1
        self.last = monotonic()

    async def _answer(self, route: Route, request: Request) -> None:
        main = False
        if request.is_navigation_request():
            if self._is_popup(request):
                self._gate.refuse(request.url, "another window")
                await route.abort("blockedbyclient")
                return
            main = self.page is not None and request.frame == self.page.main_frame
        if self.over:
            await route.abort()
            return
        asked = BrowserRequest(request.url, request.method, request.resource_type, request.headers, main)
        try:
            answer = await self._gate.answer(asked)
        except Refused as error:
            self._gate.refuse(asked.url, str(error))
            # "aborted" leaves a window where it is; for the rest any error does.
            await route.abort("aborted" if main else "blockedbyclient")
        except Exception as error:  # noqa: BLE001  it ends the run, and comes out of show()
            self.error = self.error or error
            await route.abort()
        else:
            await route.fulfill(status=answer.status, headers=answer.headers, body=answer.body)

    def _is_popup(self, request: Request) -> bool:
        from playwright.async_api import Error

        try:
            return request.frame.page != self.page
        except Error:  # a window that is just being opened has no frame yet
            return self.page is None or self.loaded

    async def on_socket(self, socket: WebSocketRoute) -> None:
        """No WebSocket is opened."""
        from playwright.async_api import Error

        self._gate.refuse(socket.url, "a WebSocket")
        with suppress(Error):
            await socket.close()

    async def on_popup(self, page: Page) -> None:
        """No other window stays open."""
        from playwright.async_api import Error

        with suppress(Error):
            await page.close()

    def on_load(self, _: Page) -> None:
        """The page and what it named are loaded."""
        self.loaded = True
        self.last = monotonic()

    def on_crash(self, _: Page) -> None:
        """The page's process is gone."""
        self.crashed = True


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:300]
