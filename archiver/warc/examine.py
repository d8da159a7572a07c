"""One record checked by the rules while it is read, and what index and catalogue need of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archiver.model.digest import Digest
from archiver.model.record import RecordType
from archiver.warc.chunked import Dechunker
from archiver.warc.content import Content, Source
from archiver.warc.content_coding import Fault, decode_pieces
from archiver.warc.field_rules import (
    CONTROL,
    IDENTICAL_PAYLOAD,
    PROFILES,
    RULES,
    RecordProblemKind,
    breaches,
    parse_date,
)
from archiver.warc.foreign import ARC
from archiver.warc.http import MAX_HEAD, HttpHead, head_length, parse_head
from archiver.warc.read import MAX_FIELDS_BLOCK, HttpMessage, RecordHead, parse_warc_fields
from archiver.warc.scan import Passing

Breaches = list[tuple[RecordProblemKind, str]]
_BARE_LF = re.compile(rb"(?<!\r)\n")
_MESSAGES = {"response": "response", "revisit": "response", "request": "request"}
_HTTP_BLOCKS = frozenset({*_MESSAGES, "resource"})
_PAYLOADS = frozenset({"response", "resource", "conversion"})
_MOST_DECODED, _RATIO = 10_000_000, 200
"""A body is decoded for its digest up to so many bytes, or so many times its coded size: a bomb is left alone."""


@dataclass(frozen=True, slots=True)
class ExaminedRecord:
    """A record that was read to its end.

    ``http`` is the head of the message in its block, ``body_length`` and ``body_sha256`` of its body as stored (of a
    resource the block); ``payload_digest`` is what WARC-Payload-Digest says, else the SHA-1 of the payload, None where it
    has none. ``lines`` are the fields of an ``application/warc-fields`` block. ``verified``: a digest that the record
    names was found right. ``length_mismatch`` says how the body's length differs from the HTTP Content-Length, which the
    answer to a HEAD may.
    """

    head: RecordHead
    type: str
    id: str | None
    at: datetime | None
    warcinfo: str | None
    concurrent_to: tuple[str, ...]
    http: HttpHead | None
    body_length: int
    body_sha256: Digest
    payload_digest: Digest | None
    lines: Sequence[tuple[str, str]]
    verified: bool
    length_mismatch: str | None

    @property
    def is_head_request(self) -> bool:
        """Whether it asks for a head without its body."""
        return self.http is not None and self.type == "request" and self.http.method == "HEAD"


def examine(passing: Passing, found: Breaches, *, file: str, again: Source) -> ExaminedRecord:
    """Read the record to its end, adding to ``found`` what is wrong with it; ``again`` gives its block once more.

    Raises ``RecordDamaged`` or ``RecordTorn`` where it cannot be read.
    """
    kind = (passing.get("WARC-Type") or "").lower()
    named: Breaches = []
    if passing.version != ARC:
        _named_fields(passing, kind, named)
    block = _BlockCheck(passing, kind)
    for piece in passing.pieces():
        block.feed(piece)
    passing.finish()
    # Only now: a record that can't be read to its end is reported as that, and as nothing else.
    found += named
    block.judge(found, again)
    if kind == "revisit":
        _revisit(passing, block, found)
    if not passing.ends_well:
        only_lf = bool(passing.terminator) and not passing.terminator.strip(b"\n")
        where = RecordProblemKind.LINE_ENDS if only_lf else RecordProblemKind.CONTENT_LENGTH
        found.append((where, f"the block is followed by {passing.terminator[:20]!r}, not CRLF CRLF"))
    return ExaminedRecord(
        head=RecordHead(passing, file=file),
        type=kind,
        id=_bare(passing.get("WARC-Record-ID")),
        at=_date(passing.get("WARC-Date")),
        warcinfo=_bare(passing.get("WARC-Warcinfo-ID")),
        concurrent_to=tuple(_bare(v) or "" for n, v in passing.fields if n.lower() == "warc-concurrent-to"),
        http=block.message_head(),
        body_length=block.body_length,
        body_sha256=Digest("sha256", block.body_sha256.digest()),
        payload_digest=block.payload_digest(),
        lines=block.lines(),
        verified=block.verified,
        length_mismatch=block.length_mismatch(),
    )


def _named_fields(passing: Passing, kind: str, found: Breaches) -> None:
    raw = passing.raw_head
    if _BARE_LF.search(raw):
        found.append((RecordProblemKind.LINE_ENDS, "a line of the named fields ends in LF alone"))
    try:
        raw.decode()
    except UnicodeDecodeError:
        found.append((RecordProblemKind.HEADER, "the named fields are not UTF-8"))
    first, *lines = raw.rstrip(b"\r\n").split(b"\n")
    if first.rstrip(b"\r") not in {b"WARC/1.0", b"WARC/1.1"}:
        found.append((RecordProblemKind.HEADER, f"the version line is {first[:40]!r}"))
    elif first.endswith(b"\r\r"):
        found.append((RecordProblemKind.LINE_ENDS, "the version line ends in CR CR LF"))
    for line in lines:
        if line[:1] in {b" ", b"\t"}:
            found.append((RecordProblemKind.HEADER, "a folded line"))
        elif b":" not in line:
            found.append((RecordProblemKind.HEADER, f"a line without a colon: {line[:60]!r}"))
    if b"\r" in b"\n".join(lines).replace(b"\r\n", b"") and not any(CONTROL.search(v) for _, v in passing.fields):
        found.append((RecordProblemKind.CONTROL, "a CR inside a line"))
    for name, _ in passing.fields:
        if name.lower() not in RULES:
            text = f"neither the standard nor a known extension has {name[:60]!r}"
            found.append((RecordProblemKind.UNKNOWN, text))
    try:
        record_type = RecordType(kind)
    except ValueError:
        text = f"WARC-Type is {kind[:40]!r}" if kind else "no WARC-Type"
        found.append((RecordProblemKind.TYPE if kind else RecordProblemKind.MISSING, text))
        return
    found += breaches(record_type, passing.fields, version=passing.version)
    if passing.content_length and not passing.get("Content-Type") and kind != "continuation":
        found.append((RecordProblemKind.MISSING, "no Content-Type on a block that is not empty"))
    found += _content_type(passing, kind)
    if kind == "warcinfo" and not passing.get("WARC-Filename"):
        found.append((RecordProblemKind.MISSING, "no WARC-Filename"))


def _content_type(passing: Passing, kind: str) -> Breaches:
    """What is wrong with the type of a block that is an HTTP message: 6.3, 6.5 and 6.7 name it."""
    target = passing.get("WARC-Target-URI") or ""
    content_type = passing.get("Content-Type")
    if kind not in _MESSAGES or not content_type or not target.lower().startswith(("http://", "https://")):
        return []
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    named = dict(parameter.partition("=")[::2] for parameter in parameters)
    wanted = _MESSAGES[kind]
    if name == "application/http" and named.get("msgtype", wanted).strip('"') == wanted:
        return []
    return [(RecordProblemKind.VALUE, f"the block of a {kind} for {target[:60]} is no {content_type[:60]!r}")]


def _bare(value: str | None) -> str | None:
    return value.removeprefix("<").removesuffix(">") if value else None


def _date(value: str | None) -> datetime | None:
    try:
        return parse_date(value) if value else None
    except ValueError:
        return None


class _RunningDigest:
    """A digest that a field names, computed on the way; without such a field in ``otherwise``, or idle."""

    def __init__(self, text: str | None, otherwise: str | None = None) -> None:
        self.expected: Digest | None = None
        if text:
            try:
                self.expected = Digest.parse(text)
            except ValueError:
                self.expected = None
        self._algorithm = self.expected.algorithm if self.expected else otherwise
        self._hash = hashlib.new(self._algorithm, usedforsecurity=False) if self._algorithm else None

    def update(self, data: bytes) -> None:
        if self._hash is not None:
            self._hash.update(data)

    def found(self) -> Digest | None:
        """The digest of what came, or None where it is idle."""
        return Digest(self._algorithm, self._hash.digest()) if self._algorithm and self._hash else None

    @property
    def differs(self) -> bool:
        """Whether what came is not what was expected."""
        return self.expected is not None and self.found() != self.expected


def _digest_of(pieces: Iterable[bytes], algorithm: str) -> Digest:
    found = hashlib.new(algorithm, usedforsecurity=False)
    for piece in pieces:
        found.update(piece)
    return Digest(algorithm, found.digest())


def _at_most(limit: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        limit -= len(piece)
        if limit < 0:
            return
        yield piece


class _BlockCheck:
    """The block while it passes: its digests, its HTTP head, its lines."""

    def __init__(self, passing: Passing, kind: str) -> None:
        self._passing = passing
        self.kind = kind
        content_type = (passing.get("Content-Type") or "").partition(";")[0].strip().lower()
        self._is_http = content_type == "application/http" and kind in _HTTP_BLOCKS
        self._is_fields = content_type == "application/warc-fields"
        self._has_lines = self._is_fields or kind in {"warcinfo", "metadata"}
        self._start = bytearray()
        self._in_head = self._is_http
        self._block = _RunningDigest(passing.get("WARC-Block-Digest"))
        otherwise = "sha1" if kind in _PAYLOADS else None
        self._payload = _RunningDigest(passing.get("WARC-Payload-Digest"), otherwise)
        self._dechunked = _RunningDigest(passing.get("WARC-Payload-Digest"), otherwise)
        self._dechunker: Dechunker | None = None
        self._head_bytes = b""
        self.http: HttpHead | None = None
        self.body_length = 0
        self.body_sha256 = hashlib.sha256()
        self.verified = False

    def feed(self, data: bytes) -> None:
        self._block.update(data)
        if self._has_lines and len(self._start) < MAX_FIELDS_BLOCK:
            self._start += data
        if not self._in_head:
            self._body(data)
            return
        self._start += data
        length = head_length(bytes(self._start))
        if length is not None or len(self._start) >= MAX_HEAD:
            self._head(length or 0)

    def _head(self, length: int) -> None:
        self._in_head = False
        rest = bytes(self._start[length:])
        if length:
            self._head_bytes = bytes(self._start[:length])
            self.http = parse_head(self._head_bytes)
            if self.http.is_chunked():
                self._dechunker = Dechunker()
        self._start.clear()
        self._body(rest)

    def _body(self, data: bytes) -> None:
        self.body_length += len(data)
        if self.kind in _PAYLOADS:
            self.body_sha256.update(data)
        self._payload.update(data)
        if self._dechunker is not None:
            for piece in self._dechunker.feed(data):
                self._dechunked.update(piece)

    def judge(self, found: Breaches, again: Source) -> None:
        """Add what is wrong with the block."""
        if self._block.differs:
            text = f"the block has {self._block.found()}, not {self._block.expected}"
            found.append((RecordProblemKind.BLOCK_DIGEST, text))
        self.verified = self._block.expected is not None and not self._block.differs
        if self._is_http and self._passing.content_length:
            self._judge_head(found)
        if self._is_fields:
            self._judge_fields(found)
        if self.kind == "revisit" or self._passing.get("WARC-Segment-Number"):
            return  # the payload lies elsewhere, or in several records
        if self._payload.differs and (self._dechunker is None or self._dechunked.differs):
            of = self._digested(again)
            if of is not None:
                self.verified = True
                found.append((RecordProblemKind.OTHER_DIGEST, f"the payload digest is that of {of}"))
            else:
                text = f"the payload has {self._payload.found()}, not {self._payload.expected}"
                found.append((RecordProblemKind.PAYLOAD_DIGEST, text))
        elif self._payload.expected is not None and self.body_length:
            self.verified = True
        if self._dechunker is not None and self._dechunker.chunks and self._dechunker.problem is None:
            text = "chunked framing was left on: tools do not agree on its payload"
            found.append((RecordProblemKind.CHUNKED, text))

    def payload_digest(self) -> Digest | None:
        """What the record says, else what was found."""
        return self._payload.expected or (self._unframed() or self._payload.found() if self.kind in _PAYLOADS else None)

    def _unframed(self) -> Digest | None:
        """The digest of a body in chunked framing without it; None where there is no such framing."""
        framing = self._dechunker
        return self._dechunked.found() if framing is not None and framing.chunks and framing.problem is None else None

    def _digested(self, again: Source) -> str | None:
        """What else than the payload the digest is of, as many tools have it: the decoded body, or the whole block; None where
        it is of neither."""
        expected = self._payload.expected
        if self.http is None or expected is None:
            return None
        content = Content(self._passing.content_length, again)
        if _digest_of(content.pieces(), expected.algorithm) == expected:
            return "the whole block"
        head = self._head_bytes
        if not self.http.codings():
            return None
        most = max(_MOST_DECODED, _RATIO * self.body_length)
        body = HttpMessage(head, content.skip(len(head))).entity()
        decoded = decode_pieces(body.pieces(), self.http.codings(), Fault())
        return "the decoded body" if _digest_of(_at_most(most, decoded), expected.algorithm) == expected else None

    def message_head(self) -> HttpHead | None:
        """The head of the message; where no blank line ends it, all of a short block is taken for one."""
        return parse_head(bytes(self._start)) if self._in_head and self._start else self.http

    def _judge_head(self, found: Breaches) -> None:
        if self.http is None:
            found.append((RecordProblemKind.HTTP_HEAD, "no blank line ends the HTTP head"))
        elif self.kind == "request":
            if self.http.method is None:
                text = f"no request line: {self.http.first_line[:60]!r}"
                found.append((RecordProblemKind.HTTP_HEAD, text))
        elif self.http.status is None:
            found.append((RecordProblemKind.HTTP_HEAD, f"no status line: {self.http.first_line[:60]!r}"))

    def _judge_fields(self, found: Breaches) -> None:
        try:
            text = bytes(self._start).decode()
        except UnicodeDecodeError:
            found.append((RecordProblemKind.WARC_FIELDS, "the block's lines are not UTF-8"))
            return
        for line in text.replace("\r\n", "\n").split("\n"):
            if line and (":" not in line or CONTROL.search(line)) and line[0] not in " \t":
                found.append((RecordProblemKind.WARC_FIELDS, f"not a field: {line[:60]!r}"))

    def lines(self) -> Sequence[tuple[str, str]]:
        """The fields in the block; of warcinfo and metadata records whatever their media type says."""
        return parse_warc_fields(bytes(self._start)) if self._has_lines else ()

    def length_mismatch(self) -> str | None:
        """How the stored body differs from the HTTP Content-Length, where the two should agree."""
        if self.http is None or self.kind not in {"response", "request"} or self._passing.get("WARC-Truncated"):
            return None
        announced = {value.strip() for value in self.http.get_all("Content-Length")}
        coded = self.http.get("Transfer-Encoding") or self.http.get("X-Crawler-Transfer-Encoding")
        # RFC 9112, 6.3: these have no body, whatever length they announce.
        bodiless = self.http.status is not None and (self.http.status in {204, 304} or 100 <= self.http.status < 200)
        if len(announced) != 1 or coded or (bodiless and not self.body_length):
            return None
        text = announced.pop()
        if re.fullmatch(f"0*{self.body_length}", text):
            return None
        return f"the body has {self.body_length} bytes, HTTP Content-Length says {text[:40]}"


def _revisit(passing: Passing, block: _BlockCheck, found: Breaches) -> None:
    profile = _bare(passing.get("WARC-Profile"))
    if profile is None:
        return  # reported as missing
    if profile not in PROFILES:
        found.append((RecordProblemKind.REVISIT, f"the profile is not known: {profile[:120]!r}"))
        return
    for name in ("WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"):
        if not passing.get(name):
            found.append((RecordProblemKind.REVISIT, f"no {name}: nobody can find the original"))
    if profile.endswith(IDENTICAL_PAYLOAD.rpartition("/")[2]):
        if not passing.get("WARC-Payload-Digest"):
            found.append((RecordProblemKind.REVISIT, "no WARC-Payload-Digest"))
        if passing.content_length and passing.get("WARC-Truncated") != "length":
            found.append((RecordProblemKind.REVISIT, "a head without its body needs WARC-Truncated: length"))
    elif block.http is not None and block.http.status != 304:
        text = f"a not-modified answer has status 304, not {block.http.status}"
        found.append((RecordProblemKind.REVISIT, text))
