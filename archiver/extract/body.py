"""The body: which blocks of a page are the article's own text.

Three witnesses are heard: JSON-LD's ``articleBody``, trafilatura, and the density of text in the tree (after readability). What they
name fixes the container; inside it blocks stay unless their place or form speaks against them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from archiver.extract.blocks import MAX_BLOCKS, Block, read_blocks
from archiver.extract.state import read_state
from archiver.extract.tables import with_rows
from archiver.extract.witnesses import MIN_PARAGRAPH, container_of, find_anchors, one_article, plain, with_alike
from archiver.html.page import Page, squeeze


@dataclass(slots=True)
class Body:
    """The article's blocks in order, the container they lie in, all blocks of the page, and where the choice came from."""

    blocks: list[Block]
    container: HtmlElement | None
    page: list[Block]
    origin: str
    confidence: float

    @property
    def first(self) -> int:
        """Where the body begins among the page's blocks."""
        return self.blocks[0].order if self.blocks else len(self.page)


def read_body(
    page: Page, *, told: str, titles: frozenset[str], selected: Sequence[HtmlElement], drop: Sequence[HtmlElement]
) -> Body:
    """The body of a page: in the site's own container where a profile names it (``selected``), else as the witnesses say."""
    if selected:
        container = max(selected[:20], key=lambda e: len(e.text_content()))
        found = _in_container(page.root, container, drop=drop, titles=titles)
        if sum(b.size for b in found.blocks) >= 80:
            return found
    found = find_body(page.root, witness=_trafilatura(page), told=told, titles=titles, drop=drop)
    if sum(b.size for b in found.blocks) < 0.3 * len(told):
        # A page that a script would fill: its JSON-LD holds the text.
        return _from_json_ld(page.root, told, found)
    if sum(b.size for b in found.blocks) < _NOTHING and (stated := _from_state(page, titles, found)):
        return stated
    return found


def _from_state(page: Page, titles: frozenset[str], found: Body) -> Body | None:
    """The text in the data of the page's scripts, where its HTML has none."""
    element = read_state(page, titles=titles)
    if element is None:
        return None
    stated = _in_container(element, element, drop=(), titles=titles)
    if sum(b.size for b in stated.blocks) < max(_NOTHING, 3 * sum(b.size for b in found.blocks)):
        return None
    for block in stated.page:
        block.order += len(found.page)
    return Body(stated.blocks, element, [*found.page, *stated.page], "script", 0.6)


def _from_json_ld(root: HtmlElement, told: str, found: Body) -> Body:
    lines = [line for line in map(squeeze, told.splitlines()) if line]
    blocks = [Block(line, "p", root, 0, 0, len(found.page) + n) for n, line in enumerate(lines[:MAX_BLOCKS])]
    return Body(blocks, None, found.page, "json-ld", 0.7)


def load() -> None:
    """Load trafilatura now."""
    import trafilatura  # noqa: F401


def _trafilatura(page: Page) -> str:
    """What trafilatura takes for the text, without its own metadata and date search."""
    # Loaded late: importing it takes a third of a second, and the parent of the workers never needs it.
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    document = bare_extraction(page.root, url=page.url, include_comments=False, with_metadata=False, fast=True)
    return document.text or "" if isinstance(document, Document) else ""


def _in_container(
    root: HtmlElement, container: HtmlElement, *, drop: Sequence[HtmlElement], titles: frozenset[str]
) -> Body:
    flags = dict.fromkeys(drop, "dropped")
    blocks = with_rows(read_blocks(root, flags=flags))
    inside = set(container.iter())
    mine = [b for b in blocks if b.element in inside]
    _settle(mine, flags)
    kept = [b for b in mine if not b.noise and b.kind != "h1" and plain(b.text) not in titles]
    kept = [b for b in kept if not (_PROMPT.match(b.text) and b.size < 160)]
    while kept and kept[-1].kind.startswith("h"):
        kept.pop()
    return Body(kept, container, blocks, "page", 0.95)


