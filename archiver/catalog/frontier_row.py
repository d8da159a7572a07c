"""One URL of the frontier, as a row and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from archiver.catalog.sql import Row, optional_instant, optional_micros, to_json
from archiver.model.capture import Kind
from archiver.model.instant import from_micros, micros


@dataclass(frozen=True, slots=True)
class FrontierEntry:
    """A URL of a site, with the time at which it is next due (None: never again).

    ``key`` tells the site's URLs apart (one page, one key); ``via``, ``hop`` and ``depth`` say how it was found. Higher
    ``priority`` goes first. ``request`` is what a spider needs to ask again: a small JSON object. ``reason`` says why a URL
    that is never due was not fetched; ``visits`` counts the answers so far. ``modified_at`` is when a source says that
    it was last changed: said, and not kept.
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
class Visit:
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


def row_of(entry: FrontierEntry) -> dict[str, Any]:
    """The columns of a URL that was never fetched."""
    return {
        "site": entry.site,
        "key": entry.key,
        "url": entry.url,
        "kind": entry.kind.value,
        "via": entry.via,
        "hop": entry.hop,
        "depth": entry.depth,
        "rank": -entry.priority,
        "found_at": micros(entry.found_at),
        "published_at": optional_micros(entry.published_at),
        "request": to_json(entry.request) if entry.request is not None else None,
        "due_at": optional_micros(entry.due_at),
        "lease_until": None,
        "lease_run": None,
        "attempts": 0,
        "visits": 0,
        "last_at": None,
        "last_status": None,
        "reason": entry.reason,
    }


def entry_of(row: RowMapping | Row) -> FrontierEntry:
    """The entry of a row."""
    return FrontierEntry(
        site=row["site"],
        key=row["key"],
        url=row["url"],
        kind=Kind(row["kind"]),
        via=row["via"],
        hop=row["hop"],
        depth=row["depth"],
        priority=-row["rank"],
        due_at=optional_instant(row["due_at"]),
        found_at=from_micros(row["found_at"]),
        published_at=optional_instant(row["published_at"]),
        request=json.loads(row["request"]) if row["request"] is not None else None,
        visits=row["visits"],
    )


def state_of(row: RowMapping | Row) -> FrontierState:
    """The entry of a row, and what became of it."""
    return FrontierState(
        entry=entry_of(row),
        lease_until=optional_instant(row["lease_until"]),
        lease_run=row["lease_run"],
        attempts=row["attempts"],
        visits=row["visits"],
        last_at=optional_instant(row["last_at"]),
        last_status=row["last_status"],
        reason=row["reason"],
        text_sha256=row["text_sha256"],
        text_at=optional_instant(row["text_at"]),
        changed_at=optional_instant(row["changed_at"]),
        changes=row["changes"],
        absences=row["absences"],
    )
