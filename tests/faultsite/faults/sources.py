"""Sitemaps and feeds that loop, explode, lie or reach inside."""

from __future__ import annotations

import functools
import gzip

from faultsite.fault import MAIN, OTHER, Group, Kind, message, page
from faultsite.faults.encodings import bomb
from faultsite.faults.redirects import FORMS, canary
from faultsite.outcome import Outcome, by_length, whole
from faultsite.wire import Wire

GROUP = Group("Sitemaps and feeds")
XML = "application/xml"
_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_BOUND = "Reading it is bounded in size, depth and time."
_LAUGHS = "".join('<!ENTITY l{} "{}">'.format(n, f"&l{n - 1};" * 10) for n in range(1, 10))
_LAUGH_DTD = f'<!DOCTYPE x [<!ENTITY l0 "ha">{_LAUGHS}]>'


def urlset(*urls: str, doctype: str = "") -> bytes:
    """A sitemap."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<urlset {_NS}>{"".join(f"<url><loc>{url}</loc></url>" for url in urls)}</urlset>'.encode()


def index(*urls: str) -> bytes:
    """A sitemap index."""
    return f'<?xml version="1.0"?><sitemapindex {_NS}>{"".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)}</sitemapindex>'.encode()


def _one_element(attribute: str, count: int) -> bytes:
    return f"<urlset {_NS} {' '.join(map(attribute.format, range(count)))}/>".encode()


def _rss(*links: str, doctype: str = "", title: str = "News") -> bytes:
    items = "".join(f"<item><title>{title}</title><link>{link}</link></item>" for link in links)
    return f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel><title>{title}</title><link>http://{MAIN}/</link>{items}</channel></rss>'.encode()


def _fixed(
    name: str, description: str, body: bytes, *, detail: str = _BOUND, media: str = XML, then: Outcome | None = None
) -> None:
    GROUP.says(
        name, description, whole(detail, then=then), message(body, media=media), path=f"/{name}.xml", kind=Kind.SITEMAP
    )


_fixed(
    "sitemap-self",
    "a sitemap index that names itself",
    index(f"http://{MAIN}/sitemap-self.xml"),
    detail="Asked for once.",
)


@GROUP.fault(
    "sitemap-loop",
    "two sitemap indexes that name each other",
    whole("Each is asked for once."),
    path="/sitemap-loop",
    prefix=True,
    entry="/sitemap-loop-a.xml",
    kind=Kind.SITEMAP,
)
async def sitemap_loop(wire: Wire) -> None:
    other = "a" if wire.ask.path.endswith("-b.xml") else "b"
    await wire.reply(index(f"{wire.base}/sitemap-loop-{other}.xml"), media=XML)


@GROUP.fault(
    "sitemap-deep",
    "sitemap indexes that each name the next one, without end",
    whole("Ended by the limit of depth.", then=Outcome.NOT_FETCHED_LIMIT),
    path="/sitemap-deep",
    prefix=True,
    entry="/sitemap-deep-0.xml",
    kind=Kind.SITEMAP,
)
async def sitemap_deep(wire: Wire) -> None:
    if wire.visit > wire.limits.trap_pages:
        await wire.reply(b"", status=410, reason="Gone")
    else:
        await wire.reply(index(f"{wire.base}/sitemap-deep-{wire.visit}.xml"), media=XML)


@GROUP.fault(
    "sitemap-wide",
    "a sitemap index of 10,000 sitemaps",
    whole("A bounded number of them is asked for.", then=Outcome.NOT_FETCHED_LIMIT),
    path="/sitemap-wide",
    prefix=True,
    entry="/sitemap-wide.xml",
    kind=Kind.SITEMAP,
)
async def sitemap_wide(wire: Wire) -> None:
    if wire.ask.path != "/sitemap-wide.xml":
        await wire.reply(urlset(f"{wire.base}/empty"), media=XML)
    else:
        await wire.reply(index(*(f"{wire.base}/sitemap-wide-{n}.xml" for n in range(wire.limits.flood))), media=XML)


@functools.cache
def _huge() -> bytes:
    return urlset(*(f"http://{MAIN}/empty?from-sitemap={n}" for n in range(60_000)))


@GROUP.fault(
    "sitemap-huge",
    "a sitemap of 60,000 URLs",
    whole("The first 50,000 are read."),
    path="/sitemap-huge.xml",
    kind=Kind.SITEMAP,
)
async def sitemap_huge(wire: Wire) -> None:
    await wire.reply(_huge(), media=XML)


@GROUP.fault(
    "sitemap-endless",
    "a sitemap without end",
    by_length("Cut at the limit of a sitemap; what came is read."),
    path="/sitemap-endless.xml",
    kind=Kind.SITEMAP,
)
async def sitemap_endless(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n" + urlset()[:-9])
    while True:
        await wire.send(f"<url><loc>http://{MAIN}/empty</loc></url>".encode() * 200)


@GROUP.fault(
    "sitemap-bomb", "a .xml.gz that is a gzip bomb", whole(_BOUND), path="/sitemap-bomb.xml.gz", kind=Kind.SITEMAP
)
async def sitemap_bomb(wire: Wire) -> None:
    await wire.reply(bomb("gzip", wire.limits.bomb), media="application/gzip")


@GROUP.fault(
    "sitemap-bomb-twice",
    "a .xml.gz bomb that is also content-coded",
    whole(_BOUND),
    path="/sitemap-bomb-twice.xml.gz",
    kind=Kind.SITEMAP,
)
async def sitemap_bomb_twice(wire: Wire) -> None:
    await wire.reply(
        gzip.compress(bomb("gzip", wire.limits.bomb), mtime=0),
        media="application/gzip",
        headers=[("Content-Encoding", "gzip")],
    )


_fixed(
    "sitemap-laughs", "billion laughs in a sitemap", urlset("&l9;", doctype=_LAUGH_DTD), detail="No entity is expanded."
)
_fixed(
    "sitemap-quadratic",
    "one long entity used a thousand times",
    urlset("&a;" * 1000, doctype=f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>'),
    detail="No entity is expanded.",
)
_fixed(
    "sitemap-external-file",
    "an external entity: file:///etc/passwd",
    urlset("&e;", doctype='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
    detail="The file is not read.",
)


@GROUP.fault(
    "sitemap-external-url",
    "external entities and a DTD on a private address",
    whole("None is fetched.", then=Outcome.NOT_FETCHED_GUARD),
    path="/sitemap-external-url.xml",
    kind=Kind.SITEMAP,
)
async def sitemap_external_url(wire: Wire) -> None:
    url = f"http://127.0.0.1:{wire.place.http_port}{canary('entity')}"
    doctype = (
        f'<!DOCTYPE x SYSTEM "{url}/dtd" [<!ENTITY e SYSTEM "{url}/entity"><!ENTITY % p SYSTEM "{url}/parameter"> %p;]>'
    )
    await wire.reply(urlset("&e;", doctype=doctype), media=XML)


@GROUP.fault(
    "sitemap-private",
    "a sitemap of private addresses",
    whole(then=Outcome.NOT_FETCHED_GUARD),
    path="/sitemap-private.xml",
    kind=Kind.SITEMAP,
)
async def sitemap_private(wire: Wire) -> None:
    await wire.reply(
        urlset(*(f"http://{host}:{wire.place.http_port}{canary(f'sitemap-{form}')}" for form, host in FORMS.items())),
        media=XML,
    )


@GROUP.fault(
    "sitemap-index-private",
    "a sitemap index of sitemaps on private addresses",
    whole(then=Outcome.NOT_FETCHED_GUARD),
    path="/sitemap-index-private.xml",
    kind=Kind.SITEMAP,
)
async def sitemap_index_private(wire: Wire) -> None:
    await wire.reply(
        index(*(f"http://{host}:{wire.place.http_port}{canary(f'index-{form}')}" for form, host in FORMS.items())),
        media=XML,
    )


_fixed(
    "sitemap-schemes",
    "a sitemap of file:, data:, javascript: and ftp: URLs",
    urlset("file:///etc/passwd", "data:text/html,x", "javascript:alert(1)", f"ftp://{OTHER}/x"),
    then=Outcome.NOT_FETCHED_SCOPE,
)
_fixed(
    "sitemap-other-host",
    "a sitemap that names another host's pages",
    urlset(f"http://{OTHER}/from-sitemap"),
    then=Outcome.NOT_FETCHED_SCOPE,
    detail="Taken only where the site's scope has that host.",
)
_fixed("sitemap-nested-deep", "XML nested 10,000 deep", b"<a>" * 10_000 + b"</a>" * 10_000)
_fixed(
    "sitemap-cut",
    "a sitemap that ends in the middle, though its length is right",
    urlset(f"http://{MAIN}/empty", f"http://{MAIN}/gzip")[:-40],
    detail="What can be read is.",
)
_fixed(
    "sitemap-html", "HTML where a sitemap should be", page("No sitemap here"), media="text/html", detail="Names no URL."
)
_fixed(
    "sitemap-utf16",
    "a sitemap in UTF-16",
    urlset(f"http://{MAIN}/empty").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
)
_fixed(
    "sitemap-utf7",
    "a sitemap that says UTF-7",
    urlset(f"http://{MAIN}/empty").replace(b"UTF-8", b"UTF-7"),
    detail="Such an encoding is not read.",
)
_fixed("sitemap-nul", "a sitemap with NUL bytes", urlset(f"http://{MAIN}/em\0pty"))
_fixed("sitemap-empty", "an empty sitemap", b"")
_fixed("sitemap-namespaces", "an element with 5,000 namespaces", _one_element('xmlns:n{0}="u{0}"', 5000))
_fixed("sitemap-attributes", "an element with 20,000 attributes", _one_element('a{0}="{0}"', 20_000))
_fixed("sitemap-long-url", "a URL of 1 MB", urlset(f"http://{MAIN}/" + "x" * 1_000_000), then=Outcome.NOT_FETCHED_LIMIT)
_fixed(
    "sitemap-lines",
    "a sitemap of text, with controls and injections in its lines",
    f"http://{MAIN}/empty\r\nhttp://{MAIN}/a b\r\nhttp://{MAIN}/a\tb\0c\r\nWARC-Injected: 1\r\njavascript:1\r\n{'x' * 100_000}\r\n".encode(),
    media="text/plain",
    detail="Lines that are no http(s) URL name nothing.",
)
_fixed(
    "sitemap-dates",
    "impossible dates",
    urlset(f"http://{MAIN}/empty").replace(b"</loc>", b"</loc><lastmod>99999-99-99T99:99:99+99:99</lastmod>"),
)


def _feed(
    name: str,
    description: str,
    body: bytes,
    *,
    detail: str = _BOUND,
    then: Outcome | None = None,
    media: str = "application/rss+xml",
) -> None:
    GROUP.says(
        name, description, whole(detail, then=then), message(body, media=media), path=f"/{name}.xml", kind=Kind.FEED
    )


_feed(
    "feed-external",
    "a feed with an external entity",
    _rss(f"http://{MAIN}/empty", doctype='<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>', title="&e;"),
    detail="The file is not read.",
)
_feed(
    "feed-laughs",
    "billion laughs in a feed",
    _rss(f"http://{MAIN}/empty", doctype=_LAUGH_DTD, title="&l9;"),
    detail="No entity is expanded.",
)
_feed(
    "feed-schemes",
    "a feed of javascript:, data: and file: links",
    _rss("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"),
    then=Outcome.NOT_FETCHED_SCOPE,
)
_feed(
    "feed-controls",
    "a feed whose links hold white space, controls and markup",
    _rss(f"\n  http://{MAIN}/empty\t\n", f"http://{MAIN}/a&#10;b", f"http://{MAIN}/&lt;script&gt;"),
)
_feed("feed-html", "HTML where a feed should be", page("No feed here"), detail="Names no URL.")
_feed(
    "feed-json-deep", "a JSON feed nested 100,000 deep", b"[" * 100_000 + b"]" * 100_000, media="application/feed+json"
)
_feed(
    "feed-json-number",
    "a JSON feed with a number of 10,000 digits",
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": ' + b"9" * 10_000 + b"}]}",
    media="application/feed+json",
)


@GROUP.fault(
    "feed-private",
    "a feed of private addresses",
    whole(then=Outcome.NOT_FETCHED_GUARD),
    path="/feed-private.xml",
    kind=Kind.FEED,
)
async def feed_private(wire: Wire) -> None:
    await wire.reply(
        _rss(*(f"http://{host}:{wire.place.http_port}{canary(f'feed-{form}')}" for form, host in FORMS.items())),
        media="application/rss+xml",
    )


@GROUP.fault(
    "feed-pages",
    "a feed whose rel=next leads on without end",
    whole("Not followed, or a bounded number of times.", then=Outcome.NOT_FETCHED_LIMIT),
    path="/feed-pages",
    prefix=True,
    entry="/feed-pages-0.xml",
    kind=Kind.FEED,
)
async def feed_pages(wire: Wire) -> None:
    if wire.visit > wire.limits.trap_pages:
        await wire.reply(b"", status=410, reason="Gone")
        return
    atom = (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>x:{wire.visit}</id><updated>2026-01-01T00:00:00Z</updated>'
        f'<link rel="next" href="{wire.base}/feed-pages-{wire.visit}.xml"/></feed>'
    )
    await wire.reply(atom.encode(), media="application/atom+xml")