def find_body(
    root: HtmlElement,
    *,
    witness: str = "",
    told: str = "",
    titles: frozenset[str] = frozenset(),
    drop: Sequence[HtmlElement] = (),
) -> Body:
    """The body of the page at ``root``. ``witness`` is trafilatura's text, ``told`` JSON-LD's ``articleBody``."""
    flags = dict.fromkeys(drop, "dropped")
    blocks = with_rows(read_blocks(root, flags=flags))
    _settle(blocks, flags)
    anchors, origin = find_anchors(blocks, witness=witness, told=told)
    if not anchors:
        return Body([], None, blocks, "page", 0.0)
    anchors = one_article(with_alike(anchors, blocks), titles)
    anchors = sorted([*anchors, *_disguised(blocks, anchors)], key=lambda b: b.order)
    container = container_of(anchors, root)
    inside = set(container.iter())
    chosen = [b for b in blocks if b.element in inside]
    chosen = _within(chosen, anchors, titles)
    return Body(chosen, container, blocks, origin, 0.8)


def _settle(blocks: Sequence[Block], flags: dict[HtmlElement, str]) -> None:
    """Decide which flagged elements are noise: one that holds a good part of the page's prose is a wrapper with an unlucky name.

    Parts that look alike (each paragraph in a `widget` of its own) are weighed together, teasers and comments are not.
    """
    prose: Counter[object] = Counter()
    total = 0
    for block in blocks:
        if block.size >= MIN_PARAGRAPH and block.link_share < 0.3 and block.kind in {"p", "quote", "li"}:
            total += block.size
            for mark in {_group(mark, flags[mark]) for mark in block.marks}:
                prose[mark] += block.size
    for block in blocks:
        for mark in block.marks:
            if flags[mark] == "dropped" or prose[_group(mark, flags[mark])] < 0.4 * total:
                block.noise = flags[mark]
                break


def _group(mark: HtmlElement, kind: str) -> object:
    return (mark.tag, mark.get("class")) if kind in _COLLECTIVE else mark


_COLLECTIVE = frozenset(("widget", "picture", "advert", "newsletter", "menu", "concealed"))


def _within(blocks: Sequence[Block], anchors: Sequence[Block], titles: frozenset[str]) -> list[Block]:
    sure = {id(b) for b in anchors}
    near = {e for b in anchors for e in _holders(b.element, 2)}
    looks = {_look(b) for b in anchors}
    first, last = min(b.order for b in anchors), max(b.order for b in anchors)
    links: Counter[HtmlElement] = Counter()
    sizes: Counter[HtmlElement] = Counter()
    for block in blocks:
        if block.kind == "li":
            holder = block.element.getparent()
            links[holder] += block.linked
            sizes[holder] += block.size
    out: list[Block] = []
    for block in blocks:
        known = id(block) in sure
        if block.noise and not (known and block.noise in _SOFT):
            continue
        if block.kind == "h1" or plain(block.text) in titles or (block.link_share >= 0.95 and block.size > 12):
            continue
        holder = block.element.getparent()
        if block.kind == "li" and links[holder] > 0.4 * sizes[holder]:
            continue
        if known:
            out.append(block)
            continue
        if block.kind == "row" and first < block.order < last and block.link_share <= 0.6:
            out.append(block)
            continue
        if block.kind in {"cell", "row"} or block.order < first or block.link_share > 0.6:
            continue
        depth = 3 if block.kind in {"li", "quote"} else 2 if block.kind.startswith("h") else 1
        if (block.element.tag in _OWN and near.intersection(_holders(block.element, depth))) or _look(block) in looks:
            out.append(block)
    out = [b for b in out if not _PROMPT.match(b.text) or (b.size > 160 and b.link_share < 0.3)]
    out = _no_repeats(out)
    end = max((b.order for b in out if id(b) in sure), default=0)
    out = [b for b in out if b.order <= end or (b.kind == "p" and not b.linked and b.size >= MIN_PARAGRAPH)]
    while out and (out[-1].kind.startswith("h") or (out[-1].kind == "li" and out[-1].link_share > 0.4)):
        out.pop()
    return out


