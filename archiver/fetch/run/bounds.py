"""What a run takes at most: pages, pages of a host, sources; and the traps it has met. Shared by scheduler and middleware."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import date

from archiver.catalog import FrontierEntry
from archiver.config import Config
from archiver.discover import TrapWatch, form_of
from archiver.fetch.network.limits import trap_limits
from archiver.model.capture import Kind
from archiver.model.url import host_of

log = logging.getLogger(__name__)

TRAP = "trap: "
"""How the reason of a trapped URL begins in the frontier."""
KEPT = 100
"""Trapped URLs of one form that a run keeps with their reason. A trap has no end; its reason is told often enough by then."""
KEPT_IN_ALL = 20_000
"""The same for all forms together."""


class Bounds:
    """See the module. What is left out here stays in the frontier: the trapped for ever, the others due."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits
        self._traps = TrapWatch(trap_limits(config))
        self._pages = 0
        self._sources = 0
        self._of_host: Counter[str] = Counter()
        self._trapped: Counter[str] = Counter()
        self._kept = 0
        self.left: str | None = None

    def judge(self, entry: FrontierEntry, *, today: date) -> FrontierEntry | None:
        """The row of what a page or source names: as it is, never due where it leads into a trap, None where enough of such
        rows are kept."""
        why: str | None = None
        if entry.kind is Kind.SOURCE and entry.depth > self._limits.source_depth:
            why = f"more than {self._limits.source_depth} sources deep"
        elif entry.kind is Kind.PAGE:
            why = self._traps.judge(entry.url, depth=entry.depth, today=today, linked=entry.hop == "L")
        if why is None:
            return entry
        form = form_of(entry.url)
        if self._trapped[form] >= KEPT or self._kept >= KEPT_IN_ALL:
            return None
        self._trapped[form] += 1
        self._kept += 1
        log.info("not followed: %s: %s", entry.url, why)
        return replace(entry, due_at=None, reason=TRAP + why)

    def saw(self, entry: FrontierEntry, body: bytes) -> None:
        """A row was fetched: remember what the page says, where a link led to it."""
        if entry.kind is Kind.PAGE and entry.hop == "L":
            self._traps.saw(entry.url, body)

    def why_trapped(self, entry: FrontierEntry) -> str | None:
        """Why a row that waits is not fetched after all: its like have turned out to be a trap."""
        if entry.kind is not Kind.PAGE or entry.hop != "L":
            return None
        why = self._traps.why_closed(entry.url)
        return TRAP + why if why else None

    def admits(self, entry: FrontierEntry) -> bool:
        """Whether the run may take one more row like this; then it is counted."""
        limits = self._limits
        if entry.kind is Kind.SOURCE:
            return self._count(self._sources < limits.sources_per_run, "sources", entry)
        if entry.kind is not Kind.PAGE:
            return True
        if self._pages >= limits.pages_per_run:
            return self._count(False, "pages", entry)
        of_host = self._of_host[host_of(entry.url)]
        return self._count(of_host < limits.pages_per_host, f"pages of {host_of(entry.url)}", entry)

    def _count(self, fits: bool, what: str, entry: FrontierEntry) -> bool:
        if not fits:
            if self.left is None:
                log.warning("enough %s for one run ([limits]); what is due stays due", what)
            self.left = self.left or what
            return False
        self._sources += entry.kind is Kind.SOURCE
        self._pages += entry.kind is Kind.PAGE
        if entry.kind is Kind.PAGE:
            self._of_host[host_of(entry.url)] += 1
        return True
