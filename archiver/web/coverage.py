"""The ledger as the pages and the API show it: a calendar of days, and one day with its URLs.

The counts are those of the whole archive, so that their sums are exact whatever the access rules say; what a rule
excludes is counted and not named. So both take the catalogue without the lens.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from archiver.catalog import Catalog
from archiver.model.access import Access
from archiver.model.coverage import DayCoverage
from archiver.model.site import Site
from archiver.model.surt import surt
from archiver.ops.coverage import Ledger

MOST_DAYS = 400
"""Days of one answer."""


def calendar(catalog: Catalog, site: Site, *, first: date | None = None, last: date | None = None) -> list[DayCoverage]:
    """The days of a site on which anything was first listed, oldest first, counts alone; the last ``MOST_DAYS`` of the span."""
    return list(Ledger(catalog, site).days(first=first, last=last, urls=False))[-MOST_DAYS:]


def one_day(catalog: Catalog, site: Site, day: date) -> DayCoverage:
    """One day with its URLs that readers may know of, their states and reasons."""
    found = Ledger(catalog, site).day(day)
    if not catalog.access.find():
        return found
    # A rule may begin or end within the day: who is withheld at either end of it is not named.
    begins = datetime.combine(day, time(), ZoneInfo(site.timezone))
    ends = begins + timedelta(days=1)
    named = [each for each in found.urls if not any(_is_excluded(catalog, each.url, at) for at in (begins, ends))]
    return replace(found, urls=tuple(named))


def _is_excluded(catalog: Catalog, url: str, at: datetime) -> bool:
    return catalog.access.of_url(surt(url), at)[0] not in {Access.ALLOW, Access.BLOCK}
