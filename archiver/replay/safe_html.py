"""An archived page as the safe view shows it: its own markup, without anything that acts, asking only the archive."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape

from archiver.errors import NotHttpUrl
from archiver.html.tokenizer import HtmlToken, escape_attribute, tokens
from archiver.html.urls import absolute
from archiver.replay.parts import Finder, Part, Parts
from archiver.replay.safe_attributes import Cleaner

MAX_CHARACTERS = 8_000_000
"""Characters of a page that are shown; what follows is left away, and the bar says so."""
MAX_TOKENS = 600_000
MAX_SRCDOC = 3
"""How deep pages that stand in an attribute of one another are shown."""
_PICTURES = {"amp-img": "img", "amp-anim": "img", "image": "img"}
_GONE = frozenset(
    {"script", "base", "meta", "link", "amp-img", "amp-anim", "param", "portal", "fencedframe", "webview"}
)
"""Elements whose end tag is not written."""
_UNSHOWN = frozenset({"script", "iframe", "noembed", "noframes"})
"""Elements whose text is never shown, so it is not written."""
_SEEN = frozenset({"img", "amp-img", "picture", "link", "style", "iframe", "video", "audio", "svg", "object", "embed"})


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A document to send, the parts it asks for, and whether it was cut."""

    text: str
    parts: tuple[Part, ...]
    cut: bool = False


def rewrite_html(text: str, *, url: str, parts: Parts, find: Finder) -> Rewritten:
    """The safe form of the page that came from ``url``. It is read twice: to know its parts, and to write it.

    ``parts`` is empty and says time and links. Never raises on any text; time is linear in its length.
    """
    cut = len(text) > MAX_CHARACTERS
    text = text[:MAX_CHARACTERS].replace("\x00", "\ufffd")
    read: list[HtmlToken] = []
    for token in tokens(text):
        read.append(token)
        if len(read) >= MAX_TOKENS:
            cut = True
            break
    _Writer(text, read, parts, url=url).write()
    parts.found = find(list(parts.wanted), parts.at)
    parts.units.clear()
    written = _Writer(text, read, parts, url=url).write()
    return Rewritten(written, tuple(parts.units.values()), cut or parts.cut)


