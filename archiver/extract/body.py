"""The body: which blocks of a page are the article's own text.

Three witnesses are heard: JSON-LD's ``articleBody``, trafilatura, and the density of text in the tree (after readability). What they
name fixes the container; inside it blocks stay unless their place or form speaks against them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from archiver.extract.blocks import MAX_BLOCKS, Block, above, read_blocks
from archiver.html.page import Page, squeeze

_LETTERS = re.compile(r"\W+")
_MIN_PARAGRAPH = 40


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


def plain(text: str) -> str:
    """Letters and digits only, lower case: to compare texts."""
    return _LETTERS.sub("", text).lower()


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
    return found


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
    blocks = read_blocks(root, flags=flags)
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
    blocks = read_blocks(root, flags=flags)
    _settle(blocks, flags)
    anchors, origin = _anchors(blocks, witness=witness, told=told)
    if not anchors:
        return Body([], None, blocks, "page", 0.0)
    anchors = _one_article(_with_alike(anchors, blocks), titles)
    container = _container(anchors, root)
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
        if block.size >= _MIN_PARAGRAPH and block.link_share < 0.3 and block.kind in {"p", "quote", "li"}:
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


def _anchors(blocks: Sequence[Block], *, witness: str, told: str) -> tuple[list[Block], str]:
    """The blocks that are surely the article's, and who says so."""
    seen, said = plain(witness), plain(told)
    dense = _dense(blocks)
    if len(said) >= max(200, 0.8 * len(seen)):
        found = _named_in(blocks, said)
        if sum(b.size for b in found) >= 0.6 * len(said):
            return found, "json-ld"
    found = _named_in(blocks, seen) if len(seen) >= 100 else []
    size, thick = sum(b.size for b in found), sum(b.size for b in dense)
    known = {id(b) for b in found}
    shared = sum(b.size for b in dense if id(b) in known)
    if size >= 0.6 * len(seen) > 0 and not (thick > 1.5 * size and shared > 0.6 * size):
        return found, "page"
    return dense or found, "page"


def _named_in(blocks: Sequence[Block], text: str) -> list[Block]:
    found = [b for b in blocks if b.size >= _MIN_PARAGRAPH and b.kind != "h1" and plain(b.text) in text]
    return [b for b in found if not b.noise] or found


def _dense(blocks: Sequence[Block]) -> list[Block]:
    score: defaultdict[HtmlElement, float] = defaultdict(float)
    good = [
        b
        for b in blocks
        if b.size >= _MIN_PARAGRAPH and not b.noise and b.link_share < 0.4 and b.kind in {"p", "quote", "li"}
    ]
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


def _with_alike(anchors: list[Block], blocks: Sequence[Block]) -> list[Block]:
    """The anchors, and paragraphs elsewhere whose class is theirs: a text that an offer to subscribe cuts in two goes on below it."""
    looks = Counter((str(b.element.tag), b.element.get("class")) for b in anchors if b.element.get("class"))
    known = {id(b) for b in anchors}
    more = [
        b
        for b in blocks
        if id(b) not in known
        and not b.noise
        and b.size >= _MIN_PARAGRAPH
        and b.link_share < 0.3
        and looks[(str(b.element.tag), b.element.get("class"))] >= 2
    ]
    if sum(b.size for b in more) < 0.3 * sum(b.size for b in anchors):
        return anchors
    return sorted([*anchors, *more], key=lambda b: b.order)


def _one_article(anchors: list[Block], titles: frozenset[str]) -> list[Block]:
    """Of several ``article`` elements, the one with the headline: pages append the next article below."""
    total = sum(b.size for b in anchors)
    held: dict[HtmlElement, list[Block]] = {}
    for block in anchors:
        outer = list(block.element.iterancestors("article"))
        if outer:
            held.setdefault(outer[-1], []).append(block)
    big = [e for e, mine in held.items() if sum(b.size for b in mine) > 0.15 * total]
    if len(big) < 2:
        return anchors
    for element in big:
        if any(plain(h.text_content()) in titles for h in element.iter("h1", "h2")):
            return held[element]
    return anchors


def _container(anchors: Sequence[Block], root: HtmlElement) -> HtmlElement:
    """The lowest element that holds nearly all of what the anchors say."""
    total = sum(b.size for b in anchors)
    held: Counter[HtmlElement] = Counter()
    depth: dict[HtmlElement, int] = {}
    for block in anchors:
        chain = list(above(block.element, root))
        for level, element in enumerate(reversed(chain)):
            held[element] += block.size
            depth[element] = level
    fit = [element for element, size in held.items() if size >= _NEARLY * total]
    return max(fit, key=lambda e: depth[e]) if fit else root


def _within(blocks: Sequence[Block], anchors: Sequence[Block], titles: frozenset[str]) -> list[Block]:
    sure = {id(b) for b in anchors}
    near = {e for b in anchors for e in _holders(b.element, 2)}
    looks = {_look(b) for b in anchors}
    first = min(b.order for b in anchors)
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
        if block.kind == "cell" or block.order < first or block.link_share > 0.6:
            continue
        depth = 3 if block.kind in {"li", "quote"} else 2 if block.kind.startswith("h") else 1
        if (block.element.tag in _OWN and near.intersection(_holders(block.element, depth))) or _look(block) in looks:
            out.append(block)
    out = [b for b in out if not _PROMPT.match(b.text) or (b.size > 160 and b.link_share < 0.3)]
    out = _no_repeats(out)
    last = max((b.order for b in out if id(b) in sure), default=0)
    out = [b for b in out if b.order <= last or (b.kind == "p" and not b.linked and b.size >= _MIN_PARAGRAPH)]
    while out and (out[-1].kind.startswith("h") or (out[-1].kind == "li" and out[-1].link_share > 0.4)):
        out.pop()
    return out


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
        if len(bare) >= _MIN_PARAGRAPH and bare in seen:
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


_NEARLY = 0.95
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
