"""The page of one URL: "have you got this?", its calendar and its captures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from starlette.requests import Request
from starlette.responses import Response

from archiver.archive import held as held_of
from archiver.catalog.days import captures_between, days_of_url
from archiver.catalog.neighbours import neighbours
from archiver.model.capture import Capture, Verdict
from archiver.model.surt import surt
from archiver.replay.address import full_url
from archiver.web.calendars import year_of, years
from archiver.web.pages import page
from archiver.web.plots import bars
from archiver.web.site_page import chosen_day, chosen_year, day_span
from archiver.web.state import state_of

LAST = 100
"""Captures that are listed where no day is chosen."""

MAX_LISTED = 1_000
MAX_MARKED = 40_000
"""Captures of one year that are looked through for changes."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A capture in a list, with the key of the message that says how its bytes compare with those before."""

    capture: Capture
    change: str | None
    article: bool = False


def held(request: Request) -> Response:
    """``/held?url=…&year=…&day=…``: the captures of an address."""
    asked = request.query_params.get("url", "").strip()
    if not asked:
        return page(request, "held.html", {"asked": "", "url": None, "held": None, "here": "held"})
    url = full_url(asked)
    state = state_of(request)
    catalog = state.archive.catalog
    key = surt(url)
    counts = days_of_url(catalog.database, key)
    if not counts:
        known = held_of(catalog, url, config=state.config)
        return page(request, "held.html", {"asked": asked, "url": url, "held": known, "total": 0, "here": "held"})
    per_year = years(counts)
    day = chosen_day(request)
    year = day.year if day else chosen_year(request, per_year, now=state.clock.now())
    first, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    of_year = captures_between(catalog.database, key, first, last, limit=MAX_MARKED)
    around = neighbours(catalog.database, key, first)
    rows = listed(of_year, before=around.prev)
    marks = {row.capture.at.date(): "changed" for row in rows if row.change == "change.new"}
    if day:
        begin, end = day_span(day)
        shown = [row for row in rows if begin <= row.capture.at <= end][:MAX_LISTED]
    else:
        shown = rows[:LAST]
    values: dict[str, object] = {
        "asked": asked,
        "url": url,
        "held": None,
        "total": sum(counts.values()),
        "first": around.first,
        "last": around.last,
        "years": per_year,
        "year": year,
        "months": year_of(counts, year, marks=marks),
        "timeline": _timeline(counts),
        "span": (min(counts), max(counts)),
        "day": day,
        "rows": shown,
        "more": len(shown) < len(rows) and day is None,
        "here": "held",
    }
    return page(request, "held.html", values)


def listed(captures: list[Capture], *, before: Capture | None = None) -> list[Listed]:
    """Captures, newest first, each beside the one before it in time; redirects and errors are not compared.

    ``before`` is the one that stands before the oldest of them.
    """
    older = before if before is not None and _comparable(before) else None
    rows: list[Listed] = []
    for capture in reversed(captures):
        article = capture.verdict is Verdict.ARTICLE
        if not _comparable(capture):
            rows.append(Listed(capture, None, article))
            continue
        same = older is not None and older.digest == capture.digest
        rows.append(
            Listed(capture, "change.first" if older is None else "change.same" if same else "change.new", article)
        )
        older = capture
    rows.reverse()
    return rows


def _comparable(capture: Capture) -> bool:
    return capture.digest is not None and capture.status is not None and 200 <= capture.status < 300


def _timeline(counts: dict[date, int]) -> dict[str, object]:
    """A bar for each month from the first to the last."""
    first, last = min(counts), max(counts)
    months = {}
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        months[f"{year:04d}-{month:02d}"] = 0
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    for day, count in counts.items():
        months[f"{day.year:04d}-{day.month:02d}"] += count
    return {"bars": bars(list(months.items())), "most": max(months.values()), "months": months}
