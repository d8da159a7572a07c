"""Key words: which list is believed, what of it is the CMS's own, and the tags that only the page shows."""

from __future__ import annotations

import json

from archiver.extract import extract_article

from .pages import article_page

URL = "https://news.example/2024/05/03/a-story-1.html"


def _tags(
    *, head: str = "", below: str = "", ld: dict[str, object] | None = None
) -> tuple[tuple[str, ...], str | None]:
    if ld is not None:
        head += f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **ld})}</script>'
    article = extract_article(article_page(head=head, below=below), url=URL)
    assert article is not None
    source = article.provenance.get("tags")
    return article.tags, source.origin if source else None


def test_json_ld_is_believed_before_meta():
    head = '<meta name="keywords" content="library, town">'
    assert _tags(head=head, ld={"keywords": ["books", "harbour"]}) == (("books", "harbour"), "json-ld")


def test_one_article_tag_beside_a_list_of_key_words_is_its_section():
    head = '<meta property="article:tag" content="Culture"><meta name="keywords" content="books, harbour">'
    assert _tags(head=head) == (("books", "harbour"), "meta")
    assert _tags(head='<meta property="article:tag" content="Culture">') == (("Culture",), "meta")


def test_key_words_that_a_template_has_joined_give_way_to_the_same_in_parts():
    head = '<meta name="news_keywords" content="open house, books, harbour">'
    assert _tags(head=head, ld={"keywords": ["books open house harbour"]})[0] == ("open house", "books", "harbour")


def test_commas_without_spaces_part_key_words_and_names_with_a_comma_stay():
    head = "".join(
        f'<meta property="article:tag" content="{c}">' for c in ("Kitchen,Life hacks,Cleaning", "Ann Lee, CFP")
    )
    assert _tags(head=head)[0] == ("Kitchen", "Life hacks", "Cleaning", "Ann Lee, CFP")


def test_words_of_scripts_without_spaces_are_parted_by_them():
    assert _tags(head='<meta name="keywords" content="深空探测 探月工程 航天技术">')[0] == (
        "深空探测",
        "探月工程",
        "航天技术",
    )


def test_what_a_cms_notes_for_itself_is_no_tag():
    noted = ["98be933f-38cf-4fba-b6c6-ad438e82010a", "NLP Category: Business", "source:tagname:Wire", "news.example"]
    assert _tags(ld={"keywords": [*noted, "harbour", "C++: the language"]})[0] == ("harbour", "C++: the language")


def test_key_words_that_name_the_site_are_those_of_all_its_pages():
    head = '<meta name="keywords" content="Example News, politics, sport, weather">'
    assert _tags(head=head) == ((), None)
    shown = '<ul class="article-tags"><li><a href="/tag/books">Books</a></li><li><a href="/tag/harbour">Harbour</a></li></ul>'
    assert _tags(head=head, below=shown) == (("Books", "Harbour"), "page")


def test_what_only_repeats_the_section_gives_way_to_shown_tags():
    shown = '<div class="tagList"><a href="/t/books">Books</a></div>'
    ld = {"keywords": ["Culture"], "articleSection": "Culture"}
    assert _tags(ld=ld, below=shown)[0] == ("Books",)
    assert _tags(ld=ld)[0] == ("Culture",)


def test_links_marked_as_tags_are_tags():
    assert _tags(below='<p>In: <a rel="category tag" href="/x">Harbour</a></p>') == (("Harbour",), "page")


def test_links_to_tags_in_a_list_of_the_article_are_tags():
    shown = (
        '<ul class="flex"><li><a href="/topic/books">Books</a></li><li><a href="/topic/harbour">Harbour</a></li></ul>'
    )
    assert _tags(below=shown)[0] == ("Books", "Harbour")


def test_links_in_the_text_and_in_menus_are_no_tags():
    menu = '<nav class="tags"><a href="/tag/world">World</a></nav>'
    skip = '<div class="topics"><a href="#next">Skip the topics</a></div>'
    assert _tags(below=f'{menu}{skip}<p class="tags">See <a href="/tag/books">books</a>.</p>') == ((), None)
