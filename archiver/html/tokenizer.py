"""HTML as tokens that keep their place, after the tokenizer of the HTML standard (13.2.5) with scripting off.

Whoever rewrites a page by its tokens leaves its structure alone: what is not touched reaches the browser as it was written,
faults too, and the browser mends them as it did for the live page. Time is linear in the length of the text, and depth costs
nothing. What the tokenizer must know of the tree, which is whether it stands inside SVG or MathML, is followed closely enough
for pages; where a page is written to deceive it, the policy that goes with the answer is the guard, not this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import Literal

Kind = Literal["start", "end", "text", "raw", "comment", "doctype"]
Foreign = Literal["", "svg", "math"]

_TAG = re.compile(r"<(/?)([A-Za-z][^\t\n\f\r />]*+)")
_NAME = re.compile(r"([\t\n\f\r /]*+)(?:(>)|(=?+[^\t\n\f\r />=]*+))")
_VALUE = re.compile(
    r"[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"([^\"]*+)(?:(\")|\Z)|'([^']*+)(?:(')|\Z)|(?![\"'])([^\t\n\f\r >]*+))"
)
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT = re.compile(r"<!--|-->|<script(?=[\t\n\f\r />])|</script(?=[\t\n\f\r />])", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9A-Fa-f]{1,7})|([0-9]{1,8}));?|([A-Za-z][A-Za-z0-9]{1,40})(;?))")
_C1 = {
    0x80: 0x20AC, 0x82: 0x201A, 0x83: 0x0192, 0x84: 0x201E, 0x85: 0x2026, 0x86: 0x2020, 0x87: 0x2021, 0x88: 0x02C6,
    0x89: 0x2030, 0x8A: 0x0160, 0x8B: 0x2039, 0x8C: 0x0152, 0x8E: 0x017D, 0x91: 0x2018, 0x92: 0x2019, 0x93: 0x201C,
    0x94: 0x201D, 0x95: 0x2022, 0x96: 0x2013, 0x97: 0x2014, 0x98: 0x02DC, 0x99: 0x2122, 0x9A: 0x0161, 0x9B: 0x203A,
    0x9C: 0x0153, 0x9E: 0x017E, 0x9F: 0x0178,
}  # fmt: skip
"""Numeric references that mean windows-1252."""

RAW_TEXT = frozenset({"style", "xmp", "iframe", "noembed", "noframes", "title", "textarea"})
"""Elements whose content has no tags (``script`` and ``plaintext`` besides, which end otherwise)."""
_ENDS = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE) for name in RAW_TEXT}
_INTEGRATION = frozenset({"foreignobject", "desc", "title", "mi", "mo", "mn", "ms", "mtext", "annotation-xml"})
_BREAKOUT = frozenset(
    """b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr
    ol p pre ruby s small span strong strike sub sup table tt u ul var""".split()  # noqa: SIM905  a list of words
)
MAX_OPEN = 100
"""SVG and MathML elements within one another that are kept apart."""


@dataclass(slots=True)
class HtmlToken:
    """One token: ``text[start:end]`` is its source.

    A tag has its name in lower case, and of a start tag the attributes in their order, each name (lower case) once, with
    references undone. ``raw`` is the text of an element without tags, whose name is ``name``. ``foreign`` says which
    language the token stands in, and of an ``svg`` or ``math`` tag which it begins.
    """

    kind: Kind
    start: int
    end: int
    name: str = ""
    attributes: dict[str, str] | None = None
    closed: bool = False
    foreign: Foreign = ""


def tokens(text: str) -> Iterator[HtmlToken]:
    """The tokens of a page. A tag that the end of the text cuts is none, as in browsers."""
    return _Tokenizer(text).run()


def unescape_attribute(value: str) -> str:
    """An attribute's value with its character references undone (13.2.5.72: ``&copy=1`` is no reference there)."""
    if "&" not in value:
        return value

    def character(match: re.Match[str]) -> str:
        if match[3]:
            return _named(match, value)
        code = int(match[1], 16) if match[1] else int(match[2])
        code = _C1.get(code, code)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"

    return _REFERENCE.sub(character, value)


def escape_attribute(value: str) -> str:
    """A value for double quotes."""
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _named(match: re.Match[str], value: str) -> str:
    name = match[3]
    if match[4]:
        found = html5.get(name + ";")
        if found is not None:
            return found
    # Without a semicolon the longest old name counts, unless a letter, a digit or an equals sign follows it.
    for length in range(min(len(name), 6), 1, -1):
        found = html5.get(name[:length])
        if found is None:
            continue
        following = name[length : length + 1] or match[4] or value[match.end() : match.end() + 1]
        if following == "=" or (following.isascii() and following.isalnum()):
            return match[0]
        return found + name[length:] + match[4]
    return match[0]


