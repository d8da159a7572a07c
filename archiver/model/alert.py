"""Alerts: what is wrong with an archive, from when it was first seen until it is no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from archiver.model.instant import rfc3339


class AlertRule(StrEnum):
    """What is looked for."""

    SLOT_MISSED = "slot-missed"
    SLOT_LATE = "slot-late"
    SLOT_FAILED = "slot-failed"
    RUN_SHRANK = "run-shrank"
    SOURCE_FAILS = "source-fails"
    SOURCE_QUIET = "source-quiet"
    EXTRACTION_FELL = "extraction-fell"
    DISK_FULL = "disk-full"
    SPOOL_FULL = "spool-full"
    STORE_FULL = "store-full"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now. ``rule`` and ``subject`` name it, so that it is the same thing at the next look."""

    rule: AlertRule
    subject: str
    text: str
    site: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """A finding with its time: raised when it was first seen, told last at ``told_at``, resolved when it was seen no more."""

    id: str
    finding: Finding
    raised_at: datetime
    seen_at: datetime
    told_at: datetime | None = None
    resolved_at: datetime | None = None

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver alerts --json``, ``/api/alerts``, and of what webhook and command are told."""
        return {
            "alert": self.id,
            "rule": self.finding.rule.value,
            "subject": self.finding.subject,
            "site": self.finding.site,
            "text": self.finding.text,
            "facts": dict(self.finding.facts),
            "raised_at": rfc3339(self.raised_at),
            "seen_at": rfc3339(self.seen_at),
            "told_at": rfc3339(self.told_at) if self.told_at else None,
            "resolved_at": rfc3339(self.resolved_at) if self.resolved_at else None,
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one channel. ``due_at`` is None once it was delivered, or given up; ``error`` is why it failed last."""

    id: str
    alert: str
    channel: str
    body: Mapping[str, Any]
    due_at: datetime | None
    attempts: int = 0
    delivered_at: datetime | None = None
    error: str | None = None
