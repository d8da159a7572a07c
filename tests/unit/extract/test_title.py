"""Which of a page's titles is believed, and what is cut from it."""

from __future__ import annotations

import json

import pytest

from archiver.extract import extract_article

from .pages import PARAGRAPHS

URL = "https://news.example/2024/05/03/a-story-1.html"
H1 = "Harbour town opens its new library after nine years"
SHARED = "Nine years after the fire, the harbour has a library again"
SEO = "Library opening: harbour town, hours, address, tickets"


def _page(
    *,
    h1: str | None = H1,
    og: str | None = None,
    twitter: str | None = None,
    title: str | None = None,
    ld: dict[str, object] | None = None,
    head: str = "",
    site: str = "Example News",
) -> bytes:
    parts = [f'<meta property="og:site_name" content="{site}">', head]
    if title is not None:
        parts.append(f"<title>{title}</title>")
    if og is not None:
        parts.append(f'<meta property="og:title" content="{og}">')
    if twitter is not None:
        parts.append(f'<meta name="twitter:title" content="{twitter}">')
    if ld is not None:
        parts.append(f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **ld})}</script>')
    top = f"<h1>{h1}</h1>" if h1 is not None else ""
    text = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    return f"<html><head><meta charset=utf-8>{''.join(parts)}</head><body><article>{top}<div>{text}</div></article></body></html>".encode()


def _title(url: str = URL, **parts: object) -> str | None:
    article = extract_article(_page(**parts), url=url)  # type: ignore[arg-type]
    assert article is not None
    return article.title


def test_the_title_that_is_shared_and_shown_beats_the_one_for_search_engines():
    assert _title(h1=H1, og=H1, title=f"{SEO} | Example News", ld={"headline": SEO}) == H1


def test_the_editors_title_to_share_beats_a_template_that_fills_all_else_from_one_field():
    assert _title(h1=H1, og=SHARED, twitter=SHARED, title=H1, ld={"headline": H1}) == SHARED


def test_a_title_to_share_that_is_alone_against_all_others_is_not_believed():
    assert _title(h1=H1, og=SHARED, twitter=H1, title=f"{H1} | Example News", ld={"headline": H1}) == H1


def test_a_title_to_share_that_has_no_word_of_the_others_is_not_believed():
    assert _title(h1=H1, og="Welcome", title=f"{H1} | Example News", ld={"headline": H1}) == H1


def test_the_sites_name_is_no_title():
    assert _title(h1=H1, og="Example News", title="Example News") == H1
    assert _title(h1=None, og="Example News", ld={"headline": H1}) == H1


def test_a_title_to_share_that_microdata_and_json_ld_contradict_is_not_believed():
    marked = f'{H1}</h1><h1 itemprop="headline">{H1}'
    assert _title(h1=H1, og=SHARED, title=H1, ld={"headline": H1}) == SHARED
    assert _title(h1=marked, og=SHARED, twitter=SHARED, title=H1, ld={"headline": H1}) == H1


def test_a_title_to_share_that_is_only_the_one_for_search_engines_gives_way_to_the_headline():
    assert _title(h1=H1, og=SEO, twitter=SEO, title=f"{SEO} | Example News", ld={"headline": H1}) == H1
    named = {"headline": H1, "name": SEO}
    assert _title(h1=H1, og=SEO, twitter=SEO, title=f"{SEO} | Example News", ld=named) == SEO


def test_where_sharing_data_and_page_each_say_something_else_readers_title_is_taken():
    assert _title(h1=H1, og=SHARED, twitter=SEO, title=SEO, ld={"headline": SEO}) == H1
    assert _title(h1=H1, og=SHARED, twitter=SHARED, title=SEO, ld={"headline": SEO}) == SHARED


def test_a_headline_that_json_ld_gives_twice_is_believed_against_one_title_in_all_else():
    twice = {"headline": SHARED, "alternativeHeadline": SHARED}
    assert _title(h1=H1, og=H1, twitter=H1, title=H1, ld=twice) == SHARED
    assert _title(h1=H1, og=H1, title=H1, ld={"headline": SHARED, "alternativeHeadline": H1}) == H1
    longer = {"headline": f"Culture: {H1}", "alternativeHeadline": f"Culture: {H1}"}
    assert _title(h1=H1, og=H1, title=H1, ld=longer) == H1


def test_a_name_in_json_ld_without_a_headline_is_said_once():
    assert _title(h1=H1, og=H1, title=H1, ld={"name": SHARED}) == H1


def test_the_title_that_meta_gives_bare_shows_where_the_section_begins():
    head = f'<meta name="title" content="{H1}">'
    assert _title(h1=None, og=f"{H1} - Town and Country", title=f"{H1} - Town and Country", head=head) == H1
    site = '<meta name="title" content="Example News">'
    assert _title(h1=None, og=f"Example News - {H1}", title="Example News", head=site) == H1


