"""The headline: what JSON-LD, the head and the page itself call the article, without the names of site and section.

The same article has several titles: one for readers (``h1``), one to share (``og:title``), one for search engines (``title``, often JSON-LD's
headline too). The title to share is the editors' own and free of the site's furniture, so it is believed first, unless it is alone against the
others, is cut short, or names something else than they do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from archiver.extract import schema_org
from archiver.extract.noise import words_of
from archiver.html.page_tree import Page, plain, squeeze
from archiver.model.article import FieldSource
from archiver.model.url import host_of

Titled = tuple[str | None, FieldSource | None]

_SEPARATOR = re.compile(r"\s+(?:[|\-–—•·»«:~*/]|::|--)\s+|\s*(?:[|｜ㅣ]|--)\s*|-(?=[^\x00-\x7f\W]{1,12}\Z)")
_REST = re.compile(r"\s*(?:[|｜ㅣ*·•»«~]|::|--|\s[-–—:]\s|[-–—](?=[^\x00-\x7f]))")
"""What follows a headline when only the names of site and section come after."""
_BAR = re.compile(r"\s*[|｜ㅣ]\s*\Z")
_QUOTES = str.maketrans("‘’‚‛“”„‟′″«»‹›`´", "''''\"\"\"\"'\"\"\"''''")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_KICKER = frozenset(
    (
        *("kicker", "overline", "roofline", "dachzeile", "topline", "eyebrow", "supertitle", "overtitle", "surtitle"),
        *("surtitre", "antetitulo", "occhiello", "rubrik", "pretitle", "label", "flag", "badge"),
    )
)
_APART = frozenset(("br", "div", "p", "h1", "h2", "h3", "ul", "ol", "li", "td", "section", "header"))
_SILENT = frozenset(("script", "style", "svg", "button", "noscript", "template"))
_ALIASES = ("name", "alternativeHeadline")
_DEEPEST = 20
_SHORT = 12
_SPELT = 20
_LINE = 8
MAX_LINE = 300
"""Characters of the longest line that is looked at for a headline."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_PLAIN_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "å": "a"})


