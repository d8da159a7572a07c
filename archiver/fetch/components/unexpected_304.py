"""A downloader middleware: "not modified" in answer to a request without a condition, of what is not held.

It is recorded as the response that it is, and the URL asked once more, past any cache that may have answered.
"""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy import Request
from scrapy.http import Response

from archiver.errors import NotHttpUrl
from archiver.fetch.run.conditions import NOT_MODIFIED
from archiver.fetch.run.running import Running
from archiver.model.surt import surt
from archiver.model.url import clean_url

AGAIN = "asked_again"


class Unexpected304Middleware:
    """See the module."""

    def __init__(self, crawler: Any) -> None:
        self._running = Running.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Any) -> Unexpected304Middleware:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """The response, or the request to be made once more."""
        warc = request.meta.get("warc") or {}
        if response.status != NOT_MODIFIED or warc.get("condition") or request.meta.get(AGAIN):
            return response
        if await asyncio.to_thread(self._is_held, request.url):
            return response
        again = request.replace(dont_filter=True)
        again.meta[AGAIN] = True
        again.headers["Cache-Control"] = "no-cache"
        return again

    def _is_held(self, url: str) -> bool:
        try:
            clean = clean_url(url)
        except NotHttpUrl:
            return False
        return self._running.session.catalog.mementos.nearest(surt(clean)) is not None
