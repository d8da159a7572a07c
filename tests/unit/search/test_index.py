"""Articles in, hits out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from archiver.catalog import ArticleFilter, Catalog
from archiver.catalog.schema import captures
from archiver.model.article import Article, Extraction, Extractor
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.instant import SystemClock
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType
from archiver.model.surt import surt
from archiver.search import SearchIndex

T0 = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite3'}", clock=SystemClock()) as opened:
        yield opened


@pytest.fixture
def index(catalog: Catalog) -> SearchIndex:
    return SearchIndex(catalog)


def capture(number: int, url: str | None = None, *, site: str = "s.example") -> Capture:
    url = url or f"https://{site}/{number}"
    return Capture(
        url=url,
        surt=surt(url),
        at=T0 + timedelta(minutes=number),
        status=200,
        mime="text/html",
        digest=None,
        record_type=RecordType.RESPONSE,
        kind=Kind.PAGE,
        site=site,
        run=None,
        record_id=RecordId(f"urn:uuid:{number}"),
        record=RecordRef(BlobKey("warcs/a.warc.gz"), number, 1),
    )


def article(title: str, body: str, *, version: str = "1", **changes: object) -> Article:
    return Article(title=title, text=body, paragraphs=(body,), extractor=Extractor("ours", version), **changes)  # type: ignore[arg-type]


def keep(catalog: Catalog, index: SearchIndex, one: Capture, read: Article) -> None:
    catalog.captures.add([one])
    catalog.articles.put(one.record_id, Extraction(Verdict.ARTICLE, "", read.extractor, read), at=T0)
    index.add(one, read)


def urls(index: SearchIndex, query: str, *, limit: int = 20, offset: int = 0, **wanted: object) -> list[str]:
    some = ArticleFilter(**wanted)  # type: ignore[arg-type]
    found = index.search(query, some, limit=limit, offset=offset, facets=False)
    return [hit.url.rpartition("/")[2] for hit in found.hits]


def test_a_hit_says_what_was_found_and_where(catalog: Catalog, index: SearchIndex) -> None:
    hanoi = timezone(timedelta(hours=7))
    read = article(
        "Hội nghị", "Đảng họp tại Hà Nội.", language="vi", published_at=datetime(2026, 11, 24, 9, 0, tzinfo=hanoi)
    )
    keep(catalog, index, capture(1), read)
    (hit,) = index.search("dang").hits
    assert (hit.url, hit.at, hit.title, hit.site, hit.language) == (
        "https://s.example/1",
        T0 + timedelta(minutes=1),
        "Hội nghị",
        "s.example",
        "vi",
    )
    assert hit.snippet == "Đảng họp tại Hà Nội."
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["Đảng"]
    assert hit.score > 0
    assert list(hit.as_json()) == [
        "url",
        "at",
        "title",
        "snippet",
        "site",
        "language",
        "published_at",
        "score",
    ]
    assert hit.as_json()["published_at"] == "2026-11-24T09:00:00.000+07:00"
    assert hit.as_json()["at"] == "2026-11-24T02:01:00.000Z"


def test_a_word_in_the_title_counts_more(catalog: Catalog, index: SearchIndex) -> None:
    filler = " ".join(f"word{n}" for n in range(40))
    keep(catalog, index, capture(1), article("Rice exports", f"salt salt {filler}"))
    keep(catalog, index, capture(2), article("Salt in the delta", filler))
    keep(catalog, index, capture(3), article("Nothing", filler))
    assert urls(index, "salt") == ["2", "1"]


def test_the_lead_is_found_too(catalog: Catalog, index: SearchIndex) -> None:
    keep(catalog, index, capture(1), article("A", "body", lead="salt comes first"))
    assert urls(index, "salt") == ["1"]


def test_filters(catalog: Catalog, index: SearchIndex) -> None:
    keep(catalog, index, capture(1), article("salt", "one", language="en", published_at=T0 - timedelta(days=2)))
    keep(catalog, index, capture(2), article("salt", "two", language="vi"))
    keep(catalog, index, capture(3, site="t.example"), article("salt", "three", language="en"))
    assert sorted(urls(index, "salt")) == ["1", "2", "3"]
    assert sorted(urls(index, "salt", language="en")) == ["1", "3"]
    assert urls(index, "salt", site="t.example") == ["3"]
    assert urls(index, "salt", published_until=T0 - timedelta(days=2)) == ["1"]
    assert sorted(urls(index, "salt", published_since=T0)) == ["2", "3"]
    assert urls(index, "salt", published_since=T0, published_until=T0 + timedelta(minutes=2)) == ["2"]


def test_limit_and_offset_part_the_hits(catalog: Catalog, index: SearchIndex) -> None:
    for number in range(5):
        keep(catalog, index, capture(number), article("salt", f"text {number}"))
    everything = urls(index, "salt")
    assert len(everything) == 5
    assert urls(index, "salt", limit=2) + urls(index, "salt", limit=9, offset=2) == everything
    assert urls(index, "salt", limit=0) == []


def test_captures_of_one_url_that_say_the_same_are_one_hit(catalog: Catalog, index: SearchIndex) -> None:
    url = "https://s.example/a"
    for number, body in ((1, "salt"), (2, "salt"), (3, "salt and more"), (4, "salt")):
        keep(catalog, index, capture(number, url), article("title", body))
    keep(catalog, index, capture(5, "https://s.example/b"), article("title", "salt"))
    hits = index.search("salt").hits
    assert sorted((hit.url[-1], hit.at.minute) for hit in hits) == [("a", 3), ("a", 4), ("b", 5)]


def test_what_was_read_again_replaces_what_was_there(catalog: Catalog, index: SearchIndex) -> None:
    keep(catalog, index, capture(1), article("salt", "one"))
    keep(catalog, index, capture(1), article("rice", "two", version="2"))
    assert urls(index, "salt") == []
    assert urls(index, "rice") == ["1"]


def test_a_removed_capture_is_not_found_and_leaves_no_words(catalog: Catalog, index: SearchIndex) -> None:
    keep(catalog, index, capture(1), article("salt", "one"))
    keep(catalog, index, capture(2), article("salt", "two"))
    index.remove(capture(1).record_id)
    index.remove("urn:uuid:none")
    assert urls(index, "salt") == ["2"]
    catalog.database.write(lambda c: c.execute(delete(captures).where(captures.c.record_id == "urn:uuid:2")))
    assert urls(index, "salt") == []
    assert catalog.database.read(lambda c: c.execute(text("SELECT count(*) FROM search_text")).scalar()) == 0


def test_a_page_that_turns_out_to_be_no_article_is_not_found(catalog: Catalog, index: SearchIndex) -> None:
    keep(catalog, index, capture(1), article("salt", "one"))
    again = Extraction(Verdict.INDEX, "", Extractor("ours", "2"))
    catalog.articles.put(capture(1).record_id, again, at=T0 + timedelta(seconds=1))
    assert urls(index, "salt") == []


def test_an_article_of_an_unknown_capture_is_passed_over(index: SearchIndex) -> None:
    index.add(capture(1), article("salt", "one"))
    assert urls(index, "salt") == []


def test_what_a_crash_left_out_is_caught_up(catalog: Catalog, index: SearchIndex) -> None:
    for number in range(5):
        keep(catalog, index, capture(number), article("salt", f"text {number}"))

    def put(number: int, extraction: Extraction) -> None:
        catalog.articles.put(capture(number).record_id, extraction, at=T0 + timedelta(seconds=1))

    index.remove(capture(1).record_id)
    put(2, Extraction(Verdict.EMPTY, "", Extractor("ours", "2")))
    newer = article("rice", "new", version="2")
    put(3, Extraction(Verdict.ARTICLE, "", newer.extractor, newer))
    assert index.catch_up(limit=2) == 2
    assert index.catch_up() == 1
    assert index.catch_up() == 0
    assert sorted(urls(index, "salt")) == ["0", "1", "4"]
    assert urls(index, "rice") == ["3"]


def test_hostile_text_is_indexed(catalog: Catalog, index: SearchIndex) -> None:
    keep(catalog, index, capture(1), article('"salt" OR \0 * ( \ud800', "x" * 200_000 + " salt"))
    assert urls(index, '"salt') == ["1"]
