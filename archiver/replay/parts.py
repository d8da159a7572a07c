"""The parts of a page: what it asks for, and the captures that stand for them, each the nearest in time that is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from archiver.catalog import Catalog
from archiver.errors import NotHttpUrl
from archiver.html.css import CssLink, find_links, write_links
from archiver.html.urls import absolute
from archiver.model.capture import Capture
from archiver.model.surt import surt
from archiver.model.url import clean_url
from archiver.replay.address import Links
from archiver.replay.lookup import is_redirect

Role = Literal["image", "style", "font", "media", "frame"]
MODIFIERS: Mapping[Role, str] = {"image": "im_", "style": "cs_", "font": "oe_", "media": "oe_", "frame": "if_"}
"""How the safe view asks for a part of each kind: ``/web/{timestamp}im_/{url}``."""
DOCUMENT = "mp_"
"""The archived page itself, without the bar."""

MAX_PARTS = 2000
"""Different URLs of one page that are looked for; what is named beyond them counts as missing."""
MAX_KNOWN = 20_000
MAX_HOPS = 5
"""Archived redirects between a part's URL and its capture."""
_DATA = (
    "data:image/",
    "data:font/",
    "data:application/font",
    "data:application/x-font",
    "data:application/octet-stream",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One picture, style sheet, font, film or frame of a page, and its capture; None where none is held."""

    url: str
    role: Role
    capture: Capture | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part is in the archive: an address to write into the page."""

    address: str
    held: bool
    url: str = ""


class Finder(Protocol):
    """Looks for the captures of URLs nearest to a time."""

    def __call__(self, urls: Iterable[str], at: datetime) -> Mapping[str, Capture]: ...


def finder(catalog: Catalog, links: Links) -> Finder:
    """Looks in a catalogue: good captures, archived redirects followed, all URLs at once; ``links`` then know their names."""

    def find(urls: Iterable[str], at: datetime) -> dict[str, Capture]:
        found: dict[str, Capture] = {}
        asked = {url: url for url in urls}
        for _ in range(MAX_HOPS):
            keys = {goal: surt(goal) for goal in set(asked.values())}
            captures = catalog.mementos.nearest_of_each(sorted(set(keys.values())), at)
            following: dict[str, str] = {}
            for url, goal in asked.items():
                capture = captures.get(keys[goal])
                if capture is None:
                    continue
                if not is_redirect(capture):
                    found[url] = capture
                elif capture.redirect is not None and surt(capture.redirect) != keys[goal]:
                    following[url] = clean_url(capture.redirect)
            if not following:
                break
            asked = following
        links.know(found.values())
        return found

    return find


@dataclass(slots=True)
class Parts:
    """Gathers what a page asks for; with ``found`` it knows where each is. A page is read once for each.

    ``at`` is the page's time, ``links`` make the addresses, which are paths, so that they hold under any host name.
    """

    links: Links
    at: datetime
    found: Mapping[str, Capture] | None = None
    wanted: dict[str, Role] = field(default_factory=dict)
    units: dict[tuple[str, ...], Part] = field(default_factory=dict)
    cut: bool = False
    _sheets: dict[str, tuple[CssLink, ...]] = field(default_factory=dict)
    _known: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def link(self, address: str, *, base: str) -> str | None:
        """Where a link leads: to the safe view of its target. None for what is no link to a page."""
        if self.found is None:
            return None
        url = self.absolute(address, base)
        return None if url is None else self.links.memento(url, self.at) + _fragment(address)

    def place(self, address: str, role: Role, *, base: str) -> Place | None:
        """Where a part is; None for what no browser would request. What stands in the address itself stays there."""
        text = address.strip()
        if text[:5].lower() == "data:":
            return Place(text, held=True) if role in {"image", "font"} and text.lower().startswith(_DATA) else None
        url = self.absolute(address, base)
        if url is None:
            return None
        if url not in self.wanted:
            if len(self.wanted) >= MAX_PARTS:
                self.cut = True
                return Place(self.links.memento(url, self.at, MODIFIERS[role]), held=self.found is None, url=url)
            self.wanted[url] = role
        capture = None if self.found is None else self.found.get(url)
        held = self.found is None or capture is not None
        modifier = MODIFIERS[role]
        bare = self.links.capture(capture, modifier) if capture else self.links.memento(url, self.at, modifier)
        # A comma at the end would be cut off in a srcset.
        return Place((bare[:-1] + "%2C" if bare.endswith(",") else bare) + _fragment(address), held=held, url=url)

    def absolute(self, address: str, base: str) -> str | None:
        """``address`` as a legal URL without fragment; None for what no browser would request."""
        key = (address, base)
        if key not in self._known:
            try:
                url = absolute(address, base=base)
            except NotHttpUrl:
                url = None
            if len(self._known) >= MAX_KNOWN:
                return url
            self._known[key] = url
        return self._known[key]

    def need(self, role: Role, places: Iterable[Place | None]) -> None:
        """One thing to be seen, for which any of these places will do."""
        urls = tuple(dict.fromkeys(place.url for place in places if place and place.url))
        if not urls or urls in self.units:
            return
        found = self.found or {}
        url = next((url for url in urls if url in found), urls[0])
        self.units[urls] = Part(url, role, found.get(url))

    def style(self, text: str, *, base: str) -> str:
        """Declarations or a style sheet with the archive's addresses."""
        if text not in self._sheets:
            self._sheets[text] = find_links(text)
        return write_links(text, self._sheets[text], replace=lambda address, use: self.css(address, use, base=base))

    def css(self, address: str, use: str, *, base: str) -> str | None:
        """The address to write into a style sheet for one in it; None leaves it as it is."""
        text = address.strip()
        if text.startswith("#"):
            return None
        role: Role = "style" if use == "import" else "font" if use == "font" else "image"
        if text[:5].lower() == "data:" and role != "style":
            return None
        place = self.place(address, role, base=base)
        self.need(role, [place])
        if place is None or (not place.held and role != "style"):
            # A picture that paints nothing, a font that is passed over: a sign of what is missing would be repeated all over.
            return "data:,"
        return place.address


def _fragment(address: str) -> str:
    _, mark, fragment = address.strip().partition("#")
    return mark + "".join(c for c in fragment if c.isprintable() and c not in " \"'<>`\\")[:500] if mark else ""
