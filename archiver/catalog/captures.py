"""Captures: what was captured when, and where its bytes lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, delete, exists, func, select, update

from archiver.catalog.capture_row import CAPTURE, select_captures
from archiver.catalog.files import file_ids, is_in_file
from archiver.catalog.filters import EVERY_CAPTURE, CaptureFilter
from archiver.catalog.repository import Repository, reads, writes, writes_lightly
from archiver.catalog.schema import UNTRIED, captures, files
from archiver.catalog.sql import batched, equal, insert_new, update_each, within
from archiver.errors import UsageError
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.digest import Digest
from archiver.model.instant import micros
from archiver.model.record import BlobKey, RecordType

c = captures.c
BATCH = 1_000
"""Rows of one transaction of ``add_all``: about 25 ms, where the rule is under 50, so that no other writer waits long."""

PUT_BACK = 100
"""Rows of one transaction of ``put_back`` and ``remove``, which look for each row."""

SHORT = 20_000
"""So many captures are worth being sorted for each page."""


def cursor(capture: Capture) -> str:
    """The place behind a capture, for ``Captures.find(after=…)``: stays right when captures are added."""
    return f"{micros(capture.at)} {capture.surt} {capture.record_id}"


def place_of(text: str) -> tuple[str, int, str]:
    """SURT, time and record id of a ``cursor``. Raises ``UsageError``."""
    at, _, rest = text.partition(" ")
    surt, _, record_id = rest.partition(" ")
    try:
        return surt, int(at), record_id
    except ValueError as error:
        raise UsageError(f"not a place in a list of captures: {text[:100]!r}") from error


class Captures(Repository):
    """The table of captures."""

    def add(self, new: Sequence[Capture]) -> int:
        """Add captures in one transaction that is on the disk when this returns; returns how many were new.

        A record id that is there already is left as it is, so the same call may be made again. A file that is not known is
        entered as open.
        """
        return self._add(new) if new else 0

    def add_all(self, new: Sequence[Capture], *, batch: int = BATCH) -> int:
        """``add`` for the captures of a whole file: a short transaction for each ``batch``, so other writers get their turn.

        Broken off, what was added stays, and the same call goes on. Returns how many were new.
        """
        return sum(self.add(some) for some in batched(new, batch))

    @writes
    def _add(self, connection: Connection, new: Sequence[Capture]) -> int:
        return insert_new(connection, captures, _rows(connection, new))

    def find(
        self,
        wanted: CaptureFilter = EVERY_CAPTURE,
        *,
        limit: int | None = None,
        after: str | None = None,
        backwards: bool = False,
        skip: int = 0,
    ) -> Iterator[Capture]:
        """Captures by SURT, then time.

        ``after`` is a ``cursor`` and goes on behind that capture (``backwards``: before it); ``skip`` leaves out so many.
        """
        place = None if after is None else place_of(after)
        is_spanned = wanted.since is not None or wanted.until is not None
        by_time = wanted.site is not None and is_spanned and self._is_short(wanted)
        return self._pages(
            select_captures().where(*_conditions(wanted, by_time=by_time)),
            (c.surt, c.at, c.record_id),
            CAPTURE.all,
            lambda capture: (capture.surt, micros(capture.at), capture.record_id),
            after=place,
            limit=limit,
            skip=skip,
            descending=backwards,
        )

    @reads
    def _is_short(self, connection: Connection, wanted: CaptureFilter) -> bool:
        """Whether few captures of the site lie in the time that is wanted."""
        some = select(c.id).where(c.site == wanted.site, *within(c.at, wanted.since, wanted.until))
        return _count(connection, select(func.count()).select_from(some.limit(SHORT + 1).subquery())) <= SHORT

    @reads
    def count(self, connection: Connection, wanted: CaptureFilter = EVERY_CAPTURE) -> int:
        """How many captures there are."""
        return _count(connection, select(func.count()).select_from(captures).where(*_conditions(wanted)))

    @reads
    def by_record(self, connection: Connection, record_id: str) -> Capture | None:
        """The capture with this record id."""
        return CAPTURE.first(connection, select_captures().where(c.record_id == record_id))

    @reads
    def has_url(self, connection: Connection, surt: str) -> bool:
        """Whether there is any capture of a SURT."""
        return connection.execute(select(c.id).where(c.surt == surt).limit(1)).first() is not None

    @reads
    def has_site(self, connection: Connection, site: str) -> bool:
        """Whether there is any capture of a site."""
        return connection.execute(select(c.id).where(c.site == site).limit(1)).first() is not None

    @reads
    def spent(self, connection: Connection, site: str, *, since: datetime) -> tuple[int, int]:
        """How many requests of a site were answered since an instant, and the bytes of the bodies that came.

        The body of a revisit came too, if the server did not say that it was not modified.
        """
        original = captures.alias("original")
        came = case(
            (c.payload_length.is_not(None), c.payload_length),
            (c.status == 304, 0),
            else_=func.coalesce(original.c.payload_length, 0),
        )
        both = captures.outerjoin(original, original.c.record_id == c.refers_to)
        statement = select(func.count(), func.coalesce(func.sum(came), 0)).select_from(both)
        requests, size = connection.execute(statement.where(c.site == site, *within(c.at, since))).one()
        return int(requests), int(size)

    @reads
    def looks_again(self, connection: Connection, site: str, *, since: datetime) -> int:
        """How many captures of pages, since an instant, were of a URL that had been captured before."""
        older = captures.alias("older")
        is_known = exists().where(older.c.surt == c.surt, older.c.at < c.at)
        pages = (c.site == site, c.kind == Kind.PAGE.value, *within(c.at, since))
        return _count(connection, select(func.count()).select_from(captures).where(*pages, is_known))

    @reads
    def pages_between(
        self, connection: Connection, site: str, since: datetime, until: datetime, *, limit: int
    ) -> list[Capture]:
        """The page captures of a site in a span (inclusive), oldest first."""
        statement = select_captures().where(c.site == site, c.kind == Kind.PAGE.value, *within(c.at, since, until))
        return CAPTURE.all(connection, statement.order_by(c.at, c.record_id).limit(limit))

    @reads
    def same_payload(
        self, connection: Connection, digest: Digest, *, length: int, surt: str | None = None
    ) -> Capture | None:
        """The oldest whole response with these payload bytes (by SHA-256 and length); one of ``surt``, if any, goes first."""
        is_whole = (c.record_type == RecordType.RESPONSE.value, c.truncated.is_(None))
        same = select_captures().where(c.payload_sha256 == digest.raw, c.payload_length == length, *is_whole)
        oldest = same.order_by(c.at, c.record_id)
        own = None if surt is None else CAPTURE.first(connection, oldest.where(c.surt == surt))
        return own or CAPTURE.first(connection, oldest)

    def leaning_on(self, record_ids: Sequence[str]) -> list[Capture]:
        """The revisits whose payload is that of one of these records. Reads the whole table: for a takedown."""
        return self._with_any(c.refers_to, record_ids)

    def with_payloads(self, of: Sequence[Capture]) -> list[Capture]:
        """Every response that has the same payload as one of these, they themselves among them."""
        wanted = [one.payload_sha256.raw for one in of if one.payload_sha256 is not None and one.payload_length]
        return self._with_any(c.payload_sha256, wanted)

    @reads
    def _with_any(self, connection: Connection, column: ColumnElement[Any], values: Sequence[object]) -> list[Capture]:
        statement = select_captures().order_by(c.id)
        return [
            found for some in batched(values) for found in CAPTURE.all(connection, statement.where(column.in_(some)))
        ]

    @reads
    def untried(
        self,
        connection: Connection,
        *,
        site: str | None = None,
        run: str | None = None,
        file: str | None = None,
        limit: int = 1000,
    ) -> list[Capture]:
        """Responses and revisits of kind page that have no verdict yet, oldest first."""
        wanted = _conditions(CaptureFilter(site=site, run=run, file=file), by_time=True)
        statement = select_captures().where(UNTRIED, *wanted).order_by(c.at, c.record_id)
        return CAPTURE.all(connection, statement.limit(limit))

    def of_file(self, file: str) -> Iterator[Capture]:
        """The captures of one WARC, by offset."""
        statement = select_captures().where(is_in_file(c.file_id, file))
        return self._pages(statement, (c.offset,), CAPTURE.all, lambda capture: (capture.record.offset,))

    @reads
    def dangling(self, connection: Connection, *, limit: int = 1000) -> list[Capture]:
        """Rows whose file is not known at all, which only damage makes; their ``record.file`` is empty."""
        statement = select_captures().where(files.c.id.is_(None)).order_by(c.id).limit(limit)
        found = CAPTURE.all(connection, statement)
        return [replace(capture, record=replace(capture.record, file=BlobKey(""))) for capture in found]

    def put_back(self, found: Sequence[Capture]) -> None:
        """**For repair only**: give the rows of these record ids the values that were read from the record itself.

        A verdict and what was read of the page stay. Many are several transactions.
        """
        for some in batched(found, PUT_BACK):
            self._put_back(some)

    @writes
    def _put_back(self, connection: Connection, found: Sequence[Capture]) -> None:
        rows = _rows(connection, found)
        right = [{name: value for name, value in row.items() if name not in {"verdict", "extra"}} for row in rows]
        update_each(connection, captures, right, keys=("record_id",))
        insert_new(connection, captures, [row | {"verdict": None, "extra": None} for row in rows])

    def remove(self, record_ids: Sequence[str]) -> None:
        """**For repair only**: remove rows that point to nothing, with what was read of them. Many are several transactions."""
        for some in batched(record_ids, PUT_BACK):
            self._remove(some)

    @writes
    def _remove(self, connection: Connection, record_ids: Sequence[str]) -> None:
        connection.execute(delete(captures).where(c.record_id.in_(record_ids)))

    @writes_lightly
    def set_verdict(self, connection: Connection, record_id: str, verdict: Verdict) -> None:
        """Set what a capture turned out to be."""
        set_verdict(connection, record_id, verdict)


def set_verdict(connection: Connection, record_id: str, verdict: Verdict) -> None:
    """Set what a capture turned out to be, inside a transaction."""
    connection.execute(update(captures).where(c.record_id == record_id).values(verdict=verdict.value))


def _rows(connection: Connection, of: Sequence[Capture]) -> list[dict[str, Any]]:
    ids = file_ids(connection, of)
    rows = [CAPTURE.write(capture) for capture in of]
    return [row | {"file_id": ids[row.pop("file")]} for row in rows]


def _count(connection: Connection, statement: Select[Any]) -> int:
    return int(connection.execute(statement).scalar_one())


def _conditions(wanted: CaptureFilter, *, by_time: bool = False) -> list[ColumnElement[bool]]:
    """``by_time``: few captures of the site lie in the time, so they are gathered by it and sorted for each page."""
    low, high = wanted.surt_range or (None, None)
    # The rows must come by SURT, and sorting a whole site anew for each page is too dear. Added to "", the column is no
    # longer the one of the index of site and time.
    site = c.site if by_time else c.site + ""
    conditions = equal(
        (c.surt, wanted.exact_surt),
        (site, wanted.site),
        (c.status, wanted.status),
        (c.kind, wanted.kind),
        (c.verdict, wanted.verdict),
        (c.run, wanted.run),
    )
    conditions += within(c.at, wanted.since, wanted.until)
    conditions += [] if low is None else [c.surt >= low]
    conditions += [] if high is None else [c.surt < high]
    return conditions if wanted.file is None else [*conditions, is_in_file(c.file_id, wanted.file)]
