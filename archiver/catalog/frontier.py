"""The frontier: every URL of a site with the time at which it is next due.

A URL is leased to a run, never taken out. The run gives it back as done or failed; when it dies, the lease ends and the
URL is due again. Nothing here needs to survive a power cut to the last transaction: what is lost is a lease, or a
"done" together with the candidates that came with it, and costs one more fetch. So writes are not forced to the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select, tuple_, update

from archiver.catalog.database import Database
from archiver.catalog.frontier_named import renew_unfetched, requeue_known, wake_changed
from archiver.catalog.frontier_row import (
    FrontierCounts,
    FrontierEntry,
    FrontierState,
    Visit,
    entry_of,
    row_of,
    state_of,
)
from archiver.catalog.schema import frontier
from archiver.catalog.sql import insert_new, optional_micros, tidy
from archiver.model.instant import from_micros, micros

PAGE = 1_000
Decide = Callable[[FrontierState], Visit]
"""What a visit means for a row, from the row as it stands: quick, and without a look at anything else."""
Wakes = Callable[[FrontierState, datetime], bool]
"""Whether a source's word that a known row was changed at a time makes it due now."""
_NO_LEASE: dict[str, None] = {"lease_until": None, "lease_run": None}


class Frontier:
    """The table of URLs that are to be fetched, once or again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entries: Sequence[FrontierEntry], *, refresh: bool = False) -> int:
        """Add URLs; of one key the first address seen is kept. Returns how many were new.

        ``refresh`` makes those that are known due again at their entry's ``due_at``, with its priority: sources, at
        the start of each run.
        """
        if not entries:
            return 0
        return self._database.write(lambda c: _add(c, entries, refresh=refresh), durable=False)

    def lease(
        self,
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
        """Take up to ``limit`` URLs that are due and that no living lease holds, for ``seconds``, and in their turn:
        higher priority first, then what has been due longest. ``at_most`` is the highest priority that is looked at, ``at_least`` the
        lowest; ``without`` are hosts that are passed over, and what has been due since before ``since`` is too."""
        at = micros(now)
        until = at + round(seconds * 1_000_000)
        return self._database.write(
            lambda c: _lease(
                c,
                site,
                run=run,
                limit=limit,
                now=at,
                until=until,
                at_most=at_most,
                at_least=at_least,
                without=without,
                since=optional_micros(since),
            ),
            durable=False,
        )

    def done(
        self,
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
        """A URL was captured: say when it is due next (None: never) and add what was found there, all or nothing.

        ``decide`` gives the ``Visit`` from the row as it stands, in place of ``next_due``: what was read of the page may have
        changed it in the meantime. A known requisite that was last fetched before ``stale_before`` is due again, and one that is linked to is a page
        from now on. ``wakes`` decides on known pages and sources of which the candidate says when they were changed; with ``renew`` candidates that have been
        due for long and were never fetched are due from now on. Returns how many candidates were new or are due again.
        """
        return self._database.write(
            lambda c: _done(
                c,
                site,
                key,
                now=now,
                decide=decide or (lambda _: Visit(next_due)),
                status=status,
                candidates=candidates,
                stale_before=stale_before,
                wakes=wakes,
                renew=renew,
            ),
            durable=False,
        )

    def saw_text(
        self,
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
        ``published_at`` is what the page says, and holds where no source said anything. What is older than what was read
        before says nothing; a URL that is not known is nobody's.
        """
        return self._database.write(
            lambda c: _saw_text(c, site, key, at=at, digest=digest, decide=decide, published_at=published_at),
            durable=False,
        )

    def reads_as(self, site: str, key: str, *, at: datetime, digest: bytes) -> None:
        """The capture of ``at``, whose text is the one that is known, was read again by another version: the page has not changed."""
        values = {"text_sha256": digest}
        mine = _one(site, key) & (frontier.c.text_at == micros(at))
        self._database.write(lambda c: c.execute(update(frontier).where(mine).values(values)), durable=False)

    def known(self, site: str, keys: Sequence[str]) -> set[str]:
        """Which of the keys the site has rows for."""
        return self._database.read(lambda c: _known(c, site, keys))

    def failed(self, site: str, key: str, *, now: datetime, next_due: datetime | None, reason: str) -> int:
        """An attempt gave nothing: keep the reason, say when to try again (None: never). Returns the attempts so far."""
        return self._database.write(
            lambda c: _failed(c, site, key, now=now, next_due=next_due, reason=reason), durable=False
        )

    def put_off(
        self, site: str, keys: Sequence[str], *, until: datetime | None = None, reason: str | None = None
    ) -> int:
        """Give URLs back that were not tried: due at ``until`` (None: as before), with ``reason`` (None: as it was).

        It counts as no attempt. Returns how many URLs.
        """
        return self._database.write(lambda c: _put_off(c, site, keys, until=until, reason=reason), durable=False)

    def release(self, run: str) -> int:
        """Give back what a run still holds; returns how many URLs."""
        return self._database.write(lambda c: _release(c, run))

    def call_back(self, site: str, *, now: datetime) -> int:
        """Make due what lies in the future only because the clock ran ahead when it was found or visited: such a row
        would else wait until the clock has caught up. Returns how many URLs."""
        return self._database.write(lambda c: _call_back(c, site, now=micros(now)))

    def recall(self, site: str, *, reason: str, now: datetime) -> int:
        """Rows that were put off for a reason that begins so are due now. Returns how many."""
        return self._database.write(lambda c: _recall(c, site, reason=reason, now=micros(now)), durable=False)

    def renew(self, run: str, *, until: datetime) -> int:
        """Hold what a run has leased until a later time; returns how many URLs."""
        return self._database.write(lambda c: _renew(c, run, until=until), durable=False)

    def counts(self, site: str, *, now: datetime) -> FrontierCounts:
        """How many URLs of a site are in which state."""
        return self._database.read(lambda c: _counts(c, site, now=micros(now)))

    def next_due_at(self, site: str) -> datetime | None:
        """When the next URL can be leased: its due time, or the end of its lease if that is later. In the past when one
        waits already; None when nothing will ever be due."""
        return self._database.read(lambda c: _next_due_at(c, site))

    def get(self, site: str, key: str) -> FrontierState | None:
        """One URL and its state."""
        return self._database.read(lambda c: _get(c, site, key))

    def leased(self, run: str) -> list[FrontierEntry]:
        """What a run holds."""
        return self._database.read(lambda c: _leased(c, run))

    def find(
        self, site: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[FrontierState]:
        """The URLs of a site in the order in which they were found, ``since`` and ``until`` inclusive."""
        place: tuple[int, str] | None = None
        while True:
            page = self._database.read(lambda c, p=place: _page(c, site, since=since, until=until, place=p))  # type: ignore[misc]
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1].entry
            place = (micros(last.found_at), last.key)


