"""The ledger over a catalogue: days of a site, and single URLs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from archiver.catalog import CaptureSummary, Catalog, ListedPage, Listing
from archiver.config import Config
from archiver.config.sites import all_sites, find_site, read_site
from archiver.discover import PageClass, ScopeRules, site_for_url
from archiver.journal.objects import SITE
from archiver.model.capture import Kind
from archiver.model.coverage import DayCoverage, Missing, State, UrlCoverage
from archiver.model.keys import is_site_name
from archiver.model.run import Outcome
from archiver.model.site import Site, SourceKind
from archiver.model.surt import surt
from archiver.model.url import path_of
from archiver.ops.coverage.reasons import why_missing

HOPS = 10
"""Redirects that are followed from a listed URL."""
BATCH = 500
RUNS = 200
"""Runs that are looked through for the last one that ended by a limit."""


def site_named(name: str, *, config: Config, catalog: Catalog) -> Site:
    """A known site; else as its last site file in the journal has it, which is all that there is after a rebuild; else that of a
    host that was crawled by its URL. Raises ``UnknownSite``."""
    if name in all_sites(config):
        return find_site(name, config)
    kept = [entry for entry in catalog.journal.find(SITE) if entry.body.get("site") == name]
    if kept:
        return read_site(str(kept[-1].body.get("toml")).encode(), f"journal {kept[-1].id}")
    if is_site_name(name) and catalog.listings.span(name) is not None:
        return replace(site_for_url(f"https://{name}/"), name=name)
    return find_site(name, config)


class Ledger:
    """For every URL that a site's own sources listed: whether it was captured, and if not, the one reason.

    Computed on each call, from the catalogue as it is then. Every method may raise ``CatalogError``.
    """

    def __init__(self, catalog: Catalog, site: Site) -> None:
        self._catalog = catalog
        self._site = site
        self._rules = ScopeRules(site)
        self._zone = ZoneInfo(site.timezone)
        self._fronts = {self._rules.key(s.url) for s in site.sources if s.kind is SourceKind.FRONT}

    def days(self, *, first: date | None = None, last: date | None = None, urls: bool = True) -> Iterator[DayCoverage]:
        """Each day on which anything was first listed, from ``first`` to ``last`` (inclusive), oldest first; without
        ``urls`` the counts alone."""
        since = self._begins(first) if first is not None else None
        before = self._begins(last + timedelta(days=1)) if last is not None else None
        judged = self._judged(self._catalog.listings.find(self._site.name, since=since, before=before))
        for day, group in groupby(judged, key=lambda pair: self.day_of(pair[0].first_at)):
            yield self._day(day, group, urls=urls)

    def day(self, day: date) -> DayCoverage:
        """One day; all zero where nothing was listed."""
        return next(self.days(first=day, last=day), None) or self._day(day, (), urls=True)

    def url(self, url: str) -> UrlCoverage | None:
        """One URL, clean; None when no source of the site listed it."""
        listed = self._catalog.listings.one(self._site.name, self._rules.key(url))
        if listed is None:
            return None
        listing, reason = next(iter(self._judged([listed])))
        return _coverage(listing, reason)

    def day_of(self, at: datetime) -> date:
        """The day of an instant in the site's zone."""
        return at.astimezone(self._zone).date()

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self._zone)

    def _day(self, day: date, judged: Iterable[tuple[Listing, Missing | None]], *, urls: bool) -> DayCoverage:
        reasons: Counter[Missing | None] = Counter()
        rows: list[UrlCoverage] = []
        for listing, reason in judged:
            reasons[reason] += 1
            if urls:
                rows.append(_coverage(listing, reason))
        missing = {reason: reasons[reason] for reason in Missing if reasons[reason]}
        return DayCoverage(self._site.name, day, reasons.total(), reasons[None], missing, tuple(rows))

    def _judged(self, listed: Iterable[ListedPage]) -> Iterator[tuple[Listing, Missing | None]]:
        cut_short_at = self._cut_short_at()
        for batch in _batches(listed):
            answers = self._answers(batch)
            for one in batch:
                found, leads_home = self._followed(_addresses(one), answers)
                reason = why_missing(one.listing, one.state, found, leads_home=leads_home, cut_short_at=cut_short_at)
                yield one.listing, reason

    def _cut_short_at(self) -> datetime | None:
        """When a run of the site last ended with work left that it might not do."""
        runs = self._catalog.runs.find(self._site.name, limit=RUNS)
        return next((run.ended_at for run in runs if run.outcome is Outcome.LIMIT), None)

    def _answers(self, batch: Sequence[ListedPage]) -> dict[str, list[CaptureSummary]]:
        """What was captured of a batch's addresses and of where they led, by SURT."""
        known: dict[str, list[CaptureSummary]] = {}
        wanted = {address for one in batch for address in _addresses(one)}
        for _ in range(HOPS):
            wanted -= known.keys()
            if not wanted:
                break
            found = self._catalog.mementos.summaries(sorted(wanted))
            known.update({address: [] for address in wanted})
            for answer in found:
                known[answer.surt].append(answer)
            wanted = {surt(answer.redirect) for answer in found if answer.redirect}
        return known

    def _followed(
        self, addresses: Sequence[str], known: dict[str, list[CaptureSummary]]
    ) -> tuple[list[CaptureSummary], bool]:
        """The captures that answer for a page, newest first, and whether they all led to a page that lists others."""
        found: list[CaptureSummary] = []
        led = direct = 0
        todo, seen = list(addresses), set(addresses)
        while todo:
            for answer in known.get(todo.pop(), ()):
                if not answer.redirect:
                    found.append(answer)
                    direct += answer.kind is not Kind.REDIRECT
                    continue
                if self._is_list(answer.redirect):
                    led += 1
                    continue
                found.append(answer)
                target = surt(answer.redirect)
                if target not in seen and len(seen) < HOPS:
                    seen.add(target)
                    todo.append(target)
        return sorted(found, key=lambda answer: answer.at, reverse=True), bool(led) and not direct

    def _is_list(self, url: str) -> bool:
        """Whether a redirect to this URL says that the page is gone: the home page or a section."""
        key = self._rules.key(url)
        return key in self._fronts or path_of(url) == "/" or self._rules.classify(url) is PageClass.LISTING


def _coverage(listing: Listing, reason: Missing | None) -> UrlCoverage:
    return UrlCoverage(listing.url, State.HELD if reason is None else State.MISSING, reason)


def _addresses(one: ListedPage) -> tuple[str, ...]:
    """The SURTs under which a page may have been captured: as it was listed, and as it was first seen."""
    urls = (one.listing.url, *((one.state.entry.url,) if one.state is not None else ()))
    return tuple(dict.fromkeys(surt(url) for url in urls))


def _batches(listed: Iterable[ListedPage]) -> Iterator[list[ListedPage]]:
    batch: list[ListedPage] = []
    for one in listed:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
