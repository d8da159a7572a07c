"""One pass over a page: where it leads, what it needs to be seen, what its head and its JSON-LD say, which template made it.

No tree is built, so neither size nor depth of a page costs more than its bytes. A scan takes milliseconds, of the largest
pages seconds: it is made once for each capture, outside of the event loop, and handed on.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from archiver.errors import NotHttpUrl
from archiver.html import loose_json
from archiver.html.encoding import as_browser
from archiver.html.requisites import MAX_REQUISITES, RequisiteReader, Requisites, parse_into
from archiver.html.signature import MAX_NAMES, is_named, named
from archiver.html.urls import absolute

MAX_BYTES = 20_000_000
"""Bytes of a page that are read; what follows is not looked at."""
MAX_LINKS = 5000
MAX_MENU = 500
MAX_TITLE = 200
MAX_SCRIPTS = 20
MAX_SCRIPT = 500_000
"""JSON-LD: scripts of a page, and characters of one."""
MAX_ARTICLES = 1_000
MAX_NESTED = 20
MAX_SHAPES = 5000
SKETCH = 16

_BASE64 = re.compile(rb"base64,[A-Za-z0-9+/=\s]{2000,}")
_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
}
_FEED = re.compile(
    r"(?:\.(?:rss|rdf|atom)|/(?:rss|feed|atom|index|feeds?/[\w-]+)\.xml|/(?:rss|feed|feeds|atom)/?)\Z", re.IGNORECASE
)
_HOST_AT = len("https://")
"""Where a host's name begins, or its second letter."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z|x-default\Z")
_MENU = re.compile(
    r"(?:^|[\s_-])(?:main|site|top|primary|header|global)?[_-]?(?:nav|navbar|navigation|menu)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ARTICLES = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|ListItem|WebPage|Report)\Z")
_ADDRESSES = ("url", "mainEntityOfPage", "item", "@id")


@dataclass(frozen=True, slots=True)
class PageScan:
    """What a page says of itself and leads to. All URLs are absolute, legal and without fragment.

    ``links`` are those of ``a``, ``area`` and ``frame`` in the page's order, each once; ``nofollow`` those of them that
    every mention marks so; ``menu`` those that stand in navigation. ``feeds`` are named by the head, ``feed_links`` are
    links whose address looks like a feed's or that of a list of feeds. ``alternates`` maps a language (as written, lower
    case; also ``x-default``) to a URL. ``robots`` are the words of ``meta name=robots``. ``json_ld`` are the values of
    JSON-LD scripts, broken ones as far as they can be read, and ``articles`` the addresses in them of articles and entries
    of lists (schema.org): a section front often names there what its script shows only later.

    ``template`` is a sketch of the names that the template gave to elements: pages of one template have most of its
    numbers in common (the smallest hashes of a set; Broder, 1997). ``bad`` counts addresses that can't be made a URL,
    ``cut`` says that there were more links, or bytes, than were read.
    """

    links: tuple[str, ...] = ()
    nofollow: frozenset[str] = frozenset()
    menu: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    feed_links: tuple[str, ...] = ()
    canonical: str | None = None
    alternates: Mapping[str, str] = field(default_factory=dict)
    amp: str | None = None
    next: str | None = None
    robots: frozenset[str] = frozenset()
    site_name: str | None = None
    title: str | None = None
    language: str | None = None
    json_ld: tuple[Any, ...] = ()
    articles: tuple[str, ...] = ()
    template: tuple[int, ...] = ()
    requisites: Requisites = field(default_factory=Requisites)
    bad: int = 0
    cut: bool = False


