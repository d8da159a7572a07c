"""Who wrote it: people before the house, and what a reader sees where the head is silent."""

from __future__ import annotations

import json

import pytest

from archiver.extract import extract_article

from .pages import article_page

URL = "https://www.abcnews.example/2024/05/03/a-story-1.html"


def _authors(url: str = URL, **parts: str) -> tuple[str, ...]:
    article = extract_article(article_page(**parts), url=url)  # type: ignore[arg-type]
    assert article is not None
    return article.authors


def _ld(author: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "headline": "x", "author": author})}</script>'


def test_people_beat_the_house_that_json_ld_names():
    head = _ld({"@type": "Organization", "name": "Example News"})
    above = '<div class="info"><span class="person-link"><a href="/p/1">Ann Writer</a></span> <span class="person-link"><a href="/p/2">Ben Scribe</a></span></div>'
    assert _authors(head=head, above=above) == ("Ann Writer", "Ben Scribe")


def test_the_house_stays_where_nobody_else_is_named():
    assert _authors(head=_ld({"@type": "Organization", "name": "Example News"})) == ("Example News",)


def test_a_house_that_writes_its_host_beside_its_name_gives_way_to_a_labelled_name():
    head = '<meta name="author" content="The Paper (www.abcnews.example)">'
    below = "<ul><li><strong>Datum</strong> 28.04.2023</li><li><strong>Autorin/Autor</strong> Ann Writer</li></ul>"
    assert _authors(head=head, below="</div>" + below) == ("Ann Writer",)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(责编：牛小明、岳大山)", ("牛小明", "岳大山")),
        ("作者：王小明", ("王小明",)),
        ("Autor: Ann Writer", ("Ann Writer",)),
        ("Автор: Анна Иванова", ("Анна Иванова",)),
        ("Tác giả: Nguyễn Văn An", ("Nguyễn Văn An",)),
    ],
)
def test_lines_that_say_who_wrote(line, expected):
    assert _authors(below=f'</div><div class="edit">{line}</div>') == expected


def test_the_newsrooms_part_of_a_byline_is_no_writer():
    above = '<p class="author">von <a href="mailto:x@abcnews.example">Ann Writer, ABCNEWS NORTH</a></p>'
    assert _authors(above=above) == ("Ann Writer",)


def test_name_and_function_in_elements_of_their_own_are_told_apart():
    above = '<div class="byline"><div>Ann Writer</div><div>Example News</div></div>'
    assert _authors(above=above) == ("Ann Writer",)


@pytest.mark.parametrize("word", ["Follow", "Reporter", "von"])
def test_words_of_a_byline_box_are_no_names(word):
    assert _authors(above=f'<div class="author">{word}</div>') == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Ann Writer, Ben Scribe, and Cora Penn", ("Ann Writer", "Ben Scribe", "Cora Penn")),
        ("Ann Writer Tuesday, Aug. 23, 2011", ("Ann Writer",)),
        ("Ann Writer on Tue, 23 August", ("Ann Writer",)),
        ("Submitted on Mon, 2014-03-10", ()),
        ("View Author Page", ()),
        ("Share this", ()),
        ("作者：王小明 责任编辑：岳大山", ("王小明", "岳大山")),
        ("【责任编辑：岳大山】", ("岳大山",)),
        ("Trần Thị Le", ("Trần Thị Le",)),
        ("Yun Sun", ("Yun Sun",)),
    ],
)
def test_what_stands_beside_a_name_in_its_line_is_no_name(line, expected):
    assert _authors(above=f'<div class="author">{line}</div>') == expected


def test_the_seat_of_a_company_is_no_writer():
    assert _authors(head=_ld("Harbour Media GmbH, Munich, Germany")) == ("Harbour Media GmbH, Munich, Germany",)
