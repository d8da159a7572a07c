"""The server leaves too early, at every stage."""

from __future__ import annotations

import gzip

from faultsite.authority import contexts
from faultsite.fault import Group, chunk, head, message, page
from faultsite.outcome import Outcome, by_disconnect, metadata, no_record, whole
from faultsite.pipe import Pipe, server_hello
from faultsite.wire import Place, Wire

GROUP = Group("Closed early")
GROUP.refused("connection-refused", "nobody listens at the port", no_record(), scheme="http")
TEXT = page("A page", "<p>Words of a page. </p>" * 20)
_CHUNKED = head("Transfer-Encoding: chunked")
_WHOLE_HEAD = "The whole header block came, and the bytes of the body that did."


@GROUP.connection(
    "closed-on-accept",
    "the connection is accepted and closed",
    metadata("The request is kept, if it was sent."),
    scheme="http",
)
async def closed_on_accept(pipe: Pipe, place: Place) -> None:
    pipe.cut()


@GROUP.connection(
    "reset-on-accept",
    "the connection is accepted and reset",
    metadata(
        "The request is kept, if it was sent; a reset that outruns the connection itself leaves no record.",
        otherwise=Outcome.NO_RECORD,
    ),
    scheme="http",
)
async def reset_on_accept(pipe: Pipe, place: Place) -> None:
    await pipe.reset()


@GROUP.connection(
    "tls-closed-on-accept",
    "the connection is accepted and closed before TLS",
    metadata("The reason is kept."),
    scheme="https",
)
async def tls_closed_on_accept(pipe: Pipe, place: Place) -> None:
    pipe.cut()


@GROUP.connection(
    "tls-cut-in-handshake", "half of the ServerHello, then FIN", metadata("The reason is kept."), scheme="https"
)
async def tls_cut_in_handshake(pipe: Pipe, place: Place) -> None:
    hello = server_hello(contexts().plain, await pipe.receive())
    await pipe.send(hello[: len(hello) // 2])
    pipe.cut()


@GROUP.connection(
    "tls-hang",
    "no word after the ClientHello",
    metadata("Ended by the limit of time; the reason is kept."),
    scheme="https",
)
async def tls_hang(pipe: Pipe, place: Place) -> None:
    await pipe.gone(place.limits.seconds)
    pipe.cut()


@GROUP.connection(
    "tls-is-plain", "an HTTP answer where TLS is expected", metadata("The reason is kept."), scheme="https"
)
async def tls_is_plain(pipe: Pipe, place: Place) -> None:
    await pipe.receive()
    await pipe.send(message(TEXT))
    await pipe.fin()


@GROUP.connection("tls-alert", "a fatal TLS alert, handshake_failure", metadata("The reason is kept."), scheme="https")
async def tls_alert(pipe: Pipe, place: Place) -> None:
    await pipe.receive()
    await pipe.send(b"\x15\x03\x03\x00\x02\x02\x28")
    await pipe.fin()


@GROUP.connection("tls-garbage", "random bytes where TLS is expected", metadata("The reason is kept."), scheme="https")
async def tls_garbage(pipe: Pipe, place: Place) -> None:
    await pipe.receive()
    await pipe.send(b"\xde\xad\xbe\xef" * 64)
    await pipe.fin()


for _name, _words in {
    "tls-expired": "a certificate that expired years ago",
    "tls-wrong-name": "a certificate for another host",
    "tls-self-signed": "a certificate signed by itself",
}.items():
    GROUP.says(
        _name,
        _words,
        whole("Captured all the same, unless verify_certificates is on."),
        message(TEXT),
        host=f"{_name}.example",
        path="/",
        scheme="https",
    )
GROUP.says(
    "tls-1.2",
    "TLS 1.2 with a cipher whose OpenSSL name is not IANA's",
    whole("WARC-Cipher-Suite has IANA's name, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256."),
    message(TEXT),
    host="tls-1.2.example",
    path="/",
    scheme="https",
)


GROUP.says("no-bytes", "the request is read, no byte is sent, FIN", metadata("The request is kept."), b"", end="fin")
GROUP.says(
    "no-bytes-reset", "the request is read, no byte is sent, RST", metadata("The request is kept."), b"", end="reset"
)


@GROUP.fault("hang", "the request is read, and nothing follows", metadata("Ended by the limit of time."))
async def hang(wire: Wire) -> None:
    await wire.hold()


GROUP.says("cut-status-line", "ends within the status line", metadata(), b"HTTP/1.1 20", end="fin")
GROUP.says("cut-after-status-line", "ends after the status line", metadata(), b"HTTP/1.1 200 OK\r\n", end="fin")
GROUP.says(
    "cut-headers",
    "ends within a header line",
    metadata(),
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Cut: ab",
    end="fin",
)
GROUP.says(
    "cut-headers-reset",
    "the same by RST",
    metadata(),
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Cut: ab",
    end="reset",
)
GROUP.says(
    "cut-before-blank-line",
    "ends before the blank line",
    metadata(),
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
    end="fin",
)


@GROUP.fault(
    "headers-then-hang", "whole headers, half a line more, then silence", metadata("Ended by the limit of time.")
)
async def headers_then_hang(wire: Wire) -> None:
    await wire.send(head("X-Cut: ab").removesuffix(b"\r\n\r\n"))
    await wire.hold()


GROUP.says(
    "no-body",
    "a length is announced, no byte of the body comes",
    by_disconnect(_WHOLE_HEAD),
    head("Content-Length: 1000"),
    end="fin",
)
GROUP.says(
    "short-length-fin",
    "fewer bytes than announced, FIN",
    by_disconnect(_WHOLE_HEAD),
    head(f"Content-Length: {len(TEXT) + 100}") + TEXT,
    end="fin",
)
GROUP.says(
    "short-length-reset",
    "fewer bytes than announced, RST",
    by_disconnect(_WHOLE_HEAD),
    head(f"Content-Length: {len(TEXT) + 100}") + TEXT,
    end="reset",
)
GROUP.says(
    "short-length-cut",
    "fewer bytes than announced, FIN without TLS's close_notify",
    by_disconnect(_WHOLE_HEAD),
    head(f"Content-Length: {len(TEXT) + 100}") + TEXT,
    end="cut",
)
GROUP.says(
    "cut-chunk-size", "ends within a chunk size", by_disconnect(_WHOLE_HEAD), _CHUNKED + chunk(TEXT) + b"1f", end="fin"
)
GROUP.says(
    "cut-chunk",
    "ends within a chunk",
    by_disconnect(_WHOLE_HEAD),
    _CHUNKED + chunk(TEXT) + b"ff\r\nonly a part",
    end="fin",
)
GROUP.says(
    "cut-chunk-reset",
    "ends within a chunk by RST",
    by_disconnect(_WHOLE_HEAD),
    _CHUNKED + chunk(TEXT) + b"ff\r\nonly a part",
    end="reset",
)
GROUP.says(
    "cut-between-chunks",
    "ends after a chunk, without the last one",
    by_disconnect(_WHOLE_HEAD),
    _CHUNKED + chunk(TEXT),
    end="fin",
)
GROUP.says(
    "cut-trailers",
    "ends within the trailers",
    by_disconnect(_WHOLE_HEAD),
    _CHUNKED + chunk(TEXT) + b"0\r\nX-Sum: 1",
    end="fin",
)
GROUP.says(
    "cut-gzip",
    "a gzip body that ends early, though its length is right",
    whole("HTTP knows no fault here; what can be decoded is read."),
    message(gzip.compress(TEXT * 50, mtime=0)[:-40], "Content-Encoding: gzip"),
)
