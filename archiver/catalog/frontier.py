"""The frontier: every URL of a site with the time at which it is next due.

A URL is leased to a run, never taken out. The run gives it back as done or failed; when it dies, the lease ends and the
URL is due again. Nothing here needs to survive a power cut to the last transaction: what is lost is a lease, or a
"done" together with the candidates that came with it, and costs one more fetch. So writes are not forced to the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from archiver.catalog.frontier_entry import (
    ENTRY,
    STATE,
    FrontierCounts,
    FrontierEntry,
    FrontierState,
    VisitOutcome,
    new_row,
)
from archiver.catalog.frontier_requeue import change_rows, is_free, renew_unfetched, requeue_known, wake_changed
from archiver.catalog.repository import Repository, reads, writes, writes_lightly
from archiver.catalog.schema import SOURCES, captures, frontier
from archiver.catalog.sql import batched, insert_new, optional_micros, tidy, within
from archiver.model.instant import from_micros, micros
from archiver.model.record import Truncated

c = frontier.c
Decide = Callable[[FrontierState], VisitOutcome]
"""What a visit means for a row, from the row as it stands: quick, and without a look at anything else."""

Wakes = Callable[[FrontierState, datetime], bool]
"""Whether a source's word that a known row was changed at a time makes it due now."""

_NO_LEASE: dict[str, None] = {"lease_until": None, "lease_run": None}


