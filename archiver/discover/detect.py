"""A site that nobody has described: its name, and likely sources, which its home page and its robots.txt name."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urljoin

from archiver.errors import NotHttpUrl
from archiver.html.page_scan import PageScan
from archiver.model.keys import is_site_name
from archiver.model.site import Host, Scope, Site, Source, SourceKind
from archiver.model.url import clean_url, host_of, path_of

MAX_SOURCES = 200
FEED_GUESSES = ("/rss", "/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")
SITEMAP_GUESSES = (
    "/sitemap_index.xml",
    "/sitemap-index.xml",
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap.xml.gz",
)
"""Where others keep theirs."""
NAME_FOR_OTHERS = "host"
"""The site's name where the host's name can't be one (an IPv6 address, say)."""


def detect(home: PageScan | None, *, url: str, sitemaps: Iterable[str] = ()) -> tuple[Source, ...]:
    """Feeds (of the head, and links that look like one) and sitemaps to try, and the home page itself as a front, each once.

    ``home`` is the page at ``url`` (None where it is none), ``sitemaps`` are the addresses that its robots.txt names;
    ``/sitemap.xml`` is tried only where it names none.
    """
    found: dict[str, SourceKind] = {}
    for address in tuple(sitemaps) or ("/sitemap.xml",):
        kind = SourceKind.NEWS_SITEMAP if "news" in address.rpartition("/")[2].lower() else SourceKind.SITEMAP
        _add(found, address, kind=kind, base=url)
    for address in (*home.feeds, *home.feed_links) if home else ():
        _add(found, address, kind=SourceKind.FEED, base=url)
    _add(found, url, kind=SourceKind.FRONT, base=url)
    return tuple(Source(address, kind) for address, kind in found.items())


def guess(sources: Iterable[Source], *, url: str) -> tuple[Source, ...]:
    """Usual addresses of feeds where none of the detected ``sources`` is one, and of sitemaps where no more than ``/sitemap.xml``
    is known; most are not there."""
    known = tuple(sources)
    sitemaps = [s for s in known if s.kind in {SourceKind.SITEMAP, SourceKind.NEWS_SITEMAP}]
    has_feed = any(source.kind is SourceKind.FEED for source in known)
    is_named = any(source.url != urljoin(url, "/sitemap.xml") for source in sitemaps)
    feeds = () if has_feed else FEED_GUESSES
    guesses = [(path, SourceKind.FEED) for path in feeds]
    guesses += [(path, SourceKind.SITEMAP) for path in (() if is_named else SITEMAP_GUESSES)]
    return tuple(Source(urljoin(url, path), kind) for path, kind in guesses)


def site_for_url(url: str) -> Site:
    """The site named after the host: all of it when the URL's path is ``/``, else that page alone. Raises ``NotHttpUrl``.

    All of a host: its home page is the front, links are followed to any depth; feeds and sitemaps are detected by the
    crawl. One page: no source, no link followed.
    """
    url = clean_url(url)
    host = host_of(url)
    name = host.replace("_", "-").replace(":", ".").strip("-.")
    whole = path_of(url) == "/"
    return Site(
        name=name if is_site_name(name) else NAME_FOR_OTHERS,
        title=host,
        hosts=(Host(host),),
        scope=Scope(),
        sources=(Source(url, SourceKind.FRONT),) if whole else (),
        follow_links=None if whole else 0,
    )


def _add(found: dict[str, SourceKind], address: str, *, kind: SourceKind, base: str) -> None:
    if len(found) >= MAX_SOURCES and kind is not SourceKind.FRONT:
        return
    try:
        found.setdefault(clean_url(urljoin(base, address)), kind)
    except (NotHttpUrl, ValueError):
        # A line that is no URL names no source.
        return
