from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from archiver.model.article import Article, Extraction, Extractor, FieldSource, Image
from archiver.model.capture import Verdict

HANOI = timezone(timedelta(hours=7))
EXTRACTOR = Extractor("archiver-de", "1.0")
ARTICLE = Article(
    title="Tin tức",
    text="Một.\n\nHai.",
    paragraphs=("Một.", "Hai."),
    lead="Một.",
    authors=("A", "B"),
    published_at=datetime(2026, 11, 24, 9, 0, tzinfo=HANOI),
    published_precision="minute",
    modified_at=datetime(2026, 11, 24, 3, 0, 0, 5000, tzinfo=UTC),
    language="vi",
    section="Kinh tế",
    tags=("x",),
    images=(Image("https://news.example/a.jpg", "caption", None),),
    canonical_url="https://news.example/a",
    alternates={"fr": "https://fr.news.example/a"},
    source_url="https://other.example/a",
    source_name="Other",
    publisher="News",
    word_count=2,
    provenance={"title": FieldSource("json-ld", 0.9)},
    extractor=EXTRACTOR,
)
KEYS = {
    "title",
    "lead",
    "text",
    "paragraphs",
    "authors",
    "published_at",
    "published_precision",
    "modified_at",
    "language",
    "section",
    "tags",
    "images",
    "canonical_url",
    "alternates",
    "source_url",
    "source_name",
    "publisher",
    "verdict",
    "verdict_reason",
    "word_count",
    "provenance",
    "settings",
    "extractor",
}


def test_article_reads_back_as_it_was() -> None:
    extraction = Extraction(Verdict.ARTICLE, "long text", EXTRACTOR, ARTICLE)
    data = json.loads(json.dumps(extraction.as_json()))
    again = Extraction.from_json(data)
    assert again == extraction
    assert again.article is not None
    assert again.article.published_at is not None
    assert again.article.published_at.utcoffset() == timedelta(hours=7)


def test_times_keep_the_pages_own_offset() -> None:
    data = Extraction(Verdict.ARTICLE, "", EXTRACTOR, ARTICLE).as_json()
    assert data["published_at"] == "2026-11-24T09:00:00.000+07:00"
    assert data["modified_at"] == "2026-11-24T03:00:00.005Z"
    west = replace(ARTICLE, published_at=datetime(2026, 1, 1, tzinfo=timezone(-timedelta(hours=3, minutes=30))))
    assert Extraction(Verdict.ARTICLE, "", EXTRACTOR, west).as_json()["published_at"] == "2026-01-01T00:00:00.000-03:30"


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.ARTICLE])
def test_page_that_is_no_article_has_the_same_keys(verdict: Verdict) -> None:
    extraction = Extraction(verdict, "why", EXTRACTOR)
    data = extraction.as_json()
    assert set(data) == KEYS
    assert data["text"] == ""
    assert Extraction.from_json(json.loads(json.dumps(data))) == extraction


def test_keys_are_those_that_are_promised() -> None:
    assert set(Extraction(Verdict.ARTICLE, "", EXTRACTOR, ARTICLE).as_json()) == KEYS


def test_extractor_is_written_as_name_and_version() -> None:
    assert str(EXTRACTOR) == "archiver-de-1.0"
