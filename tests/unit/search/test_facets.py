"""Results narrowed, counted and sorted; the archive as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from archiver.catalog import ArticleFilter, Catalog
from archiver.catalog.schema import search_documents
from archiver.model.article import Article, Extraction, Extractor
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.instant import SystemClock
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType
from archiver.model.surt import surt
from archiver.search import Found, SearchIndex

T0 = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
READER = Extractor("ours", "1")


class Library:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.index = SearchIndex(catalog)
        self._number = 0

    def keep(
        self,
        url: str,
        title: str = "Salt",
        text: str = "salt",
        *,
        at: datetime = T0,
        site: str = "courier",
        verdict: Verdict = Verdict.ARTICLE,
        **fields: object,
    ) -> Capture:
        self._number += 1
        capture = Capture(
            url=url,
            surt=surt(url),
            at=at,
            status=200,
            mime="text/html",
            digest=None,
            record_type=RecordType.RESPONSE,
            kind=Kind.PAGE,
            site=site,
            run=None,
            record_id=RecordId(f"urn:uuid:{self._number}"),
            record=RecordRef(BlobKey("warcs/a.warc.gz"), self._number, 1),
        )
        self.catalog.captures.add([capture])
        article = Article(title=title, text=text, paragraphs=(text,), extractor=READER, **fields)  # type: ignore[arg-type]
        self.read(capture, Extraction(verdict, "why", READER, article if verdict is Verdict.ARTICLE else None))
        return capture

    def read(self, capture: Capture, extraction: Extraction) -> None:
        self.catalog.articles.put(capture.record_id, extraction, at=T0)
        self.index.add_readings([(capture, extraction)])

    def find(self, text: str = "salt", **wanted: object) -> Found:
        return self.index.search(text, ArticleFilter(**wanted))  # type: ignore[arg-type]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite3'}", clock=SystemClock()) as catalog:
        yield Library(catalog)


def titles(found: Found) -> list[str | None]:
    return [hit.title for hit in found.hits]


def test_facets_count_all_results_however_many_are_shown(library: Library) -> None:
    for number in range(5):
        library.keep(
            f"https://c.example/{number}",
            f"Salt {number}",
            language="vi" if number % 2 else "en",
            section="World",
            authors=("Lan Anh", "An Lan") if number else (),
            published_at=T0 + timedelta(days=31 * number),
        )
    library.keep("https://d.example/x", site="dawn", language="fr")
    found = library.index.search("salt", limit=2)
    assert len(found.hits) == 2
    assert found.total == 6
    assert not found.capped
    assert found.facets.site == {"courier": 5, "dawn": 1}
    assert found.facets.language == {"en": 3, "vi": 2, "fr": 1}
    assert found.facets.section == {"World": 5}
    assert found.facets.author == {"An Lan": 4, "Lan Anh": 4}
    assert found.facets.published == {"2026-03": 2, "2026-04": 1, "2026-05": 1, "2026-06": 1, "2026-07": 1}
    assert found.facets.captured == {"2026-03": 6}
    assert found.facets.verdict == {"article": 6}


def test_many_years_are_counted_by_year(library: Library) -> None:
    for year in (2020, 2021, 2026):
        library.keep(f"https://c.example/{year}", f"Salt {year}", published_at=T0.replace(year=year))
    assert library.find().facets.published == {"2020": 1, "2021": 1, "2026": 1}


def test_results_are_narrowed_by_each_facet(library: Library) -> None:
    library.keep("https://c.example/1", "One", section="World", authors=("Lan Anh",), language="vi")
    library.keep("https://c.example/2", "Two", section="Sport", authors=("Lan", "Anh"), at=T0 + timedelta(days=40))
    assert titles(library.find(section="World")) == ["One"]
    assert titles(library.find(author="Lan Anh")) == ["One"]
    assert titles(library.find(author="Anh")) == ["Two"]
    assert titles(library.find(language="vi")) == ["One"]
    assert titles(library.find(since=T0 + timedelta(days=1))) == ["Two"]
    assert titles(library.find(until=T0)) == ["One"]
    assert library.find(site="dawn").total == 0


def test_without_words_everything_that_is_narrowed_to_is_listed(library: Library) -> None:
    library.keep("https://c.example/1", "One", language="vi")
    library.keep("https://c.example/2", "Two", language="fr")
    assert titles(library.find("", language="vi")) == ["One"]
    assert library.find("").total == 0
    assert library.find("()", language="vi").total == 0


def test_results_are_sorted_by_rank_or_by_date(library: Library) -> None:
    filler = "word " * 60
    library.keep("https://c.example/1", "Nothing", f"{filler} salt", published_at=T0 - timedelta(days=1))
    library.keep("https://c.example/2", "Salt", "salt", published_at=T0 - timedelta(days=2))
    library.keep("https://c.example/3", "Nothing at all", f"{filler} {filler} salt", published_at=T0)
    search = library.index.search
    assert [hit.url[-1] for hit in search("salt").hits] == ["2", "1", "3"]
    assert [hit.url[-1] for hit in search("salt", sort="newest").hits] == ["3", "1", "2"]
    assert [hit.url[-1] for hit in search("salt", sort="oldest", limit=2).hits] == ["2", "1"]
    assert [hit.url[-1] for hit in search("salt", sort="oldest", limit=2, offset=2).hits] == ["3"]


def test_as_of_a_day_each_url_says_what_it_said_then(library: Library) -> None:
    url = "https://c.example/a"
    library.keep(url, "First", "salt is dear")
    library.keep(url, "Second", "salt is cheap", at=T0 + timedelta(days=2))
    library.keep(url, "Third", "rice", at=T0 + timedelta(days=4))
    library.keep("https://c.example/b", "Late", at=T0 + timedelta(days=3))
    assert sorted(titles(library.find())) == ["First", "Late", "Second"]  # type: ignore[type-var]
    assert titles(library.find(as_of=T0 + timedelta(days=1))) == ["First"]
    assert titles(library.find(as_of=T0 + timedelta(days=2))) == ["Second"]
    assert titles(library.find(as_of=T0 + timedelta(days=9))) == ["Late"]
    assert titles(library.find(as_of=T0 - timedelta(days=1))) == []


def test_pages_that_are_no_articles_are_found_by_their_address_and_only_when_asked_for(library: Library) -> None:
    library.keep("https://c.example/salt-and-rice", "Salt", "salt")
    library.keep("https://c.example/gia-salt", verdict=Verdict.PAYWALL)
    found = library.find()
    assert titles(found) == ["Salt"]
    assert library.index.search("url:salt").hits[0].url == "https://c.example/salt-and-rice"
    found = library.find("url:salt")
    assert found.total == 1
    assert found.facets.verdict == {"article": 1, "paywall": 1}
    (hit,) = library.find("url:salt", verdict=Verdict.PAYWALL).hits
    assert (hit.url, hit.title, hit.snippet, hit.verdict) == (
        "https://c.example/gia-salt",
        None,
        "why",
        Verdict.PAYWALL,
    )


def test_when_the_newest_of_what_says_the_same_goes_the_one_before_stands_for_it(library: Library) -> None:
    url = "https://c.example/a"
    captures = [library.keep(url, at=T0 + timedelta(days=day)) for day in (1, 0, 2)]
    assert [hit.at for hit in library.find().hits] == [T0 + timedelta(days=2)]
    library.index.remove(captures[2].record_id)
    assert [hit.at for hit in library.find().hits] == [T0 + timedelta(days=1)]
    library.index.remove(captures[0].record_id)
    assert [hit.at for hit in library.find().hits] == [T0]
    library.read(
        captures[0], Extraction(Verdict.ARTICLE, "", READER, Article("Salt", "salt", ("salt",), extractor=READER))
    )
    assert [hit.at for hit in library.find().hits] == [T0 + timedelta(days=1)]


def test_one_document_of_those_that_say_the_same_is_the_newest(library: Library) -> None:
    for day in (3, 1, 2, 0):
        library.keep("https://c.example/a", at=T0 + timedelta(days=day))
    newest = select(search_documents.c.captured_at).where(search_documents.c.newest.is_(True))
    assert len(library.catalog.database.read(lambda c: c.execute(newest).all())) == 1


def test_the_words_looked_for_are_marked_in_the_title_too(library: Library) -> None:
    library.keep("https://c.example/a", "Đảng và muối", "Đảng họp")
    (hit,) = library.find("dang").hits
    assert [hit.title[start:end] for start, end in hit.title_marks if hit.title] == ["Đảng"]
    (hit,) = library.find("text:dang").hits
    assert hit.title_marks == ()
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["Đảng"]


def test_an_author_is_found_by_name_with_or_without_marks(library: Library) -> None:
    library.keep("https://c.example/a", "One", authors=("Nguyễn Đức",))
    assert titles(library.find("author:duc")) == ["One"]
    assert titles(library.find("Nguyễn")) == ["One"]
    assert titles(library.find('author:"Nguyễn Đức" -author:Đúc')) == ["One"]
