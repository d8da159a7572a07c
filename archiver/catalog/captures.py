"""Captures: what was captured when, and where its bytes lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, case, delete, exists, func, select, update

from archiver.catalog.capture_find import Filter, Place, count_of, is_short, page_of, place_of, prefix_of
from archiver.catalog.capture_nearest import good_ones, nearest, with_digest
from archiver.catalog.capture_row import many, one, row_of, select_captures
from archiver.catalog.capture_validators import Validators, validators_of
from archiver.catalog.database import Database
from archiver.catalog.files import file_ids, id_of_file
from archiver.catalog.schema import UNTRIED, captures, files
from archiver.catalog.sql import after_prefix, insert_new, tidy
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.digest import Digest
from archiver.model.instant import micros
from archiver.model.record import MEMENTO_TYPES, BlobKey, RecordType
from archiver.model.surt import surt as surt_of

T = TypeVar("T")

FIRST_PAGE = 200
"""Rows of the first page; each next one is twice as large, up to ``LAST_PAGE``: a look is cheap and a long read quick."""

LAST_PAGE = 5_000

BATCH = 1_000
"""Rows of one transaction of ``add_all``: about 25 ms, where the rule is under 50, so that no other writer waits long."""

IDS = 500
"""Values that one statement names."""


def batched(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """``values`` in pieces of at most ``size``."""
    return (values[start : start + size] for start in range(0, len(values), size))


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

    def add_all(self, new: Sequence[Capture], *, batch: int = BATCH) -> int:
        """``add`` for the captures of a whole file: a short transaction for each ``batch``, so other writers get their turn.

        Broken off, what was added stays, and the same call goes on. Returns how many were new.
        """
        return sum(self.add(some) for some in batched(new, batch))

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
        backwards: bool = False,
        skip: int = 0,
    ) -> Iterator[Capture]:
        """Captures by SURT, then time. ``url`` is exact by its SURT, or a prefix when it ends with ``*``.

        ``since`` and ``until`` are inclusive. ``after`` is a ``cursor`` and goes on behind that capture (``backwards``:
        before it); ``skip`` leaves out so many. Read in pages, each in its own short transaction: a long read holds
        nobody up, and sees what is added ahead of it.
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
            backwards=backwards,
        )
        return self._pages(wanted, limit=limit, place=place_of(after) if after is not None else None, skip=skip)

    def count(
        self, surt_range: tuple[str, str], *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many captures lie between two SURTs (the second excluded), in that time."""
        wanted = Filter(low=surt_range[0], high=surt_range[1], since=since, until=until)
        return self._database.read(lambda connection: count_of(connection, wanted))

    def _pages(self, wanted: Filter, *, limit: int | None, place: Place | None, skip: int = 0) -> Iterator[Capture]:
        size, left = FIRST_PAGE, limit
        if wanted.site is not None and (wanted.since is not None or wanted.until is not None):
            wanted = replace(wanted, by_time=self._database.read(lambda c: is_short(c, wanted)))
        while left is None or left > 0:
            count = size if left is None else min(size, left)
            page = self._database.read(
                lambda c, n=count, p=place, s=skip: page_of(c, wanted, size=n, place=p, skip=s)  # type: ignore[misc]
            )
            yield from page
            if len(page) < count:
                return
            skip = 0
            left = None if left is None else left - count
            place = (page[-1].surt, micros(page[-1].at), page[-1].record_id)
            size = min(size * 2, LAST_PAGE)

    def spent(self, site: str, *, since: datetime) -> tuple[int, int]:
        """How many requests of a site were answered since an instant, and the bytes of the bodies that came.

        The body of a revisit came too, if the server did not say that it was not modified.
        """
        return self._database.read(lambda connection: _spent(connection, site, since=micros(since)))

    def nearest(
        self,
        surt: str,
        at: datetime | None = None,
        *,
        any_status: bool = False,
        also_redirects: bool = False,
        url: str | None = None,
    ) -> Capture | None:
        """The memento nearest to ``at`` (the earlier one when two are as near), else the newest.

        Without ``any_status`` only what stands for a good page counts: 2xx, a revisit of one, a 304 revisit, a resource
        without a status, and with ``also_redirects`` 3xx. Among captures of the same second the one with exactly this ``url`` is preferred.
        """
        good = good_ones(any_status=any_status, also_redirects=also_redirects)
        target = None if at is None else micros(at)
        return self._database.read(lambda c: nearest(c, surt, target=target, good=good, url=url))

    def by_record(self, record_id: str) -> Capture | None:
        """The capture with this record id."""
        return self._database.read(lambda c: one(c, select_captures().where(captures.c.record_id == record_id)))

    def with_digest(self, surt: str, digest: Digest, *, at: datetime) -> Capture | None:
        """The capture of a SURT whose own record holds the payload of this digest, the nearest to ``at``."""
        good = with_digest(digest)
        return self._database.read(lambda c: nearest(c, surt, target=micros(at), good=good, url=None))

    def held_count(self, surt: str) -> int:
        """How many mementos of a SURT are held."""
        return self._database.read(lambda c: _held_count(c, surt))

    def has_url(self, surt: str) -> bool:
        """Whether anything at all is held of a SURT."""
        return self._database.read(lambda c: _has(c, surt))

    def timemap(self, surt: str) -> Iterator[Capture]:
        """All mementos of one SURT, oldest first."""
        return (capture for capture in self._pages(Filter(surt=surt), limit=None, place=None) if capture.is_memento)

    def looks_again(self, site: str, *, since: datetime) -> int:
        """How many captures of pages, since an instant, were of a URL of which an older capture is held."""
        return self._database.read(lambda c: _looks_again(c, site, since=micros(since)))

    def same_payload(self, digest: Digest, *, length: int, surt: str | None = None) -> Capture | None:
        """The oldest whole response with these payload bytes (by SHA-256 and length); one of ``surt``, if any, goes first."""
        return self._database.read(lambda c: _same_payload(c, digest.raw, length=length, surt=surt))

    def leaning_on(self, record_ids: Sequence[str]) -> list[Capture]:
        """The revisits whose payload is that of one of these records. Reads the whole table: for a takedown."""
        return self._database.read(
            lambda c: [
                found
                for ids in batched(record_ids, IDS)
                for found in many(c, select_captures().where(captures.c.refers_to.in_(ids)).order_by(captures.c.id))
            ]
        )

    def with_payloads(self, of: Sequence[Capture]) -> list[Capture]:
        """Every response that has the same payload as one of these, they themselves among them."""
        wanted = [c.payload_sha256.raw for c in of if c.payload_sha256 is not None and c.payload_length]
        return self._database.read(
            lambda c: [
                found
                for raws in batched(wanted, IDS)
                for found in many(
                    c, select_captures().where(captures.c.payload_sha256.in_(raws)).order_by(captures.c.id)
                )
            ]
        )

    def validators(self, surt: str, *, url: str) -> Validators | None:
        """What a conditional request for exactly ``url`` may refer to; None when it can't be conditional."""
        return self._database.read(lambda c: validators_of(c, surt, url=url))

    def untried(
        self, *, site: str | None = None, run: str | None = None, file: str | None = None, limit: int = 1000
    ) -> list[Capture]:
        """Responses and revisits of kind page that have no verdict yet, oldest first."""
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

    def dangling(self, *, limit: int = 1000) -> list[Capture]:
        """Rows whose file is not known at all, which only damage makes; their ``record.file`` is empty."""
        return self._database.read(lambda c: _dangling(c, limit=limit))

    def put_back(self, found: Sequence[Capture]) -> None:
        """**For repair only**: give the rows of these record ids the values that were read from the record itself.

        A verdict and what was read of the page stay.
        """
        self._database.write(lambda c: _put_back(c, found))

    def remove(self, record_ids: Sequence[str]) -> None:
        """**For repair only**: remove rows that point to nothing, with what was read of them."""
        self._database.write(lambda c: _remove(c, record_ids))

    def set_verdict(self, record_id: str, verdict: Verdict) -> None:
        """Say what a capture is."""
        self._database.write(lambda c: set_verdict(c, record_id, verdict=verdict), durable=False)


def set_verdict(connection: Connection, record_id: str, *, verdict: Verdict) -> None:
    """Say what a capture is, inside a transaction."""
    connection.execute(update(captures).where(captures.c.record_id == record_id).values(verdict=verdict.value))


def _add(connection: Connection, new: Sequence[Capture]) -> int:
    ids = file_ids(connection, new)
    rows = [row_of(capture, file_id=ids[capture.record.file]) for capture in new]
    return insert_new(connection, captures, rows=rows)


def _dangling(connection: Connection, *, limit: int) -> list[Capture]:
    statement = select_captures().where(files.c.id.is_(None)).order_by(captures.c.id).limit(limit)
    return [
        replace(capture, record=replace(capture.record, file=BlobKey(""))) for capture in many(connection, statement)
    ]


def _put_back(connection: Connection, found: Sequence[Capture]) -> None:
    ids = file_ids(connection, found)
    for capture in found:
        row = tidy(row_of(capture, file_id=ids[capture.record.file]))
        del row["verdict"], row["extra"]
        changed = connection.execute(update(captures).where(captures.c.record_id == capture.record_id).values(row))
        if not changed.rowcount:
            insert_new(connection, captures, rows=[row | {"verdict": None, "extra": None}])


def _remove(connection: Connection, record_ids: Sequence[str]) -> None:
    for record_id in record_ids:
        connection.execute(delete(captures).where(captures.c.record_id == record_id))


def _held_count(connection: Connection, surt: str) -> int:
    statement = select(func.count()).select_from(captures)
    statement = statement.where(captures.c.surt == surt, captures.c.record_type.in_(MEMENTO_TYPES))
    return int(connection.execute(statement).scalar_one())


def _has(connection: Connection, surt: str) -> bool:
    return connection.execute(select(captures.c.id).where(captures.c.surt == surt).limit(1)).first() is not None


def _same_payload(connection: Connection, raw: bytes, *, length: int, surt: str | None) -> Capture | None:
    c = captures.c
    statement = select_captures().where(
        c.payload_sha256 == raw,
        c.payload_length == length,
        c.record_type == RecordType.RESPONSE.value,
        c.truncated.is_(None),
    )
    if surt is not None:
        own = one(connection, statement.where(c.surt == surt).order_by(c.at, c.record_id))
        if own is not None:
            return own
    return one(connection, statement.order_by(c.at, c.record_id))


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
    return many(connection, statement)


def _of_file(connection: Connection, file: str, *, after: int, size: int) -> list[Capture]:
    c = captures.c
    statement = select_captures().where(c.file_id == id_of_file(connection, file), c.offset > after)
    return many(connection, statement.order_by(c.offset).limit(size))


def _spent(connection: Connection, site: str, *, since: int) -> tuple[int, int]:
    original = captures.alias("original")
    came = case(
        (captures.c.payload_length.is_not(None), captures.c.payload_length),
        (captures.c.status == 304, 0),
        else_=func.coalesce(original.c.payload_length, 0),
    )
    statement = (
        select(func.count(), func.coalesce(func.sum(came), 0))
        .select_from(captures.outerjoin(original, original.c.record_id == captures.c.refers_to))
        .where(captures.c.site == site, captures.c.at >= since)
    )
    requests, size = connection.execute(statement).one()
    return int(requests), int(size)


def _looks_again(connection: Connection, site: str, *, since: int) -> int:
    older = captures.alias("older")
    c = captures.c
    is_known = exists().where(older.c.surt == c.surt, older.c.at < c.at)
    statement = select(func.count()).select_from(captures)
    statement = statement.where(c.site == site, c.at >= since, c.kind == Kind.PAGE.value, is_known)
    return int(connection.execute(statement).scalar_one())
