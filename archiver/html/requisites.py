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
    "img": ("src",),
    "script": ("src",),
    "source": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "input": ("src",),
}
_LAZY = re.compile(r"data-(?:[a-z-]+-)?(?:src|original)\Z")
"""Where pages hide a picture's address until it is scrolled to."""
_STYLE_URL = re.compile(r"""url\(\s*["']?([^"')\s]{1,2000})["']?\s*\)""", re.IGNORECASE)
_IMPORT = re.compile(r"""@import\s+["']([^"']{1,2000})["']""", re.IGNORECASE)
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


def read_style_requisites(css: bytes, *, url: str, limit: int = MAX_REQUISITES) -> tuple[str, ...]:
    """The addresses that a style sheet needs: pictures, fonts, other sheets. Never raises."""
    text = css[:MAX_BYTES].decode("utf-8", "replace")
    reader = _Reader(url, limit)
    for address in (*_IMPORT.findall(text), *_STYLE_URL.findall(text)):
        reader.take(address)
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
            self.take(attributes.get("href"))
        else:
            for name in _SOURCES.get(tag, ()):
                self.take(attributes.get(name))
            if tag in {"img", "source"}:
                self._picture(attributes)
        for address in _STYLE_URL.findall(attributes.get("style") or ""):
            self.take(address)

    def close(self) -> None:
        """lxml asks for it."""

    def _picture(self, attributes: Mapping[str, str]) -> None:
        for name, value in attributes.items():
            if name.endswith("srcset"):
                for address in _addresses(value):
                    self.take(address)
            elif _LAZY.match(name):
                self.take(value)

    def take(self, address: str | None) -> None:
        if not address or len(self.found) >= self._limit:
            return
        address = re.sub(r"[\t\r\n]", "", address.strip())
        if re.match(r"(?!https?:)[a-zA-Z][a-zA-Z0-9+.-]*:", address):
            return
        try:
            self.found[clean_url(urljoin(self._base, address))] = None
        except (NotHttpUrl, ValueError):
            return


def _addresses(srcset: str) -> list[str]:
    """The addresses of a ``srcset``: which of them a reader sees depends on the screen."""
    parts = re.split(r",\s+", srcset[:20_000])
    return [part.split()[0].rstrip(",") for part in parts[:20] if part.split()]
