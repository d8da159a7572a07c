"""Scrapy's scheduler over the catalogue's frontier: no URL lives only in memory.

Rows are leased in batches and given back one by one: when a callback is over (``CollectMiddleware``), or the last attempt
has failed, one transaction marks the row done, sets its next due time and adds what was found. Redirects and retries of a
leased row stay in memory; the row stays leased until their chain ends. A crash leaves leases, which end by themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request, Spider
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from archiver.catalog import FrontierEntry
from archiver.errors import NotHttpUrl
from archiver.fetch.errors import HostBackedOff, NotNow, RobotsRefused
from archiver.fetch.politeness.waiting import Waiting
from archiver.fetch.run.codec import ROW, NotStorable, to_entry, to_request
from archiver.fetch.run.due import due_after_refusal
from archiver.fetch.run.leased_row import Row
from archiver.fetch.run.ready import Ready
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.requisites import PRIORITY
from archiver.fetch.run.running import Running
from archiver.fetch.run.verdicts import is_captured, why_not
from archiver.fetch.run.visits import Visits
from archiver.model.capture import Kind
from archiver.model.run import Outcome
from archiver.model.url import host_of

log = logging.getLogger(__name__)

BATCH = 50
"""Rows in one lease."""
READY = 200
"""Rows that are leased ahead at most, in search of hosts that have room."""
MOST_READY = 1000
"""Rows that are leased ahead at most where hosts stand in each other's way."""
CROWD_LOOK = 10.0
"""Seconds until other hosts are looked for again, where there were none."""
AFTER_LIMIT = 300
"""Requisites that are still fetched for each page once no more pages are."""
LEASE = 600.0
"""Seconds for which rows are leased; they are renewed while the run lives."""
OWN_SOURCES, SOURCES = 900, 500
"""The lowest priority of a source that the site file names, and of any source."""
FEW = 10
"""Pages in one lease where sources that they name go first."""
PAUSE_LOOK = 0.5
"""Seconds between two looks whether a pause is over."""


