"""A proxy between the archiver and its S3 server that fails on purpose: by chance from a seed, and counted by kind."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

HEAD_LIMIT = 1 << 16

BEFORE = ("drop before", "drop in body", "500 before", "503 SlowDown", "409 conflict", "refused for a while")
"""Nothing reaches the server."""
AFTER = ("500 after", "answer lost", "cut answer")
"""The server did what was asked; who asked is not told."""
WRITES = ("200, nothing stored", "request byte flipped")
READS = ("answer byte flipped",)
ALWAYS = ("slow",)

_ERRORS = {
    "500 before": (500, "InternalError"),
    "500 after": (500, "InternalError"),
    "503 SlowDown": (503, "SlowDown"),
    "409 conflict": (409, "ConditionalRequestConflict"),
}


@dataclass
class Message:
    """One HTTP message, whole."""

    head: bytes
    body: bytes = b""
    framed: bool = True

    @property
    def raw(self) -> bytes:
        return self.head + self.body

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    def field(self, name: bytes) -> bytes | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name:
                return value.strip()
        return None


@dataclass
class FaultProxy:
    """``with FaultProxy(port) as proxy``: serves on ``proxy.port`` until the block ends. ``chance`` of 0 is a healthy network."""

    upstream: int
    chance: float = 0.0
    seed: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    port: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._refusing = False
        self._opening = asyncio.Lock()
        # Bound and never listening: the port stays ours, also while every connection to it is refused.
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._held.bind(("127.0.0.1", 0))
        self.port = self._held.getsockname()[1]

    def plan(self, seed: str, chance: float) -> None:
        """From now on faults come from this seed with this chance for each request."""
        self._random = random.Random(seed)
        self.chance = chance

    def heal(self) -> None:
        """No more faults; waits until the door is open again."""
        self.chance = 0.0
        asyncio.run_coroutine_threadsafe(self._open_again(), self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._held.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, limit=HEAD_LIMIT, reuse_port=True
        )

    async def _open_again(self) -> None:
        # One at a time: the end of a refusal and ``heal`` may meet here.
        async with self._opening:
            if self._server is None:
                await self._listen()
            self._refusing = False

    async def _refuse(self, seconds: float) -> None:
        if self._refusing or self._server is None:
            return
        self._refusing = True
        self._server.close()
        self._server = None
        await asyncio.sleep(seconds)
        if self._refusing:
            await self._open_again()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await self._request(reader, writer)) is not None:
                if not await self._answer(request, writer):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Message | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        message = Message(head)
        if (message.field(b"expect") or b"").lower() == b"100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect:")]
            message = Message(b"\r\n".join(lines))
        length = int(message.field(b"content-length") or 0)
        message.body = await reader.readexactly(length)
        return message

    def _choose(self, request: Message) -> str | None:
        if self._random.random() >= self.chance:
            return None
        kinds = [*BEFORE, *AFTER, *ALWAYS]
        if request.method == "PUT" and request.body:
            kinds += [*WRITES, *WRITES]
        if request.method == "GET":
            kinds += READS
        return self._random.choice(kinds)

    async def _answer(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection may go on."""
        fault = self._choose(request)
        if fault is not None:
            self.counts[fault] += 1
        if fault == "refused for a while":
            self._refusal = asyncio.ensure_future(self._refuse(self._random.uniform(0.05, 0.6)))
        if fault in {"drop before", "drop in body", "refused for a while"}:
            if fault == "drop in body":
                await self._half(request)
            writer.transport.abort()
            return False
        if fault in {"500 before", "503 SlowDown", "409 conflict"}:
            writer.write(_error(fault, request))
            await writer.drain()
            return True
        if fault == "200, nothing stored":
            writer.write(b'HTTP/1.1 200 OK\r\nETag: "00000000000000000000000000000000"\r\nContent-Length: 0\r\n\r\n')
            await writer.drain()
            return True
        if fault == "request byte flipped":
            request.body = self._flipped(request.body)
        if fault == "slow":
            await asyncio.sleep(self._random.uniform(0.05, 0.3))
        answer = await self._forward(request)
        if fault == "500 after":
            writer.write(_error(fault, request))
            await writer.drain()
            return True
        if fault == "answer lost":
            writer.transport.abort()
            return False
        if fault == "cut answer":
            writer.write(answer.raw[: max(1, len(answer.raw) // 2)])
            await writer.drain()
            writer.close()
            return False
        if fault == "answer byte flipped" and answer.body:
            answer.body = self._flipped(answer.body)
        writer.write(answer.raw)
        await writer.drain()
        return answer.framed

    def _flipped(self, body: bytes) -> bytes:
        place = self._random.randrange(len(body))
        return body[:place] + bytes([body[place] ^ (1 << self._random.randrange(8))]) + body[place + 1 :]

    async def _half(self, request: Message) -> None:
        """The server gets a part of the request, then the line is cut."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        writer.write(request.head + request.body[: len(request.body) // 2])
        await writer.drain()
        writer.transport.abort()

    async def _forward(self, request: Message) -> Message:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream, limit=HEAD_LIMIT)
        try:
            writer.write(request.raw)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            answer = Message(head)
            status = int(head.split(b" ", 2)[1])
            length = answer.field(b"content-length")
            if request.method == "HEAD" or status in {204, 304}:
                return answer
            if length is not None:
                answer.body = await reader.readexactly(int(length))
                return answer
            if b"chunked" in (answer.field(b"transfer-encoding") or b"").lower():
                while True:
                    line = await reader.readuntil(b"\r\n")
                    answer.body += line + await reader.readexactly(int(line.split(b";")[0], 16) + 2)
                    if int(line.split(b";")[0], 16) == 0:
                        return answer
            answer.body = await reader.read()
            answer.framed = False
            return answer
        finally:
            writer.transport.abort()


def _error(fault: str, request: Message) -> bytes:
    status, code = _ERRORS[fault]
    body = b"" if request.method == "HEAD" else f"<Error><Code>{code}</Code><Message>test</Message></Error>".encode()
    return (
        f"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def port_of(url: str) -> int:
    """The port of ``http://127.0.0.1:PORT``."""
    return int(url.rpartition(":")[2])


__all__ = ["FaultProxy", "port_of"]
