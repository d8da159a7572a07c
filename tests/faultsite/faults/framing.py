"""The case table: correct and nearly correct messages that must be kept byte for byte."""

from __future__ import annotations

import gzip
import zlib

import brotli
import zstandard

from faultsite.fault import Group, chunk, head, message, page
from faultsite.outcome import Expected, Outcome, by_disconnect, whole
from faultsite.wire import Wire

GROUP = Group("Messages")
TEXT = page("A page", "<p>Words of a page. </p>" * 20)
_CHUNKED = "Transfer-Encoding: chunked"

GROUP.says(
    "odd-headers",
    "header names in odd case, twice, with odd white space",
    whole(),
    b"HTTP/1.1 200 OK\r\ncOnTeNt-TyPe:text/html\r\nX-Twice: a\r\nx-twice:   b  \r\nX-Tab:\tc\t\r\nX-Empty:\r\n"
    b"content-length:   " + str(len(TEXT)).encode() + b"\r\n\r\n" + TEXT,
)
GROUP.says(
    "folded-header", "a header folded over three lines", whole(), message(TEXT, "X-Folded: one\r\n two\r\n\tthree")
)
GROUP.says(
    "latin1-reason",
    "a reason phrase in Latin-1",
    whole(),
    message(TEXT).replace(b"200 OK", "200 Trouvée à l'été".encode("latin-1"), 1),
)
GROUP.says("no-reason", "a status line that ends after the code", whole(), message(TEXT).replace(b"200 OK", b"200", 1))
GROUP.says("no-colon", "a header line without a colon", whole(), message(TEXT, "this line has no colon"))
GROUP.says(
    "space-before-colon",
    "white space between name and colon",
    whole("As browsers read it; noted in the metadata record, and the connection is closed."),
    message(TEXT, "X-Spaced : yes"),
)
GROUP.says(
    "bare-lf",
    "lines that end in LF alone",
    whole(),
    message(b"").replace(b"\r\n", b"\n").replace(b"Length: 0", b"Length: %d" % len(TEXT)) + TEXT,
)
GROUP.says(
    "chunked",
    "chunks with extensions, and trailers",
    whole("The record has no chunk framing; the digest is of the body."),
    head(_CHUNKED, "Trailer: X-Sum")
    + chunk(TEXT[:100], ";name=value")
    + chunk(TEXT[100:], ';q="a;b"')
    + chunk(b"", ";last")
    + b"X-Sum: 12\r\nX-More: y\r\n\r\n",
)
GROUP.says(
    "chunked-gzip",
    "chunks of a gzip body",
    whole(),
    head(_CHUNKED, "Content-Encoding: gzip")
    + chunk(gzip.compress(TEXT, mtime=0)[:50])
    + chunk(gzip.compress(TEXT, mtime=0)[50:])
    + b"0\r\n\r\n",
)
GROUP.says(
    "chunked-br",
    "chunks of a brotli body that nobody asked for",
    whole(),
    head(_CHUNKED, "Content-Encoding: br") + chunk(brotli.compress(TEXT)) + b"0\r\n\r\n",
)
GROUP.says(
    "chunks-of-one",
    "a body in chunks of one byte",
    whole(),
    head(_CHUNKED) + b"".join(chunk(TEXT[n : n + 1]) for n in range(len(TEXT))) + b"0\r\n\r\n",
)
for _coding, _body in {
    "gzip": gzip.compress(TEXT, mtime=0),
    "br": brotli.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "zstd": zstandard.compress(TEXT),
}.items():
    GROUP.says(
        _coding, f"a {_coding} body", whole("Content-coded as sent."), message(_body, f"Content-Encoding: {_coding}")
    )
_raw = zlib.compressobj(wbits=-15)
GROUP.says(
    "deflate-raw",
    "deflate without its zlib wrapper, as some servers send it",
    whole(),
    message(_raw.compress(TEXT) + _raw.flush(), "Content-Encoding: deflate"),
)
GROUP.says("no-content", "204", whole(status=204), b"HTTP/1.1 204 No Content\r\nX-Empty: yes\r\n\r\n")
GROUP.says(
    "reset-content", "205 with no length", whole(status=205), b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"
)
GROUP.says("empty", "200 with an empty body", whole(), message(b""))


@GROUP.fault("head", "answers HEAD with the length of a body that GET has", whole("A crawler asks with GET."))
async def answer_head(wire: Wire) -> None:
    await wire.reply(TEXT)


