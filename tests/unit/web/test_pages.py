"""The pages for people."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from archiver.model.article import Article, Extraction, Extractor, Image
from archiver.model.capture import Verdict
from tests.shelf import DAY, Noon, Shelf, later
from tests.unit.web.conftest import Client

URL = "https://courier.example/a"
READER = Extractor("archiver", "1")


def read(
    shelf: Shelf, url: str = URL, *, title: str = "Cầu mới qua sông Hương", language: str = "vi", **more: Any
) -> None:
    """Keep a page and what was read from it."""
    capture = shelf.keep(url, b"<p>page</p>", at=more.pop("at", DAY))
    paragraphs = more.pop("paragraphs", ("Đoạn thứ nhất về cây cầu.", "Đoạn thứ hai."))
    article = Article(
        title=title,
        text="\n\n".join(paragraphs),
        paragraphs=paragraphs,
        language=language,
        word_count=9,
        extractor=READER,
        **more,
    )
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.ARTICLE, "", READER, article), at=Noon().now())
    shelf.index.add(capture, article)


def test_the_home_page_tells_what_is_held(shelf: Shelf, client: Client) -> None:
    read(shelf)
    read(shelf, URL + "/fr", title="Un pont neuf", language="fr")
    shelf.keep(URL + "/img", b"png", headers=b"Content-Type: image/png\r\n")
    response = client.get("/")
    assert response.status_code == 200
    assert "<strong>3</strong> captures" in response.text
    assert "<strong>3</strong> of them pages" in response.text
    assert "<strong>2</strong> articles" in response.text
    assert "Vietnamese" in response.text
    assert "courier" in response.text
    assert len(re.findall(r'href="/article/[0-9a-f-]{36}"', response.text)) == 3
    assert 'href="/sites/courier"' in response.text
    assert "Nothing is known to be wrong" not in response.text
    assert "One page was not read for an article yet." in response.text


def test_an_empty_archive_has_a_home_page(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "Nothing is held yet" in response.text


def test_pages_need_nothing_from_elsewhere_and_no_script(shelf: Shelf, client: Client) -> None:
    read(shelf)
    record = shelf.catalog.mementos.nearest("example,courier)/a").record_id.removeprefix("urn:uuid:")  # type: ignore[union-attr]
    article = client.get(f"/article/{record}").headers["Location"].removeprefix("http://archive.localhost")
    some = ("/", "/search?q=pont", f"/held?url={URL}", "/sites/courier", "/runs", article, "/nothing")
    for target in (*some, f"/web/20260301080000/{URL}"):
        response = client.look(target)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in response.text
        assert "style=" not in response.text
    assert client.get("/static/archive.css").status_code == 200
    assert client.get("/static/archive.svg").status_code == 200


@pytest.mark.parametrize(
    ("target", "headers", "language"),
    [
        ("/", {}, "en"),
        ("/", {"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"}, "fr"),
        ("/", {"Accept-Language": "de, vi;q=0.8, en;q=0.7"}, "vi"),
        ("/", {"Accept-Language": "vi;q=0, *"}, "en"),
        ("/?lang=vi", {"Accept-Language": "fr"}, "vi"),
        ("/?lang=xx", {"Accept-Language": "fr"}, "fr"),
        ("/", {"Accept-Language": "fr", "Cookie": "lang=vi"}, "vi"),
        ("/", {"Accept-Language": ";;;q=9,,"}, "en"),
    ],
)
def test_the_language_is_asked_for(client: Client, target: str, headers: dict[str, str], language: str) -> None:
    response = client.get(target, headers=headers)
    assert f'<html lang="{language}">' in response.text
    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]


def test_a_chosen_language_is_remembered(client: Client) -> None:
    assert "lang=vi" in client.get("/?lang=vi").headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get("/").headers


@pytest.mark.parametrize(
    ("back", "location"),
    [
        ("/web/2026/https://courier.example/a?x=1", "/web/2026/https://courier.example/a?x=1"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/web/%0d%0aX: y", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ],
)
def test_choosing_a_language_on_a_replay_page_comes_back_to_it_and_nowhere_else(
    client: Client, back: str, location: str
) -> None:
    response = client.get(f"/language?lang=fr&back={back}")
    assert response.status_code == 302
    assert response.headers["Location"] == location
    assert "lang=fr" in response.headers["Set-Cookie"]


def test_a_model_archive_says_so_on_every_page(shelf: Shelf, client_with: Callable[..., Client]) -> None:
    read(shelf)
    client = client_with(model=True)
    for target in ("/", "/search?q=cau", f"/held?url={URL}", f"/web/20260301080000/{URL}", "/nothing", "/web/x"):
        response = client.look(target)
        assert "Model archive." in response.text, target
        assert response.headers["X-Archive-Model"] == "true"
    assert "Kho mẫu." in client.get("/?lang=vi").text


def test_the_memento_page_shows_the_article(shelf: Shelf, client: Client) -> None:
    read(
        shelf,
        authors=("Lan Anh",),
        published_at=datetime(2026, 3, 1, 14, 30, tzinfo=timezone(timedelta(hours=7))),
        published_precision="minute",
        lead="Khánh thành hôm nay.",
        images=(Image("https://courier.example/i.jpg", "Cây cầu lúc bình minh", "Báo Sông Hương"),),
    )
    response = client.get(f"/web/20260301080000tx_/{URL}")
    for text in (
        '<article lang="vi"',
        "Cầu mới qua sông Hương",
        "Lan Anh",
        "1 March 2026, 14:30\u00a0UTC+07",
        "<p>Đoạn thứ nhất về cây cầu.</p>",
        "Khánh thành hôm nay.",
        "Cây cầu lúc bình minh",
        "archiver-1",
    ):
        assert text in response.text, text
    assert "https://courier.example/i.jpg" not in response.text


def test_hostile_article_fields_stay_text(shelf: Shelf, client: Client) -> None:
    hostile = "\"'><img src=x onerror=alert(1)>"
    read(shelf, title=hostile, paragraphs=(hostile,), language='"><script>', authors=(hostile,), section=hostile)
    for target in ("/", f"/web/20260301080000/{URL}", f"/web/20260301080000tx_/{URL}", "/search?q=img"):
        text = client.look(target).text
        assert "<img src=x" not in text
        assert "<script" not in text


def test_a_revisit_shows_the_article_it_repeats(shelf: Shelf, client: Client) -> None:
    read(shelf)
    first = shelf.catalog.mementos.nearest("example,courier)/a")
    assert first is not None
    shelf.keep_revisit(first, at=later(days=1), head=b"HTTP/1.1 200 OK\r\n\r\n")
    assert "Cầu mới qua sông Hương" in client.get(f"/web/20260302080000tx_/{URL}").text


def test_a_page_that_is_no_article_says_what_it_is(shelf: Shelf, client: Client) -> None:
    capture = shelf.keep(URL, b"<p>list</p>")
    assert "not read for an article yet" in client.get(f"/web/20260301080000tx_/{URL}").text
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.INDEX, "many links", READER), at=Noon().now())
    text = client.get(f"/web/20260301080000tx_/{URL}").text
    assert "No article text was read" in text
    assert "index page" in text


def test_a_file_is_named_as_one(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"png", headers=b"Content-Type: image/png\r\n")
    assert "a file, not a page (image/png)" in client.get(f"/web/20260301080000tx_/{URL}").text


def test_earlier_and_later_captures_are_one_step_away(shelf: Shelf, client: Client) -> None:
    for day in range(3):
        shelf.keep(URL, b"%d" % day, at=later(days=day))
    text = client.look(f"/web/20260302080000/{URL}").text
    assert f'rel="prev" href="http://archive.localhost/web/20260301080000/{URL}"' in text
    assert f'rel="next" href="http://archive.localhost/web/20260303080000/{URL}"' in text


def test_held_lists_captures_newest_first_and_what_changed(shelf: Shelf, client: Client) -> None:
    for day, body in enumerate((b"1", b"1", b"2")):
        shelf.keep(URL, body, at=later(days=day), headers=b"Content-Type: image/png\r\n")
    text = client.get("/held?url=courier.example/a").text
    assert "Yes. 3 captures are held, the first of 1 March 2026, the last of 3 March 2026." in text
    changes = [word for word in text.split("<td>") if word.startswith(("changed", "unchanged", "first"))]
    assert [change.split("<")[0] for change in changes] == ["changed", "unchanged", "first"]
    table = text.partition('<table class="captures">')[2]
    assert table.index("/web/20260303080000/") < table.index("/web/20260301080000/")


def test_held_says_no_and_refuses_what_is_no_address(client: Client) -> None:
    assert "No capture of this address is held" in client.get(f"/held?url={URL}").text
    assert client.get("/held").status_code == 200
    assert client.get("/held?url=javascript:alert(1)").status_code == 400


def test_search_finds_articles_and_leads_to_them(shelf: Shelf, client: Client) -> None:
    read(shelf)
    text = client.get("/search?q=cau+moi").text
    assert "One article holds these words." in text
    (link,) = re.findall(r'<h2><a href="(/article/[^"]+/sha1:[A-Z2-7]{32})" lang="vi" dir="ltr">', text)
    assert "<mark>Cầu</mark> <mark>mới</mark> qua sông Hương" in text
    assert client.get(link).status_code == 200
    assert f'href="http://archive.localhost/web/20260301080000/{URL}"' in text
    assert "No article holds these words." in client.get("/search?q=zzzz").text


def test_search_is_narrowed_and_what_it_is_narrowed_to_can_be_dropped(shelf: Shelf, client: Client) -> None:
    read(shelf, authors=("Lan Anh",), section="Xã hội", published_at=datetime(2026, 2, 1, tzinfo=UTC))
    narrowed = "/search?q=cau&site=courier&language=vi&from=2026-02-01&to=2026-02-01&author=Lan+Anh&as_of=2026-03"
    text = client.get(narrowed).text
    assert "qua sông Hương" in text
    assert 'href="/search?q=cau&amp;site=courier&amp;language=vi&amp;author=Lan+Anh&amp;as_of=2026-03"' in text
    for narrow in (
        "site=vietnamplus",
        "language=fr",
        "from=2026-02-02",
        "to=2026-01-31",
        "author=Lan",
        "as_of=2026-02",
    ):
        assert "No article holds" in client.get(f"/search?q=cau&{narrow}").text, narrow
    for wrong in (
        "from=never",
        "verdict=nice",
        "page=0",
        "page=x",
        "captured_to=99",
        "site=other",
        "language=vietnamese",
        "from=2026-03&to=2026-02",
        "captured_from=2026-03&captured_to=2026-02",
    ):
        assert client.get(f"/search?q=cau&{wrong}").status_code == 400, wrong


def test_search_offers_facets_with_their_counts(shelf: Shelf, client: Client) -> None:
    read(shelf, authors=("Lan Anh",))
    read(shelf, URL + "/fr", title="Cau", language="fr", published_at=datetime(2025, 12, 1, tzinfo=UTC))
    text = client.get("/search?q=cau").text
    assert 'href="/search?q=cau&amp;language=fr" rel="nofollow">French <span class="count">1</span>' in text
    assert 'href="/search?q=cau&amp;author=Lan+Anh"' in text
    assert "December 2025" in text
    assert 'id="facet-site"' not in text  # one value is no choice


def test_without_words_one_may_look_through_what_there_is(shelf: Shelf, client: Client) -> None:
    read(shelf)
    text = client.get("/search").text
    assert 'href="/search?site=courier"' in text
    assert "1 article<" in client.get("/search?site=courier").text


def test_search_results_come_in_pages(shelf: Shelf, client: Client) -> None:
    for number in range(25):
        read(shelf, f"{URL}/{number}", title=f"Cầu {number}")
    first, second = client.get("/search?q=cau").text, client.get("/search?q=cau&page=2").text
    assert (first.count("<li>\n    <h2>"), second.count("<li>\n    <h2>")) == (20, 5)
    assert 'rel="next" href="/search?q=cau&amp;page=2"' in first
    assert 'rel="prev" href="/search?q=cau&amp;page=1"' in second
    assert "Page 2 of 2" in second


@pytest.mark.parametrize("q", ["%22", "a%20AND%20(", "NEAR(", "*", "%00", "a" * 3000, "-", "%F0%9F%8C%8F", "col:x"])
def test_no_query_breaks_the_search_page(client: Client, q: str) -> None:
    assert client.get(f"/search?q={q}").status_code in {200, 400}


def test_the_language_links_of_a_replay_page_come_back_to_its_very_url(shelf: Shelf, client: Client) -> None:
    target = f"/web/20260301080000/{URL}%252Fb?x=1&lang=vi"
    shelf.keep(f"{URL}%252Fb?x=1&lang=vi", b"x")
    page = client.look(target)
    assert '<html lang="en">' in page.text
    link = next(part for part in page.text.split('href="') if part.startswith("/language?lang=fr"))
    response = client.get(html.unescape(link.partition('"')[0]))
    assert response.headers["Location"] == target
