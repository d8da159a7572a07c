"""A crawl in this process: what the command line and the runner call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from archiver.config import Config
from archiver.config.sites import all_sites
from archiver.errors import ArchiverError, SiteUnreachable
from archiver.fetch.components.addon import REACTOR
from archiver.fetch.components.extension import OnProgress
from archiver.fetch.components.spider import ArchiveSpider, new_running
from archiver.fetch.components.url_spider import UrlSpider, site_of
from archiver.fetch.run.options import CrawlOptions
from archiver.fetch.run.port import OpenSession
from archiver.fetch.run.running import Running
from archiver.model.instant import Clock, SystemClock
from archiver.model.run import Outcome, Run
from archiver.model.site import Site

__all__ = ["CrawlOptions", "Outcome", "crawl"]


def crawl(
    config: Config,
    target: Site | Sequence[str],
    *,
    options: CrawlOptions | None = None,
    on_progress: OnProgress | None = None,
    clock: Clock | None = None,
    open_session: OpenSession | None = None,
    spider_modules: Sequence[str] = ("spiders",),
    log_level: str = "WARNING",
    handle_signals: bool = True,
) -> Run:
    """Crawl a site, or URLs of one host, and return the run as it ended. Once in a process: a reactor runs only once.

    With ``handle_signals``, SIGINT and SIGTERM end the run in good order (outcome stopped); a second one at once.
    Raises ``UsageError`` and ``ConfigError`` before anything is fetched; ``Busy``, ``SpoolUnusable``, ``StoreRefused``,
    ``StoreUnavailable`` and ``CatalogError`` when the archive cannot be written; ``SiteUnreachable`` when nothing answered.
    """
    options = options or CrawlOptions()
    urls: tuple[str, ...] = ()
    if isinstance(target, Site):
        site = target
    else:
        urls = tuple(target)
        site = site_of(urls, known=all_sites(config), name=options.name)
    running = new_running(
        config,
        site,
        options,
        open_session=open_session,
        clock=clock or SystemClock(),
        on_progress=on_progress,
        by_url=bool(urls),
    )
    return _run(running, urls, spider_modules, log_level=log_level, handle_signals=handle_signals)


def _run(running: Running, urls: Sequence[str], modules: Sequence[str], *, log_level: str, handle_signals: bool) -> Run:
    settings = Settings(
        {
            "ADDONS": {"archiver.fetch.components.addon.ArchiveAddon": 100},
            "SPIDER_MODULES": list(modules),
            "TWISTED_REACTOR": REACTOR,
            "LOG_LEVEL": log_level,
        }
    )
    process = AsyncCrawlerProcess(settings)
    # asyncio would print what we raise a second time.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    spider: type[Spider] = UrlSpider if urls else _spider_for(running.site.name, process)
    more: dict[str, Any] = {"urls": urls} if urls else {}
    task: asyncio.Task[None] = process.crawl(spider, running=running, **more)
    process.start(install_signal_handlers=handle_signals)
    return _result(running, task)


def _spider_for(name: str, process: AsyncCrawlerProcess) -> type[Spider]:
    """The spider that bears the site's name, else the base."""
    found: type[Spider] = process.spider_loader.load(name) if name in process.spider_loader.list() else ArchiveSpider
    return found


def _result(running: Running, task: asyncio.Task[None]) -> Run:
    error: BaseException | None = running.error
    if error is None and task.done() and not task.cancelled():
        error = task.exception()
    if running.run is None and running.opened is not None:
        # Scrapy fell before our extension could close the books.
        try:
            running.run = running.opened.close(Outcome.FAILED)
        except ArchiverError as broken:
            error = error or broken
    if isinstance(error, SiteUnreachable) and running.run is not None:
        error.run = running.run.as_json()
    if error is not None:
        raise error
    if running.run is None:
        raise ArchiverError(f"the crawl of {running.site.name} ended before it began")
    return running.run