def read_title(
    page: Page,
    node: dict[str, Any],
    *,
    selected: Iterable[HtmlElement],
    publisher: str | None,
    section: str | None = None,
    announced: str | None = None,
) -> Titled:
    """The headline and where it was read. ``selected`` are the elements that the site's profile names, ``announced`` is what a feed or sitemap calls it."""
    for element in selected:
        if text := heading_text(element):
            return text, FieldSource("page", 0.95)
    names = site_names(page, publisher)
    heads = [text for element in page.root.iter("h1") if (text := heading_text(element))]
    marked = next((text for e in page.marked("headline") if (text := heading_text(e))), None)
    heads = [*heads, marked] if marked and marked not in heads else heads
    if not heads and (line := _shown(page)):
        heads = [line]
    given = _clean(schema_org.text(node.get("headline")) or schema_org.text(node.get("name")), names, heads, section)
    named = _clean(schema_org.text(page.first("headline", "dc.title", "title")), names, heads, section)
    known = [text for text in (*heads, given, named) if text and _is_name(text, names)]
    graph, other, tag = (
        _clean(schema_org.text(text), names, known, section)
        for text in (page.first("og:title"), page.first("twitter:title"), page.title)
    )
    given = given if _is_name(given, names) else None
    shared = next((t for t in (graph, other) if _is_name(t, names)), None)
    return _choose(
        _Said(
            given=given,
            shared=shared,
            other=other,
            head=_headline(heads, (given, shared, tag, announced)),
            tag=tag,
            named=named,
            marked=marked,
            aliases=tuple(t for name in _ALIASES if node.get("headline") and (t := schema_org.text(node.get(name)))),
            announced=announced,
            spelt=given is not None and in_address(given, page.url),
        )
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What each place calls the article; ``spelt`` says that the address spells JSON-LD's headline."""

    given: str | None
    shared: str | None
    other: str | None
    head: str | None
    tag: str | None
    named: str | None
    marked: str | None
    aliases: tuple[str, ...]
    announced: str | None
    spelt: bool


def _choose(said: _Said) -> Titled:
    given, shared, head, tag = said.given, said.shared, said.head, said.tag
    witnesses = (given, shared, said.other if said.other != shared else None, head, tag, said.announced)
    if given and shared and _is_apart(given, said):
        # Two places that share nothing with what readers see say the same.
        return given, FieldSource("json-ld", 0.9)
    if shared and (_is_cut(shared, (given, head, tag)) or _is_alone(said)):
        shared = None
    elif shared and given and head and _is_each_for_itself(said):
        return head, FieldSource("page", _confidence(head, witnesses))
    if shared:
        return shared, FieldSource("meta", _confidence(shared, witnesses))
    if given and not _is_cut(given, (head, tag)):
        return given, FieldSource("json-ld", _confidence(given, witnesses))
    if head:
        return head, FieldSource("page", _confidence(head, witnesses, least=0.8))
    for text, origin in ((said.announced, "feed"), (said.named, "meta"), (given or tag, "meta")):
        if text:
            return text, FieldSource(origin, _confidence(text, witnesses, least=0.6))
    return None, None


def _is_apart(given: str, said: _Said) -> bool:
    """Whether JSON-LD's headline, unlike what readers see, is one of its own: the address spells it, or JSON-LD says it twice against one title in all else."""
    bare, shared, head = plain(given), plain(said.shared), plain(said.head)
    if bare in shared or bare == head:
        return False
    aliases = {plain(alias) for alias in said.aliases}
    return said.spelt or (shared == head and shared not in bare and bare in aliases and shared not in aliases)


def _is_each_for_itself(said: _Said) -> bool:
    """Whether sharing, JSON-LD and page have each a title of their own, and the one to share is nowhere else: readers know the page's."""
    three = [plain(said.given), plain(said.shared), plain(said.head)]
    if any(one in other for at, one in enumerate(three) for to, other in enumerate(three) if at != to):
        return False
    return three[1] not in {plain(said.tag), plain(said.other), plain(said.named)}


def _confidence(text: str, witnesses: Sequence[str | None], *, least: float = 0.85) -> float:
    """How many of the page's titles say the same."""
    bare = plain(text)
    same = sum(1 for other in witnesses if other and plain(other) == bare)
    rest = sum(1 for other in witnesses if other and plain(other) != bare)
    if same >= 3 or (same >= 2 and not rest):
        return 0.99
    return round(least + 0.05 * (same - 1), 2) if same >= 1 else least


def _is_alone(said: _Said) -> bool:
    """Whether the title to share contradicts all the others: they agree with each other and are confirmed, or share no word with it."""
    shared, given, head = plain(said.shared), plain(said.given), plain(said.head)
    if not given or given != head or given == shared:
        return False
    if given in {plain(said.other), plain(said.marked)}:
        return True
    if shared == plain(said.tag) and shared not in {plain(alias) for alias in said.aliases}:
        # A title to share that is only the one for search engines.
        return True
    words = {w for text in (said.given, said.head, said.tag) if text for w in _WORD.findall(text.lower())}
    return words.isdisjoint(_WORD.findall((said.shared or "").lower()))


def in_address(text: str, url: str) -> bool:
    """Whether the URL's path spells this title: `/a-night-in-parliament-123.html`."""
    spelt = re.sub(r"[^a-z0-9]+", "", unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]).lower())
    return any(len(bare) >= _SPELT and bare in spelt for bare in _latin(text))


def _latin(text: str) -> Iterator[str]:
    """The letters of ``text`` as addresses spell them: without accents, the German way and the plain way."""
    low = text.lower().translate(_PLAIN_LETTERS)
    for start in (low.translate(_UMLAUTS), low):
        yield re.sub(r"[^a-z0-9]+", "", unicodedata.normalize("NFKD", start))


def _is_name(text: str | None, names: set[str]) -> bool:
    """Whether a text can be a headline: not only the site's name."""
    return bool(text) and plain(text) not in names


def _headline(heads: Sequence[str], others: Sequence[str | None]) -> str | None:
    """The ``h1`` that is the article's: the one that another source names too, else the nearest to one, else the only or the longest."""
    known = [plain(o) for o in others if o]
    for text in heads:
        bare = plain(text)
        if bare and any(bare in k or k in bare for k in known if len(k) > 8):
            return text
    real = [t for t in heads if len(t) > 15]
    if not real:
        return heads[0] if heads else None
    given = {w for o in others if o for w in _WORD.findall(o.lower())}
    best = max(real, key=lambda t: len(given.intersection(_WORD.findall(t.lower()))))
    return best if given.intersection(_WORD.findall(best.lower())) else max(real, key=len)


