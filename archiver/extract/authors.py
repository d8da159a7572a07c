"""Who wrote an article: names without "By", one each; agencies and desks are names of their own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from archiver.extract import schema_org
from archiver.extract.blocks import TextBlock
from archiver.extract.noise import words_of
from archiver.extract.title import spaced
from archiver.html.page_tree import Page, squeeze
from archiver.model.article import FieldSource
from archiver.model.url import host_of

_BY = re.compile(
    r"\A(?:(?:written|posted|reported|published|story|words|text|texte|texto|testo|tekst|report|interview|analysis|opinion)\s+(?:by|von|par|por|di)\b|"
    r"(?:by|von|par|por|de|di|da|door|av|af|przez|autor(?:in|en|zy|es)?|author|auteur|autore|tác giả|bài|nguồn|oleh|от|автор|text|texte|texto|foto|"
    r"redaktion|gastbeitrag von|ein gastbeitrag von|von unserem|written|penulis|kirjoittaja|作者|撰文|皆|文|記者|기자)\s*[:\uff1a]|(?:by|von|par|por|door|av|af|di|oleh|tác giả)\s)\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[;|•·/\n]|,(?!\s*(?:jr|sr|ph\.?d|md|m\.d|esq|dr)\b)(?:\s*(?:and|und|et|och|og|và|&)(?=\s))?|\s[-–—]\s|\s(?:and|und|et|y|e|och|og|và|i|a|и|та|&|\+)(?=\s)|、|，)\s*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:\([^)]{0,80}\)?|,\s*(?:\w+ ){0,3}(?:reporter|correspondent|writer|editor|journalist|redakteur(?:in)?|redaktion|contributor)\b.*|,?\s*(?:with|mit|avec) .*|"
    r"\b(?:updated|published|veröffentlicht|aktualisiert|cập nhật)\b.*|[,|]?\s*\d.*|\s(?:기자|記者).*|"
    r"\s(?:google\+?|twitter|facebook|e-?mail|follow|(?-i:mehr|more))\b.*|\s(?-i:on|am|at|um|le|den|vom|el)(?=\Z)|"
    r"\s(?-i:on|am|le|den|vom|el)\s+(?:mon|tue|wed|thu|fri|sat|sun)\b.*|"
    r"\s(?:(?-i:on|am|le|den|vom|el)\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b.*)\Z",
    re.IGNORECASE,
)
_CHATTER = re.compile(
    r"\b(?:share|submitted|view|see all|more from|all (?:posts|articles|stories)|author(?:'s)? page|newsletter|contact|comments?|kommentare?|"
    r"weitere|informationen|alle (?:artikel|beiträge)|tous (?:ses|les)|commentaires?|compartir|comentarios?|xem thêm|bình luận|chia sẻ|log ?in|anmelden|subscribe)\b",
    re.IGNORECASE,
)
"""What stands beside a byline and is no name."""
_MONTH = re.compile(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\Z",
    re.IGNORECASE,
)
_COMPANY = re.compile(r"\b(?:GmbH|AG|KG|Inc|Ltd|LLC|Corp)\b")
_EDITOR = re.compile(r"[\[【（(\s]*(?:责任编辑|責任編輯|责编|编辑|編輯|校对|校對)\s*[:\uff1a]")
"""What parts the editor from the writer in one line."""
_NO_NAME = re.compile(
    r"https?:|www\.|\.(?:com|html?)/|@\w+\.\w|[<>{}=\\]|\A\W*\Z|\A\d+\Z|\A(?:admin|administrator|editor|staff|author|webmaster|undefined|null|none|unknown|未知|暂无|n/a|user|root|follow|following|folgen|suivre|seguir|theo dõi|reporter|journalist|journaliste|von|by|par|por|and|und)\Z",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?:|www\.|/)\S*\Z|\S+@\S+\Z", re.IGNORECASE)
_PERSON = re.compile(r"[^\W\d_]\S*\s+(?:\S+\s+){0,3}[^\W\d_]\S*\Z|[\u3040-\u9fff\uac00-\ud7af]{2,5}\Z")
_BY_LINE = re.compile(r"(?:By|Von|Par|Por|Door|Av|Di|Tác giả:?|Text:|Autor(?:in)?:)\s+[^\W\d_]\w*")
_META = (
    "author",
    "article:author",
    "byl",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "cxenseparse:author",
    "article:author_name",
    "og:article:author",
    "citation_author",
)
_BYLINE = frozenset(
    (
        *(
            "byline",
            "bylines",
            "byeline",
            "author",
            "authors",
            "autor",
            "autoren",
            "autorin",
            "auteur",
            "auteurs",
            "autore",
        ),
        *("writer", "reporter", "redaktor", "forfatter", "tacgia", "penulis", "person", "persons"),
    )
)
_ABOUT = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|autori|autore|redaktion|redakteure?|journalists?|journalisten?|tac-gia|penulis|writers?)/[^/]",
    re.IGNORECASE,
)
"""Addresses of pages about writers."""
_LABEL = re.compile(
    r"[\s(（\[]*(?:Autorin ?/ ?Autor|Autor(?:in|en|es)?|Authors?|Auteurs?|Autore|Written by|Reporting by|Tác giả|Автор(?:ы|и)?|作者|撰文|本报记者|记者|責任編輯|责任编辑|责编|编辑|取材・文|文責)"
    r"\s*(?:[:\uff1a/|]\s*|\s(?=[^\W\d_]\S*\s+[^\W\d_]\S*\Z))(?P<names>[^:\uff1a()（）]{2,120})[)）\]\s]*\Z"
)
"""A line that says what it is: `Autor: …`, `(责编：…、…)`."""
_PARENS = re.compile(r"\([^()]{0,200}\)?")
_MAX = 12


def read_authors(
    page: Page,
    node: dict[str, Any],
    *,
    seen: Sequence[TextBlock],
    ends: Sequence[TextBlock],
    below: Sequence[TextBlock] = (),
    selected: Iterable[HtmlElement],
    publisher: str | None,
) -> tuple[tuple[str, ...], FieldSource | None]:
    """The authors and where they were read. The publisher's own name counts only where nobody else is named.

    ``seen`` are the blocks around the headline and the text's beginning, ``ends`` those around its end, ``below``
    those under it.
    """
    chosen = clean(element.text_content() for element in selected)
    if chosen:
        return chosen, FieldSource("page", 0.9)
    house: tuple[tuple[str, ...], FieldSource] | None = None
    for names, source in _candidates(page, node, seen, ends, below):
        chatty = source.origin == "page"
        found = tuple(n for n in names if not (chatty and (_CHATTER.search(n) or _MONTH.match(n))))
        if not found:
            continue
        if all(_is_house(name, publisher, page) for name in found):
            house = house or (found, source)
            continue
        if house and source.origin == "page" and not all(_PERSON.match(name) for name in found):
            continue
        seen_there = source.origin == "page"
        return tuple(name for name in found if not _is_house(name, publisher, page, seen=seen_there)), source
    return house or ((), None)


def _candidates(
    page: Page, node: dict[str, Any], seen: Sequence[TextBlock], ends: Sequence[TextBlock], below: Sequence[TextBlock]
) -> Iterator[tuple[tuple[str, ...], FieldSource]]:
    yield clean(schema_org.names(node.get("author"))), FieldSource("json-ld", 0.95)
    yield clean(schema_org.names(node.get("creator"))), FieldSource("json-ld", 0.9)
    for name in _META:
        yield clean(page.meta.get(name, ())), FieldSource("meta", 0.85)
    yield clean(_microdata(page)), FieldSource("microdata", 0.8)
    yield clean(_linked(page.root)), FieldSource("page", 0.75)
    yield clean(_about(seen)), FieldSource("page", 0.7)
    yield clean(_bylines(seen)), FieldSource("page", 0.6)
    yield clean(_signature(ends)), FieldSource("page", 0.55)
    yield clean(_labelled((*seen, *below))), FieldSource("page", 0.5)


def _is_house(name: str, publisher: str | None, page: Page, *, seen: bool = False) -> bool:
    """Whether the name is the publisher's or the site's, not a writer's: the same, or the same with words after it."""
    host = host_of(page.url).removeprefix("www.")
    labels = host.split(".")[:-1]
    # "The Example (www.example.org)" as its own author.
    given = [text.split("(")[0] for text in page.meta.get("author", ()) if f"{host})" in text]
    known = (publisher, page.first("og:site_name"), host, host.rsplit(".", 1)[0], *labels[-2:], *given)
    houses = [n for n in known if n]
    bare = _letters(name)
    first = name.split(maxsplit=1)[0] if name.split() else ""
    for house in houses:
        if bare == _letters(house):
            return True
        if seen and first.isupper() and len(first) > 1 and first.lower() == _letters(house):
            # "Ann Writer, ABC NORTH" on abc.example.
            return True
        if len(_letters(house)) > 3 and _letters(house) in _beginnings(name, least=1):
            return True
        if bare in _beginnings(house, least=2):
            return True
    return False


