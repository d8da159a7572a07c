"""The captures of one URL through time: which is nearest to an instant, what lies around it, whether it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    String,
    and_,
    column,
    func,
    or_,
    select,
    values,
)

from archiver.catalog.capture_row import CAPTURE, MEMENTOS, select_captures
from archiver.catalog.repository import Repository, reads
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import LATEST, articles, captures
from archiver.catalog.sql import batched, day_number, day_of, within
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.digest import Digest
from archiver.model.instant import distance, from_micros, micros, timestamp14, timestamp17
from archiver.model.record import RecordType
from archiver.model.surt import surt

c = captures.c
_SECOND = 1_000_000
_MILLISECOND = 1_000
_SAME_SECOND = 1_000
"""So many captures of one URL in one second are compared."""

_NOT_MODIFIED = 304
_NEWEST_FIRST = (c.at.desc(), c.record_id.desc())
_IS_HTML = or_(c.mime.is_(None), c.mime.in_(("text/html", "application/xhtml+xml")))


class Named(Protocol):
    """A capture, or what was found in one."""

    @property
    def url(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def record_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A URL's first and last memento, and the ones just before and after an instant's second, if there are any."""

    first: Capture | None
    prev: Capture | None
    next: Capture | None
    last: Capture | None


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified as the newest whole 2xx answer of a URL had them (RFC 9110, section 8.8).

    ``newest`` is that answer: a response, or a revisit of what holds its payload.
    ``unchanged`` counts the server's "not modified" since then.
    """

    newest: Capture
    etag: str | None
    last_modified: str | None
    unchanged: int


@dataclass(frozen=True, slots=True)
class TextState:
    """What a good capture contains: the ``digest`` of its payload (None where it has none), and what of it a reader sees.

    ``content`` is, of an article, a digest of title and text as they were last read; of what is no HTML that of the
    payload; of other pages, and of articles that were not read yet, it is not known (None).
    """

    record_id: str
    at: datetime
    digest: bytes | None
    content: bytes | None

    def says_same(self, other: TextState) -> bool | None:
        """Whether both are the same to a reader: the answer to "did the article change?". None where that is not known:
        the bytes of pages that are no articles differ from one request to the next."""
        if self.digest is not None and self.digest == other.digest:
            return True
        return None if self.content is None or other.content is None else self.content == other.content


@dataclass(frozen=True, slots=True)
class CaptureSummary:
    """As much of a capture as decides whether its page is held."""

    surt: str
    at: datetime
    status: int | None
    kind: Kind
    verdict: Verdict | None
    truncated: bool
    payload_length: int | None
    redirect: str | None
    record_type: RecordType = RecordType.RESPONSE


SUMMARY = RowMap(CaptureSummary)


class Mementos(Repository):
    """Questions about the captures of a URL, which is named by its SURT."""

    @reads
    def nearest(
        self,
        connection: Connection,
        surt: str,
        at: datetime | None = None,
        *,
        any_status: bool = False,
        also_redirects: bool = False,
        url: str | None = None,
    ) -> Capture | None:
        """The memento nearest to ``at`` (the earlier one when two are as near), else the newest.

        Without ``any_status`` only what stands for a good page counts: 2xx, a revisit of one, a 304 revisit, a resource
        without a status, and with ``also_redirects`` 3xx. Among captures of the same second the one with exactly this
        ``url`` is preferred.
        """
        good = MEMENTOS if any_status else _good(also_redirects=also_redirects)
        hit = _nearest(connection, surt, at, good)
        if hit is None or url is None or hit.url == url:
            return hit
        instant = micros(hit.at)
        second = instant - instant % _SECOND
        span = (instant, instant) if hit.at == at else (second, second + _SECOND - 1)
        same = select_captures().where(c.surt == surt, good, c.url == url, c.at.between(*span))
        found = CAPTURE.all(connection, same.order_by(c.at.desc(), c.record_id).limit(_SAME_SECOND))
        return _closest(found, at or from_micros(span[1])) or hit

    @reads
    def with_digest(self, connection: Connection, surt: str, digest: Digest, *, at: datetime) -> Capture | None:
        """The capture of a SURT whose own record holds the payload of this digest, the nearest to ``at``."""
        is_same = or_(c.digest == digest.raw, c.payload_sha256 == digest.raw)
        return _nearest(connection, surt, at, and_(c.record_type != RecordType.REVISIT.value, is_same))

    def stamps(self, of: Iterable[Named]) -> dict[str, str]:
        """Record id to the digits that name each of these captures among those of its URL: 14, or 17 where several of them
        share the second."""
        seconds = {(surt(one.url), micros(one.at) // _SECOND * _SECOND) for one in of}
        return {name: stamp for some in batched(sorted(seconds)) for name, stamp in self._stamps(some).items()}

    @reads
    def _stamps(self, connection: Connection, seconds: Sequence[tuple[str, int]]) -> dict[str, str]:
        wanted = values(column("surt", String), column("second", BigInteger)).data(list(seconds)).cte("wanted")
        is_in = and_(c.surt == wanted.c.surt, c.at.between(wanted.c.second, wanted.c.second + _SECOND - 1))
        rows = connection.execute(
            select(c.url, c.at, c.record_id).select_from(wanted).join(captures, is_in).where(MEMENTOS)
        )
        shared: dict[tuple[str, int], list[tuple[int, str]]] = {}
        for url, at, record_id in rows:
            shared.setdefault((url, at // _SECOND), []).append((at, record_id))
        return {name: stamp for each in shared.values() for name, stamp in _stamps_of(each).items()}

    def nearest_of_each(self, surts: Sequence[str], at: datetime) -> dict[str, Capture]:
        """SURT to the good capture nearest to ``at``, ties to the earlier; a redirect where nothing else is held.

        SURTs of which nothing is held are left out. Two statements for hundreds of them: all parts of a page.
        """
        found: dict[str, Capture] = {}
        for some in batched(surts):
            found |= self._nearest_of_some(some, at)
        return found

    @reads
    def _nearest_of_some(self, connection: Connection, surts: Sequence[str], at: datetime) -> dict[str, Capture]:
        wanted = values(column("surt", String)).data([(surt,) for surt in surts]).cte("wanted")
        probes = [
            _probe(wanted, _good(also_redirects=redirects), micros(at), before=before)
            for redirects in (False, True)
            for before in (True, False)
        ]
        rows = [tuple(row) for row in connection.execute(select(*probes).select_from(wanted))]
        ids = {number for row in rows for number in row if number is not None}
        if not ids:
            return {}
        statement = select_captures().where(c.id.in_(ids))
        known = {row["id"]: CAPTURE.read(row) for row in connection.execute(statement).mappings()}
        found: dict[str, Capture] = {}
        for row in rows:
            good, with_redirects = ([known[n] for n in half if n is not None] for half in (row[:2], row[2:]))
            best = _closest(good or with_redirects, at)
            if best is not None:
                found[best.surt] = best
        return found

    @reads
    def neighbours(self, connection: Connection, surt: str, at: datetime) -> Neighbours:
        """The mementos of ``surt`` around an instant."""
        second = micros(at) - micros(at) % _SECOND
        base = select_captures().where(c.surt == surt, MEMENTOS)
        rising, falling = base.order_by(c.at, c.record_id), base.order_by(*_NEWEST_FIRST)
        return Neighbours(
            first=CAPTURE.first(connection, rising),
            prev=CAPTURE.first(connection, falling.where(c.at < second)),
            next=CAPTURE.first(connection, rising.where(c.at >= second + _SECOND)),
            last=CAPTURE.first(connection, falling),
        )

    @reads
    def newest(
        self,
        connection: Connection,
        surt: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> list[Capture]:
        """The newest captures of ``surt`` in a span of time (inclusive), newest first."""
        statement = select_captures().where(c.surt == surt, MEMENTOS, *within(c.at, since, until))
        return CAPTURE.all(connection, statement.order_by(*_NEWEST_FIRST).limit(limit))

    @reads
    def count(self, connection: Connection, surt: str) -> int:
        """How many mementos of a URL are held."""
        statement = select(func.count()).select_from(captures).where(c.surt == surt, MEMENTOS)
        return int(connection.execute(statement).scalar_one())

    @reads
    def days(self, connection: Connection, surt: str) -> dict[date, int]:
        """How many captures of a URL each day (UTC) has, oldest first."""
        day = day_number(c.at)
        statement = select(day, func.count()).where(c.surt == surt).group_by(day).order_by(day)
        return {day_of(number): int(count) for number, count in connection.execute(statement)}

    @reads
    def text_states(
        self, connection: Connection, surt: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> list[TextState]:
        """The states of a URL's good captures, oldest first, from ``since`` to ``until`` (inclusive); and before them the
        last one from before ``since`` of which it is known, if there is any."""
        found = _states(connection, _good_of(surt).where(*within(c.at, since, until)).order_by(c.at, c.record_id))
        if since is None:
            return found
        before = _good_of(surt).where(c.at < micros(since)).order_by(*_NEWEST_FIRST).limit(1)
        known = or_(articles.c.text_sha256.is_not(None), ~_IS_HTML)
        return [*(_states(connection, before.where(known)) or _states(connection, before)), *found]

    @reads
    def validators(self, connection: Connection, surt: str, *, url: str) -> Validators | None:
        """What a conditional request for exactly ``url`` may refer to; None where no good answer is held, or it had no
        validators."""
        mine = select_captures().where(c.surt == surt, c.url == url)
        good = mine.where(c.status.between(200, 299), c.truncated.is_(None), MEMENTOS)
        newest = CAPTURE.first(connection, good.order_by(c.at.desc(), c.record_id))
        if newest is None or not (newest.etag or newest.last_modified):
            return None
        since = mine.with_only_columns(func.count()).where(
            c.at > micros(newest.at), c.status == _NOT_MODIFIED, c.record_type == RecordType.REVISIT.value
        )
        unchanged = int(connection.execute(since).scalar_one())
        return Validators(newest, newest.etag, newest.last_modified, unchanged)

    def summaries(self, surts: Sequence[str]) -> list[CaptureSummary]:
        """What was captured of URLs, newest first."""
        return [found for some in batched(surts) for found in self._summaries(some)]

    @reads
    def _summaries(self, connection: Connection, surts: Sequence[str]) -> list[CaptureSummary]:
        plain = (c.surt, c.at, c.status, c.kind, c.verdict, c.payload_length, c.redirect, c.record_type)
        statement = select(*plain, c.truncated.is_not(None).label("truncated")).where(c.surt.in_(surts))
        return SUMMARY.all(connection, statement.order_by(c.surt, c.at.desc()))


def _nearest(connection: Connection, surt: str, at: datetime | None, good: ColumnElement[bool]) -> Capture | None:
    """Two probes of one index, never a sort of all that a URL has."""
    base = select_captures().where(c.surt == surt, good)
    newest_first = base.order_by(c.at.desc(), c.record_id)
    if at is None:
        return CAPTURE.first(connection, newest_first)
    before = CAPTURE.first(connection, newest_first.where(c.at <= micros(at)))
    later = CAPTURE.first(connection, base.where(c.at > micros(at)).order_by(c.at, c.record_id))
    return _closest([each for each in (before, later) if each is not None], at)


def _good(*, also_redirects: bool) -> ColumnElement[bool]:
    """What stands for a good page."""
    choices = [
        c.status.between(200, 299),
        # A server's "not modified", or a foreign revisit that says no status, stands for the page it refers to;
        # a revisit that repeats an error page does not. A resource has no status.
        and_(c.record_type == RecordType.REVISIT.value, or_(c.status.is_(None), c.status == _NOT_MODIFIED)),
        and_(c.record_type == RecordType.RESOURCE.value, c.status.is_(None)),
    ]
    if also_redirects:
        choices.append(and_(c.status.between(300, 399), c.status != _NOT_MODIFIED))
    return and_(MEMENTOS, or_(*choices))


def _stamps_of(shared: list[tuple[int, str]]) -> dict[str, str]:
    """The digits that name captures of one URL in one second.

    Dates of WARC 1.0 have no fraction: of those that share a millisecond too, all but the first are named by the next that
    is free, so that each can be reached.
    """
    shared.sort()
    if len(shared) == 1:
        return {name: timestamp14(from_micros(at)) for at, name in shared}
    second = shared[0][0] // _SECOND * _SECOND
    owner: dict[int, str] = {}
    for at, name in shared:
        owner.setdefault((at - second) // _MILLISECOND, name)
    first = {name: place for place, name in owner.items()}
    for at, name in shared:
        if name not in first:
            after = (at - second) // _MILLISECOND
            owner[next((p for p in (*range(after, 1000), *range(after)) if p not in owner), after)] = name
    return {name: timestamp17(from_micros(second + place * _MILLISECOND)) for place, name in owner.items()}


def _closest(found: Sequence[Capture], at: datetime) -> Capture | None:
    """The nearest by distance, of two as near the earlier."""
    return min(found, key=lambda capture: (distance(capture.at, at), capture.at), default=None)


def _probe(wanted: CTE, good: ColumnElement[bool], target: int, *, before: bool) -> ScalarSelect[int]:
    side, order = (c.at <= target, c.at.desc()) if before else (c.at > target, c.at.asc())
    found = select(c.id).where(c.surt == wanted.c.surt, good, side).order_by(order, c.record_id).limit(1)
    return found.correlate(wanted).scalar_subquery()


def _good_of(surt: str) -> Select[Any]:
    a = articles.c
    return (
        select(c.record_id, c.at, c.digest, _IS_HTML.label("is_html"), a.text_sha256, a.title)
        .outerjoin_from(captures, articles, and_(a.capture_id == c.id, LATEST))
        .where(c.surt == surt, MEMENTOS, or_(c.status.between(200, 299), c.status.is_(None)))
    )


def _states(connection: Connection, statement: Select[Any]) -> list[TextState]:
    return [
        TextState(record_id, from_micros(at), digest, _content(text, title) if text else None if is_html else digest)
        for record_id, at, digest, is_html, text, title in connection.execute(statement)
    ]


def _content(text_sha256: bytes, title: str | None) -> bytes:
    return hashlib.sha256(text_sha256 + (title or "").encode("utf-8", "replace")).digest()
