"""What a source lists, as rows: of one that was read just now, and of one that is read again from its capture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from archiver.catalog import Listing
from archiver.discover import PageClass, ScopeRules, parse_source
from archiver.html.page_scan import scan_page
from archiver.model.announced import MOST_TITLE
from archiver.model.capture import Candidate, Capture, Kind
from archiver.model.site import Site, SourceKind


class SourceList:
    """Makes listings of what the sources of a site name.

    ``wanted`` says which candidates are to be fetched (a site's spider may know better than its scope rules).
    """

    def __init__(self, site: Site, *, wanted: Callable[[Candidate], bool] | None = None) -> None:
        self._site = site
        self._rules = ScopeRules(site)
        self._wanted = wanted or (lambda candidate: self._rules.in_scope(candidate.url))
        self._fronts = {self._rules.key(s.url) for s in site.sources if s.kind is SourceKind.FRONT}

    def of_source(self, candidates: Iterable[Candidate], *, source: str, at: datetime) -> list[Listing]:
        """Every entry of a feed or sitemap, also what is out of scope."""
        rows: dict[str, Listing] = {}
        for candidate in candidates:
            row = self._row(candidate, source=source, at=at, in_scope=self._wanted(candidate))
            rows.setdefault(row.key, row)
        return list(rows.values())

    def of_front(self, links: Iterable[str], *, source: str, at: datetime) -> list[Listing]:
        """The links of a home page or section front that may be articles: what else it links to is no news."""
        rows: dict[str, Listing] = {}
        for url in links:
            if self._rules.classify(url) not in {PageClass.ARTICLE, PageClass.PAGE}:
                continue
            candidate = Candidate(url, at, via=source)
            if self._wanted(candidate):
                row = self._row(candidate, source=source, at=at, in_scope=True)
                if row.key not in self._fronts:
                    rows.setdefault(row.key, row)
        return list(rows.values())

    def of_capture(self, capture: Capture, body: bytes, *, content_type: str | None) -> list[Listing]:
        """What a captured source listed; ``body`` is without content coding. Empty for what was no success."""
        if capture.kind is not Kind.SOURCE or not 200 <= (capture.status or 0) < 300:
            return []
        if self.is_front(capture):
            scan = scan_page(body, url=capture.url, content_type=content_type)
            return self.of_front(scan.links, source=capture.url, at=capture.at)
        zone = ZoneInfo(self._site.timezone)
        reading = parse_source(body, url=capture.url, content_type=content_type, found_at=capture.at, zone=zone)
        return self.of_source(reading.candidates, source=capture.url, at=capture.at)

    def is_front(self, capture: Capture) -> bool:
        """Whether a captured source is a home page or section front, or what one redirected to."""
        named = (capture.url, capture.via if capture.hop == "R" else None)
        return any(self._rules.key(url) in self._fronts for url in named if url)

    def _row(self, candidate: Candidate, *, source: str, at: datetime, in_scope: bool) -> Listing:
        plain = self._rules.plain(candidate.url)
        key = self._rules.key(plain)
        title = " ".join((candidate.title or "").split())[:MOST_TITLE] or None
        return Listing(self._site.name, key, plain, at, source, in_scope, candidate.published_at, title)
