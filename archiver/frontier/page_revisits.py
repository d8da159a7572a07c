"""When a page of the frontier is looked at again: the policy of ``archiver.discover``, called with what was read of its text.

The fetching asks after each visit (``after_visit``), before the text is read. The reading of pages, which goes on beside the crawl,
then tells the frontier of the text (``TextWatch``); where it is another than before, the row is due sooner. Without reading
(``--no-extract``) pages are due by their age alone until they are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.catalog import Catalog, FrontierState, VisitOutcome
from archiver.config import RevisitSection
from archiver.discover import (
    PageClass,
    RevisitRules,
    ScopeRules,
    absence_reason,
    after_absence,
    born,
    next_visit,
)
from archiver.model.article import Article, Extraction
from archiver.model.capture import Capture, Kind
from archiver.model.site import Site

YOUNG, OLD = 250, 150
"""Priorities of known pages: below what feeds name as new, above what sitemaps list; young pages and changing ones go first."""
YOUNG_AGE = timedelta(days=3)


def after_visit(
    state: FrontierState,
    *,
    now: datetime,
    rules: RevisitRules,
    page_class: PageClass,
    is_gone: bool = False,
    is_good: bool = True,
) -> VisitOutcome:
    """What a visit means for a row. ``is_gone``: the page was not there; ``is_good``: it came, or is as it was.

    Requisites, robots.txt and redirects are due only when a page needs them.
    """
    if state.entry.kind is not Kind.PAGE:
        return VisitOutcome(None)
    if is_gone:
        absences = state.absences + 1
        due = after_absence(rules, now=now, absences=absences)
        return VisitOutcome(due, absences, absence_reason(rules, absences), OLD)
    return due_by_history(state, now=now, rules=rules, page_class=page_class, is_good=is_good)


def due_by_history(
    state: FrontierState, *, now: datetime, rules: RevisitRules, page_class: PageClass, is_good: bool = True
) -> VisitOutcome:
    """When a page that was there at ``now`` is due again, by its age and by what was seen of its text."""
    entry = state.entry
    born_at = born(first_seen_at=entry.found_at, published_at=entry.published_at, now=now)
    is_article = page_class is PageClass.ARTICLE or (page_class is PageClass.PAGE and state.text_sha256 is not None)
    due = next_visit(rules, now=now, born_at=born_at, changed_at=state.changed_at, by_history=is_good and is_article)
    stirred = max(born_at, state.changed_at) if state.changed_at is not None else born_at
    return VisitOutcome(due, priority=YOUNG if now - stirred <= YOUNG_AGE else OLD)


def text_digest(article: Article) -> bytes:
    """A digest of what a reader would call the text: title, lead and body, without pictures, dates and what stands around."""
    text = "\0".join((article.title or "", article.lead or "", article.text))
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


@dataclass(slots=True)
class _Known:
    """A site's rules, made ready once."""

    scope: ScopeRules
    revisit: RevisitRules


class TextWatch:
    """Tells the frontier what the text of each article was, capture by capture."""

    def __init__(self, catalog: Catalog, section: RevisitSection, *, find_site: Callable[[str], Site | None]) -> None:
        self._catalog = catalog
        self._section = section
        self._find_site = find_site
        self._known: dict[str, _Known | None] = {}

    def saw(self, capture: Capture, extraction: Extraction) -> bool:
        """Note what was read of a capture; whether its text is another than at the capture before.

        What is no article says nothing of a text. A page that a redirect led to counts for its own address.
        """
        article = extraction.article
        known = self._rules(capture.site) if article is not None else None
        if article is None or known is None:
            return False
        page_class = known.scope.classify(capture.url)
        return self._catalog.frontier.saw_text(
            capture.site,
            known.scope.key(capture.url),
            at=capture.at,
            digest=text_digest(article),
            published_at=article.published_at,
            decide=lambda state: due_by_history(
                state, now=state.last_at or capture.at, rules=known.revisit, page_class=page_class
            ),
        )

    def read_again(self, capture: Capture, extraction: Extraction) -> None:
        """Note how a capture reads to another extractor version, so that what only that one sees is no change of the page."""
        known = self._rules(capture.site) if extraction.article is not None else None
        if extraction.article is not None and known is not None:
            key, digest = known.scope.key(capture.url), text_digest(extraction.article)
            self._catalog.frontier.reads_as(capture.site, key, at=capture.at, digest=digest)

    def _rules(self, name: str) -> _Known | None:
        if name not in self._known:
            site = self._find_site(name)
            self._known[name] = _Known(ScopeRules(site), RevisitRules.of(self._section, site)) if site else None
        return self._known[name]
