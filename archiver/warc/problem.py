"""What can be wrong with a record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """The kinds of problem; ``is_damage`` marks those that mean lost or changed bytes."""

    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    BLOCK_DIGEST = "block-digest"
    PAYLOAD_DIGEST = "payload-digest"
    CONTENT_LENGTH = "content-length"
    HTTP_LENGTH = "http-length"
    MEMBER = "gzip-member"
    LINE_ENDS = "line-ends"
    HEADER = "bad-header-line"
    CONTROL = "control-character"
    MISSING = "missing-field"
    FORBIDDEN = "forbidden-field"
    REPEATED = "repeated-field"
    UNKNOWN = "unknown-field"
    TYPE = "unknown-type"
    VALUE = "bad-value"
    DATE = "bad-date"
    DIGEST = "bad-digest"
    URI = "bad-uri"
    DUPLICATE_ID = "duplicate-id"
    WARCINFO = "warcinfo"
    CONCURRENT_TO = "concurrent-to"
    REVISIT = "revisit"
    HTTP_HEAD = "http-head"
    CHUNKED = "chunked-body"
    WARC_FIELDS = "warc-fields"

    @property
    def is_damage(self) -> bool:
        """Whether bytes were lost or changed."""
        return self in _DAMAGE


_DAMAGE = frozenset(
    {
        ProblemKind.TRUNCATED,
        ProblemKind.DAMAGED,
        ProblemKind.BLOCK_DIGEST,
        ProblemKind.PAYLOAD_DIGEST,
        ProblemKind.CONTENT_LENGTH,
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, with its place: the offset of the record's member, the record's id if it has one."""

    kind: ProblemKind
    offset: int
    record_id: str | None
    text: str
