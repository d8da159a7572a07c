"""What the server received and sent, exchange by exchange."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

_IN_MEMORY = 1 << 20


class Kept:
    """Bytes in the order in which they went out; in a file from 1 MiB on."""

    def __init__(self, spill: Path) -> None:
        self._memory = bytearray()
        self._spill = spill
        self._spilled = False
        self.size = 0

    def add(self, data: bytes) -> None:
        """Keep what goes out next."""
        self.size += len(data)
        self._memory += data
        if len(self._memory) > _IN_MEMORY:
            with self._spill.open("ab") as file:
                file.write(self._memory)
            self._memory.clear()
            self._spilled = True

    def read(self) -> bytes:
        """All of it."""
        return (self._spill.read_bytes() if self._spilled else b"") + bytes(self._memory)


@dataclass(slots=True)
class Exchange:
    """One request and what was sent for it.

    ``sent`` is all that was handed to the socket: a client that left may have seen a shorter prefix. ``interim`` bytes
    came before the final message and ``beyond`` ones after its end. ``ended`` is how the connection stood afterwards:
    ``open`` (kept alive), ``fin``, ``cut`` (FIN without TLS's close_notify), ``reset``, ``left`` (the client went first).
    ``gave_up`` says that the server met its own limit.
    """

    serial: int
    scheme: str
    host: str
    endpoint: str | None
    request: bytes
    connection: int
    peer_port: int
    began_at: float
    kept: Kept
    interim: int = 0
    beyond: int = 0
    ended: str = ""
    gave_up: bool = False
    ended_at: float | None = None

    @property
    def method(self) -> str:
        """As received."""
        return self.request.partition(b" ")[0].decode("latin-1")

    @property
    def target(self) -> str:
        """The request target as received."""
        return self.request.partition(b"\r\n")[0].decode("latin-1").partition(" ")[2].rpartition(" ")[0]

    @property
    def sent(self) -> bytes:
        """All bytes that were sent."""
        return self.kept.read()

    @property
    def message(self) -> bytes:
        """The final message: ``sent`` without what came before it or after its end."""
        sent = self.sent
        return sent[self.interim : len(sent) - self.beyond]


@dataclass(slots=True)
class Log:
    """All exchanges of a site. Written by the server's thread, read by the test's."""

    directory: Path
    exchanges: list[Exchange] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def begin(
        self, request: bytes, *, scheme: str, host: str, endpoint: str | None, connection: int, peer_port: int
    ) -> Exchange:
        """A request was read."""
        with self._changed:
            serial = len(self.exchanges) + 1
            begun = Exchange(
                serial=serial,
                scheme=scheme,
                host=host,
                endpoint=endpoint,
                request=request,
                connection=connection,
                peer_port=peer_port,
                began_at=time.monotonic(),
                kept=Kept(self.directory / f"{serial:06}.sent"),
            )
            self.exchanges.append(begun)
            return begun

    def end(self, exchange: Exchange, *, ended: str) -> None:
        """Nothing more will be sent for it."""
        with self._changed:
            exchange.ended = ended
            exchange.ended_at = time.monotonic()
            self._changed.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until no exchange is under way; False when ``timeout`` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: all(e.ended for e in self.exchanges), timeout)

    def snapshot(self) -> list[Exchange]:
        """The exchanges so far, in the order of their requests."""
        with self._changed:
            return list(self.exchanges)
