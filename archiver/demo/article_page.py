"""The page of an article in the current template, with its metadata. Classes as news sites of this family use them."""

from __future__ import annotations

import json
from html import escape

from archiver.demo.article import ModelArticle
from archiver.demo.furniture import BLANK, advert, box, card, page, section_path, sidebar
from archiver.demo.issue import Issue
from archiver.demo.moments import iso, shown, shown_day
from archiver.demo.pictures import Picture
from archiver.demo.slugs import slug
from archiver.demo.words import WORDS


def article_page(issue: Issue, article: ModelArticle) -> bytes:
    """The whole page as it reads at the issue's moment."""
    told = article.telling(issue.at)
    words = WORDS[article.language]
    others = [card(issue, other, number=place + article.post_id) for place, other in enumerate(issue.cards(article))]
    lead_tag = "div" if article.post_id % 2 else "h2"
    content = f"""<div class="main-col">
<div class="breadcrumb breadcrumb-detail"><h2 class="main"><a href="{section_path(article.edition, article.story.section)}">{escape(article.section_name)}</a></h2></div>
<article class="article" id="article-{article.post_id}">
<h1 class="article__title cms-title">{escape(told.title)}</h1>
<div class="article__meta"><span class="author cms-author">{escape(article.author or "")}</span>
<time class="time" datetime="{iso(article.published_at)}">{shown(article.published_at)}</time>
<a class="print" rel="nofollow" href="/Utilities/Print.aspx?contentid={article.post_id}">{words["print"]}</a></div>
<{lead_tag} class="article__sapo cms-desc">{escape(told.lead)}</{lead_tag}>
<div class="article__avatar">{_figure(article.pictures[0])}</div>
<div class="article__body zce-content-body cms-body" itemprop="articleBody">
{_body(issue, article)}
</div>
{_source(article)}
<div class="article__tag"><strong>{words["tags"]}</strong> {tag_links(told.tags)}</div>
</article>
{box(words["same_section"], others, kind="timeline")}
</div>
{sidebar(issue, article.edition, issue.newest(article))}"""
    title = f"{told.title} | {article.edition.name}"
    day = shown_day(issue.at, article.language) if article.fresh_cards else ""
    return page(article.edition, day, title=title, head=metadata(issue, article), content=content)


def print_page(issue: Issue, article: ModelArticle) -> bytes:
    """The bare print view, which robots.txt disallows."""
    told = article.telling(issue.at)
    text = "".join(f"<p>{escape(paragraph.removeprefix('## '))}</p>" for paragraph in told.paragraphs)
    return (
        f'<html lang="{article.language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        f"<title>{escape(told.title)}</title></head><body><h1>{escape(told.title)}</h1>"
        f"<p><b>{escape(told.lead)}</b></p>{text}</body></html>\n"
    ).encode()


def tag_links(tags: tuple[str, ...]) -> str:
    """The tags under a text."""
    return " ".join(f'<a href="/tag/{slug(tag)}/">{escape(tag)}</a>' for tag in tags)


def body_paragraphs(issue: Issue, article: ModelArticle) -> tuple[str, ...]:
    """The paragraphs as they stand on the page: Vietnamese texts end with the agency's `./.`."""
    *most, last = article.telling(issue.at).paragraphs
    return (*most, f"{last.rstrip('.')}./." if article.language == "vi" else last)


def metadata(issue: Issue, article: ModelArticle) -> str:
    """Canonical, alternates, OpenGraph and, where the article has it, JSON-LD."""
    told = article.telling(issue.at)
    modified = article.modified_at(issue.at)
    picture = article.pictures[0]
    lines = [
        f'<meta name="description" content="{escape(told.lead)}">',
        f'<meta name="keywords" content="{escape(", ".join(told.tags))}">',
        f'<link rel="canonical" href="{article.url}">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{escape(told.title)}">',
        f'<meta property="og:description" content="{escape(told.lead)}">',
        f'<meta property="og:url" content="{article.url}">',
        f'<meta property="og:image" content="{picture.url}">',
        '<meta property="og:site_name" content="VietnamPlus">',
        f'<meta property="article:section" content="{escape(article.section_name)}">',
    ]
    if article.look != "old" or article.post_id % 2:
        lines.append(f'<meta property="article:published_time" content="{iso(article.published_at)}">')
    if modified is not None:
        lines.append(f'<meta property="article:modified_time" content="{iso(modified)}">')
    alternates = issue.editions_of(article)
    if len(alternates) > 1:
        lines += [f'<link rel="alternate" hreflang="{code}" href="{url}">' for code, url in sorted(alternates.items())]
    if article.data != "none":
        lines.append(f'<script type="application/ld+json">{_json_ld(issue, article)}</script>')
    return "\n".join(lines) + "\n"


def _json_ld(issue: Issue, article: ModelArticle) -> str:
    told = article.telling(issue.at)
    modified = article.modified_at(issue.at)
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": article.url},
        "headline": told.title,
        "description": told.lead,
        "image": {"@type": "ImageObject", "url": article.pictures[0].url, "width": 640, "height": 360},
        "datePublished": iso(article.published_at),
        "author": {"@type": "Person", "name": article.author},
        "publisher": {
            "@type": "Organization",
            "name": "VietnamPlus",
            "logo": {"@type": "ImageObject", "url": f"{article.edition.origin}/assets/logo.svg"},
        },
    }
    if modified is not None:
        data["dateModified"] = iso(modified)
    text = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return text[: len(text) * 2 // 3] if article.data == "broken" else text


def _body(issue: Issue, article: ModelArticle) -> str:
    paragraphs = body_paragraphs(issue, article)
    if article.look == "justify":
        text = "<br><br>\n".join(escape(paragraph.removeprefix("## ")) for paragraph in paragraphs)
        return f'{_social(article)}<div align="justify">{text}</div>'
    parts = [_social(article)]
    for place, paragraph in enumerate(paragraphs):
        parts.append(_paragraph(paragraph))
        if place == 0 and len(article.pictures) > 1:
            parts.append(_figure(article.pictures[1]))
        if place == 1:
            parts.append(_relate(issue, article))
        if place == 2:
            parts.append(advert("sda_middle", article.language))
        if place == 4:
            parts.append(advert("rennab", article.language))
    return "\n".join(parts)


def _paragraph(text: str) -> str:
    if text.startswith("## "):
        return f"<h3>{escape(text[3:])}</h3>"
    return f"<p>{escape(text)}</p>"


def _figure(picture: Picture) -> str:
    caption = escape(picture.caption)
    return (
        f'<figure class="picture"><img class="cms-photo" src="{BLANK}" data-src="{picture.url}" '
        f'data-photo-original-src="{picture.url}" alt="{caption}" width="640" height="360">'
        f'<figcaption>{caption} <span class="credit">({escape(picture.credit)})</span></figcaption></figure>'
    )


def _relate(issue: Issue, article: ModelArticle) -> str:
    cards = [
        card(issue, other, number=article.post_id + place, small=True)
        for place, other in enumerate(issue.related(article))
    ]
    return box(WORDS[article.language]["related"], cards, kind="article-relate")


def _social(article: ModelArticle) -> str:
    words = WORDS[article.language]
    return (
        f'<div class="article__social"><a href="https://social.example/share?u={article.url}" rel="nofollow">'
        f'{words["share"]}</a><a href="#comments">{words["comment"]}</a></div>'
    )


def _source(article: ModelArticle) -> str:
    agency = WORDS[article.language]["agency"] if article.story.agency else "(Vietnam+)"
    return f'<div class="article__source">{agency}</div>'
