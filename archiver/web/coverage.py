"""The ledger as the pages and the API show it: a calendar of days, and one day with its URLs."""

from __future__ import annotations

from datetime import date

from archiver.catalog import Catalog
from archiver.model.coverage import DayCoverage
from archiver.model.site import Site
from archiver.ops.coverage import Ledger

MOST_DAYS = 400
"""Days of one answer."""


def calendar(catalog: Catalog, site: Site, *, first: date | None = None, last: date | None = None) -> list[DayCoverage]:
    """The days of a site on which anything was first listed, oldest first, counts alone; the last ``MOST_DAYS`` of the span."""
    return list(Ledger(catalog, site).days(first=first, last=last, urls=False))[-MOST_DAYS:]


def one_day(catalog: Catalog, site: Site, day: date) -> DayCoverage:
    """One day with all its URLs, their states and reasons."""
    return Ledger(catalog, site).day(day)
