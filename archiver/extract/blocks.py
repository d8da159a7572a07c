"""A page's text as blocks: paragraphs, headings, list items, each with its place in the tree and what speaks against it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from archiver.extract.noise import noise_of
from archiver.html.page_tree import squeeze

MAX_BLOCKS = 20_000
_SKIP = frozenset(
    (
        *(
            "script",
            "style",
            "noscript",
            "template",
            "svg",
            "math",
            "iframe",
            "object",
            "embed",
            "canvas",
            "head",
            "map",
        ),
        *("button", "select", "option", "textarea", "input", "datalist", "progress", "meter", "nav", "dialog", "audio"),
        *("video", "amp-ad", "amp-embed", "amp-img", "fencedframe"),
    )
)
_INLINE = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "data", "del", "dfn", "em", "font"),
        *("i", "img", "ins", "kbd", "label", "mark", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span"),
        *("strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "picture", "source", "nobr", "amp-link"),
    )
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BREAK = "\x1e"
_ENDS = frozenset(".!?…:。！？")
SOURCE_LINE = re.compile(
    r"[\s(\[\uff08\u3010]*(?:nguồn(?: tin)?|theo|sources?|quellen?|fuentes?|fontes?|fonti|bron|källa|kilde|zdroj|źródło|источник|джерело|sumber|kaynak|來源|来源|出典|출처)\s*[:\uff1a]\s*"
    r"(?P<rest>.{2,400})\Z",
    re.IGNORECASE,
)
"""`Source : …`, in the languages of the press."""


MIN_PARAGRAPH = 40
"""Characters from which a block counts as a paragraph of prose."""
MIN_WIDE = 18
"""The same in scripts that write a word in one or two characters."""
WIDE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(slots=True)
class TextBlock:
    """One run of text that a reader sees as a paragraph. ``noise`` says why it may be none of the article's; ``marks`` are the flagged elements
    around it, ``box`` the one of them that makes it noise. ``by`` and ``why`` say who decided on it, and why."""

    text: str
    kind: str
    element: HtmlElement
    linked: int
    bold: int
    order: int
    marks: tuple[HtmlElement, ...] = ()
    noise: str | None = None
    box: HtmlElement | None = None
    by: str = ""
    why: str = ""

    @property
    def size(self) -> int:
        """Characters."""
        return len(self.text)

    @property
    def is_long(self) -> bool:
        """Whether it is long enough for a paragraph of prose; in scripts without spaces a sentence takes half the characters and less."""
        return len(self.text) >= MIN_PARAGRAPH or (len(self.text) >= MIN_WIDE and WIDE.search(self.text) is not None)

    @property
    def link_share(self) -> float:
        """How much of the text lies in links."""
        return self.linked / max(1, len(self.text))


@dataclass(slots=True)
class _Frame:
    element: HtmlElement
    kind: str
    marks: tuple[HtmlElement, ...]
    link: bool
    bold: bool
    kept: bool = False
    """Line ends are line breaks here."""


def read_blocks(root: HtmlElement, *, flags: dict[HtmlElement, str]) -> list[TextBlock]:
    """The blocks under ``root`` in reading order. Fills ``flags``: element to the kind of noise its name suggests."""
    walker = _Walker(flags)
    walker.walk(root)
    return walker.blocks


class _Walker:
    """One pass over the tree without recursion."""

    def __init__(self, flags: dict[HtmlElement, str]) -> None:
        self.flags = flags
        self.blocks: list[TextBlock] = []
        self._parts: list[str] = []
        self._linked = 0
        self._bold = 0
        self._breaks = 0

    def walk(self, root: HtmlElement) -> None:
        frames = [_Frame(root, "p", (), link=False, bold=False)]
        stack: list[tuple[HtmlElement, bool]] = [(root, False)]
        while stack and len(self.blocks) < MAX_BLOCKS:
            element, done = stack.pop()
            if done:
                self._leave(element, frames)
                continue
            if not self._enter(element, frames, top=element is root):
                if element is not root and element.tail:
                    self._text(element.tail, frames[-1])
                continue
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))
            if element.text:
                self._text(element.text, frames[-1])
        self._flush(frames[0])

    def _enter(self, element: HtmlElement, frames: list[_Frame], *, top: bool) -> bool:
        tag = element.tag
        if not isinstance(tag, str):
            return False
        if tag in _SKIP and not top:
            return False
        if tag == "br":
            self._breaks += 1
            if self._breaks >= 2:
                self._flush(frames[-1])
            elif self._parts:
                self._parts.append(_BREAK)
            return False
        if tag in _INLINE:
            if _is_hidden(element):
                return False
            above = frames[-1]
            kind = self.flags.get(element) or (noise_of(element) if tag == "span" else None)
            marks = above.marks
            if kind:
                self.flags[element] = kind
                marks = (*marks, element)
                if above.element.tag in {"div", "section", "figure"} or kind == "caption":
                    self._flush(above)
            frames.append(
                _Frame(
                    element,
                    above.kind,
                    marks,
                    above.link or (tag == "a" and _leads_away(element, above.kind)),
                    above.bold or tag in {"b", "strong"},
                    above.kept,
                )
            )
            return True
        above = frames[-1]
        if self._parts:
            self._flush(above)
        else:
            self._breaks = 0
        if _is_hidden(element):
            self.flags[element] = "hidden"
        kind_of_noise = self.flags.get(element) or (
            noise_of(element) if not top and tag not in {"html", "body", "main"} else None
        )
        marks = above.marks
        if tag == "blockquote" and marks and marks[-1].tag == "figure" and self.flags[marks[-1]] == "caption":
            # A quotation set as a figure is text; its caption has a mark of its own.
            marks = marks[:-1]
        if kind_of_noise:
            self.flags[element] = kind_of_noise
            marks = (*marks, element)
        kind = (
            tag
            if tag in _HEADINGS
            else {
                "li": "li",
                "dt": "li",
                "dd": "li",
                "blockquote": "quote",
                "pre": "p",
                "td": "cell",
                "th": "cell",
            }.get(tag, "p")
        )
        if kind == "p" and above.kind in {"li", "quote", "cell"}:
            kind = above.kind
        kept = above.kept or tag == "pre" or "white-space" in (element.get("style") or "")
        frames.append(_Frame(element, kind, marks, link=above.link, bold=above.bold, kept=kept))
        return True

    def _leave(self, element: HtmlElement, frames: list[_Frame]) -> None:
        frame = frames[-1]
        if element.tag not in _INLINE or (
            frame.marks
            and frame.marks[-1] is element
            and (element.getparent() is not None and element.getparent().tag in {"div", "section", "figure"})
        ):
            if self._parts:
                self._flush(frame)
            else:
                self._breaks = 0
        if len(frames) > 1:
            frames.pop()
        if element.tail and len(frames) >= 1:
            self._text(element.tail, frames[-1])

    def _text(self, text: str, frame: _Frame) -> None:
        bare = text.strip()
        if bare:
            self._breaks = 0
            if frame.link:
                self._linked += len(bare)
            if frame.bold:
                self._bold += len(bare)
        elif not self._parts:
            # White space between elements, where no text has begun: most of a page's text nodes.
            return
        if frame.kept and "\n" in text:
            text = text.replace("\n", _BREAK)
        self._parts.append(text)

    def _flush(self, frame: _Frame) -> None:
        lines = [line for line in map(squeeze, "".join(self._parts).split(_BREAK)) if line]
        if len(lines) > 1 and not _are_paragraphs(lines):
            lines = [" ".join(lines)]
        for line in lines:
            linked = min(self._linked, len(line)) if len(lines) == 1 else 0
            bold = min(self._bold, len(line)) if len(lines) == 1 else 0
            self.blocks.append(TextBlock(line, frame.kind, frame.element, linked, bold, len(self.blocks), frame.marks))
        self._parts = []
        self._linked = self._bold = 0
        self._breaks = 0


def _are_paragraphs(lines: list[str]) -> bool:
    """Whether single line breaks part paragraphs (mostly whole sentences) or only lines."""
    whole = sum(1 for line in lines if len(line) >= 60 and line.rstrip("\"'”’»)")[-1:] in _ENDS)
    return whole * 2 >= len(lines) or any(SOURCE_LINE.match(line) for line in lines[-3:])


def _leads_away(link: HtmlElement, kind: str) -> bool:
    """Whether a link leads off its place; a heading that is a target for jumps, or links to itself, is no link."""
    return not (kind in _HEADINGS and (link.get("href") or "#").startswith("#"))


def _is_hidden(element: HtmlElement) -> bool:
    style = element.get("style")
    return element.get("hidden") is not None or bool(style and _HIDDEN.search(style))


def above(element: HtmlElement, top: HtmlElement) -> Iterator[HtmlElement]:
    """``element`` and what holds it, up to and with ``top``."""
    current = element
    while current is not None:
        yield current
        if current is top:
            return
        current = current.getparent()
