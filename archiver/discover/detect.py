"""Likely sources of a site that nobody has described: what its home page and its robots.txt name."""

from __future__ import annotations

from urllib.parse import urljoin

from archiver.discover.text_source import sitemap_lines
from archiver.discover.unpack import decode
from archiver.errors import NotHttpUrl
from archiver.html.links import read_links
from archiver.model.site import Source, SourceKind
from archiver.model.url import clean_url

MAX_SOURCES = 200


def detect(
    home: bytes | None, *, url: str, robots: bytes | None = None, content_type: str | None = None
) -> tuple[Source, ...]:
    """Feeds and sitemaps to try, and the home page itself as a front, each once.

    ``home`` is the page at ``url``, ``robots`` the body of its robots.txt (None where there is none). ``/sitemap.xml`` is
    tried only where robots.txt names no sitemap.
    """
    found: dict[str, SourceKind] = {}
    text = decode(robots, None) if robots else ""
    # Many servers answer their home page for a robots.txt that they don't have.
    named = [] if text.lstrip("\ufeff \t\r\n").startswith("<") else sitemap_lines(text)
    for address in named or ["/sitemap.xml"]:
        kind = SourceKind.NEWS_SITEMAP if "news" in address.rpartition("/")[2].lower() else SourceKind.SITEMAP
        _add(found, address, kind=kind, base=url)
    for address in read_links(home, url=url, content_type=content_type).feeds if home else ():
        _add(found, address, kind=SourceKind.FEED, base=url)
    _add(found, url, kind=SourceKind.FRONT, base=url)
    return tuple(Source(address, kind) for address, kind in found.items())


def _add(found: dict[str, SourceKind], address: str, *, kind: SourceKind, base: str) -> None:
    if len(found) >= MAX_SOURCES and kind is not SourceKind.FRONT:
        return
    try:
        found.setdefault(clean_url(urljoin(base, address)), kind)
    except (NotHttpUrl, ValueError):
        # A line that is no URL names no source.
        return
