"""What the addresses of a site's articles have in common."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.discover.shapes import article_rules, listing_rules, looks_like_section

HOST = "https://news.example"
SLUGS = [f"the-{word}-of-the-town-was-{word}ed" for word in ("mayor", "bridge", "river", "school", "market", "harbour")]


def urls(form: str) -> list[str]:
    return [HOST + form.format(slug=slug, id=900_000 + 7 * n, day=n + 1) for n, slug in enumerate(SLUGS)]


@pytest.mark.parametrize(
    ("form", "other"),
    [
        ("/{slug}-post{id}.vnp", "/topic/mayor-12.vnp"),
        ("/world/{slug}-{id}.html", "/world/"),
        ("/{slug}/{id}.vnp", "/thegioi.vnp"),
        ("/news/2026/11/0{day}/{slug}", "/news/2026/"),
        ("/2026/11/{slug}.html", "/2026/archive"),
        ("/news/articles/c0ffee{id}e", "/news/articles"),
        ("/{slug}", "/local-news"),
        ("/world/{slug}.html", "/world/index.html"),
    ],
)
def test_a_common_form_fits_all_articles_and_no_list(form: str, other: str) -> None:
    rules = article_rules(urls(form), lists=[HOST + other])
    assert rules
    assert all(any(re.search(rule, url.removeprefix(HOST)) for rule in rules) for url in urls(form))
    assert not any(re.search(rule, other) for rule in rules)


def test_two_forms_of_one_site_are_two_rules() -> None:
    rules = article_rules([*urls("/{slug}-post{id}.vnp"), *urls("/{slug}/{id}.vnp")])
    assert set(rules) == {r"-post\d{4,}\.vnp/?(?:\?|$)", r"/\d{4,}\.vnp/?(?:\?|$)"}


def test_a_year_at_the_end_of_a_few_slugs_is_no_id() -> None:
    articles = [*urls("/{slug}"), *(f"{HOST}/{slug}-again" for slug in SLUGS), f"{HOST}/{SLUGS[0]}-in-2026"]
    assert article_rules(articles) == (r"(?:-[^/?.-]+){3,}/?(?:\?|$)",)


def test_few_articles_or_no_common_form_give_no_rule() -> None:
    assert article_rules(urls("/{slug}")[:4]) == ()
    assert article_rules([f"{HOST}/{word}" for word in ("a", "b", "c", "d", "e", "f", "g")]) == ()
    assert article_rules(urls("/{slug}"), lists=[HOST + "/all-the-news-of-the-day"]) == ()


def test_sections_share_a_rule_where_no_article_fits_it_and_else_have_their_own() -> None:
    sections = [f"{HOST}/world/", f"{HOST}/sport/", f"{HOST}/"]
    together = listing_rules(sections, articles=urls("/{slug}-post{id}.vnp"))
    assert together[-1] == r"^/[\w-]+/?(?:\?|$)"
    apart = listing_rules(sections, articles=urls("/{slug}"))
    assert apart[-2:] == (r"^/sport/?(?:\?|$)", r"^/world/?(?:\?|$)")
    for rules in (together, apart):
        assert all(any(re.search(rule, path) for rule in rules) for path in ("/world/", "/world", "/sport?page=2"))


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/thegioi/", True),
        ("/kinh-te/bat-dong-san", True),
        ("/world.html", True),
        ("/", False),
        ("/the-mayor-of-the-town-was-mayored", False),
        ("/story-900123.html", False),
        ("/2026/11/24/", False),
        ("/search?q=", False),
        ("/a/b/c/d", False),
    ],
)
def test_a_section_is_told_by_its_short_address(path: str, is_one: bool) -> None:
    assert looks_like_section(HOST + path) is is_one


@given(st.lists(st.text(max_size=60), max_size=30), st.lists(st.text(max_size=30), max_size=10))
def test_whatever_the_addresses_the_rules_compile_and_spare_the_lists(found: list[str], lists: list[str]) -> None:
    articles, others = (
        [f"{HOST}/{text.replace('#', '').replace('[', '')}" for text in texts] for texts in (found, lists)
    )
    for rule in article_rules(articles, lists=others):
        assert not any(re.search(rule, url.removeprefix(HOST)) for url in others)
    for rule in listing_rules(others, articles=articles):
        re.compile(rule)
