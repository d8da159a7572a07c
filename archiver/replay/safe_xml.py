"""SVG and XHTML as the safe view shows them: parsed and written as XML, under the rules of pages."""

from __future__ import annotations

from typing import Any

from lxml import etree

from archiver.html.tokenizer import Foreign
from archiver.replay.parts import Finder, Parts
from archiver.replay.safe_attributes import Cleaner
from archiver.replay.safe_html import Rewritten

SVG = "http://www.w3.org/2000/svg"
MATHML = "http://www.w3.org/1998/Math/MathML"
XHTML = "http://www.w3.org/1999/xhtml"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_PREFIXES = {"http://www.w3.org/1999/xlink": "xlink:", "http://www.w3.org/XML/1998/namespace": "xml:"}
_FOREIGN: dict[str, Foreign] = {SVG: "svg", MATHML: "math"}
MAX_ELEMENTS = 300_000


def rewrite_xml(data: bytes, *, url: str, parts: Parts, find: Finder, mend: bool = False) -> Rewritten | None:
    """The safe form of an SVG picture or an XHTML page; None when it is no XML (with ``mend``: when nothing can be read).

    Entities that it defines itself are put in; nothing outside is read. The parser bounds depth (256) and growth.
    """
    root = _parse(data, mend=mend)
    if root is None:
        return None
    first = _Cleaned(root, parts, url=url)
    first.read()
    parts.found = find(list(parts.wanted), parts.at)
    parts.units.clear()
    second = _Cleaned(root, parts, url=url)
    cut = second.write()
    text = etree.tostring(root, encoding="unicode", with_tail=False)
    return Rewritten(text, tuple(parts.units.values()), cut or parts.cut)


def _parse(data: bytes, *, mend: bool) -> Any:
    parser = etree.XMLParser(
        resolve_entities="internal",  # type: ignore[arg-type]  # the stubs are older than this choice
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=mend,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return root


class _Cleaned:
    """One reading of a tree: ``read`` gathers its parts, ``write`` changes it."""

    def __init__(self, root: Any, parts: Parts, *, url: str) -> None:
        self._root = root
        base = next((e.get("href") for e in root.iter(f"{{{XHTML}}}base") if e.get("href")), None)
        self._cleaner = Cleaner(parts, base=parts.absolute(base, url) or url if base else url)

    def read(self) -> None:
        for element in _elements(self._root):
            name, foreign = _name(element)
            self._cleaner.clean(name, _attributes(element), foreign=foreign)
            if name == "style" and element.text:
                self._cleaner.style("".join(element.itertext()))

    def write(self) -> bool:
        """Changes the tree; whether it was cut."""
        count = 0
        for element in _elements(self._root):
            count += 1
            name, foreign = _name(element)
            given = _attributes(element)
            kept = self._cleaner.clean(name, given, foreign=foreign)
            # Removed whole: unlike in HTML, what such an element holds is never shown.
            if count > MAX_ELEMENTS or kept is None or name == "script":
                _remove(element)
                continue
            if name == "iframe":
                kept.pop("srcdoc", None)
            _set(element, given, kept)
            if name == "style":
                text = self._cleaner.style("".join(element.itertext()))
                for child in list(element):
                    element.remove(child)
                element.text = text
        return count > MAX_ELEMENTS


def _elements(root: Any) -> list[Any]:
    return [element for element in root.iter() if isinstance(element.tag, str)]


def _name(element: Any) -> tuple[str, Foreign]:
    name = etree.QName(element)
    return name.localname.lower(), _FOREIGN.get(name.namespace or "", "")


def _written(key: str) -> str:
    """An attribute's name as the rules have it: lower case, with the usual prefix."""
    if not key.startswith("{"):
        return key.lower()
    name = etree.QName(key)
    return _PREFIXES.get(name.namespace or "", "") + name.localname.lower()


def _attributes(element: Any) -> dict[str, str]:
    return {_written(key): value for key, value in element.attrib.items()}


def _set(element: Any, given: dict[str, str], kept: dict[str, str]) -> None:
    for key in list(element.attrib):
        name = _written(key)
        if name not in kept:
            del element.attrib[key]
        elif kept[name] != given.get(name):
            element.set(key, kept[name])
    for name in kept.keys() - given.keys():
        element.set(_XLINK if name == "xlink:href" else name, kept[name])


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        element.clear()
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
