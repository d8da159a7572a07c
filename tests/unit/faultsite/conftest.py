from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from faultsite import FaultSite, Limits

QUICK = Limits(seconds=0.7, size=400_000, pause=0.02, bomb=4 << 20, flood=600, trap_pages=12, retry_after=1)
"""Everything is over within a second."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultSite]:
    with FaultSite(tmp_path_factory.mktemp("faultsite"), limits=QUICK) as running:
        yield running


@dataclass(frozen=True)
class Answer:
    """All bytes that came over one connection, and how it ended: ``fin``, ``reset``, ``ragged`` (no close_notify), ``open``."""

    received: bytes
    end: str

    @property
    def head(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[2]


class Client:
    """Reads what is really sent, over plain sockets or TLS."""

    def __init__(self, site: FaultSite) -> None:
        self.site = site
        self.routes = {}
        for rule in site.connect_to:
            host, port, _, own = rule.split(":")
            self.routes[host, int(port)] = int(own)

    def connect(self, url: str) -> socket.socket:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        port = self.routes[parts.hostname, parts.port or (443 if secure else 80)]
        plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        if not secure:
            return plain
        context = ssl.create_default_context(cafile=str(self.site.ca_file))
        # Python asks OpenSSL 3 to hide what this client is to see.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        try:
            return context.wrap_socket(plain, server_hostname=parts.hostname, suppress_ragged_eofs=False)
        except OSError:
            plain.close()
            raise

    def ask(
        self, url: str, *, method: str = "GET", headers: str = "", close: bool = True, quiet: float = 5.0
    ) -> Answer:
        """Ask once, and read to the end of the connection, or until ``quiet`` seconds bring nothing."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = "Connection: close\r\n" if close else ""
        with self.connect(url) as wire:
            wire.settimeout(quiet)
            wire.sendall(f"{method} {target} HTTP/1.1\r\nHost: {parts.hostname}\r\n{connection}{headers}\r\n".encode())
            return read_all(wire)

    def get(self, url: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        """By the standard library's client: for what it takes for a correct message."""
        parts = urlsplit(url)
        wire = self.connect(url)
        client = http.client.HTTPConnection(parts.hostname, timeout=60)
        client.sock = wire
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        client.request("GET", target, headers={"Connection": "close", **headers})
        response = client.getresponse()
        body = response.read()
        client.close()
        return response, body


def read_all(wire: socket.socket) -> Answer:
    received = bytearray()
    while True:
        try:
            data = wire.recv(65536)
        except TimeoutError:
            return Answer(bytes(received), "open")
        except ConnectionResetError:
            return Answer(bytes(received), "reset")
        except ssl.SSLError as error:
            # Older releases of Python have no class of its own for it.
            if not isinstance(error, ssl.SSLEOFError) and error.reason != "UNEXPECTED_EOF_WHILE_READING":
                raise
            return Answer(bytes(received), "ragged")
        if not data:
            return Answer(bytes(received), "fin")
        received += data


@pytest.fixture(scope="session")
def client(site: FaultSite) -> Client:
    return Client(site)


@pytest.fixture
def ask(client: Client, site: FaultSite) -> Callable[..., Answer]:
    """Ask an endpoint by its name."""

    def by_name(name: str, *, scheme: str = "http", **more: object) -> Answer:
        return client.ask(site.endpoint(name).over(scheme).url, **more)  # type: ignore[arg-type]

    return by_name


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Client]:
    """A client of a site that nobody has visited: for what changes from visit to visit."""
    with FaultSite(tmp_path, limits=QUICK) as running:
        yield Client(running)
