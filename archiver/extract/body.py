"""The body: which blocks of a page are the article's own text.

Three witnesses are heard: JSON-LD's ``articleBody``, trafilatura, and the density of text in the tree (after readability). What they
name fixes the container; inside it blocks stay unless their place or form speaks against them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from lxml.html import HtmlElement

from archiver.extract.blocks import MAX_BLOCKS, TextBlock, read_blocks
from archiver.extract.choice import (
    disguised,
    settle,
    within,
    without_noise,
    without_open_end,
    without_prompts,
    without_recurring,
)
from archiver.extract.learnt import boxes_in, container_in, in_container
from archiver.extract.script_state import read_state
from archiver.extract.tables import with_rows
from archiver.extract.witnesses import container_of, find_anchors, one_article, with_alike
from archiver.html.page_tree import Page, plain, squeeze
from archiver.model.sitemodel import SiteModel


@dataclass(slots=True)
class Body:
    """The article's blocks in order, the container they lie in, all blocks of the page, and where the choice came from."""

    blocks: list[TextBlock]
    container: HtmlElement | None
    page: list[TextBlock]
    origin: str
    confidence: float

    @property
    def first(self) -> int:
        """Where the body begins among the page's blocks."""
        return self.blocks[0].order if self.blocks else len(self.page)


@dataclass(frozen=True, slots=True)
class Guide:
    """What is known of a site before its page is read: elements that a profile names as body (``selected``) or drops, and the learnt model.

    ``titles`` are those of the page, letters only.
    """

    titles: frozenset[str] = frozenset()
    selected: Sequence[HtmlElement] = ()
    drop: Sequence[HtmlElement] = ()
    model: SiteModel | None = None


def read_body(page: Page, *, given: str, guide: Guide) -> Body:
    """The body of a page: in the site's own container where a profile names it, else as the witnesses say. ``given`` is JSON-LD's
    ``articleBody``."""
    if guide.selected:
        container = max(guide.selected[:20], key=lambda e: len(e.text_content()))
        found = _in_container(page.root, container, guide)
        if sum(b.size for b in found.blocks) >= 80:
            return found
    found = find_body(page.root, witness=partial(_trafilatura, page.url), given=given, guide=guide)
    if sum(b.size for b in found.blocks) < 0.3 * len(given):
        # A page that a script would fill: its JSON-LD holds the text.
        return _from_json_ld(page.root, given, found, guide)
    if sum(b.size for b in found.blocks) < _NOTHING and (stated := _from_state(page, guide, found)):
        return stated
    return found


def _from_state(page: Page, guide: Guide, found: Body) -> Body | None:
    """The text in the data of the page's scripts, where its HTML has none."""
    element = read_state(page, titles=guide.titles)
    if element is None:
        return None
    stated = _in_container(element, element, Guide(titles=guide.titles, model=guide.model))
    if sum(b.size for b in stated.blocks) < max(_NOTHING, 3 * sum(b.size for b in found.blocks)):
        return None
    for block in stated.page:
        block.order += len(found.page)
    _say(stated.blocks, "script", "in the data of the page's scripts")
    return Body(stated.blocks, element, [*found.page, *stated.page], "script", 0.6)


def _from_json_ld(root: HtmlElement, given: str, found: Body, guide: Guide) -> Body:
    lines = [line for line in map(squeeze, given.splitlines()) if line]
    blocks = [TextBlock(line, "p", root, 0, 0, len(found.page) + n) for n, line in enumerate(lines[:MAX_BLOCKS])]
    _say(blocks, "json-ld", "in articleBody, and not in the page")
    return Body(without_recurring(blocks, guide.model), None, found.page, "json-ld", 0.7)


def _say(blocks: Sequence[TextBlock], by: str, why: str) -> None:
    for block in blocks:
        block.by, block.why = by, why


def load() -> None:
    """Load trafilatura now."""
    import trafilatura  # noqa: F401


def _trafilatura(url: str, root: HtmlElement, thorough: bool) -> str:
    """What trafilatura takes for the text, without its own metadata and date search; where ``thorough``, with what it falls back on."""
    # Loaded late: importing it takes a third of a second, and the parent of the workers never needs it.
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    document = bare_extraction(root, url=url, include_comments=False, with_metadata=False, fast=not thorough)
    return document.text or "" if isinstance(document, Document) else ""


def _read_blocks(root: HtmlElement, guide: Guide, *, inside: HtmlElement | None = None) -> list[TextBlock]:
    """The page's blocks, with what is noise marked; weighed ``inside`` an element only, where one is given."""
    boxes = boxes_in(root, guide.model) if guide.model else {}
    flags = {**dict.fromkeys(boxes, "learnt"), **dict.fromkeys(guide.drop, "dropped")}
    blocks = with_rows(read_blocks(root, flags=flags))
    inner = set(inside.iter()) if inside is not None else None
    settle(blocks if inner is None else [b for b in blocks if b.element in inner], flags, boxes)
    return blocks


def _in_container(root: HtmlElement, container: HtmlElement, guide: Guide) -> Body:
    blocks = _read_blocks(root, guide, inside=container)
    inside = set(container.iter())
    mine = [b for b in blocks if b.element in inside]
    _say([b for b in mine if not b.noise], "profile", "in the body that the profile names")
    kept = [b for b in mine if not b.noise and b.kind != "h1" and plain(b.text) not in guide.titles]
    kept = without_open_end(without_recurring(without_prompts(kept), guide.model))
    return Body(kept, container, blocks, "page", 0.95)


def find_body(root: HtmlElement, *, witness: Callable[[HtmlElement, bool], str], given: str, guide: Guide) -> Body:
    """The body of the page at ``root``. ``witness`` gives trafilatura's text of a tree, from a first or a thorough look, ``given`` is JSON-LD's ``articleBody``."""
    blocks = _read_blocks(root, guide)

    def heard(thorough: bool) -> str:
        return witness(root if thorough else without_noise(root, blocks), thorough)

    anchors, by = find_anchors(blocks, witness=heard, given=given)
    learnt = container_in(root, guide.model) if guide.model else None
    inner, decides = in_container(anchors, blocks, learnt)
    if not inner:
        return Body([], None, blocks, "page", 0.0)
    anchors = one_article(with_alike(list(inner), blocks), guide.titles)
    anchors = sorted([*anchors, *disguised(blocks, anchors)], key=lambda b: b.order)
    if decides and learnt is not None:
        inside = set(learnt.iter())
        anchors = [b for b in anchors if b.element in inside]
    container = container_of(anchors, root)
    inside = set(container.iter())
    chosen = within([b for b in blocks if b.element in inside], anchors, guide.titles, by=by, model=guide.model)
    return Body(chosen, container, blocks, "json-ld" if by == "json-ld" else "page", 0.9 if decides else 0.8)


_NOTHING = 300
"""Characters of text below which a page's scripts are looked at."""
