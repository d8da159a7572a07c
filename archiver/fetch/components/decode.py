"""Content codings taken off for the callback, within limits of size and ratio. The record keeps the body as it was sent."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from scrapy import Request
from scrapy.http import Response, TextResponse
from scrapy.responsetypes import responsetypes

from archiver.fetch.network.limits import most_decoded
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.running import Running
from archiver.warc import decode_content

log = logging.getLogger(__name__)

CAPPED = "capped"
"""The flag of a response whose callback sees its beginning only."""


class DecodeMiddleware:
    """Stands where Scrapy's HttpCompressionMiddleware would, which drops a page that is too large when decoded: here the
    callback gets its beginning, and damaged data give what can be read."""

    def __init__(self, crawler: Any) -> None:
        self._running = Running.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Any) -> DecodeMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The response with its body decoded, in a thread: a small body may take its time."""
        codings = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        if not codings or not response.body:
            return response
        most = most_decoded(self._running.config, Reason.of(request).kind, len(response.body))
        decoded = await asyncio.to_thread(decode_content, response.body, codings, limit=most)
        headers = response.headers.copy()
        del headers["Content-Encoding"]
        flags = list(response.flags)
        if not decoded.complete:
            log.info("%s: its body is read in part: %s", response.url, decoded.problem)
            if len(decoded.data) >= most and CAPPED not in flags:
                flags.append(CAPPED)
        kind = responsetypes.from_args(headers=headers, url=response.url, body=decoded.data)
        changes: dict[str, Any] = {"headers": headers, "flags": flags, "body": decoded.data}
        if issubclass(kind, TextResponse):
            changes["encoding"] = None  # that of the body as it now is
        return response.replace(cls=kind, **changes)
