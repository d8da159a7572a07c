"""From a response's bytes to candidates, and from a candidate to a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from scrapy import Request
from scrapy.http import Response

from archiver.config import LimitsSection
from archiver.discover import SourceReading, detect, guess, parse_source
from archiver.fetch.run.codec import HINTS
from archiver.fetch.run.reason import META, Reason
from archiver.html.page_scan import PageScan
from archiver.model.capture import Candidate, Kind
from archiver.model.site import SourceKind

_NO_FEEDS = frozenset(SourceKind) - {SourceKind.FEED}
SPECULATIVE = "S"
"""The hop of what was only guessed: a source that is none is not asked for again."""


def content_type(response: Response) -> str | None:
    """The Content-Type header, if one was sent."""
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None


def request_of(response: Response) -> Request:
    """The request that a response answers."""
    assert response.request is not None
    return response.request


def read_source(response: Response, *, found_at: datetime, timezone: str, limits: LimitsSection) -> SourceReading:
    """What a feed, sitemap or index names; seconds for the largest, so not in the event loop."""
    return parse_source(
        response.body,
        url=response.url,
        content_type=content_type(response),
        found_at=found_at,
        zone=ZoneInfo(timezone),
        most=limits.source_bytes,
        ratio=limits.ratio,
    )


def is_html(response: Response) -> bool:
    """Whether a body is sent as HTML, or as nothing in particular."""
    kind = content_type(response)
    return kind is None or "html" in kind.lower()


def page_links(scan: PageScan, *, url: str, found_at: datetime, obey_robots: bool) -> Iterator[Candidate]:
    """The links of the page at ``url``, and what its head and JSON-LD name: its canonical address, other languages, the next page of a
    list, the articles of one. With ``obey_robots`` none of a page whose meta robots says nofollow.

    An AMP form is the page itself once more, for telephones: it is not followed.
    """
    if obey_robots and scan.robots & {"nofollow", "none"}:
        return
    named = (scan.canonical, scan.next, *scan.alternates.values(), *scan.articles)
    for link in dict.fromkeys((*scan.links, *filter(None, named))):
        if link not in {scan.amp, url}:
            yield Candidate(link, found_at, via=url, hop="L")


def detected_sources(
    scan: PageScan, *, url: str, sitemaps: Iterable[str] | None, found_at: datetime
) -> Iterator[Candidate]:
    """The feeds that the home page at ``url`` names, and the ``sitemaps`` of its robots.txt or else the usual one; None for no sitemaps.

    Where a home page names no feed, or robots.txt no sitemap, the usual addresses are tried (hop S); what is not there is not
    asked for again.
    """
    found = detect(scan, url=url, sitemaps=sitemaps or ())
    unwanted = {SourceKind.FRONT} if sitemaps is not None else _NO_FEEDS
    for source in found:
        if source.kind not in unwanted:
            yield Candidate(source.url, found_at, via=url, hop="M", kind=Kind.SOURCE)
    for source in guess(found, url=url):
        if source.kind not in unwanted:
            yield Candidate(source.url, found_at, via=url, hop=SPECULATIVE, kind=Kind.SOURCE)


def request_for(candidate: Candidate, *, via: str, priority: int = 0) -> Request:
    """The ordinary request for a candidate."""
    told = {"published_at": candidate.published_at, "modified_at": candidate.modified_at}
    hints = {name: at.isoformat() for name, at in told.items() if at is not None}
    meta: dict[str, object] = {META: Reason(candidate.kind, candidate.hop, candidate.via or via).as_meta()}
    if hints:
        meta[HINTS] = hints
    return Request(candidate.url, priority=priority, meta=meta)
