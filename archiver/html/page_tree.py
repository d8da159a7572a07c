"""A page, parsed once: its tree and what its head says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HTMLParser, HtmlProcessingInstruction, document_fromstring

from archiver.html import loose_json
from archiver.html.encoding import as_reader

MAX_BYTES = 12_000_000
"""Bytes of a page that are parsed; what follows is not looked at."""
MAX_DEPTH = 200
"""How deep elements are nested in the tree that readers get; what lies deeper is lifted up to this depth."""
_DATA_URI = re.compile(rb"data:[a-z]{2,20}/[a-z0-9.+-]{1,40};base64,[A-Za-z0-9+/=\s]{2000,}")
_NOT_TEXT = bytes(32 if code < 9 or code == 11 or 14 <= code < 32 or code == 127 else code for code in range(256))
"""Control characters as spaces; in UTF-8 they are single bytes."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*\Z")
_MARKED = etree.XPath("(//*[@itemprop])[position() <= 2000]")
_MAX_JSON = 4_000_000
_CLASSES = etree.ElementDefaultClassLookup(
    element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
)
"""One class for all elements: lxml.html's own lookup is written in Python and costs more than the parse."""
_COUNT = etree.XPath("count(//*)")
_LENGTH = etree.XPath("string-length(/)")
_DEEP = etree.XPath("/" + "/".join("*" * MAX_DEPTH))


@dataclass(frozen=True)
class Page:
    """A parsed page. ``root`` is the ``html`` element; ``meta`` maps the lower-case name, property or itemprop to contents in order.

    ``cut`` says that more bytes came than are parsed; ``elements`` and ``characters`` (of text) say how big the tree is.
    """

    url: str
    root: HtmlElement
    charset: str
    size: int
    base: str
    meta: Mapping[str, tuple[str, ...]] = field(repr=False)
    cut: bool = False
    elements: int = 0
    characters: int = 0

    def first(self, *names: str) -> str | None:
        """The first content of the first of these meta names that has one."""
        for name in names:
            for content in self.meta.get(name, ()):
                if content:
                    return content
        return None

    def absolute(self, address: str | None) -> str | None:
        """``address`` made absolute against the page's base; None unless it is http or https."""
        if not address:
            return None
        try:
            url = urljoin(self.base, address.strip())
        except ValueError:
            return None
        return url if url[:8].lower().startswith(("http://", "https://")) else None

    @cached_property
    def title(self) -> str | None:
        """The text of ``title``."""
        for element in self.root.iter("title"):
            if text := squeeze("".join(element.itertext())):
                return text
        return None

    @cached_property
    def canonical(self) -> str | None:
        """``link rel=canonical``, else ``og:url``; absolute."""
        for link in self._links("canonical"):
            if url := self.absolute(link.get("href")):
                return url
        return self.absolute(self.first("og:url"))

    def related(self, *relations: str) -> Iterator[str]:
        """The absolute addresses of ``link`` elements with one of these relations, in the order of the relations."""
        for relation in relations:
            for link in self._links(relation):
                if url := self.absolute(link.get("href")):
                    yield url

    @cached_property
    def alternates(self) -> Mapping[str, str]:
        """Language to URL, from ``link rel=alternate hreflang``; ``x-default`` left out."""
        found: dict[str, str] = {}
        for link in self._links("alternate"):
            code = (link.get("hreflang") or "").strip()
            url = self.absolute(link.get("href"))
            if url and _LANGUAGE.match(code):
                found.setdefault(short_language(code), url)
        return found

    @cached_property
    def language(self) -> str | None:
        """What the page says its language is: ``html lang``, content-language, ``og:locale``; short BCP 47."""
        claims = (
            self.root.get("lang"),
            self.root.get("{http://www.w3.org/XML/1998/namespace}lang") or self.root.get("xml:lang"),
            self.first("content-language", "language", "inlanguage", "dc.language", "og:locale"),
        )
        for claim in claims:
            code = (claim or "").split(",")[0].strip()
            if _LANGUAGE.match(code):
                return short_language(code)
        return None

    def marked(self, name: str) -> tuple[HtmlElement, ...]:
        """The elements whose ``itemprop`` is ``name`` (letter case ignored), ``meta`` left out, in document order."""
        return tuple(self._marks.get(name, ()))

    @cached_property
    def _marks(self) -> Mapping[str, list[HtmlElement]]:
        found: dict[str, list[HtmlElement]] = {}
        for element in cast("list[HtmlElement]", _MARKED(self.root)):
            if element.tag != "meta":
                name = (element.get("itemprop") or "").strip().lower()
                found.setdefault(name, []).append(element)
        return found

    @cached_property
    def json_ld(self) -> tuple[dict[str, Any], ...]:
        """The JSON-LD objects at the top of each script, ``@graph`` and lists opened; broken ones as far as they can be read."""
        found: list[dict[str, Any]] = []
        left = _MAX_JSON
        for script in self.root.iter("script"):
            if "ld+json" not in (script.get("type") or "").lower():
                continue
            text = script.text or ""
            left -= len(text)
            if left < 0:
                break
            for value in loose_json.read(text):
                found.extend(_objects(value))
        return tuple(found)

    def _links(self, relation: str) -> Iterator[HtmlElement]:
        return iter(self._linked.get(relation, ()))

    @cached_property
    def _linked(self) -> Mapping[str, list[HtmlElement]]:
        found: dict[str, list[HtmlElement]] = {}
        for link in self.root.iter("link"):
            for relation in dict.fromkeys((link.get("rel") or "").lower().split()):
                found.setdefault(relation, []).append(link)
        return found


