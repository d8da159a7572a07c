"""The queue of one run: rows of the frontier leased in batches, handed out one by one as their hosts have room.

Nothing here knows Scrapy. ``take``, ``add``, ``end`` and ``accept`` are called in the event loop and touch memory only; ``lease``,
``renew`` and ``release`` talk to the catalogue and block. A crash leaves leases, which end by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archiver.catalog import Catalog, FrontierEntry
from archiver.fetch.errors import NotNow, RobotsRefused
from archiver.fetch.politeness.day_budget import RevisitBudget
from archiver.fetch.politeness.host_backoff import HostBackoff
from archiver.fetch.run.bounds import Bounds
from archiver.fetch.run.leased_row import LeasedRow
from archiver.fetch.run.options import CrawlOptions
from archiver.fetch.run.ready import Ready
from archiver.fetch.run.requisites import PRIORITY
from archiver.model.capture import Kind
from archiver.model.instant import Clock
from archiver.model.url import host_of

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


@dataclass(frozen=True, slots=True)
class Refill:
    """One lease to be made. ``without`` are hosts of which enough rows wait; ``busy`` says that rows are under way, whose
    answers may name sources."""

    without: frozenset[str]
    busy: bool


@dataclass(frozen=True, slots=True)
class Leased:
    """What a lease gave: rows, and until when hosts asked other runs to leave them alone."""

    entries: list[FrontierEntry] = field(default_factory=list)
    backoffs: Mapping[str, datetime] = field(default_factory=dict)


class LeaseQueue:
    """See the module.

    ``concurrency`` gives the requests that a host may have under way; ``on_backed_off`` hears of hosts for which rows wait
    until their backoff ends; ``others`` are hosts of the site whose pages are none of this run's; ``since`` limits leases to rows
    that were found from then on.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        site: str,
        run_id: str,
        clock: Clock,
        options: CrawlOptions,
        bounds: Bounds,
        backoff: HostBackoff,
        revisits: RevisitBudget,
        concurrency: Callable[[str], int],
        on_backed_off: Callable[[str], None],
        others: frozenset[str] = frozenset(),
        since: datetime | None = None,
    ) -> None:
        self._catalog = catalog
        self._frontier = catalog.frontier
        self._site = site
        self._run_id = run_id
        self._clock = clock
        self._options = options
        self._bounds = bounds
        self._backoff = backoff
        self._revisits = revisits
        self._concurrency = concurrency
        self._on_backed_off = on_backed_off
        self._others = others
        self._since = since
        self._ready = Ready(self._has_room)
        self._rows: dict[str, LeasedRow] = {}
        self._busy: Counter[str] = Counter()
        self._over: set[str] = set()
        self._new: list[tuple[FrontierEntry, bool]] = []
        self._put_back: list[tuple[str, datetime]] = []
        self._trapped: list[tuple[str, str]] = []
        self._maybe_more = True
        self._no_others_until = 0.0
        self._pages = 0
        self._after_limit = 0

    # What is there.

    def row(self, key: str) -> LeasedRow | None:
        """The row that is under way for ``key``."""
        return self._rows.get(key)

    @property
    def rows(self) -> list[LeasedRow]:
        """All rows that are under way."""
        return list(self._rows.values())

    @property
    def has_more(self) -> bool:
        """Whether another row may still come, those under way aside."""
        if self.limit_reached:
            return self.may_take_requisites and (bool(self._ready.requisites) or self._maybe_more)
        return bool(self._ready or self._new) or self._maybe_more

    @property
    def limit_reached(self) -> bool:
        """Whether the run has as many pages as it may have."""
        limit = self._options.limit
        return limit is not None and self._pages >= limit

    @property
    def may_take_requisites(self) -> bool:
        """Whether what the captured pages need is still fetched, though no more pages are."""
        return self._after_limit < AFTER_LIMIT * max(1, self._pages)

    def waits_for(self, host: str) -> bool:
        """Whether a leased row of ``host`` has not been handed out."""
        return self._ready.has(host)

    def expect_more(self) -> None:
        """Something has become due: the next refill looks for it."""
        self._maybe_more = True

    # In and out.

    def add(self, entry: FrontierEntry, *, refresh: bool) -> None:
        """Take a new row, written at the next lease; with ``refresh`` one that is known already is due again."""
        self._new.append((entry, refresh))

    def take(self) -> LeasedRow | None:
        """The next row whose host has room; None where there is none now. Requisites only, once the limit is reached."""
        over = self.limit_reached
        if over and not self.may_take_requisites:
            return None
        entry = self._ready.take(only_requisites=over)
        if entry is None:
            return None
        self._after_limit += over
        row = LeasedRow(entry)
        self._rows[row.key] = row
        self._busy[row.host] += 1
        self._pages += entry.kind is Kind.PAGE
        return row

    def end(self, row: LeasedRow, *, found: bool) -> None:
        """A row is over; ``found`` says that its answer brought new rows."""
        if row.entry.kind is Kind.PAGE and not row.answered:
            self._pages -= 1
            self._maybe_more = True  # a page more may be taken
        # Pages may have waited for this answer.
        self._maybe_more = self._maybe_more or found or self._options.sources_first
        if not isinstance(row.error, NotNow) or isinstance(row.error, RobotsRefused):
            self._over.add(row.key)
        del self._rows[row.key]
        self._busy[row.host] -= 1

    def _has_room(self, host: str) -> bool:
        return self._backoff.until(host) is None and self._busy[host] < 2 * self._concurrency(host)

    # From the catalogue.

    def refill(self, *, starved: bool, now: float) -> Refill | None:
        """The lease that should be made now, if any. ``starved`` says that nothing could be taken; ``now`` is a monotonic time
        in seconds. Whoever gets one calls ``lease`` with it in a thread, and then ``accept``."""
        ready = self._ready
        if not (self._maybe_more or self._new):
            return None
        wanting = not ready.requisites if self.limit_reached else not ready.pages and ready.requisites < READY
        without: frozenset[str] = frozenset()
        if not (self._new or wanting or (starved and len(ready) < READY)):
            if not starved or len(ready) >= MOST_READY or now < self._no_others_until:
                return None
            # What is due of one host fills the line: others of the site may be idle.
            without = ready.crowded()
        # Of the hosts that are passed over there is more, whatever comes.
        self._maybe_more = bool(without)
        ready.drop(self._is_backed_off)
        return Refill(without, busy=bool(self._rows or ready))

    def lease(self, refill: Refill) -> Leased:
        """Write what waits to be written, and lease rows. Blocks. Raises ``CatalogError``."""
        self._write_back()
        backoffs = self._catalog.backoffs.active(self._clock.now())
        return Leased(self._lease_all(refill), backoffs)

    def accept(self, refill: Refill, leased: Leased, *, now: float) -> None:
        """Put leased rows in line, but for those that are not taken now."""
        self._backoff.learn(leased.backoffs)
        for entry in leased.entries:
            # What fell due again while this run goes on is for the next one.
            known = entry.key in self._over or entry.key in self._rows
            if not (
                known or self._is_backed_off(entry) or self._is_out_of_bounds(entry) or self._is_over_budget(entry)
            ):
                self._ready.add(entry)
        if leased.entries:
            self._maybe_more = True
        elif refill.without:
            self._no_others_until = now + CROWD_LOOK
        self._maybe_more = self._maybe_more or bool(self._put_back)

    def renew(self) -> None:
        """Keep what is leased for another while. Blocks."""
        self._frontier.renew(self._run_id, until=self._clock.now() + timedelta(seconds=LEASE))

    def release(self) -> None:
        """Write what waits to be written, and give back every lease. Blocks."""
        self._write_back()
        self._frontier.release(self._run_id)

    def _lease_all(self, refill: Refill) -> list[FrontierEntry]:
        without = refill.without
        if self.limit_reached:
            return self._lease(without, at_most=PRIORITY)
        if self._options.sources_first:
            sources = self._lease(without, at_least=SOURCES)
            return sources if sources or refill.busy else self._lease(without, limit=FEW)
        leased = self._lease(without)
        # Behind thousands of pages no requisite would have its turn.
        if not self._ready.requisites and all(entry.kind is not Kind.REQUISITE for entry in leased):
            leased += self._lease(without, at_most=PRIORITY)
        return leased

    def _lease(
        self,
        without: frozenset[str],
        *,
        at_most: int | None = None,
        at_least: int | None = None,
        limit: int = BATCH,
    ) -> list[FrontierEntry]:
        return self._frontier.lease(
            self._site,
            run=self._run_id,
            limit=limit,
            now=self._clock.now(),
            seconds=LEASE,
            at_most=at_most,
            at_least=OWN_SOURCES if self._options.sources_only else at_least,
            without=without if at_most is not None else without | self._others,
            since=self._since,
        )

    def _write_back(self) -> None:
        """New rows; rows that turned out to be traps; rows that are due later. Each list is swapped first: the loop goes on."""
        new, self._new = self._new, []
        for refresh in (True, False):
            entries = [entry for entry, wanted in new if wanted is refresh]
            if entries:
                self._frontier.add(entries, refresh=refresh)
        trapped, self._trapped = self._trapped, []
        for key, why in trapped:
            self._frontier.failed(self._site, key, now=self._clock.now(), next_due=None, reason=why)
        back, self._put_back = self._put_back, []
        for until in {until for _, until in back}:
            self._frontier.put_off(self._site, [key for key, at in back if at == until], until=until)

    # What is not taken now.

    def _is_out_of_bounds(self, entry: FrontierEntry) -> bool:
        """Whether this run does not take a row: it is kept as trapped, or stays leased until the run's end, then due."""
        why = self._bounds.why_trapped(entry)
        if why is not None:
            self._trapped.append((entry.key, why))
            return True
        return not self._bounds.admits(entry)

    def _is_over_budget(self, entry: FrontierEntry) -> bool:
        """Whether a known page waits, since enough of them were fetched again in this hour or day."""
        until = self._revisits.spend() if entry.kind is Kind.PAGE and entry.visits else None
        if until is None:
            return False
        self._put_back.append((entry.key, until))
        return True

    def _is_backed_off(self, entry: FrontierEntry) -> bool:
        """Whether a row's host is left alone now; then the row goes back to the frontier, due when that ends."""
        host = host_of(entry.url)
        until = self._backoff.until(host)
        if until is None:
            return False
        self._put_back.append((entry.key, until))
        self._on_backed_off(host)
        return True
