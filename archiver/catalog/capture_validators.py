"""What a conditional request for a URL may refer to: the newest good answer that is held of it, and its validators."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from archiver.catalog.capture_row import one, select_captures
from archiver.catalog.schema import captures
from archiver.model.capture import Capture
from archiver.model.instant import micros
from archiver.model.record import MEMENTO_TYPES, RecordType

_NOT_MODIFIED = 304


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


def validators_of(connection: Connection, surt: str, *, url: str) -> Validators | None:
    """The validators of exactly ``url``; None where no good answer is held, or it had none."""
    c = captures.c
    mine = select_captures().where(c.surt == surt, c.url == url)
    newest = one(
        connection,
        mine.where(
            c.status.between(200, 299),
            c.truncated.is_(None),
            c.record_type.in_(MEMENTO_TYPES),
        ).order_by(c.at.desc(), c.record_id),
    )
    if newest is None or not (newest.etag or newest.last_modified):
        return None
    since = select(func.count()).select_from(captures)
    since = since.where(
        c.surt == surt,
        c.url == url,
        c.at > micros(newest.at),
        c.status == _NOT_MODIFIED,
        c.record_type == RecordType.REVISIT.value,
    )
    unchanged = int(connection.execute(since).scalar_one())
    return Validators(newest, newest.etag, newest.last_modified, unchanged)
