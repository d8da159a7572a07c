"""The addresses of articles that a page's JSON-LD names: the entries of lists, and what a page says it is about (schema.org).

A section front often names in it what its script shows only later.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from archiver.errors import NotHttpUrl
from archiver.html import loose_json
from archiver.html.urls import absolute

MAX_SCRIPTS = 20
MAX_SCRIPT = 500_000
MAX_FOUND = 1_000
MAX_DEPTH = 20
_SCRIPT = re.compile(rb"<script\b[^<>]{0,500}ld\+json[^<>]{0,500}>", re.IGNORECASE)
_END = re.compile(rb"</script", re.IGNORECASE)
_ARTICLES = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|ListItem|WebPage|Report)\Z")
_ADDRESSES = ("url", "mainEntityOfPage", "item", "@id")


def read_json_ld_links(page: bytes, *, url: str) -> tuple[str, ...]:
    """Absolute, legal addresses in the page's order, each once. Never raises, whatever the bytes."""
    found: dict[str, None] = {}
    for text in _scripts(page):
        for value in loose_json.read(text):
            for address in _addresses(value, depth=0):
                if len(found) >= MAX_FOUND:
                    return tuple(found)
                try:
                    clean = absolute(html.unescape(address), base=url)
                except NotHttpUrl:
                    continue
                if clean is not None:
                    found[clean] = None
    return tuple(found)


def _scripts(page: bytes) -> Iterator[str]:
    at = 0
    for _ in range(MAX_SCRIPTS):
        start = _SCRIPT.search(page, at)
        if start is None:
            return
        end = _END.search(page, start.end())
        at = end.start() if end else len(page)
        yield page[start.end() : min(at, start.end() + MAX_SCRIPT)].decode("utf-8", "replace")


def _addresses(value: Any, *, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for each in value:
            yield from _addresses(each, depth=depth + 1)
    elif isinstance(value, dict):
        if _is_article(value.get("@type")):
            for name in _ADDRESSES:
                told = value.get(name)
                # Without a scheme or a slash it is a name, not an address.
                if isinstance(told, str) and "/" in told:
                    yield told
                    break
        for each in value.values():
            if isinstance(each, dict | list):
                yield from _addresses(each, depth=depth + 1)


def _is_article(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(each, str) and _ARTICLES.match(each.rpartition("/")[2]) for each in kinds)
