"""Walking a WARC file record by record, forward only: what reading, checking and cutting a torn tail are built on.

Bounded: one record's head, one buffer. Gzip members are followed exactly, so that every record has the offset and length
that a ranged read needs.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from archiver.errors import RecordDamaged, RecordTorn
from archiver.warc.foreign import ARC, ARC_LINE, WARC_LINE, foreign_head
from archiver.warc.member import CHUNK, Member, Tape

MAX_RECORD_HEAD = 1 << 18
MAX_ARC_HEAD = 1 << 14
TERMINATOR = b"\r\n\r\n"
GZIP_MAGIC = b"\x1f\x8b\x08"
_STARTS = re.compile(rb"\x1f\x8b\x08|WARC/\d\.\d+[ \t]*\r{0,2}\n")
_STARTS_OF_ARC = re.compile(
    rb"\x1f\x8b\x08|(?<=\n)[A-Za-z][A-Za-z0-9+.-]*:[^\r\n]{0,900} \d{8,17} \S{1,80} \d{1,15}\r?\n"
)
_PROBE = 1024
_VERSION = re.compile(rb"WARC/(\d\.\d+)[ \t]*\r?\n\Z")
_LENGTH = re.compile(r"\d{1,15}\Z", re.ASCII)


class Passing:
    """A record as it passes by. Read ``pieces`` once, then ``finish``; or only ``finish``.

    ``offset`` is where its member begins; ``ordinal`` is not 0 for later records of one member. ``fields`` are decoded
    leniently (UTF-8, else Latin-1), folded lines joined; ``raw_head`` has what was there. After ``finish``: ``length`` is
    the stored length with the member's end, ``terminator`` the line ends after the block, ``alone`` whether nothing else
    is in its member.
    """

    def __init__(
        self,
        scanner: Scanner,
        member: Member,
        offset: int,
        *,
        ordinal: int,
        raw_head: bytes,
        head: tuple[str, list[tuple[str, str]]],
    ) -> None:
        self._scanner = scanner
        self._member = member
        self.offset = offset
        self.ordinal = ordinal
        self.raw_head = raw_head
        self.packed = member.packed
        self.version, self.fields = head
        self.length = 0
        self.terminator = b""
        self.alone = True
        length = self.get("Content-Length") or ""
        if not _LENGTH.match(length):
            raise scanner.damaged(f"Content-Length is {length[:40]!r}" if length else "no Content-Length", offset)
        self.content_length = int(length)
        self._left = self.content_length

    @property
    def ends_well(self) -> bool:
        """Whether the line ends after the block are those that the format asks for."""
        return b"\n" in self.terminator if self.version == ARC else self.terminator == TERMINATOR

    def get(self, name: str) -> str | None:
        """The first value of a named field, whatever its case."""
        name = name.lower()
        return next((value for other, value in self.fields if other.lower() == name), None)

    def pieces(self) -> Iterator[bytes]:
        """The block, once. Raises ``RecordDamaged`` or ``RecordTorn``."""
        while self._left:
            piece = self._scanner.guard(self._member, self._member.read, min(self._left, CHUNK), self.offset)
            if not piece:
                raise self._scanner.short(self._member, self.offset, self._left)
            self._left -= len(piece)
            yield piece

    def finish(self) -> Passing:
        """Pass over the rest of the record. Raises ``RecordDamaged`` or ``RecordTorn``."""
        for _ in self.pieces():
            pass
        self._scanner.after(self, self._member)
        return self


def _parse(raw: bytes) -> tuple[str, list[tuple[str, str]]]:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    first, *lines = text.split("\n")
    fields: list[tuple[str, list[str]]] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and fields:
            fields[-1][1].append(line.strip(" \t\r"))
            continue
        name, colon, value = line.partition(":")
        if colon:
            fields.append((name.strip(" \t"), [value.strip(" \t\r")]))
    return first.strip()[5:], [(name, " ".join(parts)) for name, parts in fields]


class Scanner:
    """Gives the records of a file one after another.

    ``foreign``: other tools' WARC and ARC files, whose heads are read leniently. ``base`` is added to the offsets that are given, for bytes cut out of a file. ``tap`` is called with the raw bytes once and in order, as they are read; read to the end, it has had all of them.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        name: str,
        foreign: bool = False,
        start: int = 0,
        end: int | None = None,
        base: int = 0,
        tap: Callable[[bytes], object] | None = None,
    ) -> None:
        self.name = name
        self._base = base
        self._foreign = foreign
        self._starts = _STARTS
        self._tape = Tape(file, start, end, tap)
        self._member: Member | None = None
        self._offset = start
        self._ordinal = 0

    @property
    def position(self) -> int:
        """Where the next record begins."""
        return self._tape.position if self._member is None else self._offset

    def damaged(self, why: str, offset: int) -> RecordDamaged:
        """The error for what lies at ``offset``."""
        return RecordDamaged(why, self.name, offset)

    def short(self, member: Member, offset: int, missing: int) -> RecordDamaged:
        """The error for a block that ends too early."""
        if member.torn or not member.packed:
            return RecordTorn(f"the file ends {missing} bytes before the block does", self.name, offset)
        return self.damaged(f"Content-Length says {missing} bytes more than there are", offset)

    def guard(self, member: Member, act: Callable[[int], bytes], size: int, offset: int) -> bytes:
        """Read ``size`` bytes by ``act``, with a decompression error turned into one of the archiver."""
        try:
            data = act(size)
        except zlib.error as error:
            raise self.damaged(f"gzip: {error}", offset) from error
        if member.torn and not data:
            raise RecordTorn("the file ends inside its gzip member", self.name, offset)
        return data

    def next(self) -> Passing | None:
        """The next record, whose predecessor must be finished; None at the end of the file.

        Raises ``RecordTorn`` where the file ends inside it and ``RecordDamaged`` for all else that is no record.
        """
        member = self._member or self._open()
        if member is None:
            return None
        offset = self._base + (self._offset if member.packed else member.position)
        line = self.guard(member, member.line, 256, offset)
        if self._foreign and not line.startswith(b"WARC/"):
            while not line.endswith(b"\n") and len(line) < MAX_ARC_HEAD:
                more = self.guard(member, member.line, MAX_ARC_HEAD - len(line), offset)
                if not more:
                    break
                line += more
            if ARC_LINE.match(line):
                self._starts = _STARTS_OF_ARC
                return self._passing(member, offset, line)
        if not (WARC_LINE if self._foreign else _VERSION).match(line):
            cut = member.torn or not member.packed
            if cut and b"WARC/".startswith(line[:5]) and not line.endswith(b"\n") and len(line) < 256:
                raise RecordTorn("the file ends in the first line", self.name, offset)
            raise self.damaged(f"not the start of a WARC record: {line[:24]!r}", offset)
        head = [line]
        size = len(line)
        while True:
            line = self.guard(member, member.line, MAX_RECORD_HEAD - size, offset)
            head.append(line)
            size += len(line)
            if line in {b"\r\n", b"\n"} or (self._foreign and line == b"\r\r\n"):
                break
            if not line.endswith(b"\n"):
                if size >= MAX_RECORD_HEAD:
                    raise self.damaged(f"no end of the named fields within {MAX_RECORD_HEAD} bytes", offset)
                if member.packed and not member.torn:
                    raise self.damaged("the member ends in the named fields", offset)
                raise RecordTorn("the file ends in the named fields", self.name, offset)
        return self._passing(member, offset, b"".join(head))

    def _passing(self, member: Member, offset: int, raw: bytes) -> Passing:
        try:
            head = foreign_head(raw) if self._foreign else _parse(raw)
        except ValueError as error:
            raise self.damaged(f"not the head of a record: {error}"[:200], offset) from error
        return Passing(self, member, offset, ordinal=self._ordinal, raw_head=raw, head=head)

    def _open(self) -> Member | None:
        start = self._tape.position
        data = self._tape.take()
        if 0 < len(data) < len(GZIP_MAGIC):
            data += self._tape.take()
        if not data:
            return None
        self._tape.give_back(data)
        packed = data[:2] == GZIP_MAGIC[: len(data[:2])]
        self._offset = start
        self._ordinal = 0
        self._member = Member(self._tape, packed=packed)
        return self._member

    def after(self, record: Passing, member: Member) -> None:
        """Read the line ends after a block, and see whether the member ends there."""
        run = b""
        while not self._ended(member, record):
            piece = member.read(1)
            if piece not in {b"\r", b"\n"}:
                member.unread(piece)
                break
            run += piece
            if len(run) > MAX_RECORD_HEAD:
                raise self.damaged("no end of blank lines", record.offset)
        record.terminator = run
        record.alone = self._ended(member, record)
        if not member.packed:
            member.release()
            record.length = self._base + self._tape.position - record.offset
            record.alone = True
            self._member = None
        elif record.alone:
            record.length = self._base + self._tape.position - record.offset
            self._member = None
        else:
            self._ordinal += 1

    def _ended(self, member: Member, record: Passing) -> bool:
        try:
            ended = member.at_end()
        except zlib.error as error:
            raise self.damaged(f"gzip: {error}", record.offset) from error
        if member.torn:
            raise RecordTorn("the file ends inside its gzip member", self.name, record.offset)
        return ended

    def go_to(self, offset: int) -> None:
        """Go on at ``offset``, at which a record begins or the file ends."""
        self._member = None
        while self._tape.position < offset and (data := self._tape.take()):
            if self._tape.position > offset:
                self._tape.give_back(data[offset - self._tape.position :])

    def drain(self) -> None:
        """Read what is left of the file, so that the tap has had it all."""
        while self._tape.take():
            pass

    def resync(self, offset: int) -> int | None:
        """After an error: go on at the first place from ``offset`` on at which a record begins, and give that place.

        None where there is none; the file is then read to its end.
        """
        self._member = None
        self._tape.rewind(offset)
        window = b""
        at = offset  # of the window in the file
        while True:
            data = self._tape.take()
            window += data
            # A start is judged with some bytes after it; at the end of the file with what is left.
            usable = len(window) - (_PROBE if data else 0)
            for match in self._starts.finditer(window):
                if match.start() >= usable:
                    break
                if self._begins_record(window[match.start() : match.start() + _PROBE]):
                    self._tape.rewind(at + match.start())
                    return at + match.start()
            if not data:
                return None
            if usable > 0:
                at += usable
                window = window[usable:]

    def _begins_record(self, data: bytes) -> bool:
        if not data.startswith(GZIP_MAGIC):
            return True
        try:
            start = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, _PROBE)
        except zlib.error:
            return False
        return start.startswith(b"WARC/") or (self._foreign and bool(ARC_LINE.match(start[: start.find(b"\n") + 1])))
