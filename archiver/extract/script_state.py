"""The article in a page's scripts: what a page that is drawn by a script carries as data, where nothing of it stands in its HTML.

Frameworks write their state as JSON (``__NEXT_DATA__``, ``Fusion.globalContent``, Apollo, React Query) or as strings pushed one by one
(React's server components). No script is run: JSON values are found and read as they are, bounded in size, number and depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from archiver.html.page_tree import Page, squeeze

MAX_SCRIPTS = 6_000_000
"""Characters of scripts that are looked at."""
MAX_NODES = 100_000
MAX_TRIES = 40
"""How many places of one script may turn out to be no JSON."""
MAX_HTML = 1_000_000
LEAST = 300
"""Letters that a text has at least."""
_START = re.compile(r"(?:\A|[=(,:])\s*(?=[{\[])")
_FLIGHT = re.compile(r"^[0-9a-f]{1,6}:(?=[\[{])", re.MULTILINE)
_MARKUP = re.compile(r"<(?:p|br|h[2-6]|div|ul|blockquote)\b[^>]{0,400}>", re.IGNORECASE)
_ANY_TAG = re.compile(r"</?[a-zA-Z][^>]{0,400}>")
_BODY_KEY = re.compile(r"body|content|text|html|story|article|paragraph", re.IGNORECASE)
_OTHERS = re.compile(
    r"related|recommend|comment|latest|popular|trending|sidebar|footer|legal|terms|privacy|cookie|i18n", re.IGNORECASE
)
_LETTERS = re.compile(r"\W+")
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)]*\s*\Z")
_PIECE = 40
_PLACEHOLDER = re.compile(r"(\$\$|%%|##|@@)\w{2,40}\1|\[\[\w{2,40}\]\]|\{\{[\w. ]{2,40}\}\}")
"""Where a script puts an advertisement or a picture."""


@dataclass(slots=True)
class _Node:
    value: Any
    keys: tuple[str, ...]
    titled: bool


def read_state(page: Page, *, titles: frozenset[str]) -> HtmlElement | None:
    """The text that the page's scripts carry, as an element with paragraphs; None where none is long enough.

    ``titles`` are the page's titles (letters only): a text that stands beside one of them is preferred.
    """
    best: tuple[float, list[str]] = (0.0, [])
    for value in _values(page.root):
        for weight, parts in _texts(value, titles):
            if weight > best[0]:
                best = (weight, parts)
    return _as_element(best[1]) if best[1] else None


def _values(root: HtmlElement) -> Iterator[Any]:
    """The JSON values in the page's own scripts."""
    left = MAX_SCRIPTS
    pushed: list[str] = []
    for script in root.iter("script"):
        text = script.text or ""
        if len(text) < LEAST or script.get("src") or "ld+json" in (script.get("type") or ""):
            continue
        left -= len(text)
        if left < 0:
            break
        for value in _json_in(text, _START):
            if isinstance(value, list) and len(value) == 2 and value[0] == 1 and isinstance(value[1], str):
                pushed.append(value[1])
            else:
                yield value
    if pushed:
        # Pieces of one stream: lines of JSON, and texts on their own.
        yield from _json_in("".join(pushed), _FLIGHT)
        yield from ([piece] for piece in pushed)


def _json_in(text: str, start: re.Pattern[str]) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    place = tries = 0
    while tries < MAX_TRIES and (match := start.search(text, place)):
        try:
            value, place = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            tries += 1
            place = match.end() + 1
            continue
        yield value


def _texts(value: Any, titles: frozenset[str]) -> Iterator[tuple[float, list[str]]]:
    """Every text in a value that may be an article's, with its weight: a string with markup or sentences, or a list that holds paragraphs."""
    stack = [_Node(value, (), titled=False)]
    seen = 0
    while stack and seen < MAX_NODES:
        node = stack.pop()
        seen += 1
        if isinstance(node.value, str):
            yield from _weighed([node.value], node)
        elif isinstance(node.value, list):
            parts = [part for item in node.value[:2000] if (part := _own_text(item))]
            if len(parts) > 1:
                yield from _weighed(parts, node)
            stack.extend(_Node(item, node.keys, node.titled) for item in node.value)
        elif isinstance(node.value, dict):
            named = any(isinstance(v, str) and len(v) < 500 and _plain(v) in titles for v in node.value.values())
            for key, item in node.value.items():
                stack.append(_Node(item, (*node.keys[-5:], str(key)[:60]), node.titled or named))


