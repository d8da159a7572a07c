"""A site's learnt model, applied to one page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lxml.html import HtmlElement

from archiver.extract.blocks import TextBlock
from archiver.html.signature import signature, tag_of, text_key
from archiver.model.sitemodel import EDGE_FIRST, EDGE_LAST, LONGEST, LearntText, SiteModel

_LEAST = 200
"""Characters of prose that a container holds before it is believed."""


def boxes_in(root: HtmlElement, model: SiteModel) -> dict[HtmlElement, str]:
    """The elements of the page that the model knows as boxes, with why."""
    known = {box.signature: box.why for box in model.boxes}
    tags = {tag_of(mark) for mark in known}
    if not tags:
        return {}
    found: dict[HtmlElement, str] = {}
    for element in root.iter(*tags):
        why = known.get(signature(element))
        if why:
            found[element] = why
    return found


def container_in(root: HtmlElement, model: SiteModel) -> HtmlElement | None:
    """The element that had the body on other pages of the template: the only one of its signature; None where there is none, or several."""
    for learnt in model.containers:
        same = [element for element in root.iter(tag_of(learnt.signature)) if signature(element) == learnt.signature]
        if len(same) == 1:
            return same[0]
    return None


def in_container(
    anchors: Sequence[TextBlock], blocks: Sequence[TextBlock], container: HtmlElement | None
) -> tuple[Sequence[TextBlock], bool]:
    """The anchors in the learnt container, and whether it decides: where it holds a fair part of what the witnesses name, or they look elsewhere."""
    if container is None:
        return anchors, False
    inside = set(container.iter())
    mine = [block for block in anchors if block.element in inside]
    whole, inner = sum(b.size for b in anchors), sum(b.size for b in mine)
    if inner >= 0.6 * whole > 0 or inner >= max(_LEAST, 0.15 * whole):
        return mine, True
    prose = [
        b
        for b in blocks
        if b.element in inside
        and not b.noise
        and b.size >= 40
        and b.link_share < 0.3
        and b.kind in {"p", "quote", "li"}
    ]
    if inner == 0 and sum(b.size for b in prose) >= _LEAST:
        return prose, True
    return anchors, False


def recurring(blocks: Sequence[TextBlock], model: SiteModel) -> dict[int, LearntText]:
    """Of a text's blocks (by ``id``) those that recur on other pages; headings of sections stay. None at all where more than half would go."""
    known = {text.key: text for text in model.texts}
    found: dict[int, LearntText] = {}
    for place, block in enumerate(blocks):
        text = known.get(text_key(block.text)) if block.size <= LONGEST else None
        if text and not (text.edge and EDGE_FIRST <= place < len(blocks) - EDGE_LAST):
            found[id(block)] = text
    for block, following in pairwise(blocks):
        if block.kind.startswith("h") and id(following) not in found:
            found.pop(id(block), None)
    if 2 * sum(b.size for b in blocks if id(b) in found) > sum(b.size for b in blocks):
        return {}
    return found
