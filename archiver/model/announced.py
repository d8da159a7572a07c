"""What a site's own feeds and sitemaps say of a page before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MOST_TITLE = 500
"""Characters of a title that are kept."""


@dataclass(frozen=True, slots=True)
class Announced:
    """The entry of a feed or news sitemap: its title, and when it says that the page was published; None where it says nothing."""

    title: str | None = None
    published_at: datetime | None = None