def _one(site: str, key: str) -> ColumnElement[bool]:
    return and_(frontier.c.site == site, frontier.c.key == key)


def _is_free(now: int) -> ColumnElement[bool]:
    return or_(frontier.c.lease_until.is_(None), frontier.c.lease_until <= now)


def _add(connection: Connection, entries: Sequence[FrontierEntry], *, refresh: bool) -> int:
    new = insert_new(connection, frontier, rows=[row_of(entry) for entry in entries])
    if refresh:
        _refresh(connection, entries)
    return new


def _refresh(connection: Connection, entries: Sequence[FrontierEntry]) -> None:
    statement = (
        update(frontier)
        .where(frontier.c.site == bindparam("of_site"), frontier.c.key == bindparam("of_key"))
        .values(due_at=bindparam("new_due"), rank=bindparam("new_rank"), attempts=0)
    )
    rows = [
        {"of_site": e.site, "of_key": e.key, "new_due": optional_micros(e.due_at), "new_rank": -e.priority}
        for e in entries
    ]
    connection.execute(statement, [tidy(row) for row in rows])


def _lease(
    connection: Connection,
    site: str,
    *,
    run: str,
    limit: int,
    now: int,
    until: int,
    at_most: int | None,
    at_least: int | None,
    without: Collection[str],
    since: int | None,
) -> list[FrontierEntry]:
    # ``+ 0`` keeps the planner from the index of due times: then it would sort all that is due, for each lease.
    is_due = and_(frontier.c.due_at.is_not(None), frontier.c.due_at + 0 <= now)
    statement = (
        select(frontier)
        .where(frontier.c.site == site, is_due, _is_free(now))
        .order_by(frontier.c.rank, frontier.c.due_at, frontier.c.key)
        .limit(limit)
        # PostgreSQL: two workers pass each other by. SQLite has one writer at a time and no such clause.
        .with_for_update(skip_locked=True)
    )
    if at_most is not None:
        statement = statement.where(frontier.c.rank >= -at_most)
    if at_least is not None:
        statement = statement.where(frontier.c.rank <= -at_least)
    if since is not None:
        statement = statement.where(frontier.c.due_at >= since)
    for host in without:
        for scheme in ("http", "https"):
            statement = statement.where(~frontier.c.url.startswith(f"{scheme}://{host}/", autoescape=True))
    entries = [entry_of(row) for row in connection.execute(statement).mappings()]
    if entries:
        _take(connection, entries, run=run, until=until)
    return entries


