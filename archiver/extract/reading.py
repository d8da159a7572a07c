"""Bytes to article: one parse, one pass over the blocks, every field with its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from archiver.config.sites import built_in, profile_for
from archiver.errors import ConfigError
from archiver.extract import body as bodies
from archiver.extract import language, metadata, schema, verdict
from archiver.extract.authors import read_authors
from archiver.extract.blocks import Block
from archiver.extract.dates import day_of, read_dates
from archiver.extract.images import read_images
from archiver.extract.language import read_language, word_count
from archiver.extract.tail import cut_tail
from archiver.html.page import Page, parse_page
from archiver.model.article import Article, Extraction, Extractor, FieldSource
from archiver.model.capture import Verdict
from archiver.model.site import Profile, Site
from archiver.model.url import host_of

EXTRACTOR = Extractor("archiver", "1")
MAX_ELEMENTS = 150_000
MAX_CHARACTERS = 1_500_000
"""A page with more elements, or more text, is not read: its verdict is error, with the numbers."""


def extract_article(
    html: bytes, *, url: str, at: datetime | None = None, content_type: str | None = None
) -> Article | None:
    """The article in these bytes (content coding removed); None for a page that is none. Uses the built-in profile of the URL's host."""
    return extract(html, url=url, at=at, content_type=content_type).article


def extract(
    html: bytes,
    *,
    url: str,
    at: datetime | None = None,
    content_type: str | None = None,
    status: int | None = None,
    site: Site | None = None,
) -> Extraction:
    """The verdict on a page with its reason, and the article if it is one.

    ``at`` is when it was captured: it chooses the profile and bounds the dates. Never raises for what the page holds.
    """
    if finding := verdict.by_status(status) or verdict.not_html(html, content_type):
        return Extraction(finding[0], finding[1], EXTRACTOR)
    page = parse_page(html, url=url, content_type=content_type)
    if page is None:
        return Extraction(Verdict.EMPTY, "no element in the page", EXTRACTOR)
    elements, characters = _extent(page.root)
    if elements > MAX_ELEMENTS or characters > MAX_CHARACTERS:
        return Extraction(
            Verdict.ERROR, f"too big to read: {elements} elements, {characters} characters of text", EXTRACTOR
        )
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    site = site or _site_of(url)
    return _Reading(page, html, site=site, at=at).extraction()


def warm_up() -> None:
    """Load what is otherwise loaded by the first page: trafilatura, the language model, the site files."""
    bodies.load()
    language.load()
    built_in()


def _extent(root: HtmlElement) -> tuple[int, int]:
    """How many elements there are, and how much text."""
    elements = characters = 0
    for element in root.iter():
        elements += 1
        if element.tag not in {"script", "style"}:
            characters += len(element.text or "")
        characters += len(element.tail or "")
    return elements, characters


def _site_of(url: str) -> Site | None:
    host = host_of(url)
    return next((site for site in built_in().values() if host in site.host_names), None)


