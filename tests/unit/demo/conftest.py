from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from archiver.demo import EVENING, MORNING, DemoServer, Newspaper
from archiver.demo.reply import DemoRequest, Reply

Fetch = Callable[..., Reply]


@pytest.fixture(scope="session")
def morning() -> Newspaper:
    return Newspaper(at=MORNING)


@pytest.fixture(scope="session")
def evening() -> Newspaper:
    return Newspaper(at=EVENING)


def fetch(newspaper: Newspaper, url: str) -> Reply:
    """Ask the model without a server."""
    parts = urlsplit(url)
    return newspaper.respond(DemoRequest("GET", parts.scheme, parts.netloc, parts.path or "/", parts.query))


def text_of(newspaper: Newspaper, url: str) -> str:
    reply = fetch(newspaper, url)
    assert reply.status == 200, url
    return reply.body.decode()


@pytest.fixture
def server(tmp_path) -> Iterator[DemoServer]:
    with DemoServer(Newspaper(), directory=tmp_path, log_dir=tmp_path / "log", control_token="let me") as running:
        yield running


def raw_exchange(server: DemoServer, request: bytes, *, tls: str | None = None) -> bytes:
    """Send bytes over one connection that the request closes; return all that comes back."""
    port = server.http_port if tls is None else server.https_port
    with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
        if tls is None:
            return _talk(plain, request)
        context = ssl.create_default_context(cafile=str(server.ca_file))
        with context.wrap_socket(plain, server_hostname=tls) as secret:
            return _talk(secret, request)


def _talk(connection: socket.socket, request: bytes) -> bytes:
    connection.sendall(request)
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def https(server: DemoServer, host: str) -> http.client.HTTPSConnection:
    """A client that believes it talks to the real host."""
    context = ssl.create_default_context(cafile=str(server.ca_file))
    client = http.client.HTTPSConnection(host, 443, context=context, timeout=60)
    client._create_connection = lambda *_args, **_more: socket.create_connection(("127.0.0.1", server.https_port))
    return client