def _own_text(item: Any) -> str | None:
    """The text of one item of a list of paragraphs: the item, or its longest text."""
    if isinstance(item, str):
        return item if _size(item) >= _PIECE else None
    if isinstance(item, list):
        text = _drawn(item)
        return text if _size(text) >= _PIECE else None
    if not isinstance(item, dict):
        return None
    found = [v for k, v in item.items() if isinstance(v, str) and _BODY_KEY.search(str(k)) and _size(v) >= _PIECE]
    for name in ("value", "data", "children", "attrs", "attributes", "model"):
        inner = item.get(name)
        if isinstance(inner, str):
            found.append(inner)
        elif isinstance(inner, dict):
            found += [v for k, v in inner.items() if isinstance(v, str) and _BODY_KEY.search(str(k))]
    best = max(found, key=len, default=None)
    return best if best and _size(best) >= _PIECE else None


def _drawn(element: list[Any]) -> str:
    """The text of a drawn element, ``["$", "p", key, {"children": …}]``; empty for other lists."""
    out: list[str] = []
    stack: list[Any] = [element]
    while stack and len(out) < 200:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
        elif isinstance(item, list):
            if len(item) == 4 and item[0] == "$" and isinstance(item[3], dict):
                stack.append(item[3].get("children"))
            elif item is not element:
                stack.extend(reversed(item[:200]))
    return "".join(out)


def _weighed(parts: Sequence[str], node: _Node) -> Iterator[tuple[float, list[str]]]:
    size = sum(map(_size, parts))
    if size < LEAST:
        return
    lines = [line for part in parts for line in _lines(part)]
    given = sum(len(line) for line in lines if _SENTENCE.search(line) and (" " in line or not line.isascii()))
    if given < LEAST:
        return
    named = bool(node.keys) and _BODY_KEY.search(node.keys[-1]) is not None
    other = any(_OTHERS.search(key) for key in node.keys)
    if not node.titled and (other or not named or given < 2 * LEAST):
        return
    yield given * (3 if node.titled else 1) * (1.5 if named else 1) * (0.2 if other else 1), list(parts)


def _lines(part: str) -> list[str]:
    text = _MARKUP.sub("\n", part) if "<" in part else part
    return [line for line in map(squeeze, _ANY_TAG.sub("", text).splitlines()) if line]


def _size(text: str) -> int:
    """Letters of a text; 0 for what is an address, a name or code."""
    if (
        len(text) < _PIECE
        or len(text) > MAX_HTML
        or text.startswith(("http:", "https:", "data:", "/", "function", "{", "["))
    ):
        return 0
    bare = _ANY_TAG.sub("", text) if "<" in text else text
    return len(bare) if " " in bare.strip() or not bare.isascii() else 0


def _plain(text: str) -> str:
    return _LETTERS.sub("", text).lower()


def _as_element(parts: Sequence[str]) -> HtmlElement | None:
    """The parts as paragraphs of one ``div``."""
    holder: HtmlElement = fragment_fromstring("<div></div>")
    for part in (_PLACEHOLDER.sub(" ", raw) for raw in parts):
        if _MARKUP.search(part) or (_ANY_TAG.search(part) and "\n" not in part):
            try:
                inner = fragment_fromstring(
                    part.replace("\0", " ")[:MAX_HTML], create_parent="p" if not _MARKUP.search(part) else "div"
                )
            except (etree.LxmlError, ValueError, AssertionError):
                continue
            holder.append(inner)
            continue
        for line in _lines(part):
            paragraph = holder.makeelement("p")
            paragraph.text = re.sub("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]", " ", line)
            holder.append(paragraph)
    return holder if len(holder) else None
