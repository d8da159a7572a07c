"""Of whom a page took its text: every form in which pages say it, and what is no source."""

from __future__ import annotations

import json

import pytest

from archiver.extract import extract_article

from .pages import PARAGRAPHS, article_page

URL = "https://www.news.example/2024/05/03/a-story-1.html"
OTHER = "https://wire.other.example/stories/77"


def _source(
    *,
    head: str = "",
    below: str = "",
    ld: dict[str, object] | None = None,
    first: str | None = None,
    url: str = URL,
) -> tuple[str | None, str | None]:
    if ld is not None:
        head += f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **ld})}</script>'
    paragraphs = (first + PARAGRAPHS[0] if first else PARAGRAPHS[0], *PARAGRAPHS[1:])
    article = extract_article(article_page(head=head, below=below, paragraphs=paragraphs), url=url)
    assert article is not None
    assert (article.source_url is None) == ("source_url" not in article.provenance)
    assert (article.source_name is None) == ("source_name" not in article.provenance)
    return article.source_name, article.source_url


@pytest.mark.parametrize(
    ("ld", "name", "url"),
    [
        ({"isBasedOn": OTHER}, "wire.other.example", OTHER),
        (
            {"isBasedOn": [{"@type": "NewsArticle", "url": OTHER, "publisher": {"name": "Other Wire"}}]},
            "Other Wire",
            OTHER,
        ),
        ({"isBasedOnUrl": OTHER}, "wire.other.example", OTHER),
        ({"sourceOrganization": {"@type": "Organization", "name": "Other Wire"}}, "Other Wire", None),
        ({"creditText": "Reuters"}, "Reuters", None),
        ({"author": {"@type": "Organization", "name": "Reuters"}}, "Reuters", None),
        ({"isBasedOn": "https://img.news.example/an-older-story.html"}, None, None),
        ({"sourceOrganization": {"name": "Example News"}}, None, None),
        ({"publishingPrinciples": OTHER}, None, None),
        ({"isBasedOn": {"url": 7}, "creditText": {"x": 1}, "sourceOrganization": [[]]}, None, None),
    ],
)
def test_json_ld_names_the_source(ld, name, url):
    assert _source(ld=ld) == (name, url)


@pytest.mark.parametrize(
    ("head", "name", "url"),
    [
        (f'<link rel="syndication-source" href="{OTHER}">', "wire.other.example", OTHER),
        (f'<link rel="original" href="{OTHER}">', "wire.other.example", OTHER),
        (f'<meta name="syndication-source" content="{OTHER}">', "wire.other.example", OTHER),
        (f'<meta name="original-source" content="{OTHER}">', "wire.other.example", OTHER),
        (f'<link rel="canonical" href="{OTHER}">', "wire.other.example", OTHER),
        ('<meta name="source" content="来源：新华社">', "新华社", None),
        ('<meta name="article:source" content="Other Wire">', "Other Wire", None),
        (f'<meta name="dcterms.source" content="{OTHER}">', "wire.other.example", OTHER),
        ('<meta name="source" content="Example News online">', None, None),
        ('<link rel="canonical" href="https://m.news.example/2024/05/03/a-story-1.html">', None, None),
        ('<link rel="canonical" href="https://other.example/">', None, None),
        ('<link rel="original" href="javascript:alert(1)">', None, None),
    ],
)
def test_the_head_names_the_source(head, name, url):
    assert _source(head=head) == (name, url)


def test_hosts_of_one_house_under_a_shared_suffix_are_told_apart():
    elsewhere = '<link rel="canonical" href="https://www.other.co.uk/story-1">'
    assert _source(head=elsewhere, url="https://www.example.co.uk/story-1")[0] == "other.co.uk"
    own = '<link rel="canonical" href="https://amp.example.co.uk/story-1">'
    assert _source(head=own, url="https://www.example.co.uk/story-1") == (None, None)


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("LONDON, May 3 (Reuters) - ", "Reuters"),
        ("Hà Nội (TTXVN) - ", "TTXVN"),
        ("HANOI (VNA) – ", "VNA"),
        ("PARIS (AFP) — ", "AFP"),
        ("Berlin (dpa/lno) - ", "dpa/lno"),
        ("The mayor (AP style, he says) - ", None),
    ],
)
def test_a_dateline_names_the_agency_and_stays_in_the_text(first, name):
    assert _source(first=first) == (name, None)


@pytest.mark.parametrize(
    ("line", "name", "url"),
    [
        (f"来源：{OTHER}", "wire.other.example", OTHER),
        ("（来源：新华社）", "新华社", None),
        ("Nguồn： Báo Hải Cảng", "Báo Hải Cảng", None),
        (f"Source: Other Wire – {OTHER}", "Other Wire", OTHER),
        ("Source: Example News", None, None),
    ],
)
def test_the_source_line_is_read_with_any_colon(line, name, url):
    assert _source(below=f"<p>{line}</p>") == (name, url)


def test_what_stands_under_the_text_is_believed_before_the_head():
    head = '<link rel="canonical" href="https://third.example/story">'
    assert _source(head=head, below=f"<p>Source: {OTHER}</p>") == ("wire.other.example", OTHER)


def test_an_address_in_the_head_goes_with_the_agency_that_the_text_names():
    head = f'<link rel="canonical" href="{OTHER}">'
    assert _source(head=head, below="<p>(TTXVN/Vietnam+)</p>") == ("TTXVN/Vietnam+", OTHER)
