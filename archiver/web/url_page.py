"""The page of one URL: "have you got this?", its calendar and its captures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from starlette.requests import Request
from starlette.responses import Response

from archiver.archive import held as held_of
from archiver.catalog import TextState
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
FIRST, SAME, NEW = "change.first", "change.same", "change.new"


@dataclass(frozen=True, slots=True)
class ListedCapture:
    """A capture in a list, with the key of the message that says how its text compares with the one before."""

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
    counts = catalog.mementos.days(key)
    if not counts:
        known = held_of(catalog, url, config=state.config)
        return page(request, "held.html", {"asked": asked, "url": url, "held": known, "total": 0, "here": "held"})
    per_year = years(counts)
    day = chosen_day(request)
    year = day.year if day else chosen_year(request, per_year, now=state.clock.now())
    first, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    around = catalog.mementos.neighbours(key, first)
    states = catalog.mementos.text_states(key, since=first, until=last)
    changes = changes_of(states)
    begin, end = day_span(day) if day else (first, last)
    some = catalog.mementos.newest(key, since=begin, until=end, limit=MAX_LISTED if day else LAST)
    shown = [ListedCapture(each, changes.get(each.record_id), each.verdict is Verdict.ARTICLE) for each in some]
    marks = {state.at.date(): "changed" for state in states if changes[state.record_id] == NEW}
    links = state.links(request)
    links.know((*some, *(c for c in (around.first, around.last) if c is not None)))
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
        "links": links,
        "here": "held",
    }
    return page(request, "held.html", values)


def changes_of(states: Sequence[TextState]) -> dict[str, str | None]:
    """Record id to the key of a message: whether a capture says what the last one before it said of which it is known."""
    changes: dict[str, str | None] = {}
    before: TextState | None = None
    for state in states:
        same = before.says_same(state) if before is not None else None
        changes[state.record_id] = FIRST if before is None else {True: SAME, False: NEW, None: None}[same]
        if before is None or state.content is not None or before.content is None:
            before = state
    return changes


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
