"""Events: what was done to an object, when, by what, and how it went (PREMIS 3, the event entity).

An event is a journal entry of kind ``event``, and so an object of the store like every other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from ulid import ULID

from archiver.catalog import Catalog, JournalEntry
from archiver.journal.objects import EVENT
from archiver.model.instant import cut, rfc3339
from archiver.model.software import VERSION


class EventType(StrEnum):
    """The event types of PREMIS that the archive uses (id.loc.gov, preservation/eventType)."""

    CAPTURE = "capture"
    INGESTION = "ingestion"
    VALIDATION = "validation"
    FIXITY_CHECK = "fixity check"
    REPLICATION = "replication"
    RECOVERY = "recovery"
    MIGRATION = "migration"
    REDACTION = "redaction"
    DELETION = "deletion"


SUCCESS = "success"
FAILURE = "failure"


def record_event(
    catalog: Catalog,
    kind: EventType,
    *,
    key: str | None,
    outcome: str,
    detail: str = "",
    facts: Mapping[str, Any] | None = None,
    once_at: datetime | None = None,
) -> JournalEntry:
    """Write down an event of the object ``key`` (None: of the whole archive).

    With ``once_at`` the event happened then, and telling it again is no second event: its id is made of its facts.
    """
    at = cut(once_at or catalog.clock.now())
    body = {
        "type": kind.value,
        "dateTime": rfc3339(at),
        "outcome": outcome,
        "detail": detail,
        "agent": {"software": "news-archiver", "version": VERSION},
        "object": key,
        "facts": dict(facts or {}),
    }
    if once_at is None:
        return catalog.journal.record(EVENT, body)
    stamp = int(at.timestamp() * 1000).to_bytes(6, "big")
    mark = hashlib.sha256(f"{kind.value}\0{key}\0{outcome}".encode()).digest()[:10]
    entry = JournalEntry(str(ULID.from_bytes(stamp + mark)), at, EVENT, body)
    catalog.journal.append(entry)
    return entry
