"""Captures and candidates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from archiver.model.digest import Digest
from archiver.model.instant import rfc3339, timestamp17
from archiver.model.record import MEMENTO_TYPES, RecordId, RecordRef, RecordType, Truncated


class Kind(StrEnum):
    """What a capture was fetched as."""

    PAGE = "page"
    REQUISITE = "requisite"
    SOURCE = "source"
    ROBOTS = "robots"
    REDIRECT = "redirect"


class Verdict(StrEnum):
    """What a capture really is, once it was looked at."""

    ARTICLE = "article"
    INDEX = "index"
    REQUISITE = "requisite"
    BLOCKED = "blocked"
    PAYWALL = "paywall"
    CONSENT = "consent"
    SOFT_404 = "soft-404"
    ERROR = "error"
    TRUNCATED = "truncated"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that a source or a page names, with why and when it was found.

    ``via`` is the URL that named it; ``hop`` the WARC hop symbol (L link, E embed, R redirect, S speculative, M manifest,
    empty for a seed); ``published_at`` and ``modified_at`` what the source says of it, if anything.
    """

    url: str
    found_at: datetime
    via: str | None = None
    hop: str = "L"
    kind: Kind = Kind.PAGE
    title: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """The fact that this URL, at this instant, gave this status and these bytes, and where they lie.

    ``digest`` is the payload digest (SHA-1) over the stored, content-coded body; ``payload_sha256`` the same bytes'
    SHA-256; ``payload_length`` their number. ``status`` is None when no status line was read. ``at`` is the instant the
    request began, cut to milliseconds. ``via`` and ``hop`` say how it was reached.
    """

    url: str
    surt: str
    at: datetime
    status: int | None
    mime: str | None
    digest: Digest | None
    record_type: RecordType
    kind: Kind
    site: str
    run: str | None
    record_id: RecordId
    record: RecordRef
    verdict: Verdict | None = None
    truncated: Truncated | None = None
    via: str | None = None
    hop: str = ""
    payload_sha256: Digest | None = None
    payload_length: int | None = None
    refers_to: RecordId | None = None
    refers_to_url: str | None = None
    refers_to_at: datetime | None = None
    redirect: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def is_memento(self) -> bool:
        """Whether a reader can be given this capture as what its URL was: a response, a revisit or a resource."""
        return self.record_type in MEMENTO_TYPES

    @property
    def timestamp(self) -> str:
        """17 digits."""
        return timestamp17(self.at)

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver captures --json`` and ``/api/captures`` promise."""
        return {
            "url": self.url,
            "surt": self.surt,
            "at": rfc3339(self.at),
            "timestamp": self.timestamp,
            "status": self.status,
            "mime": self.mime,
            "digest": str(self.digest) if self.digest else None,
            "record_type": self.record_type.value,
            "kind": self.kind.value,
            "site": self.site,
            "run": self.run,
            "verdict": self.verdict.value if self.verdict else None,
            "truncated": self.truncated.value if self.truncated else None,
            "record_id": self.record_id,
            "file": self.record.file,
            "offset": self.record.offset,
            "length": self.record.length,
        }
