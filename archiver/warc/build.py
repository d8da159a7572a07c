"""Records of each type, as the standard and the implementation guidelines want them."""

from __future__ import annotations

import ipaddress
import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from archiver.errors import RecordRefused
from archiver.model.digest import Digest
from archiver.model.instant import rfc3339
from archiver.model.record import RecordId, RecordType, Truncated
from archiver.warc.content import RecordBlock
from archiver.warc.field_rules import CONTROL, IDENTICAL_PAYLOAD, NAME, NOT_MODIFIED, breaches

HTTP_RESPONSE = "application/http; msgtype=response"
HTTP_REQUEST = "application/http; msgtype=request"
WARC_FIELDS = "application/warc-fields"
Fields = Iterable[tuple[str, str]]


VERSION = "WARC/1.1"


def new_record_id(random: Callable[[int], bytes] = os.urandom) -> RecordId:
    """A fresh ``urn:uuid:…`` from sixteen random bytes."""
    return RecordId(f"urn:uuid:{uuid.UUID(bytes=random(16), version=4)}")


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One WARC record. ``fields`` are the named fields besides type, id, date and the two Content fields, in order.

    ``at`` is the instant at which the capture event began; it is written cut to milliseconds.
    """

    type: RecordType
    id: RecordId
    at: datetime
    fields: tuple[tuple[str, str], ...]
    content_type: str | None
    block: RecordBlock

    def all_fields(self) -> list[tuple[str, str]]:
        """Every named field, in the order in which it is written."""
        fields = [
            ("WARC-Type", self.type.value),
            ("WARC-Record-ID", f"<{self.id}>"),
            ("WARC-Date", rfc3339(self.at)),
            *self.fields,
        ]
        if self.content_type is not None:
            fields.append(("Content-Type", self.content_type))
        fields.append(("Content-Length", str(self.block.length)))
        return fields

    def head(self) -> bytes:
        """The version line and named fields as bytes, with the blank line. Raises ``RecordRefused``.

        Nothing that the standard forbids is written: no control character (so no CR, LF or NUL), no illegal URI, no
        field that may not stand in such a record, none twice that may not repeat.
        """
        fields = self.all_fields()
        for _, text in breaches(self.type, fields):
            raise RecordRefused(text)
        for name, value in fields:
            if value != value.strip(" \t"):
                raise RecordRefused(f"white space around the value of {name}")
        lines = [VERSION, *(f"{name}: {value}" for name, value in fields), "", ""]
        try:
            return "\r\n".join(lines).encode()
        except UnicodeEncodeError as error:
            raise RecordRefused(f"a value is not Unicode text: {error.reason}") from error


@dataclass(frozen=True, slots=True)
class CaptureEvent:
    """One capture event: what all of its records say alike.

    ``at`` is when it began; ``protocols`` like ``http/1.1`` and ``tls/1.3``; ``cipher`` an IANA name; ``warcinfo`` the
    id of the warcinfo record that is in force.
    """

    url: str
    at: datetime
    warcinfo: RecordId
    ip: str | None = None
    protocols: tuple[str, ...] = ()
    cipher: str | None = None


def one_line(text: str, limit: int = 1000) -> str:
    """``text`` fit for a field value: control characters and white space runs become one space, the rest is cut."""
    return " ".join(CONTROL.sub(" ", text).encode("utf-8", "replace").decode().split())[:limit].rstrip()


def fields_block(fields: Fields) -> RecordBlock:
    """A block of ``application/warc-fields``. Raises ``RecordRefused`` for a name or value that would break a line."""
    lines: list[str] = []
    for name, value in fields:
        if not NAME.match(name):
            raise RecordRefused(f"not a field name: {name[:60]!r}")
        if CONTROL.search(value):
            raise RecordRefused(f"control character in {name}")
        lines.append(f"{name}: {value}\r\n")
    try:
        return RecordBlock.of("".join(lines).encode())
    except UnicodeEncodeError as error:
        raise RecordRefused(f"a value is not Unicode text: {error.reason}") from error


def warcinfo(at: datetime, *, filename: str, fields: Fields, id: RecordId | None = None) -> Record:  # noqa: A002
    """The record that says how the ones after it were made; ``filename`` is the name at the time of writing."""
    block = fields_block(fields)
    return Record(
        RecordType.WARCINFO,
        id or new_record_id(),
        at,
        (("WARC-Filename", filename), ("WARC-Block-Digest", str(block.digest))),
        WARC_FIELDS,
        block,
    )


def response(
    event: CaptureEvent,
    block: RecordBlock,
    *,
    id: RecordId | None = None,  # noqa: A002  the standard's word
    concurrent_to: Iterable[RecordId] = (),
    truncated: Truncated | None = None,
) -> Record:
    """A whole or truncated HTTP response: ``block`` has its head and its body without chunked framing."""
    fields = _start(event, wire=True)
    fields += _concurrent(concurrent_to)
    fields += _truncated(truncated)
    fields += [("WARC-Payload-Digest", str(block.payload_digest)), ("WARC-Block-Digest", str(block.digest))]
    return Record(RecordType.RESPONSE, id or new_record_id(), event.at, tuple(fields), HTTP_RESPONSE, block)


def request(
    event: CaptureEvent,
    block: RecordBlock,
    *,
    id: RecordId | None = None,  # noqa: A002
    concurrent_to: Iterable[RecordId] = (),
    truncated: Truncated | None = None,
) -> Record:
    """An HTTP request as sent; its payload digest is there only when it has a body."""
    fields = _start(event, wire=True)
    fields += _concurrent(concurrent_to)
    fields += _truncated(truncated)
    if block.body.length:
        fields.append(("WARC-Payload-Digest", str(block.payload_digest)))
    fields.append(("WARC-Block-Digest", str(block.digest)))
    return Record(RecordType.REQUEST, id or new_record_id(), event.at, tuple(fields), HTTP_REQUEST, block)


def metadata(
    event: CaptureEvent,
    *,
    via: str | None = None,
    hops: str | None = None,
    fetch_ms: int | None = None,
    fields: Fields = (),
    id: RecordId | None = None,  # noqa: A002
    concurrent_to: Iterable[RecordId] = (),
    refers_to: RecordId | None = None,
) -> Record:
    """How a capture came about: ``via``, ``hopsFromSeed`` (empty for a seed), ``fetchTimeMs``, and more fields."""
    lines: list[tuple[str, str]] = []
    if via is not None:
        lines.append(("via", via))
    if hops is not None:
        lines.append(("hopsFromSeed", hops))
    if fetch_ms is not None:
        lines.append(("fetchTimeMs", str(fetch_ms)))
    block = fields_block([*lines, *fields])
    head = _start(event, wire=False)
    head += _concurrent(concurrent_to)
    if refers_to is not None:
        head.append(("WARC-Refers-To", f"<{refers_to}>"))
    head.append(("WARC-Block-Digest", str(block.digest)))
    return Record(RecordType.METADATA, id or new_record_id(), event.at, tuple(head), WARC_FIELDS, block)


def revisit(
    event: CaptureEvent,
    head: bytes,
    *,
    refers_to: RecordId,
    refers_to_url: str,
    refers_to_at: datetime,
    payload_digest: Digest | None,
    not_modified: bool = False,
    id: RecordId | None = None,  # noqa: A002
    concurrent_to: Iterable[RecordId] = (),
) -> Record:
    """A response whose payload is another record's.

    With ``not_modified`` the server said so (304, profile server-not-modified) and ``head`` is that answer's head;
    else the payload had the digest ``payload_digest`` (profile identical-payload-digest) and ``head`` is the head
    without its body. Both always name the original with its URL and date, without which nobody can replay them.
    """
    block = RecordBlock.of(b"", head=head)
    fields = _start(event, wire=True)
    fields.append(("WARC-Profile", NOT_MODIFIED if not_modified else IDENTICAL_PAYLOAD))
    fields += [
        ("WARC-Refers-To", f"<{refers_to}>"),
        ("WARC-Refers-To-Target-URI", refers_to_url),
        ("WARC-Refers-To-Date", rfc3339(refers_to_at)),
    ]
    fields += _concurrent(concurrent_to)
    if payload_digest is not None:
        fields.append(("WARC-Payload-Digest", str(payload_digest)))
    elif not not_modified:
        raise RecordRefused("an identical-payload-digest revisit needs a payload digest")
    if head and not not_modified:
        fields += _truncated(Truncated.LENGTH)
    fields.append(("WARC-Block-Digest", str(block.digest)))
    content_type = HTTP_RESPONSE if head else None
    return Record(RecordType.REVISIT, id or new_record_id(), event.at, tuple(fields), content_type, block)


def resource(
    event: CaptureEvent,
    block: RecordBlock,
    *,
    content_type: str,
    id: RecordId | None = None,  # noqa: A002
    concurrent_to: Iterable[RecordId] = (),
    truncated: Truncated | None = None,
) -> Record:
    """Bytes without a protocol's head, such as a DNS answer or a picture of a page.

    The payload is the block, whose digest says all: FastWARC's check takes a payload digest here for a wrong one.
    """
    fields = _start(event, wire=True)
    fields += _concurrent(concurrent_to)
    fields += _truncated(truncated)
    fields.append(("WARC-Block-Digest", str(block.digest)))
    return Record(RecordType.RESOURCE, id or new_record_id(), event.at, tuple(fields), content_type, block)


def conversion(
    event: CaptureEvent,
    block: RecordBlock,
    *,
    content_type: str,
    refers_to: RecordId,
    id: RecordId | None = None,  # noqa: A002
) -> Record:
    """Another form of a record's content that stands for itself, such as the text of an article.

    Its digest is the block's, as in ``resource``.
    """
    fields = _start(event, wire=False)
    fields += [("WARC-Refers-To", f"<{refers_to}>"), ("WARC-Block-Digest", str(block.digest))]
    return Record(RecordType.CONVERSION, id or new_record_id(), event.at, tuple(fields), content_type, block)


def _start(event: CaptureEvent, *, wire: bool) -> list[tuple[str, str]]:
    fields = [("WARC-Target-URI", event.url), ("WARC-Warcinfo-ID", f"<{event.warcinfo}>")]
    if not wire:
        return fields
    if event.ip is not None:
        try:
            # The compressed form is RFC 5952's.
            fields.append(("WARC-IP-Address", ipaddress.ip_address(event.ip.partition("%")[0]).compressed))
        except ValueError as error:
            raise RecordRefused(f"not an IP address: {event.ip[:60]!r}") from error
    fields += [("WARC-Protocol", protocol) for protocol in event.protocols]
    if event.cipher is not None:
        fields.append(("WARC-Cipher-Suite", event.cipher))
    return fields


def _concurrent(ids: Iterable[RecordId]) -> list[tuple[str, str]]:
    return [("WARC-Concurrent-To", f"<{other}>") for other in ids]


def _truncated(reason: Truncated | None) -> list[tuple[str, str]]:
    return [] if reason is None else [("WARC-Truncated", reason.value)]
