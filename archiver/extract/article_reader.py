"""Bytes to article: one parse, one pass over the blocks, every field with its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.metadata import version as version_of
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from archiver.config.sites import built_in, profile_for
from archiver.errors import ConfigError
from archiver.extract import body as bodies
from archiver.extract import language, metadata, schema_org, verdict
from archiver.extract.authors import read_authors
from archiver.extract.blocks import TextBlock
from archiver.extract.dates import day_of, read_dates
from archiver.extract.images import read_images
from archiver.extract.language import read_language, word_count
from archiver.extract.sample import Sample, sample_of
from archiver.extract.source import read_source
from archiver.extract.tags import read_tags
from archiver.extract.tail import cut_tail
from archiver.extract.task import ExtractionTask
from archiver.extract.title import read_title
from archiver.html.page_tree import Page, parse_page, plain
from archiver.model.announced import Announced
from archiver.model.article import Article, Extraction, Extractor, FieldSource
from archiver.model.capture import Verdict
from archiver.model.site import Site
from archiver.model.sitemodel import SiteModel
from archiver.model.url import host_of

EXTRACTOR = Extractor("archiver", "4")
"""What reads pages of sites of which nothing was learnt; ``extractor_with`` names what reads with a model."""
_T = TypeVar("_T")
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
    model: SiteModel | None = None,
    announced: Announced | None = None,
) -> Extraction:
    """The verdict on a page with its reason, and the article if it is one.

    ``at`` is when it was captured: it chooses the profile and bounds the dates. ``announced``: what a feed or sitemap says of it. Never raises for what the page holds.
    """
    return read_job(ExtractionTask(html, url, at, content_type, status, site, model, announced))


def read_job(job: ExtractionTask) -> Extraction:
    """``extract``, of a job."""
    reading = read_page(job)
    if isinstance(reading, tuple):
        return Extraction(reading[0], reading[1], extractor_with(job.model))
    return reading.extraction()


def extractor_with(model: SiteModel | None) -> Extractor:
    """Name and version of what reads with a site's model: the model is part of the version, since another one reads another text."""
    return Extractor(EXTRACTOR.name, f"{EXTRACTOR.version}.{model.version}") if model else EXTRACTOR


def read_page(job: ExtractionTask) -> ArticleReading | verdict.Finding:
    """The page read, or the verdict on what cannot be read."""
    html = job.payload
    if finding := verdict.by_status(job.status) or verdict.not_html(html, job.content_type):
        return finding
    page = parse_page(html, url=job.url, content_type=job.content_type)
    if page is None:
        return Verdict.EMPTY, "no element in the page"
    if page.elements > MAX_ELEMENTS or page.characters > MAX_CHARACTERS:
        return Verdict.ERROR, f"too big to read: {page.elements} elements, {page.characters} characters of text"
    return ArticleReading(page, job)


def read_sample(
    html: bytes, *, url: str, at: datetime, content_type: str | None = None, site: Site | None = None
) -> Sample | None:
    """What learning needs of a page, read without any model; None for a page that is no article, or whose text stands in no element."""
    reading = read_page(ExtractionTask(html, url, at, content_type, site=site))
    if isinstance(reading, tuple) or reading.finding()[0] is not Verdict.ARTICLE:
        return None
    return sample_of(reading.body, url=url, at=at, title=reading.title or "", given=schema_org.long_text(reading.node))


def warm_up() -> None:
    """Load what is otherwise loaded by the first page: trafilatura, the language model, the site files."""
    bodies.load()
    language.load()
    built_in()


@cache
def libraries() -> str:
    """The libraries that read pages, with their versions."""
    return ", ".join(f"{name} {version_of(name)}" for name in ("trafilatura", "lxml"))


def _site_of(url: str) -> Site | None:
    host = host_of(url)
    return next((site for site in built_in().values() if host in site.host_names), None)


