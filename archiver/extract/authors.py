"""Who wrote an article: names without "By", one each; agencies and desks are names of their own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml.html import HtmlElement

from archiver.extract import schema
from archiver.extract.blocks import Block
from archiver.html.page import Page, squeeze
from archiver.model.article import FieldSource

_BY = re.compile(
    r"\A(?:(?:written|posted|reported|published|story|words|text|texte|texto|testo|tekst|report|interview|analysis|opinion)\s+(?:by|von|par|por|di)\b|"
    r"(?:by|von|par|por|de|di|da|door|av|af|przez|autor(?:in|en|zy|es)?|author|auteur|autore|tác giả|bài|nguồn|oleh|от|автор|text|texte|texto|foto|"
    r"redaktion|gastbeitrag von|ein gastbeitrag von|von unserem|written|penulis|kirjoittaja|皆|文|記者|기자)\s*[::]|(?:by|von|par|por|door|av|af|di|oleh|tác giả)\s)\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[;|•·/\n]|,(?!\s*(?:jr|sr|ph\.?d|md|m\.d|esq|dr)\b)|\s[-–—]\s|(?:^|\s)(?:and|und|et|y|e|och|og|và|ja|dan|и|та|&|\+)(?=\s)|、|，)\s*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:\([^)]{0,80}\)|,?\s*(?:reporter|correspondent|staff writer|senior writer|editor|editorial|journalist|redakteur(?:in)?|redaktion|contributor|with agencies|mit agenturen|"
    r"special correspondent|chief correspondent|political editor|updated|published|\d).*)\Z",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"https?:|www\.|\.(?:com|html?)/|@\w+\.\w|[<>{}=\\]|\A\W*\Z|\A\d+\Z|\A(?:admin|administrator|editor|staff|author|webmaster|undefined|null|none|unknown|n/a|user|root)\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\A(?:jr|sr|phd|md|esq)\.?\Z", re.IGNORECASE)
_META = (
    "author",
    "article:author",
    "byl",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "cxenseparse:author",
    "article:author_name",
    "og:article:author",
    "citation_author",
)
_BYLINE = re.compile(
    r"(?:\b|_|-)(?:by-?line|author|autor|auteur|autore|writer|byeline|cms-author|tacgia|penulis|reporter)s?(?:\b|_|-)",
    re.IGNORECASE,
)
_MAX = 12


def read_authors(
    page: Page, node: dict[str, Any], *, seen: Iterable[Block], selected: Iterable[HtmlElement], publisher: str | None
) -> tuple[tuple[str, ...], FieldSource | None]:
    """The authors and where they were read."""
    chosen = clean(element.text_content() for element in selected)
    if chosen:
        return chosen, FieldSource("page", 0.9)
    told = clean(schema.names(node.get("author")))
    if not told:
        told = clean(schema.names(node.get("creator")))
    if told and not (len(told) == 1 and _same(told[0], publisher)):
        return told, FieldSource("json-ld", 0.95)
    for name in _META:
        found = clean(page.meta.get(name, ()))
        if found and not (len(found) == 1 and _same(found[0], publisher)):
            return found, FieldSource("meta", 0.85)
    marked = clean(_microdata(page.root))
    if marked:
        return marked, FieldSource("microdata", 0.8)
    linked = clean(e.text_content() for e in page.root.iter("a") if "author" in (e.get("rel") or "").lower().split())
    if linked:
        return linked[:4], FieldSource("page", 0.75)
    visible = clean(_bylines(seen))
    if visible:
        return visible, FieldSource("page", 0.6)
    return (told, FieldSource("json-ld", 0.7)) if told else ((), None)


def clean(values: Iterable[str]) -> tuple[str, ...]:
    """Names out of what a page writes: "By", functions, addresses and doubles removed, lists split."""
    out: list[str] = []
    for value in values:
        text = squeeze(html.unescape(value))[:400]
        text = _BY.sub("", text)
        for part in _SPLIT.split(text):
            name = _TAIL.sub("", _BY.sub("", part)).strip(' .,:;-–—|*\u201c\u201d"')
            if not name or len(name) > 80 or len(name) < 2 or len(name.split()) > 7 or _NO_NAME.search(name):
                continue
            if name.lower() not in {known.lower() for known in out}:
                out.append(name)
    return tuple(out[:_MAX])


def _same(name: str, publisher: str | None) -> bool:
    return publisher is not None and re.sub(r"\W+", "", name).lower() == re.sub(r"\W+", "", publisher).lower()


def _microdata(root: HtmlElement) -> Iterator[str]:
    for element in root.iter():
        if (
            isinstance(element.tag, str)
            and element.tag != "meta"
            and (element.get("itemprop") or "").lower() == "author"
        ):
            inner = next((e for e in element.iter() if e is not element and e.get("itemprop") == "name"), element)
            yield inner.get("content") or inner.text_content()


def _bylines(seen: Iterable[Block]) -> Iterator[str]:
    for block in seen:
        if block.size > 120:
            continue
        element = block.element
        parent = element.getparent()
        names = " ".join(filter(None, (element.get("class"), parent.get("class") if parent is not None else "")))
        if _BYLINE.search(names) or re.match(r"(?:By|Von|Par|Por|Door|Av|Tác giả:?)\s+\w", block.text):
            yield block.text
            return