def scan_page(
    html: bytes,
    *,
    url: str,
    content_type: str | None = None,
    link_header: str | None = None,
    limit: int = MAX_LINKS,
    most_requisites: int = MAX_REQUISITES,
) -> PageScan:
    """The scan of the page (HTML or SVG, content coding removed) that these bytes are. Never raises, whatever the bytes.

    ``url`` is where the page came from in the end, after redirects; it is none of its own requisites. ``link_header`` is
    the value of the response's Link fields, joined by commas (RFC 8288): they name requisites as ``link`` elements do.
    """
    scanner = _Scanner(url.partition("#")[0], limit=limit, cut=len(html) > MAX_BYTES, most_requisites=most_requisites)
    scanner.requisites.take_link_header(link_header or "")
    # Pictures in the text are most of the largest pages.
    data = _BASE64.sub(b"base64,", html[:MAX_BYTES])
    parse_into(scanner, as_browser(data, content_type=content_type).text)
    scanner.requisites.take_icon(url)
    return scanner.result()


class _Scanner:
    """Gathers while the parser reads."""

    def __init__(self, url: str, *, limit: int, cut: bool, most_requisites: int) -> None:
        self._url = url
        self._limit = limit
        self._cut = cut
        self._bad = 0
        self.requisites = RequisiteReader(url, limit=most_requisites, cut=cut)
        self._links: dict[str, bool] = {}
        self._menu: dict[str, None] = {}
        self._feeds: dict[str, None] = {}
        self._feed_links: dict[str, None] = {}
        self._alternates: dict[str, str] = {}
        self._single: dict[str, str] = {}
        self._robots: set[str] = set()
        self._scripts: list[str] = []
        self._open: list[bool] = []
        self._menus = 0
        self._shapes: set[tuple[str, str, str]] = set()
        self._reading: str | None = None
        self._text: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._read_text()
        self.requisites.start(tag, attributes)
        classes, identity = attributes.get("class", "")[:MAX_NAMES], attributes.get("id", "")[:MAX_NAMES]
        is_menu = tag == "nav" or attributes.get("role") == "navigation"
        if classes or identity:
            is_menu = is_menu or _names_menu(classes) or _names_menu(identity)
            if len(self._shapes) < MAX_SHAPES:
                self._shapes.add((tag, classes, identity))
        self._open.append(is_menu)
        self._menus += is_menu
        if tag in {"a", "area"}:
            self._take_link(attributes)
        elif tag == "link":
            self._take_head_link(attributes)
        elif tag == "frame":
            self._keep_link(attributes.get("src"), nofollow=False)
        elif tag == "meta":
            self._take_meta(attributes)
        elif tag == "html":
            self._note("language", attributes.get("lang", "").strip())
        elif tag == "title" or (tag == "script" and "ld+json" in attributes.get("type", "").lower()):
            self._reading = tag

    def end(self, tag: str) -> None:
        self._read_text()
        self.requisites.end(tag)
        if self._open and self._open.pop():
            self._menus -= 1

    def data(self, text: str) -> None:
        self.requisites.data(text)
        if self._reading:
            self._text.append(text)

    def close(self) -> None:
        """Read what the end of the page cuts."""
        self._read_text()
        self.requisites.close()

    def result(self) -> PageScan:
        json_ld = tuple(value for script in self._scripts for value in loose_json.read(script))
        return PageScan(
            links=tuple(self._links),
            nofollow=frozenset(link for link, nofollow in self._links.items() if nofollow),
            menu=tuple(self._menu),
            feeds=tuple(self._feeds),
            feed_links=tuple(self._feed_links),
            canonical=self._single.get("canonical"),
            alternates=self._alternates,
            amp=self._single.get("amphtml"),
            next=self._single.get("next"),
            robots=frozenset(self._robots),
            site_name=self._single.get("name"),
            title=self._single.get("title"),
            language=self._single.get("language"),
            json_ld=json_ld,
            articles=_articles(json_ld, base=self._url),
            template=_sketch(self._shapes),
            requisites=self.requisites.result(),
            bad=self._bad,
            cut=self._cut,
        )

    def _read_text(self) -> None:
        """What was read of the element that was being read is all of it."""
        if self._reading is None:
            return
        text = "".join(self._text)
        if self._reading == "title":
            self._note("title", " ".join(text.split())[:MAX_TITLE])
        elif len(self._scripts) < MAX_SCRIPTS:
            self._scripts.append(text[:MAX_SCRIPT])
        self._reading = None
        self._text.clear()

    def _take_link(self, attributes: Mapping[str, str]) -> None:
        relations = _words(attributes.get("rel"))
        found = self._keep_link(attributes.get("href"), nofollow="nofollow" in relations)
        if found is None:
            return
        if "next" in relations:
            self._note("next", found)
        if _FEED.search(found.partition("?")[0], _HOST_AT):
            if len(self._feed_links) < MAX_MENU:
                self._feed_links[found] = None
        elif self._menus and len(self._menu) < MAX_MENU:
            self._menu[found] = None

    def _take_head_link(self, attributes: Mapping[str, str]) -> None:
        relations = _words(attributes.get("rel"))
        if not relations & {"alternate", "canonical", "amphtml", "next"}:
            return
        found = self._absolute(attributes.get("href", ""))
        if found is None:
            return
        for relation in relations & {"canonical", "amphtml", "next"}:
            self._note(relation, found)
        if "alternate" not in relations:
            return
        language = attributes.get("hreflang", "").strip()
        kind = attributes.get("type", "").partition(";")[0].strip().lower()
        if kind in _FEED_TYPES:
            if len(self._feeds) < self._limit:
                self._feeds[found] = None
        elif _LANGUAGE.match(language) and len(self._alternates) < self._limit:
            self._alternates.setdefault(language.lower(), found)

    def _take_meta(self, attributes: Mapping[str, str]) -> None:
        content = attributes.get("content", "")
        if attributes.get("name", "").strip().lower() == "robots":
            self._robots.update(word for word in re.split(r"[\s,]+", content.lower()) if word)
        if attributes.get("property") == "og:site_name":
            self._note("name", " ".join(content.split())[:MAX_TITLE])

    def _note(self, name: str, value: str) -> None:
        """The first that is said counts."""
        if value:
            self._single.setdefault(name, value)

    def _keep_link(self, href: str | None, *, nofollow: bool) -> str | None:
        # Browsers keep a no-break space at the end, and then find nothing.
        found = self._absolute((href or "").strip())
        if found is None:
            return None
        if found not in self._links and len(self._links) >= self._limit:
            self._cut = True
            return None
        self._links[found] = self._links.get(found, True) and nofollow
        return found

    def _absolute(self, address: str) -> str | None:
        """An address as a legal URL against the page's base; None, counted as bad, when it can't be one."""
        try:
            return absolute(address, base=self.requisites.base)
        except NotHttpUrl:
            self._bad += 1
            return None