def parse_page(html: bytes, *, url: str, content_type: str | None = None) -> Page | None:
    """The page that these bytes (content coding removed) are; None when there is no element in them. Never raises on any input."""
    size = len(html)
    if size > 1_000_000:
        # Inlined pictures are most of the largest pages, and nobody reads them here.
        html = _DATA_URI.sub(b"data:,", html)
    cut = len(html) > MAX_BYTES
    text, charset = as_reader(html[:MAX_BYTES], content_type=content_type)
    data = text.encode("utf-8", "replace").translate(_NOT_TEXT)
    if not data.strip():
        return None
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        # lxml has no document to give for input without any element.
        return None
    elements, characters = _measure(root)
    base = next((e.get("href") for e in root.iter("base") if e.get("href")), None)
    try:
        where = urljoin(url, base.strip()) if base else url
    except ValueError:
        where = url
    return Page(
        url=url,
        root=root,
        charset=charset,
        size=size,
        base=where,
        meta=_meta(root),
        cut=cut,
        elements=elements,
        characters=characters,
    )


def plain(text: str | None) -> str:
    """Letters and digits only, lower case: to compare texts."""
    return _NO_LETTERS.sub("", text).lower() if text else ""


def squeeze(text: str) -> str:
    """``text`` with runs of white space made one space, zero-width characters and soft hyphens removed; a no-break space between words stays."""
    if text.isascii():
        return " ".join(text.split())
    return _SPACES.sub(" ", _ZERO_WIDTH.sub("", text)).strip()


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that a page may hold and a tree may not be given."""
_NO_LETTERS = re.compile(r"\W+")
_SPACES = re.compile(r"\s{2,}|[^\S\xa0\u202f]")
_ZERO_WIDTH = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")


def short_language(code: str) -> str:
    """``vi-VN`` and ``vi_VN`` as ``vi``; ``zh-Hant`` keeps its script, ``zh-TW`` becomes it."""
    parts = code.replace("_", "-").split("-")
    language = parts[0].lower()
    if language == "zh":
        rest = {part.lower() for part in parts[1:]}
        return "zh-Hant" if rest & {"hant", "tw", "hk", "mo"} else "zh"
    return {"cn": "zh", "nb": "no", "nn": "no", "iw": "he", "in": "id"}.get(language, language)


def _meta(root: HtmlElement) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        content = squeeze(element.get("content") or "")
        if not content:
            continue
        for attribute in ("name", "property", "itemprop", "http-equiv"):
            name = (element.get(attribute) or "").strip().lower()
            if name:
                found.setdefault(name, []).append(content[:20_000])
    return {name: tuple(contents) for name, contents in found.items()}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-LD value: lists and ``@graph`` opened."""
    stack = [value]
    seen = 0
    while stack and seen < 2000:
        seen += 1
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            if isinstance(item.get("@graph"), list | dict):
                stack.append(item["@graph"])
            if "@type" in item or "headline" in item:
                yield item


def _measure(root: HtmlElement) -> tuple[int, int]:
    """How many elements there are and how much text; what lies deeper than ``MAX_DEPTH`` is lifted: others walk by recursion."""
    elements = int(cast("float", _COUNT(root)))
    hidden = sum(len(element.text or "") for element in root.iter("script", "style"))
    characters = int(cast("float", _LENGTH(root))) - hidden
    for element in cast("list[HtmlElement]", _DEEP(root)):
        if not len(element):
            continue
        text = " ".join(part for part in element.itertext() if part.strip())
        for child in list(element):
            element.remove(child)
        element.text = _NOT_XML.sub(" ", text)
    return elements, characters
