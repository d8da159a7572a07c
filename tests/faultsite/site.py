"""The site of faults on loopback: one http and one https port for all hosts, and one port for each fault of the connection or of TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from faultsite.authority import contexts, server_context, write_ca
from faultsite.exchange import Exchange, Log
from faultsite.fault import MAIN, OTHER, REBIND, Endpoint, Fault, page
from faultsite.faults.catalogue import all_faults
from faultsite.index import index_page, robots_txt, sitemap, sitemap_index
from faultsite.limits import Limits
from faultsite.pipe import Pipe, TlsPipe
from faultsite.wire import Ask, ClientLeft, GivenUp, Place, Wire

ADDRESS = "127.0.0.1"
_HEAD_LIMIT = 1 << 17
_BODY_LIMIT = 1 << 20


class FaultSite:
    """Serves every fault from a thread of its own, from ``start`` to ``stop`` (or as a context manager).

    ``connect_to`` covers ``hosts``: all but ``rebind.example``, which only a resolver leads to (see ``rebinding``), and the
    names that resolve to private addresses. ``log`` is what crossed the wire; ``escapes`` those of its exchanges that no
    guarded client makes. ``directory`` receives the authority's certificate and the long ones of the answers.
    """

    def __init__(self, directory: Path, *, limits: Limits | None = None) -> None:
        self._directory = directory
        self._faults = all_faults()
        self._place = Place(limits or Limits())
        self._log = Log(directory / "exchanges")
        self._exact = {(f.host, f.path): f for f in self._faults if f.handler and not f.prefix}
        # The longest path first, so that /urls/space is not taken for /urls/.
        self._prefixes = sorted((f for f in self._faults if f.handler and f.prefix), key=lambda f: -len(f.path))
        self._own_ports: dict[tuple[str, str], int] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._connections = 0
        self.ca_file = directory / "faultsite-ca.pem"

    @property
    def http_port(self) -> int:
        """The port on loopback."""
        return self._place.http_port

    @property
    def https_port(self) -> int:
        """The port on loopback."""
        return self._place.https_port

    @property
    def home(self) -> str:
        """The index page's URL over http."""
        return f"http://{MAIN}/"

    @property
    def hosts(self) -> list[str]:
        """The hosts of all endpoints, without ``rebind.example``."""
        found = dict.fromkeys([MAIN, f"www.{MAIN}", OTHER, *(fault.host for fault in self._faults)])
        return [host for host in found if host != REBIND]

    @property
    def connect_to(self) -> list[str]:
        """Rules as of curl's ``--connect-to``."""
        return [
            f"{host}:{port}:{ADDRESS}:{self._own_ports.get((host, scheme), own)}"
            for host in self.hosts
            for scheme, port, own in (("http", 80, self.http_port), ("https", 443, self.https_port))
        ]

    @property
    def endpoints(self) -> list[Endpoint]:
        """All endpoints, in the order of the documentation; ``Endpoint.over("https")`` is the other half."""
        return [fault.endpoint for fault in self._faults]

    @property
    def log(self) -> list[Exchange]:
        """What was received and sent so far."""
        return self._log.snapshot()

    @property
    def escapes(self) -> list[Exchange]:
        """Requests that reached the site by a private address, or by a name that was bound anew."""
        return [e for e in self.log if e.host == REBIND or "/canary/" in e.target or e.host not in self.hosts]

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of that name. Raises ``KeyError``."""
        found = {endpoint.name: endpoint for endpoint in self.endpoints}
        return found[name]

    def exchanges_of(self, name: str) -> list[Exchange]:
        """What crossed the wire for one endpoint."""
        return [exchange for exchange in self.log if exchange.endpoint == name]

    def wait_idle(self, timeout: float = 5.0) -> bool:
        """Wait until no answer is under way; False when that took longer."""
        return self._log.wait_idle(timeout)

    def start(self) -> Self:
        """Begin to serve; OSError where no port is to be had."""
        if self._thread is not None:
            raise RuntimeError("the site is already running")
        self._log.directory.mkdir(parents=True, exist_ok=True)
        write_ca(self._directory)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="faultsite", daemon=True)
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
        listeners: list[socket.socket] = []
        tasks: list[asyncio.Task[None]] = []

        def listen(serve: Callable[[socket.socket], Awaitable[None]]) -> int:
            listener = socket.create_server((ADDRESS, 0), backlog=256)
            listener.setblocking(False)
            listeners.append(listener)
            tasks.append(asyncio.ensure_future(_accept(listener, serve)))
            return int(listener.getsockname()[1])

        def refuse() -> int:
            silent = socket.socket()
            silent.bind((ADDRESS, 0))
            listeners.append(silent)
            return int(silent.getsockname()[1])

        try:
            context = server_context([*self.hosts, REBIND])
            self._place.http_port = listen(lambda c: self._connected(Pipe(c), "http"))
            self._place.https_port = listen(lambda c: self._secret(c, context))
            for host, odd in contexts().by_host.items():
                self._own_ports[host, "https"] = listen(lambda c, odd=odd: self._secret(c, odd))  # type: ignore[misc]
            for fault in self._faults:
                if fault.scheme and not fault.handler:
                    port = listen(lambda c, raw=fault.raw: self._raw(c, raw)) if fault.raw else refuse()  # type: ignore[misc]
                    self._own_ports[fault.host, fault.scheme] = port
        except BaseException as error:  # noqa: BLE001  start() raises it in the other thread
            self._failure = error
        else:
            self._ready.set()
            await self._stopping.wait()
        for task in tasks:
            task.cancel()
        others = [*tasks, *(asyncio.all_tasks() - {asyncio.current_task()})]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for listener in listeners:
            listener.close()
        self._ready.set()

    async def _raw(self, connection: socket.socket, raw: Callable[[Pipe, Place], Awaitable[None]]) -> None:
        pipe = Pipe(connection)
        try:
            async with asyncio.timeout(self._place.limits.seconds):
                await raw(pipe, self._place)
        except (OSError, TimeoutError):
            pass  # the client left, or our own limit
        finally:
            pipe.cut()

    async def _secret(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        pipe = TlsPipe(connection, context)
        try:
            async with asyncio.timeout(self._place.limits.seconds):
                await pipe.handshake()
        except (OSError, TimeoutError):  # ssl.SSLError is an OSError
            pipe.cut()
            return
        await self._connected(pipe, "https")

    async def _connected(self, pipe: Pipe, scheme: str) -> None:
        self._connections += 1
        number = self._connections
        stale = False
        try:
            while not pipe.closed:
                async with asyncio.timeout(self._place.limits.seconds):
                    request = await pipe.read_until(b"\r\n\r\n", limit=_HEAD_LIMIT)
                    ask = _read(request)
                    if ask is None:
                        return
                    request += await pipe.read_exactly(_length(ask))
                stale = await self._exchange(pipe, ask, request, scheme=scheme, number=number, stale=stale)
        except (OSError, TimeoutError):
            pass  # the client left, or it said nothing for too long
        finally:
            pipe.cut()

    async def _exchange(self, pipe: Pipe, ask: Ask, request: bytes, *, scheme: str, number: int, stale: bool) -> bool:
        """Answer one request; True when the connection is to be dropped at the next one."""
        fault = self._find(ask)
        name = fault.name if fault else None
        exchange = self._log.begin(
            request,
            scheme=scheme,
            host=ask.host,
            endpoint=name,
            connection=number,
            peer_port=pipe.socket.getpeername()[1],
        )
        if stale:
            pipe.cut()
            self._log.end(exchange, ended="stale")
            return False
        visit = self._place.visit(name) if name else 0
        wire = Wire(pipe, ask, place=self._place, exchange=exchange, scheme=scheme, visit=visit)
        try:
            if fault is not None and fault.handler is not None:
                await fault.handler(wire)
            else:
                await self._plain(wire)
            if wire.ended == "open" and ask.headers.get("connection", "").lower() == "close":
                await wire.fin()
        except GivenUp:
            wire.ended = "fin"
            await _fin(pipe)
        except ClientLeft:
            pipe.cut()
        finally:
            self._log.end(exchange, ended=wire.ended)
        return wire.stale

    def _find(self, ask: Ask) -> Fault | None:
        exact = self._exact.get((ask.host, ask.path))
        if exact is not None:
            return exact
        return next((f for f in self._prefixes if f.host == ask.host and ask.path.startswith(f.path)), None)

    async def _plain(self, wire: Wire) -> None:
        """What is no fault: the ways to the faults."""
        base, path = wire.base, wire.ask.path if wire.ask.host == MAIN else ""
        if path == "/":
            await wire.reply(index_page(self._faults))
        elif path == "/robots.txt":
            await wire.reply(robots_txt(self._faults, base), media="text/plain; charset=utf-8")
        elif path == "/sitemap.xml":
            await wire.reply(sitemap(self._faults, base), media="application/xml")
        elif path == "/sitemaps.xml":
            await wire.reply(sitemap_index(self._faults, base), media="application/xml")
        else:
            await wire.reply(page("Not found"), status=404, reason="Not Found")


async def _accept(listener: socket.socket, serve: Callable[[socket.socket], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    running: set[asyncio.Future[None]] = set()
    while True:
        connection, _ = await loop.sock_accept(listener)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.ensure_future(serve(connection))
        running.add(task)
        task.add_done_callback(running.discard)


async def _fin(pipe: Pipe) -> None:
    """End in good order, if the client still reads."""
    try:
        async with asyncio.timeout(1):
            await pipe.fin()
    except (OSError, TimeoutError):
        pipe.cut()


def _read(request: bytes) -> Ask | None:
    """The request's head; None when it is none."""
    if not request.endswith(b"\r\n\r\n"):
        return None
    first, *lines = request.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target = rest.rpartition(" ")[0]
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    host = headers.get("host", "")
    if target.startswith(("http://", "https://")):  # from a proxy
        host, _, path = target.partition("://")[2].partition("/")
        target = f"/{path}"
    name = host.lower() if host.startswith("[") else host.partition(":")[0].lower()
    return Ask(method, name.rstrip("."), target, headers)


def _length(ask: Ask) -> int:
    length = ask.headers.get("content-length", "0")
    return min(int(length), _BODY_LIMIT) if length.isascii() and length.isdigit() else 0
