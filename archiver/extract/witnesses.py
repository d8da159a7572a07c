"""Which blocks are surely the article's: JSON-LD's ``articleBody``, trafilatura and the density of text are heard, and the element that
holds nearly all of what they name is the container."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from lxml.html import HtmlElement

from archiver.extract.blocks import TextBlock, above
from archiver.html.page_tree import plain

_NEARLY = 0.95
_WHOLE = 400
_LONG = 1000


def find_anchors(
    blocks: Sequence[TextBlock], *, witness: Callable[[bool], str], given: str
) -> tuple[list[TextBlock], str]:
    """The blocks that are surely the article's, and who says so: ``json-ld``, ``trafilatura`` or ``density``.

    ``witness`` gives trafilatura's text, from its first look or from a thorough one. It costs more than all the rest, so it is not called
    where JSON-LD's text is long, stands in the page nearly whole, and is where the dense text is; and called again only where its first
    look found little, and that elsewhere than the dense text.
    """
    said = plain(given)
    dense = _dense(blocks)
    if len(said) >= _WHOLE:
        found = _named_in(blocks, said)
        size = sum(b.size for b in found)
        if sum(len(plain(b.text)) for b in found) >= 0.8 * len(said) and sum(b.size for b in dense) <= 1.3 * size:
            return found, "json-ld"
    seen = plain(witness(False))
    if len(said) >= max(200, 0.8 * len(seen)):
        found = _named_in(blocks, said)
        if sum(b.size for b in found) >= 0.6 * len(said):
            return found, "json-ld"
    found = _named_in(blocks, seen) if len(seen) >= 100 else []
    size, thick, shared = _sizes(found, dense)
    if thick >= _LONG and thick > 3 * size > 0 and shared <= 0.6 * size:
        again = plain(witness(True))
        if len(again) > 1.5 * len(seen):
            seen, found = again, _named_in(blocks, again)
            size, thick, shared = _sizes(found, dense)
    if size >= 0.6 * len(seen) > 0 and not (thick > 1.5 * size and shared > 0.6 * size):
        return found, "trafilatura"
    return (dense, "density") if dense else (found, "trafilatura")


def _sizes(found: Sequence[TextBlock], dense: Sequence[TextBlock]) -> tuple[int, int, int]:
    """Characters of what was named, of the dense text, and of what both hold."""
    known = {id(b) for b in found}
    return sum(b.size for b in found), sum(b.size for b in dense), sum(b.size for b in dense if id(b) in known)


def _named_in(blocks: Sequence[TextBlock], text: str) -> list[TextBlock]:
    found = [b for b in blocks if b.is_long and b.kind != "h1" and plain(b.text) in text]
    return [b for b in found if not b.noise] or found


def _dense(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    score: defaultdict[HtmlElement, float] = defaultdict(float)
    good = [b for b in blocks if b.is_long and not b.noise and b.link_share < 0.4 and b.kind in {"p", "quote", "li"}]
    for block in good:
        holder = block.element
        weight = float(block.size)
        for _ in range(4):
            score[holder] += weight
            weight *= 0.6
            parent = holder.getparent()
            if parent is None:
                break
            holder = parent
    if not score:
        return []
    best = max(score, key=lambda e: score[e])
    inside = set(best.iter())
    return [b for b in good if b.element in inside]


def with_alike(anchors: list[TextBlock], blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """The anchors, and paragraphs elsewhere whose class is theirs: a text that an offer to subscribe cuts in two goes on below it."""
    looks = Counter((str(b.element.tag), b.element.get("class")) for b in anchors if b.element.get("class"))
    known = {id(b) for b in anchors}
    more = [
        b
        for b in blocks
        if id(b) not in known
        and not b.noise
        and b.is_long
        and b.link_share < 0.3
        and looks[(str(b.element.tag), b.element.get("class"))] >= 2
    ]
    if sum(b.size for b in more) < 0.3 * sum(b.size for b in anchors):
        return anchors
    return sorted([*anchors, *more], key=lambda b: b.order)


def one_article(anchors: list[TextBlock], titles: frozenset[str]) -> list[TextBlock]:
    """Of several ``article`` elements, the one with the headline: pages append the next article below."""
    total = sum(b.size for b in anchors)
    inner: dict[HtmlElement, list[TextBlock]] = {}
    for block in anchors:
        outer = list(block.element.iterancestors("article"))
        if outer:
            inner.setdefault(outer[-1], []).append(block)
    big = [e for e, mine in inner.items() if sum(b.size for b in mine) > 0.15 * total]
    if len(big) < 2:
        return anchors
    for element in big:
        if any(plain(h.text_content()) in titles for h in element.iter("h1", "h2")):
            return inner[element]
    return anchors


def container_of(anchors: Sequence[TextBlock], root: HtmlElement) -> HtmlElement:
    """The lowest element that holds nearly all of what the anchors say."""
    total = sum(b.size for b in anchors)
    inner: Counter[HtmlElement] = Counter()
    depth: dict[HtmlElement, int] = {}
    for block in anchors:
        chain = list(above(block.element, root))
        for level, element in enumerate(reversed(chain)):
            inner[element] += block.size
            depth[element] = level
    fit = [element for element, size in inner.items() if size >= _NEARLY * total]
    return max(fit, key=lambda e: depth[e]) if fit else root
