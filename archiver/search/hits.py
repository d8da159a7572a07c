"""What the index answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from archiver.model.capture import Verdict
from archiver.model.instant import rfc3339
from archiver.model.record import RecordId

Sort = Literal["rank", "newest", "oldest"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that was found: its URL and the instant of the capture, a higher ``score`` is better.

    ``snippet`` is plain text; ``marks`` are the places (start, end) in it of the words looked for, ``title_marks`` those
    in the title.
    """

    url: str
    at: datetime
    title: str | None
    snippet: str
    site: str
    language: str | None
    published_at: datetime | None
    score: float
    marks: tuple[tuple[int, int], ...] = ()
    title_marks: tuple[tuple[int, int], ...] = ()
    record_id: RecordId | None = None
    digest: str | None = None
    verdict: Verdict = Verdict.ARTICLE
    section: str | None = None
    authors: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver search --json`` and ``/api/search`` promise."""
        published = self.published_at.isoformat(timespec="milliseconds") if self.published_at else None
        return {
            "url": self.url,
            "at": rfc3339(self.at),
            "title": self.title,
            "snippet": self.snippet,
            "site": self.site,
            "language": self.language,
            "published_at": published.replace("+00:00", "Z") if published else None,
            "score": self.score,
        }


Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Facets:
    """How many of all results have which value, the most frequent first; ``published`` and ``captured`` count years, or
    months where all lie in two years, by time. ``verdict`` counts over every verdict, whichever was wanted."""

    site: Counts = field(default_factory=dict)
    language: Counts = field(default_factory=dict)
    section: Counts = field(default_factory=dict)
    author: Counts = field(default_factory=dict)
    published: Counts = field(default_factory=dict)
    captured: Counts = field(default_factory=dict)
    verdict: Counts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results, how many there are (``capped``: at least so many), and what they could be narrowed by."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    capped: bool = False
    facets: Facets = Facets()
