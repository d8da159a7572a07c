"""What one crawl is asked for, beside configuration and site file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """``limit`` pages at most; ``max_time`` and ``delay`` in seconds; None leaves it to configuration and site file.

    ``depth`` is how far links inside pages are followed; ``extract`` says whether pages are read at once, ``render``
    whether a browser shows them too. ``due_only`` asks those sources whose own time has come, and no others, as schedules do;
    ``sources_only`` fetches nothing but the site's own sources: what they name is due at the next run;
    ``sources_first`` lets pages wait until every source that is known has answered. ``name`` is the site's name for URLs
    of no known site (None: the host's).
    """

    limit: int | None = None
    max_time: float | None = None
    delay: float | None = None
    concurrency: int | None = None
    depth: int | None = None
    extract: bool = True
    render: bool = False
    due_only: bool = False
    sources_only: bool = False
    sources_first: bool = False
    name: str | None = None
