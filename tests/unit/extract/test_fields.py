"""Each field from each place where pages keep it, in order of trust."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from archiver.extract import extract, extract_article
from archiver.model.article import Image
from archiver.model.site import Host, Profile, Scope, Site

from .pages import PARAGRAPHS, article_page

URL = "https://news.example/2024/05/03/a-story-1.html"
TITLE = "Harbour town opens its new library"


def _ld(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, **fields})}</script>'


def _read(*, url: str = URL, at: datetime | None = None, site: Site | None = None, **parts: object):
    article = extract(article_page(**parts), url=url, at=at, site=site).article  # type: ignore[arg-type]
    assert article is not None
    return article


@pytest.mark.parametrize(
    "title",
    [
        "{t} | Example News",
        "{t} - Example News",
        "{t} – Example News",
        "Example News: x | {t} | Example News",
        "{t} | World | Example News",
        "{t} :: news.example",
    ],
)
def test_the_sites_name_is_cut_from_the_title(title):
    shown = title.format(t=TITLE)
    html = article_page(head=f'<meta property="og:title" content="{shown}">')
    article = extract_article(html, url=URL)
    assert article is not None
    assert TITLE in article.title
    if not title.startswith("Example"):
        assert article.title == TITLE


def test_a_dash_of_the_headline_itself_stays():
    title = "Budget vote - a night in parliament"
    article = _read(title=title, head=f'<meta property="og:title" content="{title}">')
    assert article.title == title


@pytest.mark.parametrize(
    ("value", "expected", "precision"),
    [
        ("2024-05-03T10:20:30+07:00", datetime(2024, 5, 3, 10, 20, 30, tzinfo=timezone(timedelta(hours=7))), "second"),
        ("2024-05-03T10:20:30.123Z", datetime(2024, 5, 3, 10, 20, 30, tzinfo=UTC), "second"),
        ("2024-05-03T10:20+0200", datetime(2024, 5, 3, 10, 20, tzinfo=timezone(timedelta(hours=2))), "minute"),
        ("2024-05-03 10:20:30", datetime(2024, 5, 3, 10, 20, 30, tzinfo=UTC), "second"),
        ("2024-05-03", datetime(2024, 5, 3, tzinfo=UTC), "day"),
        ("20240503T102030Z", datetime(2024, 5, 3, 10, 20, 30, tzinfo=UTC), "second"),
        ("1714731630", datetime(2024, 5, 3, 10, 20, 30, tzinfo=UTC), "second"),
        ("Fri, 03 May 2024 10:20:30 GMT", datetime(2024, 5, 3, 10, 20, 30, tzinfo=UTC), "second"),
        ("May 3, 2024 10:20 PM", datetime(2024, 5, 3, 22, 20, tzinfo=UTC), "minute"),
    ],
)
@pytest.mark.parametrize("place", ["json-ld", "meta", "time", "microdata"])
def test_dates_in_the_places_made_for_them(value, expected, precision, place):
    parts = {
        "json-ld": {"head": _ld(datePublished=value)},
        "meta": {"head": f'<meta property="article:published_time" content="{value}">'},
        "time": {"above": f'<time datetime="{value}">then</time>'},
        "microdata": {"above": f'<span itemprop="datePublished" content="{value}">then</span>'},
    }[place]
    article = _read(url="https://news.example/a", **parts)
    assert article.published_at == expected
    assert article.published_precision == precision
    assert article.provenance["published_at"].origin == place or place == "microdata"


@pytest.mark.parametrize(
    ("shown", "expected", "precision"),
    [
        ("03/05/2024 10:20", datetime(2024, 5, 3, 10, 20), "minute"),
        ("03.05.2024, 10:20 Uhr", datetime(2024, 5, 3, 10, 20), "minute"),
        ("Thứ sáu, 03/05/2024 - 10:20", datetime(2024, 5, 3, 10, 20), "minute"),
        ("Publié le 3 mai 2024 à 10h20", datetime(2024, 5, 3, 10, 20), "minute"),
        ("Published: 3 May 2024", datetime(2024, 5, 3), "day"),
        ("2024年5月3日 10:20", datetime(2024, 5, 3, 10, 20), "minute"),
        ("10:20 | 03/05/2024", datetime(2024, 5, 3, 10, 20), "minute"),
    ],
)
def test_dates_as_readers_see_them_in_the_sites_zone(shown, expected, precision):
    site = Site(name="x", hosts=(Host("news.example"),), timezone="Asia/Ho_Chi_Minh")
    article = _read(url="https://news.example/a", above=f'<div class="date">{shown}</div>', site=site)
    assert article.published_at is not None
    assert article.published_at.replace(tzinfo=None) == expected
    assert article.published_at.utcoffset() == timedelta(hours=7)
    assert article.published_precision == precision


def test_a_day_is_refined_by_a_place_that_knows_the_minute():
    article = _read(head=_ld(datePublished="2024-05-03"), above='<time datetime="2024-05-03T10:20:00Z">x</time>')
    assert article.published_at == datetime(2024, 5, 3, 10, 20, tzinfo=UTC)


def test_the_pages_own_zone_stands_in_for_a_missing_one():
    article = _read(head=_ld(datePublished="2024-05-03T10:20:00", dateModified="2024-05-03T11:00:00+02:00"))
    assert article.published_at == datetime(2024, 5, 3, 10, 20, tzinfo=timezone(timedelta(hours=2)))
    assert article.modified_at == datetime(2024, 5, 3, 11, 0, tzinfo=timezone(timedelta(hours=2)))


def test_the_address_gives_the_day_where_nothing_else_does():
    article = _read()
    assert article.published_at == datetime(2024, 5, 3, tzinfo=UTC)
    assert article.published_precision == "day"
    assert article.provenance["published_at"].origin == "url"


def test_a_date_after_the_capture_is_not_believed():
    article = _read(
        url="https://news.example/a", head=_ld(datePublished="2031-01-01"), at=datetime(2024, 5, 4, tzinfo=UTC)
    )
    assert article.published_at is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("By Anna Berg", ("Anna Berg",)),
        ("Von Anna Berg und Jan Holm", ("Anna Berg", "Jan Holm")),
        ("Par Anna Berg et Jan Holm", ("Anna Berg", "Jan Holm")),
        ("Tác giả: Nguyễn Thị Sen", ("Nguyễn Thị Sen",)),
        ("Anna Berg, Jan Holm and Mia Lind", ("Anna Berg", "Jan Holm", "Mia Lind")),
        ("Anna Berg/AFP", ("Anna Berg", "AFP")),
        ("Anna Berg, dpa", ("Anna Berg", "dpa")),
        ("Dr. Anna-Maria von der Berg", ("Dr. Anna-Maria von der Berg",)),
        ("Dan Holm", ("Dan Holm",)),
        ("Anna Berg (Text), Jan Holm (Fotos)", ("Anna Berg", "Jan Holm")),
        ("https://news.example/authors/anna", ()),
    ],
)
@pytest.mark.parametrize("place", ["json-ld", "meta", "page"])
def test_authors_are_names(said, expected, place):
    parts = {
        "json-ld": {"head": _ld(author={"@type": "Person", "name": said})},
        "meta": {"head": f'<meta name="author" content="{said}">'},
        "page": {"above": f'<p class="byline">{said}</p>'},
    }[place]
    assert _read(**parts).authors == expected


def test_the_publisher_is_no_author_where_a_writer_is_named():
    article = _read(
        head=_ld(author={"@type": "Organization", "name": "Example News"}), above='<p class="author">By Anna Berg</p>'
    )
    assert article.authors == ("Anna Berg",)
    assert _read(head=_ld(author={"@type": "Organization", "name": "Example News"})).authors == ("Example News",)
    assert _read(head=_ld(author={"name": "Newsome Berg"})).authors == ("Newsome Berg",)


def test_a_signature_in_bold_under_the_text_is_the_writer_and_no_paragraph():
    article = _read(below='<p style="text-align:right"><strong>Nguyễn Thị Sen</strong></p>')
    assert article.authors == ("Nguyễn Thị Sen",)
    assert article.paragraphs == PARAGRAPHS


@pytest.mark.parametrize(
    "broken",
    [
        '{"@type":"NewsArticle","headline":"T","author":{"@type":"Person","name":"Anna Berg"},"datePublished":"2024-05-03T10:20:00Z",}',
        '{"@type":"NewsArticle","headline":"a\nline","author":{"name":"Anna Berg"},"datePublished":"2024-05-03T10:20:00Z"}',
        '<!-- {"@type":"NewsArticle","author":[{"name":"Anna Berg"}],"datePublished":"2024-05-03T10:20:00Z"} -->',
        '//<![CDATA[\n{"@type":"NewsArticle","author":{"name":"Anna Berg"},"datePublished":"2024-05-03T10:20:00Z"}\n//]]>',
        '{"@type":"NewsArticle","description":"He said "yes" to it","author":{"name":"Anna Berg"},"datePublished":"2024-05-03T10:20:00Z"}',
        '{"@type":"NewsArticle","author":{"name":"Anna Berg"},"datePublished":"2024-05-03T10:20:00Z","publisher":{"name":"Exam',
        '{"@type":"WebSite"}{"@type":"NewsArticle","author":{"name":"Anna Berg"},"datePublished":"2024-05-03T10:20:00Z"}',
        '{"@graph":[{"@type":"WebPage"},{"@type":["Article","NewsArticle"],"author":{"name":"Anna Berg"},"datePublished":"2024-05-03T10:20:00Z"}]}',
        '[{"@type":"BreadcrumbList"},{"@type":"http://schema.org/NewsArticle","author":["Anna Berg"],"datePublished":"2024-05-03T10:20:00Z"}]',
    ],
)
def test_json_ld_is_read_as_far_as_it_can_be(broken):
    article = _read(url="https://news.example/a", head=f'<script type="application/ld+json">{broken}</script>')
    assert article.authors == ("Anna Berg",)
    assert article.published_at == datetime(2024, 5, 3, 10, 20, tzinfo=UTC)


def test_another_articles_json_ld_is_not_taken_for_this_ones():
    other = _ld(url="https://news.example/other", headline="Another story altogether", author={"name": "Jan Holm"})
    mine = _ld(url=URL, author={"name": "Anna Berg"})
    article = _read(head=other + mine)
    assert (article.title, article.authors) == (TITLE, ("Anna Berg",))


@pytest.mark.parametrize(
    ("claim", "text", "expected"),
    [
        ("en", PARAGRAPHS, "en"),
        ("vi", PARAGRAPHS, "en"),
        ("en-GB", PARAGRAPHS, "en"),
        ("", PARAGRAPHS, "en"),
        (
            "en",
            tuple(
                f"{n} Thư viện mới của thành phố cảng mở cửa vào sáng thứ Hai và đến trưa đã có hơn hai nghìn người bước vào."
                for n in range(5)
            ),
            "vi",
        ),
        (
            "en",
            tuple(
                f"{n}、港口城市的新图书馆星期一开放，两千多人在中午以前走进了大门，市政府的发言人对记者说。"
                for n in range(5)
            ),
            "zh",
        ),
    ],
)
def test_language_is_the_texts_and_not_only_the_claim(claim, text, expected):
    article = _read(language=claim, paragraphs=text)
    assert article.language == expected
    assert article.provenance["language"].origin in {"meta", "text"}


def test_words_are_counted_in_scripts_without_spaces_too():
    text = tuple(
        f"{n}、港口城市的新图书馆星期一开放，两千多人在中午以前走进了大门，市政府的发言人对记者说。" for n in range(5)
    )
    assert 60 < _read(paragraphs=text).word_count < 150
    assert _read().word_count == sum(len(p.split()) for p in PARAGRAPHS)


def test_pictures_have_their_real_address_caption_and_credit():
    lazy = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    figures = (
        f'<figure><img src="{lazy}" data-src="/p/one.jpg" width="640"><figcaption>The hall. <span class="credit">(Photo: Jan Holm)</span></figcaption></figure>'
        f'<figure><img src="{lazy}" srcset="/p/two-s.jpg 320w, /p/two-l.jpg 1280w"><figcaption>The roof. Photo: Mia Lind</figcaption></figure>'
        '<figure><img src="https://cdn.example/three.jpg"></figure><img src="/icons/share-icon.png" width="20">'
    )
    images = _read(below=figures + f"<p>{PARAGRAPHS[0]} Again.</p>").images
    assert images == (
        Image("https://news.example/p/one.jpg", "The hall.", "Jan Holm"),
        Image("https://news.example/p/two-l.jpg", "The roof.", "Mia Lind"),
        Image("https://cdn.example/three.jpg", None, None),
    )


def test_captions_related_boxes_and_share_lines_are_no_paragraphs():
    extra = (
        "<figure><img src='/a.jpg'><figcaption>A caption that is long enough to look like a paragraph of its own, one would say.</figcaption></figure>"
        '<div class="article-relate"><h3>Related</h3><article><a href="/x">Ferry fares rise again in spring, the company says, and nobody likes it</a></article></div>'
        '<p><strong>Read more:</strong> <a href="/y">Bridge to close for a week</a></p>'
        '<div class="newsletter-signup"><p>Sign up for our newsletter and get the best stories of the week in your inbox every Friday.</p></div>'
        '<blockquote class="twitter-tweet"><p>What a day for our town, what a house, what a crowd, so proud of everyone!</p></blockquote>'
    )
    assert _read(
        below=extra + "<p>The library is open every day until ten in the evening, on Sundays until six.</p>"
    ).paragraphs == (
        *PARAGRAPHS,
        "The library is open every day until ten in the evening, on Sundays until six.",
    )


def test_headings_and_list_items_are_paragraphs():
    below = "<h2>What is planned</h2><ul><li>A reading club for people who work at night</li><li>Courses in four languages</li></ul><p>All of it is free, the city said, and nobody has to show a card at the door.</p>"
    assert _read(below=below).paragraphs[-4:] == (
        "What is planned",
        "A reading club for people who work at night",
        "Courses in four languages",
        "All of it is free, the city said, and nobody has to show a card at the door.",
    )


def test_the_lead_is_told_apart():
    lead = "Nine years after the fish market burned down, the harbour quarter has a house of its own again."
    for shown in (f'<p class="standfirst">{lead}</p>', f"<h2>{lead}</h2>", f'<div class="x"><p>{lead}</p></div>'):
        article = _read(above=shown)
        assert article.lead == lead
        assert article.paragraphs == PARAGRAPHS


def test_canonical_alternates_section_tags_publisher():
    head = (
        '<link rel="canonical" href="/a-story-1.html"><link rel="alternate" hreflang="vi" href="https://vi.news.example/1"><link rel="alternate" hreflang="fr-FR" href="https://fr.news.example/1">'
        '<link rel="alternate" hreflang="x-default" href="https://news.example/"><meta property="article:section" content="Culture"><meta property="article:tag" content="books">'
        '<meta property="article:tag" content="harbour">'
    )
    article = _read(head=head)
    assert article.canonical_url == "https://news.example/a-story-1.html"
    assert article.alternates == {"vi": "https://vi.news.example/1", "fr": "https://fr.news.example/1"}
    assert (article.section, article.tags, article.publisher) == ("Culture", ("books", "harbour"), "Example News")


def test_a_sites_profile_is_followed_for_its_days_only():
    site = Site(
        name="x",
        hosts=(Host("news.example", "en"),),
        scope=Scope(),
        profiles=(
            Profile(
                hosts=("news.example",),
                since=datetime(2024, 1, 1).date(),
                title=".t",
                lead=".l",
                body=".b",
                author=".who",
                date=".when",
                drop=(".bad",),
            ),
        ),
    )
    html = (
        '<html lang="en"><head><meta property="og:title" content="The other title of this page"></head><body><div class="t">The right title of this page</div><div class="l">The lead.</div>'
        f'<div class="who">By Anna Berg</div><div class="when">03/05/2024 10:20</div><div class="b"><p>{PARAGRAPHS[0]}</p><div class="bad"><p>{PARAGRAPHS[1]}</p></div><p>{PARAGRAPHS[2]}</p></div>'
        f'<div class="rest"><p>{PARAGRAPHS[3]}</p><p>{PARAGRAPHS[4]}</p><p>{PARAGRAPHS[3]} Twice.</p></div></body></html>'
    ).encode()
    now = extract(html, url="https://news.example/a", at=datetime(2024, 6, 1, tzinfo=UTC), site=site).article
    assert now is not None
    assert (now.title, now.lead, now.authors) == ("The right title of this page", "The lead.", ("Anna Berg",))
    assert now.paragraphs == (PARAGRAPHS[0], PARAGRAPHS[2])
    assert now.published_at == datetime(2024, 5, 3, 10, 20, tzinfo=UTC)
    before = extract(html, url="https://news.example/a", at=datetime(2023, 6, 1, tzinfo=UTC), site=site).article
    assert before is None or before.title == "The other title of this page"


def test_the_text_in_json_ld_stands_in_for_a_page_that_a_script_would_fill():
    body = "\n\n".join(PARAGRAPHS)
    html = (
        f'<html lang="en"><head><title>x</title>{_ld(articleBody=body)}</head><body><div id="root"></div></body></html>'
    )
    article = extract_article(html.encode(), url=URL)
    assert article is not None
    assert article.paragraphs == PARAGRAPHS
    assert article.provenance["text"].origin == "json-ld"
