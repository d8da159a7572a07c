"""A server on raw sockets that says exactly what a case tells it, and logs what it got and sent."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

RESET = object()
"""Ends the connection by RST."""
CLOSE = object()
"""Ends the connection by FIN."""
HANG = object()
"""Says nothing more and waits until the client gives up."""


@dataclass
class Case:
    """What the server says to one request: pieces of bytes and how it ends; keep-alive when nothing ends it."""

    pieces: list[object]
    method: str = "GET"
    truncated: str | None = None
    skip: int = 0
    extra: int = 0
    error: bool = False
    notes: tuple[str, ...] | None = None
    once_per: list[list[object]] = field(default_factory=list)


@dataclass
class Heard:
    """One request as it came, and all bytes sent in answer; ``at`` is when it came, by ``time.monotonic``."""

    received: bytes
    sent: bytes = b""
    connection: int = 0
    at: float = field(default_factory=time.monotonic)


class WireServer:
    """Serves cases by path on 127.0.0.1, in one thread per connection."""

    def __init__(self, cases: dict[str, Case], *, context: ssl.SSLContext | None = None) -> None:
        self.cases = cases
        self.heard: dict[str, list[Heard]] = {}
        self._context = context
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stop = threading.Event()
        self._connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept()
        self._listener.close()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
        self._thread.join(5)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections += 1
                number = self._connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        connection = plain
        try:
            plain.settimeout(10)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                connection = self._context.wrap_socket(plain, server_side=True)
            with self._lock:
                self._open.add(connection)
            while (request := read_request(connection)) is not None and self._answer(connection, request, number):
                pass
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _answer(self, connection: socket.socket, request: bytes, number: int) -> bool:
        target = request.split(b" ", 2)[1].decode()
        path = "/" + target.split("://", 1)[1].partition("/")[2] if "://" in target else target
        case = self.cases.get(path)
        heard = Heard(request, connection=number)
        with self._lock:
            turn = len(self.heard.setdefault(path, []))
            self.heard[path].append(heard)
        if case is None:
            pieces: Iterable[object] = [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]
        else:
            pieces = case.once_per[min(turn, len(case.once_per) - 1)] if case.once_per else case.pieces
        for piece in pieces:
            if piece is CLOSE:
                return False
            if piece is RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if isinstance(connection, ssl.SSLSocket):
                    socket.socket(fileno=connection.detach()).close()
                return False
            if piece is HANG:
                connection.recv(1)
                return False
            data = piece() if callable(piece) else piece
            assert isinstance(data, bytes)
            heard.sent += data
            connection.sendall(data)
        return True


def read_request(connection: socket.socket) -> bytes | None:
    """One whole request: head, and as much body as Content-Length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def whole(head: bytes, body: bytes = b"") -> list[object]:
    """A head (without its Content-Length) and a body with its length told."""
    return [head + b"Content-Length: %d\r\n\r\n" % len(body) + body]


