"""The capture nearest to an instant: two probes of one index, never a sort of all that a URL has."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, or_

from archiver.catalog.capture_row import many, one, select_captures
from archiver.catalog.schema import captures
from archiver.model.capture import Capture
from archiver.model.digest import Digest
from archiver.model.instant import micros
from archiver.model.record import MEMENTO_TYPES, RecordType

_SAME_SECOND = 1_000
"""So many captures of one URL in one second are compared."""

_SECOND = 1_000_000


def good_ones(*, any_status: bool, also_redirects: bool) -> ColumnElement[bool]:
    """What may be the nearest."""
    c = captures.c
    memento = c.record_type.in_(MEMENTO_TYPES)
    if any_status:
        return memento
    choices = [
        c.status.between(200, 299),
        # A server's "not modified", or a foreign revisit that says no status, stands for the page it refers to;
        # a revisit that repeats an error page does not. A resource has no status.
        and_(c.record_type == RecordType.REVISIT, or_(c.status.is_(None), c.status == 304)),
        and_(c.record_type == RecordType.RESOURCE, c.status.is_(None)),
    ]
    if also_redirects:
        choices.append(and_(c.status.between(300, 399), c.status != 304))
    return and_(memento, or_(*choices))


def with_digest(digest: Digest) -> ColumnElement[bool]:
    """What has this payload digest and holds the payload itself."""
    c = captures.c
    return and_(c.record_type != RecordType.REVISIT, or_(c.digest == digest.raw, c.payload_sha256 == digest.raw))


def nearest(
    connection: Connection, surt: str, *, target: int | None, good: ColumnElement[bool], url: str | None
) -> Capture | None:
    """The nearest to ``target`` (microseconds), else the newest; of its second the one with this ``url``."""
    c = captures.c
    base = select_captures().where(c.surt == surt, good)
    newest_first = base.order_by(c.at.desc(), c.record_id)
    if target is None:
        hit = one(connection, newest_first)
    else:
        before = one(connection, newest_first.where(c.at <= target))
        later = one(connection, base.where(c.at > target).order_by(c.at, c.record_id))
        hit = _nearer(before, later, target=target)
    if hit is None or url is None or hit.url == url:
        return hit
    at = micros(hit.at)
    start, end = (at, at) if at == target else (at - at % _SECOND, at - at % _SECOND + _SECOND - 1)
    same = many(connection, newest_first.where(c.url == url, c.at.between(start, end)).limit(_SAME_SECOND))
    goal = end if target is None else target
    return min(same, key=lambda capture: (abs(micros(capture.at) - goal), capture.at), default=hit)


def _nearer(before: Capture | None, later: Capture | None, *, target: int) -> Capture | None:
    if before is None or later is None:
        return before or later
    return before if target - micros(before.at) <= micros(later.at) - target else later
