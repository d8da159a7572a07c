"""What a spider read of a source, in few words, for the row that it was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from archiver.discover import SourceReading, window_of

READING = "reading"
"""The ``meta`` key under which a callback leaves what it read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a spider read of a source: its format, how many entries it has, what was wrong, and in what time they are replaced."""

    format: str
    entries: int
    fault: str | None = None
    window: timedelta | None = None

    @classmethod
    def of(cls, reading: SourceReading) -> Reading:
        """Of a feed or sitemap."""
        named = (*reading.candidates, *reading.children)
        fault = None if reading.is_source else next((p.detail for p in reading.problems), reading.format.value)
        return cls(reading.format.value, len(named), fault, window_of(each.published_at for each in named))

    @classmethod
    def of_front(cls, links: int) -> Reading:
        """Of a home page or section front: one without a link is a failure."""
        return cls("html", links, None if links else "a page without a link")
