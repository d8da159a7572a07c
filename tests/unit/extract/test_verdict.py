"""What a page really is, with the reason."""

from __future__ import annotations

import pytest

from archiver.extract import extract, extract_article
from archiver.model.capture import Verdict
from archiver.model.site import Host, Scope, Site

from .pages import PARAGRAPHS, article_page

URL = "https://news.example/a-story-1.html"
MENU = "<nav><a href='/'>Home</a><a href='/world'>World</a></nav>"


def _page(title: str, body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


BAD = {
    "cloudflare": (
        Verdict.BLOCKED,
        _page("Just a moment...", "<div id='cf-chl-widget'></div><p>Enable JavaScript and cookies to continue</p>"),
    ),
    "access denied": (
        Verdict.BLOCKED,
        _page(
            "Access Denied",
            "<h1>Access Denied</h1><p>You don't have permission to access this page on this server. Reference #18.2</p>",
        ),
    ),
    "captcha": (
        Verdict.BLOCKED,
        _page("news.example", "<p>Please verify you are a human</p><div class='px-captcha'></div>"),
    ),
    "challenge without words": (
        Verdict.BLOCKED,
        _page("news.example", "<script src='https://ct.captcha-delivery.com/c.js'></script>"),
    ),
    "consent": (
        Verdict.CONSENT,
        _page(
            "We value your privacy",
            "<h1>We value your privacy</h1><p>We and our 842 partners store and access information on a device, such as cookies.</p><button>Accept all</button>",
        ),
    ),
    "consent, German": (
        Verdict.CONSENT,
        _page(
            "Zustimmung",
            "<h2>Mit Werbung und Cookies nutzen</h2><p>Zustimmen und weiter: Besuchen Sie uns wie gewohnt mit Werbung und Tracking.</p>",
        ),
    ),
    "soft 404": (
        Verdict.SOFT_404,
        _page(
            "Page not found | Example News",
            MENU + "<h1>Page not found</h1><p>The page you are looking for may have moved. Try our search.</p>",
        ),
    ),
    "soft 404, Vietnamese": (
        Verdict.SOFT_404,
        _page(
            "Không tìm thấy trang", MENU + "<h1>Không tìm thấy trang</h1><p>Bài viết không tồn tại hoặc đã bị xóa.</p>"
        ),
    ),
    "soft 404, French": (
        Verdict.SOFT_404,
        _page("Page introuvable", MENU + "<h1>Oups</h1><p>Cette page n'existe pas ou plus.</p>"),
    ),
    "paywall": (
        Verdict.PAYWALL,
        _page(
            "A story",
            f"<article><h1>A story</h1><p>{PARAGRAPHS[0]}</p><div class='offer'><p>Subscribe to continue reading this article.</p></div></article>",
            '<meta property="og:type" content="article">',
        ),
    ),
    "paywall by JSON-LD": (
        Verdict.PAYWALL,
        _page(
            "A story",
            f"<article><h1>A story</h1><p>{PARAGRAPHS[0]}</p></article>",
            '<script type="application/ld+json">{"@type":"NewsArticle","headline":"A story","isAccessibleForFree":"False"}</script>',
        ),
    ),
    "empty": (Verdict.EMPTY, _page("", "<div id='root'></div><script src='/app.js'></script>")),
    "empty with a title": (Verdict.EMPTY, _page("Example News", "<div id='root'></div>")),
    "front": (
        Verdict.INDEX,
        _page(
            "Example News",
            "<main>"
            + "".join(
                f"<article><h2><a href='/{n}'>Headline number {n} of a long day</a></h2><p>What happened in short, number {n}.</p></article>"
                for n in range(12)
            )
            + "</main>",
            '<meta property="og:type" content="website">',
        ),
    ),
    "list of links": (
        Verdict.INDEX,
        _page(
            "World",
            "<h1>World</h1><ul>"
            + "".join(f"<li><a href='/{n}'>Headline number {n} of a long day</a></li>" for n in range(40))
            + "</ul>",
        ),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_pages_that_are_no_article(name):
    verdict, html = BAD[name]
    extraction = extract(html, url=URL)
    assert extraction.verdict is verdict, extraction.reason
    assert extraction.reason
    assert extraction.article is None
    assert extract_article(html, url=URL) is None


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ARTICLE),
        (None, Verdict.ARTICLE),
        (403, Verdict.BLOCKED),
        (429, Verdict.BLOCKED),
        (503, Verdict.BLOCKED),
        (402, Verdict.PAYWALL),
        (404, Verdict.ERROR),
        (410, Verdict.ERROR),
        (500, Verdict.ERROR),
        (302, Verdict.ERROR),
    ],
)
def test_the_status_is_believed_before_the_page(status, verdict):
    extraction = extract(article_page(), url=URL, status=status)
    assert extraction.verdict is verdict
    if verdict is not Verdict.ARTICLE:
        assert str(status) in extraction.reason


@pytest.mark.parametrize(
    ("content_type", "html"),
    [
        ("image/png", b"\x89PNG\r\n"),
        ("application/json", b'{"a":1}'),
        ("text/css", b"p { color: red }"),
        (None, b"%PDF-1.7 xyz"),
    ],
)
def test_what_is_no_html_is_an_error_that_names_it(content_type, html):
    extraction = extract(html, url=URL, content_type=content_type)
    assert extraction.verdict is Verdict.ERROR
    assert "no HTML" in extraction.reason


def test_html_under_a_wrong_content_type_is_read_all_the_same():
    assert extract(article_page(), url=URL, content_type="application/octet-stream").verdict is Verdict.ARTICLE
    assert extract(article_page(), url=URL, content_type="text/plain").verdict is Verdict.ARTICLE


def test_a_listing_by_the_site_file_is_an_index_whatever_it_says():
    site = Site(name="x", hosts=(Host("news.example"),), scope=Scope(listing=(r"^/topic/",)))
    assert extract(article_page(), url="https://news.example/topic/harbour", site=site).verdict is Verdict.INDEX
    assert extract(article_page(), url=URL, site=site).verdict is Verdict.ARTICLE


def test_an_article_about_errors_and_captchas_is_an_article():
    text = (
        "The page was not found, the visitors read, and access denied was all that the machine said to them that day.",
        *PARAGRAPHS,
    )
    for title in (
        "Why every 404 page tells a story",
        "Captcha: are you a robot?",
        "Page not found: the town that vanished from the map",
    ):
        extraction = extract(article_page(title=title, paragraphs=text * 2), url=URL)
        assert extraction.verdict is Verdict.ARTICLE, (title, extraction.reason)


def test_a_cookie_notice_on_an_article_does_not_hide_it():
    notice = "<div class='cookie-banner'><p>We value your privacy. Accept all cookies to support our journalism and to see fewer irrelevant advertisements.</p></div>"
    article = extract_article(article_page().replace(b"<header>", notice.encode() + b"<header>"), url=URL)
    assert article is not None
    assert article.paragraphs == PARAGRAPHS


def test_a_short_notice_that_says_it_is_an_article_is_one():
    page = article_page(
        paragraphs=("The ferry to the islands will not sail on Tuesday because of the wind.",),
        head='<script type="application/ld+json">{"@type":"NewsArticle","headline":"Harbour town opens its new library","datePublished":"2024-05-03"}</script>',
    )
    assert extract(page, url=URL).verdict is Verdict.ARTICLE
