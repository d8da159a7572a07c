"""The spider middleware that shows captured pages to a browser, for sites that need it; off unless they ask for it.

The capture of the page stands before the browser starts. What comes of the browser are further records
(``archiver.capture.rendering``); a page that cannot be rendered costs only itself, and its reason is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from scrapy import Spider, signals
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from archiver.capture.rendering import Rendering
from archiver.errors import ArchiverError, RecordRefused
from archiver.fetch.browser.browser import Browser, NotShown, Shown
from archiver.fetch.browser.visit import Answers, Visit, as_download
from archiver.fetch.components.scheduler import FrontierScheduler
from archiver.fetch.run.candidates import is_html, request_of
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.requisites import scan_response
from archiver.fetch.run.running import Running
from archiver.model.capture import Kind

log = logging.getLogger(__name__)


class RenderMiddleware:
    """See the module. One page at a time."""

    def __init__(self, crawler: Any) -> None:
        self._running = Running.of(crawler)
        if not self._running.renders:
            raise NotConfigured
        self._crawler = crawler
        self._answers = Answers()
        self._turn = asyncio.Lock()
        self._browser = Browser(self._running.config.render, user_agent=self._running.config.user_agent)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Any) -> RenderMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """What the callback yields; then the page is rendered, and what its style sheets and frames need is yielded too."""
        async for item in result:
            yield item
        if not _is_page(response):
            return
        async with self._turn:
            visit = await self._render(response)
        spider = self._crawler.spider
        for read in visit.read:
            scan = await asyncio.to_thread(scan_response, read)
            for request in spider.from_requisites(read, scan):
                yield request
        self._settle(response)

    async def _render(self, response: Response) -> Visit:
        running = self._running
        visit = Visit(
            running,
            response,
            wanted=self._crawler.spider.requisites,
            answers=self._answers,
            download=as_download(self._crawler.engine),
        )
        at = running.clock.now()
        shown: Shown | None = None
        error: str | None = self._why_not(response)
        if error is None:
            try:
                shown = await self._browser.show(response.url, visit, timezone=running.site.timezone)
            except NotShown as why:
                error = str(why)
        visit.over = True
        if error is not None:
            log.info("%s is not rendered: %s", response.url, error)
        await self._keep(response, visit, shown, at=at, error=error)
        return visit

    def _why_not(self, response: Response) -> str | None:
        slot = self._crawler.engine._slot
        if self._running.error is not None or slot is None or slot.closing:
            return "the run ends"
        cut = {"capped", "dataloss", "download_stopped"} & set(response.flags)
        if cut:
            return "the page was not read whole"
        return None if response.body else "the page is empty"

    async def _keep(
        self, response: Response, visit: Visit, shown: Shown | None, *, at: datetime, error: str | None
    ) -> None:
        running = self._running
        section = running.config.render
        took = (running.clock.now() - at).total_seconds()
        facts = [
            ("browser", self._browser.version),
            ("viewport", f"{section.width}x{section.height}"),
            ("timezone", running.site.timezone),
            ("renderTimeMs", str(max(0, round(took * 1000)))),
            ("requests", str(visit.requests)),
            ("bytes", str(visit.bytes)),
            ("ready", "" if shown is None else "yes" if shown.ready else "no"),
            ("error", error or ""),
            ("screenshot-error", (shown and shown.problem) or ""),
            *(("refused", f"{url} {why}") for url, why in visit.refused),
            ("more-refused", str(visit.more_refused or "")),
        ]
        rendering = Rendering(
            response.url,
            request_of(response).meta["warc"]["record_id"],
            at,
            document=shown.document if shown else None,
            screenshot=shown.screenshot if shown else None,
            facts=tuple((name, value) for name, value in facts if value),
        )
        try:
            await asyncio.wrap_future(running.session.keep_rendering(rendering))
        except RecordRefused as refused:
            log.warning("%s: its rendering is not kept: %s", response.url, refused)
        except ArchiverError as broken:
            running.stop_because(broken)
            raise

    def _settle(self, response: Response) -> None:
        """What the browser has fetched, and is captured, is not fetched once more."""
        scheduler: FrontierScheduler = self._crawler.engine.scheduler
        row = scheduler.row_of(response.request)
        if row is None:
            return
        for key, entry in list(row.candidates.items()):
            if entry.kind is Kind.REQUISITE and entry.url in self._answers.urls:
                del row.candidates[key]

    async def _closed(self, spider: Spider, reason: str) -> None:  # noqa: ARG002  Scrapy's signature
        await self._browser.close()
        counts = self._running.session.counts
        if counts.unrendered:
            of = counts.rendered + counts.unrendered
            log.warning("pages not rendered: %d of %d; their metadata records say why", counts.unrendered, of)


def _is_page(response: Response) -> bool:
    """Whether a response is a page of ours that was answered as one."""
    request = request_of(response)
    told = Reason.told(request)
    captured = (request.meta.get("warc") or {}).get("captured")
    return (
        bool(captured)
        and told is not None
        and told.kind is Kind.PAGE
        and (200 <= response.status < 300 and is_html(response))
    )
