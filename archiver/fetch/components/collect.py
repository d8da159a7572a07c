"""The spider middleware nearest to the engine: what callbacks yield becomes frontier rows, in the row's second commit.

Callbacks yield ordinary Scrapy requests. They are collected until the callback is over, and written together with the
row's being done; so a crash between the two costs one more fetch and loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from scrapy import Request
from scrapy.http import Response

from archiver.catalog import FrontierEntry
from archiver.errors import NotHttpUrl
from archiver.fetch.components.scheduler import FrontierScheduler
from archiver.fetch.run.codec import READING, NotStorable
from archiver.fetch.run.leased_row import LeasedRow
from archiver.fetch.run.reason import Reason
from archiver.fetch.run.running import Running
from archiver.model.capture import Kind

log = logging.getLogger(__name__)


class CollectMiddleware:
    """See the module."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._running = Running.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Any) -> CollectMiddleware:
        """Made by Scrapy."""
        return cls(crawler)

    @property
    def _scheduler(self) -> FrontierScheduler:
        scheduler: FrontierScheduler = self._crawler.engine.scheduler
        return scheduler

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Collect requests; when there are no more, the row is done. Items are not ours, they go on."""
        row = self._scheduler.row_of(response.request)
        if row is not None and 200 <= response.status < 300:
            self._running.bounds.saw(row.entry, response.body)
        try:
            async for item in result:
                if isinstance(item, Request) and row is not None:
                    self._collect(row, item, response)
                else:
                    yield item
        except Exception as error:
            if row is not None:
                row.error = error
            raise
        finally:
            if row is not None:
                await self._answered(row, response)

    def process_spider_exception(self, response: Response, exception: Exception) -> None:
        """A callback raised: the capture is held, the URL done, the error counted (by Scrapy, when we return None)."""
        row = self._scheduler.row_of(response.request)
        if row is not None:
            row.error = exception
            self._answered(row, response)

    def _answered(self, row: LeasedRow, response: Response) -> Any:
        row.status = response.status
        row.url = response.url
        row.reading = response.request.meta.get(READING) if response.request is not None else None
        row.answered = True
        self._running.answered += 1
        return self._scheduler.finish(row)

    def _collect(self, row: LeasedRow, request: Request, response: Response) -> None:
        reason = Reason.told(request) or Reason()
        reason = replace(
            reason, via=reason.via or response.url, depth=_depth(reason, row.entry, fronts_count=self._running.by_url)
        )
        if _too_deep(reason, self._running.max_depth):
            return
        try:
            entry = self._scheduler.entry_of(request, reason)
        except NotHttpUrl as error:
            log.debug("%s names %s", response.url, error)
            return
        except NotStorable as error:
            log.exception("%s: the callback's request is lost", response.url, exc_info=error)
            raise
        if entry.key not in row.candidates:
            judged = self._running.bounds.judge(entry, today=entry.found_at.date())
            if judged is not None:
                row.candidates[entry.key] = judged


def _depth(reason: Reason, parent: FrontierEntry, *, fronts_count: bool) -> int:
    """Links inside pages count for pages, sources inside sources for sources; a requisite is as deep as its page.

    What a source names is not deep at all; only where a crawl begins at a home page its links are the first level.
    """
    if reason.kind is Kind.SOURCE:
        return parent.depth + 1 if parent.kind is Kind.SOURCE else 0
    if parent.kind is Kind.SOURCE:
        return 1 if fronts_count and reason.hop == "L" else 0
    return parent.depth + 1 if reason.hop == "L" else parent.depth


def _too_deep(reason: Reason, most: int | None) -> bool:
    return reason.kind is Kind.PAGE and most is not None and reason.depth > most
