"""What is asked of the model and what it answers, before either is put on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Literal
from urllib.parse import parse_qsl

Framing = Literal["chunked", "negotiated", "plain"]


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """A request: `host` without port, `path` and `query` as they stood on the request line; header names in lower case."""

    method: str
    scheme: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""

    def parameter(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in parse_qsl(self.query) if key == name), default)

    @property
    def page(self) -> int:
        """The number in `page=N`, 1 where there is none or it is no number."""
        text = self.parameter("page", "1")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 5 and int(text) else 1


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `chunked` is gzip in chunks whatever was asked, `negotiated` gzip where the asker takes it."""

    status: int
    media_type: str
    body: bytes
    framing: Framing = "plain"
    last_modified: datetime | None = None
    validated: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def etag(self) -> str | None:
        """Strong where the bytes go as they are, weak where a content coding may come between."""
        if not self.validated:
            return None
        tag = f'"{sha256(self.body).hexdigest()[:24]}"'
        return tag if self.framing == "plain" else f"W/{tag}"


def moved(location: str) -> Reply:
    """A permanent redirect."""
    body = f"<html><head><title>301 Moved Permanently</title></head><body><h1>301</h1>{location}</body></html>\r\n"
    return Reply(301, "text/html", body.encode(), headers=(("Location", location),))