def _take(connection: Connection, entries: Sequence[FrontierEntry], *, run: str, until: int) -> None:
    statement = (
        update(frontier)
        .where(frontier.c.site == bindparam("of_site"), frontier.c.key == bindparam("of_key"))
        .values(lease_until=until, lease_run=run)
    )
    connection.execute(statement, [{"of_site": entry.site, "of_key": entry.key} for entry in entries])


def _done(
    connection: Connection,
    site: str,
    key: str,
    *,
    now: datetime,
    decide: Decide,
    status: int | None,
    candidates: Sequence[FrontierEntry],
    stale_before: datetime | None = None,
    wakes: Wakes | None = None,
    renew: bool = False,
) -> int:
    row = connection.execute(select(frontier).where(_one(site, key)).with_for_update()).mappings().first()
    if row is not None:
        visit = decide(state_of(row))
        values: dict[str, Any] = {
            "due_at": optional_micros(visit.next_due),
            "last_at": micros(now),
            "last_status": status,
            "visits": row["visits"] + 1,
            "attempts": 0,
            "absences": visit.absences,
            **({"rank": -visit.priority} if visit.priority is not None else {}),
            **tidy({"reason": visit.reason}),
            **_NO_LEASE,
        }
        connection.execute(update(frontier).where(_one(site, key)).values(values))
    again = requeue_known(connection, candidates, now=now, stale_before=stale_before)
    if wakes is not None:
        again += wake_changed(connection, candidates, now=now, wakes=wakes)
    if renew:
        again += renew_unfetched(connection, candidates, now=now)
    return again + _add(connection, candidates, refresh=False)


def _saw_text(
    connection: Connection,
    site: str,
    key: str,
    *,
    at: datetime,
    digest: bytes,
    decide: Decide,
    published_at: datetime | None,
) -> bool:
    row = connection.execute(select(frontier).where(_one(site, key)).with_for_update()).mappings().first()
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
        due = optional_micros(decide(state_of({**row, **values})).next_due)
        if first or (due is not None and (row["due_at"] is None or due < row["due_at"])):
            values["due_at"] = due
    connection.execute(update(frontier).where(_one(site, key)).values(values))
    return changed


def _known(connection: Connection, site: str, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), PAGE):
        some = frontier.c.key.in_(keys[start : start + PAGE])
        found.update(connection.execute(select(frontier.c.key).where(frontier.c.site == site, some)).scalars())
    return found


def _failed(
    connection: Connection, site: str, key: str, *, now: datetime, next_due: datetime | None, reason: str
) -> int:
    values: dict[str, Any] = {
        "due_at": optional_micros(next_due),
        "last_at": micros(now),
        "attempts": frontier.c.attempts + 1,
        **tidy({"reason": reason}),
        **_NO_LEASE,
    }
    connection.execute(update(frontier).where(_one(site, key)).values(values))
    return int(connection.execute(select(frontier.c.attempts).where(_one(site, key))).scalar() or 0)


