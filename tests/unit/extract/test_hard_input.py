"""Whatever the bytes are: a verdict with a reason, in bounded time, and no exception."""

from __future__ import annotations

import random
import time

import pytest

from archiver.extract import EXTRACTOR, extract, extract_article
from archiver.model.capture import Verdict

from .pages import PARAGRAPHS, article_page

URL = "https://news.example/a-story-1.html"
_RANDOM = random.Random(7)

HARD = {
    "nothing": b"",
    "white space": b" \n\t ",
    "a mark and nothing": b"\xef\xbb\xbf",
    "NULs": b"\0" * 5000,
    "random": _RANDOM.randbytes(200_000),
    "every byte": bytes(range(256)) * 50,
    "a picture": b"\x89PNG\r\n\x1a\n" + _RANDOM.randbytes(3000),
    "a document": b"%PDF-1.7\n" + _RANDOM.randbytes(3000),
    "only a comment": b"<!-- nothing here -->",
    "only a doctype": b"<!DOCTYPE html>",
    "an open tag": b"<html><body><div class='",
    "an open comment": b"<html><body><!-- " + b"x" * 10_000,
    "an open script": b"<html><body><script>" + b"var a = '<p>text</p>';" * 500,
    "nested divs": b"<html><body>" + b"<div>" * 10_000 + b"deep text" + b"</div>" * 10_000,
    "nested spans": b"<html><body><p>" + b"<span>" * 10_000 + b"deep text",
    "nested lists": b"<html><body>" + b"<ul><li>" * 10_000 + b"deep text",
    "nested tables": b"<html><body>" + b"<table><tr><td>" * 5_000 + b"deep text",
    "nested brackets": b'<html><head><script type="application/ld+json">'
    + b"[" * 100_000
    + b"</script></head><body><p>text</p>",
    "nested objects": b'<html><head><script type="application/ld+json">'
    + b'{"a":' * 50_000
    + b"</script></head><body><p>text</p>",
    "many attributes": b"<html><body><p " + b"".join(b"a%d=1 " % n for n in range(20_000)) + b">text</p>",
    "a long attribute": b'<html><body><p class="' + b"a b-c " * 200_000 + b'">text</p>',
    "a long word": b"<html><body><p>" + b"a" * 1_000_000 + b"</p>",
    "a long line of separators": b"<html><head><title>" + b" | - " * 20_000 + b"</title></head><body><p>x</p>",
    "many breaks": b"<html><body><div>" + b"a<br>" * 50_000 + b"</div>",
    "broken entities": b"<html><body><p>&#xFFFFFF; &#0; &notanentity; &#x110000;</p>",
    "text alone": "Chỉ là một dòng chữ.".encode(),
    "JSON": b'{"a": [1, 2, 3]}',
    "UTF-16": ("<html><body><p>" + PARAGRAPHS[0] + "</p></body></html>").encode("utf-16"),
    "odd types in JSON-LD": b'<html><head><script type="application/ld+json">{"@type":["NewsArticle",{"a":1},null],"headline":{"x":[1]},"author":[[["x"]],{"name":{"name":{}}},3],'
    b'"datePublished":{"@value":[1]},"image":[{"url":[{}]},3,null],"keywords":{"a":1},"publisher":[[]],"articleSection":[{}],"articleBody":[1,2],"description":[[]],"url":{"@id":3},'
    b'"isAccessibleForFree":{}}</script></head><body><p>text</p></body></html>',
    "odd dates": b'<html><head><meta property="article:published_time" content="0000-99-99T99:99:99+99:99"><meta name="date" content="99999999999999999999">'
    b'<meta property="article:modified_time" content="2024-02-30"></head><body><time datetime="31/31/2024">99:99 32/13/2024</time></body></html>',
    "odd addresses": b'<html><head><base href="http://[::1"><link rel="canonical" href="http://[bad"><link rel="alternate" hreflang="x" href="javascript:1"></head>'
    b'<body><img src="http://[bad"><a href="http://[worse" rel="author">Someone Here</a></body></html>',
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("content_type", [None, "text/html; charset=nonsense", "text/html; charset=utf-16"])
def test_hard_bytes_get_a_verdict(name, content_type):
    begun = time.monotonic()
    extraction = extract(HARD[name], url=URL, content_type=content_type)
    assert time.monotonic() - begun < 10
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
    begun = time.monotonic()
    extraction = extract(html, url=URL)
    assert time.monotonic() - begun < 30
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