def _beginnings(text: str, *, least: int) -> set[str]:
    """The first words of ``text``, ``least`` or more of them, as letters."""
    words = text.split()
    return {_letters(" ".join(words[:end])) for end in range(least, len(words) + 1)} - {""}


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _linked(root: HtmlElement) -> Iterator[str]:
    """``rel=author`` links; a sequence of them, not those of other articles further down."""
    links = [e for e in root.iter("a") if "author" in (e.get("rel") or "").lower().split()]
    for link in links[:6]:
        if link.getparent() is links[0].getparent():
            yield link.text_content()


def clean(values: Iterable[str]) -> tuple[str, ...]:
    """Names out of what a page writes: "By", functions, addresses and doubles removed, lists split."""
    out: list[str] = []
    for value in values:
        text = _PARENS.sub(" ", squeeze(html.unescape(value))[:400]).strip()
        if _ADDRESS.match(text):
            continue
        text = _BY.sub("", _EDITOR.sub(";", text))
        for part in [text] if _COMPANY.search(text) else _SPLIT.split(text):
            name = _TAIL.sub("", _BY.sub("", part)).strip(' .,:;-–—|*\u201c\u201d"[]【】')
            if not name or len(name) > 80 or len(name) < 2 or len(name.split()) > 7 or _NO_NAME.search(name):
                continue
            if name.lower() not in {known.lower() for known in out}:
                out.append(name)
    return tuple(out[:_MAX])


