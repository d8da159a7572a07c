"""The pages of runs: all of them, newest first, and one alone."""

from __future__ import annotations

from itertools import islice

from starlette.requests import Request
from starlette.responses import Response

from archiver.catalog import CaptureFilter
from archiver.errors import NotHeld
from archiver.web.home_page import took
from archiver.web.pages import page
from archiver.web.state import state_of

PER_PAGE = 50
SHOWN = 100
"""Captures of one run that are listed."""


def runs(request: Request) -> Response:
    """``/runs?site=…&before=…``."""
    state = state_of(request)
    site = request.query_params.get("site", "").strip() or None
    before = request.query_params.get("before", "").strip()
    behind = state.archive.catalog.runs.get(before) if before else None
    found = state.archive.catalog.runs.find(site, limit=PER_PAGE + 1, before=behind)
    values: dict[str, object] = {
        "site": site,
        "runs": [(run, took(run)) for run in found[:PER_PAGE]],
        "more": found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        "sites": list(state.overview.read().stats.sites),
        "here": "runs",
    }
    return page(request, "runs.html", values)


def run(request: Request) -> Response:
    """``/runs/{id}``."""
    state = state_of(request)
    catalog = state.archive.catalog
    found = catalog.runs.get(request.path_params["id"])
    if found is None:
        raise NotHeld(request.path_params["id"][:100], "no such run")
    captures = list(islice(catalog.captures.find(CaptureFilter(run=found.id), limit=SHOWN), SHOWN))
    captures.sort(key=lambda capture: capture.at)
    links = state_of(request).links(request)
    links.know(captures)
    files = catalog.files.find(run=found.id)
    slot = next((slot for slot in catalog.schedules.unfinished() if slot.run == found.id), None)
    values: dict[str, object] = {
        "run": found,
        "took": took(found),
        "files": files,
        "captures": captures,
        "links": links,
        "schedule": catalog.schedules.get(slot.schedule) if slot is not None else None,
        "here": "runs",
    }
    return page(request, "run.html", values)
