"""The ledger as the pages and the API show it: a calendar of days, and one day with its URLs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from archiver.catalog import Catalog
from archiver.model.access import Access
from archiver.model.coverage import DayCoverage, Missing, State, UrlCoverage
from archiver.model.site import Site
from archiver.model.surt import surt
from archiver.ops.coverage import Ledger

MOST_DAYS = 400
"""Days of one answer."""
_SHOWN = frozenset({Access.ALLOW, Access.BLOCK})


def calendar(catalog: Catalog, site: Site, *, first: date | None = None, last: date | None = None) -> list[DayCoverage]:
    """The days of a site on which anything was first listed, oldest first, counts alone; the last ``MOST_DAYS`` of the span."""
    return list(Ledger(catalog, site).days(first=first, last=last, urls=False))[-MOST_DAYS:]


def one_day(catalog: Catalog, site: Site, day: date) -> DayCoverage:
    """One day with all its URLs, their states and reasons; without those that an access rule lets nobody know of."""
    found = Ledger(catalog, site).day(day)
    if not catalog.access.find():
        return found
    # What is held is seen through the lens already; what is not, was perhaps withheld.
    urls = tuple(each for each in found.urls if each.state is State.HELD or _may_be_named(catalog, each, day))
    if len(urls) == len(found.urls):
        return found
    reasons = Counter(each.reason for each in urls if each.reason is not None)
    missing = {reason: reasons[reason] for reason in Missing if reasons[reason]}
    return replace(found, listed=len(urls), missing=missing, urls=urls)


def _may_be_named(catalog: Catalog, each: UrlCoverage, day: date) -> bool:
    """Whether no rule hides a capture of this URL, were it of the day that listed it, or of now."""
    key = surt(each.url)
    instants = (datetime.combine(day, time(12), UTC), catalog.clock.now() - timedelta(microseconds=1))
    return all(catalog.access.of_url(key, at)[0] in _SHOWN for at in instants)
