"""What a page needs to be seen as it was: the URLs that a browser without scripts requests to show it.

``RequisiteReader`` gathers them while ``archiver.html.page_scan`` goes over the page. Which of the pictures of a ``srcset`` a browser takes hangs on its window; here are all of them. A page without scripts
shows what ``noscript`` holds, and no lazy picture; a reader wants both.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from lxml import etree

from archiver.errors import NotHttpUrl
from archiver.html.css import CssLinks, read_css
from archiver.html.srcset import read_srcset
from archiver.html.urls import absolute

MAX_REQUISITES = 2000
LOOKS = 20
"""So many different addresses and style attributes are looked at for each requisite that may be kept."""
MAX_HEADER = 65_536
MAX_SRCDOC = 3
"""How deep pages that stand in an attribute of one another are read."""

Role = Literal["stylesheet", "script", "image", "icon", "font", "media", "frame", "object", "manifest", "preload"]

_PARAMETER = re.compile(r";\s*([\w!#$&+.^`|~*-]+)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?")
_LINK = re.compile(r"<([^<>]*+)>((?>(?:\s*+;\s*+(?>(?:[^;,\"]++|\"(?>(?:[^\"\\]++|\\.)*)\"?+)*))*))")
_ICONS = {"icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"}
_PRELOADS: dict[str, Role] = {
    "style": "stylesheet",
    "script": "script",
    "worker": "script",
    "image": "image",
    "font": "font",
    "audio": "media",
    "video": "media",
    "track": "media",
}
_SOURCES: dict[str, Role] = {"frame": "frame", "iframe": "frame", "embed": "object", "audio": "media", "track": "media"}
_SCRIPT_TYPES = re.compile(
    r"\s*\Z|\s*(?:module|(?:text|application)/(?:x-)?(?:java|ecma|live|j)script)\b", re.IGNORECASE
)
_BACKGROUND = {"body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"}
_PICTURES = {"img", "image", "feimage", "amp-img", "amp-anim"}
_PAINTED = ("fill", "stroke", "filter", "mask", "clip-path", "cursor", "marker-start", "marker-mid", "marker-end")
"""Attributes of SVG that are style properties and may name another document."""
_LAZY = re.compile(
    r"data-(?:(?:lazy|flickity-lazy|photo|image|img|bg|background|full|large|hi-res|retina|orig|original|desktop|mobile)-)*"
    r"(?:src|srcset|lazy|lazyload|original|bg|bgset|background|image|img|photo|poster|thumb|echo|file|large|url)\Z"
)
_PICTURE_NAME = re.compile(
    r"\.(?:jpe?g|jfif|pjpeg|a?png|gif|webp|avif|svgz?|bmp|ico|heic|jxl)(?=\Z|[?#&/!:@;,._-])", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:https?:/)?[^\s\"'<>{}|`]{1,4096}\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Requisite:
    """One URL that a page asks for, and as what.

    ``preload`` is what the head asks for ahead of its use and names no kind of (also ``prefetch``).
    ``alternate`` marks a style sheet that shows only when the reader chooses it, or that is switched off.
    """

    url: str
    role: Role
    alternate: bool = False


@dataclass(frozen=True, slots=True)
class Requisites:
    """The requisites in the page's order, each URL once; iterates over them.

    A URL that is named in several roles has the one that asks most: a style sheet or a frame has requisites of its own.
    ``bad`` counts addresses that can't be made a URL, ``cut`` says that there were more requisites, or bytes, than were read.
    """

    items: tuple[Requisite, ...] = ()
    bad: int = 0
    cut: bool = False

    def __iter__(self) -> Iterator[Requisite]:
        return iter(self.items)

    def of(self, *roles: Role) -> tuple[Requisite, ...]:
        """Those with one of these roles."""
        return tuple(item for item in self.items if item.role in roles)

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(item.url for item in self.items)


def read_style_requisites(
    css: bytes, *, url: str, content_type: str | None = None, limit: int = MAX_REQUISITES
) -> Requisites:
    """The requisites of a style sheet that was fetched from ``url``: its imports, fonts and pictures; never raises."""
    reader = RequisiteReader(url, limit=limit)
    reader.take_css(read_css(css, url=url, content_type=content_type, limit=limit))
    return reader.result()


class RequisiteReader:
    """Gathers while a parser reads: ``start``, ``end`` and ``data`` are called for what it meets, ``close`` at the end.

    ``base`` is what addresses are relative to, once the page's ``base`` element was met.
    """

    def __init__(self, url: str, *, limit: int = MAX_REQUISITES, cut: bool = False) -> None:
        self._url = self.base = url
        self._based = False
        self._limit = limit
        self._cut = cut
        self._bad = 0
        self._srcdoc = 0
        self._seen: set[tuple[str, ...]] = set()
        self._open = {"picture": 0, "svg": 0, "frameset": 0}
        self._templates: list[bool] = []
        self._hidden = 0
        self._style: list[str] | None = None
        self.found: dict[str, Requisite] = {}

    def result(self) -> Requisites:
        return Requisites(tuple(self.found.values()), bad=self._bad, cut=self._cut)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "template":
            # What a template holds is not shown before a script copies it; a shadow root is.
            hides = "shadowrootmode" not in attributes
            self._templates.append(hides)
            self._hidden += hides
        if self._hidden:
            return
        if tag in self._open:
            self._open[tag] += 1
        if tag == "base":
            self._take_base(attributes.get("href"))
        elif tag == "link":
            self._take_link(attributes)
        elif tag == "style":
            kind = attributes.get("type", "").strip().lower()
            self._style = [] if kind in {"", "text/css"} else None
        else:
            self._take_element(tag, attributes)
        for name, value in attributes.items():
            if name == "style":
                self._take_styles((value,))
            elif name.startswith("data-") and _LAZY.match(name):
                self._take_lazy(tag, name, value)

    def end(self, tag: str) -> None:
        if tag == "style" and self._style is not None:
            text = "".join(self._style)
            self._style = None
            if self._open["svg"]:
                # There, the text is no raw text.
                text = entities.unescape(text).replace("<![CDATA[", " ").replace("]]>", " ")
            self.take_css(read_css(text, url=self.base, limit=self._limit))
        elif tag == "template" and self._templates:
            self._hidden -= self._templates.pop()
        elif self._open.get(tag) and not self._hidden:
            self._open[tag] -= 1

    def data(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)

    def close(self) -> None:
        """Reads a style sheet that the end of the page cuts; lxml asks for it."""
        self.end("style")

    def take(self, address: str | None, role: Role, *, base: str | None = None, alternate: bool = False) -> None:
        """Keep an address as a requisite, if a browser would request it."""
        if not address or self._known(address, role, base or self.base, str(alternate)):
            return
        try:
            url = absolute(address, base=base or self.base)
        except NotHttpUrl:
            self._bad += 1
            return
        if url is None or url == self._url:
            return
        known = self.found.get(url)
        if known is None:
            if len(self.found) >= self._limit:
                self._cut = True
                return
            self.found[url] = Requisite(url, role, alternate)
        elif _weight(role) > _weight(known.role) or (role == known.role and known.alternate and not alternate):
            self.found[url] = Requisite(url, role, alternate)

    def take_css(self, links: CssLinks) -> None:
        uses: tuple[tuple[tuple[str, ...], Role], ...] = (
            (links.imports, "stylesheet"),
            (links.fonts, "font"),
            (links.images, "image"),
        )
        for urls, role in uses:
            for url in urls:
                self.take(url, role)
        self._bad += links.bad
        self._cut = self._cut or links.cut

    def take_icon(self, url: str) -> None:
        """Where no icon is named, the host's ``/favicon.ico`` is one, as browsers have it (HTML, 4.6.7.8)."""
        if not any(item.role == "icon" for item in self.found.values()):
            self.take("/favicon.ico", "icon", base=url)

    def take_link_header(self, value: str) -> None:
        for link in _LINK.finditer(value[:MAX_HEADER]):
            attributes = {"href": link[1].strip()}
            for name, quoted, bare in _PARAMETER.findall(link[2]):
                attributes.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or bare)
            self._take_link(attributes)

    def _known(self, *what: str) -> bool:
        """Whether this has been looked at, or there has been too much to look at."""
        if what in self._seen:
            return True
        if len(self._seen) >= LOOKS * self._limit:
            self._cut = True
            return True
        self._seen.add(what)
        return False

    def _take_base(self, href: str | None) -> None:
        if href is None or self._based:
            return
        self._based = True
        try:
            self.base = absolute(href, base=self._url) or self.base
        except NotHttpUrl:
            self._bad += 1

    def _take_link(self, attributes: Mapping[str, str]) -> None:
        relations = set(attributes.get("rel", "").lower().split())
        href = attributes.get("href")
        kind = attributes.get("type", "").partition(";")[0].strip().lower()
        if "stylesheet" in relations:
            if kind in {"", "text/css"}:
                off = "alternate" in relations or "disabled" in attributes
                self.take(href, "stylesheet", alternate=off)
        elif relations & _ICONS:
            self.take(href, "icon")
        elif "modulepreload" in relations:
            self.take(href, "script")
        elif "manifest" in relations:
            self.take(href, "manifest")
        elif relations & {"preload", "prefetch"}:
            self.take(href, _PRELOADS.get(attributes.get("as", "").strip().lower(), "preload"))
            self._take_srcset(attributes.get("imagesrcset"))

    def _take_element(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _PICTURES:
            for name in ("src", "href", "xlink:href"):
                self.take(attributes.get(name), "image")
            self._take_srcset(attributes.get("srcset"))
        elif tag == "script":
            if _SCRIPT_TYPES.match(attributes.get("type", "")):
                for name in ("src", "href", "xlink:href"):
                    self.take(attributes.get(name), "script")
        elif tag == "source":
            if not self._open["picture"]:
                self.take(attributes.get("src"), "media")
            self._take_srcset(attributes.get("srcset"))
        elif tag == "video":
            self.take(attributes.get("poster"), "image")
            self.take(attributes.get("src"), "media")
        elif tag == "object":
            self.take(attributes.get("data"), "object")
        elif tag == "input":
            if attributes.get("type", "").strip().lower() == "image":
                self.take(attributes.get("src"), "image")
        elif tag == "use":
            for name in ("href", "xlink:href"):
                self.take(attributes.get(name), "image")
        elif tag in _BACKGROUND:
            self.take(attributes.get("background"), "image")
        elif tag == "iframe" and "srcdoc" in attributes:
            self._take_srcdoc(attributes["srcdoc"])
        elif tag in _SOURCES and (tag != "frame" or self._open["frameset"]):
            self.take(attributes.get("src"), _SOURCES[tag])
        if self._open["svg"]:
            self._take_styles(attributes.get(name, "") for name in _PAINTED)

    def _take_srcset(self, text: str | None) -> None:
        for candidate in read_srcset(text or ""):
            self.take(candidate.address, "image")

    def _take_style(self, text: str) -> None:
        if self._known(text, "style", self.base):
            return
        links = read_css(text, url=self.base, limit=self._limit)
        # A style attribute holds declarations, and none of them imports.
        self.take_css(CssLinks(images=links.images, bad=links.bad, cut=links.cut))

    def _take_styles(self, texts: Iterable[str]) -> None:
        for text in texts:
            if "(" in text:
                self._take_style(text)

    def _take_srcdoc(self, text: str) -> None:
        if self._srcdoc >= MAX_SRCDOC:
            self._cut = True
            return
        inner = RequisiteReader(self.base, limit=self._limit)
        inner._url, inner._srcdoc, inner.found = self._url, self._srcdoc + 1, self.found
        parse_into(inner, text)
        self._bad += inner._bad
        self._cut = self._cut or inner._cut

    def _take_lazy(self, tag: str, name: str, value: str) -> None:
        """What a script would put in the place of a picture, when it looks like one."""
        value = value.strip()
        sure = tag in _PICTURES or (tag == "source" and bool(self._open["picture"]))
        if "url(" in value.lower():
            self._take_style(value)
        elif name.endswith("set"):
            for candidate in read_srcset(value):
                self._take_picture(candidate.address, sure=sure)
        else:
            self._take_picture(value, sure=sure and name.endswith(("src", "original")))

    def _take_picture(self, address: str, *, sure: bool) -> None:
        if _ADDRESS.match(address) and (_PICTURE_NAME.search(address) or (sure and "/" in address)):
            self.take(address, "image")


class Target(Protocol):
    """What is called for a page as it is read."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def close(self) -> None: ...


def parse_into(target: Target, text: str) -> None:
    """Have a page read, element by element, without a tree: neither its size nor its depth costs more than its bytes."""
    # The stubs ask for handlers that lxml does not need.
    handlers: Any = target
    parser = etree.HTMLParser(target=handlers, encoding="utf-8", recover=True, huge_tree=True)
    try:
        # A NUL would end the parser's input.
        parser.feed(text.replace("\x00", " ").encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        # Nothing in it that could be called an element; what was read before stands.
        pass


def _weight(role: Role) -> int:
    return {"preload": 0, "object": 2, "frame": 3, "stylesheet": 4}.get(role, 1)
