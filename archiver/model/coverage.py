"""The words of the coverage ledger: whether a URL is held, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    """Whether a page is held; missing is what was listed and is not, unknown what nobody has named."""

    HELD = "held"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Missing(StrEnum):
    """Why a listed page is not held."""

    NOT_YET_DUE = "not-yet-due"
    ROBOTS = "robots"
    BLOCKED = "blocked"
    PAYWALL = "paywall"
    ERROR = "error"
    OUT_OF_SCOPE = "out-of-scope"
    BUDGET = "budget"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class UrlCoverage:
    """One listed URL; ``reason`` is None where it is held."""

    url: str
    state: State
    reason: Missing | None

    def as_json(self) -> dict[str, object]:
        """As in the ``urls`` of a day."""
        return {"url": self.url, "state": self.state.value, "reason": self.reason.value if self.reason else None}


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """What was first listed on one day in the site's zone: ``listed`` is always ``held`` and the sum of ``missing``."""

    site: str
    day: date
    listed: int
    held: int
    missing: Mapping[Missing, int]
    urls: tuple[UrlCoverage, ...]

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver coverage --json`` and ``/api/coverage`` promise."""
        return {
            "site": self.site,
            "day": self.day.isoformat(),
            "listed": self.listed,
            "held": self.held,
            "missing": {reason.value: self.missing[reason] for reason in Missing if self.missing.get(reason)},
            "urls": [url.as_json() for url in self.urls],
        }
