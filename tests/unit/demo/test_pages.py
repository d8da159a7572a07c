from __future__ import annotations

import json
import re
from collections import Counter
from html import escape, unescape
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest

from archiver.demo import EVENING, Newspaper
from archiver.demo.moments import iso, shown, shown_old

from .conftest import fetch, text_of

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
HOMES = ("https://www.vietnamplus.vn/", "https://en.vietnamplus.vn/", "https://fr.vietnamplus.vn/")
AGGREGATOR_HOMES = ("https://www.vietnam.vn/", "https://www.vietnam.vn/en", "https://www.vietnam.vn/fr")
SEED_COPY = "https://www.vietnam.vn/fr/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au"


def _locations(newspaper, url):
    root = ET.fromstring(fetch(newspaper, url).body)
    return [place.text for place in root.iter(f"{SITEMAP}loc")]


def _all_in_sitemaps(newspaper, origin):
    found = []
    for child in _locations(newspaper, f"{origin}/sitemap.xml"):
        if fetch(newspaper, child).status == 200:
            found += _locations(newspaper, child)
    return set(found)


@pytest.mark.parametrize("fixture", ["morning", "evening"])
def test_every_article_is_in_a_sitemap(fixture, request):
    newspaper = request.getfixturevalue(fixture)
    listed = set()
    for home in (*HOMES, AGGREGATOR_HOMES[0]):
        listed |= _all_in_sitemaps(newspaper, home.rstrip("/"))
    assert {article.url for article in newspaper.articles()} <= listed
    assert not set(newspaper.withdrawn()) & listed


def test_every_article_is_reached_by_links(morning):
    """From the front pages, over lists and articles, without search, feeds or sitemaps."""
    waiting, seen = [*HOMES, *AGGREGATOR_HOMES], set()
    hosts = {urlsplit(home).netloc for home in waiting}
    while waiting:
        url = waiting.pop()
        reply = fetch(morning, url)
        assert reply.status == 200, url
        for found in re.findall(r'<a [^>]*href="([^"]+)"', reply.body.decode()):
            address = urljoin(url, unescape(found)).split("#")[0].split("?utm_")[0]
            if urlsplit(address).netloc in hosts and address not in seen:
                seen.add(address)
                waiting.append(address)
    assert {article.url for article in morning.articles()} - seen == set()


def test_each_page_shows_what_the_truth_says(evening):
    for article in evening.articles():
        page = text_of(evening, article.url)
        for part in (
            article.title,
            article.lead,
            *article.paragraphs,
            *article.authors,
            *article.captions,
            *article.tags,
        ):
            assert escape(part) in page, (article.url, part)
        dates = {"old": shown_old}.get(article.template, shown)
        assert dates(article.published_at) in page
        assert f'<html lang="{article.language}">' in page
        if article.modified_at is not None:
            assert f'modified_time" content="{iso(article.modified_at)}"' in page


def test_requisites_of_every_page_are_served(morning):
    requisites = morning.pages().requisites
    assert {image for article in morning.articles() for image in article.images} <= set(requisites)
    for url in requisites[::6]:
        assert fetch(morning, url).status == 200, url
    page = text_of(morning, "https://www.vietnamplus.vn/")
    for name in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page):
        assert f"https://www.vietnamplus.vn{name}" in requisites


def test_most_pages_stay_as_they_are_and_say_when_they_change(morning, evening):
    """A page that changes under an unchanged Last-Modified would make an honest archiver lose a version."""
    same, moved = set(), set()
    texts = {article.url: article for article in evening.articles()}
    for article in morning.articles():
        before, after = fetch(morning, article.url), fetch(evening, article.url)
        if before.body == after.body:
            same.add(article.url)
        elif after.status == 200:
            moved.add(article.url)
            assert after.last_modified is None or after.last_modified > before.last_modified, article.url
    assert len(same) > 60
    assert len([url for url in moved if texts[url].modified_at is None]) > 30


