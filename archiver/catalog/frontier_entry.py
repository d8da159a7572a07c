"""One URL of the frontier: what it is, what became of it, and what a visit means for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import neg
from typing import Any

from archiver.catalog.row_map import Codec, RowMap
from archiver.model.capture import Kind


@dataclass(frozen=True, slots=True)
class FrontierEntry:
    """A URL of a site, with the time at which it is next due (None: never again).

    ``key`` tells the site's URLs apart (one page, one key); ``via``, ``hop`` and ``depth`` say how it was found. Higher
    ``priority`` goes first. ``request`` is what a spider needs to make the request again: a small JSON object. ``reason`` says why a URL
    that is never due was not fetched; ``visits`` counts the answers so far. ``modified_at`` is when it was last changed, as a source
    says; it is not stored.
    """

    site: str
    key: str
    url: str
    kind: Kind
    via: str | None
    hop: str
    depth: int
    priority: int
    due_at: datetime | None
    found_at: datetime
    published_at: datetime | None = None
    modified_at: datetime | None = None
    request: dict[str, Any] | None = None
    reason: str | None = None
    visits: int = 0


@dataclass(frozen=True, slots=True)
class FrontierState:
    """An entry and what became of it. ``attempts`` counts failures since the last success, ``visits`` successes;
    ``reason`` says why the last attempt failed, or that the page is withdrawn.

    ``text_sha256`` is the digest of the article's text as it was last read, from the capture of ``text_at``; ``changes``
    counts how often it was another than before, at ``changed_at`` the last time. ``absences`` counts the visits in a row at which the
    page was not there.
    """

    entry: FrontierEntry
    lease_until: datetime | None
    lease_run: str | None
    attempts: int
    visits: int
    last_at: datetime | None
    last_status: int | None
    reason: str | None
    text_sha256: bytes | None = None
    text_at: datetime | None = None
    changed_at: datetime | None = None
    changes: int = 0
    absences: int = 0


@dataclass(frozen=True, slots=True)
class VisitOutcome:
    """What a visit means for a row: when it is due next (None: never), how many visits in a row found no page, why, and its
    new priority (None: as it was)."""

    next_due: datetime | None
    absences: int = 0
    reason: str | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class FrontierCounts:
    """How many URLs of a site are due now, leased to a run, waiting for their time, or never due again."""

    due: int
    leased: int
    waiting: int
    never: int


# ``rank`` is minus the priority, so that one ascending index gives the rows in their turn.
_HOW: Any = {"columns": {"priority": "rank"}, "codecs": {"priority": Codec(neg, neg)}, "without": ("modified_at",)}
ENTRY = RowMap(FrontierEntry, **_HOW)
STATE = RowMap(FrontierState, **_HOW)


def new_row(entry: FrontierEntry) -> dict[str, Any]:
    """The columns of a URL that was never fetched."""
    return ENTRY.write(entry) | {"attempts": 0, "visits": 0}
