"""The wire capture: request and response as they crossed the wire, below everything else in Scrapy.

A ``Binding`` ties one exchange to the connection that carries it. The pool binds, the protocol fills. Twisted's own retry of
a dropped keep-alive connection is off: it would ask again at once, past the delay (``PoliteDownloader`` asks again in its turn). Private names of Scrapy 2.19 and Twisted are used here; the contract
test in tests/contract holds them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from io import BytesIO
from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectionAborted, ConnectionLost
from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.web.client import HTTPConnectionPool

from archiver.capture.exchange import Exchange
from archiver.errors import SpoolUnusable
from archiver.fetch.errors import AddressRefused
from archiver.fetch.network.framing import Framing
from archiver.fetch.network.guard import AddressGuard
from archiver.fetch.network.limits import HeadLimits, HeadWatch
from archiver.fetch.network.resolve import GuardedResolver
from archiver.fetch.network.tls import is_unfinished, spoken
from archiver.model.instant import Clock

current: ContextVar[Binding | None] = ContextVar("archiver_exchange", default=None)
"""The exchange whose connection is being asked for; Twisted's Agent reaches the pool in the same call."""

on_sent: ContextVar[Callable[[], None] | None] = ContextVar("archiver_on_sent", default=None)
"""Who wants to hear that the request of this task has come to the server: the gate that keeps the delay."""

ARRIVAL = 0.25
"""Seconds after which a request has come to the server, when nothing was heard of it."""


class CappedBuffer(BytesIO):
    """Keeps the first ``cap`` bytes and lets the rest go: what a callback sees of a very large body."""

    def __init__(self, cap: int) -> None:
        super().__init__()
        self._cap = cap
        self.capped = False

    def write(self, data: Any) -> int:
        """Keep what still fits; say that all was taken."""
        room = self._cap - self.tell()
        if len(data) > room:
            self.capped = True
            super().write(data[: max(0, room)])
        else:
            super().write(data)
        return len(data)


class Binding:
    """One exchange and the state of its capture. ``reached`` is set once a request went through our protocol.

    ``limit`` says which limit of ours ended it, ``late`` that it was the one of time. ``torn`` is set where the connection
    was lost in another way than by its orderly end. ``reused`` says that the connection had carried another exchange before;
    with ``fresh`` it shall not have. ``framing`` follows the answer to its end.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        clock: Clock,
        guard: AddressGuard,
        proxied: bool,
        cap: int,
        head: HeadLimits,
        fresh: bool = False,
    ) -> None:
        self.exchange = exchange
        self.framing: Framing | None = None
        self.fresh = fresh
        self.reused = False
        self.reached = False
        self.ended = False
        self.refused: str | None = None
        self.sent = bytearray()
        self.guard = guard
        self.proxied = proxied
        self.buffer = CappedBuffer(cap)
        self.broken: SpoolUnusable | None = None
        self.limit: str | None = None
        self.late = False
        self.torn = False
        self._head_limits = head
        self._head = HeadWatch(head)
        self._timer: asyncio.TimerHandle | None = None
        self._transport: Any = None
        self._frozen = False
        self._clock = clock
        self._on_sent = on_sent.get()
        self._arriving: asyncio.TimerHandle | None = None

    def begin(self, transport: Any) -> None:
        """A request is about to be written."""
        self.reached = True
        self.sent.clear()
        self.torn = False
        self._transport = transport
        self._head = HeadWatch(self._head_limits)
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(self._head_limits.seconds, self._too_late)
        self.exchange.response.clear()
        self.exchange.began_at = self._clock.now()
        self.exchange.tls = self.exchange.cipher = None
        self.exchange.peer_ip = None if self.proxied else getattr(transport.getPeer(), "host", None)
        if not is_unfinished(transport):
            # While TLS shakes hands nothing is sent yet.
            self._arriving = asyncio.get_running_loop().call_later(ARRIVAL, self._say_sent)

    def _say_sent(self) -> None:
        """The request has come to the server: the answer's first byte says so, else some time."""
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None
        if self._on_sent is not None:
            self._on_sent()
            self._on_sent = None

    def receive(self, data: bytes, transport: Any) -> None:
        """Bytes came. TLS facts are read at the first of them: before, the handshake may not be over."""
        self._say_sent()
        if self.broken is not None or self.is_over:
            return
        if not self._head.over and self._is_too_much(data):
            # Without this piece, so that no end of a header block is among what is kept.
            transport.abortConnection()
            return
        if not self.exchange.response.size:
            self.exchange.tls, self.exchange.cipher = spoken(transport)
        try:
            self.exchange.response.append(data)
        except SpoolUnusable as error:
            # What was kept is no longer what came: the connection ends, and the handler stops the run.
            self.broken = error
            transport.abortConnection()

    def _is_too_much(self, data: bytes) -> bool:
        self.limit = self._head.feed(data)
        if self._head.over:
            self._stop_timer()
        return self.limit is not None

    @property
    def head_size(self) -> int:
        """Bytes of a header block at most."""
        return self._head_limits.size

    @property
    def is_over(self) -> bool:
        """Whether what still comes is none of ours."""
        return self._frozen or self.limit is not None

    def lost(self, reason: Any) -> None:
        """The connection ended before the message did, as far as its framing tells."""
        # Many servers end TLS without its close_notify: that alone is no sign of loss. A reset is.
        self.torn = isinstance(reason.value, ConnectionLost) and not isinstance(reason.value, ConnectionAborted)
        self._forget_unsent()
        self._transport = None

    def freeze(self) -> None:
        """Nothing more is taken: the exchange is about to be written. A connection that would still bring some is ended."""
        self._stop_timer()
        self._say_sent()
        self._frozen = True
        if self._transport is None:
            return
        self._forget_unsent()
        if not self.ended:
            self._transport.abortConnection()
        self._transport = None

    def _forget_unsent(self) -> None:
        """What was written, but never sent: over TLS no word goes out before the handshake is over."""
        if self._transport is not None and is_unfinished(self._transport):
            self.sent.clear()

    def _too_late(self) -> None:
        if not self._frozen and not self.ended:
            self.limit = f"no whole header block within {self._head_limits.seconds:g} s"
            self.late = True
            if self._transport is not None:
                self._transport.abortConnection()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end(self, rest: int) -> None:
        """The message is whole; ``rest`` bytes that came after it are none of it."""
        self.ended = True
        self._stop_timer()
        self.exchange.ended_at = self._clock.now()
        self.exchange.response.cut_to(self.exchange.response.size - rest)

    def limit_reader(self, response: Any) -> Any:
        """Give the reader of the body our capped buffer; all bytes still go to the exchange."""
        deliver = response.deliverBody

        def deliver_body(reader: Any) -> None:
            reader._bodybuf = self.buffer
            deliver(reader)

        response.deliverBody = deliver_body
        return response