def test_json_ld_is_believed_against_what_is_shown_where_the_address_spells_it():
    spelt = "https://news.example/article77/library-opening-harbour-town-hours-address-tickets.html"
    assert _title(url=spelt, h1=H1, og=H1, title=H1, ld={"headline": SEO}) == SEO
    assert _title(h1=H1, og=H1, title=H1, ld={"headline": SEO}) == H1


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Für Nürnbergs Märkte wird es ernst", "fuer-nuernbergs-maerkte-wird-es-ernst-12"),
        ("Für Nürnbergs Märkte wird es ernst", "fur-nurnbergs-markte-wird-es-ernst"),
        ("Đồng bằng chuẩn bị đón đợt lũ muộn", "dong-bang-chuan-bi-don-dot-lu-muon-post123.vnp"),
        ("L’été s’achève à Saint-Étienne", "l-ete-s-acheve-a-saint-etienne_77.html"),
        ("Ærlig tale om åpne dører på Røst", "aerlig-tale-om-apne-dorer-pa-rost"),
    ],
)
def test_addresses_spell_titles_without_accents(headline, slug):
    read = _title(url=f"https://news.example/{slug}", h1=H1, og=H1, ld={"headline": headline})
    assert read == headline


def test_a_title_cut_short_gives_way_to_the_whole():
    assert _title(h1=H1, og="Harbour town opens its new…", ld={"headline": H1}) == H1
    assert _title(h1=H1, og=H1, ld={"headline": "Harbour town opens its new ..."}) == H1


def test_a_title_cut_at_a_quotation_mark_gives_way_to_the_whole():
    whole = 'Harbour town opens its "house of the winds" to all'
    assert _title(h1=whole, og='Harbour town opens its "house of the winds" to all', title=whole) == whole


@pytest.mark.parametrize(
    "suffix",
    [
        " | Example News",
        " - Example News",
        " * Example News * by Ann Writer",
        "｜Example News",
        " – Example News – 03.05.2024",
    ],
)
def test_site_section_and_writer_after_the_title_are_cut(suffix):
    assert _title(h1=H1, og=H1 + suffix, title=H1 + suffix) == H1
    assert _title(h1=None, og=H1 + suffix, ld={"headline": H1}) == H1


def test_the_suffix_is_cut_also_where_the_page_writes_its_quotes_in_another_way():
    title = "Harbour town's library is 'nobody's toy'"
    assert _title(h1="Harbour town’s library is ‘nobody’s toy’", og=f"{title} | Example News | by Ann Writer") == title


def test_a_section_before_a_bar_is_cut():
    assert _title(h1=H1, og=f"City | {H1}", ld={"headline": H1}) == H1


def test_sections_and_names_without_spaces_around_the_hyphen_are_cut():
    title = "새 도서관이 항구에 문을 열었다, 화재 이후 아홉 해"
    html = _page(
        h1=None, og=f"{title}-문화ㅣ보기신문", site="보기신문", head='<meta property="article:section" content="문화">'
    )
    article = extract_article(html, url=URL)
    assert article is not None
    assert article.title == title


def test_entities_that_were_escaped_twice_are_resolved():
    assert _title(h1=None, og="Bread &amp;amp; butter for the harbour&amp;#39;s library") == (
        "Bread & butter for the harbour's library"
    )


def test_the_word_above_the_headline_is_no_part_of_it():
    h1 = '<span class="article__kicker">Culture</span><span>Harbour town opens</span><br>its new library'
    assert _title(h1=h1) == "Harbour town opens its new library"


def test_of_several_headings_the_one_that_the_head_names_is_taken():
    page = _page(h1="Example News of the Harbour</h1><h1>" + H1, title=f"{H1} | Example News")
    article = extract_article(page, url=URL)
    assert article is not None
    assert article.title == H1


def test_microdata_names_the_headline():
    html = _page(h1=None).replace(
        b"<article>", b'<article><div class="t" itemprop="headline">' + H1.encode() + b"</div>"
    )
    article = extract_article(html, url=URL)
    assert article is not None
    assert article.title == H1


def test_agreement_makes_a_title_surer():
    def sure(**parts: object) -> float:
        article = extract_article(_page(**parts), url=URL)  # type: ignore[arg-type]
        assert article is not None
        return article.provenance["title"].confidence

    assert sure(og=H1, title=H1, ld={"headline": H1}) > sure(og=SHARED, title=H1, ld={"headline": H1})


@pytest.mark.parametrize("suffix", ["_海港日报网", "-海港网", " - Example News", ": Nachrichten aus dem Hafen"])
def test_without_a_heading_the_line_of_the_page_that_its_title_begins_with_is_the_headline(suffix):
    line = "港口新图书馆九年之后重新开放" if "网" in suffix else H1
    page = _page(h1=None, title=line + suffix).replace(b"<article>", f"<article><div class=line>{line}</div>".encode())
    article = extract_article(page, url=URL)
    assert article is not None
    assert article.title == line
