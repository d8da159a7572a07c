"""What a page's JSON-LD says of its article (schema.org NewsArticle and its kin)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from archiver.html.page_tree import Page, squeeze

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|Review)\Z")
_INSIDE = ("mainEntity", "mainEntityOfPage", "itemReviewed", "about")
_TAG = re.compile(r"</?[a-zA-Z][^>]{0,400}>")


def types_of(node: dict[str, Any]) -> tuple[str, ...]:
    """The types of an object, without the schema's address."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return tuple(str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in names if name)


def is_article(node: dict[str, Any]) -> bool:
    """Whether the object is an article of some kind."""
    return any(_ARTICLE.search(name) for name in types_of(node))


def article_node(page: Page) -> dict[str, Any]:
    """The object that describes this page's article: the one with the page's address, else the first; empty without any."""
    found: list[dict[str, Any]] = []
    for node in page.json_ld:
        if is_article(node):
            found.append(node)
        for name in _INSIDE:
            inner = node.get(name)
            if isinstance(inner, dict) and is_article(inner):
                found.append(inner)
    if not found:
        return {}
    here = {_path(page.url), _path(page.canonical)} - {""}
    named = [node for node in found if here & {_path(a) for a in _addresses(node)}]
    best = max(
        named or found[:1], key=lambda node: (bool(node.get("headline")), bool(node.get("datePublished")), len(node))
    )
    return {**best, "author": best.get("author") or _from_others(found, "author")} if named or len(found) == 1 else best


def _from_others(found: Sequence[dict[str, Any]], name: str) -> Any:
    return next((node[name] for node in found if node.get(name)), None)


def _addresses(node: dict[str, Any]) -> Iterator[str]:
    for name in ("url", "@id", "mainEntityOfPage"):
        value = node.get(name)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str):
            yield value


def _path(url: str | None) -> str:
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return parts.path.rstrip("/") + (f"?{parts.query}" if "=" in parts.query and len(parts.path) < 2 else "")


def text(value: Any) -> str | None:
    """A string of JSON-LD as plain text: entities and tags resolved; None when it is none."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    if not isinstance(value, str):
        return None
    if "&" in value:
        # Twice: pages escape what was escaped before.
        value = html.unescape(html.unescape(value))
    if "<" in value:
        value = _TAG.sub(" ", value)
    return squeeze(value) or None


def texts(value: Any) -> tuple[str, ...]:
    """The strings of a value that is one, a list of them or of objects with a name, or a list in one string."""
    if isinstance(value, str):
        comma = r", |;" if ", " in value else r"[,;]"
        return tuple(part for part in (squeeze(html.unescape(p)) for p in re.split(comma, value)) if part)
    items = value if isinstance(value, list) else [value]
    return tuple(found for item in items[:200] if (found := text(item)))


def names(value: Any) -> tuple[str, ...]:
    """The names of persons and organisations."""
    out: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        name = item
        if isinstance(item, list):
            out.extend(names(item))
            continue
        if isinstance(item, dict):
            name = item.get("name")
            if not name and (item.get("givenName") or item.get("familyName")):
                name = f"{item.get('givenName') or ''} {item.get('familyName') or ''}"
            if isinstance(name, list | dict):
                out.extend(names(name))
                continue
        if found := text(name):
            out.append(found)
    return tuple(out)


def long_text(node: dict[str, Any]) -> str:
    """``articleBody`` as plain text, with its line breaks."""
    value = node.get("articleBody")
    if isinstance(value, list):
        value = "\n".join(v for v in value if isinstance(v, str))
    if not isinstance(value, str):
        return ""
    if "<" in value:
        value = _TAG.sub("\n", value)
    return html.unescape(value)
