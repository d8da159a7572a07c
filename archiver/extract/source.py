"""Of whom a page says that it took its text: the source line, JSON-LD, relations and meta of the head, datelines, agencies as authors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from archiver.errors import NotHttpUrl
from archiver.extract import schema_org
from archiver.extract.blocks import SOURCE_LINE, TextBlock
from archiver.extract.tail import AGENCY, Tail, host_name
from archiver.extract.title import site_names
from archiver.html.page_tree import Page, plain
from archiver.html.urls import domain_of
from archiver.model.article import FieldSource
from archiver.model.url import clean_url, host_of

_RELATIONS = ("syndication-source", "original-source", "original")
_META = ("article:source", "source", "dc.source", "dcterms.source", "news_source", "contentsource", "original_source")
_DATELINE = re.compile(rf"[^()（）.!?]{{0,80}}[(（](?P<name>{AGENCY}(?:/[\w+.]{{2,20}})?)[)）]\s*[-–—:]")
_AGENCY_NAME = re.compile(rf"(?:Agence )?(?:{AGENCY}|Associated Press|The Associated Press|Press Association)\Z")
_LONGEST = 80
_SAYING = 5


@dataclass(frozen=True, slots=True)
class SourceCredit:
    """Address and name of the source, each with where it was read."""

    url: str | None = None
    url_from: FieldSource | None = None
    name: str | None = None
    name_from: FieldSource | None = None


@dataclass(frozen=True, slots=True)
class _Hint:
    """What one place says; ``sure`` where it is believed also when it names the site itself."""

    url: str | None
    name: str | None
    source: FieldSource
    sure: bool = False


def read_source(
    page: Page,
    node: dict[str, Any],
    *,
    tail: Tail,
    body: Sequence[TextBlock],
    authors: Sequence[str],
    publisher: str | None,
) -> SourceCredit:
    """The source that the page names. What is said under the text comes first; the site itself is no source, its agency is."""
    own = site_names(page, publisher)
    said = [
        _Hint(tail.source_url, tail.source_name, FieldSource("page", 0.95), sure=tail.source_url is not None),
        *_given(page, node),
        _Hint(None, tail.agency, FieldSource("page", 0.7), sure=True),
        _Hint(None, _dateline(body), FieldSource("page", 0.7)),
        _Hint(None, next((name for name in authors if _AGENCY_NAME.match(name)), None), FieldSource("page", 0.6)),
    ]
    hints = [hint for hint in said if not _is_own(hint, own, page)]
    linked = next((hint for hint in hints if hint.url), None)
    named = linked if linked and linked.name else next((hint for hint in hints if hint.name), None)
    if named is not None:
        name, name_from = named.name, named.source
    elif linked is not None:
        name, name_from = host_name(linked.url or ""), linked.source
    else:
        name = name_from = None
    return SourceCredit(linked.url if linked else None, linked.source if linked else None, name, name_from)


def _is_own(hint: _Hint, own: set[str], page: Page) -> bool:
    """Whether what a page names is the site itself."""
    if hint.sure:
        return False
    if hint.url:
        return not is_elsewhere(hint.url, page.url)
    bare = plain(hint.name)
    return any(bare == name or (len(name) >= _SAYING and name in bare) for name in own)


def _given(page: Page, node: dict[str, Any]) -> Iterator[_Hint]:
    """What the head says, the most telling first."""
    for name in ("isBasedOn", "isBasedOnUrl"):
        value = node.get(name)
        for item in (value if isinstance(value, list) else [value])[:5]:
            yield _work(item)
    for url in page.related(*_RELATIONS):
        yield _Hint(_legal(url), None, FieldSource("meta", 0.85))
    for name in _RELATIONS[:2]:
        yield _Hint(_legal(page.absolute(page.first(name))), None, FieldSource("meta", 0.85))
    for organisation in schema_org.names(node.get("sourceOrganization"))[:1]:
        yield _Hint(None, _short(organisation), FieldSource("json-ld", 0.85))
    yield _Hint(None, _short(schema_org.text(node.get("creditText"))), FieldSource("json-ld", 0.75))
    for name in _META:
        if content := page.first(name):
            line = SOURCE_LINE.match(content)
            text = line.group("rest") if line else content
            found = text.startswith(("http://", "https://"))
            yield _Hint(_legal(text) if found else None, None if found else _short(text), FieldSource("meta", 0.75))
    if page.canonical and len(urlsplit(page.canonical).path) > 1:
        yield _Hint(_legal(page.canonical), None, FieldSource("meta", 0.7))


def _work(value: Any) -> _Hint:
    source = FieldSource("json-ld", 0.9)
    if isinstance(value, str):
        return _Hint(_legal(value), None, source)
    if not isinstance(value, dict):
        return _Hint(None, None, source)
    url = next(
        (u for key in ("url", "@id", "sameAs") if isinstance(value.get(key), str) and (u := _legal(value[key]))), None
    )
    by = next(
        (n for key in ("sourceOrganization", "publisher", "provider") for n in schema_org.names(value.get(key))), None
    )
    return _Hint(url, _short(by), source)


def _dateline(body: Sequence[TextBlock]) -> str | None:
    """The agency in the first words: `PARIS, May 3 (Reuters) - …`."""
    match = _DATELINE.match(body[0].text) if body else None
    return match.group("name") if match else None


def is_elsewhere(url: str, here: str) -> bool:
    """Whether ``url`` belongs to another house than ``here``: another registered domain."""
    return domain_of(host_of(url)) != domain_of(host_of(here))


def _short(name: str | None) -> str | None:
    return name if name and len(name) <= _LONGEST and not name.startswith(("http://", "https://")) else None


def _legal(address: str | None) -> str | None:
    if not address:
        return None
    try:
        return clean_url(address)
    except NotHttpUrl:
        return None
