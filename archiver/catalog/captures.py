"""Captures: what was captured when, and where its bytes lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, tuple_, update

from archiver.catalog.capture_row import capture_of, row_of, select_captures
from archiver.catalog.database import Database
from archiver.catalog.files import file_ids, id_of_file
from archiver.catalog.schema import UNTRIED, captures
from archiver.catalog.sql import after_prefix, insert_new
from archiver.errors import UsageError
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.digest import Digest
from archiver.model.instant import micros
from archiver.model.record import RecordType
from archiver.model.surt import surt as surt_of

FIRST_PAGE = 200
"""Rows of the first page; each next one is twice as large, up to ``LAST_PAGE``: a look is cheap and a long read quick."""

LAST_PAGE = 5_000

SHORT = 20_000
"""So many captures are worth being sorted for each page."""

_REPLIES = (RecordType.RESPONSE.value, RecordType.REVISIT.value)
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Filter:
    """What ``Captures.find`` selects by; None is anything. ``low`` and ``high`` bound the SURT, ``high`` excluded."""

    surt: str | None = None
    low: str | None = None
    high: str | None = None
    site: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: int | None = None
    kind: Kind | None = None
    verdict: Verdict | None = None
    file: str | None = None
    run: str | None = None
    by_time: bool = False
    """Few captures of the site lie in that time, so they are gathered by it and sorted for each page."""


class Captures:
    """The table of captures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: Sequence[Capture]) -> int:
        """Add captures in one transaction that is on the disk when this returns; returns how many were new.

        A record id that is held already is left as it is, so the same call may be made again. A file that the
        catalogue has not met is entered as open.
        """
        if not new:
            return 0
        return self._database.write(lambda connection: _add(connection, new))

    def find(
        self,
        url: str | None = None,
        *,
        surt_prefix: str | None = None,
        surt_range: tuple[str, str] | None = None,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        status: int | None = None,
        kind: Kind | None = None,
        verdict: Verdict | None = None,
        file: str | None = None,
        run: str | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> Iterator[Capture]:
        """Captures by SURT, then time. ``url`` is exact by its SURT, or a prefix when it ends with ``*``.

        ``since`` and ``until`` are inclusive. ``after`` is a ``cursor`` and goes on behind that capture. Read in pages,
        each in its own short transaction: a long read holds nobody up, and sees what is added ahead of it.
        """
        low, high = surt_range or (None, None)
        exact = None
        if url is not None:
            if url.endswith("*"):
                surt_prefix = prefix_of(url)
            else:
                exact = surt_of(url)
        if surt_prefix is not None:
            low, high = surt_prefix, after_prefix(surt_prefix)
        wanted = Filter(
            surt=exact,
            low=low,
            high=high,
            site=site,
            since=since,
            until=until,
            status=status,
            kind=kind,
            verdict=verdict,
            file=file,
            run=run,
        )
        return self._pages(wanted, limit=limit, place=_place(after) if after else None)

    def _pages(self, wanted: Filter, *, limit: int | None, place: tuple[str, int, str] | None) -> Iterator[Capture]:
        size, left = FIRST_PAGE, limit
        if wanted.site is not None and (wanted.since is not None or wanted.until is not None):
            wanted = replace(wanted, by_time=self._database.read(lambda c: _is_short(c, wanted)))
        while left is None or left > 0:
            count = size if left is None else min(size, left)
            page = self._database.read(lambda c, n=count, p=place: _page(c, wanted, size=n, place=p))  # type: ignore[misc]
            yield from page
            if len(page) < count:
                return
            left = None if left is None else left - count
            place = (page[-1].surt, micros(page[-1].at), page[-1].record_id)
            size = min(size * 2, LAST_PAGE)

    def nearest(
        self,
        surt: str,
        at: datetime | None = None,
        *,
        any_status: bool = False,
        also_redirects: bool = False,
        url: str | None = None,
    ) -> Capture | None:
        """The response or revisit nearest to ``at`` (the earlier one when two are as near), else the newest.

        Without ``any_status`` only what stands for a good page counts: 2xx, a revisit of one, a 304 revisit, and with
        ``also_redirects`` 3xx. Among captures of the same second the one with exactly this ``url`` is preferred.
        """
        good = _good(any_status=any_status, also_redirects=also_redirects)
        target = None if at is None else micros(at)
        return self._database.read(lambda c: _nearest(c, surt, target=target, good=good, url=url))

    def by_record(self, record_id: str) -> Capture | None:
        """The capture with this record id."""
        return self._database.read(lambda c: _one(c, select_captures().where(captures.c.record_id == record_id)))

    def held_count(self, surt: str) -> int:
        """How many responses and revisits are held."""
        return self._database.read(lambda c: _held_count(c, surt))

    def has_url(self, surt: str) -> bool:
        """Whether anything at all is held of a SURT."""
        return self._database.read(lambda c: _has(c, surt))

    def timemap(self, surt: str) -> Iterator[Capture]:
        """All responses and revisits of one SURT, oldest first."""
        return (
            capture
            for capture in self._pages(Filter(surt=surt), limit=None, place=None)
            if capture.record_type.value in _REPLIES
        )

    def same_payload(self, digest: Digest, *, length: int, surt: str | None = None) -> Capture | None:
        """The oldest response with these payload bytes (by SHA-256 and length); one of ``surt``, if any, goes first."""
        return self._database.read(lambda c: _same_payload(c, digest.raw, length=length, surt=surt))

    def untried(
        self, *, site: str | None = None, run: str | None = None, file: str | None = None, limit: int = 1000
    ) -> list[Capture]:
        """Responses of kind page that have no verdict yet, oldest first."""
        return self._database.read(lambda c: _untried(c, site=site, run=run, file=file, limit=limit))

    def of_file(self, file: str) -> Iterator[Capture]:
        """The captures of one WARC, by offset."""
        offset, size = -1, FIRST_PAGE
        while True:
            page = self._database.read(lambda c, o=offset, n=size: _of_file(c, file, after=o, size=n))  # type: ignore[misc]
            yield from page
            if len(page) < size:
                return
            offset, size = page[-1].record.offset, min(size * 2, LAST_PAGE)

    def set_verdict(self, record_id: str, verdict: Verdict) -> None:
        """Say what a capture is."""
        self._database.write(lambda c: set_verdict(c, record_id, verdict=verdict), durable=False)


def prefix_of(url: str) -> str:
    """The SURT prefix of ``http://host/path*``, as CDX servers make it: a slash or question mark at the end stays."""
    text = url.rstrip("*")
    prefix = surt_of(text)
    for mark in "/?":
        if text.endswith(mark) and not prefix.endswith(mark):
            prefix += mark
    return prefix


def domain_range(host: str) -> tuple[str, str]:
    """The range of SURTs of a host and all below it."""
    prefix = surt_of(f"http://{host}/").partition(")")[0]
    return f"{prefix})", f"{prefix}-"


def cursor(capture: Capture) -> str:
    """The place behind a capture, for ``find(after=…)``: stays right when captures are added."""
    return f"{micros(capture.at)} {capture.record_id} {capture.surt}"


def _place(text: str) -> tuple[str, int, str]:
    at, _, rest = text.partition(" ")
    record_id, _, surt = rest.partition(" ")
    try:
        return surt, int(at), record_id
    except ValueError as error:
        raise UsageError(f"not a place in a list of captures: {text[:100]!r}") from error


def set_verdict(connection: Connection, record_id: str, *, verdict: Verdict) -> None:
    """Say what a capture is, inside a transaction."""
    connection.execute(update(captures).where(captures.c.record_id == record_id).values(verdict=verdict.value))


def _add(connection: Connection, new: Sequence[Capture]) -> int:
    ids = file_ids(connection, new)
    rows = [row_of(capture, file_id=ids[capture.record.file]) for capture in new]
    return insert_new(connection, captures, rows=rows)


def _many(connection: Connection, statement: Select[Any]) -> list[Capture]:
    return [capture_of(row) for row in connection.execute(statement).mappings()]


def _one(connection: Connection, statement: Select[Any]) -> Capture | None:
    row = connection.execute(statement.limit(1)).mappings().first()
    return capture_of(row) if row else None


def _page(connection: Connection, wanted: Filter, *, size: int, place: tuple[str, int, str] | None) -> list[Capture]:
    statement = select_captures().order_by(captures.c.surt, captures.c.at, captures.c.record_id).limit(size)
    if place is not None:
        statement = statement.where(tuple_(captures.c.surt, captures.c.at, captures.c.record_id) > tuple_(*place))
    return _many(connection, _where(connection, statement, wanted))


def _where(connection: Connection, statement: Select[Any], wanted: Filter) -> Select[Any]:
    c = captures.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.surt is not None:
        conditions.append(c.surt == wanted.surt)
    if wanted.low is not None:
        conditions.append(c.surt >= wanted.low)
    if wanted.high is not None:
        conditions.append(c.surt < wanted.high)
    if wanted.site is not None:
        # The rows must come by SURT, and sorting a whole site anew for each page is too dear. Added to "", the column
        # is no longer what the index of site and time holds.
        conditions.append((c.site if wanted.by_time else c.site + "") == wanted.site)
    if wanted.since is not None:
        conditions.append(c.at >= micros(wanted.since))
    if wanted.until is not None:
        conditions.append(c.at <= micros(wanted.until))
    if wanted.status is not None:
        conditions.append(c.status == wanted.status)
    if wanted.kind is not None:
        conditions.append(c.kind == wanted.kind.value)
    if wanted.verdict is not None:
        conditions.append(c.verdict == wanted.verdict.value)
    if wanted.file is not None:
        conditions.append(c.file_id == id_of_file(connection, wanted.file))
    if wanted.run is not None:
        conditions.append(c.run == wanted.run)
    return statement.where(*conditions)


def _is_short(connection: Connection, wanted: Filter) -> bool:
    some = select(captures.c.id).where(captures.c.site == wanted.site)
    if wanted.since is not None:
        some = some.where(captures.c.at >= micros(wanted.since))
    if wanted.until is not None:
        some = some.where(captures.c.at <= micros(wanted.until))
    few = some.limit(SHORT + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(few)).scalar_one()) <= SHORT


