"""Lists of captures: what they are selected by, in which order, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from archiver.catalog.capture_row import many, select_captures
from archiver.catalog.files import id_of_file
from archiver.catalog.schema import captures
from archiver.errors import UsageError
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.instant import micros
from archiver.model.surt import surt as surt_of

SHORT = 20_000
"""So many captures are worth being sorted for each page."""


Place = tuple[str, int, str]


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
    backwards: bool = False
    by_time: bool = False
    """Few captures of the site lie in that time, so they are gathered by it and sorted for each page."""


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
    return f"{micros(capture.at)} {capture.surt} {capture.record_id}"


def place_of(text: str) -> Place:
    """SURT, time and record id of a ``cursor``. Raises ``UsageError``."""
    at, _, rest = text.partition(" ")
    surt, _, record_id = rest.partition(" ")
    try:
        return surt, int(at), record_id
    except ValueError as error:
        raise UsageError(f"not a place in a list of captures: {text[:100]!r}") from error


def page_of(connection: Connection, wanted: Filter, *, size: int, place: Place | None, skip: int = 0) -> list[Capture]:
    """The captures that come next behind a place, by SURT, then time; or, backwards, before it."""
    columns = (captures.c.surt, captures.c.at, captures.c.record_id)
    statement = select_captures().limit(size)
    statement = statement.order_by(*([column.desc() for column in columns] if wanted.backwards else columns))
    if skip:
        statement = statement.offset(skip)
    if place is not None:
        here = tuple_(*columns)
        statement = statement.where(here < tuple_(*place) if wanted.backwards else here > tuple_(*place))
    return many(connection, _where(connection, statement, wanted))


def count_of(connection: Connection, wanted: Filter) -> int:
    """How many captures there are."""
    statement = _where(connection, select(func.count()).select_from(captures), wanted)
    return int(connection.execute(statement).scalar_one())


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


def is_short(connection: Connection, wanted: Filter) -> bool:
    """Whether few captures of the site lie in the time that is wanted."""
    some = select(captures.c.id).where(captures.c.site == wanted.site)
    if wanted.since is not None:
        some = some.where(captures.c.at >= micros(wanted.since))
    if wanted.until is not None:
        some = some.where(captures.c.at <= micros(wanted.until))
    few = some.limit(SHORT + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(few)).scalar_one()) <= SHORT
