"""Which blocks of a container are text, and why the others are not: their names, place, form and links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy

from lxml.html import HtmlElement

from archiver.extract.blocks import MIN_PARAGRAPH, TextBlock
from archiver.extract.learnt import recurring
from archiver.html.page_tree import plain
from archiver.html.signature import signature
from archiver.model.sitemodel import SiteModel


def settle(blocks: Sequence[TextBlock], flags: dict[HtmlElement, str], boxes: Mapping[HtmlElement, str]) -> None:
    """Decide which flagged elements are noise: one that holds a good part of the page's prose is a wrapper with an unlucky name.

    Parts that look alike (each paragraph in a `widget` of its own) are weighed together, teasers and comments are not.
    """
    prose: Counter[object] = Counter()
    total = 0
    for block in blocks:
        if block.is_long and block.link_share < 0.3 and block.kind in {"p", "quote", "li"}:
            total += block.size
            for mark in {_group(mark, flags[mark]) for mark in block.marks}:
                prose[mark] += block.size
    for block in blocks:
        for mark in block.marks:
            if flags[mark] == "dropped" or prose[_group(mark, flags[mark])] < 0.4 * total:
                block.noise, block.box = flags[mark], mark
                block.by, block.why = _named(mark, flags[mark], boxes)
                break


def without_noise(root: HtmlElement, blocks: Sequence[TextBlock]) -> HtmlElement:
    """A copy of the tree without the menus, footers, forms and the like that were settled to be noise: a half or more of most pages,
    which trafilatura need not look at."""
    prose: Counter[HtmlElement] = Counter()
    for block in blocks:
        if block.box is not None and block.noise in _HARD:
            prose[block.box] += block.size if block.is_long and block.link_share < 0.3 else 0
    # A name may be unlucky: what holds some text is left for others to judge.
    boxes = [box for box, size in prose.items() if size < _SOME]
    for box in boxes:
        box.set(_MARK, "")
    try:
        copied = deepcopy(root)
    finally:
        for box in boxes:
            box.attrib.pop(_MARK, None)
    for box in copied.xpath(f"descendant::*[@{_MARK}]"):
        if box.getparent() is not None:
            box.drop_tree()
    return copied


def _named(mark: HtmlElement, kind: str, boxes: Mapping[HtmlElement, str]) -> tuple[str, str]:
    """Who says that an element is noise, and why."""
    if kind == "learnt":
        return "learnt", f"in {signature(mark)}, which {boxes.get(mark, '')}"
    if kind == "dropped":
        return "profile", f"in {signature(mark)}, which the profile drops"
    return "rule", f"in {signature(mark)}: {kind}"


def _group(mark: HtmlElement, kind: str) -> object:
    return (mark.tag, mark.get("class")) if kind in _COLLECTIVE else mark


_HARD = frozenset(("menu", "footer", "form", "comments", "consent", "newsletter", "share", "advert", "aside"))
_MARK = "NOISE"
"""An attribute that no page has: the parser writes their names in small letters."""
_SOME = 200
_COLLECTIVE = frozenset(("widget", "picture", "advert", "newsletter", "menu", "concealed"))


def within(
    blocks: Sequence[TextBlock],
    anchors: Sequence[TextBlock],
    titles: frozenset[str],
    *,
    by: str,
    model: SiteModel | None,
) -> list[TextBlock]:
    """The blocks of a container that are text. ``by`` is who named the anchors."""
    sure = {id(b) for b in anchors}
    place = _Place(blocks, anchors, titles)
    out: list[TextBlock] = []
    for block in blocks:
        known = id(block) in sure
        if why := place.against(block, known=known):
            if not block.why or not block.noise:
                block.by, block.why = "rule", why
            continue
        block.by, block.why = (by, "named") if known else ("rule", "looks like the text around it")
        out.append(block)
    out = _without(out, lambda b: bool(_PROMPT.match(b.text)) and not (b.size > 160 and b.link_share < 0.3), "a prompt")
    out = without_repeats(out)
    out = without_recurring(out, model)
    end = max((b.order for b in out if id(b) in sure), default=0)
    out = _without(
        out,
        lambda b: b.order > end and not (b.kind == "p" and not b.linked and b.is_long),
        "after the end of the text",
    )
    return without_open_end(out)


def without_open_end(out: list[TextBlock]) -> list[TextBlock]:
    """Without headings and links at the end."""
    while out and (out[-1].kind.startswith("h") or (out[-1].kind == "li" and out[-1].link_share > 0.4)):
        last = out.pop()
        last.by, last.why = "rule", "a heading or link with no text below it"
    return out


def without_prompts(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """Without lines that ask to read something else."""
    return _without(blocks, lambda b: bool(_PROMPT.match(b.text)) and b.size < 160, "a prompt")


def without_recurring(blocks: Sequence[TextBlock], model: SiteModel | None) -> list[TextBlock]:
    """Without what the site's model knows from other pages."""
    if model is None:
        return list(blocks)
    known = recurring(blocks, model)
    for block in blocks:
        if text := known.get(id(block)):
            where = "at the edge of " if text.edge else "on "
            block.by, block.why = "learnt", f"the same line stands {where}{text.pages} of {model.pages} pages"
    return [b for b in blocks if id(b) not in known]