def _good(*, any_status: bool, also_redirects: bool) -> ColumnElement[bool]:
    c = captures.c
    if any_status:
        return c.record_type.in_(_REPLIES)
    is_revisit = c.record_type == RecordType.REVISIT.value
    choices = [
        and_(c.record_type.in_(_REPLIES), c.status.between(200, 299)),
        # A server's "not modified", or a foreign revisit that says no status, stands for the page it refers to;
        # a revisit that repeats an error page does not.
        and_(is_revisit, or_(c.status.is_(None), c.status == 304)),
    ]
    if also_redirects:
        choices.append(and_(c.record_type.in_(_REPLIES), c.status.between(300, 399), c.status != 304))
    return or_(*choices)


def _nearest(
    connection: Connection, surt: str, *, target: int | None, good: ColumnElement[bool], url: str | None
) -> Capture | None:
    c = captures.c
    base = select_captures().where(c.surt == surt, good)
    newest_first = base.order_by(c.at.desc(), c.record_id)
    if target is None:
        hit = _one(connection, newest_first)
    else:
        before = _one(connection, newest_first.where(c.at <= target))
        later = _one(connection, base.where(c.at > target).order_by(c.at, c.record_id))
        hit = _nearer(before, later, target=target)
    if hit is None or url is None or hit.url == url:
        return hit
    at = micros(hit.at)
    start, end = (at, at) if at == target else (at - at % _SECOND, at - at % _SECOND + _SECOND - 1)
    same = _many(connection, newest_first.where(c.url == url, c.at.between(start, end)).limit(LAST_PAGE))
    goal = end if target is None else target
    return min(same, key=lambda one: (abs(micros(one.at) - goal), one.at), default=hit)


