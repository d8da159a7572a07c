"""What an endpoint's function is given: the request, and a connection on which it can do anything, within limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from faultsite.exchange import Exchange
from faultsite.limits import Limits
from faultsite.pipe import Pipe

_PIECE = 1 << 14


class GivenUp(Exception):
    """The server met its own limit of bytes or seconds."""


class ClientLeft(Exception):
    """The client ended the connection first."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as received; header names in lower case."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """The target's path, undecoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The target's query, undecoded."""
        return self.target.partition("?")[2]


@dataclass(slots=True)
class Place:
    """Where the site stands and what it remembers; shared by all its connections."""

    limits: Limits
    http_port: int = 0
    https_port: int = 0
    visits: dict[str, int] = field(default_factory=dict)

    def visit(self, name: str) -> int:
        """Count a visit; 1 at the first."""
        self.visits[name] = self.visits.get(name, 0) + 1
        return self.visits[name]


class Wire:
    """One exchange, seen from the server."""

    def __init__(self, pipe: Pipe, ask: Ask, *, place: Place, exchange: Exchange, scheme: str, visit: int) -> None:
        self.ask = ask
        self.place = place
        self.limits = place.limits
        self.scheme = scheme
        self.visit = visit
        self.stale = False
        self.ended = "open"
        self._pipe = pipe
        self._exchange = exchange
        self._deadline = time.monotonic() + place.limits.seconds

    @property
    def base(self) -> str:
        """Scheme and host as the client asked for them."""
        return f"{self.scheme}://{self.ask.host}"

    async def send(self, data: bytes) -> None:
        """A part of the message. Raises ``GivenUp`` at the server's limit, ``ClientLeft`` when nobody listens."""
        await self._send(data)

    async def interim(self, data: bytes) -> None:
        """A 1xx message before the final one."""
        self._exchange.interim += len(data)
        await self._send(data)

    async def beyond(self, data: bytes) -> None:
        """Bytes after the end of the message."""
        self._exchange.beyond += len(data)
        await self._send(data)

    async def reply(
        self,
        body: bytes = b"",
        *,
        status: int = 200,
        reason: str = "OK",
        headers: Iterable[tuple[str, str]] = (),
        media: str | None = "text/html; charset=utf-8",
    ) -> None:
        """A correct HTTP/1.1 message around a body."""
        lines = [f"HTTP/1.1 {status} {reason}"]
        if media is not None:
            lines.append(f"Content-Type: {media}")
        lines += [f"{name}: {value}" for name, value in headers]
        lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n"
        await self.send(head if self.ask.method == "HEAD" else head + body)

    async def redirect(self, location: str, *, status: int = 302) -> None:
        """A redirect with a short body."""
        await self.reply(b"<p>Moved.</p>", status=status, reason="Found", headers=[("Location", location)])

    async def pause(self, seconds: float | None = None) -> None:
        """Wait between two pieces. Raises ``ClientLeft`` or ``GivenUp``."""
        wanted = self.limits.pause if seconds is None else seconds
        left = self._deadline - time.monotonic()
        if await self._pipe.gone(min(wanted, left)):
            self.ended = "left"
            raise ClientLeft
        if wanted >= left:
            self._give_up()

    async def hold(self) -> NoReturn:
        """Say nothing until the client leaves or the server's time is over."""
        await self.pause(self.limits.seconds)
        self._give_up()

    async def fin(self) -> None:
        """End the connection in good order."""
        self.ended = "fin"
        await self._pipe.fin()

    async def cut(self) -> None:
        """End the connection by FIN; over TLS without its close_notify, as a man in the middle can."""
        self.ended = "cut"
        self._pipe.cut()

    async def reset(self) -> None:
        """End the connection by RST."""
        self.ended = "reset"
        await self._pipe.reset()

    async def _send(self, data: bytes) -> None:
        view = memoryview(data)
        for start in range(0, len(data), _PIECE):
            piece = bytes(view[start : start + _PIECE])
            left = self._deadline - time.monotonic()
            if left <= 0 or self._exchange.kept.size + len(piece) > self.limits.size:
                self._give_up()
            self._exchange.kept.add(piece)
            try:
                async with asyncio.timeout(left):
                    await self._pipe.send(piece)
            except TimeoutError:
                self._give_up()
            except OSError as error:
                self.ended = "left"
                raise ClientLeft from error

    def _give_up(self) -> NoReturn:
        self._exchange.gave_up = True
        raise GivenUp
