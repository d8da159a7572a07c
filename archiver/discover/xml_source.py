"""RSS, Atom, RDF, sitemaps and their indexes: read element by element, by local name, whatever the namespaces claim.

No entity is expanded, no DTD read, nothing fetched. A document that is not well-formed is read as far as the parser
gets; and then, entry by entry, each on its own, when that finds more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from html import escape
from html.entities import html5
from itertools import islice
from typing import Any

from lxml import etree

from archiver.discover.fields import plain, read_address, read_date, read_language, read_title
from archiver.discover.source_reading import MAX_ENTRIES, Entries, Entry, SourceFormat, SourceProblem, SourceProblemKind

_ROOTS = {
    "rss": SourceFormat.RSS,
    "channel": SourceFormat.RSS,
    "rdf": SourceFormat.RDF,
    "feed": SourceFormat.ATOM,
    "urlset": SourceFormat.SITEMAP,
    "sitemapindex": SourceFormat.SITEMAP_INDEX,
    "html": SourceFormat.HTML,
}
_ENTRY_NAMES = {
    SourceFormat.RSS: {"item"},
    SourceFormat.RDF: {"item"},
    SourceFormat.ATOM: {"entry"},
    SourceFormat.SITEMAP: {"url", "sitemap"},
    SourceFormat.SITEMAP_INDEX: {"sitemap", "url"},
}
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[<>]{0,2000}(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_PROLOG = re.compile(r"(?:\s+|<\?[^<>]*>|<!--(?:(?!-->).)*-->)*(?=<!DOCTYPE\b)", re.DOTALL | re.IGNORECASE)
_ELEMENT = re.compile(r"<[A-Za-z]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)(?:([A-Za-z][A-Za-z0-9]{1,30};))?"
)
_NAMESPACE = re.compile(r"""\bxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"<>&]{0,300}"|'[^'<>&]{0,300}')""")
_HTTP = re.compile(r"https?://\S+\Z", re.IGNORECASE)
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CHUNK = 1 << 16


def read_xml(text: str, *, zone: tzinfo = UTC) -> Entries:
    """The entries of an XML source. An unknown root gives ``UNKNOWN`` and none."""
    text = _ILLEGAL.sub(" ", text)
    problems = []
    if (prolog := _PROLOG.match(text[:100_000])) and (doctype := _DOCTYPE.match(text, prolog.end())):
        if "<!ENTITY" in doctype[0].upper():
            problems.append(SourceProblem(SourceProblemKind.ENTITIES, "it declares entities, which are not expanded"))
        # An entity's value may hold what looks like the end: go on at the first element.
        root = _ELEMENT.search(text, doctype.end())
        text = text[root.start() :] if root else ""
    text = _REFERENCE.sub(_resolved, text)
    entries, damage = _whole(text, zone=zone)
    if damage and entries.format in _ENTRY_NAMES:
        problems.append(SourceProblem(SourceProblemKind.DAMAGED, damage))
        apart = _one_by_one(text, entries.format, zone=zone)
        if _links(apart) > _links(entries):
            entries = apart
    entries.problems[:0] = problems
    return entries


def _resolved(reference: re.Match[str]) -> str:
    """HTML's names as characters, names that nobody declared as nothing, a bare ``&`` as one."""
    if reference[1] is None:
        return "&amp;"
    return escape(html5.get(reference[1], ""))


def _links(entries: Entries) -> int:
    return sum(1 for entry in entries.found if entry.url)


