"""What every answer of ours carries, and what no request may do, whatever the path."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archiver.web.hosts import HostNames

OWN_PAGES: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        b"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
HEALTH = "/healthz"
MAX_HEAD = 64_000
"""Bytes of a request's target and headers: a URL of 8,192 characters, encoded, and what browsers send with it."""


def _refusal(status: int, code: str, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"error": {"code": code, "message": message, "status": status}}).encode()


_WORKER = _refusal(403, "forbidden", "no service worker is registered here")
_ELSEWHERE = _refusal(421, "misdirected-request", "this host is that of interactive replay")
_TOO_LARGE = _refusal(431, "request-header-fields-too-large", f"more than {MAX_HEAD} bytes")


class Guard:
    """ASGI middleware: refuses service worker scripts and huge heads, and gives each answer that has none the policy of our own pages.

    An archived script must never become a worker of the archive's origin, where it would see every later request.
    """

    def __init__(self, app: ASGIApp, *, hosts: HostNames, model: bool = False, replay_host: str = "") -> None:
        """``replay_host`` is where archived scripts run: nothing of the app is ever answered under that name."""
        self._app = app
        self._hosts = hosts
        self._replay_host = replay_host.encode("ascii")
        self._extra = ((b"x-archive-model", b"true"),) if model else ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                present = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in (*OWN_PAGES, *self._extra) if name not in present]
                message = {**message, "headers": headers}
            await send(message)

        refusal = _refused(scope) or self._misdirected(scope) or self._unknown_host(scope)
        if refusal is None:
            await self._app(scope, receive, guarded)
            return
        status, body = refusal
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await guarded({"type": "http.response.start", "status": status, "headers": headers})
        await guarded({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _unknown_host(self, scope: Scope) -> tuple[int, bytes] | None:
        if scope["path"] == HEALTH:
            return None  # whoever watches the service may ask under any name; it says nothing of the archive
        refused = self._hosts.refuse([value for name, value in scope["headers"] if name == b"host"])
        return _refusal(*refused) if refused is not None else None

    def _misdirected(self, scope: Scope) -> tuple[int, bytes] | None:
        """Cookies know no ports: what is signed in under the name of the replay origin would be shared with it."""
        if not self._replay_host:
            return None
        named = (
            value.lower().rpartition(b":")[0] or value.lower() for name, value in scope["headers"] if name == b"host"
        )
        return _ELSEWHERE if self._replay_host in named else None


def _refused(scope: Scope) -> tuple[int, bytes] | None:
    if any(name == b"service-worker" for name, _ in scope["headers"]):
        return _WORKER
    size = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
    size += sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return _TOO_LARGE if size > MAX_HEAD else None