class _Reading:
    """One page being read."""

    def __init__(self, page: Page, html: bytes, *, site: Site | None, at: datetime | None) -> None:
        self.page = page
        self.html = html
        self.site = site
        self.at = at
        self.node = schema.article_node(page)
        self.profile = profile_for(site, host_of(page.url), day_of(at))
        self.provenance: dict[str, FieldSource] = {}

    def extraction(self) -> Extraction:
        page, node, profile = self.page, self.node, self.profile
        publisher, source = metadata.read_publisher(page, node)
        if self.site and self.site.publisher and not publisher:
            publisher, source = self.site.publisher, FieldSource("page", 0.6)
        self._note("publisher", source)
        title, source = metadata.read_title(page, node, selected=self._select("title"), publisher=publisher)
        self._note("title", source)
        body = bodies.read_body(
            page,
            told=schema.long_text(node),
            titles=frozenset(
                map(
                    metadata.plain,
                    (title, page.first("og:title"), page.first("twitter:title"), schema.text(node.get("headline"))),
                )
            )
            - {""},
            selected=self._select("body"),
            drop=self._drop(profile),
        )
        before = _before(body, title)
        lead, source, said = metadata.read_lead(
            page, node, selected=self._select("lead"), blocks=before, body=body.blocks, title=title
        )
        self._note("lead", source)
        blocks = [
            b
            for b in body.blocks
            if b is not said
            and not (lead and b.order < body.first + 2 and metadata.plain(b.text) == metadata.plain(lead))
        ]
        tail = cut_tail(blocks, page, following=_after(body))
        text_blocks = tail.blocks
        seen = [*before, *text_blocks[:3], *_after(body)[:6]]
        dates = read_dates(
            page, node, seen=seen, selector=next(iter(self._select("date")), None), zone=self._zone(), at=self.at
        )
        finding = verdict.judge(
            page,
            node,
            self.html,
            body=text_blocks or ([said] if said else []),
            blocks=body.page,
            site=self.site,
            container=body.container,
            dated=dates.published is not None,
        )
        if finding[0] is not Verdict.ARTICLE:
            return Extraction(finding[0], finding[1], EXTRACTOR)
        paragraphs = tuple(block.text for block in text_blocks)
        text = "\n\n".join(paragraphs)
        self._note("text", FieldSource(body.origin, body.confidence))
        authors, source = read_authors(page, node, seen=seen, selected=self._select("author"), publisher=publisher)
        self._note("authors", source)
        spoken, source = read_language(
            text or lead or "", page.language or (self.site.languages.get(host_of(page.url)) if self.site else None)
        )
        self._note("language", source)
        section, source = metadata.read_section(page, node)
        self._note("section", source)
        tags, source = metadata.read_tags(page, node)
        self._note("tags", source)
        images = read_images(page, node, inside=_picture_places(body))
        if images:
            self._note("images", FieldSource("page", 0.8))
        if dates.published:
            self._note("published_at", dates.published.source)
        if dates.modified:
            self._note("modified_at", dates.modified.source)
        if page.canonical:
            self._note("canonical_url", FieldSource("meta", 0.95))
        if page.alternates:
            self._note("alternates", FieldSource("meta", 0.95))
        if tail.source_url:
            self._note("source_url", FieldSource("page", 0.95))
        if tail.source_name or tail.agency:
            self._note("source_name", FieldSource("page", 0.9 if tail.source_name else 0.7))
        article = Article(
            title=title,
            text=text,
            paragraphs=paragraphs,
            lead=lead,
            authors=authors,
            published_at=dates.published.at if dates.published else None,
            published_precision=dates.published.precision if dates.published else None,
            modified_at=dates.modified.at if dates.modified else None,
            language=spoken,
            section=section,
            tags=tags,
            images=images,
            canonical_url=page.canonical,
            alternates=dict(page.alternates),
            source_url=tail.source_url,
            source_name=tail.source_name or tail.agency,
            publisher=publisher,
            word_count=word_count(text),
            provenance=self.provenance,
            extractor=EXTRACTOR,
        )
        return Extraction(finding[0], finding[1], EXTRACTOR, article)

    def _note(self, field: str, source: FieldSource | None) -> None:
        if source is not None:
            self.provenance[field] = source

    def _select(self, name: str) -> list[HtmlElement]:
        selector = getattr(self.profile, name) if self.profile else None
        return _matches(self.page.root, selector) if selector else []

    def _drop(self, profile: Profile | None) -> list[HtmlElement]:
        return [
            element for selector in (profile.drop if profile else ()) for element in _matches(self.page.root, selector)
        ]

    def _zone(self) -> tzinfo:
        return ZoneInfo(self.site.timezone) if self.site and self.site.timezone != "UTC" else UTC


def _matches(root: HtmlElement, selector: str) -> list[HtmlElement]:
    found: list[HtmlElement] = _compiled(selector)(root)
    return found


@cache
def _compiled(selector: str) -> Any:
    try:
        return CSSSelector(selector, translator="html")
    except Exception as error:
        # cssselect's errors share no base with ValueError; the selector is the site file's.
        raise ConfigError(f"selector {selector!r}", str(error)) from error


def _before(body: bodies.Body, title: str | None) -> list[Block]:
    """The blocks from the headline (or a little before) to the body."""
    first = body.first
    start = max(0, first - 25)
    bare = metadata.plain(title)
    for block in body.page[start:first]:
        if block.kind == "h1" or (bare and metadata.plain(block.text) == bare):
            start = max(start, block.order - 4)
    return body.page[start:first]


def _after(body: bodies.Body) -> Sequence[Block]:
    if not body.blocks:
        return ()
    last = body.blocks[-1].order
    return body.page[last + 1 : last + 15]


def _picture_places(body: bodies.Body) -> list[HtmlElement]:
    """Where the article's pictures lie: figures just above the body, and the body."""
    if body.container is None:
        return []
    return [*_lead_pictures(body.container), body.container]


_LEAD_PICTURE = re.compile(r"avatar|photo|figure|image|picture|media|visual|thumb|hero", re.IGNORECASE)


def _lead_pictures(container: HtmlElement) -> Iterator[HtmlElement]:
    element = container
    for _ in range(3):
        previous = element.getprevious()
        steps = 0
        while previous is not None and steps < 8:
            if previous.tag == "figure" or (
                isinstance(previous.tag, str)
                and _LEAD_PICTURE.search(previous.get("class") or "")
                and previous.find(".//img") is not None
            ):
                yield previous
                return
            previous = previous.getprevious()
            steps += 1
        parent = element.getparent()
        if parent is None or parent.tag in {"body", "html", "main"}:
            return
        element = parent