def _without(blocks: Sequence[TextBlock], unfit: Callable[[TextBlock], bool], why: str) -> list[TextBlock]:
    out = []
    for block in blocks:
        if unfit(block):
            block.by, block.why = "rule", why
        else:
            out.append(block)
    return out


class _Place:
    """What a block's place says of it, seen from the anchors."""

    def __init__(self, blocks: Sequence[TextBlock], anchors: Sequence[TextBlock], titles: frozenset[str]) -> None:
        self.titles = titles
        self.near = {e for b in anchors for e in _holders(b.element, 2)}
        self.looks = {_look(b) for b in anchors}
        self.first, self.last = min(b.order for b in anchors), max(b.order for b in anchors)
        self.links: Counter[HtmlElement] = Counter()
        self.sizes: Counter[HtmlElement] = Counter()
        for block in blocks:
            if block.kind == "li":
                holder = block.element.getparent()
                self.links[holder] += block.linked
                self.sizes[holder] += block.size

    def against(self, block: TextBlock, *, known: bool) -> str | None:
        """Why the block is no text; None when it is. ``known`` are the anchors."""
        if block.noise and not (known and block.noise in _SOFT):
            return block.noise
        if block.kind == "h1" or plain(block.text) in self.titles:
            return "the title"
        if block.link_share >= 0.95 and block.size > 12:
            return "a link"
        holder = block.element.getparent()
        if block.kind == "li" and self.links[holder] > 0.4 * self.sizes[holder]:
            return "in a list of links"
        if known:
            return None
        if block.kind == "row" and self.first < block.order < self.last and block.link_share <= 0.6:
            return None
        if block.order < self.first:
            return "before the text begins"
        if block.kind in {"cell", "row"} or block.link_share > 0.6:
            return "links, or a cell of a table"
        depth = 3 if block.kind in {"li", "quote"} else 2 if block.kind.startswith("h") else 1
        beside = block.element.tag in _OWN and bool(self.near.intersection(_holders(block.element, depth)))
        return None if beside or _look(block) in self.looks else "not beside the text, and of another look"


def disguised(blocks: Sequence[TextBlock], anchors: Sequence[TextBlock]) -> list[TextBlock]:
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
        and (b.is_long or b.kind.startswith("h"))
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


def without_repeats(blocks: list[TextBlock]) -> list[TextBlock]:
    """Without what is said twice: pull quotes, teasers of the text itself."""
    seen: set[str] = set()
    out: list[TextBlock] = []
    whole = [plain(b.text) for b in blocks]
    for place, block in enumerate(blocks):
        bare = whole[place]
        why = "said before" if len(bare) >= MIN_PARAGRAPH and bare in seen else ""
        if (
            block.kind == "quote"
            and len(bare) >= 25
            and any(bare in other for at, other in enumerate(whole) if at != place and len(other) > len(bare))
        ):
            why = "quotes the text itself"
        if why:
            block.by, block.why = "rule", why
            continue
        seen.add(bare)
        out.append(block)
    return out


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
_NETWORKS = r"(?:google|facebook|twitter|whatsapp|instagram|youtube|tiktok|telegram|threads|bluesky|linkedin|zalo|x)\b"
_PROMPT = re.compile(
    r"\W*(?:read (?:more|also|next)|also read|see also|more:|related:?$|watch:|don't miss|lesen sie (?:auch|mehr)|lies auch|mehr zum thema|mehr dazu|auch interessant|"
    r"zum thema|(?:à|a) lire (?:aussi|également)|lire aussi|voir aussi|sur le même sujet|les også|les mer|läs också|læs også|lue myös|czytaj (?:więcej|też|także|również)|"
    r"čtěte také|přečtěte si|leggi anche|lea también|lee también|te puede interesar|leia (?:também|mais)|veja também|lees ook|"
    r"for more stories like this|get in touch with our|would you like to comment|click here to (?:read|sign|subscribe)|"
    r"(?:do you have|have you got|have|got) (?:a|any|your own) (?:story|news tip|tip)\b.{0,60}(?:\?|e-?mail|contact|touch|know)|sign up (?:for|to) (?:our|the)\b|"
    r"subscribe to (?:our|the)\b|if you (?:liked|enjoyed) this (?:article|story)|support (?:our|independent) journalism|"
    r"il vous reste [\d.,]+ ?% de cet article|(?:la|cette) suite est réservée aux abonnés|abonnez-vous (?:à|pour)|inscrivez-vous à|"
    r"hat ihnen (?:dieser|der) (?:artikel|beitrag) gefallen|ihre meinung ist uns wichtig|abonnieren sie (?:unser|hier|jetzt)|"
    r"suscríbe(?:te|ase) a|iscriviti (?:a|al|alla) |assine (?:a|o|nossa)\b|подписывайтесь на|"
    rf"(?:follow|folgen sie|folge|suivez|retrouvez|síguenos|sigue a|seguici|siga|acompanhe|theo dõi)\b.{{0,60}}\b(?:on|auf|bei|sur|en|su|no|na|trên) {_NETWORKS}|"
    r"xem thêm|đọc thêm|tin liên quan|baca juga|читайте также|читайте також|続きを読む|関連記事|相关(?:阅读|新闻)|延伸阅读)",
    re.IGNORECASE,
)


def _look(block: TextBlock) -> tuple[str, str, str]:
    parent = block.element.getparent()
    return (
        str(block.element.tag),
        block.element.get("class") or "",
        (parent.get("class") or "") if parent is not None else "",
    )
