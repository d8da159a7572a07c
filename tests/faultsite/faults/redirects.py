"""Redirects that loop, chain, leave the web, or point at what is not public."""

from __future__ import annotations

from collections.abc import Callable

from faultsite.fault import MAIN, OTHER, Group, message, page
from faultsite.outcome import Outcome, by_length, redirect, whole
from faultsite.wire import Wire

GROUP = Group("Redirects")
ADDRESSES = Group("Addresses that are not public")
PRIVATE_NAMES = {
    "127.0.0.1.nip.example": ("127.0.0.1",),
    "10-0-0-1.nip.example": ("10.0.0.1",),
    "metadata.nip.example": ("169.254.169.254",),
    "mapped.nip.example": ("::ffff:127.0.0.1",),
    "mixed.nip.example": ("93.184.216.34", "127.0.0.1"),
}
"""Public names with private addresses: no rule of ``connect_to`` covers them, a resolver under test answers so."""


def canary(name: str) -> str:
    """The path that must never be asked for."""
    return f"/canary/{name}"


def _to(
    name: str,
    description: str,
    location: str,
    then: Outcome,
    *,
    status: int = 302,
    detail: str = "",
    scheme: str | None = None,
) -> None:
    @GROUP.fault(name, description, redirect(then, detail, status=status), scheme=scheme)
    async def go(wire: Wire) -> None:
        await wire.redirect(location, status=status)


