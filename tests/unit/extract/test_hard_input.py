"""Whatever the bytes are: a verdict with a reason, in bounded time, and no exception."""

from __future__ import annotations

import time

import pytest

from archiver.extract import EXTRACTOR, extract, extract_article
from archiver.model.capture import Verdict

from .hard import HARD
from .pages import PARAGRAPHS, article_page

URL = "https://news.example/a-story-1.html"


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("content_type", [None, "text/html; charset=nonsense", "text/html; charset=utf-16"])
def test_hard_bytes_get_a_verdict(name, content_type):
    begun = time.process_time()
    extraction = extract(HARD[name], url=URL, content_type=content_type)
    assert time.process_time() - begun < 10
    assert extraction.verdict in Verdict
    assert extraction.reason
    assert extraction.extractor == EXTRACTOR
    assert (extraction.article is None) == (extraction.verdict is not Verdict.ARTICLE)
    assert extraction.as_json()["verdict"] == extraction.verdict.value


@pytest.mark.parametrize(
    "filler",
    [
        b"<p>short words in a row here</p>",
        b"<!-- x -->" * 3,
        b"<script>var x = 1;</script>",
        b"word ",
        b"<div><a href='/x'>link</a></div>",
        b"<",
        b"&amp;",
    ],
)
def test_twenty_megabytes_take_bounded_time(filler):
    html = b"<html><head><title>Big</title></head><body>" + filler * (20_000_000 // len(filler)) + b"</body></html>"
    begun = time.process_time()
    extraction = extract(html, url=URL)
    assert time.process_time() - begun < 30
    assert extraction.reason


def test_an_article_before_megabytes_of_inlined_pictures_is_read():
    picture = b'<img src="data:image/png;base64,' + b"A" * 20_000_000 + b'">'
    extraction = extract(article_page().replace(b"</article>", picture + b"</article>"), url=URL)
    assert extraction.article is not None
    assert extraction.article.paragraphs == PARAGRAPHS


def test_a_page_cut_anywhere_never_breaks():
    html = article_page(
        head='<script type="application/ld+json">{"@type":"NewsArticle","headline":"Harbour town opens its new library"}</script>'
    )
    for end in range(0, len(html), 97):
        assert extract(html[:end], url=URL).reason


def test_a_page_that_ends_in_the_middle_says_so():
    html = article_page()
    cut = html[: html.index(b"a third from the city")]
    assert extract(cut, url=URL).verdict is Verdict.TRUNCATED
    assert extract(html, url=URL).verdict is Verdict.ARTICLE


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("utf-8", "cp1252"),
        ("", "utf-8"),
        ("nonsense", "utf-8"),
        ("windows-1252", "cp1252"),
        ("utf-16", "utf-8"),
    ],
)
def test_a_wrong_or_missing_charset_costs_no_letter(declared, real):
    lines = tuple(
        f"Numéro {n} : l’été à Huê fut très chaud, « déjà » disait-on, et la forêt brûlait près du fleuve encore longtemps."
        for n in range(6)
    )
    html = article_page(title="L’été à Huê fut très chaud", paragraphs=lines, language="fr").decode()
    html = html.replace('<meta charset="utf-8">', f'<meta charset="{declared}">' if declared else "")
    article = extract_article(html.encode(real), url=URL)
    assert article is not None
    assert article.paragraphs == lines
    assert article.title == "L’été à Huê fut très chaud"


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("gb18030", "港口城市的新图书馆星期一开放，两千多人在中午以前走进了大门，市政府说。"),
        ("cp932", "港町の新しい図書館が月曜日に開館し、正午までに二千人以上が訪れたと市は発表した。"),
        (
            "cp949",
            "항구 도시의 새 도서관이 월요일에 문을 열었고 정오까지 이천 명이 넘는 사람이 다녀갔다고 시가 밝혔다.",
        ),
    ],
)
@pytest.mark.parametrize("how", ["meta", "header", "none"])
def test_east_asian_charsets_are_read(charset, text, how):
    lines = tuple(f"{n}、{text}{text}" for n in range(5))
    html = article_page(title=text[:12], paragraphs=lines, language="").decode()
    html = html.replace('<meta charset="utf-8">', f'<meta charset="{charset}">' if how == "meta" else "")
    article = extract_article(
        html.encode(charset, "replace"),
        url=URL,
        content_type=f"text/html; charset={charset}" if how == "header" else None,
    )
    assert article is not None
    assert article.paragraphs == lines
    assert article.word_count > 50


def test_control_characters_do_not_end_the_text():
    html = article_page().replace(b"burned down", b"burned\0 down\x08")
    article = extract_article(html, url=URL)
    assert article is not None
    assert len(article.paragraphs) == len(PARAGRAPHS)
    assert "burned down nine years ago" in article.text


@pytest.mark.parametrize("mark", ["&#1;", "&#11;", "\ufffe", "\x00"])
def test_characters_that_no_tree_may_be_given_do_not_lose_a_deep_page(mark: str):
    deep = "<div>" * 300 + f"<p>Far down {mark} <b>a word</b></p>" + "</div>" * 300
    article = extract_article(article_page(below=deep), url="https://news.example/deep")
    assert article is not None
    assert PARAGRAPHS[0] in article.paragraphs