def _whole(text: str, *, zone: tzinfo) -> tuple[Entries, str | None]:
    """The entries in one pass, and the first thing that is not well-formed."""
    parser = etree.XMLPullParser(
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    reader = _Reader(zone)
    data = text.encode("utf-8", "replace")
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            reader.read(parser.read_events())
            if reader.entries.more or reader.entries.format is SourceFormat.HTML:
                return reader.entries, None
        parser.close()
        reader.read(parser.read_events())
    except etree.XMLSyntaxError as error:
        return reader.entries, str(error)[:200]
    faults = [fault for fault in parser.feed_error_log if fault.domain_name != "NAMESPACE"]
    return reader.entries, f"line {faults[0].line}: {faults[0].message}"[:200] if faults else None


def _one_by_one(text: str, form: SourceFormat, *, zone: tzinfo) -> Entries:
    """The entries of a damaged document, each parsed alone, so that one costs none of the others."""
    names = "|".join(sorted(_ENTRY_NAMES[form]))
    starts = re.compile(rf"<(?:[A-Za-z][\w.-]*:)?({names})(?=[\s>])", re.IGNORECASE)
    found = list(islice(starts.finditer(text), MAX_ENTRIES + 1))
    head = text[: found[0].start()] if found else ""
    spaces = " ".join(dict.fromkeys(match[0] for match in _NAMESPACE.finditer(head[-20_000:])))
    reader = _Reader(zone)
    reader.entries.format = form
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        closing = re.search(rf"</(?:[A-Za-z][\w.-]*:)?{match[1]}\s*>", text[match.start() : end], re.IGNORECASE)
        chunk = text[match.start() : match.start() + closing.end() if closing else end]
        parser = etree.XMLParser(
            recover=True, resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
        )
        try:
            root = etree.fromstring(f"<r {spaces}>{chunk}</r>".encode(), parser)
        except etree.XMLSyntaxError:
            continue
        if root is not None and len(root):
            reader.entry(root[0])
        if reader.entries.more:
            break
    return reader.entries


class _Reader:
    """Takes a parser's events; elements are forgotten once they are read."""

    def __init__(self, zone: tzinfo) -> None:
        self.entries = Entries(SourceFormat.UNKNOWN)
        self._zone = zone
        self._names: set[str] = set()
        self._language: str | None = None
        self._begun = False

    def read(self, events: Iterable[Any]) -> None:
        """Take what the parser has read so far."""
        for event, element in events:
            name = _name(element)
            if not self._begun:
                self._begin(element, name)
            if event == "start":
                continue
            if name in self._names:
                self.entry(element)
                _forget(element)
            elif name == "language" and (parent := element.getparent()) is not None and _name(parent) == "channel":
                self._language = read_language(element.text) or self._language

    def entry(self, element: etree._Element) -> None:
        """Read one item, entry, url or sitemap."""
        form = self.entries.format
        if form in {SourceFormat.SITEMAP, SourceFormat.NEWS_SITEMAP, SourceFormat.SITEMAP_INDEX}:
            self._sitemap_entry(element)
        else:
            self._feed_entry(element)

    def _begin(self, root: etree._Element, name: str) -> None:
        self._begun = True
        self.entries.format = _ROOTS.get(name, SourceFormat.UNKNOWN)
        self._names = _ENTRY_NAMES.get(self.entries.format, set())
        self._language = read_language(root.get(_XML_LANG))

    def _sitemap_entry(self, element: etree._Element) -> None:
        """A sitemap's ``url``, or an index's ``sitemap``."""
        fields = _fields(element)
        # Some write a sitemap's address right into the element.
        address = read_address(_text(_own(fields.get("loc", []), element)) or element.text)
        news = fields.get("news", [None])[0]
        news_fields = _fields(news) if news is not None else {}
        if news is not None:
            self.entries.format = SourceFormat.NEWS_SITEMAP
        publication = news_fields.get("publication", [None])[0]
        language = _first(_fields(publication), "language") if publication is not None else None
        self.entries.add(
            Entry(
                address,
                title=read_title(_first(news_fields, "title")),
                language=read_language(language),
                published_at=self._date(_first(news_fields, "publication_date")),
                modified_at=self._date(_first(fields, "lastmod")),
                is_source=_name(element) == "sitemap",
            )
        )

    def _feed_entry(self, element: etree._Element) -> None:
        """A feed's item or entry."""
        fields = _fields(element)
        self.entries.add(
            Entry(
                _link(element, fields),
                base=element.base if (element.base or "").startswith("http") else None,
                title=read_title(_text(_own(fields.get("title", []), element))),
                language=read_language(_first(fields, "language") or element.get(_XML_LANG)) or self._language,
                published_at=self._date(_first(fields, "pubdate", "published", "date", "issued", "created")),
                modified_at=self._date(_first(fields, "updated", "modified")),
            )
        )

    def _date(self, text: str | None) -> datetime | None:
        return read_date(text, zone=self._zone)


def _link(element: etree._Element, fields: dict[str, list[etree._Element]]) -> str | None:
    """An entry's address: its own link, then Atom's, a permanent guid, RDF's name, an id that is a URL."""
    links = fields.get("link", [])
    for link in sorted(links, key=lambda each: _space(each) != _space(element)):
        if found := read_address(_text(link)):
            return found
    ranks = {"alternate": 0, None: 0, "": 0}
    ranked = [(ranks[link.get("rel")], link) for link in links if link.get("rel") in ranks and link.get("href")]
    if ranked:
        html_first = min(ranked, key=lambda each: "html" not in (each[1].get("type") or "html"))
        return read_address(html_first[1].get("href"))
    for guid in fields.get("guid", []):
        address = read_address(_text(guid))
        if address and guid.get("isPermaLink") != "false" and _HTTP.match(address):
            return address
    about = next((value for key, value in element.attrib.items() if str(key).endswith("about")), None)
    for text in (about, _first(fields, "id", "origlink", "guid")):
        address = read_address(str(text)) if text else None
        if address and _HTTP.match(address):
            return address
    others = {link.get("rel"): link.get("href") for link in reversed(links) if link.get("href")}
    return read_address(next((others[rel] for rel in ("canonical", "via", "related", "self") if rel in others), None))


def _fields(element: etree._Element) -> dict[str, list[etree._Element]]:
    """The child elements by local name, lower case."""
    found: dict[str, list[etree._Element]] = {}
    for child in element:
        if isinstance(child.tag, str):
            found.setdefault(_name(child), []).append(child)
    return found


def _first(fields: dict[str, list[etree._Element]], *names: str) -> str | None:
    """The text of the first of these fields that has one."""
    for name in names:
        for element in fields.get(name, ()):
            if text := _text(element):
                return text
    return None


def _own(elements: list[etree._Element], parent: etree._Element) -> etree._Element | None:
    """The first in the parent's own namespace, else the first: ``image:loc`` is not ``loc``."""
    return next((each for each in elements if _space(each) == _space(parent)), elements[0] if elements else None)


def _text(element: etree._Element | None) -> str | None:
    """All text inside, markup left out; None when it is blank."""
    if element is None:
        return None
    text = "".join(part for part in element.itertext() if isinstance(part, str))
    return text if plain(text) else None


def _name(element: etree._Element) -> str:
    """The local name, lower case, also where a prefix was never declared."""
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _space(element: etree._Element) -> str:
    """The namespace, or the prefix where it was never declared."""
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[0] or tag.rpartition(":")[0]


def _forget(element: etree._Element) -> None:
    """Free an element and those before it, so that a large sitemap never stands in memory as a tree."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
