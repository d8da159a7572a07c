"""Why a request is made: kind, hop and what named it. It travels in ``request.meta["reason"]`` as plain JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scrapy import Request

from archiver.model.capture import Kind

META = "reason"


@dataclass(frozen=True, slots=True)
class Reason:
    """Kind, hop symbol and naming URL of a request; ``depth`` counts links followed inside pages."""

    kind: Kind = Kind.PAGE
    hop: str = "L"
    via: str | None = None
    depth: int = 0

    @classmethod
    def of(cls, request: Request) -> Reason:
        """The reason of a request as it goes out: after a redirect, hop R and the URL before."""
        told = cls.told(request)
        if told is None:
            told = cls()
        hops = request.meta.get("redirect_urls")
        if hops:
            return cls(told.kind, "R", hops[-1], told.depth)
        return told

    @classmethod
    def told(cls, request: Request) -> Reason | None:
        """What the request's maker said; None when nothing was said."""
        raw = request.meta.get(META)
        if not isinstance(raw, dict):
            return None
        return cls(Kind(raw["kind"]), raw.get("hop", "L"), raw.get("via"), raw.get("depth", 0))

    def as_meta(self) -> dict[str, Any]:
        """As JSON, for ``request.meta``."""
        return {"kind": self.kind.value, "hop": self.hop, "via": self.via, "depth": self.depth}
