"""The model newspaper on loopback: one http and one https port serve all its hosts, told apart by the Host header."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import threading
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self, TextIO, TypedDict

from archiver.demo.authority import make_certificates
from archiver.demo.connection import Connection
from archiver.demo.exchange_log import ExchangeLog
from archiver.demo.newspaper import Newspaper

ADDRESS = "127.0.0.1"
_HEAD_LIMIT = 65536


class Described(TypedDict):
    """What a crawler needs to find the newspaper: arguments for `--connect-to`, `--ca-file`, and the hosts."""

    connect_to: list[str]
    ca_file: str
    hosts: list[str]


class DemoServer:
    """Serves a newspaper from a thread of its own, from `start` to `stop`.

    `port` is that of http, the next one that of https; 0 takes two free ones. `directory` receives the certificates.
    With `log_dir` every exchange is logged there; with `control_token` the clock can be moved over http (see `control`).
    """

    def __init__(
        self,
        newspaper: Newspaper,
        *,
        port: int = 0,
        directory: Path,
        log_dir: Path | None = None,
        control_token: str | None = None,
    ) -> None:
        self.newspaper = newspaper
        self.http_port = port
        self.https_port = port + 1 if port else 0
        self.ca_file, self._server_file = make_certificates(newspaper.hosts, directory)
        self._log = None if log_dir is None else ExchangeLog(log_dir)
        self._control_token = control_token
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: OSError | None = None

    @property
    def hosts(self) -> list[str]:
        """The hosts it answers for."""
        return list(self.newspaper.hosts)

    @property
    def connect_to(self) -> list[str]:
        """`HOST:PORT:ADDR:PORT` for each host and both ports."""
        ports = ((80, self.http_port), (443, self.https_port))
        return [f"{host}:{public}:{ADDRESS}:{own}" for host in self.hosts for public, own in ports]

    def describe(self) -> Described:
        """The line that `archiver demo --site-only` prints."""
        return {"connect_to": self.connect_to, "ca_file": str(self.ca_file), "hosts": self.hosts}

    def start(self) -> Self:
        """Begin to serve; OSError where a port is taken."""
        if self._thread is not None:
            raise RuntimeError("the server is already running")
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="demo-server", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def stop(self) -> None:
        """Close every connection and end the thread; harmless when not running."""
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None
        self._ready.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        try:
            listeners = [
                await self._listen("http", connections, port=self.http_port, tls=None),
                await self._listen("https", connections, port=self.https_port, tls=self._tls()),
            ]
        except OSError as error:
            self._failure = error
            self._ready.set()
            return
        self.http_port, self.https_port = (listener.sockets[0].getsockname()[1] for listener in listeners)
        self._ready.set()
        await self._stopping.wait()
        # First deaf, then closed: a connection that is accepted while its listener closes would never end (CPython 3.11).
        for listener in listeners:
            self._loop.remove_reader(listener.sockets[0].fileno())
        await _end(connections)
        for listener in listeners:
            listener.close()

    async def _listen(
        self,
        scheme: str,
        connections: dict[asyncio.Task[None], asyncio.StreamWriter],
        *,
        port: int,
        tls: ssl.SSLContext | None,
    ) -> asyncio.Server:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = Connection(self.newspaper, scheme, log=self._log, control_token=self._control_token)
            task = asyncio.ensure_future(connection.serve(reader, writer))
            connections[task] = writer
            task.add_done_callback(connections.pop)

        return await asyncio.start_server(connected, ADDRESS, port, ssl=tls, limit=_HEAD_LIMIT, backlog=256)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._server_file)
        context.set_alpn_protocols(["http/1.1"])
        return context


async def _end(connections: dict[asyncio.Task[None], asyncio.StreamWriter]) -> None:
    """Abort every connection, also those being accepted just now; each ends as if its other side had gone.

    A client that stands still within its TLS handshake is left to the loop's end after a second.
    """
    deadline = asyncio.get_running_loop().time() + 1
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for writer in connections.values():
            writer.transport.abort()
        await asyncio.wait(others, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
        if asyncio.get_running_loop().time() > deadline:
            return


def serve_forever(server: DemoServer, *, out: TextIO) -> int:
    """Print the line of `describe`, serve until SIGINT or SIGTERM, and return that signal's number. Main thread only."""
    stopped = threading.Event()
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        received.append(number)
        stopped.set()

    kept = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with server:
            print(json.dumps(server.describe()), file=out, flush=True)
            stopped.wait()
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    return received[0]
