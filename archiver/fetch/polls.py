"""What an answer says of a source: whether it was one, what it brought, and when it is asked again.

A page of an error, HTML in a feed's place, or a status that is no success is a failure with its reason, never an empty source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from archiver.catalog import SourceState
from archiver.discover import PollRules, after_poll_failure, next_interval, next_window
from archiver.fetch.rows import Row
from archiver.fetch.running import Running
from archiver.model.site import Source, SourceKind

NOT_MODIFIED = 304
GAP_FROM = 5
"""Addresses from which on none known among them means that others may have passed by."""


class Polls:
    """The sources of one run."""

    def __init__(self, running: Running) -> None:
        self._running = running
        site = running.site
        self._known = {running.key(source.url): source for source in site.sources}

    def rules_for(self, key: str, kind: SourceKind) -> PollRules:
        """The bounds of a source's interval: its own, where the site file names it, else those of its kind."""
        source = self._known.get(key) or Source("", kind)
        return PollRules.of(self._running.config.sources, source)

    def answered(self, row: Row, *, now: datetime, candidates: Sequence[str]) -> SourceState:
        """How a source is after an answer; ``candidates`` are the keys that it names. Keeps it, and reads the frontier."""
        catalog = self._running.session.catalog
        state = self._state(row, now)
        moved = row.url if row.url is not None and row.url != row.entry.url else None
        state = replace(state, status=row.status, moved_to=moved, polled_at=now)
        fault = self.fault_of(row)
        if fault is not None:
            return self._keep(self._failed(state, row, now=now, why=fault))
        fresh = 0
        if row.reading is not None:
            known: set[str] = catalog.frontier.known(row.entry.site, candidates)
            fresh = len(set(candidates) - known)
        return self._keep(self._good(state, row, now=now, named=len(set(candidates)), fresh=fresh))

    def failed(self, row: Row, *, now: datetime, why: str) -> SourceState:
        """How a source is after no answer."""
        state = replace(self._state(row, now), polled_at=now, status=row.status)
        return self._keep(self._failed(state, row, now=now, why=why))

    def _state(self, row: Row, now: datetime) -> SourceState:
        catalog = self._running.session.catalog
        known: SourceState | None = catalog.sources.get(row.entry.site, row.key)
        kind = self._kind(row, known)
        if known is not None:
            return replace(known, kind=kind, url=row.entry.url)
        least = self.rules_for(row.key, kind).least
        return SourceState(row.entry.site, row.key, row.entry.url, kind, least, now)

    def _kind(self, row: Row, known: SourceState | None) -> SourceKind:
        source = self._known.get(row.key)
        if source is not None:
            return source.kind
        if row.reading is None or row.reading.fault is not None:
            return known.kind if known else SourceKind.SITEMAP
        return _KINDS.get(row.reading.format, SourceKind.SITEMAP)

    def fault_of(self, row: Row) -> str | None:
        """Why an answer is no reading of a source; None when it is, or says that nothing has changed."""
        status = row.status
        if status == NOT_MODIFIED:
            return None
        if status is None or not 200 <= status < 300:
            return f"status {status}"
        return row.reading.fault if row.reading is not None else "it was not read"

    def _good(self, state: SourceState, row: Row, *, now: datetime, named: int, fresh: int) -> SourceState:
        rules = self.rules_for(row.key, state.kind)
        reading = row.reading
        first = state.good_at is None
        window = state.window
        is_list = state.kind is not SourceKind.FRONT  # menus are most of a front, and never replaced
        changes: dict[str, object] = {}
        if reading is not None:
            if is_list:
                passed = now - state.good_at if state.good_at is not None else None
                window = next_window(window, told=reading.window, entries=named, fresh=fresh, passed=passed)
            changes = {"format": reading.format, "entries": reading.entries, "fresh": fresh}
            if not first and named >= GAP_FROM and fresh == named and state.kind in _WINDOWS:
                changes["gap_at"] = now
        interval = next_interval(rules, known=None if first else state.interval, fresh=fresh, window=window)
        if fresh:
            changes["fresh_at"] = now
        return replace(
            state,
            interval=interval,
            window=window,
            good_at=now,
            gained=state.gained + fresh,
            quiet=0 if fresh else state.quiet + 1,
            failures=0,
            reason=None,
            **changes,  # type: ignore[arg-type]
        )

    def _failed(self, state: SourceState, row: Row, *, now: datetime, why: str) -> SourceState:
        rules = self.rules_for(row.key, state.kind)
        failures = state.failures + 1
        wait = after_poll_failure(rules, failures=failures)
        return replace(state, interval=max(wait, rules.least), failures=failures, failed_at=now, reason=why)

    def _keep(self, state: SourceState) -> SourceState:
        self._running.session.catalog.sources.put(state)
        return state


_WINDOWS = frozenset({SourceKind.FEED, SourceKind.NEWS_SITEMAP})
_KINDS = {
    "rss": SourceKind.FEED,
    "atom": SourceKind.FEED,
    "rdf": SourceKind.FEED,
    "json-feed": SourceKind.FEED,
    "news-sitemap": SourceKind.NEWS_SITEMAP,
    "html": SourceKind.FRONT,
}
