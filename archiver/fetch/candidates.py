"""From a response's bytes to candidates, and from a candidate to a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from scrapy import Request
from scrapy.http import Response

from archiver.discover import SourceReading, parse_source
from archiver.fetch.codec import HINTS
from archiver.fetch.reason import META, Reason
from archiver.html.links import read_links
from archiver.html.requisites import read_requisites
from archiver.model.capture import Candidate, Kind

LINKS = 5_000
"""Links of one page that are looked at."""


def content_type(response: Response) -> str | None:
    """The Content-Type header, if one was sent."""
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None


def request_of(response: Response) -> Request:
    """The request that a response answers."""
    assert response.request is not None
    return response.request


def read_source(response: Response, *, found_at: datetime, timezone: str) -> SourceReading:
    """What a feed, sitemap or index names; seconds for the largest, so not in the event loop."""
    return parse_source(
        response.body,
        url=response.url,
        content_type=content_type(response),
        found_at=found_at,
        zone=ZoneInfo(timezone),
    )


def is_html(response: Response) -> bool:
    """Whether a body is sent as HTML, or as nothing in particular."""
    kind = content_type(response)
    return kind is None or "html" in kind.lower()


def page_links(response: Response, *, found_at: datetime) -> Iterator[Candidate]:
    """The links of an HTML page."""
    if not is_html(response):
        return
    links = read_links(response.body, url=response.url, content_type=content_type(response), limit=LINKS)
    for url in links.links:
        yield Candidate(url, found_at, via=response.url, hop="L")


def page_requisites(response: Response, *, found_at: datetime) -> Iterator[Candidate]:
    """What an HTML page needs to look like itself, wherever it lies."""
    if not is_html(response):
        return
    for url in read_requisites(response.body, url=response.url):
        yield Candidate(url, found_at, via=response.url, hop="E", kind=Kind.REQUISITE)


def detected_sources(response: Response, *, found_at: datetime) -> Iterator[Candidate]:
    """The feeds that an HTML page names in its head."""
    if not is_html(response):
        return
    for url in read_links(response.body, url=response.url, content_type=content_type(response)).feeds:
        yield Candidate(url, found_at, via=response.url, hop="M", kind=Kind.SOURCE)


def request_for(candidate: Candidate, *, via: str, priority: int = 0) -> Request:
    """The ordinary request for a candidate."""
    hints = {"published_at": candidate.published_at.isoformat()} if candidate.published_at else {}
    meta: dict[str, object] = {META: Reason(candidate.kind, candidate.hop, candidate.via or via).as_meta()}
    if hints:
        meta[HINTS] = hints
    return Request(candidate.url, priority=priority, meta=meta)