class _Tokenizer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[str] = []

    @property
    def _foreign(self) -> Foreign:
        top = self._open[-1] if self._open else ""
        return "svg" if top == "svg" else "math" if top == "math" else ""

    def run(self) -> Iterator[HtmlToken]:
        text, place, end = self._text, 0, len(self._text)
        while place < end:
            sign = text.find("<", place)
            if sign < 0:
                yield HtmlToken("text", place, end, foreign=self._foreign)
                return
            if sign > place:
                yield HtmlToken("text", place, sign, foreign=self._foreign)
            match = _TAG.match(text, sign)
            if match is None:
                token = self._markup(sign)
                yield token
                place = token.end
                continue
            tag = self._tag(match)
            if tag is None:
                return
            place = tag.end
            if match[1]:
                self._close(tag)
                yield tag
                continue
            self._begin(tag)
            yield tag
            if not tag.foreign and (raw := self._raw(tag.name, place)) is not None:
                if raw.end > raw.start:
                    yield raw
                place = raw.end

    def _tag(self, match: re.Match[str]) -> HtmlToken | None:
        text, place = self._text, match.end()
        attributes: dict[str, str] = {}
        while True:
            name = _NAME.match(text, place)
            if name is None or (not name[2] and not name[3]):
                return None
            place = name.end()
            if name[2]:
                break
            value = _VALUE.match(text, place)
            if value is None:
                attributes.setdefault(name[3].lower(), "")
                continue
            if value[5] is None and not (value[2] or value[4]):
                return None
            place = value.end()
            found = value[1] if value[1] is not None else value[3] if value[3] is not None else value[5]
            attributes.setdefault(name[3].lower(), unescape_attribute(found))
        closing = bool(match[1])
        return HtmlToken(
            "end" if closing else "start",
            match.start(),
            place,
            match[2].lower(),
            None if closing else attributes,
            closed=name[1].endswith("/"),
        )

    def _markup(self, place: int) -> HtmlToken:
        """What begins with ``<`` and is no tag: a comment, a doctype, CDATA, or the sign alone."""
        text = self._text
        following = text[place + 1 : place + 2]
        if text.startswith("<!--", place):
            if text.startswith(">", place + 4):
                return HtmlToken("comment", place, place + 5)
            if text.startswith("->", place + 4):
                return HtmlToken("comment", place, place + 6)
            close = _COMMENT_END.search(text, place + 4)
            return HtmlToken("comment", place, close.end() if close else len(text))
        if self._foreign and text.startswith("<![CDATA[", place):
            close_at = text.find("]]>", place)
            return HtmlToken("text", place, close_at + 3 if close_at >= 0 else len(text), foreign=self._foreign)
        if following and following in "!?/":
            if following == "/" and place + 2 >= len(text):
                return HtmlToken("text", place, len(text), foreign=self._foreign)
            close_at = text.find(">", place)
            stop = close_at + 1 if close_at >= 0 else len(text)
            doctype = text[place : place + 9].lower() == "<!doctype"
            return HtmlToken("doctype" if doctype else "comment", place, stop)
        return HtmlToken("text", place, place + 1, foreign=self._foreign)

    def _begin(self, tag: HtmlToken) -> None:
        """Follow where SVG and MathML begin and end (13.2.6.5)."""
        name, foreign = tag.name, self._foreign
        if foreign and (name in _BREAKOUT or (name == "font" and tag.attributes and _FONT & tag.attributes.keys())):
            self._break_out()
            foreign = self._foreign
        if name in {"svg", "math"}:
            tag.foreign = "svg" if name == "svg" else "math"
        else:
            tag.foreign = foreign
        holds = name in {"svg", "math"} or name in _INTEGRATION
        if tag.foreign and holds and not tag.closed and len(self._open) < MAX_OPEN:
            self._open.append(name)

    def _close(self, tag: HtmlToken) -> None:
        tag.foreign = self._foreign
        if tag.name in {"p", "br"} and tag.foreign:
            self._break_out()
        elif tag.name in {"svg", "math"} or tag.name in _INTEGRATION:
            for place in range(len(self._open) - 1, -1, -1):
                if self._open[place] == tag.name:
                    del self._open[place:]
                    break

    def _break_out(self) -> None:
        while self._open and self._open[-1] in {"svg", "math"}:
            self._open.pop()

    def _raw(self, name: str, place: int) -> HtmlToken | None:
        text = self._text
        if name == "plaintext":
            return HtmlToken("raw", place, len(text), name)
        if name == "script":
            return HtmlToken("raw", place, self._script_end(place), name)
        if name not in RAW_TEXT:
            return None
        close = _ENDS[name].search(text, place)
        return HtmlToken("raw", place, close.start() if close else len(text), name)

    def _script_end(self, place: int) -> int:
        """Where a script's text ends (13.2.5.15 to 31): ``<!--`` and ``<script`` hide the end tag."""
        hidden = double = False
        while (mark := _SCRIPT.search(self._text, place)) is not None:
            place = mark.end()
            sign = mark[0].lower()
            if sign == "<!--":
                if not hidden:
                    hidden = True
                    place -= 2
            elif sign == "-->":
                hidden = double = False
            elif sign == "<script":
                double = hidden
            elif double:
                double = False
            else:
                return mark.start()
        return len(self._text)


_FONT = {"color", "face", "size"}
