"""Real pages, when they are there: every one gets a verdict, nearly every one is an article, and quality does not fall."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.extract import extract
from archiver.model.article import Extraction
from archiver.model.capture import Verdict

DATA = Path(os.environ.get("ARCHIVER_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "pages"
pytestmark = pytest.mark.skipif(not (DATA / "index.json").is_file(), reason="ARCHIVER_TEST_DATA/pages is absent")


@pytest.fixture(scope="module")
def read():
    entries = json.loads((DATA / "index.json").read_text(encoding="utf-8"))
    return [
        (
            entry,
            extract(
                gzip.decompress((DATA / entry["file"]).read_bytes()),
                url=entry["url"],
                at=datetime.fromisoformat(entry["captured_at"]).replace(tzinfo=UTC),
            ),
        )
        for entry in entries
    ]


def test_nearly_every_page_is_an_article(read):
    others = [
        (entry["file"], extraction.reason) for entry, extraction in read if extraction.verdict is not Verdict.ARTICLE
    ]
    assert len(others) <= 1, others


def test_an_article_has_title_text_language_and_the_source_of_each(read):
    for entry, extraction in read:
        article = extraction.article
        if article is None:
            continue
        assert article.title, entry["file"]
        assert article.text == "\n\n".join(article.paragraphs)
        assert all(paragraph == paragraph.strip() and paragraph for paragraph in article.paragraphs)
        for name in ("title", "text", "language"):
            assert 0 < article.provenance[name].confidence <= 1, (entry["file"], name)
        assert article.published_at is None or article.published_at.tzinfo is not None


def test_the_stored_form_reads_back_the_same(read):
    for _, extraction in read:
        assert Extraction.from_json(json.loads(json.dumps(extraction.as_json()))).as_json() == extraction.as_json()


def test_publishing_days_are_right(read):
    right = sum(
        1
        for entry, extraction in read
        if extraction.article
        and extraction.article.published_at
        and abs(
            extraction.article.published_at.replace(tzinfo=None)
            - datetime.fromisoformat(entry["gold"]["publishing_date"]).replace(tzinfo=None)
        ).total_seconds()
        < 86_400
    )
    assert right >= 0.95 * len(read)
