"""The downloader middleware that obeys robots.txt as RFC 9309 says, in place of Scrapy's.

Each origin (scheme, host, port) has its file. It is asked for once in 24 hours, whichever run asks: the catalogue knows the
last answer, the archive holds the file. A redirect is followed to any host, each hop a capture.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from archiver.catalog import RobotsState
from archiver.errors import ArchiverError, DamageFound, StorageError
from archiver.fetch.errors import (
    UNREACHABLE,
    AddressRefused,
    HookNotReached,
    HostBackedOff,
    RobotsRefused,
    SiteClosed,
)
from archiver.fetch.politeness.robots_rules import (
    ASK_AGAIN,
    FRESH,
    PARSED,
    RobotsRules,
    is_fresh,
    is_given_up,
    is_html,
    is_unreachable,
    parse,
    product_token,
)
from archiver.fetch.run.reason import META, Reason
from archiver.fetch.run.running import Running
from archiver.fetch.run.verdicts import why_error
from archiver.model.capture import Kind
from archiver.model.instant import rfc3339
from archiver.model.record import RecordId
from archiver.model.url import clean_url, host_of
from archiver.records.revisits import resolve_revisit

log = logging.getLogger(__name__)

PATH = "/robots.txt"
_PORTS = {"http": 80, "https": 443}
_LOOP = 310
"""Stands for the status of a file that is redirected without end: it counts as missing (2.3.1.2)."""
_NOT_OURS = (HostBackedOff, SiteClosed, HookNotReached)
"""What says nothing of the file: it ends the request that asked for it, too."""


class RobotsMiddleware:
    """See the module."""

    def __init__(self, crawler: Any) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._running = Running.of(crawler)
        self._token = product_token(self._running.config.user_agent)
        self._known: dict[str, RobotsRules] = {}
        self._asking: dict[str, asyncio.Task[RobotsRules]] = {}
        self._asked: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Any) -> RobotsMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request pass, or not. Raises ``RobotsRefused``, or what ended the request for the file.

        ``dont_obey_robotstxt`` in ``meta`` is not looked at: only ``[fetch] obey_robots`` lets a crawl pass by.
        """
        if Reason.of(request).kind is Kind.ROBOTS or urlsplit(request.url).path == PATH:
            return
        origin = origin_of(request.url)
        rules = await self._rules(origin, request)
        if not rules.allows(request.url):
            self._crawler.stats.inc_value("robotstxt/forbidden")
            raise RobotsRefused(request.url, rules.until, rules.unreachable)

    async def _rules(self, origin: str, request: Request) -> RobotsRules:
        known = self._known.get(origin)
        if known is not None and self._running.clock.now() < known.until:
            return known
        if origin not in self._asking:
            task = asyncio.ensure_future(self._learn(origin, request))
            self._asking[origin] = task
            task.add_done_callback(lambda _: self._asking.pop(origin, None))
        return await asyncio.shield(self._asking[origin])

    async def _learn(self, origin: str, request: Request) -> RobotsRules:
        try:
            rules = await asyncio.to_thread(self._remembered, origin)
            if rules is None:
                rules = await self._ask(origin)
        except ArchiverError as error:
            self._running.stop_because(error)
            raise
        self._known[origin] = rules
        self._slow_down(origin, rules)
        if rules.rp is not None:
            await self._crawler.signals.send_catch_log_async(signals.robots_parsed, robotparser=rules, request=request)
        return rules

    def _slow_down(self, origin: str, rules: RobotsRules) -> None:
        if rules.crawl_delay:
            host = host_of(origin)
            delays = self._running.crawl_delays
            most = self._running.config.fetch.max_crawl_delay
            delays[host] = max(delays.get(host, 0.0), min(rules.crawl_delay, most))

    # From the catalogue and the archive.

    def _remembered(self, origin: str) -> RobotsRules | None:
        state = self._running.session.catalog.robots.get(origin)
        if state is None or not is_fresh(state, self._running.clock.now()):
            return None
        if is_unreachable(state.status) and not self._running.options.due_only and origin not in self._asked:
            return None  # a person who crawls by hand may know that the network is back
        if is_unreachable(state.status) or not 200 <= (state.status or 0) < 300:
            return self._from_state(state)
        body = self._held(state.record_id)
        # Not held, or it can't be read now: then it is asked for again.
        return self._from_state(state, body) if body is not None else None

    def _held(self, record_id: RecordId | None) -> bytes | None:
        session = self._running.session
        capture = session.catalog.captures.by_record(record_id) if record_id else None
        original = resolve_revisit(session.catalog, capture) if capture is not None else None
        if original is None:
            return None
        try:
            message = session.read(original).http
        except (DamageFound, StorageError) as error:
            log.info("robots.txt of %s is held and can't be read: %s", original.url, error)
            return None
        return message.decoded(limit=PARSED + 1).data if message is not None else None

    def _from_state(self, state: RobotsState, body: bytes = b"") -> RobotsRules:
        until = state.retry_at or state.fetched_at + FRESH
        if is_unreachable(state.status):
            return RobotsRules(until, unreachable=None if is_given_up(state) else state.reason or "no answer")
        if not body:
            return RobotsRules(until)
        if is_html(body):
            log.info("%s%s is a web page: it holds no rules", state.origin, PATH)
            return RobotsRules(until)
        return RobotsRules(until, parse(body, self._token))

    # From the origin.

    async def _ask(self, origin: str) -> RobotsRules:
        self._asked.add(origin)
        catalog = self._running.session.catalog
        before = await asyncio.to_thread(catalog.robots.get, origin)
        state, body = await self._fetch(origin)
        if is_unreachable(state.status):
            state = self._out_of_reach(state, before)
            self._say_unreachable(state)
        await asyncio.to_thread(catalog.robots.put, state)
        if before is not None and is_unreachable(before.status) and not is_unreachable(state.status):
            now = self._running.steady.now()
            await asyncio.to_thread(catalog.frontier.recall, self._running.site.name, reason=UNREACHABLE, now=now)
        return await asyncio.to_thread(self._from_state, state, body)

    def _say_unreachable(self, state: RobotsState) -> None:
        until = rfc3339(state.retry_at) if state.retry_at is not None else "the next run"
        log.warning(
            "%s%s cannot be had (%s), so nothing is fetched from there until %s; `archiver crawl` asks again at once",
            state.origin,
            PATH,
            state.reason,
            until,
        )

    async def _fetch(self, origin: str) -> tuple[RobotsState, bytes]:
        asked = Request(
            clean_url(origin + PATH),
            meta={META: Reason(Kind.ROBOTS, hop="P").as_meta()},
            callback=NO_CALLBACK,
            dont_filter=True,
        )
        try:
            response: Response = await self._crawler.engine.download_async(asked)
        except (ArchiverError, *_NOT_OURS):
            raise
        except AddressRefused as error:
            if error.host != host_of(origin) and host_of(error.host) != host_of(origin):
                return self._state(origin, None, reason=why_error(error)), b""
            raise  # the page is refused for the same reason
        except IgnoreRequest as error:
            # Scrapy's way to say that there were more redirects than it follows, or more bytes than it unpacks.
            status = _LOOP if "redirect" in str(error) else None
            return self._state(origin, status, reason=why_error(error)), b""
        except Exception as error:  # noqa: BLE001  whatever kept the file from us, it is out of reach, and kept as the reason
            return self._state(origin, None, reason=why_error(error)), b""
        if "dataloss" in response.flags:
            return self._state(origin, None, reason="the connection broke"), b""
        warc = (response.request.meta.get("warc") or {}) if response.request is not None else {}
        state = self._state(origin, response.status, record_id=warc.get("record_id"))
        if is_unreachable(response.status):
            state = replace(state, reason=f"status {response.status}")
        return state, response.body[: PARSED + 1] if 200 <= response.status < 300 else b""

    def _state(
        self, origin: str, status: int | None, *, record_id: RecordId | None = None, reason: str | None = None
    ) -> RobotsState:
        return RobotsState(origin, self._running.clock.now(), status=status, record_id=record_id, reason=reason)

    def _out_of_reach(self, state: RobotsState, before: RobotsState | None) -> RobotsState:
        since = (before.unreachable_since if before is not None else None) or state.fetched_at
        # The longer it is so, the more patiently it is asked.
        retry: datetime = state.fetched_at + min(max(ASK_AGAIN, state.fetched_at - since), FRESH)
        rest = self._running.backoff.until(host_of(state.origin))
        if rest is not None:
            retry = min(max(retry, rest), state.fetched_at + FRESH)
        return replace(state, retry_at=retry, unreachable_since=since)


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, the port always there: ``https://news.example:443``."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{parts.port or _PORTS.get(parts.scheme, 0)}"
