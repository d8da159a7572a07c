"""What a visit means for the row that it was made for: when it is due again, and whether the page is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from archiver.catalog import FrontierState, VisitOutcome
from archiver.discover import RevisitRules, ScopeRules, after_failure, born, due_after, is_worth_a_look
from archiver.fetch.politeness.day_budget import RevisitBudget
from archiver.fetch.run.candidates import SPECULATIVE
from archiver.fetch.run.leased_row import LeasedRow
from archiver.fetch.run.polls import Polls
from archiver.fetch.run.running import Running
from archiver.frontier.page_revisits import after_visit
from archiver.model.capture import Kind

GONE = frozenset({404, 410})
NOT_MODIFIED = 304


class Visits:
    """When what this run asks for is due again: pages by the revisit policy, sources by their own intervals."""

    def __init__(self, running: Running) -> None:
        site = running.site
        self._scope = ScopeRules(site)
        self._rules = RevisitRules.of(running.config.revisit, site)
        self._polls = Polls(running)
        self.budget = RevisitBudget(self._rules.daily, site.timezone, running.steady)

    def decide(self, row: LeasedRow, *, now: datetime) -> Callable[[FrontierState], VisitOutcome]:
        """What the answer to a row means, to be asked with the row as it stands when that is written."""
        status, url = row.status, row.entry.url
        is_page = row.entry.kind is Kind.PAGE
        page_class = self._scope.classify(url)
        is_gone = is_page and (status in GONE or (row.url is not None and self._scope.leads_away(url, row.url)))
        if row.entry.kind is Kind.SOURCE:
            polled = self._polled(row, now)
            return lambda _: polled
        is_good = status is not None and (200 <= status < 300 or status == NOT_MODIFIED)

        def visit(state: FrontierState) -> VisitOutcome:
            return after_visit(
                state, now=now, rules=self._rules, page_class=page_class, is_gone=is_gone, is_good=is_good
            )

        return visit

    def wakes(self, *, now: datetime) -> Callable[[FrontierState, datetime], bool]:
        """Which known pages and sources are due before their time, since a source says that they were changed."""

        def is_due(state: FrontierState, told: datetime) -> bool:
            entry, seen_at = state.entry, state.last_at or now
            if entry.kind is Kind.SOURCE:
                return seen_at < told <= now and now - seen_at >= self._polls.least(entry.key)
            return is_worth_a_look(
                self._rules,
                now=now,
                hinted_at=told,
                seen_at=seen_at,
                born_at=born(first_seen_at=entry.found_at, published_at=entry.published_at, now=now),
                changed_at=state.changed_at,
            )

        return is_due

    def _polled(self, row: LeasedRow, now: datetime) -> VisitOutcome:
        fault = self._polls.fault_of(row)
        if fault is not None and row.entry.hop == SPECULATIVE:
            return VisitOutcome(None, reason=fault)
        named = [each.key for each in row.candidates.values() if each.kind in {Kind.PAGE, Kind.SOURCE}]
        state = self._polls.answered(row, now=now, named=named)
        return VisitOutcome(now + due_after(state.interval), reason=state.reason)

    def due_after_failures(self, row: LeasedRow, *, now: datetime, failures: int, why: str) -> datetime | None:
        """When a row is due after so many failures in a row; None for never."""
        if row.entry.kind is Kind.SOURCE and row.entry.hop != SPECULATIVE:
            return now + self._polls.failed(row, now=now, why=why).interval
        return after_failure(now=now, failures=failures, first_seen_at=row.entry.found_at)
