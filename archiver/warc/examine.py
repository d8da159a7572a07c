"""Holding one record to the rules while it passes by."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from archiver.model.digest import Digest
from archiver.model.record import RecordType
from archiver.warc.chunked import Dechunker
from archiver.warc.http import MAX_HEAD, HttpHead, head_length, parse_head
from archiver.warc.problem import ProblemKind
from archiver.warc.rules import CONTROL, IDENTICAL_PAYLOAD, PROFILES, RULES, breaches, parse_date
from archiver.warc.scan import Passing

Breaches = list[tuple[ProblemKind, str]]
_MAX_FIELDS_BLOCK = 1 << 20
_BARE_LF = re.compile(rb"(?<!\r)\n")
_MESSAGES = {"response": "response", "revisit": "response", "request": "request"}
_TERMINATOR = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Examined:
    """What the check of the whole file needs of one record. ``length_mismatch`` says how the body's length differs from
    the HTTP Content-Length, which the answer to a HEAD may."""

    type: str
    id: str | None
    at: datetime | None
    warcinfo: str | None
    concurrent_to: tuple[str, ...]
    length_mismatch: str | None
    head_request: bool


def examine(passing: Passing, found: Breaches) -> Examined:
    """Read the record to its end, adding to ``found`` what is wrong with it.

    Raises ``RecordDamaged`` or ``RecordTorn`` where it cannot be read.
    """
    kind = (passing.get("WARC-Type") or "").lower()
    named: Breaches = []
    _named_fields(passing, kind, named)
    block = _Block(passing)
    for piece in passing.pieces():
        block.feed(piece)
    passing.finish()
    # Only now: a record that can't be read to its end is reported as that, and as nothing else.
    found += named
    block.judge(found)
    if kind == "revisit":
        _revisit(passing, block, found)
    if passing.terminator != _TERMINATOR:
        only_lf = bool(passing.terminator) and not passing.terminator.strip(b"\n")
        where = ProblemKind.LINE_ENDS if only_lf else ProblemKind.CONTENT_LENGTH
        found.append((where, f"the block is followed by {passing.terminator[:20]!r}, not CRLF CRLF"))
    return Examined(
        type=kind,
        id=_bare(passing.get("WARC-Record-ID")),
        at=_date(passing.get("WARC-Date")),
        warcinfo=_bare(passing.get("WARC-Warcinfo-ID")),
        concurrent_to=tuple(_bare(v) or "" for n, v in passing.fields if n.lower() == "warc-concurrent-to"),
        length_mismatch=block.length_mismatch(),
        head_request=block.http is not None and kind == "request" and block.http.method == "HEAD",
    )


def _named_fields(passing: Passing, kind: str, found: Breaches) -> None:
    raw = passing.raw_head
    if _BARE_LF.search(raw):
        found.append((ProblemKind.LINE_ENDS, "a line of the named fields ends in LF alone"))
    try:
        raw.decode()
    except UnicodeDecodeError:
        found.append((ProblemKind.HEADER, "the named fields are not UTF-8"))
    first, *lines = raw.rstrip(b"\r\n").split(b"\n")
    if first.rstrip(b"\r") not in {b"WARC/1.0", b"WARC/1.1"}:
        found.append((ProblemKind.HEADER, f"the version line is {first[:40]!r}"))
    for line in lines:
        if line[:1] in {b" ", b"\t"}:
            found.append((ProblemKind.HEADER, "a folded line"))
        elif b":" not in line:
            found.append((ProblemKind.HEADER, f"a line without a colon: {line[:60]!r}"))
    if b"\r" in raw.replace(b"\r\n", b"") and not any(CONTROL.search(value) for _, value in passing.fields):
        found.append((ProblemKind.CONTROL, "a CR inside a line"))
    for name, _ in passing.fields:
        if name.lower() not in RULES:
            found.append((ProblemKind.UNKNOWN, f"neither the standard nor a known extension has {name[:60]!r}"))
    try:
        record_type = RecordType(kind)
    except ValueError:
        text = f"WARC-Type is {kind[:40]!r}" if kind else "no WARC-Type"
        found.append((ProblemKind.TYPE if kind else ProblemKind.MISSING, text))
        return
    found += [(ProblemKind(b), text) for b, text in breaches(record_type, passing.fields, version=passing.version)]
    if passing.content_length and not passing.get("Content-Type") and kind != "continuation":
        found.append((ProblemKind.MISSING, "no Content-Type on a block that is not empty"))
    found += _content_type(passing, kind)
    if kind == "warcinfo" and not passing.get("WARC-Filename"):
        found.append((ProblemKind.MISSING, "no WARC-Filename"))


def _content_type(passing: Passing, kind: str) -> Breaches:
    """What is wrong with the type of a block that is an HTTP message: 6.3, 6.5 and 6.7 name it."""
    target = passing.get("WARC-Target-URI") or ""
    content_type = passing.get("Content-Type")
    if kind not in _MESSAGES or not content_type or not target.lower().startswith(("http://", "https://")):
        return []
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    told = dict(parameter.partition("=")[::2] for parameter in parameters)
    wanted = _MESSAGES[kind]
    if name == "application/http" and told.get("msgtype", wanted).strip('"') == wanted:
        return []
    return [(ProblemKind.VALUE, f"the block of a {kind} for {target[:60]} is no {content_type[:60]!r}")]


def _bare(value: str | None) -> str | None:
    return value.removeprefix("<").removesuffix(">") if value else None


def _date(value: str | None) -> datetime | None:
    try:
        return parse_date(value) if value else None
    except ValueError:
        return None


class _Wanted:
    """A digest that a field names, computed on the way; idle where there is none that we know."""

    def __init__(self, text: str | None) -> None:
        self.expected: Digest | None = None
        if text:
            try:
                self.expected = Digest.parse(text)
            except ValueError:
                self.expected = None
        self.hashes = [hashlib.new(self.expected.algorithm, usedforsecurity=False)] if self.expected else []

    def update(self, data: bytes) -> None:
        for each in self.hashes:
            each.update(data)

    def found(self) -> Digest | None:
        """The digest of what came, or None where nothing was expected."""
        return Digest(self.expected.algorithm, self.hashes[0].digest()) if self.expected else None


class _Block:
    """The block while it passes: its digests, its HTTP head, its lines."""

    def __init__(self, passing: Passing) -> None:
        self._passing = passing
        self.kind = (passing.get("WARC-Type") or "").lower()
        content_type = (passing.get("Content-Type") or "").partition(";")[0].strip().lower()
        self._is_http = content_type == "application/http" and self.kind in {"response", "request", "revisit"}
        self._is_fields = content_type == "application/warc-fields"
        self._start = bytearray()
        self._in_head = self._is_http
        self._whole = _Wanted(passing.get("WARC-Block-Digest"))
        self._payload = _Wanted(passing.get("WARC-Payload-Digest"))
        self._dechunked = _Wanted(passing.get("WARC-Payload-Digest"))
        self._dechunker: Dechunker | None = None
        self.http: HttpHead | None = None
        self.body_length = 0

    def feed(self, data: bytes) -> None:
        self._whole.update(data)
        if self._is_fields and len(self._start) < _MAX_FIELDS_BLOCK:
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
            self.http = parse_head(bytes(self._start[:length]))
            if self.http.is_chunked():
                self._dechunker = Dechunker()
        self._start.clear()
        self._body(rest)

    def _body(self, data: bytes) -> None:
        self.body_length += len(data)
        self._payload.update(data)
        if self._dechunker is not None:
            for piece in self._dechunker.feed(data):
                self._dechunked.update(piece)

    def judge(self, found: Breaches) -> None:
        """Add what is wrong with the block."""
        if self._whole.found() != self._whole.expected:
            found.append((ProblemKind.BLOCK_DIGEST, f"the block has {self._whole.found()}, not {self._whole.expected}"))
        if self._is_http and self._passing.content_length:
            self._judge_head(found)
        if self._is_fields:
            self._judge_fields(found)
        if self.kind == "revisit":
            return
        payload = self._payload.found()
        if payload != self._payload.expected and self._dechunked_digest() != self._payload.expected:
            found.append((ProblemKind.PAYLOAD_DIGEST, f"the payload has {payload}, not {self._payload.expected}"))
        if self._dechunker is not None and self._dechunker.chunks and self._dechunker.problem is None:
            found.append((ProblemKind.CHUNKED, "chunked framing was left on: tools do not agree on its payload"))

    def _dechunked_digest(self) -> Digest | None:
        return None if self._dechunker is None else self._dechunked.found()

    def _judge_head(self, found: Breaches) -> None:
        if self.http is None:
            found.append((ProblemKind.HTTP_HEAD, "no blank line ends the HTTP head"))
        elif self.kind == "request":
            if self.http.method is None:
                found.append((ProblemKind.HTTP_HEAD, f"no request line: {self.http.first_line[:60]!r}"))
        elif self.http.status is None:
            found.append((ProblemKind.HTTP_HEAD, f"no status line: {self.http.first_line[:60]!r}"))

    def _judge_fields(self, found: Breaches) -> None:
        try:
            text = bytes(self._start).decode()
        except UnicodeDecodeError:
            found.append((ProblemKind.WARC_FIELDS, "the block's lines are not UTF-8"))
            return
        for line in text.replace("\r\n", "\n").split("\n"):
            if line and (":" not in line or CONTROL.search(line)) and line[0] not in " \t":
                found.append((ProblemKind.WARC_FIELDS, f"not a field: {line[:60]!r}"))

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


def _revisit(passing: Passing, block: _Block, found: Breaches) -> None:
    profile = _bare(passing.get("WARC-Profile"))
    if profile is None:
        return  # reported as missing
    if profile not in PROFILES:
        found.append((ProblemKind.REVISIT, f"the profile is not known: {profile[:120]!r}"))
        return
    for name in ("WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"):
        if not passing.get(name):
            found.append((ProblemKind.REVISIT, f"no {name}: nobody can find the original"))
    if profile.endswith(IDENTICAL_PAYLOAD.rpartition("/")[2]):
        if not passing.get("WARC-Payload-Digest"):
            found.append((ProblemKind.REVISIT, "no WARC-Payload-Digest"))
        if passing.content_length and passing.get("WARC-Truncated") != "length":
            found.append((ProblemKind.REVISIT, "a head without its body needs WARC-Truncated: length"))
    elif block.http is not None and block.http.status != 304:
        found.append((ProblemKind.REVISIT, f"a not-modified answer has status 304, not {block.http.status}"))
