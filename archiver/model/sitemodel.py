"""The learnt model of a site: what its own pages showed of its templates. Data, made by ``archiver extract --learn``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from archiver.model.instant import rfc3339

MODEL_FORMAT = 1
LONGEST = 500
"""Characters of the longest line that may be furniture."""
EDGE_FIRST, EDGE_LAST = 2, 4
"""How many blocks at the beginning and at the end of a text are its edges."""


@dataclass(frozen=True, slots=True)
class LearntContainer:
    """An element that held the body of ``pages`` pages, by its signature, and when those were captured."""

    signature: str
    pages: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class LearntBox:
    """An element inside the body that is none of it, by its signature; seen on ``pages`` pages. ``why`` is in words, ``sample`` its first line."""

    signature: str
    pages: int
    why: str
    sample: str


@dataclass(frozen=True, slots=True)
class LearntText:
    """A line that recurs on ``pages`` pages, by the key of its letters. With ``edge`` it counts only at the beginning or the end of a text."""

    key: str
    pages: int
    edge: bool
    sample: str


@dataclass(frozen=True, slots=True)
class SiteModel:
    """What was learnt of a site from ``pages`` articles captured between ``first_at`` and ``last_at``, by which extractor.

    ``version`` is twelve characters of the SHA-256 of its bytes, so that the same pages teach the same version; ``versioned`` sets it.
    """

    site: str
    extractor: str
    pages: int
    first_at: datetime
    last_at: datetime
    containers: tuple[LearntContainer, ...] = ()
    boxes: tuple[LearntBox, ...] = ()
    texts: tuple[LearntText, ...] = ()
    version: str = ""

    def as_json(self) -> dict[str, Any]:
        """The model as the catalogue and the store keep it."""
        return {
            "format": MODEL_FORMAT,
            "site": self.site,
            "extractor": self.extractor,
            "pages": self.pages,
            "first_at": rfc3339(self.first_at),
            "last_at": rfc3339(self.last_at),
            "containers": [
                {
                    "signature": c.signature,
                    "pages": c.pages,
                    "first_at": rfc3339(c.first_at),
                    "last_at": rfc3339(c.last_at),
                }
                for c in self.containers
            ],
            "boxes": [
                {"signature": b.signature, "pages": b.pages, "why": b.why, "sample": b.sample} for b in self.boxes
            ],
            "texts": [{"key": t.key, "pages": t.pages, "edge": t.edge, "sample": t.sample} for t in self.texts],
        }

    def to_bytes(self) -> bytes:
        """Its JSON: sorted keys, one space of indent, a line end. The same model is the same bytes."""
        return (json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> SiteModel:
        """The model that these bytes are. Raises ``ValueError``, whatever is wrong with them."""
        try:
            return versioned(_model_of(json.loads(data)))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a site's model: {type(error).__name__}: {error}") from error


def versioned(model: SiteModel) -> SiteModel:
    """The model with the version that its content has."""
    return replace(model, version=hashlib.sha256(model.to_bytes()).hexdigest()[:12])


def _model_of(raw: Mapping[str, Any]) -> SiteModel:
    if raw["format"] != MODEL_FORMAT:
        raise ValueError(f"a site's model of format {raw['format']!r}; this program reads {MODEL_FORMAT}")
    return SiteModel(
        site=str(raw["site"]),
        extractor=str(raw["extractor"]),
        pages=int(raw["pages"]),
        first_at=_instant(raw["first_at"]),
        last_at=_instant(raw["last_at"]),
        containers=tuple(
            LearntContainer(str(c["signature"]), int(c["pages"]), _instant(c["first_at"]), _instant(c["last_at"]))
            for c in raw["containers"]
        ),
        boxes=tuple(
            LearntBox(str(b["signature"]), int(b["pages"]), str(b["why"]), str(b["sample"])) for b in raw["boxes"]
        ),
        texts=tuple(
            LearntText(str(t["key"]), int(t["pages"]), bool(t["edge"]), str(t["sample"])) for t in raw["texts"]
        ),
    )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"a time without its zone: {text!r}")
    return at
