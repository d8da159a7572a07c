"""From an exchange to its WARC records: response, request and metadata, one capture event.

The response block is the status line and header lines byte for byte and the content-coded body; chunk framing alone is
removed and its header renamed (docs/format.md says why). What has no whole header block becomes no response record: the
metadata record says what came.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from archiver.capture.exchange import Exchange, WireBytes
from archiver.errors import NotHttpUrl
from archiver.model.capture import Kind
from archiver.model.digest import Digest
from archiver.model.instant import cut
from archiver.model.record import RecordId, Truncated
from archiver.model.url import clean_url
from archiver.warc import Block, HttpHead, Record, build, rename_transfer_encoding, split_head, unchunk

MAX_HEAD = 1_000_000
"""Bytes in which a header block must end; more is no header block."""

RECEIVED_SHOWN = 8192
"""Bytes of a broken answer that its metadata record keeps, in Base64."""

_PACKED = ("image/", "video/", "audio/", "font/woff", "application/zip", "application/gzip", "application/pdf")


@dataclass(frozen=True, slots=True)
class Event:
    """The records of one exchange. ``response`` is None when no whole header block came; ``head`` is what was read of it."""

    records: tuple[Record, ...]
    levels: tuple[int, ...]
    response: Record | None
    head: HttpHead | None
    kind: Kind
    redirect: str | None
    payload_digest: Digest | None
    payload_sha256: Digest | None
    payload_length: int | None
    truncated: Truncated | None


def new_record_id() -> RecordId:
    """A fresh ``urn:uuid:`` record id."""
    return RecordId(uuid.uuid4().urn)


def records_of(exchange: Exchange, *, warcinfo: RecordId, new_id: Callable[[], RecordId] = new_record_id) -> Event:
    """The records of ``exchange``, in the order in which they are written."""
    at = cut(exchange.began_at)
    target = clean_url(exchange.url)
    wire = {
        "ip": exchange.peer_ip,
        "protocols": _protocols(exchange),
        "cipher": exchange.cipher,
    }
    head, body = _message(exchange)
    records: list[Record] = []
    levels: list[int] = []
    response: Record | None = None
    redirect = _redirect(target, head)
    kind = Kind.REDIRECT if redirect else exchange.kind
    truncated = exchange.truncated
    if head is not None and body is not None:
        response = build.response(
            target,
            at=at,
            id=new_id(),
            warcinfo=warcinfo,
            block=Block.of(head.raw, body),
            payload=body,
            truncated=truncated,
            **wire,
        )
        records.append(response)
        levels.append(_level(head))
    request: Record | None = None
    if exchange.request:
        request = build.request(
            target,
            at=at,
            id=new_id(),
            warcinfo=warcinfo,
            block=Block.of(exchange.request),
            concurrent_to=(response.id,) if response else (),
            **wire,
        )
        records.append(request)
        levels.append(6)
    concurrent = tuple(record.id for record in (response, request) if record is not None)
    records.append(
        build.metadata(
            target,
            at=at,
            id=new_id(),
            warcinfo=warcinfo,
            fields=_facts(exchange, kind, whole=response is not None),
            concurrent_to=concurrent,
        )
    )
    levels.append(6)
    return Event(
        records=tuple(records),
        levels=tuple(levels),
        response=response,
        head=head,
        kind=kind,
        redirect=redirect,
        payload_digest=body.sha1 if body is not None else None,
        payload_sha256=body.sha256 if body is not None else None,
        payload_length=body.length if body is not None else None,
        truncated=truncated,
    )


def _message(exchange: Exchange) -> tuple[HttpHead | None, Block | None]:
    """Head (as stored) and body (as stored) of the response, or nothing when no whole header block came."""
    split = split_head(exchange.response.read(0, MAX_HEAD))
    if split is None:
        return None, None
    head = HttpHead.parse(split)
    if head.status is None:
        return None, None
    start = len(split)
    wire = exchange.response
    if not head.is_chunked:
        return head, Block(wire.size - start, lambda: wire.pieces(start))
    plain = WireBytes()
    for piece in unchunk(wire.pieces(start)):
        plain.append(piece)
    wire.clear()  # the framed bytes are not needed again: one copy of a large body is enough
    exchange.response = plain

    def pieces() -> Iterator[bytes]:
        return plain.pieces()

    return HttpHead.parse(rename_transfer_encoding(split)), Block(plain.size, pieces)


def _protocols(exchange: Exchange) -> tuple[str, ...]:
    """The WARC-Protocol values: the HTTP version as the status line has it, and TLS."""
    start = exchange.response.read(0, 9)
    version = start[5:8].decode("ascii", "replace")
    http = f"http/{version}" if version in {"0.9", "1.0", "1.1"} else "http/1.1"
    return (http, exchange.tls) if exchange.tls else (http,)


def _redirect(target: str, head: HttpHead | None) -> str | None:
    if head is None or head.status is None or not 300 <= head.status < 400 or head.status == 304:
        return None
    location = head.header("location")
    if not location:
        return None
    try:
        return clean_url(urljoin(target, location.strip()))
    except (NotHttpUrl, ValueError):
        return None


def _level(head: HttpHead) -> int:
    packed = head.header("content-encoding") or (head.header("content-type") or "").lower().startswith(_PACKED)
    return 1 if packed else 6


def _facts(exchange: Exchange, kind: Kind, *, whole: bool) -> list[tuple[str, str]]:
    facts = [("via", exchange.via)] if exchange.via else []
    facts.append(("hopsFromSeed", exchange.hop))
    if exchange.ended_at is not None:
        facts.append(("fetchTimeMs", str(max(0, round((exchange.ended_at - exchange.began_at).total_seconds() * 1000)))))
    facts.append(("kind", kind.value))
    if exchange.error:
        facts.append(("error", exchange.error))
    if not whole and exchange.response.size:
        facts.append(("received", base64.b64encode(exchange.response.read(0, RECEIVED_SHOWN)).decode("ascii")))
    return facts
