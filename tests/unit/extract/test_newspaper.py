"""Against the model newspaper, whose truth is known."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest

from archiver.demo import Newspaper
from archiver.demo.reply import DemoRequest
from archiver.extract import extract
from archiver.model.capture import Verdict
from archiver.model.site import Host, Profile, Site

SITE = Site(
    name="model",
    hosts=(
        Host("www.vietnamplus.vn", "vi"),
        Host("en.vietnamplus.vn", "en"),
        Host("fr.vietnamplus.vn", "fr"),
        Host("www.vietnam.vn"),
    ),
    timezone="Asia/Ho_Chi_Minh",
)
PROFILED = Site(
    name="model",
    hosts=SITE.hosts,
    timezone="Asia/Ho_Chi_Minh",
    profiles=(
        Profile(
            hosts=("www.vietnamplus.vn", "en.vietnamplus.vn", "fr.vietnamplus.vn"),
            title="h1.article__title, h1.details__headline",
            lead=".article__sapo, .details__summary",
            body="div.article__body, div.article-body",
            author=".cms-author",
            date="time",
            drop=(".article-relate", ".article__social", ".sda_middle", ".rennab"),
        ),
    ),
)


def _bytes(paper, url):
    parts = urlsplit(url)
    return paper.respond(DemoRequest("GET", parts.scheme, parts.hostname or "", parts.path, parts.query))


def _f1(one: str, other: str) -> float:
    a, b = (Counter(re.findall(r"\w+", text.lower())) for text in (one, other))
    return 2 * sum((a & b).values()) / (sum(a.values()) + sum(b.values()))


@pytest.fixture(scope="module")
def paper():
    return Newspaper()


@pytest.fixture(scope="module", params=[SITE, PROFILED], ids=["general", "profile"])
def read(request, paper):
    """(truth, extraction) of every article."""
    return [
        (truth, extract(_bytes(paper, truth.url).body, url=truth.url, at=paper.at, site=request.param))
        for truth in paper.articles()
    ]


def test_every_article_is_one(read):
    assert [(t.url, e.reason) for t, e in read if e.verdict is not Verdict.ARTICLE] == []


def test_titles_are_exact(read):
    wrong = [(t.title, e.article.title) for t, e in read if e.article.title != t.title]
    assert len(wrong) <= 0.01 * len(read), wrong[:5]


def test_bodies_say_what_was_written(read):
    scores = {t.url: _f1("\n".join(t.paragraphs), e.article.text) for t, e in read}
    assert sum(scores.values()) / len(scores) >= 0.98
    assert min(scores.values()) >= 0.9, min(scores, key=lambda url: scores[url])


def test_paragraphs_are_those_of_the_page_without_the_end_mark(read):
    wrong = [t.url for t, e in read if e.article.paragraphs != tuple(re.sub(r"\./\.$", ".", p) for p in t.paragraphs)]
    assert len(wrong) <= 0.02 * len(read), wrong[:5]


def test_leads_are_told_apart_from_the_text(read):
    wrong = [(t.url, e.article.lead) for t, e in read if e.article.lead != t.lead]
    assert len(wrong) <= 0.02 * len(read), wrong[:5]
    assert not [t.url for t, e in read if t.lead in e.article.text]


def test_dates_are_right_to_the_minute(read):
    wrong = [
        (t.url, e.article.published_at, t.published_at)
        for t, e in read
        if e.article.published_at is None or abs((e.article.published_at - t.published_at).total_seconds()) >= 60
    ]
    assert wrong == []
    assert [(t.url, e.article.modified_at) for t, e in read if e.article.modified_at != t.modified_at] == []


def test_authors_are_names(read):
    assert [(t.url, e.article.authors, t.authors) for t, e in read if e.article.authors != t.authors] == []


def test_copies_name_their_source(read):
    assert [(t.url, e.article.source_url) for t, e in read if e.article.source_url != t.source_url] == []
    assert any(t.source_url for t, _ in read)


def test_language_section_and_tags(read):
    for name in ("language", "section", "tags"):
        wrong = [(t.url, getattr(e.article, name)) for t, e in read if getattr(e.article, name) != getattr(t, name)]
        assert len(wrong) <= 0.01 * len(read), (name, wrong[:5])


def test_pictures_have_their_real_addresses_and_captions(read):
    wrong = [(t.url, e.article.images) for t, e in read if tuple(i.url for i in e.article.images) != t.images]
    assert len(wrong) <= 0.01 * len(read), wrong[:3]
    wrong = [
        (t.captions, e.article.images) for t, e in read if tuple(i.caption for i in e.article.images) != t.captions
    ]
    assert len(wrong) <= 0.02 * len(read), wrong[:3]


def test_editions_name_each_other(read):
    assert any(len(e.article.alternates) > 1 for _, e in read)
    for truth, extraction in read:
        if extraction.article.alternates:
            assert extraction.article.alternates[truth.language] == truth.url


def test_fronts_sections_and_dossiers_are_no_articles(paper):
    pages = paper.pages()
    found = {}
    for url in (*pages.listings, *pages.further):
        reply = _bytes(paper, url)
        if reply.status == 200:
            found[url] = extract(reply.body, url=url, at=paper.at)
    assert len(found) > 50
    assert {url: e.reason for url, e in found.items() if e.verdict is not Verdict.INDEX} == {}