def chunked(body: bytes, *, size: int = 7, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    """``body`` in chunks."""
    out = b""
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        out += b"%x%s\r\n%s\r\n" % (len(piece), extension, piece)
    return out + b"0\r\n" + trailer + b"\r\n"


OK = b"HTTP/1.1 200 OK\r\n"
HTML = "<html><body><p>Đà Nẵng, thành phố đáng sống</p></body></html>".encode()
PACKED = gzip.compress(HTML, mtime=0)


def wire_cases(*, br: bytes, big: Callable[[], bytes]) -> dict[str, Case]:
    """The case table of the wire capture."""
    chunk_head = OK + b"Transfer-Encoding: chunked\r\n"
    return {
        "/odd-case": Case(whole(b"HTTP/1.1 200 OK\r\ncONTENT-tYPE: text/html\r\nX-ODD:a\r\n", HTML)),
        "/duplicates": Case(whole(OK + b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nset-cookie: c=3\r\nX-A: 1\r\n", HTML)),
        "/odd-space": Case(whole(OK + b"X-A:    1   \r\nX-B:\t2\t\r\nX-C:\r\n", HTML)),
        "/folded": Case(whole(OK + b"X-Long: one\r\n  two\r\n\tthree\r\n", HTML)),
        "/latin1-reason": Case(whole("HTTP/1.1 200 Créé\r\n".encode("latin-1"), HTML)),
        "/no-colon": Case(whole(OK + b"this line has no colon\r\nX-A: 1\r\n", HTML)),
        "/bare-lf": Case([b"HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 3\n\nabc"]),
        "/chunked": Case([chunk_head + b"\r\n" + chunked(HTML, extension=b";ext=1", trailer=b"X-Trailer: t\r\n")]),
        "/chunked-gzip": Case([chunk_head + b"Content-Encoding: gzip\r\n\r\n", chunked(PACKED, size=11)]),
        "/chunked-br": Case([chunk_head + b"Content-Encoding: br\r\n\r\n", chunked(br, size=11)]),
        "/gzip": Case(whole(OK + b"Content-Encoding: gzip\r\n", PACKED)),
        "/br": Case(whole(OK + b"Content-Encoding: br\r\n", br)),
        "/damaged-gzip": Case(whole(OK + b"Content-Encoding: gzip\r\n", PACKED[:20] + b"\0\0\0" + PACKED[23:])),
        "/304": Case([b'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: W/"x"\r\n\r\n']),
        "/204": Case([b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"]),
        "/head": Case([OK + b"Content-Length: 999\r\n\r\n"], method="HEAD"),
        "/empty": Case(whole(OK)),
        "/post": Case(whole(OK, HTML), method="POST"),
        "/close-1.0": Case([b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n", HTML, CLOSE]),
        "/close-1.1": Case([OK + b"Connection: close\r\n\r\n", HTML, CLOSE]),
        "/short-fin": Case([OK + b"Content-Length: 500\r\n\r\n" + HTML, CLOSE], truncated="disconnect"),
        "/short-rst": Case([OK + b"Content-Length: 500\r\n\r\n" + HTML, RESET], truncated="disconnect"),
        "/short-chunked": Case([chunk_head + b"\r\n5\r\nhello\r\n20\r\nwor", CLOSE], truncated="disconnect"),
        "/cut-headers": Case([OK + b"Content-Type: text/ht", CLOSE], truncated="disconnect", error=True),
        "/bad-status": Case([b"HTTP/1.1 twohundred OK\r\nX: 1\r\n\r\n", CLOSE], truncated="unspecified", error=True),
        "/no-bytes": Case([CLOSE], error=True),
        "/hang": Case([OK + b"Content-Length: 500\r\n\r\nabc", HANG], truncated="time", error=True),
        "/hang-silent": Case([HANG], error=True),
        "/too-large-told": Case([OK + b"Content-Length: 300000\r\n\r\n", big, CLOSE], truncated="length", error=True),
        "/too-large": Case([OK + b"Connection: close\r\n\r\n", big, CLOSE], truncated="length", error=True),
        "/301": Case([b"HTTP/1.1 301 Moved\r\nLocation: /empty\r\nContent-Length: 5\r\n\r\nmoved"]),
        "/103": Case(
            [b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + OK + b"Content-Length: 3\r\n\r\nabc"],
            skip=len(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"),
        ),
        "/100-102": Case(
            [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\n", OK + b"Content-Length: 3\r\n\r\nabc"],
            skip=len(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\n"),
        ),
        "/bytes-after": Case([OK + b"Content-Length: 3\r\n\r\nabcGARBAGE", CLOSE], extra=7),
        "/same-lengths": Case([OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"]),
        "/two-lengths": Case(
            [OK + b"Content-Length: 3\r\nContent-Length: 40\r\n\r\nabc", CLOSE],
            notes=("Content-Lengths that differ: '3, 40'",),
        ),
        "/two-lengths-neither": Case(
            [OK + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\nabc", CLOSE], truncated="disconnect"
        ),
        "/two-lengths-torn": Case(
            [OK + b"Content-Length: 3\r\nContent-Length: 40\r\n\r\nabc", RESET], truncated="disconnect"
        ),
        "/two-lengths-kept-alive": Case([OK + b"Content-Length: 3\r\nContent-Length: 2\r\n\r\nabc"]),
        "/length-words": Case([OK + b"Content-Length: many\r\n\r\n" + HTML, CLOSE]),
        "/odd-names": Case(
            whole(OK + b"X-User@Host: a\r\n[X]: b\r\n: c\r\nX-Spaced : d\r\n", HTML),
            notes=(
                "a header name that is no token: 'X-User@Host'",
                "a header name that is no token: '[X]'",
                "a header without a name",
                "white space before the colon of 'X-Spaced '",
            ),
        ),
        "/spaced-length": Case([OK + b"Content-Length : 3\r\n\r\nabc"]),
        "/folded-first": Case([OK + b" folded: yes\r\nContent-Length: 3\r\n\r\nabc"]),
        "/chunk-lf": Case([chunk_head + b"\r\n3\nabc\n2\nde\n0\n\n"]),
        "/te-and-cl": Case([chunk_head + b"Content-Length: 3\r\n\r\n" + chunked(b"abcdef")]),
        "/te-gzip-chunked": Case(
            [OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked(PACKED)],
            notes=("Transfer-Encoding: 'gzip, chunked'",),
        ),
        "/robots.txt": Case(whole(OK + b"Content-Type: text/plain\r\n", b"User-agent: *\nDisallow:\n")),
    }
