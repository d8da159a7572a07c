"""What one crawl is asked for, beside configuration and site file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """``limit`` pages at most; ``max_time`` and ``delay`` in seconds; None leaves it to configuration and site file.

    ``depth`` is how far links inside pages are followed; ``extract`` says whether pages are read at once, ``render``
    whether a browser shows them too.
    """

    limit: int | None = None
    max_time: float | None = None
    delay: float | None = None
    concurrency: int | None = None
    depth: int | None = None
    extract: bool = True
    render: bool = False