def _shown(page: Page) -> str | None:
    """The line of the page that its title begins with, where no heading is marked up as one."""
    title = squeeze(page.title or "")
    found = ""
    for element in page.root.iter("div", "p", "span", "td", "strong", "font", "b", "h2", "h3", "h4"):
        text = element.text
        # Its own text decides whether what lies deeper is looked at.
        if text and len(element) <= 2 and len(text) < 2 * MAX_LINE and title.startswith(squeeze(text)):
            line = squeeze(element.text_content())
            if len(found) < len(line) < MAX_LINE and len(line) >= _LINE and title.startswith(line):
                found = line
    return found or None


def heading_text(element: HtmlElement) -> str:
    """The text of a heading: lines parted by a space, the word above the line (its kicker) left out."""
    return squeeze("".join(_heading_parts(element))) or squeeze(element.text_content())


def _heading_parts(element: HtmlElement) -> Iterator[str]:
    return spaced(element, " ", skip=_is_kicker)


def spaced(
    element: HtmlElement, gap: str, *, skip: Callable[[HtmlElement], bool] | None = None, depth: int = 0
) -> Iterator[str]:
    """The texts in ``element``, with a gap around those that readers see apart; parts that ``skip`` names are left out."""
    if element.text:
        yield element.text
    for child in element:
        if isinstance(child.tag, str):
            if child.tag in _APART:
                yield gap
            if child.tag not in _SILENT and depth < _DEEPEST and not (skip and skip(child)):
                yield from spaced(child, gap, skip=skip, depth=depth + 1)
            if child.tag in _APART:
                yield gap
        if child.tail:
            yield child.tail


def _is_kicker(element: HtmlElement) -> bool:
    return not _KICKER.isdisjoint(words_of(element.get("class") or ""))


def _is_cut(text: str, others: Iterable[str | None]) -> bool:
    """Whether ``text`` is another source's text cut short: by dots, by its length, or at a quotation mark that ended an attribute."""
    bare = plain(text)
    dotted = text.endswith(("...", "…"))
    for other in others:
        if not other or len(plain(other)) <= len(bare) or not plain(other).startswith(bare):
            continue
        if dotted or len(text) >= 100 or other[len(text) :].lstrip()[:1] in {'"', "'"}:
            return True
    return False


def site_names(page: Page, publisher: str | None) -> set[str]:
    """What the site is called, as letters."""
    given = (
        publisher,
        page.first("og:site_name"),
        page.first("application-name"),
        page.first("apple-mobile-web-app-title"),
    )
    host = host_of(page.url).removeprefix("www.")
    return {plain(name) for name in (*given, host, host.rsplit(".", 1)[0])} - {""}


def _clean(text: str | None, names: set[str], heads: Sequence[str], section: str | None) -> str | None:
    """``text`` without the names of site and section at either end."""
    if not text:
        return None
    text = squeeze(text)
    for known in sorted(heads, key=len, reverse=True):
        if len(known) <= _SHORT:
            continue
        even, same = text.translate(_QUOTES), known.translate(_QUOTES)
        if even.startswith(same) and _REST.match(text[len(known) :]):
            return text[: len(known)]
        if even.endswith(same) and _BAR.search(text[: -len(known)]):
            return text[-len(known) :]
    apart = {plain(section)} - {""}
    for _ in range(3):
        parts = list(_SEPARATOR.finditer(text))
        if not parts:
            break
        last, first = parts[-1], parts[0]
        end, start = plain(text[last.end() :]), plain(text[: first.start()])
        body = text[: last.start()]
        cut = end and (_is_site(end, names) or end in apart or plain(body) in {plain(h) for h in heads})
        if cut and len(plain(body)) > 5:
            text = body.strip()
            apart |= {plain(section)} - {""}
        elif start and start in names and len(plain(text[first.end() :])) > 5:
            text = text[first.end() :].strip()
        else:
            break
    return text.strip() or None


def _is_site(end: str, names: set[str]) -> bool:
    return any(
        end == name
        or (len(name) > 4 and name in end and len(end) < 2 * len(name) + 12)
        or (len(end) > 3 and end in name and len(end) * 2 > len(name))
        for name in names
    )
