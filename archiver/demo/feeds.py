"""RSS 2.0 feeds of the newspaper's editions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from archiver.demo.article import ModelArticle
from archiver.demo.editions import SECTION_SLUGS, Edition
from archiver.demo.issue import Issue
from archiver.demo.moments import feed_date

NEWEST = 50


def feed_at(issue: Issue, edition: Edition, path: str, *, newest: int = NEWEST) -> bytes | None:
    """The feed at `/rss/home.rss` or `/rss/<section>.rss` with its `newest` entries, None where there is none."""
    if path == "/rss/home.rss":
        return _feed(issue, edition, "home", issue.of(edition)[:newest])
    for section, names in SECTION_SLUGS.items():
        name = names[edition.language]
        if path == f"/rss/{name}.rss":
            return _feed(issue, edition, name, issue.in_section(edition, section)[:newest])
    return None


def feed_paths(edition: Edition) -> list[str]:
    """Paths of all the edition's feeds."""
    return ["/rss/home.rss", *(f"/rss/{names[edition.language]}.rss" for names in SECTION_SLUGS.values())]


def _feed(issue: Issue, edition: Edition, name: str, articles: Sequence[ModelArticle]) -> bytes:
    changes = [article.modified_at(issue.at) or article.published_at for article in articles]
    built = f"<lastBuildDate>{feed_date(max(changes))}</lastBuildDate>\n" if changes else ""
    items = "\n".join(_item(issue, article) for article in articles)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(edition.name)} - {name}</title>
<link>{edition.origin}/</link>
<description>RSS {name}</description>
<language>{edition.language}</language>
<atom:link href="{edition.origin}/rss/{name}.rss" rel="self" type="application/rss+xml"/>
{built}{items}
</channel>
</rss>
""".encode()


def _item(issue: Issue, article: ModelArticle) -> str:
    told = article.telling(issue.at)
    picture = f'<a href="{article.url}"><img src="{article.pictures[0].small_url}"></a>'
    return f"""<item>
<title>{escape(told.title)}</title>
<link>{article.url}</link>
<guid isPermaLink="true">{article.url}</guid>
<description><![CDATA[{picture}{escape(told.lead)}]]></description>
<category>{escape(article.section_name)}</category>
<pubDate>{feed_date(article.published_at)}</pubDate>
</item>"""
