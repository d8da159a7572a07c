"""Damage: what can be wrong with stored objects, and one finding of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DamageKind(StrEnum):
    """The kinds that ``archiver verify`` promises."""

    FLIPPED = "flipped"
    TRUNCATED = "truncated"
    SWAPPED = "swapped"
    MISSING = "missing"
    UNKNOWN = "unknown"
    ROW_WITHOUT_RECORD = "row-without-record"
    RECORD_WITHOUT_ROW = "record-without-row"
    CHAIN_BROKEN = "chain-broken"


@dataclass(slots=True)
class Damage:
    """One finding: the object, the place in it and the URL as far as they are known, what was expected and what found."""

    kind: DamageKind
    key: str
    offset: int | None = None
    url: str | None = None
    expected: str | None = None
    found: str | None = None
    repaired: bool = False

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver verify --json`` promises."""
        return {
            "kind": self.kind.value,
            "key": self.key,
            "offset": self.offset,
            "url": self.url,
            "expected": self.expected,
            "found": self.found,
            "repaired": self.repaired,
        }