def _words(value: str | None) -> set[str]:
    return set((value or "").lower().split())


@lru_cache(maxsize=4096)
def _names_menu(name: str) -> bool:
    return _MENU.search(name) is not None


def _sketch(shapes: set[tuple[str, str, str]]) -> tuple[int, ...]:
    names = {mark for shape in shapes if is_named(mark := named(*shape))}
    return tuple(sorted(map(_hash_of, names))[:SKETCH])


@lru_cache(maxsize=8192)
def _hash_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=4).digest())


def _articles(values: tuple[Any, ...], *, base: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        for address in _addresses(value, depth=0):
            if len(found) >= MAX_ARTICLES:
                return tuple(found)
            try:
                clean = absolute(entities.unescape(address), base=base)
            except NotHttpUrl:
                continue
            if clean is not None:
                found[clean] = None
    return tuple(found)


def _addresses(value: Any, *, depth: int) -> Iterator[str]:
    if depth > MAX_NESTED:
        return
    if isinstance(value, list):
        for each in value:
            yield from _addresses(each, depth=depth + 1)
    elif isinstance(value, dict):
        if _is_article(value.get("@type")):
            for name in _ADDRESSES:
                named_by = value.get(name)
                # Without a scheme or a slash it is a name, not an address.
                if isinstance(named_by, str) and "/" in named_by:
                    yield named_by
                    break
        for each in value.values():
            if isinstance(each, dict | list):
                yield from _addresses(each, depth=depth + 1)


def _is_article(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(each, str) and _ARTICLES.match(each.rpartition("/")[2]) for each in kinds)
