"""The pages by which one looks: home, a URL's calendar, a site, runs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from archiver.catalog import FrontierEntry, RobotsState
from archiver.config.settings import StoreSection
from archiver.model.article import Article, Extraction, Extractor
from archiver.model.capture import Kind, Verdict
from archiver.model.run import Outcome, Run
from archiver.web.app import create_app
from tests.shelf import DAY, Noon, Shelf, later
from tests.unit.web.conftest import Client

URL = "https://courier.example/a"
HELD = "/held?url=https://courier.example/a"
NOW = Noon().now()
READER = Extractor("archiver", "1")


def flat(text: str) -> str:
    return " ".join(text.split())


def run(number: int, **more: object) -> Run:
    begun = NOW - timedelta(hours=number)
    fields: dict[str, object] = {
        "ended_at": begun + timedelta(minutes=3),
        "outcome": Outcome.FINISHED,
        "pages": 10 + number,
    }
    return Run(f"01J{number:023d}", str(more.pop("site", "courier")), begun, **(fields | more))  # type: ignore[arg-type]


# -- home


def test_home_tells_what_is_wrong(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"page")
    catalog = shelf.catalog
    catalog.runs.end(run(1, outcome=Outcome.FAILED))
    catalog.runs.end(run(2, outcome=Outcome.STOPPED, site="dawn"))
    catalog.files.sealed(shelf.key, at=NOW)
    catalog.backoffs.put("slow.example", until=NOW + timedelta(hours=1), reason="429")
    catalog.robots.put(RobotsState("https://deaf.example:443", NOW, reason="timeout", unreachable_since=DAY))
    text = flat(client.get("/").text)
    for line in (
        "The last run of courier failed, 24 November 2026, 11:03:00",
        "One WARC file waits in the spool for the store.",
        "One page was not read for an article yet.",
        "slow.example asked us to wait until 24 November 2026, 13:00:00",
        "The robots.txt of deaf.example:443 has been out of reach since 1 March 2026",
    ):
        assert line in text, line
    assert "dawn was stopped" not in text  # nothing of it is held
    assert "Nothing is known to be wrong" not in text
    french = flat(client.get("/", headers={"Accept-Language": "fr"}).text)
    assert "La dernière collecte de courier a échoué, 24 novembre 2026" in french


def test_home_says_when_nothing_is_wrong(shelf: Shelf, client: Client) -> None:
    capture = shelf.keep(URL, b"page")
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.INDEX, "", READER), at=NOW)
    assert "Nothing is known to be wrong." in client.get("/").text


def test_home_tells_what_ran(shelf: Shelf, client: Client) -> None:
    for number in range(8):
        shelf.catalog.runs.end(run(number))
    shelf.catalog.runs.begin(Run("01K", "dawn", NOW))
    text = flat(client.get("/").text)
    assert text.count('href="/runs/01') == 6
    assert 'href="/runs/01K">dawn</a> <span class="state running">under way</span>' in text
    assert "24 November 2026, 12:00:00 UTC</time> · 10 pages · 3 min" in text.replace("\xa0", " ")


def test_home_tells_disk_and_cost_by_site(shelf: Shelf) -> None:
    shelf.keep(URL, b"page")
    shelf.catalog.files.sealed(shelf.key, at=NOW, size=250_000_000_000)
    config = replace(shelf.config, store=StoreSection(price=0.02, currency="EUR"))
    text = flat(Client(create_app(shelf, config=config)).get("/").text.replace("\xa0", " "))
    assert '<td class="number">250 GB</td> <td class="number">5.00 EUR</td>' in text
    assert "EUR" not in Client(create_app(shelf, config=shelf.config)).get("/").text


# -- one URL


def test_a_year_of_captures_is_a_calendar_of_links(shelf: Shelf, client: Client) -> None:
    for day, body in ((0, b"1"), (0, b"1"), (9, b"2"), (400, b"2")):
        shelf.keep(URL, body, at=later(days=day, seconds=len(body)), headers=b"Content-Type: application/pdf\r\n")
    newest = client.get(HELD).text
    assert "Calendar of 2027" in newest
    assert 'href="/held?url=https%3A//courier.example/a&amp;year=2026"' in newest
    text = flat(client.get(f"{HELD}&year=2026").text)
    assert re.search(r'day=2026-03-01#day" aria-label="1 March 2026: 2 captures">1</a>', text)
    assert re.search(
        r'<td class="level\d changed"><a href="[^"]+day=2026-03-10#day" aria-label="10 March 2026: one capture, content changed">',
        text,
    )
    assert "Captures by month from 1 March 2026 to 5 April 2027; at most 3 in one month." in text
    assert '<th scope="row">March 2026</th><td class="number">3</td>' in text


def test_a_day_lists_its_captures_and_compares_the_first_with_the_day_before(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"1", at=later(days=0))
    shelf.keep(URL, b"1", at=later(days=1))
    text = flat(client.get(f"{HELD}&day=2026-03-02").text)
    table = text.partition('<table class="captures">')[2]
    assert table.count("<tr>") == 2
    assert "<td>unchanged</td>" in table
    assert "Captures of 2 March 2026" in text
    assert "no captures" in client.get(f"{HELD}&day=2026-03-05").text


def test_the_first_capture_of_a_year_is_compared_with_the_last_of_the_year_before(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"1", at=DAY)
    shelf.keep(URL, b"1", at=later(days=400))
    assert "<td>unchanged</td>" in client.get(f"{HELD}&year=2027").text


def changes(client: Client, asked: str) -> list[str]:
    """The words about changes, the oldest capture first."""
    table = client.get(asked).text.partition('<table class="captures">')[2]
    return re.findall(r"<td>(first|changed|unchanged|–)</td>\s*<td>(?:<a|–)", table)[::-1]


def test_an_article_has_changed_when_its_text_has_whatever_stands_around_it(shelf: Shelf, client: Client) -> None:
    """Bytes of a page differ at each request: advertisements, times, what is most read."""
    texts = [
        "The bridge opens.",
        "The bridge opens.",
        None,
        "The bridge opens.",
        "The bridge is open.",
        "The bridge is open.",
    ]
    titles = ["A bridge"] * 5 + ["The bridge"]
    for day, (text, title) in enumerate(zip(texts, titles, strict=True)):
        capture = shelf.keep(URL, b"<p>advertisement %d</p>" % day, at=later(days=day))
        if text is not None:
            article = Article(title=title, text=text, paragraphs=(text,), extractor=READER)
            extraction = Extraction(Verdict.ARTICLE, "", READER, article)
            shelf.catalog.articles.put(capture.record_id, extraction, at=later(days=day))
    assert changes(client, HELD) == ["first", "unchanged", "–", "unchanged", "changed", "changed"]
    assert changes(client, f"{HELD}&day=2026-03-05") == ["changed"]
    text = flat(client.get(HELD).text)
    assert re.search(r'class="level\d changed"><a href="[^"]+day=2026-03-05#day"', text)
    assert re.search(r'class="level\d"><a href="[^"]+day=2026-03-02#day"', text)


def test_of_pages_that_are_no_articles_only_the_same_bytes_are_called_unchanged(shelf: Shelf, client: Client) -> None:
    for day, body in enumerate((b"front 1", b"front 1", b"front 2")):
        shelf.keep(URL, body, at=later(days=day))
    assert changes(client, HELD) == ["first", "unchanged", "–"]


@pytest.mark.parametrize("wrong", ["year=x", "year=0", "year=10000", "day=2026-02-30", "day=x", "year=%D9%A1"])
def test_what_is_no_year_or_day_is_refused(shelf: Shelf, client: Client, wrong: str) -> None:
    shelf.keep(URL, b"1")
    assert client.get(f"{HELD}&{wrong}").status_code == 400


def test_articles_among_the_captures_lead_to_their_text(shelf: Shelf, client: Client) -> None:
    capture = shelf.keep(URL, b"1")
    article = Article("T", "t", ("t",), extractor=READER)
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.ARTICLE, "", READER, article), at=NOW)
    assert f'href="/article/{capture.record_id.removeprefix("urn:uuid:")}"' in client.get(HELD).text


def test_an_address_that_was_only_named_is_known(shelf: Shelf, client: Client) -> None:
    entry = FrontierEntry("courier.example", "example,courier)/a", URL, Kind.PAGE, None, "L", 1, 0, NOW, NOW)
    shelf.catalog.frontier.add([entry])
    assert "It is known: a source or a page named it." in client.get(HELD).text


# -- one site


def test_the_page_of_a_site_tells_its_days_growth_verdicts_sources_and_runs(shelf: Shelf, client: Client) -> None:
    for day in (0, 1, 40):
        capture = shelf.keep(f"{URL}/{day}", b"%d" % day, at=later(days=day))
    article = Article("A bridge", "t", ("t",), language="vi", extractor=READER)
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.ARTICLE, "", READER, article), at=NOW)
    feed = FrontierEntry(
        "courier", "example,courier)/rss", "https://courier.example/rss", Kind.SOURCE, None, "M", 0, 9, NOW, NOW
    )
    shelf.catalog.frontier.add([feed, replace(feed, key="k", url="https://courier.example/map.xml")])
    shelf.catalog.frontier.failed("courier", "k", now=NOW, next_due=None, reason="timeout")
    shelf.catalog.runs.end(run(1))
    text = flat(client.get("/sites/courier").text.replace("\xa0", " "))
    assert re.search(r'href="/sites/courier\?day=2026-03-02#day" aria-label="2 March 2026: one page">2</a>', text)
    assert "Captures, all together: 3 by 10 April 2026." in text
    assert '<th scope="row">March 2026</th><td class="number">2</td>' in text
    assert 'href="/search?site=courier&amp;verdict=article">article</a>' in text
    assert 'href="/search?site=courier&amp;language=vi">Vietnamese</a>' in text
    assert "2 are known; 1 failed when they were last read." in text
    assert "failing: timeout" in text
    assert 'href="/runs/01J' in text
    assert "no site file" in text
    day = client.get("/sites/courier?day=2026-04-10").text
    assert "A bridge" in day
    assert "Pages of 10 April 2026" in day
    assert client.get("/sites/courier?day=2026-04-11").status_code == 200


def test_a_known_site_has_a_page_before_anything_is_held(client: Client) -> None:
    text = client.get("/sites/vietnamplus").text
    assert "<h1>VietnamPlus</h1>" in text
    assert "Asia/Ho_Chi_Minh" in text
    assert "never read" in text
    assert client.get("/sites/nobody").status_code == 404
    assert client.get("/sites/vietnamplus?day=x").status_code == 400


# -- runs


def test_runs_are_listed_newest_first_in_pages(shelf: Shelf, client: Client) -> None:
    for number in range(60):
        shelf.catalog.runs.end(run(number))
    first = client.get("/runs").text
    assert first.count('scope="row"') == 50
    link = re.search(r'href="(/runs\?before=[^"]+)"', first)
    assert link
    second = client.get(link[1]).text
    assert second.count('scope="row"') == 10
    assert "Older runs" not in second
    assert client.get("/runs?site=dawn").text.count('scope="row"') == 0


def test_one_run_tells_what_it_did(shelf: Shelf, client: Client) -> None:
    ended = run(1, captures=12, revisits=3, failed=1, bytes=1_234_567)
    shelf.catalog.runs.end(ended)
    text = flat(client.get(f"/runs/{ended.id}").text.replace("\xa0", " "))
    assert "<strong>11</strong> Pages" in text
    assert "<strong>1.2 MB</strong>" in text
    assert "(3 min)" in text
    assert client.get("/runs/none").status_code == 404
    assert client.get("/runs/%00").status_code == 404


# -- all of them


@pytest.mark.parametrize("language", ["en", "vi", "fr"])
def test_every_page_can_be_had_in_every_language(shelf: Shelf, client: Client, language: str) -> None:
    capture = shelf.keep(URL, b"page")
    ended = run(1, outcome=Outcome.LIMIT)
    shelf.catalog.runs.end(ended)
    record = capture.record_id.removeprefix("urn:uuid:")
    for target in (
        "/",
        "/search",
        "/search?q=x",
        "/held",
        HELD,
        f"{HELD}&day=2026-03-01",
        "/sites/courier",
        "/sites/courier?day=2026-03-01",
        "/runs",
        f"/runs/{ended.id}",
        f"/article/{record}/{capture.digest}",
    ):
        response = client.get(target, headers={"Accept-Language": language})
        assert response.status_code == 200, target
        assert f'<html lang="{language}">' in response.text
        assert response.headers["Content-Language"] == language
        for other in {"en", "vi", "fr"} - {language}:
            assert f'hreflang="{other}"' in response.text


def test_below_a_path_of_a_proxy_every_link_of_ours_has_that_path(shelf: Shelf, client_with: object) -> None:
    shelf.keep(URL, b"page")
    client = client_with(public_url="https://library.example/news")  # type: ignore[operator]
    for target in ("/", "/search", HELD, "/sites/courier", "/runs"):
        links = re.findall(r'(?:href|action|src)="(/[^"]*)"', client.get(target).text)
        assert links
        assert [link for link in links if not link.startswith("/news/")] == [], target
