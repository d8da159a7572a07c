"""Scrapy's scheduler over the catalogue's frontier: no URL lives only in memory.

A thin adapter: ``LeaseQueue`` decides what goes next, ``SecondCommit`` ends a row; here they meet Scrapy's engine and the event
loop. Redirects and retries of a leased row stay in memory; the row stays leased until their chain ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from scrapy import Request, Spider
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from archiver.catalog import FrontierEntry
from archiver.config.sites import all_sites
from archiver.errors import NotHttpUrl
from archiver.fetch.errors import HostBackedOff, NotNow, RobotsRefused
from archiver.fetch.politeness.waiting import Waiting
from archiver.fetch.run.codec import ROW, NotStorable, to_entry, to_request
from archiver.fetch.run.lease_queue import LEASE, Leased, LeaseQueue, Refill
from archiver.fetch.run.leased_row import LeasedRow
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.running import Running
from archiver.fetch.run.second_commit import SecondCommit
from archiver.fetch.run.verdicts import is_captured, why_not
from archiver.fetch.run.visits import Visits
from archiver.model.run import Outcome

log = logging.getLogger(__name__)

PAUSE_LOOK = 0.5
"""Seconds between two looks whether a pause is over."""
_Result = TypeVar("_Result")


class FrontierScheduler:
    """See ``scrapy.core.scheduler.BaseScheduler``."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._running = Running.of(crawler)
        self._retries: deque[Request] = deque()
        self._waiting = Waiting(self._running.backoff, self._look_again)
        self._closed: str | None = None
        self._refilling: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._pausing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> FrontierScheduler:
        """Made by Scrapy."""
        return cls(crawler)

    def open(self, spider: Spider) -> Deferred[None] | None:
        """Begin; what dead runs of this site had leased is free, the session saw to it."""
        running, session = self._running, self._running.session
        self._spider = spider
        self._visits = Visits(running)
        # Due times and leases are counted by a clock that nobody can put back: what was found an hour ago stays due.
        since = running.steady.now() if getattr(spider, "only_own", False) else None
        self._queue = LeaseQueue(
            session.catalog,
            site=running.site.name,
            run_id=session.run_id,
            clock=running.steady,
            options=running.options,
            bounds=running.bounds,
            backoff=running.backoff,
            revisits=self._visits.budget,
            concurrency=lambda host: running.politeness.pace(host).concurrency,
            on_backed_off=self._waiting.wait_for,
            others=self._other_hosts(),
            since=since,
        )
        self._commit = SecondCommit(running, self._visits, renew=since is not None)
        return deferred_from_coro(self._open())

    def _other_hosts(self) -> frozenset[str]:
        """Hosts of the known site that a crawl of one of its hosts leaves to the site's own runs."""
        site = self._running.site
        known = all_sites(self._running.config).get(site.name) if self._running.by_url else None
        return known.host_names - site.host_names if known is not None else frozenset()

    async def _open(self) -> None:
        await asyncio.to_thread(self._learn_spent)
        self._running.backoff.listen(self._on_backoff)
        self._renewing = asyncio.ensure_future(self._renew())

    def _learn_spent(self) -> None:
        """What earlier runs used up of the day."""
        running = self._running
        captures, site = running.session.catalog.captures, running.site.name
        if running.allowance.is_daily:
            running.allowance.spent_before(*captures.spent(site, since=running.allowance.day_begins()))
        if self._visits.budget.is_limited:
            self._visits.budget.spent_before(captures.looks_again(site, since=self._visits.budget.day_begins()))

    def close(self, reason: str) -> Deferred[None] | None:
        """Finish what is being finished, and give the rest back."""
        if reason == "finished" and (self._running.bounds.left or self._waiting.hosts):
            self._running.outcome = self._running.outcome or Outcome.LIMIT
            if self._waiting.hosts:
                log.warning("what is due of %s is left for a later run", ", ".join(self._waiting.hosts))
        return deferred_from_coro(self._close())

    async def _close(self) -> None:
        for task in (self._renewing, self._pausing):
            if task is not None:
                task.cancel()
        self._waiting.close()
        tasks = [row.finishing for row in self._queue.rows if row.finishing is not None]
        await asyncio.gather(*tasks, *([self._refilling] if self._refilling else []))
        await self._in_thread(self._queue.release)

    # What Scrapy's engine asks for.

    def has_pending_requests(self) -> bool:
        """Whether anything of this site may still be due."""
        if self._retries or self._queue.rows or self._refilling:
            return True
        if self._running.error or self._is_closed():
            return False
        waits = not self._queue.limit_reached and self._waiting.is_worth_it(self._running.config.fetch.hold_wait)
        return self._queue.has_more or waits

    def enqueue_request(self, request: Request) -> bool:
        """Take a redirect or retry of a leased row; whatever else comes becomes a row of its own."""
        if self.row_of(request) is not None:
            self._retries.append(request)
            return True
        reason = Reason.told(request) or Reason(hop="")
        try:
            entry = self.entry_of(request, reason)
        except (NotStorable, NotHttpUrl) as error:
            self._running.stop_because(error)
            return False
        self._queue.add(entry, refresh=bool(request.meta.get("refresh")))
        return True

    def next_request(self) -> Request | None:
        """The next request; None when there is none now, while more may be on its way from the catalogue."""
        if self._running.error is not None or self._crawler.engine._start is not None:
            # Sources are rows before anything is fetched, or a link to one would make it a page.
            return None
        if self._retries:
            return self._retries.popleft()
        closed = self._is_closed()
        if closed or self._queue.limit_reached:
            self._running.outcome = self._running.outcome or Outcome.LIMIT
            if closed or not self._queue.may_take_requisites:
                return None
        if self._is_paused():
            return None
        row = self._queue.take()
        self._refill_soon(starved=row is None)
        return to_request(row.entry, spider=self._spider, errback=self._on_failure) if row is not None else None

    def _is_closed(self) -> bool:
        """Whether the site's hours are over, or its day's budget spent. Said once; what is due stays due."""
        why = self._running.allowance.refuses()
        if why and self._closed is None:
            log.warning("nothing more is fetched: %s; what is due stays due", why)
        self._closed = why or self._closed
        return why is not None

    def _is_paused(self) -> bool:
        """Whether nothing may be leased now: the store is away and the spool full."""
        if self._pausing is None and self._running.session.paused is not None:
            self._pausing = asyncio.ensure_future(self._pause())
        return self._pausing is not None

    async def _pause(self) -> None:
        loop, session, site = asyncio.get_running_loop(), self._running.session, self._running.site.name
        until = loop.time() + self._running.config.spool.max_pause * 3600
        log.warning("%s is paused until the store takes what waits: %s", site, session.paused)
        while session.paused is not None:
            if loop.time() >= until:
                log.warning("%s was paused for too long and ends; what it did not fetch is due again", site)
                self._running.stop("paused", Outcome.STOPPED)
                return
            await asyncio.sleep(PAUSE_LOOK)
        log.warning("%s goes on", site)
        self._pausing = None
        self._wake()

    # From the catalogue to us.

    def _refill_soon(self, *, starved: bool) -> None:
        if self._refilling is not None:
            return
        refill = self._queue.refill(starved=starved, now=asyncio.get_running_loop().time())
        if refill is not None:
            self._refilling = asyncio.ensure_future(self._refill(refill))

    async def _refill(self, refill: Refill) -> None:
        leased = await self._in_thread(lambda: self._queue.lease(refill))
        self._refilling = None
        self._queue.accept(refill, leased or Leased(), now=asyncio.get_running_loop().time())
        self._wake()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE / 3)
            await self._in_thread(self._queue.renew)

    def _on_backoff(self, host: str) -> None:
        """A host asked to be left alone: what was taken for it makes room for others."""
        if self._queue.waits_for(host):
            self._look_again()

    def _look_again(self) -> None:
        self._queue.expect_more()
        self._wake()

    # From us to the catalogue: the second commit.

    def row_of(self, request: Request | None) -> LeasedRow | None:
        """The leased row for which ``request`` was made; None for robots.txt and the like."""
        return self._queue.row(request.meta.get(ROW, "")) if request is not None else None

    def entry_of(self, request: Request, reason: Reason) -> FrontierEntry:
        """The row that a spider's request becomes. Raises ``NotStorable`` and ``NotHttpUrl``."""
        return to_entry(
            request,
            spider=self._spider,
            site=self._running.site.name,
            key=self._running.key(request.url),
            reason=reason,
            now=self._running.steady.now(),
        )

    def finish(self, row: LeasedRow) -> asyncio.Task[None]:
        """The second commit of a row; the same task however often it is asked for."""
        if row.finishing is None:
            row.finishing = asyncio.ensure_future(self._finish(row))
        return row.finishing

    async def _finish(self, row: LeasedRow) -> None:
        new = None
        if self._running.error is None:
            new = await self._in_thread(lambda: self._commit.write(row))
        self._queue.end(row, found=bool(new))
        if isinstance(row.error, HostBackedOff):
            self._waiting.wait_for(row.error.host)
        self._wake()

    async def _on_failure(self, failure: Any) -> None:
        """The last attempt for a row gave no response, or a middleware refused it."""
        request: Request = failure.request
        row = self.row_of(request)
        if row is None:
            return
        row.error = failure.value
        row.answered = is_captured(request)
        if not row.answered and (not isinstance(row.error, NotNow) or isinstance(row.error, RobotsRefused)):
            self._running.unanswered = why_not(row)
        log.info("%s: %s", row.entry.url, why_not(row))
        await self.finish(row)

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result | None:
        """Run a catalogue call in a thread; its error, typed or not, stops the run and comes out of ``crawl``."""
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001  it comes out of crawl()
            self._running.stop_because(error)
            return None

    def _wake(self) -> None:
        engine = self._crawler._engine
        if engine is not None and engine._slot is not None:
            engine._slot.nextcall.schedule()
