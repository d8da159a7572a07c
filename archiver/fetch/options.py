"""What one crawl is asked for, beside configuration and site file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """``limit`` pages at most; ``max_time`` and ``delay`` in seconds; None leaves it to configuration and site file.

    ``depth`` is how far links inside pages are followed; ``extract`` says whether pages are read at once;
    ``due_only`` that sources are asked whose own time has come, and no others, as schedules do; ``sources_only`` that nothing but the site's own sources is fetched: what
    they name is due at the next run. ``sources_first`` that pages wait until every source that is known has answered. ``name`` is the site's name for URLs of no known site (None: the host).
    """

    limit: int | None = None
    max_time: float | None = None
    delay: float | None = None
    concurrency: int | None = None
    depth: int | None = None
    extract: bool = True
    due_only: bool = False
    sources_only: bool = False
    sources_first: bool = False
    name: str | None = None
