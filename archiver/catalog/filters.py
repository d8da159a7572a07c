"""Filters of captures and of articles: one value each, passed from the caller down to the SQL statement.

What people type goes through ``checked``, so that a filter never matches nothing only because it is mistyped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from archiver.catalog.sql import after_prefix
from archiver.errors import UsageError
from archiver.model.capture import Kind, Verdict
from archiver.model.instant import rfc3339
from archiver.model.surt import surt as surt_of

SurtRange = tuple[str, str | None]
"""The SURTs from the first on and below the second; None is no end."""

_LANGUAGE = re.compile(r"[a-z]{2,3}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFilter:
    """Which captures; None is any. ``url`` is exact by its SURT, or a prefix when it ends with ``*``; ``surt`` and ``surts``
    are one SURT and a range of them. ``since`` and ``until`` are inclusive; ``file`` is the store key of a WARC."""

    url: str | None = None
    surt: str | None = None
    surts: SurtRange | None = None
    site: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: int | None = None
    kind: Kind | None = None
    verdict: Verdict | None = None
    file: str | None = None
    run: str | None = None

    def checked(self, *, check_site: Callable[[str], object]) -> CaptureFilter:
        """The same filter, if a capture can match it.

        Raises ``UsageError``, or what ``check_site`` raises for a site that is not known.
        """
        if self.site is not None:
            check_site(self.site)
        if self.status is not None and not 100 <= self.status <= 999:
            raise UsageError(f"an HTTP status has three digits, not {self.status}")
        check_span(self.since, self.until)
        return self

    @property
    def exact_surt(self) -> str | None:
        """The one SURT that is wanted."""
        is_exact = self.url is not None and not self.url.endswith("*")
        return surt_of(self.url) if self.url is not None and is_exact else self.surt

    @property
    def surt_range(self) -> SurtRange | None:
        """The SURTs among which it is."""
        return prefix_range(self.url) if self.url is not None and self.url.endswith("*") else self.surts


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFilter:
    """Which articles; None is any. All times are inclusive: ``since`` and ``until`` bound when a page was captured,
    ``published_since`` and ``published_until`` when it was published (or captured, where no page says).

    ``as_of`` looks at the archive as it was at an instant: of each URL only the capture that was then its newest (in the
    search index). A ``verdict`` other than article finds pages by the words of their address alone, since no text was
    read from them.
    """

    site: str | None = None
    language: str | None = None
    section: str | None = None
    author: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    published_since: datetime | None = None
    published_until: datetime | None = None
    as_of: datetime | None = None
    verdict: Verdict = Verdict.ARTICLE

    def checked(self, *, check_site: Callable[[str], object]) -> ArticleFilter:
        """The same filter, if an article can match it. Raises as ``CaptureFilter.checked`` does."""
        if self.site is not None:
            check_site(self.site)
        if self.language is not None:
            check_language(self.language)
        check_span(self.since, self.until)
        check_span(self.published_since, self.published_until)
        return replace(self, language=self.language.lower()) if self.language is not None else self

    @property
    def narrows(self) -> bool:
        """Whether anything is left out by it."""
        return self != EVERY_ARTICLE


EVERY_CAPTURE = CaptureFilter()
EVERY_ARTICLE = ArticleFilter()


def check_span(since: datetime | None, until: datetime | None) -> None:
    """Raises ``UsageError`` for a span of time that ends before it begins."""
    if since is not None and until is not None and since > until:
        raise UsageError(f"the time span begins at {rfc3339(since)} and ends before that, at {rfc3339(until)}")


def check_language(code: str) -> None:
    """Raises ``UsageError`` for what is no short language tag (BCP 47)."""
    if not _LANGUAGE.fullmatch(code):
        raise UsageError(
            f"unknown language {code[:40]!r}: languages are named by two or three letters (vi, en, fr, zh)"
        )


def prefix_range(url: str) -> SurtRange:
    """The SURTs of ``http://host/path*``, as CDX servers make them: a slash or question mark at the end stays."""
    text = url.rstrip("*")
    prefix = surt_of(text)
    for mark in "/?":
        if text.endswith(mark) and not prefix.endswith(mark):
            prefix += mark
    return prefix, after_prefix(prefix)


def domain_range(host: str) -> tuple[str, str]:
    """The SURTs of a host and all below it."""
    prefix = surt_of(f"http://{host}/").partition(")")[0]
    return f"{prefix})", f"{prefix}-"
