"""Style sheets: the URLs that they make a browser request, and the same text with other URLs.

A small tokenizer after CSS Syntax Level 3, section 4, that keeps the place of every token, so that what is not a URL
comes out of a rewriting as it was. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from archiver.errors import NotHttpUrl
from archiver.html.encoding import as_style_sheet
from archiver.html.urls import absolute

MAX_BYTES = 20_000_000
"""Bytes of a style sheet that are read; what follows is not looked at."""
MAX_LINKS = 2000
MAX_DEPTH = 500
"""Open brackets that are kept apart; deeper ones are only counted."""
MAX_TOKENS = 2_000_000
"""Tokens that are read; no style sheet made for readers comes near it."""

# Atomic groups, and possessive quantifiers of single characters alone: Python before 3.11.5 matches those of groups wrongly.
_ESCAPE = r"\\(?>[0-9A-Fa-f]{1,6}(?:\r\n|[ \t\r\n\f])?|[^\r\n\f0-9A-Fa-f])"
_IN_STRING = rf"(?:{_ESCAPE}|\\(?>(?:\r\n|.)?))"
_NAME = rf"(?>(?:[A-Za-z0-9_\-]++|[^\x00-\x7f]++|{_ESCAPE})+)"
_NUMBER = rf"[0-9]++(?>(?:\.[0-9]++)?)(?>(?:{_NAME})?)"
_TOKEN = re.compile(
    rf"""
    (?P<plain> (?> (?: [ \t\r\n\f:,.>~*=+!|&^$%<?`]++ | {_NUMBER} | \#{_NAME} | {_NAME}(?!\() )+ ) )
    | (?P<sign> [{{}}()\[\];] )
    | (?P<comment> /\* .*? (?: \*/ | \Z ) )
    | (?P<string> " (?> (?: [^"\\\r\n\f]++ | {_IN_STRING} )* ) | ' (?> (?: [^'\\\r\n\f]++ | {_IN_STRING} )* ) )
    | (?P<at> @ (?P<rule> {_NAME} ) )
    | (?P<call> (?P<name> {_NAME} ) \( )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_GAP = re.compile(r"(?>(?:[ \t\r\n\f]++|/\*.*?\*/)*)", re.DOTALL)
_IMPORTED = re.compile(rf"[\"']|{_NAME}\(")
_BARE_URL = re.compile(
    rf"""
    [ \t\r\n\f]*+
    (?: (?P<quote> ["'] )
      | (?P<address> (?> (?: [^"'()\\ \t\r\n\f\x01-\x08\x0b\x0e-\x1f\x7f]++ | {_ESCAPE} )* ) ) [ \t\r\n\f]*+ (?: \) | \Z )
    )""",
    re.VERBOSE | re.DOTALL,
)
_BAD_URL = re.compile(r"(?>(?:[^)\\]++|\\.?+)*)\)?+", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\r\n\f])|(.)|\Z)", re.DOTALL)
_TO_ESCAPE = re.compile(r"[\"\\<\x00-\x1f\x7f]")
_TAKES_STRINGS = frozenset({"url", "src", "image-set", "-webkit-image-set"})
_MAY_ASK = re.compile(r"url|import|src|image|\\", re.IGNORECASE)
"""Without one of these words, or an escape that may spell one, a style sheet asks for nothing."""
_OPENER = {")": "(", "]": "[", "}": "{"}

Use = Literal["import", "image", "font"]


@dataclass(frozen=True, slots=True)
class CssLinks:
    """What a style sheet asks for: absolute legal URLs in its order, each once in its tuple.

    ``images`` are all URLs that are neither style sheets nor fonts (backgrounds, cursors, masks, filters). ``bad``
    counts addresses that can't be made a URL, ``cut`` says that there were more URLs, or bytes, than were read.
    """

    imports: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    fonts: tuple[str, ...] = ()
    bad: int = 0
    cut: bool = False


def read_css(css: bytes | str, *, url: str, content_type: str | None = None, limit: int = MAX_LINKS) -> CssLinks:
    """The URLs of a style sheet (content coding removed), of a ``style`` element or attribute; never raises.

    ``url`` is what its addresses are relative to: its own, or the base of the page. Which of them a browser requests
    hangs on what the page uses; here are all that it may. ``@namespace`` asks for nothing.
    """
    cut = len(css) > MAX_BYTES
    text = as_style_sheet(css[:MAX_BYTES], content_type=content_type) if isinstance(css, bytes) else css[:MAX_BYTES]
    found: dict[Use, dict[str, None]] = {"import": {}, "image": {}, "font": {}}
    bad = 0
    seen: set[tuple[Use, str]] = set()
    for link in _links(text) if _MAY_ASK.search(text) else ():
        if link.address is None or len(seen) >= 10 * limit:
            cut = True
            break
        if (link.use, link.address) in seen:
            continue
        if link.use == "import" and link.depth:
            # Only a rule at the top imports.
            continue
        seen.add((link.use, link.address))
        try:
            target = absolute(link.address, base=url)
        except NotHttpUrl:
            bad += 1
            continue
        kept = found[link.use]
        if target is None or target in kept:
            continue
        if sum(map(len, found.values())) >= limit:
            cut = True
            break
        kept[target] = None
    return CssLinks(tuple(found["import"]), tuple(found["image"]), tuple(found["font"]), bad=bad, cut=cut)


def rewrite_css(css: str, replace: Callable[[str], str | None]) -> str:
    """``css`` with each URL replaced by what ``replace`` gives for it (None: as it was); all else stays as it was.

    ``replace`` gets the address as it is meant (escapes undone) and not made absolute. What it gives back is written as
    a CSS string in which nothing can end the string, the sheet or the ``style`` element around it. What lies behind the
    first ``MAX_TOKENS`` tokens is left away.
    """
    return rewrite_css_links(css, lambda address, _use: replace(address))


def rewrite_css_links(css: str, replace: Callable[[str, Use], str | None]) -> str:
    """As ``rewrite_css``; ``replace`` also gets what the address is for: a style sheet to import, a font, or else a picture."""
    return write_links(css, find_links(css), replace=replace)


def find_links(css: str) -> tuple[CssLink, ...]:
    """Where addresses stand in a style sheet, so that it can be rewritten more than once."""
    return tuple(_links(css)) if _MAY_ASK.search(css) else ()


def write_links(css: str, links: Iterable[CssLink], *, replace: Callable[[str, Use], str | None]) -> str:
    """``css`` with other addresses in these places, as ``rewrite_css_links`` has it."""
    out: list[str] = []
    done = 0
    for link in links:
        if link.address is None:
            return "".join((*out, css[done : link.start]))
        new = replace(link.address, link.use)
        if new is not None:
            out += (css[done : link.start], _quoted(new))
            done = link.end
    return "".join((*out, css[done:]))


@dataclass(frozen=True, slots=True)
class CssLink:
    """Where an address stands; the address None means that nothing was read from here to the end."""

    start: int
    end: int
    address: str | None
    use: Use
    depth: int


class _Brackets:
    """What is open. A closing bracket closes what stands unclosed inside its pair; one without a pair does nothing."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []
        self._count = {"(": 0, "[": 0, "{": 0}
        self._deeper = 0
        self.faces = 0

    def open(self, sign: str, name: str = "") -> None:
        if len(self._open) >= MAX_DEPTH:
            self._deeper += 1
            return
        self._open.append((sign, name))
        self._count[sign] += 1
        self.faces += name == "@font-face"

    def close(self, sign: str) -> None:
        if self._deeper:
            self._deeper -= 1
            return
        wanted = _OPENER[sign]
        while self._count[wanted]:
            opened, name = self._open.pop()
            self._count[opened] -= 1
            self.faces -= name == "@font-face"
            if opened == wanted:
                return

    @property
    def function(self) -> str:
        """The name of the function whose arguments are being read."""
        return self._open[-1][1] if self._open and not self._deeper else ""

    @property
    def blocks(self) -> int:
        return self._count["{"]


def _links(text: str) -> Iterator[CssLink]:
    """The addresses in order. An unclosed ``url(`` or string ends with the text, as browsers have it."""
    brackets = _Brackets()
    rule = ""  # the at-rule whose prelude is being read
    importing = False  # what comes next is what @import imports
    place = 0

    def link(start: int, end: int, address: str) -> Iterator[CssLink]:
        if rule not in {"namespace", "document", "-moz-document", "charset"} and address:
            use: Use = "import" if importing else "font" if brackets.faces else "image"
            yield CssLink(start, end, address, use, brackets.blocks)

    for _ in range(MAX_TOKENS):
        token = _TOKEN.match(text, place)
        if token is None:
            return
        kind = token.lastgroup
        place = token.end()
        if kind in {"plain", "comment"}:
            continue
        if kind == "sign":
            sign = token[0]
            if sign in _OPENER:
                brackets.close(sign)
            elif sign == "{":
                brackets.open("{", "@font-face" if rule == "font-face" else "")
            elif sign != ";":
                brackets.open(sign)
                continue
            rule = rule if sign in ")]" else ""
        elif kind == "string":
            # The closing quote is not part of the match: a line end there makes it a bad string, the end of the text not.
            whole = text.startswith(token[0][0], place)
            place += whole
            if (whole or place == len(text)) and (importing or brackets.function in _TAKES_STRINGS):
                yield from link(token.start(), place, _unescape(token[0][1:]))
            importing = False
        elif kind == "call":
            name = _unescape(token["name"]).lower()
            bare = _BARE_URL.match(text, place) if name == "url" else None
            if bare and not bare["quote"]:
                yield from link(bare.start("address"), bare.end("address"), _unescape(bare["address"]))
                place = bare.end()
            elif name == "url" and not bare:
                bad = _BAD_URL.match(text, place)
                place = bad.end() if bad else place
            else:
                brackets.open("(", name)
            # The string to import is still to come when it stands in url("…").
            importing = importing and bare is not None and bool(bare["quote"])
        elif kind == "at":
            rule = _unescape(token["rule"]).lower()
            gap = _GAP.match(text, place)
            importing = rule == "import" and bool(_IMPORTED.match(text, gap.end() if gap else place))
    yield CssLink(place, len(text), None, "image", 0)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return match[3] or ""


def _quoted(address: str) -> str:
    return '"' + _TO_ESCAPE.sub(lambda match: f"\\{ord(match[0]):x} ", address) + '"'
