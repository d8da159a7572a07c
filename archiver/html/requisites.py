"""What a page needs to look like itself: pictures, styles, scripts. One pass over the bytes, no tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from archiver.errors import NotHttpUrl
from archiver.model.url import clean_url

MAX_BYTES = 20_000_000
MAX_REQUISITES = 500

_SOURCES = {
    "img": ("src", "data-src", "data-original"),
    "script": ("src",),
    "source": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "input": ("src",),
}
_NEEDED = {"stylesheet", "icon", "apple-touch-icon", "preload"}


def read_requisites(html: bytes, *, url: str, limit: int = MAX_REQUISITES) -> tuple[str, ...]:
    """The addresses of a page's requisites: absolute, legal, each once, in the page's order. Never raises."""
    reader = _Reader(url, limit)
    target: Any = reader
    parser = etree.HTMLParser(target=target, recover=True)
    try:
        parser.feed(html[:MAX_BYTES].replace(b"\x00", b" "))
        parser.close()
    except etree.LxmlError:
        # No element in it; what was read before stands.
        pass
    return tuple(reader.found)


class _Reader:
    def __init__(self, url: str, limit: int) -> None:
        self._base = url
        self._limit = limit
        self.found: dict[str, None] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "base" and attributes.get("href"):
            self._base = urljoin(self._base, attributes["href"])
        elif tag == "link" and set((attributes.get("rel") or "").lower().split()) & _NEEDED:
            self._take(attributes.get("href"))
        else:
            for name in _SOURCES.get(tag, ()):
                self._take(attributes.get(name))
            if tag in {"img", "source"}:
                for name in ("srcset", "data-srcset"):
                    self._take(_largest(attributes.get(name)))

    def close(self) -> None:
        """lxml asks for it."""

    def _take(self, address: str | None) -> None:
        if not address or len(self.found) >= self._limit:
            return
        address = re.sub(r"[\t\r\n]", "", address.strip())
        if re.match(r"(?!https?:)[a-zA-Z][a-zA-Z0-9+.-]*:", address):
            return
        try:
            self.found[clean_url(urljoin(self._base, address))] = None
        except (NotHttpUrl, ValueError):
            return


def _largest(srcset: str | None) -> str | None:
    """The address with the largest width or density of a ``srcset``."""
    best: tuple[float, str] | None = None
    for part in re.split(r",\s+", srcset or "")[:50]:
        address, _, size = part.strip().rpartition(" ")
        if not address:
            address, size = size, "1x"
        number = float(size[:-1]) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?[wx]", size) else 0.0
        if address and (best is None or number > best[0]):
            best = (number, address)
    return best[1] if best else None