def _microdata(page: Page) -> Iterator[str]:
    """Elements with ``itemprop=author``: the first, and those beside it."""
    first: HtmlElement | None = None
    for element in page.marked("author"):
        near = _up(element, 2)
        if first is not None and near is not first:
            return
        first = near
        inner = next((e for e in element.iter() if e is not element and e.get("itemprop") == "name"), element)
        yield inner.get("content") or inner.text_content()


def _up(element: HtmlElement, steps: int) -> HtmlElement:
    for _ in range(steps):
        parent = element.getparent()
        if parent is None:
            return element
        element = parent
    return element


def _about(seen: Sequence[TextBlock]) -> Iterator[str]:
    """Links to pages about writers, near the headline."""
    for block in seen:
        if block.kind.startswith("h") or block.size > 300:
            continue
        for link in block.element.iter("a"):
            if _ABOUT.search(link.get("href") or "") and _PERSON.match(squeeze(link.text_content())):
                yield link.text_content()


def _bylines(seen: Sequence[TextBlock]) -> Iterator[str]:
    """What readers see: an element that is called a byline, or a line that says "By"."""
    for block in seen:
        if block.kind.startswith("h") or block.size > 300:
            continue
        for element in block.element.iter():
            if _is_byline(element):
                text = _parted(element)
                if 2 < len(_BY.sub("", text)) <= 120:
                    yield text
                    yield from _beside(element)
                    return
    for block in seen:
        if block.kind.startswith("h") or block.size > 120:
            continue
        if (_is_byline(block.element.getparent()) or _BY_LINE.match(block.text)) and len(_BY.sub("", block.text)) > 2:
            yield block.text
            return


def _beside(element: HtmlElement) -> Iterator[str]:
    """The further writers of a line that has an element for each."""
    for other in islice(element.itersiblings(element.tag), 8):
        if other.get("class") == element.get("class") and _PERSON.match(text := _parted(other)):
            yield text


def _parted(element: HtmlElement) -> str:
    """The element's text, a line for each part that a reader sees apart."""
    lines = "".join(spaced(element, "\n")).split("\n")
    return "\n".join(line for line in map(squeeze, lines) if line)


def _labelled(blocks: Sequence[TextBlock]) -> Iterator[str]:
    """The first line with a label."""
    for block in blocks:
        if block.size <= 160 and not block.kind.startswith("h") and (match := _LABEL.match(block.text)):
            yield match.group("names")
            return


def _signature(ends: Sequence[TextBlock]) -> Iterator[str]:
    """A name in bold under the text, as the Vietnamese press signs."""
    for block in ends:
        if block.size <= 40 and block.bold >= 0.9 * block.size and not block.linked and _PERSON.match(block.text):
            yield block.text
            return


def _is_byline(element: HtmlElement | None) -> bool:
    if element is None or not isinstance(element.tag, str):
        return False
    return not _BYLINE.isdisjoint(words_of(element.get("class") or ""))
