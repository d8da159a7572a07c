"""The door: what holds for every request before any handler sees it.

No address asks for more than its share; no page of another origin changes anything in the name of somebody who is signed
in; and where reading needs a token, nobody reads without one.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from archiver.config import Config
from archiver.model.token import Role
from archiver.web.authority import CHALLENGE, SAFE_METHODS, bearer_of, caller_of, is_foreign, must_sign_in
from archiver.web.errors import answer, is_machine
from archiver.web.rates import Rate, client_of
from archiver.web.state import state_of

SIGN_IN = "/sign-in"
OPEN = (SIGN_IN, "/static/", "/healthz", "/language")
"""What is answered to everybody, whatever ``[serve] reading`` says."""
MOST_OPEN = 64
"""Requests of one client that are answered at once; also behind a proxy, whose own connections are not counted."""
CHANGES = 2.0
CHANGES_BURST = 30
GUESSES = 1 / 60
GUESSES_BURST = 10
"""Wrong tokens of one address: ten at once, then one a minute. Guessing 256 bits is hopeless anyway; this spares the log."""


class Door:
    """ASGI middleware; see the module."""

    def __init__(self, app: ASGIApp, *, config: Config, now: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        serve = config.serve
        self._reads = Rate(serve.requests_per_second, serve.requests_burst, now=now)
        self._changes = Rate(CHANGES, CHANGES_BURST, now=now)
        self._guesses = Rate(GUESSES, GUESSES_BURST, now=now)
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refused = await self._refusal(request)
        if refused is not None:
            await refused(scope, receive, send)
            return
        address = address_of(request)
        if self._open[address] >= MOST_OPEN:
            await _too_many(request, 1.0)(scope, receive, send)
            return
        self._open[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    async def _refusal(self, request: Request) -> Response | None:
        address = address_of(request)
        changes = request.method not in SAFE_METHODS
        wait = (self._changes if changes else self._reads).wait(address)
        if wait:
            return _too_many(request, wait)
        if changes and is_foreign(request):
            return answer(request, 403, code="forbidden", detail="sent by a page of another origin")
        has_token = "authorization" in request.headers
        if has_token or (changes and request.url.path == SIGN_IN):
            # What is wrong is paid for; what is right is paid back.
            wait = self._guesses.wait(address)
            if wait:
                return _too_many(request, wait)
            if has_token and await run_in_threadpool(caller_of, request) is not None:
                self._guesses.wait(address, -1.0)
            elif bearer_of(request) is not None and not request.url.path.startswith(OPEN):
                # Who shows a token wants to be known: read as a visitor, they would miss what they may see.
                return _unauthorized(request, "this token is not valid here; archiver token list shows those that are")
        if must_sign_in(state_of(request)) and not request.url.path.startswith(OPEN):
            caller = await run_in_threadpool(caller_of, request)
            if caller is None or not caller.token.role.may(Role.READER):
                return _who_are_you(request)
        return None


def _who_are_you(request: Request) -> Response:
    if is_machine(request) or request.method not in SAFE_METHODS:
        return _unauthorized(request, "reading needs a token")
    return RedirectResponse(
        f"{state_of(request).root}{SIGN_IN}", status_code=303, headers={"Cache-Control": "no-store"}
    )


def _unauthorized(request: Request, why: str) -> Response:
    response = answer(request, 401, code="unauthorized", detail=why)
    response.headers.update(CHALLENGE)
    return response


def _too_many(request: Request, wait: float) -> Response:
    response = answer(request, 429, code="too-many-requests", detail="ask more slowly")
    response.headers["Retry-After"] = str(math.ceil(wait))
    return response


def address_of(connection: HTTPConnection) -> str:
    """The other end; behind a proxy that is named in ``[serve] trusted_proxy`` what it says of its own client."""
    peer = connection.client.host if connection.client else ""
    if peer and peer == state_of(connection).config.serve.trusted_proxy:
        forwarded = connection.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return client_of(forwarded or peer)
    return client_of(peer)
