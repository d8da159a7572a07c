"""Lead, section, tags, publisher of an article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lxml.html import HtmlElement

from archiver.extract import schema_org
from archiver.extract.blocks import TextBlock
from archiver.html.page_tree import Page, plain, squeeze
from archiver.model.article import FieldSource

_LEAD_CLASS = re.compile(
    r"(?:\b|_|-)(?:sapo|standfirst|lead|lede|leadin|intro|introduction|teaser|chapo|chapeau|deck?|subhead(?:line)?|subtitle|sub-title|summary|excerpt|abstract|description|desc|"
    r"vorspann|anlauf|perex|ingress|entradilla|bajada|underrubrik|kicker-text|strapline|headline-sub)s?(?:\b|_|-)",
    re.IGNORECASE,
)


def read_publisher(page: Page, node: dict[str, Any]) -> tuple[str | None, FieldSource | None]:
    """Who publishes the page."""
    name = next(iter(schema_org.names(node.get("publisher"))), None)
    if name and not name.startswith("http"):
        return name, FieldSource("json-ld", 0.95)
    name = page.first(
        "og:site_name", "application-name", "twitter:app:name:iphone", "dc.publisher", "publisher", "copyright"
    )
    if name:
        return name, FieldSource("meta", 0.8)
    for other in page.json_ld:
        if set(schema_org.types_of(other)) & {"NewsMediaOrganization", "Organization", "WebSite"} and (
            name := schema_org.text(other.get("name"))
        ):
            return name, FieldSource("json-ld", 0.7)
    return None, None


def read_lead(
    page: Page,
    node: dict[str, Any],
    *,
    selected: Iterable[HtmlElement],
    blocks: Sequence[TextBlock],
    body: Sequence[TextBlock],
    title: str | None,
) -> tuple[str | None, FieldSource | None, TextBlock | None]:
    """The lead, and the block of the page that says it. ``blocks`` are those from the headline to the body's beginning."""
    chosen = [text for element in selected if (text := squeeze(element.text_content()))]
    if chosen:
        text = chosen[0]
        return text, FieldSource("page", 0.95), _saying(text, (*blocks, *body[:3]))
    given = [
        text
        for text in (
            schema_org.text(node.get("description")),
            page.first("og:description", "description", "twitter:description"),
        )
        if text and plain(text) != plain(title)
    ]
    near = [
        b for b in (*blocks, *body[:2]) if b.size >= 20 and b.noise in {None, "related", "menu", "widget", "byline"}
    ]
    for text in given:
        if block := _saying(text, near):
            if any(block is b for b in body) and not (_is_lead(block) or _is_set_apart(block, body)):
                # The first paragraph, repeated in the head: no lead of its own.
                continue
            return block.text, FieldSource("page", 0.9), block
    for block in near:
        if _is_lead(block) and plain(block.text) != plain(title) and block.size >= 40 and block.link_share < 0.5:
            return block.text, FieldSource("page", 0.75), block
    for block in _below_headline(blocks, title):
        if _is_standfirst(block):
            return block.text, FieldSource("page", 0.65), block
    if (
        body
        and body[0].bold >= 0.9 * body[0].size
        and _is_standfirst(body[0])
        and all(b.bold < 0.5 * b.size for b in body[1:4])
    ):
        return body[0].text, FieldSource("page", 0.6), body[0]
    beginning = plain(" ".join(b.text for b in body[:3]))
    for text in given:
        # A description that only repeats the first paragraph is no lead of its own.
        if len(text) >= 30 and plain(text.rstrip(".… "))[1:60] not in beginning:
            return text, FieldSource("meta", 0.6), None
    return None, None, None


def _below_headline(blocks: Sequence[TextBlock], title: str | None) -> Sequence[TextBlock]:
    for place, block in enumerate(blocks):
        if block.kind == "h1" or plain(block.text) == plain(title):
            return blocks[place + 1 :]
    return ()


def _is_set_apart(block: TextBlock, body: Sequence[TextBlock]) -> bool:
    """Whether the first paragraph looks different from those that follow: bold, or of another class."""
    if block is not body[0]:
        return False
    if block.bold >= 0.8 * block.size:
        return True
    rest = [(b.element.tag, b.element.get("class")) for b in body[1:] if b.kind == "p"]
    return len(rest) >= 3 and (block.element.tag, block.element.get("class")) not in rest


def _is_standfirst(block: TextBlock) -> bool:
    """Whether a block between headline and text reads like a lead: one sentence or a few, no list, no links, no date."""
    if block.noise or block.kind in {"li", "cell"} or not 60 <= block.size <= 700 or block.link_share > 0.3:
        return False
    return len(block.text.split()) >= 8 and block.text.rstrip("\"'”’»)")[-1:] in ".!?…"


def _is_lead(block: TextBlock) -> bool:
    element = block.element
    for _ in range(3):
        if element is None:
            return False
        if _LEAD_CLASS.search(
            f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        ):
            return True
        element = element.getparent()
        if element is not None and len(element) > 3:
            return False
    return False


def _saying(text: str, blocks: Iterable[TextBlock]) -> TextBlock | None:
    bare = plain(text)
    cut = plain(text.rstrip(".… "))
    for block in blocks:
        said = plain(block.text)
        if said and (
            said == bare or (len(cut) > 60 and said.startswith(cut)) or (len(said) > 60 and bare.startswith(said))
        ):
            return block
    return None


def read_section(page: Page, node: dict[str, Any]) -> tuple[str | None, FieldSource | None]:
    """The section the article stands in."""
    found = (
        schema_org.texts(node.get("articleSection"))
        if isinstance(node.get("articleSection"), list)
        else ((schema_org.text(node.get("articleSection")) or ""),)
    )
    if found and found[0]:
        return found[0], FieldSource("json-ld", 0.9)
    name = page.first(
        "article:section", "section", "cxenseparse:section", "parsely-section", "category", "tt_category_name"
    )
    if name and not name.startswith("http"):
        return name, FieldSource("meta", 0.85)
    for other in page.json_ld:
        if "BreadcrumbList" in schema_org.types_of(other):
            names = [
                n
                for item in _items(other)
                if (n := schema_org.text(item.get("name")) or schema_org.text(item.get("item")))
            ]
            if len(names) >= 2:
                return names[1] if len(names) > 2 else names[-1], FieldSource("json-ld", 0.7)
    for element in page.root.iter("div", "nav", "ol", "ul"):
        if "breadcrumb" in (element.get("class") or "").lower():
            steps = [t for a in element.iter("a") if (t := squeeze(a.text_content()))]
            if steps:
                return steps[-1] if len(steps) < 3 else steps[1], FieldSource("page", 0.6)
    return None, None


def _items(node: dict[str, Any]) -> list[dict[str, Any]]:
    value = node.get("itemListElement")
    return [item for item in value if isinstance(item, dict)][:20] if isinstance(value, list) else []
