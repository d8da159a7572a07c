"""Filters from what people type: the one place where unknown sites, words and times are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from archiver.catalog import ArticleFilter, CaptureFilter, Catalog
from archiver.config import Config
from archiver.errors import UsageError
from archiver.model.capture import Kind, Verdict
from archiver.model.instant import parse_when
from archiver.ops.coverage import site_named
from archiver.search import sites_named

When = datetime | str | None
W = TypeVar("W", bound=StrEnum)


class FilterMaker:
    """Makes filters for an archive. Times are datetimes or texts, kinds and verdicts words; None is anything.

    Every method raises ``UsageError`` for what nothing can match (``UnknownSite`` for a site).
    """

    def __init__(self, catalog: Catalog, config: Config) -> None:
        self._catalog = catalog
        self._config = config

    def check_site(self, name: str) -> None:
        """Raises ``UnknownSite`` for a name that no capture, site file or journal knows."""
        if not self._catalog.captures.has_site(name):
            site_named(name, config=self._config, catalog=self._catalog)

    def captures(
        self,
        url: str | None = None,
        *,
        site: str | None = None,
        since: When = None,
        until: When = None,
        status: int | None = None,
        kind: Kind | str | None = None,
    ) -> CaptureFilter:
        """Which captures are meant."""
        return CaptureFilter(
            url=url,
            site=site,
            since=when(since),
            until=when(until, end=True),
            status=status,
            kind=_word(Kind, kind),
        ).checked(check_site=self.check_site)

    def articles(
        self,
        query: str = "",
        *,
        site: str | None = None,
        language: str | None = None,
        section: str | None = None,
        author: str | None = None,
        since: When = None,
        until: When = None,
        published_since: When = None,
        published_until: When = None,
        as_of: When = None,
        verdict: Verdict | str | None = None,
    ) -> ArticleFilter:
        """Which articles are meant, beside the words of a ``query``, whose sites are looked at too."""
        for name in sites_named(query):
            self.check_site(name)
        return ArticleFilter(
            site=site,
            language=language,
            section=section,
            author=author,
            since=when(since),
            until=when(until, end=True),
            published_since=when(published_since),
            published_until=when(published_until, end=True),
            as_of=when(as_of, end=True),
            verdict=_word(Verdict, verdict) or Verdict.ARTICLE,
        ).checked(check_site=self.check_site)


def when(value: When, *, end: bool = False) -> datetime | None:
    """A text as ``parse_when`` reads it, or a datetime, UTC where it names no zone. Raises ``UsageError``."""
    if isinstance(value, str):
        try:
            return parse_when(value, end=end)
        except (ValueError, OverflowError) as error:
            raise UsageError(f"{value[:40]!r} is no time: {error}") from error
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _word(words: type[W], value: W | str | None) -> W | None:
    try:
        return None if value is None else words(value)
    except ValueError as error:
        known = ", ".join(words)
        raise UsageError(f"unknown {words.__name__.lower()} {str(value)[:40]!r}; known: {known}") from error