def test_json_ld_is_on_most_pages_absent_on_some_and_broken_on_one(morning):
    kinds = Counter()
    for article in morning.articles():
        found = re.search(
            r'<script type="application/ld\+json">(.*?)</script>', text_of(morning, article.url), re.DOTALL
        )
        if found is None:
            kinds["absent"] += 1
            continue
        try:
            data = json.loads(found[1])
        except ValueError:
            kinds["broken"] += 1
        else:
            kinds["sound"] += 1
            assert data["headline"] == article.title
    assert kinds["broken"] == 1
    assert kinds["absent"] > 10
    assert kinds["sound"] > 120


def test_editions_name_each_other(morning):
    page = text_of(
        morning, "https://www.vietnamplus.vn/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au-post1073489.vnp"
    )
    alternates = dict(re.findall(r'hreflang="(\w+)" href="([^"]+)"', page))
    assert set(alternates) == {"vi", "en", "fr"}
    for code, url in alternates.items():
        told = text_of(morning, url)
        assert f'hreflang="{code}" href="{url}"' in told


def test_current_template_has_its_classes(morning):
    article = next(a for a in morning.articles() if a.template == "current" and len(a.captions) == 2)
    page = text_of(morning, article.url)
    for mark in (
        '<h1 class="article__title cms-title">',
        'class="article__sapo cms-desc"',
        '<div class="article__body zce-content-body cms-body" itemprop="articleBody">',
        '<time class="time" datetime="',
        '<span class="author cms-author">',
        '<div class="article__source">',
        '<div class="article__tag">',
        '<div class="breadcrumb breadcrumb-detail">',
        '<div class="article__avatar">',
        '<div class="article__social">',
        'class="article-relate"',
        'class="sda_middle"',
        'src="data:image/gif;base64,',
        "data-photo-original-src=",
    ):
        assert mark in page, mark


def test_old_template_has_teasers_longer_than_the_lead(morning):
    old = [article for article in morning.articles() if article.template == "old"]
    assert {article.language for article in old} == {"vi", "en", "fr"}
    for article in old:
        page = text_of(morning, article.url)
        assert 'class="content article-body cms-body AdAsia"' in page
        assert "article__body" not in page
        assert re.search(r"/\d+\.vnp$", article.url)
    assert any('<div class="teaser">' in text_of(morning, article.url) for article in old)


def test_some_articles_have_no_paragraph_tags(morning):
    bare = [article for article in morning.articles() if article.template == "justify"]
    assert bare
    for article in bare:
        page = text_of(morning, article.url)
        inner = page.split('<div align="justify">')[1].split("</div>")[0]
        assert "<p" not in inner
        assert [escape(part) for part in article.paragraphs] == re.split(r"<br><br>\n", inner)


def test_seed_copy_ends_as_the_document_does(morning):
    page = text_of(morning, SEED_COPY)
    text = re.sub(r"<[^>]+>", "", page.split('<div class="detail-content"')[1].split("</article>")[0])
    lines = [unescape(line).strip() for line in text.strip().splitlines()]
    source = "Source : https://www.vietnamplus.vn/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au-post1073489.vnp"
    at = lines.index(source)
    assert lines[-1] == "Comment (0)"
    assert set(lines[at + 1 : -1]) == {""}
    assert len(lines[at + 1 : -1]) >= 3


def test_copies_name_their_source_in_their_language_and_no_original_date(morning):
    tails = {"vi": ("Nguồn: ", "Bình luận (0)"), "en": ("Source: ", "Comment (0)"), "fr": ("Source : ", "Comment (0)")}
    originals = {article.url: article for article in morning.articles()}
    for article in morning.articles():
        if article.source_url is not None:
            page = text_of(morning, article.url)
            source, comments = tails[article.language]
            assert re.sub(r"<[^>]+>", "", page).count(f"{source}{article.source_url}") == 1
            assert comments in page
            assert shown(originals[article.source_url].published_at) not in page.split('class="timeline"')[0]


def test_withdrawn_articles_are_gone_and_on_no_list(evening):
    statuses = set()
    fronts = evening.pages().listings
    lists = "".join(text_of(evening, url) for url in fronts)
    for url in evening.withdrawn():
        statuses.add(fetch(evening, url).status)
        assert f'href="{urlsplit(url).path}"' not in lists
    assert statuses == {404, 410}


