"""The extension: a run's session from the first moment to the last, its time limit, and its progress."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scrapy import Spider, signals

from archiver.errors import ArchiverError, SiteUnreachable
from archiver.fetch.components.logs import speak_plainly
from archiver.fetch.run.running import Running
from archiver.model.run import Outcome

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two reports of progress."""
_OUTCOMES = {"finished": Outcome.FINISHED, "shutdown": Outcome.STOPPED, "start_error": Outcome.FAILED}


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What a run did so far. ``waiting`` URLs are due and not fetched; ``read`` pages went through the extractor;
    ``bytes_written`` are of WARC; ``closing`` says that fetching is over and the run is being stored and read."""

    site: str
    captures: int
    pages: int
    failed: int
    articles: int
    read: int
    bytes_written: int
    waiting: int
    seconds: float
    closing: bool = False


OnProgress = Callable[[RunProgress], None]


class RunExtension:
    """Opens the session before anything is fetched, and closes it after everything was."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._running = Running.of(crawler)
        self._running.crawler = crawler
        self._timers: list[asyncio.TimerHandle] = []
        self._watching: asyncio.Task[None] | None = None
        self._closing = False
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Any) -> RunExtension:
        """Made by Scrapy, before the engine: an archive that cannot be written stops the crawl here.

        Raises ``Busy``, ``SpoolUnusable``, ``StoreRefused`` and ``CatalogError``.
        """
        speak_plainly()
        extension = cls(crawler)
        running = extension._running
        if running.opened is None:
            running.opened = running.open_session(
                running.config, running.site, clock=running.clock, extract=running.options.extract
            )
        return extension

    def _opened(self, spider: Spider) -> None:  # noqa: ARG002  Scrapy's signature
        self._say_who_asks()
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        most = self._running.options.max_time
        if most is not None:
            self._timers.append(loop.call_later(most, self._running.stop, "max-time", Outcome.LIMIT))
        if self._running.on_progress is not None:
            self._watching = loop.create_task(self._watch(self._running.on_progress))

    def _say_who_asks(self) -> None:
        running = self._running
        others = sorted(host for host in running.site.host_names if not running.connect_to.covers_host(host))
        if others and not running.config.fetch.contact:
            log.warning(
                "No contact address is set; add [fetch] contact before crawling live sites such as %s.", others[0]
            )

    async def _watch(self, on_progress: OnProgress) -> None:
        loop = asyncio.get_running_loop()
        running, session = self._running, self._running.session
        while True:
            waiting = 0
            if not self._closing:
                counts = await asyncio.to_thread(
                    session.catalog.frontier.counts, running.site.name, now=running.clock.now()
                )
                waiting = counts.due
            done = session.counts
            on_progress(
                RunProgress(
                    site=running.site.name,
                    captures=done.captures,
                    pages=done.pages,
                    failed=done.failed,
                    articles=done.articles,
                    read=done.read,
                    bytes_written=session.bytes_written,
                    waiting=waiting,
                    seconds=loop.time() - self._began,
                    closing=self._closing,
                )
            )
            await asyncio.sleep(EVERY)

    async def _closed(self, spider: Spider, reason: str) -> None:  # noqa: ARG002
        for timer in self._timers:
            timer.cancel()
        running = self._running
        outcome = running.outcome or _OUTCOMES.get(reason, Outcome.STOPPED)
        unreachable = running.answered == 0 and running.unanswered is not None and outcome is Outcome.FINISHED
        if unreachable:
            outcome = Outcome.FAILED
            running.error = running.error or SiteUnreachable(running.site.name, str(running.unanswered))
        self._closing = True
        try:
            running.run = await asyncio.to_thread(running.session.close, outcome)
        except ArchiverError as error:
            running.error = running.error or error
        except Exception as error:
            running.error = running.error or error
            log.exception("the run could not be closed")
        finally:
            if self._watching is not None:
                self._watching.cancel()
