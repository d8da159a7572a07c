"""The download handler: Scrapy's HTTP/1.1 handler, with every exchange committed before its response goes up.

It stands below all middlewares, so redirect hops, retries, robots.txt and feeds are captured by the same code.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urldefrag, urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from archiver.capture.exchange import Exchange
from archiver.errors import ArchiverError, NotHttpUrl, RecordRefused
from archiver.fetch.errors import AddressRefused, HookNotReached, IdleDropped, LimitReached, UnreadableResponse
from archiver.fetch.network.limits import HeadLimits
from archiver.fetch.network.message import interim_length, status_of, without_proxy_credentials
from archiver.fetch.network.proxy import why_not_through_proxy
from archiver.fetch.network.tls import VerifyingContextFactory
from archiver.fetch.network.truncation import why_failed, why_truncated
from archiver.fetch.network.wire import Binding, CapturePool, current
from archiver.fetch.run.codec import ROW
from archiver.fetch.run.conditions import Condition, condition_for, may_be_conditional
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.requisites import ROLE
from archiver.fetch.run.running import Running
from archiver.model.capture import Kind
from archiver.model.record import Truncated
from archiver.model.url import clean_url

FRESH = "fresh_connection"
"""In a request's meta: it goes out on a new connection."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PAGE_CAP = 4_000_000
"""Bytes of a page's body that a callback sees."""
SOURCE_CAP = 60_000_000
"""The same of a source's: sitemaps may have 50 MB."""


