"""Published and changed: which of a page's dates is which, and how they are held against each other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from archiver.extract import extract_article
from archiver.model.article import Article

from .pages import article_page

URL = "https://news.example/a-story"
WEST = timezone(timedelta(hours=2))


def _read(*, url: str = URL, head: str = "", above: str = "", **ld: object) -> Article:
    if ld:
        head += f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **ld})}</script>'
    article = extract_article(article_page(head=head, above=above), url=url)
    assert article is not None
    return article


@pytest.mark.parametrize(
    "line",
    [
        "Published 3 May 2024 10:20, updated 4 May 2024 08:00",
        "Updated: 4 May 2024 08:00 | Published: 3 May 2024 10:20",
        "Publié le 03/05/2024 à 10h20, mis à jour le 04/05/2024 à 08h00",
        "Đăng 03/05/2024 10:20 - Cập nhật: 04/05/2024 08:00",
        "03.05.2024, 10:20 Uhr, aktualisiert am 04.05.2024, 08:00 Uhr",
        "Publicado el 3 de mayo de 2024 a las 10:20. Actualizado el 4 de mayo de 2024 a las 08:00",
        "Опубликовано 3 мая 2024, 10:20. Обновлено 4 мая 2024, 08:00",
        "发布 2024-05-03 10:20 更新 2024-05-04 08:00",
    ],
)
def test_a_line_that_tells_both_is_read_as_both(line):
    article = _read(above=f'<div class="date">{line}</div>')
    assert article.published_at == datetime(2024, 5, 3, 10, 20, tzinfo=UTC)
    assert article.modified_at == datetime(2024, 5, 4, 8, 0, tzinfo=UTC)


def test_a_line_that_tells_only_the_change_dates_the_article_with_little_trust():
    article = _read(above='<div class="date">Cập nhật lúc 10:20, Thứ Sáu, 03/05/2024 (GMT+7)</div>')
    assert article.published_at == article.modified_at == datetime(2024, 5, 3, 3, 20, tzinfo=UTC)
    assert article.provenance["published_at"].confidence < 0.5


def test_a_time_element_named_for_the_change_is_the_change():
    above = '<time datetime="2024-05-03T10:20+02:00">x</time> <time class="updated" datetime="2024-05-04T08:00+02:00">y</time>'
    article = _read(above=above)
    assert article.published_at == datetime(2024, 5, 3, 10, 20, tzinfo=WEST)
    assert article.modified_at == datetime(2024, 5, 4, 8, 0, tzinfo=WEST)
    assert article.provenance["modified_at"].origin == "time"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-05-04T08:00:00.123456+0200", datetime(2024, 5, 4, 8, 0, tzinfo=WEST)),
        ("2024-05-04t06:00:00z", datetime(2024, 5, 4, 6, 0, tzinfo=UTC)),
        ("2024-05-04T08:00+02", datetime(2024, 5, 4, 8, 0, tzinfo=WEST)),
        ("Sat, 04 May 2024 08:00:00 +0200", datetime(2024, 5, 4, 8, 0, tzinfo=WEST)),
    ],
)
@pytest.mark.parametrize("place", ["json-ld", "meta", "microdata"])
def test_the_change_is_read_with_its_zone(value, expected, place):
    article = {
        "json-ld": lambda: _read(datePublished="2024-05-03T10:20:00+02:00", dateModified=value),
        "meta": lambda: _read(head=f'<meta property="article:modified_time" content="{value}">'),
        "microdata": lambda: _read(above=f'<span itemprop="dateModified" content="{value}">then</span>'),
    }[place]()
    assert article.modified_at == expected
    assert article.modified_at.utcoffset() == expected.utcoffset()


def test_a_publication_after_the_change_gives_way_to_a_place_that_knows_better():
    head = '<meta property="article:published_time" content="2024-05-03T10:20:00+02:00">'
    ld = {"datePublished": "2024-06-30T09:00:00+02:00", "dateModified": "2024-05-04T08:00:00+02:00"}
    article = _read(head=head, **ld)
    assert article.published_at == datetime(2024, 5, 3, 10, 20, tzinfo=WEST)
    assert article.modified_at == datetime(2024, 5, 4, 8, 0, tzinfo=WEST)


def test_a_change_before_the_only_publication_is_not_believed():
    article = _read(datePublished="2024-06-30T09:00:00Z", dateModified="2024-05-04T08:00:00Z")
    assert article.published_at == datetime(2024, 6, 30, 9, 0, tzinfo=UTC)
    assert article.modified_at is None


def test_places_that_agree_make_a_date_surer_and_those_that_do_not_less_sure():
    def sure(**parts: object) -> float:
        return _read(datePublished="2024-05-03T10:20:00Z", **parts).provenance["published_at"].confidence  # type: ignore[arg-type]

    alone = sure()
    agreed = sure(head='<meta property="article:published_time" content="2024-05-03T10:20:00Z">')
    addressed = sure(url="https://news.example/2024/05/03/a-story")
    apart = sure(url="https://news.example/2019/01/02/a-story")
    assert agreed > alone
    assert addressed > alone
    assert apart < alone


def test_numbers_and_lists_in_json_ld_are_dates_where_they_can_be():
    assert _read(datePublished=1714731600).published_at == datetime(2024, 5, 3, 10, 20, tzinfo=UTC)
    assert _read(datePublished=["2024-05-03T10:20:00Z"]).published_at == datetime(2024, 5, 3, 10, 20, tzinfo=UTC)
    assert _read(datePublished=1e300).published_at is None
    assert _read(datePublished={"@value": "2024-05-03T10:20:00Z"}).published_at is not None


@pytest.mark.parametrize(
    "holder", ["<blockquote class='post'>{}</blockquote>", "<div class='comments'><p>{}</p></div>"]
)
def test_the_time_of_a_comment_or_of_a_post_that_is_shown_is_not_the_articles(holder):
    shown = holder.format('<time datetime="2018-03-12T19:30:12+00:00">12 March</time>')
    article = _read(above=f'<div class="date">3 May 2024 10:20</div>{shown}')
    assert article.published_at == datetime(2024, 5, 3, 10, 20, tzinfo=UTC)