def _put_off(
    connection: Connection, site: str, keys: Sequence[str], *, until: datetime | None, reason: str | None
) -> int:
    values: dict[str, Any] = dict(_NO_LEASE)
    if until is not None:
        values["due_at"] = micros(until)
    if reason is not None:
        values |= tidy({"reason": reason})
    done = 0
    for start in range(0, len(keys), PAGE):
        some = frontier.c.key.in_(keys[start : start + PAGE])
        done += connection.execute(update(frontier).where(frontier.c.site == site, some).values(values)).rowcount
    return done


def _release(connection: Connection, run: str) -> int:
    return connection.execute(update(frontier).where(frontier.c.lease_run == run).values(**_NO_LEASE)).rowcount


def _call_back(connection: Connection, site: str, *, now: int) -> int:
    c = frontier.c
    ahead = or_(c.found_at > now, c.last_at > now)
    statement = update(frontier).where(c.site == site, c.due_at > now, ahead).values(due_at=now)
    return connection.execute(statement).rowcount


def _recall(connection: Connection, site: str, *, reason: str, now: int) -> int:
    statement = (
        update(frontier)
        .where(frontier.c.site == site, frontier.c.reason.startswith(reason, autoescape=True), frontier.c.due_at > now)
        .values(due_at=now, reason=None)
    )
    return connection.execute(statement).rowcount


def _renew(connection: Connection, run: str, *, until: datetime) -> int:
    statement = update(frontier).where(frontier.c.lease_run == run).values(lease_until=micros(until))
    return connection.execute(statement).rowcount


def _counts(connection: Connection, site: str, *, now: int) -> FrontierCounts:
    due_at, free = frontier.c.due_at, _is_free(now)

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    statement = select(
        number(and_(free, due_at <= now)),
        number(and_(frontier.c.lease_until.is_not(None), frontier.c.lease_until > now)),
        number(and_(free, due_at > now)),
        number(and_(free, due_at.is_(None))),
    ).where(frontier.c.site == site)
    due, leased, waiting, never = connection.execute(statement).one()
    return FrontierCounts(due=int(due), leased=int(leased), waiting=int(waiting), never=int(never))


def _next_due_at(connection: Connection, site: str) -> datetime | None:
    c = frontier.c
    free = select(c.due_at).where(c.site == site, c.due_at.is_not(None), c.lease_until.is_(None))
    held = select(func.min(case((c.lease_until > c.due_at, c.lease_until), else_=c.due_at))).where(
        c.lease_run.is_not(None), c.site + "" == site, c.due_at.is_not(None)
    )
    times = [
        connection.execute(free.order_by(c.due_at).limit(1)).scalar(),
        connection.execute(held).scalar(),
    ]
    return min((from_micros(at) for at in times if at is not None), default=None)


def _get(connection: Connection, site: str, key: str) -> FrontierState | None:
    row = connection.execute(select(frontier).where(_one(site, key))).mappings().first()
    return state_of(row) if row else None


def _leased(connection: Connection, run: str) -> list[FrontierEntry]:
    statement = select(frontier).where(frontier.c.lease_run == run).order_by(frontier.c.key)
    return [entry_of(row) for row in connection.execute(statement).mappings()]


def _page(
    connection: Connection,
    site: str,
    *,
    since: datetime | None,
    until: datetime | None,
    place: tuple[int, str] | None,
) -> list[FrontierState]:
    c = frontier.c
    statement = select(frontier).where(c.site == site).order_by(c.found_at, c.key).limit(PAGE)
    if since is not None:
        statement = statement.where(c.found_at >= micros(since))
    if until is not None:
        statement = statement.where(c.found_at <= micros(until))
    if place is not None:
        statement = statement.where(tuple_(c.found_at, c.key) > tuple_(*place))
    return [state_of(row) for row in connection.execute(statement).mappings()]