class CaptureHTTP11DownloadHandler(HTTP11DownloadHandler):
    """One exchange per request, committed before the response goes up."""

    lazy = False

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor  # it must be installed before it is imported

        running = Running.of(crawler)
        polite = running.politeness
        self._pool = CapturePool(reactor, persistent=True)  # type: ignore[no-untyped-call]
        # As many as may be in flight, or each burst would shake hands anew.
        self._pool.maxPersistentPerHost = max(polite.covered.concurrency, polite.others.concurrency)
        fetch = running.config.fetch
        if fetch.verify_certificates and fetch.ca_file:
            trusting: Any = VerifyingContextFactory.from_crawler(crawler, ca_file=fetch.ca_file)
            self._contextFactory = trusting

    async def download_request(self, request: Request) -> Response:
        """Fetch ``request``; the exchange is on disk when this returns or raises.

        Raises Scrapy's download errors, ``AddressRefused``, ``UnreadableResponse``, ``HookNotReached``; errors of spool and
        catalogue stop the run.
        """
        running = Running.of(self._crawler)
        try:
            clean_url(request.url)
        except NotHttpUrl as error:
            raise LimitReached(str(error)) from error
        request.meta.pop("warc", None)  # that of the attempt before, or of the redirect that led here
        condition = await self._condition(request, running)
        proxied = await self._through_proxy(request, running)
        if request.meta.get(ROLE) == "media":
            request.meta["download_maxsize"] = running.config.fetch.max_media
        if condition:
            condition.put_on(request)
        try:
            return await self._download(request, running, condition, proxied=proxied)
        finally:
            if condition:
                condition.take_off(request)
            if proxied and running.proxy is not None:
                request.meta.pop("proxy", None)
                request.headers.pop(b"Proxy-Authorization", None)

    async def _condition(self, request: Request, running: Running) -> Condition | None:
        every = running.config.fetch.unconditional_every
        if not may_be_conditional(request, every):
            return None
        try:
            key = request.meta.get(ROW)
            row = (running.site.name, key) if key else None
            return await asyncio.to_thread(condition_for, running.session.catalog, request.url, every=every, row=row)
        except NotHttpUrl:
            return None
        except ArchiverError as error:
            running.stop_because(error)
            raise

    async def _through_proxy(self, request: Request, running: Running) -> bool:
        """Whether a proxy is asked, the configured one or a spider's own. Raises ``AddressRefused``."""
        proxy = running.proxy
        if proxy is not None:
            request.meta["proxy"] = proxy.url
            if proxy.authorization:
                request.headers[b"Proxy-Authorization"] = proxy.authorization
        if not request.meta.get("proxy"):
            return False
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        why = await why_not_through_proxy(running.guard, host, port)
        if why:
            raise AddressRefused(host, why)
        return True

    async def _download(
        self, request: Request, running: Running, condition: Condition | None, *, proxied: bool
    ) -> Response:
        reason = Reason.of(request)
        exchange = Exchange(
            url=urldefrag(request.url)[0],
            method=request.method,
            began_at=running.clock.now(),
            kind=reason.kind,
            via=reason.via,
            hop=reason.hop,
            condition=condition.original if condition else None,
        )
        binding = Binding(
            exchange,
            clock=running.clock,
            guard=running.guard,
            proxied=proxied,
            cap=SOURCE_CAP if reason.kind is Kind.SOURCE else PAGE_CAP,
            head=HeadLimits.of(running.config),
            fresh=bool(request.meta.pop(FRESH, False)),
        )
        current.set(binding)
        try:
            response = await super().download_request(request)
        except Exception as error:
            self._stop_if_broken(binding, running)
            if _is_idle_dropped(binding, request, error):
                binding.freeze()
                exchange.response.close()
                raise IdleDropped(exchange.url) from error
            exchange.error = binding.limit or why_failed(error)
            if exchange.response.size:
                exchange.truncated = _cut_by(binding) or why_truncated(error)
            await self._commit(binding, request, running)
            if binding.refused:
                raise AddressRefused(exchange.url, binding.refused) from error
            if binding.late:
                raise DownloadTimeoutError(f"{exchange.url}: {binding.limit}") from error
            if binding.limit:
                raise UnreadableResponse(f"{exchange.url}: {binding.limit}") from error
            if exchange.truncated is Truncated.UNSPECIFIED:
                raise UnreadableResponse(f"{exchange.url}: {exchange.error}") from error
            raise
        self._stop_if_broken(binding, running)
        if not binding.reached:
            raise HookNotReached(exchange.url)
        framing = binding.framing
        is_met = framing is not None and framing.is_met_by_end and not binding.torn
        if ("dataloss" in response.flags and not is_met) or ("partial" in response.flags and binding.torn):
            exchange.truncated = Truncated.DISCONNECT
        elif "download_stopped" in response.flags:
            exchange.truncated = Truncated.LENGTH
        if binding.buffer.capped:
            response.flags.append("capped")
        await self._commit(binding, request, running)
        return response

    def _stop_if_broken(self, binding: Binding, running: Running) -> None:
        """No room for what comes in: as with a full spool, nothing more may be fetched."""
        if binding.broken is not None:
            binding.exchange.response.close()
            running.stop_because(binding.broken)
            raise binding.broken

    async def _commit(self, binding: Binding, request: Request, running: Running) -> None:
        binding.freeze()
        exchange = binding.exchange
        exchange.request = without_proxy_credentials(bytes(binding.sent))
        exchange.ended_at = exchange.ended_at or running.clock.now()
        exchange.notes = tuple(binding.framing.notes) if binding.framing is not None else ()
        skip = interim_length(exchange.response)
        if skip:
            _drop_front(exchange, skip)
        exchange.status = status_of(exchange.response.read(0, 4096))
        if binding.refused or not (binding.reached or exchange.response.size):
            exchange.response.close()
            return  # nothing crossed the wire: no address, no connection
        try:
            committed = await asyncio.wrap_future(running.session.commit(exchange))
        except RecordRefused as error:
            raise UnreadableResponse(str(error)) from error  # it costs itself, not the run
        except ArchiverError as error:
            running.stop_because(error)
            raise
        request.meta["warc"] = {"record_id": committed.record_id, "captured": committed.capture is not None}
        if exchange.condition is not None:
            request.meta["warc"]["condition"] = exchange.condition.record_id


def _is_idle_dropped(binding: Binding, request: Request, error: Exception) -> bool:
    """Whether a kept connection ended before the first byte of an answer, and asking again does no harm."""
    quiet = binding.reused and not (binding.exchange.response.size or binding.refused or binding.limit)
    return quiet and request.method in _SAFE and not request.body and not isinstance(error, DownloadTimeoutError)


def _cut_by(binding: Binding) -> Truncated | None:
    """How a limit of ours cut an answer."""
    if binding.limit is None:
        return None
    return Truncated.TIME if binding.late else Truncated.LENGTH


def _drop_front(exchange: Exchange, size: int) -> None:
    """Leave interim (1xx) messages out: readers would take the first one for the response."""
    whole = exchange.response
    kept = type(whole)()
    for piece in whole.pieces(size):
        kept.append(piece)
    whole.close()
    exchange.response = kept
