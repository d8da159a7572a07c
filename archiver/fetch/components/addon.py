"""The add-on: Scrapy with an archive's defaults. The project's own settings win over it."""

from __future__ import annotations

from typing import Any

from archiver.fetch.run.running import Running

PRIORITY = 15
"""Above Scrapy's add-on level's floor, below the project's settings (20)."""
REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
_HANDLER = "archiver.fetch.network.handler.CaptureHTTP11DownloadHandler"
_OFF = (
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware",
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
)
FIXED: dict[str, Any] = {
    "TWISTED_REACTOR": REACTOR,
    "SCHEDULER": "archiver.fetch.components.scheduler.FrontierScheduler",
    "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER, "file": None, "ftp": None, "s3": None, "data": None},
    "DOWNLOADER": "archiver.fetch.politeness.downloader.PoliteDownloader",
    "DOWNLOADER_MIDDLEWARES": {
        "archiver.fetch.politeness.robots.RobotsMiddleware": 100,
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "archiver.fetch.components.decode.DecodeMiddleware": 590,
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
        "archiver.fetch.components.redirects.BoundedRedirects": 600,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
        # Nearer to the engine than Scrapy's retry and redirect (550, 600), which know no 304.
        "archiver.fetch.components.unexpected_304.Unexpected304Middleware": 510,
        # Nearer to the downloader than Scrapy's retry (550).
        "archiver.fetch.politeness.backoff.BackoffMiddleware": 560,
    },
    "SPIDER_MIDDLEWARES": {
        "archiver.fetch.components.collect.CollectMiddleware": 10,
        # Nearer to the spider: what a rendering needed counts as found on the page.
        "archiver.fetch.browser.render.RenderMiddleware": 20,
        **dict.fromkeys(_OFF),
    },
    "EXTENSIONS": {
        "archiver.fetch.components.extension.RunExtension": 0,
        "archiver.fetch.politeness.throttle.PoliteThrottle": 0,
        "scrapy.extensions.throttle.AutoThrottle": None,
    },
    # Servers that would run what is sent to them.
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    # Nothing that ties one page to another: every capture is a stranger's first visit.
    "COOKIES_ENABLED": False,
    "REFERRER_POLICY": "no-referrer",
    "HTTPPROXY_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "RETRY_TIMES": 2,
    # A name that does not resolve will not do so a moment later; its row is due again in minutes.
    "RETRY_EXCEPTIONS": [
        "scrapy.exceptions.DownloadConnectionRefusedError",
        "scrapy.exceptions.DownloadFailedError",
        "scrapy.exceptions.DownloadTimeoutError",
        "scrapy.exceptions.ResponseDataLossError",
        "twisted.internet.error.ConnectionDone",
        "twisted.internet.error.ConnectError",
        "twisted.internet.error.ConnectionLost",
        "scrapy.core.downloader.handlers.http11.TunnelError",
    ],
    "RETRY_GIVE_UP_LOG_LEVEL": "INFO",
    "DOWNLOAD_FAIL_ON_DATALOSS": False,
    "DOWNLOAD_WARNSIZE": 0,
    "DOWNLOAD_DELAY_JITTER": 0,
    # Scrapy starts that many tasks per response, however few items come.
    "CONCURRENT_ITEMS": 4,
    # Never `br`: readers of WARC stumble over it.
    "DEFAULT_REQUEST_HEADERS": {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Encoding": "gzip, deflate",
    },
    "JOBDIR": None,
    "STATS_DUMP": False,
}


class ArchiveAddon:
    """Gives every crawl of an ``ArchiveSpider`` the archive's settings, with politeness from options, site and configuration."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> ArchiveAddon:
        """Made by Scrapy once the spider is there."""
        return cls(crawler)

    def update_settings(self, settings: Any) -> None:
        """Put our defaults where the project said nothing. Raises ``UsageError`` and ``ConfigError``."""
        running = Running.of(self._crawler)
        for name, value in {**FIXED, **_given(running)}.items():
            settings.set(name, value, priority=PRIORITY)


def _given(running: Running) -> dict[str, Any]:
    fetch = running.config.fetch
    polite = running.politeness
    covered, others = polite.covered, polite.others
    everyone = covered if any(rule.host is None for rule in running.connect_to.rules) else others
    return {
        "USER_AGENT": running.config.user_agent,
        "ROBOTSTXT_OBEY": fetch.obey_robots,
        "DOWNLOAD_TIMEOUT": fetch.timeout,
        "REDIRECT_MAX_TIMES": running.config.limits.redirects,
        "DOWNLOAD_MAXSIZE": fetch.max_body,
        "DOWNLOAD_VERIFY_CERTIFICATES": fetch.verify_certificates,
        "DOWNLOAD_DELAY": everyone.delay,
        # The scheduler hands out no more than each host may take.
        "CONCURRENT_REQUESTS": 64,
        "CONCURRENT_REQUESTS_PER_DOMAIN": everyone.concurrency,
        "AUTOTHROTTLE_ENABLED": polite.throttle,
        "AUTOTHROTTLE_START_DELAY": everyone.delay,
        "AUTOTHROTTLE_MAX_DELAY": 60,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": everyone.concurrency,
    }
