"""The raw view: a capture's answer as it came, safe to send from the archive's own origin.

Status and body are the archived ones; the header lines come back under ``X-Archive-Orig-`` names. Archived redirects
lead to the capture of their target. What lies between a client and the stored bytes is only content coding: stored
bytes go out as they are where the client takes their coding, and decoded, piece by piece, where not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from archiver.catalog import Catalog
from archiver.errors import DamageFound, NotHeld
from archiver.model.capture import Capture
from archiver.model.record import RecordType
from archiver.records.reader import RecordReader
from archiver.records.revisits import NOT_HELD, resolve_revisit
from archiver.replay.address import RAW, Links
from archiver.replay.coding import SENT, accepts
from archiver.replay.headers import SECURITY, Header, archived_headers, content_type, safe_value
from archiver.replay.lookup import leads_to_itself, redirect_destination
from archiver.warc import Content, HttpHead, ReadRecord
from archiver.warc.content_coding import Fault, decode_pieces

MAX_DECODED = 2_000_000_000
"""Bytes of a decoded body that are sent; a body that unpacks to more is a bomb, and the answer breaks off."""
BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored for a capture: status, header lines, the coded body, and the codings on it in order of use.

    ``content_codings`` are those of Content-Encoding, ``codings`` all that lie on the body. For a revisit the body is
    that of the record it refers to.
    """

    status: int
    lines: tuple[Header, ...]
    body: Content
    codings: tuple[str, ...] = ()
    content_codings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer to send: ``length`` is None where the body is decoded while it is sent."""

    status: int
    headers: tuple[Header, ...]
    body: Iterable[bytes]
    length: int | None


def read_stored(catalog: Catalog, reader: RecordReader, capture: Capture) -> Stored:
    """Read what was stored for ``capture``. Raises ``NotHeld`` for a revisit of what is not held, ``RecordDamaged``, ``StorageError``."""
    record = reader.read(capture.record)
    if capture.record_type is not RecordType.REVISIT:
        return _stored(record, capture)
    original = resolve_revisit(catalog, capture)
    if original is None:
        raise NotHeld(capture.url, NOT_HELD)
    held = _stored(reader.read(original.record), original)
    own = record.http
    if own is None or own.head.status is None or own.head.status == 304:
        # Not modified, or headers left out: the original's answer is what a reader saw.
        return held
    return replace(held, status=own.head.status, lines=_lines(own.head))


def _stored(record: ReadRecord, capture: Capture) -> Stored:
    message = record.http
    if message is None:
        lines = ((b"Content-Type", capture.mime.encode("latin-1", "replace")),) if capture.mime else ()
        return Stored(200, lines, record.payload() or Content.of(b""))
    head = message.head
    return Stored(
        head.status or capture.status or 200,
        _lines(head),
        message.entity(),
        tuple(head.codings()),
        _content_codings(head),
    )


def _lines(head: HttpHead) -> tuple[Header, ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in head.headers)


def _content_codings(head: HttpHead) -> tuple[str, ...]:
    """The codings that Content-Encoding alone names: a head without the others tells."""
    own = tuple((name, value) for name, value in head.headers if name.lower() == "content-encoding")
    return tuple(replace(head, headers=own).codings())


def raw_answer(stored: Stored, *, location: str | None, accept_encoding: str | None) -> RawAnswer:
    """The answer to send for a capture, without its Memento headers. ``location`` is where its redirect leads here."""
    headers: list[Header] = [(b"Content-Type", content_type(stored.lines)), *SECURITY, (b"Vary", b"accept-encoding")]
    if location is not None:
        headers.append((b"Location", location.encode("ascii")))
    status = stored.status if 200 <= stored.status <= 999 else 200
    if status in BODILESS:
        return RawAnswer(status, (*headers, *archived_headers(stored.lines)), (), None)
    body, length, more = _body(stored, accept_encoding)
    return RawAnswer(status, (*headers, *more, *archived_headers(stored.lines)), body, length)


def as_source(answer: RawAnswer) -> RawAnswer:
    """The answer for a browser's window: markup as the text that it is.

    A browser that reads markup connects to the hosts that it names (``preconnect``) before any policy is asked.
    """
    name, value = answer.headers[0]
    kind = value.lower()
    if not any(word in kind for word in (b"html", b"xml", b"svg")):
        return answer
    charset = kind.partition(b"charset=")[2].partition(b";")[0].strip(b" \"'")
    plain = b"text/plain" + (b"; charset=" + charset if charset else b"")
    return replace(answer, headers=((name, plain), *answer.headers[1:]))


def raw_location(catalog: Catalog, capture: Capture, links: Links, *, modifier: str = RAW) -> str | None:
    """Where the raw view of an archived redirect leads: the raw view of its target's capture. None for no redirect.

    Another ``modifier`` leads to that view of the target.

    Also None where the target is only another spelling of the same URL that is not held: it would lead to itself.
    """
    if capture.redirect is None:
        return None
    held = redirect_destination(catalog, capture)
    if held is not None:
        return links.memento(capture.redirect, held.at, modifier)
    return None if leads_to_itself(capture) else links.memento(capture.redirect, capture.at, modifier)


def _body(stored: Stored, accept_encoding: str | None) -> tuple[Iterable[bytes], int | None, list[Header]]:
    as_stored = stored.body.pieces(), stored.body.length
    if not stored.codings:
        return *as_stored, []
    sendable = stored.codings == stored.content_codings and SENT.issuperset(stored.codings)
    if sendable and accepts(accept_encoding, stored.codings):
        return *as_stored, [(b"Content-Encoding", ", ".join(stored.codings).encode("ascii"))]
    fault = Fault()
    pieces = _limited(decode_pieces(stored.body.pieces(), stored.codings, fault))
    first = next(pieces, b"")
    # Said as far as the beginning shows it: later, the headers are gone.
    note = [(b"X-Archive-Decoding", safe_value(fault.problem.encode("utf-8")))] if fault.problem else []
    return chain((first,) if first else (), pieces), None, note


def _limited(pieces: Iterable[bytes]) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > MAX_DECODED:
            raise DamageFound(f"a body unpacks to more than {MAX_DECODED} bytes")
        yield piece
