"""From an exchange to its WARC records: response or revisit, request and metadata, one capture event.

The response block is the status line and header lines byte for byte and the content-coded body; chunk framing alone is
removed and its header renamed (docs/format.md says why). What has no whole header block becomes no response record: the
metadata record says what came.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from archiver import warc
from archiver.capture.exchange import Exchange
from archiver.errors import NotHttpUrl, RecordRefused
from archiver.model.capture import Capture, Kind
from archiver.model.digest import Digest
from archiver.model.instant import cut
from archiver.model.record import RecordId, Truncated
from archiver.model.surt import surt
from archiver.model.url import clean_url

MAX_HEAD = 1 << 20
"""Bytes in which a header block must end; more is no header block."""

NOT_MODIFIED = 304

RECEIVED_SHOWN = 8192
"""Bytes of a broken answer that its metadata record keeps, in Base64."""


FindSame = Callable[[Digest, int, str], Capture | None]
"""SHA-256 and length of a payload, and the SURT it came under ► a committed response with the same bytes."""


@dataclass(frozen=True, slots=True)
class EventRecords:
    """The records of one exchange in the order in which they are written, each with its gzip level.

    ``answer`` is the response or revisit record; it and ``head`` are None when no whole header block came. ``original`` is
    the capture that a revisit refers to, ``block`` the response as it came, kept or not. ``url`` is the legal URL,
    ``redirect`` where the answer sends the client, ``kind`` and ``truncated`` what the capture row says.
    """

    url: str
    records: tuple[tuple[warc.Record, int], ...]
    answer: warc.Record | None
    head: warc.HttpHead | None
    block: warc.RecordBlock | None
    original: Capture | None
    kind: Kind
    redirect: str | None
    truncated: Truncated | None

    @property
    def primary_record_id(self) -> RecordId:
        """The record that describes the exchange: its response or revisit, else its metadata."""
        return (self.answer or self.records[-1][0]).id


def records_of(
    exchange: Exchange,
    *,
    warcinfo: RecordId,
    find_same: FindSame = lambda _digest, _length, _surt: None,
    new_id: Callable[[], RecordId] = warc.new_record_id,
) -> EventRecords:
    """The records of ``exchange``. Raises ``RecordRefused`` when its URL can't be written.

    ``find_same`` gives a committed capture that holds the very same payload bytes, if there is one: then the answer is
    written as a revisit of it.
    """
    try:
        url = clean_url(exchange.url)
    except NotHttpUrl as error:
        raise RecordRefused(str(error)) from error
    event = warc.CaptureEvent(
        url,
        cut(exchange.began_at),
        warcinfo,
        ip=exchange.peer_ip,
        protocols=_protocols(exchange),
        cipher=exchange.cipher,
    )
    head, block = _message(exchange)
    redirect = warc.redirect_target(url, head)
    kind = Kind.REDIRECT if redirect else exchange.kind
    records: list[tuple[warc.Record, int]] = []
    answer: warc.Record | None = None
    original: Capture | None = None
    if head is not None and block is not None:
        original = _original(exchange, head, block, find_same=find_same, key=surt(url))
        if original is None:
            answer = warc.response(event, block, id=new_id(), truncated=exchange.truncated)
        else:
            answer = warc.revisit(
                event,
                block.head,
                refers_to=original.record_id,
                refers_to_url=original.url,
                refers_to_at=original.at,
                payload_digest=original.digest,
                not_modified=head.status == NOT_MODIFIED,
                id=new_id(),
            )
        records.append((answer, warc.gzip_level(head)))
    if exchange.request:
        request_head, request_body = warc.split_head(exchange.request) or (exchange.request, b"")
        request = warc.request(
            event,
            warc.RecordBlock.of(request_body, head=request_head),
            id=new_id(),
            concurrent_to=(answer.id,) if answer else (),
        )
        records.append((request, 6))
    metadata = warc.metadata(
        event,
        via=clean_url(exchange.via) if exchange.via else None,
        hops=exchange.hop,
        fetch_ms=_milliseconds(exchange),
        fields=_facts(exchange, kind, whole=answer is not None),
        id=new_id(),
        concurrent_to=tuple(record.id for record, _ in records),
    )
    records.append((metadata, 6))
    return EventRecords(url, tuple(records), answer, head, block, original, kind, redirect, exchange.truncated)


def _original(
    exchange: Exchange, head: warc.HttpHead, block: warc.RecordBlock, *, find_same: FindSame, key: str
) -> Capture | None:
    """The capture that this answer says nothing new about, if there is one (WARC 1.1, 6.7 and annex B)."""
    if exchange.truncated is not None:
        return None
    if head.status == NOT_MODIFIED:
        return exchange.condition if not block.body.length else None
    if head.status is None or not 200 <= head.status < 300 or not block.body.length:
        return None
    return find_same(block.payload_sha256, block.body.length, key)


def _message(exchange: Exchange) -> tuple[warc.HttpHead | None, warc.RecordBlock | None]:
    """Head and block of the response as they are stored; nothing when no whole header block came."""
    wire = exchange.response
    split = warc.split_head(wire.read(0, MAX_HEAD))
    if split is None:
        return None, None
    raw = split[0]
    head = warc.parse_head(raw)
    if head.status is None or raw[:5].upper() != b"HTTP/":
        return None, None
    start = len(raw)
    plain = warc.deframe(raw, warc.Content(wire.size - start, lambda: wire.pieces(start)))
    return head, warc.RecordBlock.of(plain.body, head=plain.head)


def _protocols(exchange: Exchange) -> tuple[str, ...]:
    """The WARC-Protocol values: the HTTP version as the status line has it, and TLS."""
    version = exchange.response.read(5, 8).decode("ascii", "replace")
    http = f"http/{version}" if version in {"0.9", "1.0", "1.1"} else "http/1.1"
    return (http, exchange.tls) if exchange.tls else (http,)


def _milliseconds(exchange: Exchange) -> int | None:
    if exchange.ended_at is None:
        return None
    return max(0, round((exchange.ended_at - exchange.began_at).total_seconds() * 1000))


def _facts(exchange: Exchange, kind: Kind, *, whole: bool) -> list[tuple[str, str]]:
    facts = [("kind", kind.value)]
    if exchange.error:
        facts.append(("error", warc.one_line(exchange.error)))
    facts += [("note", warc.one_line(note)) for note in exchange.notes]
    if not whole and exchange.response.size:
        facts.append(("received", base64.b64encode(exchange.response.read(0, RECEIVED_SHOWN)).decode("ascii")))
    return facts
