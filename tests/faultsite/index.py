"""What leads to the endpoints: the index page, robots.txt and sitemap.xml of the main host."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from faultsite.fault import MAIN, Fault, Kind
from faultsite.faults.sources import index, urlset

ROBOTS_DISALLOW = "/disallowed"


def href(fault: Fault) -> str:
    """The link to a fault as the index page writes it; same scheme where both serve it."""
    if fault.host == MAIN and fault.scheme is None:
        return fault.href
    scheme = f"{fault.scheme}:" if fault.scheme else ""
    return f"{scheme}//{fault.host}{fault.href}"


def index_page(faults: Iterable[Fault]) -> bytes:
    """Links to every page, and link elements for feeds."""
    feeds: list[str] = []
    groups: dict[str, list[str]] = {}
    for fault in faults:
        if fault.kind is Kind.FEED:
            feeds.append(
                f'<link rel="alternate" type="application/rss+xml" title="{escape(fault.name)}" href="{escape(href(fault))}">'
            )
        elif fault.kind is Kind.PAGE:
            item = f'<li><a href="{escape(href(fault))}">{escape(fault.name)}</a>: {escape(fault.description)}</li>'
            groups.setdefault(fault.group, []).append(item)
    lists = "".join(f"<h2>{escape(group)}</h2><ul>{''.join(items)}</ul>" for group, items in groups.items())
    start = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Faults</title>'
    return f"{start}{''.join(feeds)}</head><body><h1>Faults</h1>{lists}</body></html>\n".encode()


def robots_txt(faults: Iterable[Fault], base: str) -> bytes:
    """One rule, and the sitemaps: half of them here, all of them in the index of sitemaps."""
    lines = [
        "User-agent: *",
        f"Disallow: {ROBOTS_DISALLOW}",
        "",
        f"Sitemap: {base}/sitemap.xml",
        f"Sitemap: {base}/sitemaps.xml",
    ]
    lines += [f"Sitemap: {base}{fault.entry}" for fault in list(_sitemaps(faults))[::2]]
    return ("\n".join(lines) + "\n").encode()


def sitemap_index(faults: Iterable[Fault], base: str) -> bytes:
    """The index of sitemaps."""
    return index(*(f"{base}{fault.entry}" for fault in _sitemaps(faults)))


def sitemap(faults: Iterable[Fault], base: str) -> bytes:
    """The main host's pages with a plain URL."""
    pages = (f for f in faults if f.kind is Kind.PAGE and f.host == MAIN and f.entry == f.href and len(f.entry) < 1000)
    return urlset(*(f"{base}{escape(fault.entry)}" for fault in pages))


def _sitemaps(faults: Iterable[Fault]) -> Iterable[Fault]:
    return (fault for fault in faults if fault.kind is Kind.SITEMAP)
