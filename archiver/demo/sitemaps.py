"""Sitemaps and robots.txt: the newspaper's by month, the aggregator's by day, both with a news sitemap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape

from archiver.demo.article import ModelArticle
from archiver.demo.editions import SECTION_NAMES, TOPICS, VIETNAM, Edition
from archiver.demo.furniture import section_path
from archiver.demo.issue import Issue
from archiver.demo.moments import ZONE, iso, iso_utc
from archiver.demo.slugs import slug

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_IMAGE = "http://www.google.com/schemas/sitemap-image/1.1"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def newspaper_robots(edition: Edition) -> bytes:
    """CRLF line ends, and rules whose letter case matters."""
    return "\r\n".join(
        (
            "User-agent: *",
            "Disallow: /Api/",
            "Disallow: *Counter.aspx*",
            "Disallow: /Utilities/",
            "Disallow: */avatar.aspx*",
            "Disallow: /*_nif",
            "",
            f"Sitemap: {edition.origin}/sitemap.xml",
            "",
        )
    ).encode()


def aggregator_robots(host: str) -> bytes:
    """The aggregator's, with two Sitemap lines."""
    return (
        "User-Agent: *\nAllow: /\nDisallow: /api/\nDisallow: /search\n\n"
        f"Sitemap: https://{host}/sitemap.xml\nSitemap: https://{host}/news-sitemap.xml\n"
    ).encode()


def newspaper_sitemap(issue: Issue, edition: Edition, path: str) -> bytes | None:
    """The sitemap at a path of an edition, None where there is none."""
    if path == "/sitemap.xml":
        return _newspaper_index(issue, edition)
    if path == "/sitemaps/categories.xml":
        return _urlset(f"<url><loc>{edition.origin}{section_path(edition, name)}</loc></url>" for name in SECTION_NAMES)
    if path == "/sitemaps/topics.xml":
        names = ((slug(topic.names[edition.language]), topic.number) for topic in TOPICS)
        return _urlset(f"<url><loc>{edition.origin}/topic/{name}-{number}.vnp</loc></url>" for name, number in names)
    if path == "/sitemaps/google-news.xml":
        return _news(issue, issue.recent(edition), "VietnamPlus")
    for year, month in issue.months(edition):
        if path == f"/sitemaps/news-{year}-{month}.xml":
            return _month(issue, issue.in_month(edition, year, month))
    return None


def newspaper_sitemap_paths(issue: Issue, edition: Edition) -> list[str]:
    """The index's children."""
    months = [f"/sitemaps/news-{year}-{month}.xml" for year, month in issue.months(edition)]
    return [*months, "/sitemaps/categories.xml", "/sitemaps/topics.xml", "/sitemaps/google-news.xml"]


def aggregator_sitemap(issue: Issue, path: str) -> bytes | None:
    """The sitemap at a path of the aggregator, None where there is none. `sitemap-tag.xml` is refused elsewhere."""
    origin = VIETNAM[0].origin
    if path == "/sitemap.xml":
        return _index((f"{origin}{child}", issue.at) for child in aggregator_sitemap_paths(issue))
    if path == "/news-sitemap.xml":
        recent = [article for edition in VIETNAM for article in issue.recent(edition)]
        return _news(issue, recent, "Vietnam.vn")
    if path == "/sitemap/sitemap-category.xml":
        paths = [section_path(edition, section) for edition in VIETNAM for section in SECTION_NAMES]
        return _urlset(f"<url><loc>{origin}{name}</loc></url>" for name in paths)
    for day, articles in _days(issue).items():
        if path == f"/sitemap/sitemap-post/{day}.xml":
            return _urlset(
                f"<url><loc>{article.url}</loc><lastmod>{iso_utc(article.published_at)}</lastmod></url>"
                for article in articles
            )
    return None


def aggregator_sitemap_paths(issue: Issue) -> list[str]:
    """The index's children, the refused one among them."""
    posts = [f"/sitemap/sitemap-post/{day}.xml" for day in _days(issue)]
    return [*posts, "/sitemap/sitemap-category.xml", "/sitemap/sitemap-tag.xml"]


def _days(issue: Issue) -> dict[str, list[ModelArticle]]:
    days: dict[str, list[ModelArticle]] = {}
    copies = [article for edition in VIETNAM for article in issue.of(edition)]
    for article in sorted(copies, key=lambda article: article.published_at, reverse=True):
        days.setdefault(f"{article.published_at.astimezone(ZONE):%Y-%m-%d}", []).append(article)
    return days


def _newspaper_index(issue: Issue, edition: Edition) -> bytes:
    entries = []
    for child in newspaper_sitemap_paths(issue, edition):
        changes = [
            article.modified_at(issue.at) or article.published_at
            for article in issue.of(edition)
            if child == f"/sitemaps/news-{article.published_at.year}-{article.published_at.month}.xml"
        ]
        entries.append((f"{edition.origin}{child}", max(changes, default=issue.at)))
    return _index(entries)


def _index(entries: Iterable[tuple[str, datetime]]) -> bytes:
    inner = "\n".join(f"<sitemap><loc>{url}</loc><lastmod>{iso(at)}</lastmod></sitemap>" for url, at in entries)
    return f'{_HEAD}<sitemapindex xmlns="{_SITEMAP}">\n{inner}\n</sitemapindex>\n'.encode()


def _urlset(entries: Iterable[str], spaces: str = "") -> bytes:
    inner = "\n".join(entries)
    return f'{_HEAD}<urlset xmlns="{_SITEMAP}"{spaces}>\n{inner}\n</urlset>\n'.encode()


def _month(issue: Issue, articles: Iterable[ModelArticle]) -> bytes:
    """Image titles are CDATA escaped as text, as the real ones are."""
    return _urlset(
        (
            f"<url><loc>{article.url}</loc>"
            f"<lastmod>{iso(article.modified_at(issue.at) or article.published_at)}</lastmod>"
            f"<changefreq>daily</changefreq><image:image><image:loc>{article.pictures[0].url}</image:loc>"
            f"<image:title>&lt;![CDATA[{escape(article.telling(issue.at).title)}]]&gt;</image:title></image:image></url>"
            for article in articles
        ),
        f' xmlns:image="{_IMAGE}"',
    )


def _news(issue: Issue, articles: Iterable[ModelArticle], name: str) -> bytes:
    return _urlset(
        (
            f"<url><loc>{article.url}</loc><news:news><news:publication><news:name>{name}</news:name>"
            f"<news:language>{article.language}</news:language></news:publication>"
            f"<news:publication_date>{iso(article.published_at)}</news:publication_date>"
            f"<news:title><![CDATA[{article.telling(issue.at).title}]]></news:title></news:news></url>"
            for article in articles
        ),
        f' xmlns:news="{_NEWS}"',
    )
