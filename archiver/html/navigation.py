"""What a home page tells of its site: the links of its menus, links to feeds, its name and language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from archiver.errors import NotHttpUrl
from archiver.html.encoding import as_browser
from archiver.html.urls import absolute

MAX_BYTES = 5_000_000
MAX_LINKS = 500
MAX_TITLE = 200
_MENU = re.compile(
    r"(?:^|[\s_-])(?:main|site|top|primary|header|global)?[_-]?(?:nav|navbar|navigation|menu)(?:$|[\s_-])",
    re.IGNORECASE,
)
_FEED = re.compile(
    r"(?:\.(?:rss|rdf|atom)|/(?:rss|feed|atom|index|feeds?/[\w-]+)\.xml|/(?:rss|feed|feeds|atom)/?)\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Navigation:
    """``menu`` are the links of navigation in the page's order, each once; ``feeds`` those anywhere whose address looks like a
    feed's or a list of feeds; ``name`` what the site calls itself, ``language`` that of the page (as written)."""

    menu: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    name: str | None = None
    title: str | None = None
    language: str | None = None


def read_navigation(html: bytes, *, url: str, content_type: str | None = None) -> Navigation:
    """The navigation of the page that these bytes are. Never raises, whatever the bytes."""
    reader = _Reader(url)
    target: Any = reader
    parser = etree.HTMLParser(target=target, encoding="utf-8", recover=True)
    text, _ = as_browser(html[:MAX_BYTES], content_type=content_type)
    try:
        parser.feed(text.replace("\x00", " ").encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        # Nothing in it that could be called an element; what was read before stands.
        pass
    return reader.result()


class _Reader:
    """Gathers while the parser reads; lxml calls the handlers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._within = 0
        self._open: list[bool] = []
        self._menu: dict[str, None] = {}
        self._feeds: dict[str, None] = {}
        self._name: str | None = None
        self._language: str | None = None
        self._title: list[str] = []
        self._in_title = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        is_menu = tag == "nav" or attributes.get("role") == "navigation" or _is_menu(attributes)
        self._open.append(is_menu)
        self._within += is_menu
        if tag == "a":
            self._link(attributes.get("href"))
        elif tag == "html" and self._language is None:
            self._language = (attributes.get("lang") or "").strip() or None
        elif tag == "meta" and attributes.get("property") == "og:site_name":
            self._name = self._name or " ".join((attributes.get("content") or "").split())[:MAX_TITLE] or None
        self._in_title = tag == "title" and not self._title

    def end(self, _: str) -> None:
        if self._open and self._open.pop():
            self._within -= 1
        self._in_title = False

    def data(self, text: str) -> None:
        if self._in_title and len(self._title) < 10:
            self._title.append(text)

    def close(self) -> None:
        """Nothing is left to do; lxml asks for it."""

    def result(self) -> Navigation:
        title = " ".join("".join(self._title).split())[:MAX_TITLE] or None
        return Navigation(tuple(self._menu), tuple(self._feeds), self._name, title, self._language)

    def _link(self, href: str | None) -> None:
        if not href or href.startswith("#"):
            return
        try:
            found = absolute(href, base=self._url)
        except NotHttpUrl:
            return
        if found is None:
            return
        if _FEED.search(urlsplit(found).path) and len(self._feeds) < MAX_LINKS:
            self._feeds[found] = None
        elif self._within and len(self._menu) < MAX_LINKS:
            self._menu[found] = None


def _is_menu(attributes: Mapping[str, str]) -> bool:
    return any(_MENU.search(attributes.get(name) or "") for name in ("class", "id"))
