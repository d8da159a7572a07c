"""One connection of the model's server: requests in, replies out, until either side has enough."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from archiver.demo.exchange_log import ExchangeLog
from archiver.demo.newspaper import Newspaper
from archiver.demo.reply import DemoRequest, Reply
from archiver.demo.wire import encode

CONTROL_HOST = "control.demo"
CONTROL_PATH = "/__demo__/clock"
_IDLE_SECONDS = 30.0
_BODY_LIMIT = 65536
_LINGER_LIMIT = 1 << 20
_LINGER_SECONDS = 2.0


class _BadRequestError(Exception):
    """What was read is no request that we answer."""


class Connection:
    """Serves one connection of the given scheme. Requests are bounded in size and time."""

    def __init__(
        self, newspaper: Newspaper, scheme: str, *, log: ExchangeLog | None, control_token: str | None
    ) -> None:
        self._newspaper = newspaper
        self._scheme = scheme
        self._log = log
        self._control_token = control_token

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the other side closes, is silent for half a minute, or sends what is no request."""
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError, OSError):
            pass  # the other side is gone or silent: nothing is owed to it
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head, ask = b"", DemoRequest("GET", self._scheme, "", "/")
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                ask = await self._read(head, reader)
        except (asyncio.LimitOverrunError, _BadRequestError):
            reply = Reply(400, "text/plain", b"bad request\n")
            await self._send(writer, head, encode(ask, reply, at=self._newspaper.at, keep_alive=False), ask.host)
            await _linger(reader)
            return False
        http10 = head.split(b"\r\n", 1)[0].endswith(b"HTTP/1.0")
        keep_alive = not http10 and ask.headers.get("connection", "").lower() != "close"
        at = self._newspaper.at
        response = encode(ask, self._reply(ask), at=at, keep_alive=keep_alive, http10=http10)
        await self._send(writer, head + ask.body, response, ask.host)
        return keep_alive

    async def _read(self, head: bytes, reader: asyncio.StreamReader) -> DemoRequest:
        request_line, *lines = head.decode("latin-1").split("\r\n")[:-2]
        parts = request_line.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise _BadRequestError(request_line)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > _BODY_LIMIT or "transfer-encoding" in headers:
            raise _BadRequestError(request_line)
        body = await reader.readexactly(int(length))
        try:
            target = urlsplit(parts[1] if "://" in parts[1].split("?", 1)[0] else f"//host{parts[1]}")
        except ValueError as error:
            raise _BadRequestError(request_line) from error
        host = headers.get("host", "").rsplit(":", 1)[0].lower()
        return DemoRequest(parts[0], self._scheme, host, target.path or "/", target.query, headers, body)

    def _reply(self, ask: DemoRequest) -> Reply:
        if ask.host == CONTROL_HOST and self._control_token is not None:
            return self._control(ask, self._control_token)
        if ask.host not in self._newspaper.hosts:
            return Reply(421, "text/plain", b"no such host here\n")
        if ask.method not in {"GET", "HEAD"}:
            return Reply(405, "text/plain", b"only GET and HEAD\n", headers=(("Allow", "GET, HEAD"),))
        return self._newspaper.respond(ask)

    def _control(self, ask: DemoRequest, token: str) -> Reply:
        """`POST /__demo__/clock` with `{"at": …}` and the token moves the clock; anything else is refused."""
        if not _is_allowed(ask.headers, token):
            return Reply(403, "application/json", b'{"error": "wrong token"}\n')
        if ask.path != CONTROL_PATH or ask.method != "POST":
            return Reply(404, "application/json", b'{"error": "not found"}\n')
        try:
            at = datetime.fromisoformat(json.loads(ask.body)["at"])
        except (ValueError, KeyError, TypeError):
            at = datetime.min  # noqa: DTZ901 - refused below, as any moment without a zone
        if at.tzinfo is None:
            return Reply(400, "application/json", b'{"error": "at must be a moment with its zone"}\n')
        self._newspaper.at = at
        return Reply(200, "application/json", json.dumps({"at": at.isoformat()}).encode() + b"\n")

    async def _send(self, writer: asyncio.StreamWriter, request: bytes, response: bytes, host: str) -> None:
        logged = None
        if self._log is not None:
            logged = self._log.record(request, response, scheme=self._scheme, host=host)
        try:
            writer.write(response)
            await writer.drain()
        except OSError:
            if self._log is not None and logged is not None:
                self._log.broken(logged)
            raise


async def _linger(reader: asyncio.StreamReader) -> None:
    """Read on a little before closing: unread bytes would turn the close into a reset, which may eat the reply."""
    left = _LINGER_LIMIT
    async with asyncio.timeout(_LINGER_SECONDS):
        while left > 0 and (part := await reader.read(65536)):
            left -= len(part)


def _is_allowed(headers: Mapping[str, str], token: str) -> bool:
    return hmac.compare_digest(headers.get("authorization", "").encode(), f"Bearer {token}".encode())
