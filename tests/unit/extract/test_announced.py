"""What a feed or sitemap says of a page helps where the page itself says less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from archiver.config.sites import read_site
from archiver.extract.article_reader import extract
from archiver.model.announced import Announced
from archiver.model.article import Article

AT = datetime(2026, 3, 2, tzinfo=UTC)
SITE = read_site(b'name = "town"\ntimezone = "Asia/Ho_Chi_Minh"\nhosts = [{ name = "town.example" }]\n', "town.toml")
TEXT = (
    "<p>The keeper of the lighthouse said that the lamp was lit again before dawn, and eleven boats came home.</p>" * 6
)
SAID = Announced("The lamp burns again", datetime(2026, 3, 1, 1, 30, tzinfo=UTC))
HANOI = timezone(timedelta(hours=7))


def read(head: str, body: str = TEXT, announced: Announced | None = SAID) -> Article:
    html = f"<html lang=en><head><meta property=og:type content=article>{head}</head><body><article>{body}</article></body></html>"
    extraction = extract(html.encode(), url="http://town.example/a-1.html", at=AT, site=SITE, announced=announced)
    assert extraction.article is not None, extraction.reason
    return extraction.article


def test_a_page_without_title_and_date_has_those_of_the_feed():
    article = read("")
    assert article.title == "The lamp burns again"
    assert article.published_at == datetime(2026, 3, 1, 8, 30, tzinfo=HANOI)
    assert article.published_precision == "minute"
    assert {article.provenance[name].origin for name in ("title", "published_at")} == {"feed"}
    alone = read("", announced=None)
    assert (alone.title, alone.published_at) == (None, None)


def test_what_the_page_says_exactly_is_believed_first():
    article = read(
        '<meta property="og:title" content="Eleven boats come home">'
        '<meta property="article:published_time" content="2026-03-01T07:15:00+07:00">'
    )
    assert article.title == "Eleven boats come home"
    assert article.published_at == datetime(2026, 3, 1, 7, 15, tzinfo=HANOI)
    assert article.provenance["published_at"].origin == "meta"


def test_the_feed_knows_the_minute_of_a_day_that_the_page_names():
    day = '<meta property="article:published_time" content="{}">'
    article = read(day.format("2026-03-01"))
    assert article.published_at == datetime(2026, 3, 1, 8, 30, tzinfo=HANOI)
    assert article.provenance["published_at"].origin == "feed"
    other = read(day.format("2026-02-20"))
    assert (other.published_at, other.published_precision) == (datetime(2026, 2, 20, tzinfo=HANOI), "day")


def test_a_sitemap_that_names_only_the_day_is_not_taken_for_midnight():
    article = read("", announced=Announced(published_at=datetime(2026, 3, 1, tzinfo=HANOI)))
    assert (article.published_at, article.published_precision) == (datetime(2026, 3, 1, tzinfo=HANOI), "day")


def test_the_feeds_title_tells_the_headline_among_several():
    article = read("", "<h1>Morning news from the coast</h1><h1>The lamp burns again</h1>" + TEXT)
    assert article.title == "The lamp burns again"
    assert article.provenance["title"].origin == "page"


def test_dates_of_the_feed_that_cannot_be_are_not_believed():
    article = read("", announced=Announced(published_at=AT + timedelta(days=30)))
    assert article.published_at is None
