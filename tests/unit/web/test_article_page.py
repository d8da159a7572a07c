"""The page of one article: what it shows, and how it is cited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.model.article import Article, Extraction, Extractor, FieldSource
from archiver.model.capture import Capture, Verdict
from archiver.web.app import create_app
from tests.shelf import DAY, Noon, Shelf, later
from tests.unit.web.conftest import Client

URL = "https://courier.example/a"
READER = Extractor("archiver", "1")


def read(shelf: Shelf, capture: Capture, **more: object) -> None:
    fields: dict[str, object] = {"title": "Bridge", "text": "One.\n\nTwo.", "paragraphs": ("One.", "Two.")} | more
    article = Article(extractor=READER, word_count=2, **fields)  # type: ignore[arg-type]
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.ARTICLE, "", READER, article), at=Noon().now())


def path(capture: Capture) -> str:
    return f"/article/{capture.record_id.removeprefix('urn:uuid:')}/{capture.digest}"


@pytest.fixture
def hanoi(tmp_path: Path) -> Iterator[Shelf]:
    """An archive of a known site whose clocks are seven hours before UTC."""
    made = Shelf(tmp_path, site="vietnamplus")
    yield made
    made.close()


@pytest.fixture
def client_of() -> Callable[[Shelf], Client]:
    return lambda shelf: Client(create_app(shelf, config=shelf.config))


@pytest.fixture
def capture(shelf: Shelf) -> Capture:
    return shelf.keep(URL, b"<p>page</p>")


def test_the_short_address_leads_to_the_one_that_names_the_bytes(capture: Capture, client: Client) -> None:
    short = path(capture).rpartition("/")[0]
    response = client.get(short)
    assert response.status_code == 302
    assert response.headers["Location"] == f"http://archive.localhost{path(capture)}"


def test_an_address_that_names_other_bytes_is_not_held(capture: Capture, client: Client) -> None:
    response = client.get(path(capture).replace("sha1:", "sha1:A")[:-1])
    assert response.status_code == 404
    assert "names other bytes" in response.text


@pytest.mark.parametrize("target", ["/article/none", "/article/", "/article/urn%3Auuid%3Ax/y", "/article/%00/%ff"])
def test_what_is_no_record_is_not_held(client: Client, target: str) -> None:
    assert client.get(target).status_code == 404


def test_fields_are_shown_with_where_they_were_read(shelf: Shelf, capture: Capture, client: Client) -> None:
    read(
        shelf,
        capture,
        authors=("Lan Anh",),
        section="World",
        provenance={"title": FieldSource("json-ld", 0.95), "section": FieldSource("an-oracle", 0.5)},
    )
    rows = " ".join(client.get(path(capture)).text.partition('class="fields"')[2].split())
    assert '<td class="value">Bridge</td> <td>structured data (JSON-LD)</td> <td class="number">95%</td>' in rows
    assert '<td class="value">World</td> <td>an-oracle</td> <td class="number">50%</td>' in rows
    assert '<td class="value">Lan Anh</td> <td>–</td> <td class="number">–</td>' in rows
    assert '<td class="value">2 words</td>' in rows


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", '<article lang="ar" dir="rtl">'),
        ("he-IL", '<article lang="he-IL" dir="rtl">'),
        ("vi", '<article lang="vi" dir="ltr">'),
        (None, '<article dir="auto">'),
        ('x" onload="a', '<article dir="ltr">'),
    ],
)
def test_a_text_is_set_in_the_direction_of_its_language(
    shelf: Shelf, capture: Capture, client: Client, language: str | None, expected: str
) -> None:
    read(shelf, capture, language=language)
    assert expected in client.get(path(capture)).text


def test_it_leads_to_the_page_as_it_looked_and_to_all_captures(shelf: Shelf, capture: Capture, client: Client) -> None:
    read(shelf, capture)
    text = client.get(path(capture)).text
    assert f'href="http://archive.localhost/web/20260301080000/{URL}"' in text
    assert f'href="http://archive.localhost/web/20260301080000id_/{URL}"' in text
    assert (
        'href="/held?url=https%3A//courier.example/a"' in text or 'href="/held?url=https://courier.example/a"' in text
    )


def test_the_capture_is_cited_by_its_permanent_address(shelf: Shelf, capture: Capture, client: Client) -> None:
    read(shelf, capture, title="A & B", authors=("Lan Anh",), published_at=datetime(2026, 2, 28, 9, 0, tzinfo=UTC))
    permanent = f"http://archive.localhost{path(capture)}"
    text = client.get(path(capture)).text
    assert f'href="{permanent}" data-originalurl="{URL}" data-versiondate="2026-03-01"' in text
    assert "&lt;a href=&#34;" in text  # the robust link, to be copied
    assert "A &amp;amp; B&lt;/a&gt;" in text
    bib = client.get(f"{path(capture)}?cite=bibtex")
    assert bib.headers["Content-Type"] == "application/x-bibtex; charset=utf-8"
    assert bib.headers["Content-Disposition"] == 'attachment; filename="anh2026.bib"'
    assert f"url = {{{permanent}}}" in bib.text
    (item,) = json.loads(client.get(f"{path(capture)}?cite=csl-json").text)
    assert (item["URL"], item["archive_location"]) == (permanent, str(capture.digest))
    assert f"UR  - {permanent}\r\n" in client.get(f"{path(capture)}?cite=ris").text
    assert client.get(f"{path(capture)}?cite=word").status_code == 400


def test_other_languages_say_whether_they_are_held(shelf: Shelf, capture: Capture, client: Client) -> None:
    shelf.keep(f"{URL}/fr", b"x")
    read(shelf, capture, alternates={"fr": f"{URL}/fr", "en": f"{URL}/en"})
    text = " ".join(client.get(path(capture)).text.partition('id="other"')[2].split())
    assert f'French: <a class="url" href="/held?url=https%3A//courier.example/a/fr">{URL}/fr</a>' in text
    assert f'English: <span class="url">{URL}/en</span> (not held)' in text


def test_a_capture_that_is_no_article_says_what_it_is(shelf: Shelf, capture: Capture, client: Client) -> None:
    assert "was not read yet" in client.get(path(capture)).text
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.PAYWALL, "cut at 3", READER), at=Noon().now())
    text = client.get(path(capture)).text
    assert "This capture is not an article: paywall." in text
    assert "cut at 3" in text
    assert "@online{" in text


def test_a_revisit_shows_the_article_it_repeats(shelf: Shelf, capture: Capture, client: Client) -> None:
    read(shelf, capture)
    again = shelf.keep_revisit(capture, at=later(days=1), head=b"HTTP/1.1 200 OK\r\n\r\n")
    assert "<p>Two.</p>" in client.get(path(again)).text


def test_what_a_page_says_stays_text(shelf: Shelf, capture: Capture, client: Client) -> None:
    hostile = "\"'></code></pre><img src=x onerror=alert(1)><script>"
    read(
        shelf,
        capture,
        title=hostile,
        paragraphs=(hostile,),
        authors=(hostile,),
        section=hostile,
        tags=(hostile,),
        publisher=hostile,
        language=hostile,
        source_name=hostile,
        source_url="javascript:alert(1)",
        alternates={hostile: "javascript:alert(1)"},
        provenance={"title": FieldSource(hostile, 0.1)},
    )
    for language in ("en", "vi", "fr"):
        text = client.get(path(capture), headers={"Accept-Language": language}).text
        assert "<img src=x" not in text
        assert "<script" not in text
        assert 'href="javascript:' not in text


def test_every_day_of_it_is_the_same_moment(shelf: Shelf, client: Client) -> None:
    captures = [shelf.keep(URL, b"%d" % n, at=DAY.replace(hour=n)) for n in range(3)]
    assert len({client.get(path(capture)).text for capture in captures}) == 3


def test_a_page_of_hanoi_that_gives_utc_is_cited_by_the_day_it_prints(
    hanoi: Shelf, client_of: Callable[[Shelf], Client]
) -> None:
    capture = hanoi.keep("https://vietnamplus.vn/a", b"<p>page</p>")
    read(hanoi, capture, published_at=datetime(2026, 10, 29, 17, 40, tzinfo=UTC), published_precision="minute")
    client = client_of(hanoi)
    cited = {form: client.get(f"{path(capture)}?cite={form}").text for form in ("bibtex", "csl-json", "ris")}
    assert "date = {2026-10-30}" in cited["bibtex"]
    assert json.loads(cited["csl-json"])[0]["issued"] == {"date-parts": [[2026, 10, 30]]}
    assert "DA  - 2026/10/30/" in cited["ris"]
    for text in cited.values():
        assert "2026-10-30T00:40+07:00 (Asia/Ho" in text
    page = client.get(path(capture)).text
    assert "30 October 2026, 00:40\u00a0UTC+07" in page
    assert "29 October 2026" not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "This address works only where"), ("vi", "Địa chỉ này chỉ dùng được"), ("fr", "Cette adresse ne vaut que")],
)
def test_an_address_without_a_public_url_says_that_it_may_not_last(
    shelf: Shelf, capture: Capture, client_with: Callable[..., Client], language: str, words: str
) -> None:
    read(shelf, capture)
    local, public = client_with(), client_with(public_url="https://archive.example")
    where = f"{path(capture)}?lang={language}"
    assert words in local.get(where).text
    assert words not in public.get(where).text
    for form in ("bibtex", "csl-json", "ris"):
        assert words in local.get(f"{where}&cite={form}").text
        assert words not in public.get(f"{where}&cite={form}").text