def test_every_listed_address_answers(evening):
    pages = evening.pages()
    assert fetch(evening, "https://www.vietnam.vn/sitemap/sitemap-tag.xml").status == 403
    for url in (*pages.listings, *pages.further[::7], *pages.sources):
        assert fetch(evening, url).status == (403 if url.endswith("sitemap-tag.xml") else 200), url


def test_feed_has_the_fifty_newest(morning):
    root = ET.fromstring(fetch(morning, "https://www.vietnamplus.vn/rss/home.rss").body)
    links = [item.findtext("link") for item in root.iter("item")]
    newest = [article.url for article in morning.articles() if article.host == "www.vietnamplus.vn"]
    assert links == newest[:50]


def test_news_sitemap_has_the_recent_ones(evening):
    recent = set(_locations(evening, "https://en.vietnamplus.vn/sitemaps/google-news.xml"))
    assert recent
    expected = {
        article.url
        for article in evening.articles()
        if article.host == "en.vietnamplus.vn" and (EVENING - article.published_at).total_seconds() <= 48 * 3600
    }
    assert recent == expected


def test_sitemaps_keep_their_oddities(morning):
    assert fetch(morning, "https://www.vietnamplus.vn/sitemaps/news-2026-9.xml").status == 200
    assert fetch(morning, "https://www.vietnamplus.vn/sitemaps/news-2026-09.xml").status == 404
    assert "&lt;![CDATA[" in text_of(morning, "https://www.vietnamplus.vn/sitemaps/news-2026-10.xml")
    assert "<news:title><![CDATA[" in text_of(morning, "https://www.vietnamplus.vn/sitemaps/google-news.xml")


def test_robots_has_crlf_and_a_sitemap(morning):
    robots = fetch(morning, "https://fr.vietnamplus.vn/robots.txt").body
    assert robots.count(b"\n") == robots.count(b"\r\n")
    assert b"Disallow: /Api/\r\n" in robots
    assert b"Sitemap: https://fr.vietnamplus.vn/sitemap.xml\r\n" in robots


def test_some_links_carry_a_fragment_or_a_campaign(morning):
    lists = "".join(text_of(morning, url) for url in morning.pages().listings)
    assert "#google_vignette" in lists
    tracked = re.search(r'href="(/[^"]+\?utm_source=[^"]+)"', lists)
    assert tracked is not None
    assert "#google_vignette" in text_of(morning, "https://www.vietnamplus.vn/")


def test_sections_are_paged(morning):
    second = [url for url in morning.pages().further if "/?page=2" in url]
    assert {urlsplit(url).netloc for url in second} >= {urlsplit(home).netloc for home in HOMES}
    for url in second:
        front = url.removesuffix("?page=2")
        assert "?page=2" in text_of(morning, front)
        assert text_of(morning, url) != text_of(morning, front)
        assert fetch(morning, f"{front}?page=99").status == 404


def test_see_more_fetches_a_fragment(morning):
    more = text_of(morning, "https://en.vietnamplus.vn/api/get-zone?page=1&zone=438&type=zone&size=3")
    assert more.count("<article") == 3
    assert "<html" not in more
    assert "<article" not in text_of(morning, "https://en.vietnamplus.vn/api/get-zone?page=9&zone=438&size=30")


def test_search_finds_titles(morning):
    page = text_of(morning, "https://www.vietnamplus.vn/search.vnp?q=an+ninh+%C3%A1+%C3%A2u")
    assert "-post1073489.vnp" in page


def test_a_wrong_slug_is_redirected(morning):
    reply = fetch(morning, "https://www.vietnamplus.vn/old-words-post1073489.vnp")
    assert reply.status == 301
    assert dict(reply.headers)["Location"].endswith(
        "/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au-post1073489.vnp"
    )


def test_same_seed_and_moment_give_the_same_bytes(morning):
    again = Newspaper()
    pages = again.pages()
    assert pages == morning.pages()
    for url in (*pages.articles[::3], *pages.listings, *pages.sources):
        assert fetch(again, url).body == fetch(morning, url).body