class ArticleReading:
    """One page being read: what later fields need of earlier ones."""

    def __init__(self, page: Page, job: ExtractionTask) -> None:
        at = job.at.replace(tzinfo=UTC) if job.at is not None and job.at.tzinfo is None else job.at
        announced = job.announced or Announced()
        self.page = page
        self.html = job.payload
        self.site = job.site or _site_of(job.url)
        self.model = job.model
        self.extractor = extractor_with(job.model)
        self.node = schema_org.article_node(page)
        self.profile = profile_for(self.site, host_of(page.url), day_of(at))
        self.provenance: dict[str, FieldSource] = {}
        self.publisher = self._publisher()
        self.section = metadata.read_section(page, self.node)
        self.title = self._kept(
            "title",
            read_title(
                page,
                self.node,
                selected=self._select("title"),
                publisher=self.publisher,
                section=self.section[0],
                announced=announced.title,
            ),
        )
        self.body = bodies.read_body(
            page,
            given=schema_org.long_text(self.node),
            guide=bodies.Guide(self._titles(), self._select("body"), self._drop(), self.model),
        )
        self.before = _before(self.body, self.title)
        self.after = _after(self.body)
        self.lead, source, self.said = metadata.read_lead(
            page,
            self.node,
            selected=self._select("lead"),
            blocks=self.before,
            body=self.body.blocks,
            title=self.title,
        )
        if self.said is not None and all(block is self.said for block in self.body.blocks):
            # The only paragraph is the text, not what stands before it.
            self.lead, source, self.said = None, None, None
        self._note("lead", source)
        self.tail = cut_tail(self._without_lead(), page, following=self.after)
        self.seen = [*self.before, *self.tail.blocks[:3], *self.after[:6]]
        self.dates = read_dates(
            page,
            self.node,
            seen=self.seen,
            selector=next(iter(self._select("date")), None),
            zone=self._zone(),
            at=at,
            announced=announced.published_at,
        )

    def finding(self) -> verdict.Finding:
        """The verdict with its reason."""
        return verdict.judge(
            self.page,
            self.node,
            self.html,
            body=self.tail.blocks or ([self.said] if self.said else []),
            blocks=self.body.page,
            site=self.site,
            container=self.body.container,
            dated=self.dates.published is not None,
        )

    def extraction(self) -> Extraction:
        """The verdict, and the article."""
        finding = self.finding()
        article = self._article() if finding[0] is Verdict.ARTICLE else None
        return Extraction(finding[0], finding[1], self.extractor, article, self.settings())

    def settings(self) -> dict[str, str]:
        """What besides the page decided how it was read."""
        found = {"libraries": libraries()}
        if self.site and self.profile:
            found["profile"] = f"{self.site.name} {self.profile.since or ''}..{self.profile.until or ''}"
        if self.model:
            found["model"] = f"{self.model.site} {self.model.version}"
        return found

    def _article(self) -> Article:
        page, node, tail, dates = self.page, self.node, self.tail, self.dates
        blocks = tail.blocks
        authors = self._kept(
            "authors",
            read_authors(
                page,
                node,
                seen=self.seen,
                ends=[*blocks[-1:], *self.after[:2]],
                below=self.after,
                selected=self._select("author"),
                publisher=self.publisher,
            ),
        )
        if blocks and plain(blocks[-1].text) in {plain(name) for name in authors}:
            # The writer's name under the text is a signature.
            blocks = blocks[:-1]
        paragraphs = tuple(block.text for block in blocks)
        text = "\n\n".join(paragraphs)
        self._note("text", FieldSource(self.body.origin, self.body.confidence))
        source = read_source(page, node, tail=tail, body=blocks, authors=authors, publisher=self.publisher)
        images = read_images(page, node, inside=_picture_places(self.body))
        facts: dict[str, FieldSource | None] = {
            "images": FieldSource("page", 0.8) if images else None,
            "published_at": dates.published.source if dates.published else None,
            "modified_at": dates.modified.source if dates.modified else None,
            "canonical_url": FieldSource("meta", 0.95) if page.canonical else None,
            "alternates": FieldSource("meta", 0.95) if page.alternates else None,
            "source_url": source.url_from,
            "source_name": source.name_from,
        }
        for name, origin in facts.items():
            self._note(name, origin)
        return Article(
            title=self.title,
            text=text,
            paragraphs=paragraphs,
            lead=self.lead,
            authors=authors,
            published_at=dates.published.at if dates.published else None,
            published_precision=dates.published.precision if dates.published else None,
            modified_at=dates.modified.at if dates.modified else None,
            language=self._kept("language", read_language(text or self.lead or "", self._claim())),
            section=self._kept("section", self.section),
            tags=self._kept("tags", read_tags(page, node, publisher=self.publisher, section=self.section[0])),
            images=images,
            canonical_url=page.canonical,
            alternates=dict(page.alternates),
            source_url=source.url,
            source_name=source.name,
            publisher=self.publisher,
            word_count=word_count(text),
            provenance=self.provenance,
            extractor=self.extractor,
        )

    def _publisher(self) -> str | None:
        given = self._kept("publisher", metadata.read_publisher(self.page, self.node))
        if given is None and self.site and self.site.publisher:
            self._note("publisher", FieldSource("page", 0.6))
            return self.site.publisher
        return given

    def _titles(self) -> frozenset[str]:
        given = (
            self.title,
            self.page.first("og:title"),
            self.page.first("twitter:title"),
            schema_org.text(self.node.get("headline")),
        )
        return frozenset(map(plain, given)) - {""}

    def _without_lead(self) -> list[TextBlock]:
        first, lead = self.body.first, plain(self.lead)
        return [
            block
            for block in self.body.blocks
            if block is not self.said and not (lead and block.order < first + 2 and plain(block.text) == lead)
        ]

    def _claim(self) -> str | None:
        """The language that the page, else the site file, claims."""
        return self.page.language or (self.site.languages.get(host_of(self.page.url)) if self.site else None)

    def _kept(self, field: str, read: tuple[_T, FieldSource | None]) -> _T:
        """The value read, its source noted."""
        self._note(field, read[1])
        return read[0]

    def _note(self, field: str, source: FieldSource | None) -> None:
        if source is not None:
            self.provenance[field] = source

    def _select(self, name: str) -> list[HtmlElement]:
        selector = getattr(self.profile, name) if self.profile else None
        return _matches(self.page.root, selector) if selector else []

    def _drop(self) -> list[HtmlElement]:
        drop = self.profile.drop if self.profile else ()
        return [element for selector in drop for element in _matches(self.page.root, selector)]

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


def _before(body: bodies.Body, title: str | None) -> list[TextBlock]:
    """The blocks from the headline (or a little before) to the body."""
    first = body.first
    start = max(0, first - 25)
    bare = plain(title)
    for block in body.page[start:first]:
        if block.kind == "h1" or (bare and plain(block.text) == bare):
            start = max(start, block.order - 8)
    return body.page[start:first]


def _after(body: bodies.Body) -> Sequence[TextBlock]:
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
