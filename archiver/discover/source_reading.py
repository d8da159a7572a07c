"""What is read of a source: its form, the URLs that it names, and what was wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from archiver.model.capture import Candidate

MAX_ENTRIES = 50_000
"""Entries of one source that are read: what a sitemap may hold (sitemaps.org 0.9)."""


class SourceFormat(StrEnum):
    """What a source's bytes are."""

    RSS = "rss"
    ATOM = "atom"
    RDF = "rdf"
    JSON_FEED = "json-feed"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news-sitemap"
    SITEMAP_INDEX = "sitemap-index"
    TEXT = "text"
    ROBOTS = "robots"
    HTML = "html"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def is_feed(self) -> bool:
        """RSS, Atom, RDF or JSON."""
        return self in {SourceFormat.RSS, SourceFormat.ATOM, SourceFormat.RDF, SourceFormat.JSON_FEED}


class SourceProblemKind(StrEnum):
    """What was wrong with a source."""

    NOT_A_SOURCE = "not-a-source"
    DAMAGED = "damaged"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    ENTITIES = "entities"
    NO_LINK = "no-link"
    BAD_URL = "bad-url"


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """One thing that was wrong; ``entry`` is the number of the entry, from 1, where it was one's."""

    kind: SourceProblemKind
    detail: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class SourceReading:
    """``candidates`` are the pages that the source names, one for each of its entries, ``children`` the sources.

    ``entries`` is the number of all entries: also of those without an address, or with one that is none, each of which is
    among the ``problems`` (up to a hundred of them).

    An empty ``candidates`` says that nothing is listed only where ``is_source`` is true: an error page lists nothing either.
    """

    format: SourceFormat
    candidates: tuple[Candidate, ...] = ()
    children: tuple[Candidate, ...] = ()
    problems: tuple[SourceProblem, ...] = ()
    entries: int = 0

    @property
    def is_source(self) -> bool:
        """Whether the bytes were a feed, sitemap or list at all."""
        return self.format not in {SourceFormat.HTML, SourceFormat.EMPTY, SourceFormat.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the source, before its URL is made absolute and legal."""

    url: str | None
    base: str | None = None
    title: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    is_source: bool = False


@dataclass(slots=True)
class Entries:
    """What a reader of one form found."""

    format: SourceFormat
    found: list[Entry] = field(default_factory=list)
    problems: list[SourceProblem] = field(default_factory=list)
    more: bool = False

    def add(self, entry: Entry) -> None:
        """Keep an entry, unless there are too many."""
        if len(self.found) < MAX_ENTRIES:
            self.found.append(entry)
        else:
            self.more = True