class _Writer:
    """Writes the tokens of one page again."""

    def __init__(self, text: str, read: list[HtmlToken], parts: Parts, *, url: str, depth: int = 0) -> None:
        self._text = text
        self._read = read
        self._url = url
        self._depth = depth
        self._based = False
        self._templates: list[bool] = []
        self._style_type = ""
        self._in_svg_script = False
        self._cleaner = Cleaner(parts, base=url, shown=lambda: not any(self._templates))

    def write(self) -> str:
        out: list[str] = []
        skipped = _fallbacks(self._read)
        place, end = 0, len(self._read)
        while place < end:
            token = self._read[place]
            if token.kind == "start":
                if place in skipped:
                    place = skipped[place]
                    continue
                out.append(self._start(token))
            elif token.kind == "end":
                out.append(self._end(token))
            elif token.kind == "text":
                if not self._in_svg_script:
                    out.append(self._foreign_style(token) if token.foreign else self._text[token.start : token.end])
            elif token.kind == "raw":
                out.append(self._raw(token))
            elif token.kind == "doctype":
                out.append(self._text[token.start : token.end])
            place += 1
        return "".join(out)

    def _start(self, token: HtmlToken) -> str:
        name, given = token.name, token.attributes or {}
        self._in_svg_script = False
        if name == "template":
            self._templates.append("shadowrootmode" not in given)
        elif name == "picture" and not token.foreign:
            self._cleaner.pictures = []
        elif name == "base" and not token.foreign:
            self._take_base(given.get("href"))
        elif name == "script":
            self._in_svg_script = bool(token.foreign) and not token.closed
            return ""
        elif name == "style":
            self._style_type = "-" if "amp-boilerplate" in given else given.get("type", "").strip().lower()
        kept = self._cleaner.clean(name, given, foreign=token.foreign)
        if kept is None:
            return ""
        if name == "iframe" and "srcdoc" in given and self._depth < MAX_SRCDOC:
            kept["srcdoc"] = self._inner(given["srcdoc"])
            kept.pop("src", None)
        changed = name if token.foreign else _PICTURES.get(name, name)
        if changed == name and kept == given:
            return self._text[token.start : token.end]
        written = changed if changed != name else self._text[token.start + 1 : token.start + 1 + len(name)]
        pairs = "".join(f' {key}="{escape_attribute(value)}"' for key, value in kept.items())
        return f"<{written}{pairs}{'/' if token.closed and token.foreign else ''}>"

    def _end(self, token: HtmlToken) -> str:
        name = token.name
        if name == "template" and self._templates:
            self._templates.pop()
        elif name == "picture":
            self._cleaner.pictures = None
        elif name == "script":
            self._in_svg_script = False
        if name in _GONE and not (token.foreign and name != "script"):
            return ""
        self._style_type = ""
        return f"</{self._text[token.start + 2 : token.start + 2 + len(name)]}>"

    def _raw(self, token: HtmlToken) -> str:
        text = self._text[token.start : token.end]
        if token.name in _UNSHOWN:
            return ""
        if token.name != "style":
            return text
        return self._cleaner.style(text) if self._style_type in {"", "text/css"} else ""

    def _foreign_style(self, token: HtmlToken) -> str:
        """Text inside SVG may be a style sheet, and is written like text: with references, or as CDATA."""
        text = self._text[token.start : token.end]
        if "(" not in text and "@" not in text:
            return text
        if text.startswith("<![CDATA["):
            inner = text[9:-3] if text.endswith("]]>") else text[9:]
            return f"<![CDATA[{self._cleaner.style(inner).replace(']]>', '')}]]>"
        if "url" not in text.lower() and "import" not in text.lower():
            return text
        return escape_attribute(self._cleaner.style(unescape(text)))

    def _inner(self, text: str) -> str:
        text = text[:MAX_CHARACTERS].replace("\x00", "\ufffd")
        read = [token for token, _ in zip(tokens(text), range(MAX_TOKENS), strict=False)]
        inner = _Writer(text, read, self._cleaner.parts, url=self._cleaner.base, depth=self._depth + 1)
        return inner.write()

    def _take_base(self, href: str | None) -> None:
        if href is None or self._based:
            return
        self._based = True
        try:
            self._cleaner.base = absolute(href, base=self._url) or self._url
        except NotHttpUrl:
            return


def _fallbacks(read: list[HtmlToken]) -> dict[int, int]:
    """Where ``noscript`` is passed over, and where it goes on behind it.

    Readers with scripts never saw what stands there. What shows a picture or a style is kept, as it stands for what a script
    would bring, unless that picture was just brought in its place; what only says that scripts are off is not.
    """
    skipped: dict[int, int] = {}
    opened: int | None = None
    brought: set[str] = set()
    inside: list[HtmlToken] = []
    for place, token in enumerate(read):
        if token.kind == "start" and token.name == "noscript":
            if opened is None:
                opened, inside = place, []
        elif token.kind == "end" and token.name == "noscript" and opened is not None:
            seen = [t for t in inside if t.name in _SEEN]
            pictures = [t for t in seen if t.name in {"img", "amp-img"}]
            again = bool(pictures) and all(_addresses(t) & brought for t in pictures)
            if not seen or (again and len(pictures) == len([t for t in seen if t.name != "picture"])):
                skipped[opened] = place + 1
            opened = None
        elif token.kind == "start":
            if opened is not None:
                inside.append(token)
            elif token.name in {"img", "amp-img", "source"} and token.attributes:
                brought |= _late(token)
    return skipped


def _addresses(token: HtmlToken) -> set[str]:
    given = token.attributes or {}
    return {given[key].strip() for key in ("src", "data-src") if given.get(key)}


def _late(token: HtmlToken) -> set[str]:
    return {
        value.strip()
        for key, value in (token.attributes or {}).items()
        if key.startswith("data-") and len(value) < 4096 and "/" in value
    }
