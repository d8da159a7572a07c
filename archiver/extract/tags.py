"""Key words and tags: what JSON-LD and meta list, without what is a CMS's own or the site's, else the links that the page shows as tags."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archiver.extract import schema_org
from archiver.extract.noise import words_of
from archiver.extract.title import site_names
from archiver.html.page_tree import Page, plain, squeeze
from archiver.model.article import FieldSource
from archiver.model.url import host_of

Tagged = tuple[tuple[str, ...], FieldSource | None]

_MACHINE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z|[0-9a-f]{24,}\Z|\w+:\w+:|(?:nlp|category|entity|topic|tag|keyword)\b[\w ]{0,30}:\s|https?:|null\Z|undefined\Z",
    re.IGNORECASE,
)
"""What a CMS notes for itself."""
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+(?:\s+[\u3040-\u30ff\u3400-\u9fff]+){2,}\Z")
"""Words of a script that has no spaces, parted by spaces."""
_PATH = frozenset(
    (
        *("tag", "tags", "topic", "topics", "keyword", "keywords", "subject", "subjects", "thema", "themen", "themes"),
        *(
            "schlagwort",
            "stichwort",
            "sujet",
            "sujets",
            "theme",
            "tema",
            "temas",
            "etiqueta",
            "etiquetas",
            "noticias-sobre",
        ),
        *("argomenti", "temat", "tematy", "stitek", "chu-de", "tu-khoa"),
    )
)
_BOX = frozenset(
    (
        *("tag", "tags", "taglist", "topic", "topics", "keyword", "keywords", "hashtag", "hashtags", "schlagworte"),
        *("stichworte", "themen", "etiquetas", "temas", "argomenti"),
    )
)
_ELSEWHERE = frozenset(("nav", "header", "footer", "aside"))
_MOST = 60
_LONGEST = 100
_SHOWN = 25
_SPOKEN = 60


def read_tags(page: Page, node: dict[str, Any], *, publisher: str | None, section: str | None) -> Tagged:
    """Key words and tags, in the page's order, each once. What only repeats ``section`` is none."""
    names = site_names(page, publisher)
    host = host_of(page.url).removeprefix("www.")
    given = tuple(tag for tag in _listed(schema_org.texts(node.get("keywords"))) if tag.lower() != host)
    marked = _listed(_metas(page, "article:tag", "og:article:tag", "parsely-tags"))
    words = next((w for name in ("news_keywords", "keywords") if (w := _words(page.first(name), names))), ())
    listed = (
        (_finer(given, (marked, words)), FieldSource("json-ld", 0.9)),
        (() if len(marked) == 1 < len(words) else marked, FieldSource("meta", 0.85)),
        (words, FieldSource("meta", 0.7)),
    )
    named = [(tags, source) for tags, source in listed if tags]
    for tags, source in named:
        if [plain(tag) for tag in tags] != [plain(section)]:
            return tags, source
    if shown := _once(_shown(page.root)):
        return shown, FieldSource("page", 0.6)
    return named[0] if named else ((), None)


def _metas(page: Page, *names: str) -> Iterator[str]:
    for name in names:
        yield from page.meta.get(name, ())


def _words(content: str | None, names: set[str]) -> tuple[str, ...]:
    """A meta element's key words; none where they name the site: then they are the same on all its pages."""
    words = _listed(schema_org.texts(content)) if content else ()
    return () if any(plain(word) in names for word in words) else words


def _listed(values: Iterable[str]) -> tuple[str, ...]:
    parts: list[str] = []
    for value in values:
        # A comma without a space parts key words; one with a space may stand in a name.
        for part in re.split(r";|,(?! )", value):
            parts += part.split() if _NO_SPACES.match(part.strip()) else (part,)
    return _once(parts)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    out: dict[str, str] = {}
    for value in values:
        name = squeeze(value).strip("#, ")
        if name and len(name) <= _LONGEST and not _MACHINE.match(name):
            out.setdefault(name.lower(), name)
    return tuple(out.values())[:_MOST]


def _finer(given: tuple[str, ...], others: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """``given``, or the list that has the same words in more parts: a template has joined them."""
    words = sorted(" ".join(given).split())
    return max((given, *(o for o in others if sorted(" ".join(o).split()) == words)), key=len)


def _shown(root: HtmlElement) -> list[str]:
    """The texts of links marked or placed as tags, of the first group of them."""
    links = [a for a in root.iter("a") if "tag" in (a.get("rel") or "").lower().split()]
    if links:
        return [squeeze(a.text_content()) for a in links]
    groups: defaultdict[HtmlElement, list[str]] = defaultdict(list)
    for link in root.iter("a"):
        holder = _box(link)
        if holder is not None and (text := squeeze(link.text_content())) and len(text) <= _SPOKEN:
            groups[holder].append(text)
    return next((texts for texts in groups.values() if len(texts) <= _SHOWN), [])


def _box(link: HtmlElement) -> HtmlElement | None:
    """The element that holds the page's tags, this link among them: named so, or a list in the article whose addresses are those of tags."""
    try:
        path = urlsplit(link.get("href") or "").path.lower()
    except ValueError:
        return None
    near = list(islice(link.iterancestors(), 4))
    if len(path) < 2 or not near or near[0].tag == "p":
        return None
    box = next((e for e in near if not _BOX.isdisjoint(words_of(f"{e.get('class') or ''} {e.get('id') or ''}"))), None)
    leads = box is None and not _PATH.isdisjoint(path.split("/"))
    if box is None and not leads:
        return None
    above = {element.tag for element in link.iterancestors()}
    if not above.isdisjoint(_ELSEWHERE) or (leads and above.isdisjoint({"article", "main"})):
        return None
    return box if box is not None else next((e for e in near if e.tag not in {"li", "span"}), None)