def _nearer(before: Capture | None, later: Capture | None, *, target: int) -> Capture | None:
    if before is None or later is None:
        return before or later
    return before if target - micros(before.at) <= micros(later.at) - target else later


def _held_count(connection: Connection, surt: str) -> int:
    statement = select(func.count()).select_from(captures)
    statement = statement.where(captures.c.surt == surt, captures.c.record_type.in_(_REPLIES))
    return int(connection.execute(statement).scalar_one())


def _has(connection: Connection, surt: str) -> bool:
    return connection.execute(select(captures.c.id).where(captures.c.surt == surt).limit(1)).first() is not None


def _same_payload(connection: Connection, raw: bytes, *, length: int, surt: str | None) -> Capture | None:
    c = captures.c
    statement = select_captures().where(
        c.payload_sha256 == raw, c.payload_length == length, c.record_type == RecordType.RESPONSE.value
    )
    if surt is not None:
        own = _one(connection, statement.where(c.surt == surt).order_by(c.at, c.record_id))
        if own is not None:
            return own
    return _one(connection, statement.order_by(c.at, c.record_id))


def _untried(
    connection: Connection, *, site: str | None, run: str | None, file: str | None, limit: int
) -> list[Capture]:
    c = captures.c
    statement = select_captures().where(UNTRIED).order_by(c.at, c.record_id).limit(limit)
    if site is not None:
        statement = statement.where(c.site == site)
    if run is not None:
        statement = statement.where(c.run == run)
    if file is not None:
        statement = statement.where(c.file_id == id_of_file(connection, file))
    return _many(connection, statement)


def _of_file(connection: Connection, file: str, *, after: int, size: int) -> list[Capture]:
    c = captures.c
    statement = select_captures().where(c.file_id == id_of_file(connection, file), c.offset > after)
    return _many(connection, statement.order_by(c.offset).limit(size))


__all__ = ["Captures", "cursor", "domain_range", "prefix_of"]
