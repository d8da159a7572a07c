"""Scrapy's downloader, kinder: the last gate before a request is sent, whatever it is for.

Pages, redirect hops, retries and robots.txt all pass here, so that delay, Crawl-delay, a host's rest, and a site's hours and
budget hold for every one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from time import monotonic
from typing import Any

from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.http import Response
from scrapy.utils.asyncio import call_later
from scrapy.utils.defer import _schedule_coro
from twisted.python.failure import Failure

from archiver.fetch.errors import HostBackedOff, IdleDropped, NotNow, SiteClosed
from archiver.fetch.network.handler import FRESH
from archiver.fetch.network.wire import on_sent
from archiver.fetch.run.running import Running
from archiver.model.url import host_of


class HostSlot(Slot):
    """The requests for one host. ``least`` gives the delay that robots.txt asks for, which is never undercut.

    Jitter only lengthens: a site that was promised a pause gets it. ``unsent`` is the request that has not come
    to the server yet, as far as we know: the pause after it begins there.
    """

    def __init__(
        self, host: str, *, concurrency: int, delay: float, jitter: float, least: Callable[[], float], random: Random
    ) -> None:
        self.host = host
        self._least = least
        self._random = random
        self._longer = jitter
        self._drawn_for: float | None = None
        self._factor = 1.0
        self.unsent: Request | None = None
        super().__init__(concurrency, delay, 0.0)

    @property
    def delay(self) -> float:
        """Seconds between two requests. AutoThrottle sets it anew after each response."""
        return max(self._delay, self._least())

    @delay.setter
    def delay(self, seconds: float) -> None:
        self._delay = seconds

    def download_delay(self) -> float:
        """The delay after the last request: drawn once for each, however often it is asked for."""
        if self._drawn_for != self.lastseen:
            self._drawn_for = self.lastseen
            self._factor = 1.0 + self._random.uniform(0.0, max(0.0, self._longer))
        return self.delay * self._factor


class PoliteDownloader(Downloader):
    """See the module."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._running = Running.of(crawler)

    def get_slot_key(self, request: Request) -> str:
        """The host of the URL: a redirect that leads elsewhere is that host's request."""
        return host_of(request.url)

    def _get_slot(self, request: Request, spider: Any = None) -> tuple[str, Slot]:  # noqa: ARG002  Scrapy's signature
        host = self.get_slot_key(request)
        if host not in self.slots:
            running = self._running
            pace = running.politeness.pace(host)
            throttled = running.politeness.throttle and not running.connect_to.covers_host(host)
            self.slots[host] = HostSlot(
                host,
                concurrency=pace.concurrency,
                delay=max(pace.delay, self._delay) if throttled else pace.delay,
                jitter=running.config.fetch.jitter,
                least=lambda: running.crawl_delays.get(host, 0.0),
                random=running.random,
            )
            self._start_slot_gc()
        return host, self.slots[host]

    def _process_queue(self, slot: Any) -> None:
        while slot.queue and not slot.latercall and slot.unsent is None:
            closed = self._running.allowance.refuses()
            if closed:
                self._give_back(slot, SiteClosed(closed))
                return
            rest = self._running.backoff.left(slot.host)
            if rest > self._running.config.fetch.hold_wait:
                until = self._running.steady.now() + timedelta(seconds=rest)
                self._give_back(slot, HostBackedOff(slot.host, until))
                return
            wait = max(rest, slot.lastseen + slot.download_delay() - monotonic())
            if wait > 0:
                slot.latercall = call_later(wait, self._latercall, slot)
                return
            if slot.free_transfer_slots() <= 0:
                return
            self._send_next(slot)

    def _send_next(self, slot: Any) -> None:
        slot.lastseen = monotonic()
        request, waiting = slot.queue.popleft()
        # Scrapy counts it only when its task begins, and would send all that waits at once.
        slot.transferring.add(request)
        slot.unsent = request if slot.delay else None
        _schedule_coro(self._wait_for_download(slot, request, waiting))

    def _give_back(self, slot: Any, error: NotNow) -> None:
        while slot.queue:
            _, waiting = slot.queue.popleft()
            waiting.errback(error)

    async def _wait_for_download(self, slot: Any, request: Request, queue_dfd: Any) -> None:
        try:
            response = await self._download(slot, request)
        except IdleDropped:
            # The next in turn, after the pause: the server may have seen the first.
            request.meta[FRESH] = True
            slot.queue.appendleft((request, queue_dfd))
            self._process_queue(slot)
        except Exception:  # noqa: BLE001  as Scrapy does: it goes to who waits
            queue_dfd.errback(Failure())  # type: ignore[no-untyped-call]
        else:
            queue_dfd.callback(response)

    async def _download(self, slot: Any, request: Request) -> Response:
        try:
            self._running.allowance.enter()
        except SiteClosed:
            slot.transferring.discard(request)
            self._is_sent(slot, request)
            raise
        on_sent.set(lambda: self._is_sent(slot, request))
        try:
            return await super()._download(slot, request)
        finally:
            # Where no connection came about, nothing was sent.
            self._is_sent(slot, request)

    def _is_sent(self, slot: Any, request: Request) -> None:
        """The pause after a request begins; the next one may be looked at."""
        if slot.unsent is request:
            slot.unsent = None
            slot.lastseen = monotonic()
        self._process_queue(slot)
