"""The manifest: the facts of one sealed WARC, written once, silent on what is derived later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archiver.model.instant import rfc3339

VERSION = 1
MAX_MANIFEST = 16_000_000
"""Bytes of a manifest that are read."""
REPLACES = "replaces"
"""In ``extra``: the key of the WARC that this one stands for, of which only the manifest is left."""


@dataclass(frozen=True, slots=True)
class BadRange:
    """Bytes of an imported WARC that are no sound record: where they begin, how many they are, and what is wrong."""

    offset: int
    length: int
    why: str

    @property
    def end(self) -> int:
        """The first byte after it."""
        return self.offset + self.length

    def as_json(self) -> dict[str, object]:
        """As it stands in the manifest and in ``archiver import --json``."""
        return {"offset": self.offset, "length": self.length, "why": self.why}


@dataclass(frozen=True, slots=True)
class Manifest:
    """Facts of one WARC: key, size in bytes, SHA-256 (hex), record counts by type, site, runs, first and last WARC-Date,
    the software that wrote it, whether it is a model archive's, and the SHA-256 of the manifest before it in its site.

    ``bad`` are the ranges of an imported file that are not read, by offset; they do not overlap."""

    key: str
    size: int
    sha256: str
    records: Mapping[str, int]
    site: str
    runs: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    sealed_at: datetime
    software: str
    cdxj_sha256: str
    previous: str | None = None
    model: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    bad: tuple[BadRange, ...] = ()

    def to_bytes(self) -> bytes:
        """Canonical JSON (sorted keys, UTF-8, one trailing newline): the bytes whose hash the next manifest names."""
        data: dict[str, object] = {
            "version": VERSION,
            "key": self.key,
            "size": self.size,
            "sha256": self.sha256,
            "records": dict(self.records),
            "site": self.site,
            "runs": list(self.runs),
            "first_at": rfc3339(self.first_at),
            "last_at": rfc3339(self.last_at),
            "sealed_at": rfc3339(self.sealed_at),
            "software": self.software,
            "cdxj_sha256": self.cdxj_sha256,
            "previous": self.previous,
            "model": self.model,
            "extra": dict(self.extra),
        }
        if self.bad:
            data["bad"] = [each.as_json() for each in self.bad]
        return (json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read one back. Raises ``ValueError``, whatever is wrong with the bytes."""
        try:
            manifest = cls._of(json.loads(data))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a manifest: {type(error).__name__}: {error}") from error
        m = manifest
        texts = (m.key, m.sha256, m.site, m.software, m.cdxj_sha256, *m.runs, m.previous or "")
        numbers = (m.size, *(m.records.values() if isinstance(m.records, dict) else ("none",)))
        places = [(each.offset, each.length) for each in m.bad]
        aware = all(at.tzinfo is not None for at in (m.first_at, m.last_at, m.sealed_at))
        typed = all(type(text) is str for text in texts) and all(type(number) is int for number in numbers)
        if not aware or not typed or any(type(n) is not int or n < 0 for place in places for n in place):
            raise ValueError("not a manifest: a value is of the wrong type")
        return manifest

    @classmethod
    def _of(cls, raw: Mapping[str, Any]) -> Manifest:
        if raw["version"] != VERSION:
            raise ValueError(f"manifest version {raw['version']!r} is not known")
        return cls(
            key=raw["key"],
            size=raw["size"],
            sha256=raw["sha256"],
            records=raw["records"],
            site=raw["site"],
            runs=tuple(raw["runs"]),
            first_at=datetime.fromisoformat(raw["first_at"]),
            last_at=datetime.fromisoformat(raw["last_at"]),
            sealed_at=datetime.fromisoformat(raw["sealed_at"]),
            software=raw["software"],
            cdxj_sha256=raw["cdxj_sha256"],
            previous=raw["previous"],
            model=raw["model"],
            extra=raw["extra"],
            bad=tuple(BadRange(each["offset"], each["length"], str(each["why"])) for each in raw.get("bad", ())),
        )

    @property
    def replaces(self) -> str | None:
        """The key of the WARC that this one stands for."""
        return self.extra.get(REPLACES)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes, which the next manifest of the site names as ``previous``."""
        return hashlib.sha256(self.to_bytes()).hexdigest()
