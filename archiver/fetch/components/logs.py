"""What a crawl says in its log: a page that could not be fetched is one line, not a traceback."""

from __future__ import annotations

import logging

from archiver.fetch.run.verdicts import why_error

log = logging.getLogger(__name__)
_SCRAPER = logging.getLogger("scrapy.core.scraper")


class _NotFetched(logging.Filter):
    """Turns Scrapy's traceback of a failed download into one line at INFO: it is expected, counted, and kept with its reason."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not str(record.msg).startswith("Error downloading"):
            return True
        request = record.args.get("request") if isinstance(record.args, dict) else None
        log.info("not fetched: %s: %s", getattr(request, "url", "?"), why_error(error))
        return False


class OneLine(logging.Filter):
    """Makes each message one line of printable characters: URLs, headers and errors of strangers are in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the finished message in place of its parts, where it holds anything that could break out of its line."""
        text = record.getMessage()
        if not text.isprintable():
            record.msg = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
            record.args = None
        return True


_FILTER = _NotFetched()
_ONE_LINE = OneLine()


def speak_plainly() -> None:
    """Keep tracebacks of strangers' faults out of the log, and every message on its line; again changes nothing."""
    _SCRAPER.addFilter(_FILTER)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_ONE_LINE)
