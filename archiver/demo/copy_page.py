"""The aggregator's pages: copies of articles with the line that names the source, and the lists of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from archiver.demo.article import ModelArticle
from archiver.demo.editions import SECTION_NAMES, Edition
from archiver.demo.furniture import box, card, page, section_path, sidebar
from archiver.demo.issue import NEWEST, Issue
from archiver.demo.moments import iso_utc, shown, shown_day
from archiver.demo.words import WORDS


def copy_page(issue: Issue, article: ModelArticle) -> bytes:
    """A copy: the text, the source's address, blank lines and the empty comment box. The original's date is not told."""
    told = article.telling(issue.at)
    words = WORDS[article.language]
    picture = article.pictures[0]
    image = f"https://{article.edition.media_host}{picture.copied_path}"
    text = "\n".join(
        f"<h2>{escape(paragraph[3:])}</h2>" if paragraph.startswith("## ") else f"<p>{escape(paragraph)}</p>"
        for paragraph in told.paragraphs
    )
    others = [card(issue, other, number=place) for place, other in enumerate(issue.cards(article))]
    content = f"""<div class="main-col">
<div class="breadcrumb"><h2><a href="{section_path(article.edition, article.story.section)}">{escape(article.section_name)}</a></h2></div>
<article class="detail">
<h1 class="detail-title">{escape(told.title)}</h1>
<div class="detail-meta"><span class="detail-source">VietnamPlus</span> <span class="detail-date">{shown(article.published_at)}</span></div>
<div class="detail-content" id="detail-content">
<p class="detail-sapo"><strong>{escape(told.lead)}</strong></p>
<figure><img src="{image}" alt="{escape(picture.caption)}" width="640" height="360"><figcaption>{escape(picture.caption)} {escape(picture.credit)}</figcaption></figure>
{text}
<p>{words["source"]}{words["colon"]}<a href="{article.original}" target="_blank" rel="noopener">{article.original}</a></p>
<p>&nbsp;</p>
<p><br></p>
<div>&nbsp;</div>
<p> </p>
<div class="comment-box">{words["no_comments"]}</div>
</div>
</article>
{box(words["same_section"], others, kind="timeline")}
</div>
{sidebar(issue, article.edition, issue.newest(article))}"""
    return page(
        article.edition, "", title=f"{told.title} - Vietnam.vn", head=_metadata(issue, article), content=content
    )


def list_page(
    issue: Issue, edition: Edition, section: str | None, *, pages: tuple[int, int], cards: Sequence[ModelArticle]
) -> bytes:
    """The front page, or a category; `pages` are the number of this page and of the last."""
    number, last = pages
    name = WORDS[edition.language]["latest"] if section is None else SECTION_NAMES[section][edition.language]
    path = (edition.prefix or "/") if section is None else section_path(edition, section)
    parts = [card(issue, article, number=place + number) for place, article in enumerate(cards)]
    pager = " ".join(f'<a href="{path}?page={other}">{other}</a>' for other in range(1, last + 1)) if last > 1 else ""
    head = f'<link rel="canonical" href="{edition.origin}{path}">\n<meta property="og:type" content="website">\n'
    content = f'<div class="main-col"><h1>{escape(name)}</h1>{box(name, parts, kind="timeline")}<div class="pager">{pager}</div></div>'
    return page(
        edition,
        shown_day(issue.at, edition.language),
        title=f"{name} - Vietnam.vn",
        head=head,
        content=content + sidebar(issue, edition, issue.of(edition)[:NEWEST]),
    )


def _metadata(issue: Issue, article: ModelArticle) -> str:
    told = article.telling(issue.at)
    image = f"https://{article.edition.media_host}{article.pictures[0].copied_path}"
    lines = [
        f'<meta name="description" content="{escape(told.lead)}">',
        f'<link rel="canonical" href="{article.url}">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{escape(told.title)}">',
        f'<meta property="og:url" content="{article.url}">',
        f'<meta property="og:image" content="{image}">',
        '<meta property="og:site_name" content="Vietnam.vn">',
        f'<meta property="article:published_time" content="{iso_utc(article.published_at)}">',
    ]
    lines += [
        f'<link rel="alternate" hreflang="{code}" href="{url}">'
        for code, url in sorted(issue.editions_of(article).items())
    ]
    if article.data == "json-ld":
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": told.title,
            "url": article.url,
            "image": [image],
            "datePublished": iso_utc(article.published_at),
            "publisher": {"@type": "Organization", "name": "Vietnam.vn"},
        }
        text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
        lines.append(f'<script type="application/ld+json">{text}</script>')
    return "\n".join(lines) + "\n"
