"""The sources of a run: what each answer says of one, kept in the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from archiver.catalog import SourceState
from archiver.discover import PollRules
from archiver.fetch.run.leased_row import LeasedRow
from archiver.fetch.run.running import Running
from archiver.frontier.source_state import after_bad_poll, after_good_poll
from archiver.model.site import Source, SourceKind

NOT_MODIFIED = 304


class Polls:
    """The sources of one run. Reads and writes the catalogue."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._known = {running.key(source.url): source for source in running.site.sources}

    def answered(self, row: LeasedRow, *, now: datetime, named: Sequence[str]) -> SourceState:
        """How a source is after an answer; ``named`` are the keys of pages and sources in it."""
        catalog = self._running.session.catalog
        before = self._before(row, now)
        moved = row.url if row.url is not None and row.url != row.entry.url else None
        state = replace(before, status=row.status, moved_to=moved)
        rules = self._rules(row.key, state.kind)
        fault = self.fault_of(row)
        if fault is not None:
            state = after_bad_poll(state, now=now, rules=rules, why=fault)
        else:
            keys = list(dict.fromkeys(named))
            fresh = len(keys) - len(catalog.frontier.known(row.entry.site, keys))
            state = after_good_poll(state, row.reading, now=now, rules=rules, named=len(keys), fresh=fresh)
        catalog.sources.put(state)
        return state

    def failed(self, row: LeasedRow, *, now: datetime, why: str) -> SourceState:
        """How a source is after no answer."""
        state = replace(self._before(row, now), status=row.status)
        state = after_bad_poll(state, now=now, rules=self._rules(row.key, state.kind), why=why)
        self._running.session.catalog.sources.put(state)
        return state

    def least(self, key: str) -> timedelta:
        """The shortest time between two looks at a source."""
        return self._rules(key, SourceKind.SITEMAP).least

    def fault_of(self, row: LeasedRow) -> str | None:
        """Why an answer is no reading of a source; None when it is, or says that nothing has changed."""
        status = row.status
        if status == NOT_MODIFIED:
            return None
        if status is None or not 200 <= status < 300:
            return f"status {status}"
        return row.reading.fault if row.reading is not None else "it was not read"

    def _before(self, row: LeasedRow, now: datetime) -> SourceState:
        known: SourceState | None = self._running.session.catalog.sources.get(row.entry.site, row.key)
        kind = self._kind(row, known)
        if known is not None:
            return replace(known, kind=kind, url=row.entry.url)
        return SourceState(row.entry.site, row.key, row.entry.url, kind, self._rules(row.key, kind).least, now)

    def _kind(self, row: LeasedRow, known: SourceState | None) -> SourceKind:
        """That of the site file, else what it was read as."""
        source = self._known.get(row.key)
        if source is not None:
            return source.kind
        if row.reading is not None and row.reading.fault is None:
            return row.reading.kind
        return known.kind if known is not None else SourceKind.SITEMAP

    def _rules(self, key: str, kind: SourceKind) -> PollRules:
        source = self._known.get(key) or Source("", kind)
        return PollRules.of(self._running.config.sources, source)
