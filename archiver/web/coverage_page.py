"""What a site's own sources listed and the archive holds of it: the calendar on a site's page, and the page of one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from archiver.errors import UsageError
from archiver.model.coverage import DayCoverage, Missing, State, UrlCoverage
from archiver.model.site import Site
from archiver.ops.coverage import site_named
from archiver.web.calendars import Month, coverage_of
from archiver.web.coverage import calendar, one_day
from archiver.web.pages import page
from archiver.web.state import WebState, state_of

MOST_URLS = 300
"""URLs of one day that are listed, of those missing and of those held each."""
MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class YearCoverage:
    """One year: its months, and what was listed and is held in all of it."""

    months: list[Month]
    listed: int
    held: int


@dataclass(frozen=True, slots=True)
class DayShown:
    """As much of a day as its page shows."""

    listed: int
    held: int
    reasons: Mapping[Missing, int]
    missing_urls: tuple[UrlCoverage, ...]
    held_urls: tuple[UrlCoverage, ...]


def years_listed(state: WebState, name: str) -> list[int]:
    """The years in which sources of a site listed anything, and those between. Raises ``CatalogError``."""
    span = state.archive.catalog.listings.span(name)
    return list(range(span[0].year, span[1].year + 1)) if span else []


def year_coverage(state: WebState, site: Site, year: int) -> YearCoverage | None:
    """The calendar of one year; None while it is being counted."""
    catalog = state.office.catalog

    def count() -> YearCoverage:
        days = calendar(catalog, site, first=date(year, 1, 1), last=date(year, 12, 31))
        counts = {each.day: (each.listed, each.held) for each in days}
        return YearCoverage(coverage_of(counts, year), sum(d.listed for d in days), sum(d.held for d in days))

    return state.years.read((site.name, year, _rules(state)), count)


def coverage_day(request: Request) -> Response:
    """``/sites/{name}/coverage/{day}``: what was listed on a day, what is held of it, and why the rest is not."""
    state = state_of(request)
    catalog = state.archive.catalog
    name = str(request.path_params["name"])
    day = _day(str(request.path_params["day"]))
    site = site_named(name, config=state.config, catalog=catalog)

    def count() -> DayShown:
        return _shown(one_day(state.office.catalog, site, day))

    shown = state.days.read((name, day, _rules(state)), count)
    begin = datetime.combine(day, datetime.min.time(), ZoneInfo(site.timezone))
    captured = catalog.captures.pages_between(name, begin, begin + timedelta(days=1, microseconds=-1), limit=MOST_PAGES)
    titles = catalog.articles.titles([capture.record_id for capture in captured])
    values: dict[str, object] = {
        "name": name,
        "title": site.title or name,
        "zone": site.timezone,
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "shown": shown,
        "most": MOST_URLS,
        "captured": [(capture, *titles.get(capture.record_id, (None, None))) for capture in captured],
        "most_pages": MOST_PAGES,
        "here": "site",
    }
    return page(request, "coverage_day.html", values)


def _shown(found: DayCoverage) -> DayShown:
    missing = tuple(each for each in found.urls if each.state is not State.HELD)
    held = tuple(each for each in found.urls if each.state is State.HELD)
    # By reason, so that what could be mended does not drown in what was never wanted.
    order = {reason: place for place, reason in enumerate(sorted(found.missing, key=lambda r: found.missing[r]))}
    ranked = sorted(missing, key=lambda each: order[each.reason] if each.reason else -1)
    return DayShown(found.listed, found.held, found.missing, tuple(ranked[:MOST_URLS]), held[:MOST_URLS])


def _rules(state: WebState) -> tuple[str, ...]:
    """What makes figures of now other than those before: a rule of access more or less."""
    return tuple(rule.id for rule in state.archive.catalog.access.find())


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"not a day (YYYY-MM-DD): {text[:40]!r}") from error
    if not 1900 <= day.year <= 9000:
        raise UsageError(f"not a day of an archive: {text[:40]!r}")
    return day
