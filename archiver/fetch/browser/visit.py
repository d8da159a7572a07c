"""One page's visit to the browser: which of its requests are answered, by our own download path, and within which limits.

Guard, robots.txt, delays, hosts' rests, the day's budget, limits and recording hold for them as for everything else.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from scrapy import Request
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from archiver.errors import ArchiverError, NotHttpUrl
from archiver.fetch.browser.browser import BrowserAnswer, BrowserRequest, Refused
from archiver.fetch.run.conditions import NOT_MODIFIED
from archiver.fetch.run.reason import META, Reason
from archiver.fetch.run.requisites import ROLE, Wanted
from archiver.fetch.run.running import Running
from archiver.fetch.run.unchanged import as_held
from archiver.fetch.run.verdicts import why_error
from archiver.html.requisites import Requisite, Role
from archiver.model.capture import Kind
from archiver.model.url import clean_url, host_of

Download = Callable[[Request], Awaitable[Response]]

TOLD = 50
"""Refused requests of one page that are told with their reason; the others are counted."""
KEPT = 32_000_000
"""Bytes of answers that a run keeps for its next pages."""
KEPT_EACH = 2_000_000
_FOR = ("Accept", "Origin", "X-Requested-With")
"""Header lines of the browser's that go with a request; the others are ours, as for every request."""
_ROLES: dict[str, Role] = {
    "document": "frame",
    "stylesheet": "stylesheet",
    "image": "image",
    "font": "font",
    "media": "media",
    "texttrack": "media",
    "manifest": "manifest",
}
_NEVER = frozenset({"websocket", "eventsource", "ping", "cspviolationreport", "signedexchange", "preflight"})
_LEFT_OUT = frozenset(
    {
        # The body is decoded and whole.
        "content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "trailer",
        # What would last longer than the page, lead away from it, or tell somebody.
        "set-cookie", "strict-transport-security", "alt-svc", "clear-site-data", "refresh", "location", "report-to", "nel",
        "reporting-endpoints", "content-security-policy-report-only", "service-worker-allowed",
    }
)  # fmt: skip
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Answers:
    """What the pages of a run were answered, so that no server is asked for the same style sheet by each of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], BrowserAnswer] = OrderedDict()
        self._size = 0
        self.urls: set[str] = set()

    def get(self, url: str, origin: str) -> BrowserAnswer | None:
        """An answer given before."""
        answer = self._kept.get((url, origin))
        if answer is not None:
            self._kept.move_to_end((url, origin))
        return answer

    def keep(self, url: str, origin: str, answer: BrowserAnswer) -> None:
        """Keep an answer; the ones used longest ago make room."""
        self.urls.add(url)
        if len(answer.body) > KEPT_EACH or (url, origin) in self._kept:
            return
        self._kept[url, origin] = answer
        self._size += len(answer.body)
        while self._size > KEPT:
            _, gone = self._kept.popitem(last=False)
            self._size -= len(gone.body)


class Visit:
    """The gate of one page; see ``archiver.fetch.browser.browser.Gate``."""

    def __init__(
        self, running: Running, page: Response, *, wanted: Wanted, answers: Answers, download: Download
    ) -> None:
        self._running = running
        self._limits = running.config.render
        self._page = page
        self._url = clean_url(page.url)
        self._wanted = wanted
        self._answers = answers
        self._download = download
        self._begun = False
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[BrowserAnswer]] = {}
        self.requests = 0
        self.bytes = 0
        self.refused: list[tuple[str, str]] = []
        self.more_refused = 0
        self.read: list[Response] = []
        self.over = False

    async def answer(self, asked: BrowserRequest) -> BrowserAnswer:
        """The page's own document from what was just captured, the rest from its server. Raises ``Refused``; an error of spool or
        catalogue comes out as it is."""
        if asked.main:
            if self._begun:
                raise Refused("leads away from the page")
            self._begun = True
            return answer_of(self._page)
        url = self._checked(asked)
        origin = _header(asked, "Origin")
        known = answer_of(self._page) if url == self._url else self._answers.get(url, origin)
        if known is None:
            known = await self._once(url, origin, asked)
        if self.bytes + len(known.body) > self._limits.max_bytes:
            raise Refused(f"more than {self._limits.max_bytes} bytes in all")
        self.bytes += len(known.body)
        return known

    def refuse(self, url: str, why: str) -> None:
        """Remember what was not answered."""
        if len(self.refused) < TOLD:
            self.refused.append((url[:1000], why))
        else:
            self.more_refused += 1

    async def _once(self, url: str, origin: str, asked: BrowserRequest) -> BrowserAnswer:
        """Two requests for one thing at the same time are one."""
        task = self._asking.get((url, origin))
        if task is None:
            if self.requests >= self._limits.max_requests:
                raise Refused(f"more than {self._limits.max_requests} requests")
            self.requests += 1
            task = self._asking[url, origin] = asyncio.ensure_future(self._fetch(url, asked))
        answer = await asyncio.shield(task)
        self._answers.keep(url, origin, answer)
        return answer

    def _checked(self, asked: BrowserRequest) -> str:
        if asked.method != "GET":
            # Nothing is sent to anybody; and a record of another method's answer would stand for the page itself.
            raise Refused(f"method {asked.method[:20]}")
        if asked.type in _NEVER:
            raise Refused(f"kind {asked.type}")
        most = self._running.config.limits.url_length
        if len(asked.url) > most:
            raise Refused(f"a URL of more than {most} characters")
        try:
            url = clean_url(asked.url)
        except NotHttpUrl as error:
            raise Refused("no http or https URL") from error
        if not self._wanted.has(Requisite(url, _role(asked))):
            raise Refused("not wanted ([fetch] requisites, scripts, media, or --connect-to)")
        return url

    async def _fetch(self, url: str, asked: BrowserRequest) -> BrowserAnswer:
        host = host_of(url)
        if host not in self._hosts:
            self._hosts[host] = asyncio.Semaphore(self._running.politeness.pace(host).concurrency)
        async with self._hosts[host]:
            if self.over or self._running.error is not None:
                raise Refused("the page's time is over")
            if self.bytes >= self._limits.max_bytes:
                raise Refused(f"more than {self._limits.max_bytes} bytes in all")
            response = await self._fetched(self._request(url, asked))
        if response.status == NOT_MODIFIED:
            response = await as_held(self._running, response)
            if response.status == NOT_MODIFIED:
                raise Refused("not modified, and what is held cannot be read now")
        if 300 <= response.status < 400:
            raise Refused(f"status {response.status}")
        if "capped" in response.flags:
            raise Refused("too large")
        if _role(asked) in {"stylesheet", "frame"}:
            self.read.append(response)
        return answer_of(response)

    def _request(self, url: str, asked: BrowserRequest) -> Request:
        reason = Reason(Kind.REQUISITE, hop="E", via=self._url)
        headers = {name: value for name in _FOR if (value := _header(asked, name))}
        request = Request(url, headers=headers, meta={META: reason.as_meta()}, callback=NO_CALLBACK, dont_filter=True)
        if _role(asked) in {"stylesheet", "frame", "media"}:
            request.meta[ROLE] = _role(asked)
        return request

    async def _fetched(self, request: Request) -> Response:
        try:
            return await self._download(request)
        except ArchiverError:
            raise
        except Exception as error:
            if self._running.error is not None:
                raise
            raise Refused(why_error(error)) from error


def answer_of(response: Response) -> BrowserAnswer:
    """A response as a page gets it: without what is about the way that it came, and what would outlast the page."""
    headers: dict[str, str] = {}
    for name, values in response.headers.items():
        key = name.decode("latin-1").lower()
        if key not in _LEFT_OUT and _NAME.match(key):
            headers[key] = _UNSAFE.sub(" ", b", ".join(values).decode("latin-1")).strip()
    return BrowserAnswer(response.status, headers, response.body)


def _role(asked: BrowserRequest) -> Role:
    """A request in the words for requisites: what a script asks for is as much part of it as the script."""
    return _ROLES.get(asked.type, "script")


def _header(asked: BrowserRequest, name: str) -> str:
    value = asked.headers.get(name.lower(), "")
    return value if value.isascii() and len(value) <= 1000 and not _UNSAFE.search(value) else ""


def as_download(engine: Any) -> Download:
    """The engine's own way: through all middlewares, the kinder downloader and the capture."""

    async def download(request: Request) -> Response:
        response: Response = await engine.download_async(request)
        return response

    return download
