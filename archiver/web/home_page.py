"""The home page: what is held, what ran, what is wrong, and what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from archiver.catalog import SiteFiles, SiteStats
from archiver.model.run import Run
from archiver.web.alerting import MOST, alerts_for
from archiver.web.pages import page, speech_of
from archiver.web.plots import Bar, bars
from archiver.web.state import Overview, state_of
from archiver.web.trouble import said, troubles

RUNS = 6


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site in the table: what is held of it, its room, its last days."""

    name: str
    title: str
    stats: SiteStats
    room: SiteFiles
    cost: float
    bars: list[Bar]
    lately: int
    most: int


def home(request: Request) -> Response:
    """``/``: what is held, at a glance."""
    state = state_of(request)
    overview = state.overview.read()
    speech = speech_of(request)
    now = state.clock.now()
    runs = state.archive.catalog.runs.find(limit=RUNS)
    lines = [_line(overview, name, titles=state.titles) for name in overview.stats.sites]
    alerts = alerts_for(request)
    told = {alert.rule for alert in alerts or ()}
    values: dict[str, object] = {
        "alerts": alerts or [],
        # Visitors see that something is wrong; what, those who keep the archive.
        "hidden_alerts": alerts is None and bool(state.archive.catalog.alerts.find(limit=1)),
        "most_alerts": MOST,
        "overview": overview,
        "stats": overview.stats,
        "lines": lines,
        "disk": sum(line.room.bytes for line in lines),
        "cost": sum(line.cost for line in lines),
        "price": state.config.store.price,
        "currency": state.config.store.currency,
        "runs": [(run, took(run)) for run in runs],
        "troubles": [
            (said(trouble, speech), trouble.link) for trouble in troubles(state, overview, now=now, told=told)
        ],
        "here": "home",
    }
    return page(request, "home.html", values)


def took(run: Run) -> timedelta | None:
    """How long a run took; None while it goes on."""
    return run.ended_at - run.started_at if run.ended_at else None


def _line(overview: Overview, name: str, *, titles: Mapping[str, str]) -> SiteLine:
    room = overview.room.get(name, SiteFiles(0, 0, 0))
    days = [(day.isoformat(), count) for day, count in overview.lately.get(name, {}).items()]
    counts = [count for _, count in days]
    return SiteLine(
        name=name,
        title=titles.get(name) or name,
        stats=overview.stats.sites[name],
        room=room,
        cost=overview.price * room.bytes / 1_000_000_000,
        bars=bars(days, gap=0.3),
        lately=sum(counts),
        most=max(counts, default=0),
    )