_to("moved", "301 to a page", "/empty", Outcome.WHOLE, status=301)
_to("see-other", "303 to a page", "/empty", Outcome.WHOLE, status=303)
_to("temporary", "307 to a page", "/empty", Outcome.WHOLE, status=307)
_to("permanent", "308 to a page", "/empty", Outcome.WHOLE, status=308)
_to("multiple-choices", "300 with a Location", "/empty", Outcome.NOT_FETCHED_SCOPE, status=300, detail="Not followed.")
_to("redirect-relative", "a relative Location with dot segments", "./a/../empty", Outcome.WHOLE)
_to("redirect-fragment", "a Location with a fragment", "/empty#part", Outcome.WHOLE)
_to(
    "redirect-other-host",
    "a redirect to another host",
    f"//{OTHER}/",
    Outcome.WHOLE,
    detail="Followed where the site's scope has that host.",
)
_to("redirect-https", "http to https of the same URL's host", f"https://{MAIN}/empty", Outcome.WHOLE, scheme="http")
_to(
    "redirect-downgrade",
    "https to http",
    f"http://{MAIN}/empty",
    Outcome.WHOLE,
    detail="No credentials go along.",
    scheme="https",
)
_to(
    "redirect-userinfo",
    "a Location with user and password",
    f"http://user:secret@{MAIN}/empty",
    Outcome.WHOLE,
    detail="No Authorization is sent; no record holds the password in a field.",
)
_to(
    "redirect-userinfo-trick",
    "a Location whose user looks like the host",
    f"http://{MAIN}@evil.nip.example/",
    Outcome.NOT_FETCHED_SCOPE,
)
_to("redirect-backslash", "a Location with backslashes", "\\\\evil.nip.example\\x", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-file", "a redirect to file:", "file:///etc/passwd", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-data", "a redirect to data:", "data:text/html,<p>hello", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-ftp", "a redirect to ftp:", f"ftp://{OTHER}/x", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-javascript", "a redirect to javascript:", "javascript:alert(1)", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-s3", "a redirect to s3:", "s3://bucket/key", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-gopher", "a redirect to gopher:", f"gopher://{OTHER}:70/1", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-port-0", "a redirect to port 0", f"http://{MAIN}:0/", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-port-99999", "a redirect to port 99999", f"http://{MAIN}:99999/", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-no-host", "a redirect to http:///", "http:///", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-broken-ipv6", "a redirect to a broken IPv6 literal", "http://[::1/", Outcome.NOT_FETCHED_SCOPE)
_to("redirect-empty", "an empty Location", "", Outcome.NOT_FETCHED_SCOPE, detail="Nothing to follow.")
_to("redirect-8k", "a Location of 8 kB", "/long?" + "x" * 8192, Outcome.NOT_FETCHED_LIMIT)
_to(
    "redirect-self",
    "a redirect to itself",
    "/redirect-self",
    Outcome.NOT_FETCHED_LIMIT,
    detail="Each hop up to the limit is a record.",
)

GROUP.says(
    "redirect-without-location",
    "302 without a Location",
    whole("An answer like any other.", status=302),
    message(page("Where?")).replace(b"200 OK", b"302 Found", 1),
)
GROUP.says(
    "redirect-two-locations",
    "two Location lines that differ",
    redirect(Outcome.WHOLE, "One of them is followed."),
    message(b"", "Location: /empty", "Location: /gzip").replace(b"200 OK", b"302 Found", 1),
)
GROUP.says(
    "redirect-crlf",
    "a Location with CR, LF and a header encoded in it",
    redirect(Outcome.WHOLE, "Nothing is injected into request, record or index."),
    message(b"", "Location: /urls/a%0d%0aX-Injected:%201").replace(b"200 OK", b"302 Found", 1),
)
GROUP.says(
    "redirect-bare-cr",
    "a Location with a bare CR and a field of WARC after it",
    redirect(Outcome.WHOLE, "Nothing is injected into request, record or index."),
    message(b"", "Location: /urls/a\rWARC-Injected: 1").replace(b"200 OK", b"302 Found", 1),
)
GROUP.says(
    "redirect-nul",
    "a Location with a NUL",
    redirect(Outcome.WHOLE, "Nothing is injected into request, record or index."),
    message(b"", "Location: /urls/a\0b").replace(b"200 OK", b"302 Found", 1),
)
GROUP.says(
    "redirect-folded",
    "a folded Location",
    redirect(Outcome.WHOLE, "Nothing is injected into request, record or index."),
    message(b"", "Location: /urls/a\r\n WARC-Injected: 1").replace(b"200 OK", b"302 Found", 1),
)
GROUP.says(
    "redirect-utf8",
    "a Location in raw UTF-8",
    redirect(Outcome.WHOLE),
    message(b"", "Location: /urls/LOCATION")
    .replace(b"200 OK", b"302 Found", 1)
    .replace(b"LOCATION", "tiếng-việt".encode()),
)
GROUP.says(
    "redirect-304-location",
    "304 with a Location, unasked",
    whole("No redirect.", status=304),
    b"HTTP/1.1 304 Not Modified\r\nLocation: /empty\r\n\r\n",
)


@GROUP.fault(
    "redirect-loop",
    "two URLs that redirect to each other",
    redirect(Outcome.NOT_FETCHED_LIMIT, "Each hop up to the limit is a record."),
    prefix=True,
)
async def redirect_loop(wire: Wire) -> None:
    await wire.redirect("/redirect-loop" if wire.ask.path.endswith("-b") else "/redirect-loop-b")


@GROUP.fault(
    "redirect-loop-hosts",
    "two hosts and two schemes that redirect to each other",
    redirect(Outcome.NOT_FETCHED_LIMIT, "Each hop up to the limit is a record."),
)
async def redirect_loop_hosts(wire: Wire) -> None:
    other = "https" if wire.scheme == "http" else "http"
    await wire.redirect(f"{other}://{MAIN}/redirect-loop-hosts")


@GROUP.fault(
    "redirect-chain-30",
    "a chain of thirty redirects, then a page",
    redirect(Outcome.NOT_FETCHED_LIMIT, "Each hop up to the limit is a record."),
    prefix=True,
)
async def redirect_chain(wire: Wire) -> None:
    step = int(wire.ask.path.rpartition("/")[2] or "0") if "/" in wire.ask.path[1:] else 0
    if step >= 30:
        await wire.reply(page("The end of the chain"))
    else:
        await wire.redirect(f"/redirect-chain-30/{step + 1}")


@GROUP.fault(
    "redirect-chain-5",
    "a chain of five redirects, then a page",
    redirect(Outcome.WHOLE, "Five hops and the page are records."),
    prefix=True,
)
async def redirect_chain_short(wire: Wire) -> None:
    step = int(wire.ask.path.rpartition("/")[2] or "0") if "/" in wire.ask.path[1:] else 0
    if step >= 5:
        await wire.reply(page("The end of the chain"))
    else:
        await wire.redirect(f"/redirect-chain-5/{step + 1}")


@GROUP.fault(
    "redirect-endless",
    "redirects to ever new URLs",
    redirect(Outcome.NOT_FETCHED_LIMIT, "Each hop up to the limit is a record."),
    prefix=True,
)
async def redirect_endless(wire: Wire) -> None:
    if wire.visit > wire.limits.trap_pages:
        await wire.reply(page("Enough"), status=410, reason="Gone")
    else:
        await wire.redirect(f"/redirect-endless/{wire.visit}")


@GROUP.fault(
    "redirect-body-huge",
    "a redirect with an endless body",
    by_length("Its Location need not be followed.", status=302),
)
async def redirect_body_huge(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 302 Found\r\nLocation: /empty\r\nConnection: close\r\n\r\n")
    while True:
        await wire.send(b"<p>Still moving.</p>\n" * 500)


@GROUP.fault("refresh-header", "a Refresh header to a page", whole("Kept; followed as a link, or not at all."))
async def refresh_header(wire: Wire) -> None:
    await wire.reply(page("Soon elsewhere"), headers=[("Refresh", "0; url=/empty")])


@GROUP.fault(
    "meta-refresh-loop",
    "two pages that refresh to each other",
    whole("Kept; each page is asked for once."),
    prefix=True,
)
async def meta_refresh_loop(wire: Wire) -> None:
    to = "/meta-refresh-loop" if wire.ask.path.endswith("-b") else "/meta-refresh-loop-b"
    await wire.reply(
        f'<html><head><meta http-equiv="refresh" content="0;url={to}"></head><body><a href="{to}">on</a></body></html>'.encode()
    )


FORMS: dict[str, str] = {
    "loopback": "127.0.0.1",
    "loopback-short": "127.1",
    "loopback-other": "127.8.8.8",
    "decimal": "2130706433",
    "hex": "0x7f000001",
    "hex-dotted": "0x7f.0.0.1",
    "octal": "0177.0.0.1",
    "octal-long": "017700000001",
    "zero": "0",
    "zeros": "0.0.0.0",
    "trailing-dot": "127.0.0.1.",
    "percent": "%31%32%37.0.0.1",
    "fullwidth": "１２７.０.０.１",
    "ideographic-dots": "127。0。0。1",
    "localhost": "localhost",
    "localhost-dot": "localhost.",
    "localhost-name": "anything.localhost",
    "ipv6-loopback": "[::1]",
    "ipv6-long": "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "ipv6-any": "[::]",
    "ipv6-mapped": "[::ffff:127.0.0.1]",
    "ipv6-mapped-hex": "[::ffff:7f00:1]",
    "ipv6-compatible": "[::127.0.0.1]",
    "ipv6-nat64": "[64:ff9b::7f00:1]",
    "ipv6-nat64-local": "[64:ff9b:1::7f00:1]",
    "ipv6-6to4": "[2002:7f00:1::]",
    "ipv6-unique-local": "[fd00::1]",
    "ipv6-link-local": "[fe80::1]",
    "ipv6-site-local": "[fec0::1]",
    "ipv6-zone": "[fe80::1%25lo]",
    "private-10": "10.0.0.1",
    "private-172": "172.16.0.1",
    "private-192": "192.168.0.1",
    "carrier": "100.64.0.1",
    "cloud-metadata": "169.254.169.254",
    "cloud-metadata-decimal": "2852039166",
    "oracle-metadata": "192.0.0.192",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "userinfo": "faults.example@127.0.0.1",
    "userinfo-password": "faults.example:80@127.0.0.1",
} | {f"name-{name.partition('.nip.')[0].replace('.', '-')}": name for name in PRIVATE_NAMES}
"""Hosts that are not public, as a Location may write them."""


def _private(form: str, host: str) -> None:
    @ADDRESSES.fault(f"redirect-to-{form}", f"a redirect to {host}", redirect(Outcome.NOT_FETCHED_GUARD))
    async def go(wire: Wire) -> None:
        await wire.redirect(f"http://{host}:{wire.place.http_port}{canary(form)}")


for _form, _host in FORMS.items():
    _private(_form, _host)


def _page_of(name: str, description: str, make: Callable[[str, str], str], detail: str = "") -> None:
    @ADDRESSES.fault(name, description, whole(detail, then=Outcome.NOT_FETCHED_GUARD))
    async def show(wire: Wire) -> None:
        urls = {form: f"http://{host}:{wire.place.http_port}{canary(f'{name}-{form}')}" for form, host in FORMS.items()}
        await wire.reply(page("Inside", *(make(url, form) for form, url in urls.items())))


_page_of(
    "links-to-private",
    "links to every form of a private address",
    lambda url, form: f'<p><a href="{url}">{form}</a></p>',
)
_page_of(
    "images-on-private",
    "images on every form of a private address",
    lambda url, form: f'<img src="{url}" alt="{form}">',
)
_page_of(
    "styles-on-private",
    "style sheets on every form of a private address",
    lambda url, _: f'<link rel="stylesheet" href="{url}"><style>@import "{url}";</style>',
)
_page_of(
    "frames-on-private", "frames of every form of a private address", lambda url, _: f'<iframe src="{url}"></iframe>'
)


@ADDRESSES.fault("refresh-to-private", "a meta refresh to a private address", whole(then=Outcome.NOT_FETCHED_GUARD))
async def refresh_to_private(wire: Wire) -> None:
    url = f"http://127.0.0.1:{wire.place.http_port}{canary('refresh')}"
    await wire.reply(
        f'<html><head><meta http-equiv="refresh" content="0; url={url}"></head><body>Wait.</body></html>'.encode()
    )


@ADDRESSES.fault("base-on-private", "a base element on a private address", whole(then=Outcome.NOT_FETCHED_GUARD))
async def base_on_private(wire: Wire) -> None:
    await wire.reply(
        f'<html><head><base href="http://127.0.0.1:{wire.place.http_port}{canary("base/")}"></head>'
        f'<body><a href="page">a</a><img src="image.png"></body></html>'.encode()
    )


@ADDRESSES.fault(
    "canonical-on-private",
    "canonical, AMP, alternate and feed links on a private address",
    whole(then=Outcome.NOT_FETCHED_GUARD),
)
async def canonical_on_private(wire: Wire) -> None:
    url = f"http://127.0.0.1:{wire.place.http_port}{canary('canonical')}"
    rels = ("canonical", "amphtml", "alternate", "icon", "manifest", "preload", "next", "prefetch")
    links = "".join(f'<link rel="{rel}" href="{url}/{rel}">' for rel in rels)
    feed = f'<link rel="alternate" type="application/rss+xml" href="{url}/feed">'
    await wire.reply(f"<html><head>{links}{feed}</head><body>Elsewhere.</body></html>".encode())
