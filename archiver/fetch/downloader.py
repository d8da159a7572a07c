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

from archiver.fetch.errors import HostHeld, NotNow, SiteClosed
from archiver.fetch.running import Running
from archiver.model.url import host_of


class HostSlot(Slot):
    """The requests for one host. ``least`` gives the delay that robots.txt asks for, which is never undercut.

    Jitter only lengthens: a site that was promised a pause gets it.
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
        while slot.queue and not slot.latercall:
            closed = self._running.allowance.refuses()
            if closed:
                self._give_back(slot, SiteClosed(closed))
                return
            rest = self._running.holds.left(slot.host)
            if rest > self._running.config.fetch.hold_wait:
                until = self._running.steady.now() + timedelta(seconds=rest)
                self._give_back(slot, HostHeld(slot.host, until))
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
        _schedule_coro(self._wait_for_download(slot, request, waiting))

    def _give_back(self, slot: Any, error: NotNow) -> None:
        while slot.queue:
            _, waiting = slot.queue.popleft()
            waiting.errback(error)

    async def _download(self, slot: Any, request: Request) -> Response:
        try:
            self._running.allowance.enter()
        except SiteClosed:
            slot.transferring.discard(request)
            self._process_queue(slot)
            raise
        return await super()._download(slot, request)
