"""``/api/coverage``, and what the pages show of it: a calendar of days, and one day with its URLs."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from archiver.catalog import Catalog
from archiver.errors import UsageError
from archiver.model.coverage import DayCoverage
from archiver.model.site import Site
from archiver.ops.coverage import Ledger, site_named
from archiver.web.state import state_of

MOST_DAYS = 400
"""Days of one answer."""


def calendar(catalog: Catalog, site: Site, *, first: date | None = None, last: date | None = None) -> list[DayCoverage]:
    """The days of a site on which anything was first listed, oldest first, counts alone; the last ``MOST_DAYS`` of the span."""
    return list(Ledger(catalog, site).days(first=first, last=last, urls=False))[-MOST_DAYS:]


def one_day(catalog: Catalog, site: Site, day: date) -> DayCoverage:
    """One day with all its URLs, their states and reasons."""
    return Ledger(catalog, site).day(day)


def coverage(request: Request) -> JSONResponse:
    """``/api/coverage?site=&day=`` one day, else ``&from=&to=`` (days, inclusive): a list of days.

    A day's ``urls`` are there where it is asked for by itself. Raises ``UsageError``, ``UnknownSite``.
    """
    state = state_of(request)
    catalog = state.archive.catalog
    name = request.query_params.get("site", "").strip()
    if not name:
        raise UsageError("say which site: ?site=NAME")
    site = site_named(name, config=state.config, catalog=catalog)
    day = _day(request, "day")
    if day is not None:
        days = [one_day(catalog, site, day)]
    else:
        days = calendar(catalog, site, first=_day(request, "from"), last=_day(request, "to"))
    return JSONResponse(
        {"items": [each.as_json() for each in days], "next": None}, headers={"Cache-Control": "no-store"}
    )


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"not a day (YYYY-MM-DD): {text[:40]!r}") from error


routes = [Route("/api/coverage", coverage)]