def _disguised(blocks: Sequence[Block], anchors: Sequence[Block]) -> list[Block]:
    """Prose in an element with an unlucky name whose paragraphs look, by their classes, as those of the text do."""
    looks = Counter(_look(b) for b in anchors if not b.noise)
    known = {id(b) for b in anchors}
    last = max(b.order for b in anchors)
    sizes: Counter[HtmlElement] = Counter()
    links: Counter[HtmlElement] = Counter()
    for block in blocks:
        for mark in block.marks:
            sizes[mark] += block.size
            links[mark] += block.linked
    return [
        b
        for b in blocks
        if b.noise in _UNLUCKY
        and b.order < last
        and id(b) not in known
        and all(links[mark] < 0.3 * sizes[mark] for mark in b.marks)
        and (b.size >= MIN_PARAGRAPH or b.kind.startswith("h"))
        and b.link_share < 0.3
        and all(_look(b)[:2] if b.kind.startswith("h") else _look(b)[2:])
        and looks[_look(b)] >= 3
    ]


def _holders(element: HtmlElement, steps: int) -> list[HtmlElement]:
    found: list[HtmlElement] = []
    parent = element.getparent()
    while parent is not None and len(found) < steps and parent.tag not in {"body", "html"}:
        found.append(parent)
        parent = parent.getparent()
    return found


def _no_repeats(blocks: list[Block]) -> list[Block]:
    """Without what is said twice: pull quotes, teasers of the text itself."""
    seen: set[str] = set()
    out: list[Block] = []
    whole = [plain(b.text) for b in blocks]
    for place, block in enumerate(blocks):
        bare = whole[place]
        if len(bare) >= MIN_PARAGRAPH and bare in seen:
            continue
        if (
            block.kind == "quote"
            and len(bare) >= 25
            and any(bare in other for at, other in enumerate(whole) if at != place and len(other) > len(bare))
        ):
            continue
        seen.add(bare)
        out.append(block)
    return out


_NOTHING = 300
"""Characters of text below which a page's scripts are looked at."""
_OWN = frozenset(("p", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre"))
_SOFT = frozenset(
    (
        "related",
        "widget",
        "byline",
        "menu",
        "picture",
        "newsletter",
        "share",
        "concealed",
        "hidden",
        "advert",
        "comments",
    )
)
_UNLUCKY = frozenset(("related", "widget", "picture", "newsletter", "advert", "menu"))
_PROMPT = re.compile(
    r"\W*(?:read (?:more|also|next)|also read|see also|more:|related:?$|watch:|don't miss|lesen sie (?:auch|mehr)|lies auch|mehr zum thema|mehr dazu|auch interessant|"
    r"zum thema|(?:à|a) lire (?:aussi|également)|lire aussi|voir aussi|sur le même sujet|les også|les mer|läs också|læs også|lue myös|czytaj (?:więcej|też|także|również)|"
    r"čtěte také|přečtěte si|leggi anche|lea también|lee también|te puede interesar|leia (?:também|mais)|veja também|lees ook|"
    r"for more stories like this|get in touch with our|would you like to comment|follow .{2,40} on (?:google|facebook|twitter|whatsapp|instagram|x)\b|click here to (?:read|sign|subscribe)|"
    r"xem thêm|đọc thêm|tin liên quan|baca juga|читайте также|читайте також|続きを読む|関連記事|相关(?:阅读|新闻)|延伸阅读)",
    re.IGNORECASE,
)


def _look(block: Block) -> tuple[str, str, str]:
    parent = block.element.getparent()
    return (
        str(block.element.tag),
        block.element.get("class") or "",
        (parent.get("class") or "") if parent is not None else "",
    )
