"""A small HTTP proxy on loopback: forwards absolute URIs, opens tunnels for CONNECT, and logs what it was asked."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading

from tests.wire_server import read_request

BUSY = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


class Proxy:
    """Leads every host to one port of this machine. With ``authorization`` nobody else is served."""

    def __init__(self, port: int, *, authorization: bytes | None = None) -> None:
        self.asked: list[bytes] = []
        self._to = port
        self.authorization = authorization
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._open.add(client)
        try:
            with client, socket.create_connection(("127.0.0.1", self._to)) as upstream:
                tunnel = False
                while True:
                    for side in select.select([client, upstream], [], [])[0]:
                        other = upstream if side is client else client
                        if side is client and not tunnel:
                            request = read_request(client)
                            if request is None:
                                return
                            tunnel = self._pass_on(request, client, upstream)
                            continue
                        try:
                            data = side.recv(65536)
                        except ConnectionResetError:
                            # A reset is handed on as one.
                            other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                            return
                        if not data:
                            return
                        other.sendall(data)
        except OSError:
            return
        finally:
            with self._lock:
                self._open.discard(client)

    def _pass_on(self, request: bytes, client: socket.socket, upstream: socket.socket) -> bool:
        """Answer a request, or hand it on; whether a tunnel is open now."""
        self.asked.append(request)
        if self.authorization and b"Proxy-Authorization: " + self.authorization not in request:
            client.sendall(BUSY)
            return False
        if request.startswith(b"CONNECT "):
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return True
        upstream.sendall(forwarded(request))
        return False


def forwarded(request: bytes) -> bytes:
    """A request as a proxy sends it on: its target in origin form, what was meant for the proxy left out."""
    line, _, rest = request.partition(b"\r\n")
    method, target, version = line.split(b" ")
    path = b"/" + target.split(b"://", 1)[1].partition(b"/")[2]
    head, mark, body = rest.partition(b"\r\n\r\n")
    lines = [each for each in head.split(b"\r\n") if not each.lower().startswith(b"proxy-")]
    return b" ".join((method, path, version)) + b"\r\n" + b"\r\n".join(lines) + mark + body