class _Tee:
    """A transport that also keeps what is written to it."""

    def __init__(self, transport: Any, sink: bytearray) -> None:
        self._transport = transport
        self._sink = sink

    def write(self, data: bytes) -> None:
        self._sink += data
        self._transport.write(data)

    def writeSequence(self, pieces: Any) -> None:  # noqa: N802  Twisted's name
        self.write(b"".join(pieces))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class CaptureProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's HTTP/1.1 connection, with each exchange kept as it crossed the wire."""

    destination: tuple[str, int] = ("", 0)
    binding: Binding | None = None
    _framing: Framing | None = None
    _live: Binding | None = None
    _watched = False
    _used = False
    _ended_by: Any = connectionDone

    def request(self, request: Any) -> Deferred[Any]:
        """Send ``request`` for the exchange that the pool bound."""
        binding = self.binding
        if binding is None:
            return fail(RuntimeError("the pool bound no exchange to this connection"))
        if binding.is_over:
            return fail(ConnectionAborted())  # the pool would send it again, but we have given it up
        transport: Any = self.transport
        binding.reused, self._used = self._used, True
        binding.begin(transport)
        why = binding.guard.refuses(*self.destination, str(getattr(transport.getPeer(), "host", "")))
        if why:
            binding.refused = why
            transport.abortConnection()
            return fail(AddressRefused(self.destination[0], why))
        self._live = binding
        self._framing = binding.framing = Framing(bytes(request.method))
        self._watch_end(transport)

        def write_to(transport: Any) -> Any:
            return type(request).writeTo(request, _Tee(transport, binding.sent))

        request.writeTo = write_to
        answered: Deferred[Any] = super().request(request)
        # HeadWatch bounds the block; a line of it may be as long, where Twisted would break off at 16 KiB.
        parser: Any = self._parser
        parser.MAX_LENGTH = binding.head_size
        answered.addCallback(binding.limit_reader)
        return answered

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        """Keep the bytes, then let them be parsed, in a form that the parser reads."""
        live = self._live
        if live is not None and self._framing is not None:
            live.receive(data, self.transport)
            if live.is_over:
                return
            data = self._framing.feed(data)
            if not data:
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def _watch_end(self, transport: Any) -> None:
        """Hear how the connection itself ends: TLS tells a reset and a missing close_notify alike."""
        # In a proxy's tunnel TLS began later, and stands beside the transport.
        below: Any = transport if isinstance(transport, TLSMemoryBIOProtocol) else getattr(transport, "protocol", None)
        if self._watched or not isinstance(below, TLSMemoryBIOProtocol):
            return
        self._watched = True
        tls: Any = below
        lost = tls.connectionLost

        def connection_lost(reason: Any) -> None:
            self._ended_by = reason
            lost(reason)

        tls.connectionLost = connection_lost

    def connectionLost(self, reason: Any = connectionDone) -> None:  # noqa: N802
        """Remember how the connection ended: that ends some messages."""
        if self._live is not None:
            self._live.lost(self._ended_by if self._watched else reason)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802
        binding, self._live, self.binding = self._live, None, None
        if binding is not None:
            framing = binding.framing
            binding.end(framing.extra if framing is not None and framing.is_over else len(rest))
            parser: Any = self._parser  # gone where the connection's end was the message's
            if parser is not None and framing is not None and (framing.notes or framing.extra):
                # Who counts differently from the server may take the rest of one answer for the next.
                parser.connHeaders.addRawHeader(b"connection", b"close")
        super()._finishResponse(rest)


