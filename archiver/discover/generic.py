"""A site for a URL of which nothing is known."""

from __future__ import annotations

from archiver.model.keys import is_site_name
from archiver.model.site import Host, Scope, Site, Source, SourceKind
from archiver.model.url import clean_url, host_of, path_of

NAME_FOR_OTHERS = "host"
"""The site's name where the host's name can't be one (an IPv6 address, say)."""


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
