"""The links of a page: where it leads, and what its head says of feeds, languages and other forms of itself.

One pass over the bytes without building a tree, so that neither size nor depth of a page costs more than its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from archiver.errors import NotHttpUrl
from archiver.html.encoding import as_browser
from archiver.html.urls import absolute

MAX_BYTES = 20_000_000
"""Bytes of a page that are read; what follows is not looked at."""
MAX_LINKS = 5000

_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
}
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z|x-default\Z")
_BASE64 = re.compile(rb"base64,[A-Za-z0-9+/=\s]{2000,}")


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What a page leads to; all URLs are absolute, legal and without fragment.

    ``links`` are those of ``a``, ``area`` and ``frame`` in the page's order, each once; ``nofollow`` those of them that
    every mention marks so. ``alternates`` maps a language (as written, lower case; also ``x-default``) to a URL.
    ``robots`` are the words of ``meta name=robots``. ``bad`` counts addresses that can't be made a URL, ``cut`` says that
    there were more links, or bytes, than were read.
    """

    links: tuple[str, ...] = ()
    nofollow: frozenset[str] = frozenset()
    canonical: str | None = None
    feeds: tuple[str, ...] = ()
    alternates: Mapping[str, str] = field(default_factory=dict)
    amp: str | None = None
    next: str | None = None
    robots: frozenset[str] = frozenset()
    bad: int = 0
    cut: bool = False


def read_links(html: bytes, *, url: str, content_type: str | None = None, limit: int = MAX_LINKS) -> PageLinks:
    """The links of the page that these bytes (content coding removed) are. Never raises, whatever the bytes."""
    reader = _Reader(url, limit=limit, cut=len(html) > MAX_BYTES)
    # Pictures in the text are most of the largest pages, and a NUL would end the parser's input.
    text = as_browser(_BASE64.sub(b"base64,", html[:MAX_BYTES]), content_type=content_type).text.replace("\x00", " ")
    # The stubs ask for handlers that lxml does not need.
    target: Any = reader
    parser = etree.HTMLParser(target=target, encoding="utf-8", recover=True)
    try:
        parser.feed(text.encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        # Nothing in it that could be called an element; what was read before stands.
        pass
    return reader.result()


class _Reader:
    """Gathers while the parser reads; lxml calls ``start`` for each tag and ``close`` at the end."""

    def __init__(self, url: str, *, limit: int, cut: bool) -> None:
        self._url = url
        self._limit = limit
        self._cut = cut
        self._base: str | None = None
        self._links: dict[str, bool] = {}
        self._feeds: dict[str, None] = {}
        self._alternates: dict[str, str] = {}
        self._single: dict[str, str] = {}
        self._robots: set[str] = set()
        self._bad = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in {"a", "area"}:
            relations = _words(attributes.get("rel"))
            if found := self._link(attributes.get("href"), nofollow="nofollow" in relations):
                self._note("next", found, when="next" in relations)
        elif tag == "link":
            self._head_link(attributes)
        elif tag == "frame":
            self._link(attributes.get("src"), nofollow=False)
        elif tag == "base" and self._base is None and (href := attributes.get("href")):
            self._base = self._absolute(href)
        elif tag == "meta" and (attributes.get("name") or "").strip().lower() == "robots":
            self._robots.update(word for word in re.split(r"[\s,]+", (attributes.get("content") or "").lower()) if word)

    def close(self) -> None:
        """Nothing is left to do; lxml asks for it."""

    def result(self) -> PageLinks:
        return PageLinks(
            links=tuple(self._links),
            nofollow=frozenset(link for link, nofollow in self._links.items() if nofollow),
            canonical=self._single.get("canonical"),
            feeds=tuple(self._feeds),
            alternates=self._alternates,
            amp=self._single.get("amphtml"),
            next=self._single.get("next"),
            robots=frozenset(self._robots),
            bad=self._bad,
            cut=self._cut,
        )

    def _head_link(self, attributes: Mapping[str, str]) -> None:
        relations = _words(attributes.get("rel"))
        if not relations & {"alternate", "canonical", "amphtml", "next"}:
            return
        found = self._absolute(attributes.get("href") or "")
        if found is None:
            return
        for relation in ("canonical", "amphtml", "next"):
            self._note(relation, found, when=relation in relations)
        if "alternate" not in relations:
            return
        language = (attributes.get("hreflang") or "").strip()
        kind = (attributes.get("type") or "").partition(";")[0].strip().lower()
        if kind in _FEED_TYPES:
            if len(self._feeds) < self._limit:
                self._feeds[found] = None
        elif _LANGUAGE.match(language) and len(self._alternates) < self._limit:
            self._alternates.setdefault(language.lower(), found)

    def _note(self, name: str, url: str, *, when: bool) -> None:
        if when:
            self._single.setdefault(name, url)

    def _link(self, href: str | None, *, nofollow: bool) -> str | None:
        if href is None or not (href := href.strip()) or href.startswith("#") or _OTHER_SCHEME.match(href):
            return None
        found = self._absolute(href)
        if found is not None:
            if found not in self._links and len(self._links) >= self._limit:
                self._cut = True
                return None
            self._links[found] = self._links.get(found, True) and nofollow
        return found

    def _absolute(self, href: str) -> str | None:
        """``href`` as a legal URL against the page's base; None, counted as bad, when it can't be one."""
        try:
            return absolute(href, base=self._base or self._url)
        except NotHttpUrl:
            self._bad += 1
            return None


def _words(value: str | None) -> set[str]:
    return set((value or "").lower().split())