class CaptureFactory(_LenientHTTP11ClientFactory):
    """Builds the capturing connection."""

    def buildProtocol(self, addr: Any) -> CaptureProtocol:  # noqa: ARG002, N802  Twisted's name
        """See ``IProtocolFactory``."""
        return CaptureProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _Bound:
    """An endpoint and the exchange that wants to connect to it."""

    def __init__(self, endpoint: Any, binding: Binding) -> None:
        self.endpoint = endpoint
        self.binding = binding

    def __repr__(self) -> str:
        return repr(self.endpoint)


class CapturePool(HTTPConnectionPool):
    """Keep-alive connections that know which exchange they carry, opened only where the guard allows."""

    _factory = CaptureFactory
    retryAutomatically = False  # noqa: N815

    def getConnection(self, key: Any, endpoint: Any) -> Deferred[Any]:  # noqa: N802  Twisted's name
        """A connection, old or new, bound to the current exchange."""
        binding = current.get()
        if binding is None:
            return fail(RuntimeError("no exchange was begun for this request"))
        wanted: Any = _Bound(endpoint, binding)
        if binding.fresh:
            return self._newConnection(key, wanted)
        connected: Deferred[Any] = super().getConnection(key, wanted)
        return connected.addCallback(_bind(key, binding))

    def _newConnection(self, key: Any, endpoint: Any) -> Deferred[Any]:  # noqa: N802
        bound: _Bound = endpoint
        _guard_endpoint(bound.endpoint, bound.binding)
        connected: Deferred[Any] = super()._newConnection(key, bound.endpoint)
        return connected.addCallback(_bind(key, bound.binding))


def _bind(key: Any, binding: Binding) -> Callable[[Any], Any]:
    def bind(connection: Any) -> Any:
        connection.binding = binding
        connection.destination = _destination(key)
        return connection

    return bind


def _destination(key: Any) -> tuple[str, int]:
    """Host and port that a pool key connects to: those of the URL, or the proxy's (a tunnel's key goes on with its address)."""
    host, port = (key[3], key[4]) if len(key) > 4 else (key[1], key[2])
    return (host.decode("ascii") if isinstance(host, bytes) else str(host)), int(port)


def _guard_endpoint(endpoint: Any, binding: Binding) -> None:
    inner: Any = getattr(endpoint, "_wrappedEndpoint", endpoint)
    if not isinstance(inner, HostnameEndpoint):
        return  # a tunnel through a proxy; the protocol checks the peer before it sends anything
    _answer_by(inner, binding)


def _answer_by(endpoint: Any, binding: Binding) -> None:
    """Let the endpoint ask our resolver, which asks the one that it had."""

    def refused(_: str, why: str) -> None:
        binding.refused = why

    resolver = endpoint._getNameResolverAndMaybeWarn
    endpoint._getNameResolverAndMaybeWarn = lambda reactor: GuardedResolver(resolver(reactor), binding.guard, refused)
