"""What every answer of ours carries, and what no request may do, whatever the path."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_PAGES: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        b"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_REFUSED = json.dumps(
    {"error": {"code": "forbidden", "message": "no service worker is registered here", "status": 403}}
).encode()


class Guard:
    """ASGI middleware: refuses service worker scripts, and gives each answer that has none the policy of our own pages.

    An archived script must never become a worker of the archive's origin, where it would see every later request.
    """

    def __init__(self, app: ASGIApp, *, model: bool = False) -> None:
        self._app = app
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

        if any(name == b"service-worker" for name, _ in scope["headers"]):
            start = {
                "type": "http.response.start",
                "status": 403,
                "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_REFUSED))],
            }
            await guarded(start)
            await guarded({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else _REFUSED})
            return
        await self._app(scope, receive, guarded)
