"""Reading records: one by its reference, or all of a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archiver.errors import RecordDamaged, RecordTorn
from archiver.model.digest import Digest
from archiver.model.record import RecordId, RecordType, Truncated
from archiver.warc.chunked import deframe
from archiver.warc.content import Content, Source
from archiver.warc.content_coding import Decoded, decode_content
from archiver.warc.field_rules import parse_date
from archiver.warc.http import MAX_HEAD, HttpHead, head_length, parse_head
from archiver.warc.scan import TERMINATOR, Passing, Scanner

IN_MEMORY = 1 << 20
"""Blocks up to this size are kept; larger ones are read again from the file when asked for."""
MAX_FIELDS_BLOCK = 1 << 20


class HttpMessage:
    """An HTTP message in a block: ``head_bytes`` and ``body`` as stored, ``head`` with its facts."""

    __slots__ = ("body", "head", "head_bytes")

    def __init__(self, head_bytes: bytes, body: Content) -> None:
        self.head_bytes = head_bytes
        self.head: HttpHead = parse_head(head_bytes)
        self.body = body

    def entity(self) -> Content:
        """The body without chunked framing, which other tools leave on; content coding stays."""
        return deframe(self.head_bytes, self.body).body if self.head.is_chunked() else self.body

    def decoded(self, *, limit: int) -> Decoded:
        """The body without framing and codings, at most ``limit`` bytes."""
        return decode_content(self.entity().pieces(), self.head.codings(), limit=limit)


class RecordHead:
    """A record's named fields as they stand, its place, and typed views of both.

    ``offset`` and ``length`` are its place in ``file``. ``ordinal`` is not 0 for a later record of one gzip member, which
    no ranged read can reach. A view raises ``RecordDamaged`` where the field is needed and missing or illegal.
    """

    __slots__ = ("fields", "file", "length", "offset", "ordinal", "version")

    def __init__(self, passing: Passing, *, file: str) -> None:
        self.file = file
        self.offset = passing.offset
        self.length = passing.length
        self.ordinal = passing.ordinal
        self.version = passing.version
        self.fields: tuple[tuple[str, str], ...] = tuple(passing.fields)

    def __repr__(self) -> str:
        return f"<{self.get('WARC-Type')} {self.get('WARC-Target-URI')} at offset {self.offset} in {self.file}>"

    def get(self, name: str) -> str | None:
        """The first value of a named field, whatever its case."""
        name = name.lower()
        return next((value for other, value in self.fields if other.lower() == name), None)

    def get_all(self, name: str) -> list[str]:
        """Every value of a named field."""
        name = name.lower()
        return [value for other, value in self.fields if other.lower() == name]

    @property
    def type(self) -> RecordType:
        """WARC-Type."""
        value = self._needed("WARC-Type").lower()
        try:
            return RecordType(value)
        except ValueError as error:
            raise self._wrong("WARC-Type", value) from error

    @property
    def id(self) -> RecordId:
        """WARC-Record-ID, without brackets."""
        return _id(self._needed("WARC-Record-ID"))

    @property
    def at(self) -> datetime:
        """WARC-Date: when the capture event began."""
        value = self._needed("WARC-Date")
        try:
            return parse_date(value)
        except ValueError as error:
            raise self._wrong("WARC-Date", value) from error

    @property
    def url(self) -> str | None:
        """WARC-Target-URI, without the brackets that some WARC 1.0 tools write."""
        return _bare(self.get("WARC-Target-URI"))

    @property
    def truncated(self) -> Truncated | None:
        """WARC-Truncated; a reason that the standard does not know is ``unspecified``."""
        value = self.get("WARC-Truncated")
        if value is None:
            return None
        return Truncated(value) if value in frozenset(Truncated) else Truncated.UNSPECIFIED

    @property
    def payload_digest(self) -> Digest | None:
        """WARC-Payload-Digest, None where it is missing or of an algorithm that we don't know."""
        return _digest(self.get("WARC-Payload-Digest"))

    @property
    def block_digest(self) -> Digest | None:
        """WARC-Block-Digest, None where it is missing or of an algorithm that we don't know."""
        return _digest(self.get("WARC-Block-Digest"))

    @property
    def warcinfo_id(self) -> RecordId | None:
        """WARC-Warcinfo-ID, without brackets."""
        value = self.get("WARC-Warcinfo-ID")
        return _id(value) if value else None

    @property
    def concurrent_to(self) -> tuple[RecordId, ...]:
        """The records of the same capture event that this one names."""
        return tuple(_id(value) for value in self.get_all("WARC-Concurrent-To"))

    @property
    def refers_to(self) -> RecordId | None:
        """The record that this one revisits, converts or describes."""
        value = self.get("WARC-Refers-To")
        return _id(value) if value else None

    @property
    def refers_to_url(self) -> str | None:
        """The URL of the revisited record."""
        return _bare(self.get("WARC-Refers-To-Target-URI"))

    @property
    def refers_to_at(self) -> datetime | None:
        """The date of the revisited record; None where it is missing or no date."""
        value = self.get("WARC-Refers-To-Date")
        try:
            return parse_date(value) if value else None
        except ValueError:
            return None

    def damaged(self, why: str) -> RecordDamaged:
        """An error that ends in this record's place."""
        return RecordDamaged(why, self.file, self.offset)

    def _needed(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise self.damaged(f"no {name}")
        return value

    def _wrong(self, name: str, value: str) -> RecordDamaged:
        return self.damaged(f"{name} is {value[:60]!r}")


class ReadRecord(RecordHead):
    """A record that was read, with its block."""

    __slots__ = ("_http", "block")

    def __init__(self, passing: Passing, block: Content, *, file: str) -> None:
        super().__init__(passing, file=file)
        self.block = block
        self._http: HttpMessage | None = None

    @property
    def http(self) -> HttpMessage | None:
        """The HTTP message in the block; None where Content-Type says there is none or the block is empty.

        Where no blank line ends it, the block is head alone if it is short enough, else body alone.
        """
        content_type = (self.get("Content-Type") or "").partition(";")[0].strip().lower()
        if content_type != "application/http" or not self.block.length:
            return None
        if self._http is None:
            start, length = b"", None
            for piece in self.block.pieces():
                start = (start + piece)[:MAX_HEAD]
                length = head_length(start)
                if length is not None or len(start) == MAX_HEAD:
                    break
            if length is None:
                length = len(start) if self.block.length <= MAX_HEAD else 0
            self._http = HttpMessage(start[:length], self.block.skip(length))
        return self._http

    def payload(self) -> Content | None:
        """What WARC-Payload-Digest is of: the entity body of a message, the block of a resource or conversion, else None."""
        message = self.http
        if message is not None:
            return message.entity()
        return self.block if self.get("WARC-Type") in {"resource", "conversion"} else None

    def warc_fields(self) -> list[tuple[str, str]]:
        """The lines of an ``application/warc-fields`` block (warcinfo, metadata)."""
        return parse_warc_fields(self.block.read(MAX_FIELDS_BLOCK))


def parse_warc_fields(block: bytes) -> list[tuple[str, str]]:
    """The lines of a block of ``application/warc-fields``; what is no field is left out."""
    pairs = (line.partition(":") for line in block.decode("utf-8", "replace").split("\n"))
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def _id(value: str) -> RecordId:
    return RecordId(_bare(value) or "")


def _bare(value: str | None) -> str | None:
    return value[1:-1] if value and value.startswith("<") and value.endswith(">") else value


def _digest(value: str | None) -> Digest | None:
    try:
        return Digest.parse(value) if value else None
    except ValueError:
        return None


def read_record(
    source: BinaryIO | bytes,
    *,
    offset: int = 0,
    length: int | None = None,
    file: str = "",
    file_offset: int | None = None,
    strict: bool = True,
) -> ReadRecord:
    """The record at ``offset`` of a seekable stream, or of bytes that a ranged read gave.

    With ``length`` its member must end there. ``file`` and ``file_offset`` (default ``offset``) are for messages and for
    the record's ``offset``: a ranged read's bytes begin at 0. The member is read to its end, so that its check sum is
    verified. Not ``strict`` for other tools' records, WARC or ARC: the line ends after the block may be any. A large block is read again from ``source``, which must stay open that long. Raises ``RecordDamaged``.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    end = None if length is None else offset + length

    base = 0 if file_offset is None else file_offset - offset

    def scan() -> Passing:
        passing = Scanner(stream, name=file, foreign=not strict, start=offset, end=end, base=base).next()
        if passing is None:
            raise RecordTorn("nothing is there", file, offset + base)
        return passing

    passing = scan()
    record = _kept(passing, lambda: scan().pieces(), file=file)
    if strict:
        _strict(passing, file)
    if length is not None and passing.length != length:
        raise record.damaged(f"it is {passing.length} bytes long, not {length}")
    return record


def begin_record(
    source: BinaryIO, *, offset: int, length: int, file: str, file_offset: int, strict: bool = True
) -> ReadRecord:
    """As ``read_record``, of whose block no more is read than is asked for; so neither its end nor its check sum is seen.

    ``source`` must stay open while the block is read. Raises ``RecordDamaged``.
    """

    def scan() -> Passing:
        base = file_offset - offset
        passing = Scanner(source, name=file, foreign=not strict, start=offset, end=offset + length, base=base).next()
        if passing is None:
            raise RecordTorn("nothing is there", file, file_offset)
        return passing

    passing = scan()
    passing.length = length
    return ReadRecord(passing, Content(passing.content_length, lambda: scan().pieces()), file=file)


def iter_records(
    path: Path | str,
    *,
    strict: bool = True,
    start: int = 0,
    on_damage: Callable[[RecordDamaged], object] | None = None,
) -> Iterator[ReadRecord]:
    """Every record of a file with offset and length of its member.

    Strict: one record a gzip member (or a plain file), each ended by CRLF CRLF; the first fault raises ``RecordDamaged``.
    Not strict, for other tools' files: several records a member, odd line ends and gaps pass; what can't be read is
    handed to ``on_damage`` and the walk goes on at the next place where a record begins.
    Blocks over ``IN_MEMORY`` bytes are read again from ``path`` when asked for.
    """
    path = Path(path)
    name = str(path)
    with path.open("rb") as file:
        scanner = Scanner(file, name=name, foreign=not strict, start=start)
        while True:
            position = scanner.position
            try:
                passing = scanner.next()
                if passing is None:
                    return
                record = _kept(passing, block_again(path, passing, foreign=not strict), file=name)
                if strict:
                    _strict(passing, name)
            except RecordDamaged as error:
                if strict:
                    raise
                if on_damage is not None:
                    on_damage(error)
                if scanner.resync(max(position, error.offset) + 1) is None:
                    return
                continue
            yield record


def _kept(passing: Passing, again: Source, *, file: str) -> ReadRecord:
    """Read a passing record to its end and keep its block, or the way to it."""
    if passing.content_length <= IN_MEMORY:
        block = Content.of(b"".join(passing.pieces()))
    else:
        block = Content(passing.content_length, again)
    passing.finish()
    return ReadRecord(passing, block, file=file)


def block_again(path: Path, first: Passing, *, foreign: bool) -> Source:
    """The block of a record that has passed, read once more from its file at every call."""
    offset, ordinal = first.offset, first.ordinal

    def pieces() -> Iterator[bytes]:
        with path.open("rb") as file:
            scanner = Scanner(file, name=str(path), foreign=foreign, start=offset)
            passing = scanner.next()
            for _ in range(ordinal):
                if passing is not None:
                    passing.finish()
                    passing = scanner.next()
            if passing is None:
                raise RecordTorn("the file has become shorter", str(path), offset)
            yield from passing.pieces()

    return pieces


def _strict(passing: Passing, file: str) -> None:
    if not passing.alone:
        raise RecordDamaged("more than one record in its gzip member", file, passing.offset)
    if passing.terminator != TERMINATOR:
        raise RecordDamaged(f"its block is followed by {passing.terminator!r}, not CRLF CRLF", file, passing.offset)
