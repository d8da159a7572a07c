"""How the model newspaper is reached: over loopback, or without sockets for a month in seconds.

Without sockets one method of the product is replaced, ``CaptureHTTP11DownloadHandler._download``, which opens connections and
watches the wire. What it would have seen is made from the same bytes that the demo's server would have sent, and everything
around it is the product's own: conditions, commit, retries, robots.txt, decoding, redirects, callbacks, frontier.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from archiver.capture.exchange import Exchange
from archiver.demo.reply import DemoRequest
from archiver.demo.wire import encode
from archiver.fetch.components.addon import PRIORITY
from archiver.fetch.network.handler import CaptureHTTP11DownloadHandler
from archiver.fetch.run.conditions import Condition
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.running import Running
from archiver.warc import deframe, parse_head, split_head
from tests.simulation.paper import Paper

HANDLER = f"{__name__}.PaperHandler"


class NoWire:
    """A Scrapy add-on that takes our handler in place of the product's."""

    def update_settings(self, settings: Any) -> None:
        """Replace the handlers of http and https."""
        handlers = {"http": HANDLER, "https": HANDLER, "file": None, "ftp": None, "s3": None, "data": None}
        settings.set("DOWNLOAD_HANDLERS", handlers, priority=PRIORITY + 1)


class PaperHandler(CaptureHTTP11DownloadHandler):
    """Answers from ``paper`` in this process."""

    paper: Paper

    async def _download(
        self, request: Request, running: Running, condition: Condition | None, *, proxied: bool
    ) -> Response:
        assert not proxied
        reason = Reason.of(request)
        began = running.clock.now()
        parts = urlsplit(request.url)
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        fields = [
            (name.decode(), value.decode("latin-1"))
            for name in request.headers
            for value in request.headers.getlist(name)
        ]
        lines = [f"{request.method} {target} HTTP/1.1", f"Host: {parts.netloc}", *(f"{n}: {v}" for n, v in fields)]
        exchange = Exchange(
            url=request.url,
            method=request.method,
            began_at=began,
            kind=reason.kind,
            via=reason.via,
            hop=reason.hop,
            request="".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1"),
            condition=condition.original if condition else None,
            peer_ip="127.0.0.1",
        )
        headers = {name.lower(): value for name, value in fields}
        ask = DemoRequest(request.method, parts.scheme, parts.hostname or "", path, parts.query, headers)
        answer = encode(ask, self.paper.respond(ask), at=self.paper.at, keep_alive=True)
        exchange.response.append(answer)
        await self._commit(_Seen(exchange), request, running)  # type: ignore[arg-type]
        return _response(request, answer)


class _Seen:
    """What the handler's commit asks of a binding."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.sent = exchange.request
        self.reached = True
        self.refused = None
        self.framing = None  # nothing came in pieces

    def freeze(self) -> None:
        """Nothing moves here."""


def _response(request: Request, answer: bytes) -> Response:
    parts = split_head(answer)
    assert parts is not None
    plain = deframe(*parts)
    said = parse_head(plain.head)
    headers: dict[str, list[bytes]] = {}
    for name, value in said.headers:
        headers.setdefault(name, []).append(value.encode("latin-1"))
    data = plain.body.read()
    kind = responsetypes.from_args(headers=None, url=request.url, body=data)
    return kind(url=request.url, status=said.status or 0, headers=headers, body=data, protocol="HTTP/1.1")
