"""A downloader middleware: a host that answers 429, or 503 with Retry-After, is left alone, and all of it.

It stands nearer to the downloader than Scrapy's retry: what is asked again waits until the host's rest is over, and what
would have to wait too long is given back to the frontier.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

from scrapy import Request, signals
from scrapy.http import Response

from archiver.errors import ArchiverError
from archiver.fetch.politeness.retry_after import wanted_rest
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.running import Running
from archiver.model.capture import Kind
from archiver.model.instant import rfc3339
from archiver.model.url import host_of

log = logging.getLogger(__name__)

TOO_MANY, UNAVAILABLE = 429, 503


class BackoffMiddleware:
    """See the module. The rest begins before the downloader looks for its next request, which is before any middleware is asked."""

    def __init__(self, crawler: Any) -> None:
        self._running = Running.of(crawler)
        crawler.signals.connect(self._downloaded, signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Any) -> BackoffMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    def _downloaded(self, response: Response, request: Request) -> None:
        rest = self._rest(response)
        if rest > timedelta(0):
            running, host = self._running, host_of(request.url)
            until = running.steady.now() + rest
            running.backoff.hold(host, until)
            log.warning("%s answers %d and is left alone until %s", host, response.status, rfc3339(until))

    async def process_response(self, request: Request, response: Response) -> Response:
        """Let other runs know of the rest. The response goes on as it is."""
        running, host = self._running, host_of(request.url)
        rest = self._rest(response)
        until = running.backoff.until(host)
        if rest <= timedelta(0) or until is None:
            return response
        try:
            await asyncio.to_thread(
                running.session.catalog.backoffs.put, host, until=until, reason=f"status {response.status}"
            )
        except ArchiverError as error:
            running.stop_because(error)
            raise
        # Who asks for robots.txt has an answer: not now. A page waits for a short rest, and comes back after a long one.
        if Reason.of(request).kind is Kind.ROBOTS or rest.total_seconds() > running.config.fetch.hold_wait:
            request.meta["dont_retry"] = True
        return response

    def _rest(self, response: Response) -> timedelta:
        if response.status not in {TOO_MANY, UNAVAILABLE}:
            return timedelta(0)
        fetch = self._running.config.fetch
        rest = wanted_rest(_text(response, "Retry-After"), now=self._running.clock.now(), date=_text(response, "Date"))
        if rest is None:
            covered = self._running.connect_to.covers_host(host_of(response.url))
            wait = fetch.too_many_wait if response.status == TOO_MANY and not covered else 0.0
            rest = timedelta(seconds=wait)
        return min(rest, timedelta(seconds=fetch.max_retry_after))


def _text(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
