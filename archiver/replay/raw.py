"""The raw view: a capture's answer as it came, safe to send from the archive's own origin.

Status and body are the archived ones; the header lines come back under ``X-Archive-Orig-`` names. Archived redirects
lead to the capture of their target. What lies between a client and the stored bytes is only content coding: stored
bytes go out as they are where the client takes their coding, and decoded, piece by piece, where not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from archiver.catalog import Catalog
from archiver.errors import DamageFound, NotHeld
from archiver.model.capture import Capture
from archiver.model.digest import Digest
from archiver.model.keys import is_imported
from archiver.model.record import RecordType
from archiver.records.reader import RecordReader
from archiver.records.revisits import NOT_HELD, resolve_revisit
from archiver.replay.address import RAW, Links
from archiver.replay.coding import SENT, accepts
from archiver.replay.headers import SECURITY, Header, archived_headers, content_type, safe_value
from archiver.replay.lookup import leads_to_itself, redirect_destination
from archiver.replay.ranges import wanted_range
from archiver.warc import Content, HttpHead, ReadRecord
from archiver.warc.content_coding import Fault, decode_pieces

MAX_DECODED = 2_000_000_000
"""Bytes of a decoded body that are sent; a body that unpacks to more is a bomb, and the answer breaks off."""
BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored for a capture: status, header lines, the coded body, and the codings on it in order of use.

    ``content_codings`` are those of Content-Encoding, ``codings`` all that lie on the body. For a revisit the body is
    that of the record it refers to, and so is ``digest``: that of the stored body, None where it is not known.
    """

    status: int
    lines: tuple[Header, ...]
    body: Content
    codings: tuple[str, ...] = ()
    content_codings: tuple[str, ...] = ()
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer to send: ``length`` is None where the body is decoded while it is sent."""

    status: int
    headers: tuple[Header, ...]
    body: Iterable[bytes]
    length: int | None


def read_stored(catalog: Catalog, reader: RecordReader, capture: Capture, *, in_part: bool = False) -> Stored:
    """Read what was stored for ``capture``; ``in_part`` no more of its body than is asked for.

    Raises ``NotHeld`` for a revisit of what is not held, ``RecordDamaged``, ``StorageError``.
    """
    read = reader.begin if in_part else reader.read
    record = read(capture.record)
    if capture.record_type is not RecordType.REVISIT:
        return _stored(record, capture)
    original = resolve_revisit(catalog, capture)
    if original is None:
        raise NotHeld(capture.url, NOT_HELD)
    held = _stored(read(original.record), original)
    own = record.http
    if own is None or own.head.status is None or own.head.status == 304:
        # Not modified, or headers left out: the original's answer is what a reader saw.
        return held
    return replace(held, status=own.head.status, lines=_lines(own.head))


def _stored(record: ReadRecord, capture: Capture) -> Stored:
    message = record.http
    if message is None:
        lines = ((b"Content-Type", capture.mime.encode("latin-1", "replace")),) if capture.mime else ()
        return Stored(200, lines, record.payload() or Content.of(b""), digest=_digest(capture))
    head = message.head
    return Stored(
        head.status or capture.status or 200,
        _lines(head),
        message.entity(),
        tuple(head.codings()),
        _content_codings(head),
        _digest(capture),
    )


def _digest(capture: Capture) -> Digest | None:
    """The digest of the stored body: other tools' payload digests may be over the decoded one."""
    return capture.payload_sha256 if is_imported(capture.record.file) else capture.digest or capture.payload_sha256


def _lines(head: HttpHead) -> tuple[Header, ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in head.headers)


def _content_codings(head: HttpHead) -> tuple[str, ...]:
    """The codings that Content-Encoding alone names: a head without the others tells."""
    own = tuple((name, value) for name, value in head.headers if name.lower() == "content-encoding")
    return tuple(replace(head, headers=own).codings())


def raw_answer(
    stored: Stored,
    *,
    location: str | None,
    accept_encoding: str | None,
    ranges: Sequence[str] = (),
    if_range: str | None = None,
) -> RawAnswer:
    """The answer to send for a capture, without its Memento headers. ``location`` is where its redirect leads here.

    ``ranges`` are the ``Range`` lines of the request. They count for a body of status 200 that is sent as it is stored;
    the answer is then 206 with that part, or 416 where there is none.
    """
    headers: list[Header] = [(b"Content-Type", content_type(stored.lines)), *SECURITY, (b"Vary", b"accept-encoding")]
    if location is not None:
        headers.append((b"Location", location.encode("ascii")))
    status = stored.status if 200 <= stored.status <= 999 else 200
    if status in BODILESS:
        return RawAnswer(status, (*headers, *archived_headers(stored.lines)), (), None)
    sent, more = _sent(stored, accept_encoding)
    if sent is None:
        pieces, more = _decoded(stored)
        return RawAnswer(status, (*headers, *more, *archived_headers(stored.lines)), pieces, None)
    if status != 200:
        return RawAnswer(status, (*headers, *more, *archived_headers(stored.lines)), sent.pieces(), sent.length)
    etag = _etag(stored)
    wanted = wanted_range(ranges, sent.length, if_range=if_range, etag=etag)
    more += [(b"Accept-Ranges", b"bytes"), *([(b"ETag", etag.encode("ascii"))] if etag else [])]
    if wanted is None:
        return RawAnswer(200, (*headers, *more, *archived_headers(stored.lines)), sent.pieces(), sent.length)
    if not wanted:
        place = b"bytes */%d" % sent.length
        return RawAnswer(416, (*headers, *more, (b"Content-Range", place)), (), 0)
    more.append((b"Content-Range", b"bytes %d-%d/%d" % (wanted.start, wanted.stop - 1, sent.length)))
    part = sent.part(wanted.start, wanted.stop)
    return RawAnswer(206, (*headers, *more, *archived_headers(stored.lines)), part.pieces(), part.length)


def _etag(stored: Stored) -> str | None:
    """A strong validator (RFC 9110, 8.8.3) of a body that is sent as it is stored: its digest and codings."""
    if stored.digest is None:
        return None
    return f'"{"/".join((str(stored.digest), *stored.codings))}"'


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
        return links.capture(held, modifier)
    return None if leads_to_itself(capture) else links.memento(capture.redirect, capture.at, modifier)


def _sent(stored: Stored, accept_encoding: str | None) -> tuple[Content | None, list[Header]]:
    """The stored body, where it may be sent as it is, with the line that names its coding."""
    if not stored.codings:
        return stored.body, []
    sendable = stored.codings == stored.content_codings and SENT.issuperset(stored.codings)
    if sendable and accepts(accept_encoding, stored.codings):
        return stored.body, [(b"Content-Encoding", ", ".join(stored.codings).encode("ascii"))]
    return None, []


def _decoded(stored: Stored) -> tuple[Iterable[bytes], list[Header]]:
    fault = Fault()
    pieces = _limited(decode_pieces(stored.body.pieces(), stored.codings, fault))
    first = next(pieces, b"")
    # Said as far as the beginning shows it: later, the headers are gone.
    note = [(b"X-Archive-Decoding", safe_value(fault.problem.encode("utf-8")))] if fault.problem else []
    return chain((first,) if first else (), pieces), note


def _limited(pieces: Iterable[bytes]) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > MAX_DECODED:
            raise DamageFound(f"a body unpacks to more than {MAX_DECODED} bytes")
        yield piece
