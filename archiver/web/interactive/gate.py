"""The gate of the replay origin: what holds for every request, whatever the path."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archiver.config import Config
from archiver.web.door import address_of
from archiver.web.guard import MAX_HEAD
from archiver.web.interactive.place import ReplayOrigin
from archiver.web.interactive.policy import STILL
from archiver.web.rates import Rate

WORKER_PATH = b"/sw.js"
DEFAULTS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", STILL.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-dns-prefetch-control", b"off"),
    (b"cache-control", b"no-store"),
    (b"x-robots-tag", b"noindex"),
)


class Gate:
    """ASGI middleware. The origin answers under its own name alone, gives away one worker script, and sets no cookie.

    Under another name (an address, the name of the archive with this port) a browser would bring the archive's cookies and
    let archived scripts see them.
    """

    def __init__(
        self, app: ASGIApp, *, place: ReplayOrigin, config: Config, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._authority = place.authority.encode("ascii")
        self._reads = Rate(config.serve.requests_per_second, config.serve.requests_burst, now=now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, value) for name, value in message.get("headers", []) if name.lower() != b"set-cookie"]
                present = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in DEFAULTS if name not in present]
                message = {**message, "headers": headers}
            await send(message)

        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, guarded)
            return
        status, retry = refused
        body = json.dumps({"error": {"message": HTTPStatus(status).phrase, "status": status}}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *retry]
        await guarded({"type": "http.response.start", "status": status, "headers": headers})
        await guarded({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _refusal(self, scope: Scope) -> tuple[int, list[tuple[bytes, bytes]]] | None:
        path, query = bytes(scope.get("raw_path") or b""), bytes(scope.get("query_string") or b"")
        hosts = [value.lower() for name, value in scope["headers"] if name == b"host"]
        if hosts != [self._authority]:
            return 421, []
        if len(path) + len(query) + sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > MAX_HEAD:
            return 431, []
        if scope["method"] not in {"GET", "HEAD"}:
            return 405, [(b"allow", b"GET, HEAD")]
        # An archived script asks to become a worker by a fetch that no worker sees: only the server can refuse it.
        if any(name == b"service-worker" for name, _ in scope["headers"]) and (path != WORKER_PATH or query):
            return 403, []
        wait = self._reads.wait(address_of(HTTPConnection(scope)))
        return (429, [(b"retry-after", b"%d" % math.ceil(wait))]) if wait else None
