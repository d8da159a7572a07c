"""What surrounds the text of every page: head, masthead, menu, cards, advertising, footer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from archiver.demo.article import ModelArticle
from archiver.demo.editions import CATEGORY_SLUGS, SECTION_NAMES, SECTION_SLUGS, UNSERVED, VIETNAM, VIETNAMPLUS, Edition
from archiver.demo.issue import Issue
from archiver.demo.moments import iso, shown
from archiver.demo.words import WORDS

BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""What stands in `src` until the script puts the picture there."""


def page(edition: Edition, day: str, *, title: str, head: str, content: str) -> bytes:
    """A whole page in UTF-8; `day` is the masthead's date line, which pages that stay as they are leave empty."""
    return f"""<!DOCTYPE html>
<html lang="{edition.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="/favicon.ico">
<link rel="stylesheet" href="/assets/site.css?v=3">
{head}</head>
<body class="{edition.family}">
{_masthead(edition, day)}
<main>
{content}
</main>
{_footer(edition)}
<script src="/assets/site.js" defer></script>
</body>
</html>
""".encode()


def section_path(edition: Edition, section: str) -> str:
    """Where a section's front is."""
    if edition.family == "vietnam":
        return f"{edition.prefix}/category/{CATEGORY_SLUGS[section]}"
    return f"/{SECTION_SLUGS[section][edition.language]}/"


def _masthead(edition: Edition, day: str) -> str:
    words = WORDS[edition.language]
    sections = "".join(
        f'<li><a href="{section_path(edition, section)}">{escape(names[edition.language])}</a></li>'
        for section, names in SECTION_NAMES.items()
    )
    family = VIETNAMPLUS if edition.family == "vietnamplus" else VIETNAM
    others = [(other.language.upper(), other.home) for other in family if other != edition]
    if edition.family == "vietnamplus":
        others += [(name, f"https://{code}.vietnamplus.vn/") for code, name in UNSERVED]
    languages = "".join(f'<a href="{address}">{name}</a>' for name, address in others)
    search = f'<a href="/search.vnp?q=" rel="nofollow">{words["search"]}</a>' if edition.family == "vietnamplus" else ""
    name = "VietnamPlus" if edition.family == "vietnamplus" else "Vietnam.vn"
    tagline = words["tagline"] if edition.family == "vietnamplus" else words["aggregated"]
    return f"""<header class="site-header"><div class="row">
<a class="logo" href="{edition.prefix or "/"}"><img src="/assets/logo.svg" alt="" width="44" height="44">{name}</a>
<span class="slogan">{escape(tagline)}</span>
<span class="tools">{day} {search}{languages}</span>
</div></header>
<nav class="menu"><ul><li><a href="{edition.prefix or "/"}">{words["home"]}</a></li>{sections}</ul></nav>"""


def _footer(edition: Edition) -> str:
    words = WORDS[edition.language]
    return f"""<footer class="site-footer"><div class="row">
<p>{escape(words["newsletter"])}</p>
<p>{escape(words["owner"])}</p>
<p>{escape(words["rights"])}</p>
</div></footer>"""


def advert(kind: str, language: str) -> str:
    """An advertising block, `sda_middle` or `rennab`."""
    words = WORDS[language]
    text = words["advert_middle"] if kind == "sda_middle" else words["advert_low"]
    return f'<div class="{kind}" id="adsWeb_{kind}"><span>{words["advertisement"]}</span><p>{escape(text)}</p></div>'


def link(article: ModelArticle, number: int) -> str:
    """The article's address as a card gives it: some carry a fragment or a campaign's parameters."""
    path = article.path
    if number % 9 == 4:
        return f"{path}#google_vignette"
    if number % 11 == 6:
        return f"{path}?utm_source=frontpage&amp;utm_medium=card"
    return article.url if number % 5 == 3 else path


def card(issue: Issue, article: ModelArticle, *, number: int = 0, small: bool = False) -> str:
    """An article on a listing or in a box."""
    told = article.telling(issue.at)
    address = link(article, number)
    title = escape(told.title)
    if small:
        return f'<article class="story"><h2 class="story__heading"><a href="{address}">{title}</a></h2></article>'
    picture = article.pictures[0]
    source = picture.small_url
    if article.edition.family == "vietnam":
        source = f"https://{article.edition.media_host}{picture.copied_path}"
    return f"""<article class="story">
<a class="story__thumb" href="{address}"><img class="cms-photo" src="{BLANK}" data-src="{source}" alt="{title}" width="240" height="135"></a>
<div><h2 class="story__heading"><a class="cms-link" href="{address}" title="{title}">{title}</a></h2>
<div class="summary">{escape(told.lead)}</div>
<time datetime="{iso(article.published_at)}">{shown(article.published_at)}</time></div>
</article>"""


def box(title: str, cards: Iterable[str], *, kind: str) -> str:
    """A titled group of cards, nothing where there are none."""
    inner = "\n".join(cards)
    return f'<section class="{kind}"><h3 class="box-title">{escape(title)}</h3>\n{inner}\n</section>' if inner else ""


def sidebar(issue: Issue, edition: Edition, newest: Sequence[ModelArticle]) -> str:
    """The right column: the newest headlines."""
    cards = [card(issue, article, number=place, small=True) for place, article in enumerate(newest)]
    return f"<aside>{box(WORDS[edition.language]['latest'], cards, kind='sidebar')}</aside>"
