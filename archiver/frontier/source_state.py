"""How a source is after it was fetched once more: pure functions from its state before and what came.

A page of an error, HTML in a feed's place, or a status that is no success is a failure with its reason, never an empty source.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archiver.catalog import SourceState
from archiver.discover import (
    PollRules,
    SourceReading,
    after_poll_failure,
    next_interval,
    next_window,
    window_of,
)
from archiver.model.site import SourceKind

GAP_FROM = 5
"""Addresses from which on none known among them means that others may have passed by."""
_WINDOWS = frozenset({SourceKind.FEED, SourceKind.NEWS_SITEMAP})
_KINDS = {
    "rss": SourceKind.FEED,
    "atom": SourceKind.FEED,
    "rdf": SourceKind.FEED,
    "json-feed": SourceKind.FEED,
    "news-sitemap": SourceKind.NEWS_SITEMAP,
    "html": SourceKind.FRONT,
}


@dataclass(frozen=True, slots=True)
class PollResult:
    """What was read of a source: its format, how many entries it has, what was wrong, and in what time they are replaced."""

    format: str
    entries: int
    fault: str | None = None
    window: timedelta | None = None

    @classmethod
    def of(cls, reading: SourceReading) -> PollResult:
        """Of a feed or sitemap."""
        fault = None if reading.is_source else next((p.detail for p in reading.problems), reading.format.value)
        dates = (each.published_at for each in reading.candidates)
        return cls(reading.format.value, reading.entries, fault, window_of(dates))

    @classmethod
    def of_front(cls, links: int) -> PollResult:
        """Of a home page or section front: one without a link is a failure."""
        return cls("html", links, None if links else "a page without a link")

    @property
    def kind(self) -> SourceKind:
        """The kind of a source that no site file describes."""
        return _KINDS.get(self.format, SourceKind.SITEMAP)


def after_good_poll(
    state: SourceState, reading: PollResult | None, *, now: datetime, rules: PollRules, named: int = 0, fresh: int = 0
) -> SourceState:
    """A source after a good answer that named ``named`` addresses, ``fresh`` of them not known before. No ``reading`` says
    that nothing has changed since the answer before (304)."""
    first = state.good_at is None
    window = state.window
    changed = state
    if reading is not None:
        if state.kind is not SourceKind.FRONT:  # menus are most of a front, and never replaced
            passed = now - state.good_at if state.good_at is not None else None
            window = next_window(window, by_dates=reading.window, entries=named, fresh=fresh, passed=passed)
        is_gap = not first and named >= GAP_FROM and fresh == named and state.kind in _WINDOWS
        changed = replace(
            state,
            format=reading.format,
            entries=reading.entries,
            fresh=fresh,
            gap_at=now if is_gap else state.gap_at,
        )
    return replace(
        changed,
        interval=next_interval(rules, known=None if first else state.interval, fresh=fresh, window=window),
        window=window,
        polled_at=now,
        good_at=now,
        fresh_at=now if fresh else state.fresh_at,
        gained=state.gained + fresh,
        quiet=0 if fresh else state.quiet + 1,
        failures=0,
        reason=None,
    )


def after_bad_poll(state: SourceState, *, now: datetime, rules: PollRules, why: str) -> SourceState:
    """A source after no answer, or one that is none: what was known of it stays."""
    failures = state.failures + 1
    wait = after_poll_failure(rules, failures=failures)
    return replace(state, interval=wait, polled_at=now, failures=failures, failed_at=now, reason=why)