class FrontierScheduler:
    """See ``scrapy.core.scheduler.BaseScheduler``."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._running = Running.of(crawler)
        self._ready = Ready(self._has_room)
        self._again: deque[Request] = deque()
        self._rows: dict[str, Row] = {}
        self._busy: Counter[str] = Counter()
        self._over: set[str] = set()
        self._new: list[tuple[FrontierEntry, bool]] = []
        self._backoffs_of_others: dict[str, datetime] = {}
        self._put_back: list[tuple[str, datetime]] = []
        self._trapped: list[tuple[str, str]] = []
        self._waiting = Waiting(self._running.backoff, self._look_again)
        self._closed: str | None = None
        self._visits = Visits(self._running)
        self._maybe_more = True
        self._no_others_until = 0.0
        self._since: datetime | None = None
        self._pages = 0
        self._after_limit = 0
        self._refilling: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._pausing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> FrontierScheduler:
        """Made by Scrapy."""
        return cls(crawler)

    def open(self, spider: Spider) -> Deferred[None] | None:
        """Begin; what dead runs of this site held is free, the session saw to it."""
        self._spider = spider
        self._session = self._running.session
        self._frontier = self._session.catalog.frontier
        self._site = self._running.site.name
        # Due times and leases are counted by a clock that nobody can put back: what was found an hour ago stays due.
        self._clock = self._running.steady
        if getattr(spider, "only_own", False):
            self._since = self._clock.now()
        return deferred_from_coro(self._open())

    async def _open(self) -> None:
        await asyncio.to_thread(self._learn)
        self._running.backoff.listen(self._on_hold)
        self._renewing = asyncio.ensure_future(self._renew())

    def _learn(self) -> None:
        """What earlier runs used up of the day."""
        allowance, budget = self._running.allowance, self._visits.budget
        captures = self._session.catalog.captures
        if allowance.is_daily:
            allowance.spent_before(*captures.spent(self._site, since=allowance.day_begins()))
        if budget.is_limited:
            budget.spent_before(captures.looks_again(self._site, since=budget.day_begins()))

    def close(self, reason: str) -> Deferred[None] | None:
        """Finish what is being finished, and give the rest back."""
        if self._running.bounds.left and reason == "finished":
            self._running.outcome = self._running.outcome or Outcome.LIMIT
        if self._waiting.hosts and reason == "finished":
            self._running.outcome = self._running.outcome or Outcome.LIMIT
            log.warning("what is due of %s is left for a later run", ", ".join(self._waiting.hosts))
        return deferred_from_coro(self._close())

    async def _close(self) -> None:
        for task in (self._renewing, self._pausing):
            if task is not None:
                task.cancel()
        self._waiting.close()
        tasks = [row.finishing for row in self._rows.values() if row.finishing is not None]
        await asyncio.gather(*tasks, *([self._refilling] if self._refilling else []))
        await self._store(self._release)

    def _release(self) -> None:
        self._add_new()
        self._set_aside()
        self._put_off()
        self._frontier.release(self._session.run_id)

    # What Scrapy's engine asks for.

    def has_pending_requests(self) -> bool:
        """Whether anything of this site may still be due."""
        under_way = bool(self._again or self._rows or self._refilling)
        if self._running.error or self._is_closed():
            return under_way
        if self._limit_reached:
            return under_way or (self._may_finish and (bool(self._ready.requisites) or self._maybe_more))
        return under_way or bool(self._ready or self._new) or self._maybe_more or self._is_waiting

    def enqueue_request(self, request: Request) -> bool:
        """Take a redirect or retry of a leased row; whatever else comes becomes a row of its own."""
        if request.meta.get(ROW) in self._rows:
            self._again.append(request)
            return True
        reason = Reason.told(request) or Reason(hop="")
        try:
            entry = self.entry_of(request, reason)
        except (NotStorable, NotHttpUrl) as error:
            self._running.stop_because(error)
            return False
        self._new.append((entry, bool(request.meta.get("refresh"))))
        return True

    def next_request(self) -> Request | None:
        """The next request; None when there is none now, while more may be on its way from the catalogue."""
        if self._running.error is not None or self._crawler.engine._start is not None:
            # Sources are rows before anything is fetched, or a link to one would make it a page.
            return None
        if self._again:
            return self._again.popleft()
        over, closed = self._limit_reached, self._is_closed()
        if over or closed:
            self._running.outcome = self._running.outcome or Outcome.LIMIT
            if closed or not self._may_finish:
                return None
        if self._is_paused():
            return None
        entry = self._take(only_requisites=over)
        if entry is None:
            return None
        self._after_limit += over
        row = Row(entry)
        self._rows[row.key] = row
        self._busy[row.host] += 1
        self._pages += row.entry.kind is Kind.PAGE
        return to_request(row.entry, spider=self._spider, errback=self._on_failure)

    def _is_paused(self) -> bool:
        """Whether nothing may be leased now: the store is away and the spool full."""
        if self._pausing is None and self._session.paused is not None:
            self._pausing = asyncio.ensure_future(self._pause())
        return self._pausing is not None

    async def _pause(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._running.config.spool.max_pause * 3600
        log.warning("%s is paused until the store takes what waits: %s", self._site, self._session.paused)
        while self._session.paused is not None:
            if loop.time() >= until:
                log.warning("%s was paused for too long and ends; what it did not fetch is due again", self._site)
                self._running.stop("paused", Outcome.STOPPED)
                return
            await asyncio.sleep(PAUSE_LOOK)
        log.warning("%s goes on", self._site)
        self._pausing = None
        self._wake()

    def _take(self, *, only_requisites: bool) -> FrontierEntry | None:
        ready = self._ready
        wanting = not ready.requisites if only_requisites else not ready.pages and ready.requisites < READY
        if self._new or wanting:
            self._refill_soon()
        entry = self._ready.take(only_requisites=only_requisites)
        if entry is None and len(ready) < READY:
            self._refill_soon()
        elif entry is None and len(ready) < MOST_READY and asyncio.get_running_loop().time() >= self._no_others_until:
            # What is due of one host fills the line: others of the site may be idle.
            self._refill_soon(without=ready.crowded())
        return entry

    def _has_room(self, host: str) -> bool:
        return (
            self._running.backoff.until(host) is None
            and self._busy[host] < 2 * self._running.politeness.pace(host).concurrency
        )

    @property
    def _limit_reached(self) -> bool:
        limit = self._running.options.limit
        return limit is not None and self._pages >= limit

    @property
    def _may_finish(self) -> bool:
        """Whether what the captured pages need is still fetched, though no more pages are."""
        return self._after_limit < AFTER_LIMIT * max(1, self._pages)

    # From the catalogue to us.

    def _refill_soon(self, *, without: frozenset[str] = frozenset()) -> None:
        if self._refilling is None and (self._maybe_more or self._new):
            self._refilling = asyncio.ensure_future(self._refill(without))

    async def _refill(self, without: frozenset[str]) -> None:
        # Of the hosts that were passed over there is more, whatever comes.
        self._maybe_more = bool(without)
        self._ready.drop(self._is_held)
        busy = bool(self._rows or self._ready)
        entries: list[FrontierEntry] | None = await self._store(lambda: self._lease(busy=busy, without=without))
        self._refilling = None
        self._running.backoff.learn(self._backoffs_of_others)
        for entry in entries or ():
            # What fell due again while this run goes on is for the next one.
            known = entry.key in self._over or entry.key in self._rows
            if not (known or self._is_held(entry) or self._is_out_of_bounds(entry) or self._is_over_budget(entry)):
                self._ready.add(entry)
        if entries:
            self._maybe_more = True
        elif without:
            self._no_others_until = asyncio.get_running_loop().time() + CROWD_LOOK
        self._maybe_more = self._maybe_more or bool(self._put_back)
        self._wake()

    def _lease(self, *, busy: bool, without: frozenset[str]) -> list[FrontierEntry]:
        """Rows to fetch; ``busy`` says that some are under way, whose answers may name sources, ``without`` are hosts that have enough."""
        self._add_new()
        self._set_aside()
        self._put_off()
        self._backoffs_of_others = self._session.catalog.hosts.held(self._clock.now())
        if self._limit_reached:
            return self._lease_some(without, at_most=PRIORITY)
        if self._running.options.sources_first:
            sources = self._lease_some(without, at_least=SOURCES)
            return sources if sources or busy else self._lease_some(without, limit=FEW)
        leased = self._lease_some(without)
        # Behind thousands of pages no requisite would have its turn.
        if not self._ready.requisites and all(entry.kind is not Kind.REQUISITE for entry in leased):
            leased += self._lease_some(without, at_most=PRIORITY)
        return leased

    def _lease_some(
        self,
        without: frozenset[str],
        *,
        at_most: int | None = None,
        at_least: int | None = None,
        limit: int = BATCH,
    ) -> list[FrontierEntry]:
        leased: list[FrontierEntry] = self._frontier.lease(
            self._site,
            run=self._session.run_id,
            limit=limit,
            now=self._clock.now(),
            seconds=LEASE,
            at_most=at_most,
            at_least=OWN_SOURCES if self._running.options.sources_only else at_least,
            without=without,
            since=self._since,
        )
        return leased

    def _add_new(self) -> None:
        new, self._new = self._new, []
        for refresh in (True, False):
            entries = [entry for entry, wanted in new if wanted is refresh]
            if entries:
                self._frontier.add(entries, refresh=refresh)

    # What is too much, or leads nowhere.

    def _is_out_of_bounds(self, entry: FrontierEntry) -> bool:
        """Whether this run does not take a row: it is kept as trapped, or stays leased until the run's end, then due."""
        why = self._running.bounds.why_trapped(entry)
        if why is not None:
            self._trapped.append((entry.key, why))
            return True
        return not self._running.bounds.admits(entry)

    def _is_over_budget(self, entry: FrontierEntry) -> bool:
        """Whether a known page waits, since enough of them were looked at for this hour or day."""
        until = self._visits.budget.spend() if entry.kind is Kind.PAGE and entry.visits else None
        if until is None:
            return False
        self._put_back.append((entry.key, until))
        return True

    def _set_aside(self) -> None:
        trapped, self._trapped = self._trapped, []
        for key, why in trapped:
            self._frontier.failed(self._site, key, now=self._clock.now(), next_due=None, reason=why)

    # Hosts that asked for a rest.

    def _on_hold(self, host: str) -> None:
        """A host is held back from now on: what was taken for it makes room for others."""
        if self._ready.has(host):
            self._look_again()

    def _look_again(self) -> None:
        self._maybe_more = True
        self._wake()

    def _is_held(self, entry: FrontierEntry) -> bool:
        """Whether a row's host is held back; then the row goes back to the frontier, due when the rest is over."""
        host = host_of(entry.url)
        until = self._running.backoff.until(host)
        if until is None:
            return False
        self._put_back.append((entry.key, until))
        self._waiting.wait_for(host)
        return True

    def _put_off(self) -> None:
        back, self._put_back = self._put_back, []
        for until in {until for _, until in back}:
            self._frontier.put_off(self._site, [key for key, at in back if at == until], until=until)

    @property
    def _is_waiting(self) -> bool:
        """Whether a host's rest ends so soon that the run stays for it."""
        return self._waiting.is_worth_it(self._running.config.fetch.hold_wait)

    def _is_closed(self) -> bool:
        """Whether the site's hours are over, or its day's budget spent. Said once; what is due stays due."""
        why = self._running.allowance.refuses()
        if why and self._closed is None:
            log.warning("nothing more is fetched: %s; what is due stays due", why)
        self._closed = why or self._closed
        return why is not None

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE / 3)
            await self._store(self._hold_on)

    def _hold_on(self) -> int:
        until = self._clock.now() + timedelta(seconds=LEASE)
        held: int = self._frontier.renew(self._session.run_id, until=until)
        return held

    # From us to the catalogue: the second commit.

    def row_of(self, request: Request | None) -> Row | None:
        """The leased row for which ``request`` was made; None for robots.txt and the like."""
        return self._rows.get(request.meta.get(ROW, "")) if request is not None else None

    def entry_of(self, request: Request, reason: Reason) -> FrontierEntry:
        """The row that a spider's request becomes. Raises ``NotStorable`` and ``NotHttpUrl``."""
        return to_entry(
            request,
            spider=self._spider,
            site=self._site,
            key=self._running.key(request.url),
            reason=reason,
            now=self._clock.now(),
        )

    def finish(self, row: Row) -> asyncio.Task[None]:
        """The second commit of a row; the same task however often it is asked for."""
        if row.finishing is None:
            row.finishing = asyncio.ensure_future(self._finish(row))
        return row.finishing

    async def _finish(self, row: Row) -> None:
        if row.entry.kind is Kind.PAGE and not row.answered:
            self._pages -= 1
            self._maybe_more = True  # a page more may be taken
        if self._running.error is None:
            new = await self._store(lambda: self._commit(row))
            # Pages may have waited for this answer.
            self._maybe_more = self._maybe_more or bool(new) or self._running.options.sources_first
        if isinstance(row.error, HostBackedOff):
            self._waiting.wait_for(row.error.host)
        if not isinstance(row.error, NotNow) or isinstance(row.error, RobotsRefused):
            self._over.add(row.key)
        del self._rows[row.key]
        self._busy[row.host] -= 1
        self._wake()

    def _commit(self, row: Row) -> int:
        now = self._clock.now()
        reason = why_not(row)
        if reason is None:
            new: int = self._frontier.done(
                self._site,
                row.key,
                now=now,
                decide=self._visits.decide(row, now=now),
                status=row.status,
                candidates=list(row.candidates.values()),
                stale_before=now - timedelta(days=self._running.config.fetch.requisite_age),
                wakes=self._visits.wakes(now=now),
                renew=self._since is not None,
            )
            return new
        if isinstance(row.error, NotNow):
            self._give_back(row, row.error, now)
            return 0
        state = self._frontier.get(self._site, row.key)
        attempts = (state.attempts if state else 0) + 1
        try_again = self._visits.due_after_failures(row, now=now, failures=attempts, why=reason)
        rest = self._running.backoff.until(row.host)
        if rest is not None and try_again is not None:
            try_again = max(try_again, rest)
        self._frontier.failed(self._site, row.key, now=now, next_due=try_again, reason=reason)
        return 0

    def _give_back(self, row: Row, error: NotNow, now: datetime) -> None:
        """Nothing was sent for a row: that is no attempt, and it is due as before, or when it makes sense to look again."""
        until: datetime | None = None
        reason: str | None = None
        if isinstance(error, RobotsRefused):
            reason = error.why
            until = error.again if error.unreachable else due_after_refusal(row.entry, now=now)
        elif isinstance(error, HostBackedOff):
            until = error.until
        self._frontier.put_off(self._site, [row.key], until=until, reason=reason)

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

    async def _store(self, work: Callable[[], Any]) -> Any:
        """Run a catalogue call in a thread; its error, typed or a bug of ours, stops the run and comes out of ``crawl``."""
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001  it comes out of crawl()
            self._running.stop_because(error)
            return None

    def _wake(self) -> None:
        engine = self._crawler._engine
        if engine is not None and engine._slot is not None:
            engine._slot.nextcall.schedule()
