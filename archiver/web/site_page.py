"""The page of one site: its days, growth, sources, verdicts and runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from starlette.requests import Request
from starlette.responses import Response

from archiver.catalog import FrontierState, SiteDay, SourceState
from archiver.config.sites import all_sites
from archiver.discover import ScopeRules
from archiver.errors import UnknownSite, UsageError
from archiver.model.site import Site
from archiver.ops.coverage import site_named
from archiver.web.alerting import MOST, alerts_for
from archiver.web.calendars import year_of, years
from archiver.web.coverage_page import year_coverage, years_listed
from archiver.web.home_page import took
from archiver.web.pages import page
from archiver.web.plots import growth
from archiver.web.schedule_page import schedule_lines
from archiver.web.state import WebState, state_of

RUNS = 10
MAX_SOURCES = 200
MAX_PAGES = 200
"""Pages of one day that are listed."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source: what it is, its row in the frontier, and how it was when it was last asked (None: never)."""

    url: str
    kind: str
    seen: FrontierState | None
    state: SourceState | None = None

    @property
    def failing(self) -> bool:
        """Whether the last attempt gave nothing."""
        if self.state is not None:
            return self.state.is_failing
        return self.seen is not None and (self.seen.attempts > 0 or (self.seen.last_status or 200) >= 400)

    @property
    def read_at(self) -> datetime | None:
        """When it was last asked."""
        return self.state.polled_at if self.state is not None else self.seen.last_at if self.seen else None


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month of the growth, and all until then."""

    month: date
    captures: int
    bytes: int
    captures_until: int
    bytes_until: int


def site(request: Request) -> Response:
    """``/sites/{name}?year=…&day=…``."""
    state = state_of(request)
    name = request.path_params["name"]
    known = all_sites(state.config).get(name)
    catalog = state.archive.catalog
    days = catalog.statistics.days(name)
    if known is None and not days:
        raise UnknownSite(name)
    counts = {day.day: day.pages for day in days if day.pages}
    per_year = years(counts)
    chosen = chosen_day(request)
    sources = source_lines(known, catalog.frontier.sources(name), tuple(catalog.sources.find(name)))
    listed_in = years_listed(state, name)
    every = [*per_year, *listed_in]
    per_year = {each: per_year.get(each, 0) for each in range(min(every), max(every) + 1)} if every else {}
    year = chosen.year if chosen else chosen_year(request, per_year, now=state.clock.now())
    covered = (
        year_coverage(state, known or site_named(name, config=state.config, catalog=catalog), year)
        if (year in listed_in)
        else None
    )
    values: dict[str, object] = {
        "name": name,
        "site": known,
        "days": days,
        "totals": (sum(d.captures for d in days), sum(d.pages for d in days), sum(d.bytes for d in days)),
        "room": catalog.statistics.files().get(name),
        "due": catalog.frontier.counts(name, now=state.clock.now()),
        "years": per_year,
        "year": year,
        "months": year_of(counts, year),
        "day": chosen,
        "listed": _listed(state, name, chosen) if chosen else [],
        "max_pages": MAX_PAGES,
        "growth": _growth(days, lambda day: day.captures),
        "growth_bytes": _growth(days, lambda day: day.bytes),
        "by_month": by_month(days),
        "sources": sources[:MAX_SOURCES],
        "failing": [source for source in sources if source.failing][:MAX_SOURCES],
        "verdicts": catalog.statistics.verdicts(name),
        "listed_in": listed_in,
        "covered": covered,
        "alerts": alerts_for(request, site=name),
        "most_alerts": MOST,
        "schedules": schedule_lines(request, name),
        "spoken": catalog.statistics.languages(name),
        "runs": [(run, took(run)) for run in catalog.runs.find(name, limit=RUNS)],
        "here": "site",
    }
    return page(request, "site.html", values)


def chosen_day(request: Request) -> date | None:
    """``day=2026-03-01``. Raises ``UsageError``."""
    text = request.query_params.get("day", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"not a day: {text[:40]!r}") from error


def chosen_year(request: Request, known: dict[int, int], *, now: datetime) -> int:
    """``year=2026``, else the last with anything, else this one. Raises ``UsageError``."""
    text = request.query_params.get("year", "")
    if text:
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 9999):
            raise UsageError(f"not a year: {text[:40]!r}")
        return int(text)
    return max(known, default=now.year)


def day_span(day: date) -> tuple[datetime, datetime]:
    """The first and the last instant of a day, UTC."""
    begin = datetime.combine(day, time(), UTC)
    return begin, begin + timedelta(days=1, microseconds=-1)


def _listed(state: WebState, name: str, day: date) -> list[tuple[object, str | None, str | None]]:
    catalog = state.archive.catalog
    begin, end = day_span(day)
    captures = catalog.captures.pages_between(name, begin, end, limit=MAX_PAGES)
    titles = catalog.articles.titles([capture.record_id for capture in captures])
    return [(capture, *titles.get(capture.record_id, (None, None))) for capture in captures]


def _growth(days: Sequence[SiteDay], value: object) -> object:
    assert callable(value)
    if not days:
        return None
    first, last = days[0].day, days[-1].day
    span = max(1, (last - first).days)
    total, points = 0, []
    for day in days:
        total += value(day)
        points.append(((day.day - first).days / span, total))
    return growth(points)


def by_month(days: Sequence[SiteDay]) -> list[MonthLine]:
    """The growth in figures, oldest first."""
    lines: list[MonthLine] = []
    captures = size = 0
    for day in days:
        month = day.day.replace(day=1)
        captures += day.captures
        size += day.bytes
        before = lines.pop() if lines and lines[-1].month == month else MonthLine(month, 0, 0, 0, 0)
        lines.append(MonthLine(month, before.captures + day.captures, before.bytes + day.bytes, captures, size))
    return lines


def source_lines(
    known: Site | None, seen: Sequence[FrontierState], asked: Sequence[SourceState] = ()
) -> list[SourceLine]:
    """The sources of the site file in its order, then those that were found in others."""
    by_key = {state.entry.key: state for state in seen}
    states = {state.key: state for state in asked}
    lines = []
    if known is not None:
        rules = ScopeRules(known)
        for source in known.sources:
            key = rules.key(source.url)
            lines.append(SourceLine(source.url, source.kind.value, by_key.pop(key, None), states.pop(key, None)))
    lines += [SourceLine(state.entry.url, "other", state, states.pop(key, None)) for key, state in by_key.items()]
    return lines + [SourceLine(state.url, "other", None, state) for state in states.values()]