GROUP.says(
    "close-1.0",
    "HTTP/1.0, the end of the connection ends the body",
    whole("Not truncated: the body has no other end."),
    b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + TEXT,
    end="fin",
)
GROUP.says(
    "close-1.1",
    "HTTP/1.1, the end of the connection ends the body",
    whole("Not truncated: the body has no other end."),
    head("Connection: close") + TEXT,
    end="fin",
)
GROUP.says(
    "close-reset",
    "a body ended by the connection, and the connection by RST",
    by_disconnect("A reset is no orderly end."),
    head("Connection: close") + TEXT,
    end="reset",
)


@GROUP.fault("early-hints", "103 with Link headers before the answer", whole("The 103 block is not in the record."))
async def early_hints(wire: Wire) -> None:
    await wire.interim(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n")
    await wire.send(message(TEXT))


@GROUP.fault("interim-flood", "hundreds of 102 messages before the answer", whole("None of them is in the record."))
async def interim_flood(wire: Wire) -> None:
    for _ in range(min(500, wire.limits.flood)):
        await wire.interim(b"HTTP/1.1 102 Processing\r\n\r\n")
    await wire.send(message(TEXT))


@GROUP.fault(
    "interim-endless",
    "102 messages and never an answer",
    Expected(Outcome.METADATA_ONLY, "Ended by the limit of time or of the header block."),
)
async def interim_endless(wire: Wire) -> None:
    while True:
        await wire.interim(b"HTTP/1.1 102 Processing\r\n\r\n" * 20)
        await wire.pause()


GROUP.says(
    "bytes-after-end",
    "more bytes after the announced length",
    whole("They belong to no message and are left out."),
    message(TEXT),
    beyond=b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    end="fin",
)
GROUP.says(
    "bytes-after-chunks",
    "more bytes after the last chunk",
    whole("They belong to no message and are left out."),
    head(_CHUNKED) + chunk(TEXT) + b"0\r\n\r\n",
    beyond=b"garbage beyond the end",
    end="fin",
)
GROUP.says(
    "te-and-length",
    "both Transfer-Encoding and a wrong Content-Length",
    whole("The transfer coding rules (RFC 9112, section 6.3)."),
    head(_CHUNKED, "Content-Length: 5") + chunk(TEXT) + b"0\r\n\r\n",
)
GROUP.says(
    "te-gzip-chunked",
    'Transfer-Encoding "gzip, chunked"',
    whole("The chunks come off; the gzip stays, as with a Content-Encoding. Noted."),
    head("Transfer-Encoding: gzip, chunked") + chunk(gzip.compress(TEXT, mtime=0)) + b"0\r\n\r\n",
    end="fin",
)
GROUP.says(
    "te-unknown",
    "an unknown Transfer-Encoding",
    whole("Browsers do not look at it: the connection's end ends the body. Noted."),
    head("Transfer-Encoding: rot13") + TEXT,
    end="fin",
)


@GROUP.fault(
    "stale-keep-alive",
    "keeps the connection open, and drops it when the next request comes",
    whole("The next request is sent again on a new connection, and is recorded once."),
)
async def stale_keep_alive(wire: Wire) -> None:
    await wire.send(message(TEXT, "Connection: keep-alive", "Keep-Alive: timeout=600"))
    wire.stale = True


@GROUP.fault(
    "unavailable-twice", "503, 503, then 200", whole("Each of the three answers is a record; the last is 200.")
)
async def unavailable_twice(wire: Wire) -> None:
    if wire.visit % 3:
        await wire.reply(page("Busy"), status=503, reason="Service Unavailable")
    else:
        await wire.reply(TEXT)


GROUP.says(
    "partial-unasked",
    "206 with Content-Range, though no range was asked for",
    whole("A part of a page; kept as it is.", status=206),
    message(TEXT[:100], f"Content-Range: bytes 0-99/{len(TEXT)}").replace(b"200 OK", b"206 Partial Content", 1),
)
GROUP.says(
    "multipart-ranges",
    "206 with multipart/byteranges, unasked",
    whole(status=206),
    message(
        b"--b\r\nContent-Range: bytes 0-1/4\r\n\r\nab\r\n--b--\r\n", media="multipart/byteranges; boundary=b"
    ).replace(b"200 OK", b"206 Partial Content", 1),
)
