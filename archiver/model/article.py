"""The article: what one extractor version read from one capture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from archiver.model.capture import Verdict
from archiver.model.instant import rfc3339

Precision = Literal["day", "minute", "second"]


@dataclass(frozen=True, slots=True)
class Extractor:
    """Name and version of what read a page."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"

    @classmethod
    def parse(cls, text: str) -> Extractor:
        """``<name>-<version>``; a version has no hyphen."""
        name, _, version = text.rpartition("-")
        return cls(name, version)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the article: its real (not the lazy placeholder's) absolute address, caption and credit."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where a field was read (``json-ld``, ``meta``, ``microdata``, ``time``, ``page``, ``script``, ``url``, ``feed``, ``text``) and how sure, 0 to 1."""

    origin: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Article:
    """A clean article. ``text`` is the paragraphs joined by one blank line, without title, captions and tail.

    ``published_at`` and ``modified_at`` are aware and keep the page's own offset; ``language`` is BCP 47, short;
    ``authors`` are names without "By"; ``alternates`` maps language to URL.
    """

    title: str | None
    text: str
    paragraphs: tuple[str, ...]
    lead: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_precision: Precision | None = None
    modified_at: datetime | None = None
    language: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    canonical_url: str | None = None
    alternates: Mapping[str, str] = field(default_factory=dict)
    source_url: str | None = None
    source_name: str | None = None
    publisher: str | None = None
    word_count: int = 0
    provenance: Mapping[str, FieldSource] = field(default_factory=dict)
    extractor: Extractor = Extractor("unknown", "0")


@dataclass(frozen=True, slots=True)
class Extraction:
    """What came of reading one page: a verdict with its reason, and the article if it is one.

    ``settings`` name what besides the page decided: the ``profile`` of the site, the version of its learnt ``model``, and the
    ``libraries`` used.
    """

    verdict: Verdict
    reason: str
    extractor: Extractor
    article: Article | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver extract --json`` promises; a page that is no article has the same keys."""
        article = self.article or Article(title=None, text="", paragraphs=())
        return {
            "title": article.title,
            "lead": article.lead,
            "text": article.text,
            "paragraphs": list(article.paragraphs),
            "authors": list(article.authors),
            "published_at": _own_offset(article.published_at),
            "published_precision": article.published_precision,
            "modified_at": _own_offset(article.modified_at),
            "language": article.language,
            "section": article.section,
            "tags": list(article.tags),
            "images": [{"url": i.url, "caption": i.caption, "credit": i.credit} for i in article.images],
            "canonical_url": article.canonical_url,
            "alternates": dict(article.alternates),
            "source_url": article.source_url,
            "source_name": article.source_name,
            "publisher": article.publisher,
            "verdict": self.verdict.value,
            "verdict_reason": self.reason,
            "word_count": article.word_count,
            "provenance": {
                name: {"from": source.origin, "confidence": source.confidence}
                for name, source in article.provenance.items()
            },
            "extractor": str(self.extractor),
            "settings": dict(self.settings),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Extraction:
        """Read back what ``as_json`` wrote (article sidecars, catalogue rows)."""
        return _read(data)


def _own_offset(at: datetime | None) -> str | None:
    """RFC 3339 with milliseconds, in the page's own offset."""
    if at is None:
        return None
    return at.isoformat(timespec="milliseconds") if at.utcoffset() else rfc3339(at)


def _read(data: Mapping[str, object]) -> Extraction:
    def text(name: str) -> str | None:
        value = data.get(name)
        return value if isinstance(value, str) else None

    def texts(name: str) -> tuple[str, ...]:
        value = data.get(name)
        return tuple(str(v) for v in value) if isinstance(value, list) else ()

    def instant(name: str) -> datetime | None:
        value = text(name)
        return datetime.fromisoformat(value) if value else None

    extractor = Extractor.parse(text("extractor") or "unknown-0")
    verdict = Verdict(text("verdict") or "error")
    reason = text("verdict_reason") or ""
    raw_settings = data.get("settings")
    settings = {str(k): str(v) for k, v in raw_settings.items()} if isinstance(raw_settings, dict) else {}
    if verdict is not Verdict.ARTICLE:
        return Extraction(verdict, reason, extractor, settings=settings)
    raw_images = data.get("images")
    images = tuple(
        Image(str(i["url"]), i.get("caption"), i.get("credit"))
        for i in (raw_images if isinstance(raw_images, list) else [])
        if isinstance(i, dict)
    )
    raw_alternates = data.get("alternates")
    raw_provenance = data.get("provenance")
    precision = text("published_precision")
    words = data.get("word_count")
    return Extraction(
        verdict,
        reason,
        extractor,
        Article(
            title=text("title"),
            text=text("text") or "",
            paragraphs=texts("paragraphs"),
            lead=text("lead"),
            authors=texts("authors"),
            published_at=instant("published_at"),
            published_precision=precision if precision in {"day", "minute", "second"} else None,  # type: ignore[arg-type]
            modified_at=instant("modified_at"),
            language=text("language"),
            section=text("section"),
            tags=texts("tags"),
            images=images,
            canonical_url=text("canonical_url"),
            alternates={str(k): str(v) for k, v in raw_alternates.items()} if isinstance(raw_alternates, dict) else {},
            source_url=text("source_url"),
            source_name=text("source_name"),
            publisher=text("publisher"),
            word_count=words if isinstance(words, int) else 0,
            provenance={
                str(k): FieldSource(str(v["from"]), float(v["confidence"]))
                for k, v in (raw_provenance.items() if isinstance(raw_provenance, dict) else ())
            },
            extractor=extractor,
        ),
        settings,
    )