class Frontier(Repository):
    """The table of URLs that are to be fetched, once or again."""

    def add(self, entries: Sequence[FrontierEntry], *, refresh: bool = False) -> int:
        """Add URLs; of one key the first address seen is kept. Returns how many were new.

        ``refresh`` makes those that are known due again at their entry's ``due_at``, with its priority: sources, at
        the start of each run.
        """
        return self._add(entries, refresh=refresh) if entries else 0

    @writes_lightly
    def _add(self, connection: Connection, entries: Sequence[FrontierEntry], *, refresh: bool) -> int:
        rows = [new_row(entry) for entry in entries]
        new = insert_new(connection, frontier, rows)
        if refresh:
            kept = ("site", "key", "due_at", "rank", "attempts")
            change_rows(connection, [{name: row[name] for name in kept} for row in rows])
        return new

    @writes_lightly
    def lease(
        self,
        connection: Connection,
        site: str,
        *,
        run: str,
        limit: int,
        now: datetime,
        seconds: float,
        at_most: int | None = None,
        at_least: int | None = None,
        without: Collection[str] = (),
        since: datetime | None = None,
    ) -> list[FrontierEntry]:
        """Take up to ``limit`` URLs that are due and not leased, for ``seconds``, and in their turn:
        higher priority first, then what has been due longest.

        ``at_most`` is the highest priority that is looked at, ``at_least`` the lowest; ``without`` are hosts that are
        passed over, and what has been due since before ``since`` is too.
        """
        # ``+ 0`` keeps the planner from the index of due times: then it would sort all that is due, for each lease.
        is_due = and_(c.due_at.is_not(None), c.due_at + 0 <= micros(now))
        statement = (
            select(frontier)
            .where(c.site == site, is_due, is_free(now), *within(c.due_at, since))
            .order_by(c.rank, c.due_at, c.key)
            .limit(limit)
            # PostgreSQL: two workers pass each other by. SQLite has one writer at a time and no such clause.
            .with_for_update(skip_locked=True)
        )
        if at_most is not None:
            statement = statement.where(c.rank >= -at_most)
        if at_least is not None:
            statement = statement.where(c.rank <= -at_least)
        for host in without:
            for scheme in ("http", "https"):
                statement = statement.where(~c.url.startswith(f"{scheme}://{host}/", autoescape=True))
        entries = ENTRY.all(connection, statement)
        lease = {"lease_until": micros(now + timedelta(seconds=seconds)), "lease_run": run}
        change_rows(connection, [{"site": entry.site, "key": entry.key, **lease} for entry in entries])
        return entries

    @writes_lightly
    def done(
        self,
        connection: Connection,
        site: str,
        key: str,
        *,
        now: datetime,
        status: int | None,
        next_due: datetime | None = None,
        decide: Decide | None = None,
        candidates: Sequence[FrontierEntry] = (),
        stale_before: datetime | None = None,
        wakes: Wakes | None = None,
        renew: bool = False,
    ) -> int:
        """A URL was captured: set when it is due next (None: never) and add what was found there, all or nothing.

        ``decide`` gives the outcome from the row as it stands, in place of ``next_due``: what was read of the page may
        have changed it in the meantime. A known requisite that was last fetched before ``stale_before`` is due again, and
        one that is linked to is a page from now on. ``wakes`` decides on known pages and sources of which the candidate
        says when they were changed; with ``renew`` candidates that have been due for long and were never fetched are due
        from now on. Returns how many candidates were new or are due again.
        """
        row = connection.execute(select(frontier).where(_is(site, key)).with_for_update()).mappings().first()
        if row is not None:
            outcome = decide(STATE.read(row)) if decide is not None else VisitOutcome(next_due)
            values: dict[str, Any] = {
                "due_at": optional_micros(outcome.next_due),
                "last_at": micros(now),
                "last_status": status,
                "visits": row["visits"] + 1,
                "attempts": 0,
                "absences": outcome.absences,
                "reason": outcome.reason,
                **({"rank": -outcome.priority} if outcome.priority is not None else {}),
                **_NO_LEASE,
            }
            _set(connection, site, key, values)
        again = requeue_known(connection, candidates, now=now, stale_before=stale_before)
        if wakes is not None:
            again += wake_changed(connection, candidates, now=now, wakes=wakes)
        if renew:
            again += renew_unfetched(connection, candidates, now=now)
        return again + insert_new(connection, frontier, [new_row(entry) for entry in candidates])

    @writes_lightly
    def saw_text(
        self,
        connection: Connection,
        site: str,
        key: str,
        *,
        at: datetime,
        digest: bytes,
        decide: Decide,
        published_at: datetime | None = None,
    ) -> bool:
        """The text of an article, as its capture of ``at`` had it, was read; whether it is another than at the capture before.

        ``decide`` then gives the time at which the row, as it now stands, is due: after a change only where that is sooner.
        ``published_at`` is the page's own date, used where no source gave one. A text that is older than the last that was
        read, or of a URL that is not known, changes nothing.
        """
        row = connection.execute(select(frontier).where(_is(site, key)).with_for_update()).mappings().first()
        if row is None or (row["text_at"] is not None and row["text_at"] >= micros(at)):
            return False
        first = row["text_sha256"] is None
        changed = not first and row["text_sha256"] != digest
        values: dict[str, Any] = {"text_sha256": digest, "text_at": micros(at)}
        if changed:
            values |= {"changed_at": micros(at), "changes": row["changes"] + 1}
        if row["published_at"] is None:
            values["published_at"] = optional_micros(published_at)
        # A row that is leased is decided on when it is done; one that was never done is due as it is.
        if (first or changed) and not row["absences"] and row["last_at"] is not None and row["lease_run"] is None:
            due = optional_micros(decide(STATE.read({**row, **values})).next_due)
            if first or (due is not None and (row["due_at"] is None or due < row["due_at"])):
                values["due_at"] = due
        _set(connection, site, key, values)
        return changed

    @writes_lightly
    def reads_as(self, connection: Connection, site: str, key: str, *, at: datetime, digest: bytes) -> None:
        """The capture of ``at``, whose text is the one that is known, was read again by another version: the page has not
        changed."""
        mine = and_(_is(site, key), c.text_at == micros(at))
        connection.execute(update(frontier).where(mine).values(text_sha256=digest))

    @reads
    def known(self, connection: Connection, site: str, keys: Sequence[str]) -> set[str]:
        """Which of the keys the site has rows for."""
        found: set[str] = set()
        for some in batched(keys):
            found.update(connection.execute(select(c.key).where(c.site == site, c.key.in_(some))).scalars())
        return found

    @writes_lightly
    def failed(
        self, connection: Connection, site: str, key: str, *, now: datetime, next_due: datetime | None, reason: str
    ) -> int:
        """An attempt failed: keep the reason, set when to try again (None: never). Returns the attempts so far."""
        values = {"due_at": optional_micros(next_due), "last_at": micros(now), "reason": reason}
        _set(connection, site, key, {**values, "attempts": c.attempts + 1, **_NO_LEASE})
        return int(connection.execute(select(c.attempts).where(_is(site, key))).scalar() or 0)

    @writes_lightly
    def put_off(
        self,
        connection: Connection,
        site: str,
        keys: Sequence[str],
        *,
        until: datetime | None = None,
        reason: str | None = None,
    ) -> int:
        """Give URLs back that were not tried: due at ``until`` (None: as before), with ``reason`` (None: as it was).

        It counts as no attempt. Returns how many URLs.
        """
        given = {"due_at": optional_micros(until), "reason": reason}
        values = tidy({name: value for name, value in given.items() if value is not None}) | _NO_LEASE
        some = (and_(c.site == site, c.key.in_(each)) for each in batched(keys))
        return sum(connection.execute(update(frontier).where(mine).values(values)).rowcount for mine in some)

    @writes
    def release(self, connection: Connection, run: str) -> int:
        """Give back all leases of a run; returns how many URLs."""
        return connection.execute(update(frontier).where(c.lease_run == run).values(**_NO_LEASE)).rowcount

    @writes
    def call_back(self, connection: Connection, site: str, *, now: datetime) -> int:
        """Make due what lies in the future only because the clock ran ahead when it was found or visited: such a row
        would else wait until the clock has caught up. Returns how many URLs."""
        at = micros(now)
        ahead = and_(c.due_at > at, or_(c.found_at > at, c.last_at > at))
        return connection.execute(update(frontier).where(c.site == site, ahead).values(due_at=at)).rowcount

    @writes_lightly
    def recall(self, connection: Connection, site: str, *, reason: str, now: datetime) -> int:
        """Make due what was put off for a reason that begins so. Returns how many URLs."""
        put_off = and_(c.reason.startswith(reason, autoescape=True), c.due_at > micros(now))
        statement = update(frontier).where(c.site == site, put_off).values(due_at=micros(now), reason=None)
        return connection.execute(statement).rowcount

    @writes
    def recall_odd(self, connection: Connection, *, now: datetime) -> int:
        """Make due every page that never came whole, and whose answer was marked as cut for no reason that is known: older releases
        took odd framing for that. Returns how many URLs."""
        of = captures.c
        odd = select(of.surt, of.url).distinct().where(of.truncated == Truncated.UNSPECIFIED.value)
        changed = 0
        for some in batched(connection.execute(odd).all()):
            good = and_(of.truncated.is_(None), of.status.between(200, 299), of.surt.in_([row.surt for row in some]))
            whole = set(connection.scalars(select(of.url).where(good)))
            urls = [row.url for row in some if row.url not in whole]
            later = or_(c.due_at.is_(None), c.due_at > micros(now))
            statement = update(frontier).where(c.url.in_(urls), later).values(due_at=micros(now), reason=None)
            changed += connection.execute(statement).rowcount
        return changed

    @writes_lightly
    def renew(self, connection: Connection, run: str, *, until: datetime) -> int:
        """Let the leases of a run end later; returns how many URLs."""
        statement = update(frontier).where(c.lease_run == run).values(lease_until=micros(until))
        return connection.execute(statement).rowcount

    @reads
    def counts(self, connection: Connection, site: str, *, now: datetime) -> FrontierCounts:
        """How many URLs of a site are in which state."""
        at, free = micros(now), is_free(now)
        states = {
            "due": and_(free, c.due_at <= at),
            "leased": and_(c.lease_until.is_not(None), c.lease_until > at),
            "waiting": and_(free, c.due_at > at),
            "never": and_(free, c.due_at.is_(None)),
        }
        numbers = (func.count().filter(condition).label(name) for name, condition in states.items())
        return FrontierCounts(**connection.execute(select(*numbers).where(c.site == site)).mappings().one())

    @reads
    def next_due_at(self, connection: Connection, site: str) -> datetime | None:
        """When the next URL can be leased: its due time, or the end of its lease if that is later. In the past when one
        waits already; None when nothing will ever be due."""
        free = select(c.due_at).where(c.site == site, c.due_at.is_not(None), c.lease_until.is_(None))
        leased = select(func.min(case((c.lease_until > c.due_at, c.lease_until), else_=c.due_at))).where(
            c.lease_run.is_not(None), c.site + "" == site, c.due_at.is_not(None)
        )
        times = [connection.execute(each).scalar() for each in (free.order_by(c.due_at).limit(1), leased)]
        return min((from_micros(at) for at in times if at is not None), default=None)

    @reads
    def get(self, connection: Connection, site: str, key: str) -> FrontierState | None:
        """One URL and its state."""
        return STATE.first(connection, select(frontier).where(_is(site, key)))

    @reads
    def leased(self, connection: Connection, run: str) -> list[FrontierEntry]:
        """What a run has leased."""
        return ENTRY.all(connection, select(frontier).where(c.lease_run == run).order_by(c.key))

    @reads
    def sources(self, connection: Connection, site: str) -> list[FrontierState]:
        """The feeds, sitemaps and fronts of a site, by URL."""
        return STATE.all(connection, select(frontier).where(c.site == site, SOURCES).order_by(c.url))

    def find(
        self, site: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[FrontierState]:
        """The URLs of a site in the order in which they were found, ``since`` and ``until`` inclusive."""
        return self._pages(
            select(frontier).where(c.site == site, *within(c.found_at, since, until)),
            (c.found_at, c.key),
            STATE.all,
            lambda state: (micros(state.entry.found_at), state.entry.key),
        )


def _is(site: str, key: str) -> ColumnElement[bool]:
    return and_(c.site == site, c.key == key)


def _set(connection: Connection, site: str, key: str, values: dict[str, Any]) -> None:
    connection.execute(update(frontier).where(_is(site, key)).values(tidy(values)))
