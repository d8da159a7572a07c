"""Which answer each host gives to which path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from archiver.demo import copy_page, feeds, pictures, sitemaps, style
from archiver.demo import section_pages as listings
from archiver.demo.article import ModelArticle
from archiver.demo.article_page import article_page, print_page
from archiver.demo.editions import (
    AGGREGATOR,
    AGGREGATOR_MEDIA,
    BARE_HOSTS,
    MEDIA,
    SECTION_NAMES,
    VIETNAM,
    VIETNAMPLUS,
    Edition,
)
from archiver.demo.furniture import page, section_path
from archiver.demo.issue import Issue
from archiver.demo.moments import FIRST, shown_day
from archiver.demo.old_page import old_page
from archiver.demo.reply import DemoRequest, Framing, Reply, moved
from archiver.demo.words import WORDS

HTML = "text/html;charset=utf-8"
_HTML_SPACED = "text/html; charset=utf-8"
_COOKIES = (
    ("Set-Cookie", "vnp_visit=1; path=/; HttpOnly"),
    ("set-cookie", "vnp_edition=desktop; path=/"),
)


def answer(issue: Issue, ask: DemoRequest) -> Reply:
    """The model's reply to a request at the issue's moment."""
    if ask.host in BARE_HOSTS or (ask.scheme == "http" and ask.host not in {MEDIA, AGGREGATOR_MEDIA}):
        target = f"{ask.path}?{ask.query}" if ask.query else ask.path
        return moved(f"https://{BARE_HOSTS.get(ask.host, ask.host)}{target}")
    if ask.host in {MEDIA, AGGREGATOR_MEDIA}:
        return _picture(issue, ask) or Reply(404, "text/plain", b"not found\n")
    asset = _asset(ask.path)
    if asset is not None:
        return asset
    if ask.host == AGGREGATOR:
        return _aggregator(issue, ask)
    edition = next(edition for edition in VIETNAMPLUS if edition.host == ask.host)
    return _newspaper(issue, edition, ask)


def _newspaper(issue: Issue, edition: Edition, ask: DemoRequest) -> Reply:
    if ask.path == "/robots.txt":
        return Reply(200, "text/plain", sitemaps.newspaper_robots(edition))
    feed = feeds.feed_at(issue, edition, ask.path)
    if feed is not None:
        return Reply(200, "text/xml; charset=utf-8", feed, "negotiated", _changed(issue, edition), validated=True)
    sitemap = sitemaps.newspaper_sitemap(issue, edition, ask.path)
    if sitemap is not None:
        return Reply(200, "application/xml;charset=utf-8", sitemap, "chunked")
    special = _special(issue, edition, ask)
    if special is not None:
        return special
    listing = listings.listing_at(issue, edition, ask.path)
    if listing is not None and ask.page <= listing.last_page:
        body = listings.listing_page(issue, edition, listing, number=ask.page)
        return Reply(200, HTML, body, "chunked", headers=_COOKIES)
    article = issue.at_address.get((edition.host, ask.path)) or _by_number(issue, edition, ask.path)
    if article is None:
        return _nothing(issue, edition, 404, framing="chunked")
    if article.path != ask.path:
        return moved(article.url)
    return _article(issue, article)


def _special(issue: Issue, edition: Edition, ask: DemoRequest) -> Reply | None:
    if ask.path == "/api/get-zone":
        size = ask.parameter("size", "30")
        most = min(int(size), listings.FRAGMENT_MOST) if size.isascii() and size.isdigit() and len(size) < 4 else 30
        body = listings.fragment(issue, edition, ask.parameter("zone"), number=ask.page, size=most)
        return Reply(200, HTML, body, "chunked")
    if ask.path == "/search.vnp":
        return Reply(200, HTML, listings.search_page(issue, edition, ask.parameter("q")[:200]), "chunked")
    if ask.path.lower() == "/utilities/print.aspx":
        wanted = ask.parameter("contentid")
        found = next((article for article in issue.of(edition) if str(article.post_id) == wanted), None)
        return None if found is None else Reply(200, HTML, print_page(issue, found), "chunked")
    return None


def _article(issue: Issue, article: ModelArticle) -> Reply:
    if article.is_withdrawn(issue.at):
        return _nothing(issue, article.edition, 404 if article.language == "en" else 410, framing="chunked")
    draw = old_page if article.look == "old" else article_page
    changed = issue.last_change(article)
    return Reply(200, HTML, draw(issue, article), "chunked", changed, validated=True, headers=_COOKIES)


def _by_number(issue: Issue, edition: Edition, path: str) -> ModelArticle | None:
    """An article asked for under another slug."""
    head, mark, tail = path.rpartition("-post")
    if not head or not mark or not tail.endswith(".vnp"):
        return None
    number = tail.removesuffix(".vnp")
    return next((a for a in issue.of(edition) if str(a.post_id) == number and a.path.endswith(f"-post{tail}")), None)


def _aggregator(issue: Issue, ask: DemoRequest) -> Reply:
    if ask.path == "/robots.txt":
        return Reply(200, "text/plain; charset=utf-8", sitemaps.aggregator_robots(ask.host))
    if ask.path == "/sitemap/sitemap-tag.xml":
        refusal = (
            b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Access denied</h1></body></html>"
        )
        return Reply(403, _HTML_SPACED, refusal)
    sitemap = sitemaps.aggregator_sitemap(issue, ask.path)
    if sitemap is not None:
        return Reply(200, "application/xml", sitemap, "negotiated")
    edition = next((e for e in VIETNAM[1:] if f"{ask.path}/".startswith(f"{e.prefix}/")), VIETNAM[0])
    listing = _aggregator_listing(issue, edition, ask)
    if listing is not None:
        return Reply(200, _HTML_SPACED, listing, "negotiated")
    article = issue.at_address.get((ask.host, ask.path))
    if article is None:
        return _nothing(issue, edition, 404, framing="negotiated")
    body = copy_page.copy_page(issue, article)
    changed = issue.last_change(article)
    return Reply(200, _HTML_SPACED, body, "negotiated", changed, validated=True)


def _aggregator_listing(issue: Issue, edition: Edition, ask: DemoRequest) -> bytes | None:
    fronts: dict[str, str | None] = {edition.prefix or "/": None, f"{edition.prefix}/": None}
    fronts |= {section_path(edition, section): section for section in SECTION_NAMES}
    if ask.path not in fronts:
        return None
    section = fronts[ask.path]
    articles = issue.of(edition) if section is None else issue.in_section(edition, section)
    last = max(1, -(-len(articles) // listings.PER_PAGE))
    if ask.page > last:
        return None
    cards = articles[(ask.page - 1) * listings.PER_PAGE : ask.page * listings.PER_PAGE]
    return copy_page.list_page(issue, edition, section, pages=(ask.page, last), cards=cards)


def _picture(issue: Issue, ask: DemoRequest) -> Reply | None:
    found = issue.pictures.get((ask.host, ask.path))
    if found is None:
        return None
    picture, size, since = found
    return Reply(200, "image/png", pictures.landscape(picture.key, size), last_modified=since, validated=True)


_ASSETS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "/assets/site.css": ("text/css", style.STYLE.encode),
    "/assets/site.js": ("application/javascript", style.SCRIPT.encode),
    "/assets/logo.svg": ("image/svg+xml", pictures.logo),
    "/assets/paper.png": ("image/png", pictures.paper),
    "/favicon.ico": ("image/x-icon", pictures.icon),
}


def asset_addresses(edition: Edition) -> list[str]:
    """Addresses of what every page of the edition needs, as its pages write them."""
    names = [f"{path}?v=3" if path.endswith(".css") else path for path in _ASSETS]
    return [f"{edition.origin}{name}" for name in names]


def _asset(path: str) -> Reply | None:
    if path not in _ASSETS:
        return None
    media_type, draw = _ASSETS[path]
    return Reply(200, media_type, draw(), last_modified=FIRST, validated=True)


def _nothing(issue: Issue, edition: Edition, status: int, *, framing: Framing) -> Reply:
    words = WORDS[edition.language]
    title, text = (
        (words["gone"], words["gone_text"])
        if status == HTTPStatus.GONE
        else (words["not_found"], words["not_found_text"])
    )
    content = f'<div class="main-col"><h1>{title}</h1><p>{text}</p></div>'
    body = page(
        edition,
        shown_day(issue.at, edition.language),
        title=title,
        head='<meta name="robots" content="noindex">\n',
        content=content,
    )
    return Reply(status, HTML, body, framing)


def _changed(issue: Issue, edition: Edition) -> datetime | None:
    """When anything of the edition last appeared or changed."""
    own = (article for article in issue.at_address.values() if article.edition == edition)
    return max((article.modified_at(issue.at) or article.published_at for article in own), default=None)
