"""Where an answer's header block and body end, as browsers see it; and the same message again, in a form that Twisted reads.

Servers write header names that are no tokens, white space before a colon, ``Transfer-Encoding: gzip, chunked``, lengths that are
no numbers. Browsers show such pages, so they are captured whole, with the oddity as a note. The rules are those of the Fetch
Standard's implementations: a line without a name or a colon is skipped, a name that is no token too; "chunked" among the
transfer codings goes before every length; a length that is no number is none; then the connection's end ends the body.
What crossed the wire is kept elsewhere and byte for byte: this module makes only what the parser is given.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from archiver.warc import Dechunker, HttpHead, parse_head

MOST_NOTES = 8
"""Oddities of one message that are noted."""
LARGEST_LENGTH = (1 << 63) - 1
"""A length beyond this is none to a browser either."""
_SHOWN = 60
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_DIGITS = re.compile(r"[0-9]+\Z")
_VERSION = re.compile(r"HTTP/\d+\.\d+\Z")
_NO_BODY = frozenset({204, 304})
_FRAMING = frozenset({"content-length", "transfer-encoding"})


class _Part(Enum):
    HEAD = auto()
    LENGTH = auto()
    CHUNKED = auto()
    TO_THE_END = auto()
    AS_IT_IS = auto()
    OVER = auto()


class Framing:
    """Follows one answer. ``feed`` takes bytes of the wire and gives those for the parser.

    ``notes`` say what is odd; ``extra`` counts bytes after the message's end. Where ``lengths`` differ, the connection's end
    proves one of them: ``is_met_by_end``.
    """

    def __init__(self, method: bytes) -> None:
        self._bodyless = method == b"HEAD"
        self._at = _Part.HEAD
        self._head = bytearray()
        self._searched = 0
        self._left = 0
        self._received = 0
        self._dechunker = Dechunker()
        self.lengths: frozenset[int] = frozenset()
        self.notes: list[str] = []
        self.extra = 0

    @property
    def is_over(self) -> bool:
        """Whether the message's own framing has ended it."""
        return self._at is _Part.OVER

    @property
    def is_met_by_end(self) -> bool:
        """Whether the body that came is as long as one of several lengths that were announced."""
        return len(self.lengths) > 1 and self._received in self.lengths

    def feed(self, data: bytes) -> bytes:
        """What the parser is to be given for ``data``; bytes after the end are dropped and counted."""
        out: list[bytes] = []
        while data and self._at is not _Part.OVER:
            data = self._step(data, out)
        self.extra += len(data)
        return b"".join(out)

    def _step(self, data: bytes, out: list[bytes]) -> bytes:
        """Take what belongs to the present part of the message; the rest comes back."""
        if self._at is _Part.HEAD:
            return self._take_head(data, out)
        if self._at is _Part.CHUNKED:
            return self._take_chunks(data, out)
        taken = data[: self._left] if self._at is _Part.LENGTH else data
        out.append(taken)
        self._received += len(taken)
        if self._at is _Part.LENGTH:
            self._left -= len(taken)
            if not self._left:
                self._at = _Part.OVER
        return data[len(taken) :]

    def _take_head(self, data: bytes, out: list[bytes]) -> bytes:
        self._head += data
        end = _HEAD_END.search(self._head, self._searched)
        if end is None:
            self._searched = max(0, len(self._head) - 3)
            line, complete, _ = bytes(self._head[:4096]).partition(b"\n")
            if (complete or len(line) == 4096) and _status(parse_head(line)) is None:
                self._give_as_it_is(out)
            return b""
        raw, rest = bytes(self._head[: end.end()]), bytes(self._head[end.end() :])
        head = parse_head(raw)
        if _status(head) is None:
            self._give_as_it_is(out)
            return b""
        self._head.clear()
        self._searched = 0
        if head.status is not None and 100 <= head.status < 200:
            out.append(raw)
            return rest
        self._look_at(raw, head)
        out.append(self._clean(head))
        return rest

    def _give_as_it_is(self, out: list[bytes]) -> None:
        """No answer of HTTP/1: the parser is to say what it thinks of it."""
        self._at = _Part.AS_IT_IS
        out.append(bytes(self._head))
        self._head.clear()

    def _look_at(self, raw: bytes, head: HttpHead) -> None:
        """Settle the framing of the body, and note what is odd."""
        if "  " in head.first_line or "\t" in head.first_line:
            self._note("a status line with more white space than it should have")
        is_first = True
        for line in raw.split(b"\n")[1:]:
            self._look_at_line(line.rstrip(b"\r").decode("latin-1"), is_first=is_first)
            is_first = False
        codings = head.transfer_codings()
        lengths = [part.strip() for value in head.get_all("Content-Length") for part in value.split(",")]
        numbers: set[int] = set()
        for part in lengths:
            number = _length(part)
            if number is None:
                self._note(f"a Content-Length that is no number: {_shown(part)}")
            else:
                numbers.add(number)
        if not set(codings) <= {"chunked", "identity"}:
            self._note(f"Transfer-Encoding: {_shown(', '.join(codings))}")
        if self._bodyless or head.status in _NO_BODY:
            self._at = _Part.OVER
        elif head.is_chunked():
            self._at = _Part.CHUNKED
        else:
            self._settle_length(frozenset(numbers))

    def _settle_length(self, numbers: frozenset[int]) -> None:
        if not numbers:
            self._at = _Part.TO_THE_END
            return
        self._at = _Part.LENGTH
        self.lengths = numbers
        self._left = max(numbers)
        if len(numbers) > 1:
            self._note(f"Content-Lengths that differ: {_shown(', '.join(str(n) for n in sorted(numbers)))}")
        if not self._left:
            self._at = _Part.OVER

    def _look_at_line(self, line: str, *, is_first: bool) -> None:
        if not line:
            return
        if line[0] in " \t":
            if is_first:
                self._note("a folded line before any header")
            return
        name, colon, _ = line.partition(":")
        if not colon:
            self._note(f"a header line without a colon: {_shown(line)}")
        elif not name.strip():
            self._note("a header without a name")
        elif not _TOKEN.match(name.strip()):
            self._note(f"a header name that is no token: {_shown(name)}")
        elif name != name.strip():
            self._note(f"white space before the colon of {_shown(name)}")

    def _note(self, text: str) -> None:
        if len(self.notes) < MOST_NOTES and text not in self.notes:
            self.notes.append(text)

    def _clean(self, head: HttpHead) -> bytes:
        """The header block for the parser: only headers that it reads, and one framing, the one that was settled."""
        version = head.version if head.version is not None and _VERSION.match(head.version) else "HTTP/1.1"
        lines = [f"{version} {head.status} {head.reason or ''}".rstrip()]
        lines += [
            f"{name}: {value}" for name, value in head.headers if _TOKEN.match(name) and name.lower() not in _FRAMING
        ]
        below = [coding for coding in head.transfer_codings() if coding not in {"chunked", "identity"}]
        if below:
            lines.append(f"Content-Encoding: {', '.join(below)}")
        if self._at is _Part.CHUNKED:
            lines.append("Transfer-Encoding: chunked")
        elif self.lengths:
            lines.append(f"Content-Length: {max(self.lengths)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _take_chunks(self, data: bytes, out: list[bytes]) -> bytes:
        dechunker = self._dechunker
        before = dechunker.consumed
        for piece in dechunker.feed(data):
            out.append(b"%x\r\n%b\r\n" % (len(piece), piece))
            self._received += len(piece)
        for note in dechunker.oddities:
            self._note(note)
        if dechunker.problem is not None:
            # Data loss, as the parser itself says it of such a line.
            self._at = _Part.AS_IT_IS
            out.append(b"no chunk size\r\n")
            return b""
        if not dechunker.complete:
            return b""
        self._at = _Part.OVER
        out.append(b"0\r\n\r\n")
        return data[dechunker.consumed - before :]


def _status(head: HttpHead) -> int | None:
    return head.status if head.first_line[:5].upper() == "HTTP/" else None


def _length(text: str) -> int | None:
    """A Content-Length as a browser reads it: digits that fit 63 bits, else none."""
    digits = text.lstrip("0") or "0"
    return int(digits) if _DIGITS.match(text) and len(digits) < 20 and int(digits) <= LARGEST_LENGTH else None


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
