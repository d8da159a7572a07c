"""The page of an article in the template of 2014 to 2023: teasers stand beside the body and may outweigh it."""

from __future__ import annotations

from html import escape

from archiver.demo.article import ModelArticle
from archiver.demo.article_page import body_paragraphs, metadata, tag_links
from archiver.demo.furniture import page, section_path
from archiver.demo.issue import Issue
from archiver.demo.moments import shown_old
from archiver.demo.words import WORDS

_TEASERS = 8


def old_page(issue: Issue, article: ModelArticle) -> bytes:
    """The whole page as it reads at the issue's moment."""
    told = article.telling(issue.at)
    words = WORDS[article.language]
    picture = article.pictures[0]
    agency = words["agency"] if article.story.agency else "(Vietnam+)"
    text = "\n".join(
        f"<p><strong>{escape(paragraph[3:])}</strong></p>"
        if paragraph.startswith("## ")
        else f"<p>{escape(paragraph)}</p>"
        for paragraph in body_paragraphs(issue, article)
    )
    content = f"""<div class="main-col">
<header class="article-header"><a href="{section_path(article.edition, article.story.section)}">{escape(article.section_name)}</a>
<h1 class="details__headline">{escape(told.title)}</h1>
<p class="meta"><span class="author cms-author">{escape(article.author or "")}</span> <time>{shown_old(article.published_at)}</time></p>
</header>
<div class="details__summary cms-desc">{escape(told.lead)}</div>
<div class="article-photo"><img src="{picture.url}" alt="" width="640" height="360"><span>{escape(picture.caption)} ({escape(picture.credit)})</span></div>
<div class="content article-body cms-body AdAsia">
{text}
</div>
<div class="source">{agency}</div>
<div class="tags">{tag_links(told.tags)}</div>
</div>
<div class="sidebar zone--teasers">
{_teasers(issue, article)}
</div>"""
    title = f"{told.title} | {article.edition.name}"
    return page(article.edition, "", title=title, head=metadata(issue, article), content=content)


def _teasers(issue: Issue, article: ModelArticle) -> str:
    """Long summaries of what was newest when the article appeared."""
    others = [other for other in issue.of(article.edition) if other.published_at < article.published_at]
    parts = [f"<h3>{WORDS[article.language]['most_read']}</h3>"]
    for other in others[:_TEASERS]:
        told = other.telling(issue.at)
        parts.append(
            f'<div class="teaser"><a href="{other.path}"><b>{escape(told.title)}</b></a>'
            f"<p>{escape(told.lead)} {escape(told.paragraphs[0].removeprefix('## '))}</p></div>"
        )
    return "\n".join(parts)
