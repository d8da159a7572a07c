"""Lengths that are negative, in conflict, too large or no numbers, and chunk sizes of the same kind."""

from __future__ import annotations

from faultsite.fault import Group, chunk, head, message, page
from faultsite.outcome import by_disconnect, whole
from faultsite.wire import Wire

GROUP = Group("Lengths")
TEXT = page("A page", "<p>Words of a page. </p>" * 20)
_N = len(TEXT)
_CHUNKED = head("Transfer-Encoding: chunked")
_MALFORMED = "No parser takes this for a chunk: data loss, as if the connection had ended."
_NO_LENGTH = "No length to a browser: the connection's end ends the body. Noted."
_ONE_IS_MET = "The body is as long as one of them. Noted."

GROUP.says(
    "length-twice-same",
    "the same Content-Length twice",
    whole(),
    message(TEXT, f"Content-Length: {_N}"),
    end="fin",
)
GROUP.says(
    "length-twice-different",
    "two Content-Lengths that differ",
    whole(_ONE_IS_MET),
    message(TEXT, "Content-Length: 10"),
    end="fin",
)
GROUP.says(
    "length-smaller-met",
    "two Content-Lengths that differ, and the connection ends after the smaller one",
    whole(_ONE_IS_MET),
    message(TEXT, f"Content-Length: {_N + 5000}"),
    end="fin",
)
GROUP.says(
    "length-none-met",
    "two Content-Lengths that differ, and the connection ends before either",
    by_disconnect("The body is as long as neither."),
    message(TEXT, f"Content-Length: {_N + 5000}")[:-100],
    end="fin",
)
GROUP.says(
    "length-list",
    "Content-Length: a list of twice the same",
    whole(),
    head(f"Content-Length: {_N}, {_N}") + TEXT,
    end="fin",
)
GROUP.says(
    "length-list-different",
    "Content-Length: a list of two numbers",
    whole(_ONE_IS_MET),
    head(f"Content-Length: {_N}, 7") + TEXT,
    end="fin",
)
GROUP.says("length-negative", "Content-Length: -1", whole(_NO_LENGTH), head("Content-Length: -1") + TEXT, end="fin")
GROUP.says(
    "length-plus",
    "Content-Length with a plus sign",
    whole(_NO_LENGTH),
    head(f"Content-Length: +{_N}") + TEXT,
    end="fin",
)
GROUP.says(
    "length-hex",
    "Content-Length in hexadecimal",
    whole(_NO_LENGTH),
    head(f"Content-Length: {_N:#x}") + TEXT,
    end="fin",
)
GROUP.says("length-words", "Content-Length: many", whole(_NO_LENGTH), head("Content-Length: many") + TEXT, end="fin")
GROUP.says(
    "length-empty",
    "Content-Length without a value",
    whole(_NO_LENGTH),
    head("Content-Length:") + TEXT,
    end="fin",
)
GROUP.says(
    "length-zeros", "Content-Length with a thousand leading zeros", whole(), head(f"Content-Length: {_N:01000}") + TEXT
)
GROUP.says(
    "length-overflow",
    "Content-Length of 2**64 + the length",
    whole(_NO_LENGTH),
    head(f"Content-Length: {2**64 + _N}") + TEXT,
    end="fin",
)
GROUP.says(
    "length-absurd",
    "Content-Length of five thousand digits",
    whole(_NO_LENGTH),
    head("Content-Length: " + "9" * 5000) + TEXT,
    end="fin",
)
GROUP.says(
    "length-too-small",
    "Content-Length: 10, and a whole page",
    whole("Ten bytes are the message."),
    head("Content-Length: 10") + TEXT[:10],
    beyond=TEXT[10:],
    end="fin",
)
GROUP.says(
    "length-zero",
    "Content-Length: 0, and a whole page",
    whole("The message is empty."),
    head("Content-Length: 0"),
    beyond=TEXT,
    end="fin",
)
GROUP.says(
    "chunk-size-huge",
    "a chunk size of 2**64 - 1",
    by_disconnect("The chunk never ends; what came is kept."),
    _CHUNKED + b"FFFFFFFFFFFFFFFF\r\n" + TEXT,
    end="fin",
)
GROUP.says(
    "chunk-size-overflow",
    "a chunk size of 64 digits",
    by_disconnect(_MALFORMED),
    _CHUNKED + b"F" * 64 + b"\r\n" + TEXT,
    end="fin",
)
GROUP.says(
    "chunk-size-negative", "a chunk size of -5", by_disconnect(_MALFORMED), _CHUNKED + b"-5\r\n" + TEXT, end="fin"
)
GROUP.says("chunk-size-0x", "a chunk size with 0x", by_disconnect(_MALFORMED), _CHUNKED + b"0x10\r\n" + TEXT, end="fin")
GROUP.says(
    "chunk-size-word", "a chunk size that is a word", by_disconnect(_MALFORMED), _CHUNKED + b"ten\r\n" + TEXT, end="fin"
)
GROUP.says(
    "chunk-size-empty",
    "an empty line for a chunk size",
    by_disconnect(_MALFORMED),
    _CHUNKED + b"\r\n" + TEXT,
    end="fin",
)
GROUP.says(
    "chunk-extension-space",
    "white space before a chunk extension, which RFC 9112 lets a reader take",
    whole(),
    _CHUNKED + chunk(TEXT, " ; x=y") + b"0\r\n\r\n",
    end="fin",
)
GROUP.says(
    "chunk-size-zeros",
    "a chunk size with leading zeros",
    whole(),
    _CHUNKED + b"0000000%x\r\n" % _N + TEXT + b"\r\n0\r\n\r\n",
)
GROUP.says(
    "chunk-without-crlf",
    "a chunk without its CRLF",
    by_disconnect(_MALFORMED),
    _CHUNKED + b"%x\r\n" % _N + TEXT + b"0\r\n\r\n",
    end="fin",
)
GROUP.says(
    "chunk-lf",
    "chunk lines that end in LF alone",
    whole("As browsers read it. Noted."),
    _CHUNKED + b"%x\n" % _N + TEXT + b"\n0\n\n",
    end="fin",
)
GROUP.says("not-chunked", "says chunked, and is not", by_disconnect(_MALFORMED), _CHUNKED + TEXT, end="fin")


@GROUP.fault(
    "chunk-extension-huge",
    "a chunk extension of 1 MB",
    by_disconnect("Longer than the limit of a chunk line: data loss, as if the connection had ended."),
)
async def chunk_extension_huge(wire: Wire) -> None:
    await wire.send(_CHUNKED + chunk(TEXT, ";x=" + "y" * 1_000_000) + b"0\r\n\r\n")


@GROUP.fault(
    "trailer-flood",
    "10,000 trailers",
    whole("The body is whole; after 64 KiB of trailers the connection is closed. Noted."),
)
async def trailer_flood(wire: Wire) -> None:
    await wire.send(
        _CHUNKED + chunk(TEXT) + b"0\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(wire.limits.flood)) + b"\r\n"
    )
