"""robots.txt in every state, each on a host of its own with one page to ask for (RFC 9309)."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable

from faultsite.fault import MAIN, OTHER, Group, Kind, message, page
from faultsite.faults.encodings import bomb
from faultsite.faults.redirects import canary
from faultsite.outcome import Expected, Outcome, by_disconnect, by_length, metadata, not_fetched, redirect, whole
from faultsite.wire import Wire

GROUP = Group("robots.txt")
_ALL = b"User-agent: *\nDisallow: /\n"
_SOME = b"User-agent: *\nDisallow: /secret\n"
_TEXT = "text/plain; charset=utf-8"
_ALLOWS = whole("Nothing forbids it.")
_FORBIDS = not_fetched(Outcome.NOT_FETCHED_ROBOTS)
_UNREACHABLE = not_fetched(Outcome.NOT_FETCHED_ROBOTS, "Unreachable: all is disallowed.")


def _host(
    name: str, description: str, robots: Expected, page_of: Expected, *, path: str = "/page"
) -> Callable[[Callable[[Wire], Awaitable[None]]], None]:
    """A host with this robots.txt, and its page."""

    def register(handler: Callable[[Wire], Awaitable[None]]) -> None:
        host = f"{name}.example"
        GROUP.fault(name, f"robots.txt: {description}", robots, host=host, path="/robots.txt", kind=Kind.ROBOTS)(
            handler
        )
        GROUP.says(
            f"{name}-page",
            f"a page where robots.txt is: {description}",
            page_of,
            message(page(name)),
            host=host,
            path=path,
        )

    return register


def _fixed(
    name: str,
    description: str,
    data: bytes,
    robots: Expected,
    page_of: Expected,
    *,
    end: str = "open",
    path: str = "/page",
) -> None:
    @_host(name, description, robots, page_of, path=path)
    async def say(wire: Wire) -> None:
        await wire.send(data)
        if end != "open":
            await getattr(wire, end)()


def _status(code: str, body: bytes = _ALL, *lines: str) -> bytes:
    return message(body, *lines, media=_TEXT).replace(b"200 OK", code.encode(), 1)


_fixed("robots-404", "404", _status("404 Not Found"), whole(status=404), _ALLOWS)
_fixed("robots-403", "403", _status("403 Forbidden"), whole(status=403), _ALLOWS)
_fixed("robots-401", "401", _status("401 Unauthorized", _ALL, "WWW-Authenticate: Basic"), whole(status=401), _ALLOWS)
_fixed("robots-429", "429", _status("429 Too Many Requests", b"", "Retry-After: 1"), whole(status=429), _UNREACHABLE)
_fixed(
    "robots-500",
    "500 with rules that allow",
    _status("500 Internal Server Error", b""),
    whole(status=500),
    _UNREACHABLE,
)
_fixed("robots-503", "503", _status("503 Service Unavailable", b""), whole(status=503), _UNREACHABLE)
_fixed("robots-999", "999", _status("999 Denied", b""), whole(status=999), _UNREACHABLE)
_fixed("robots-no-bytes", "no byte, FIN", b"", metadata(), _UNREACHABLE, end="fin")
_fixed(
    "robots-reset", "RST within the headers", b"HTTP/1.1 200 OK\r\nContent-Ty", metadata(), _UNREACHABLE, end="reset"
)
_fixed(
    "robots-short",
    "fewer bytes than announced",
    message(_SOME, media=_TEXT)[:-12],
    by_disconnect(),
    _UNREACHABLE,
    end="fin",
)
_fixed("robots-bad-status", "a status line that is none", b"HELLO\r\n\r\n" + _SOME, metadata(), _UNREACHABLE, end="fin")
_fixed("robots-all", "everything is disallowed", message(_ALL, media=_TEXT), whole(), _FORBIDS)
_fixed("robots-some", "one folder is disallowed", message(_SOME, media=_TEXT), whole(), _FORBIDS, path="/secret/page")
_fixed(
    "robots-encoded",
    "a rule that is percent-encoded otherwise",
    message(b"User-agent: *\nDisallow: /%73ecret/%C3%A9\n", media=_TEXT),
    whole(),
    _FORBIDS,
    path="/secret/%c3%a9",
)
_fixed(
    "robots-longest",
    "the longest rule wins: /a is disallowed, /a/page allowed",
    message(b"User-agent: *\nDisallow: /a\nAllow: /a/page\n", media=_TEXT),
    whole(),
    _ALLOWS,
    path="/a/page",
)
_fixed(
    "robots-wildcards",
    "a rule of a hundred wildcards",
    message(b"User-agent: *\nDisallow: /" + b"*a" * 100 + b"$\n", media=_TEXT),
    whole("Matching is bounded in time."),
    _ALLOWS,
    path="/" + "a" * 99 + "b",
)
_fixed("robots-html", "HTML with 200", message(page("Welcome", "<p>Disallow: nothing</p>")), whole(), _ALLOWS)
_fixed("robots-bom", "a byte order mark first", message(b"\xef\xbb\xbf" + _ALL, media=_TEXT), whole(), _FORBIDS)
_fixed("robots-cr", "lines that end in CR", message(_ALL.replace(b"\n", b"\r"), media=_TEXT), whole(), _FORBIDS)
_fixed(
    "robots-latin1",
    "bytes that are no UTF-8, then rules",
    message(b"# caf\xe9\n" + _ALL, media=_TEXT),
    whole(),
    _FORBIDS,
)
_fixed("robots-nul", "NUL bytes, then rules", message(b"\0\0\n" + _ALL, media=_TEXT), whole(), _FORBIDS)
_fixed(
    "robots-gzip",
    "gzip",
    message(gzip.compress(_ALL, mtime=0), "Content-Encoding: gzip", media=_TEXT),
    whole(),
    _FORBIDS,
)
_fixed("robots-empty", "empty", message(b"", media=_TEXT), whole(), _ALLOWS)
_fixed(
    "robots-delay",
    "Crawl-delay: 1",
    message(b"User-agent: *\nCrawl-delay: 1\n", media=_TEXT),
    whole(),
    whole("A second apart from the request before."),
)
_fixed(
    "robots-delay-absurd",
    "Crawl-delay: 1e308",
    message(b"User-agent: *\nCrawl-delay: 1e308\n", media=_TEXT),
    whole(),
    whole("The delay has an upper limit."),
)
_fixed("robots-304", "304, unasked", b"HTTP/1.1 304 Not Modified\r\n\r\n", whole(status=304), _ALLOWS)


@_host(
    "robots-huge",
    "more than 500 KiB, with a rule at its start and one after them",
    whole("At least the first 500 KiB are parsed."),
    _FORBIDS,
)
async def robots_huge(wire: Wire) -> None:
    filler = b"Disallow: /nothing/here/at/all\n" * 20_000
    await wire.reply(b"User-agent: *\nDisallow: /page\n" + filler + b"Disallow: /late\n", media=_TEXT)


@_host(
    "robots-endless",
    "endless, with a rule at its start",
    by_length("Cut at the limit of robots.txt; what was read of it holds."),
    _FORBIDS,
)
async def robots_endless(wire: Wire) -> None:
    await wire.send(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nUser-agent: *\nDisallow: /page\n"
    )
    while True:
        await wire.send(b"Disallow: /nothing/here/at/all\n" * 500)


@_host("robots-bomb", "a gzip bomb", whole("Decoding stops at the limit."), _ALLOWS)
async def robots_bomb(wire: Wire) -> None:
    await wire.reply(bomb("gzip", wire.limits.bomb), media=_TEXT, headers=[("Content-Encoding", "gzip")])


@_host("robots-hang", "the request is read, and nothing follows", metadata("Ended by the limit of time."), _UNREACHABLE)
async def robots_hang(wire: Wire) -> None:
    await wire.hold()


@_host("robots-slow", "one byte at a time", metadata("Ended by the limit of time."), _UNREACHABLE)
async def robots_slow(wire: Wire) -> None:
    while True:
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000:
            await wire.send(bytes([byte]))
            await wire.pause()


def _redirecting(
    name: str,
    description: str,
    location: Callable[[Wire, int], str],
    robots: Expected,
    page_of: Expected,
    *,
    body: bytes = _ALL,
    steps: int = 1,
) -> None:
    """robots.txt redirects ``steps`` times; the last place, also under the same host, has the rules."""

    async def go(wire: Wire) -> None:
        step = int(wire.ask.query or "0") if wire.ask.query.isdigit() or not wire.ask.query else 0
        if step < steps:
            await wire.redirect(location(wire, step + 1))
        else:
            await wire.reply(body, media=_TEXT)

    _host(name, description, robots, page_of)(go)


_redirecting(
    "robots-redirects-5", "five redirects, then rules", lambda w, n: f"/robots.txt?{n}", redirect(), _FORBIDS, steps=5
)
_redirecting(
    "robots-redirects-30",
    "thirty redirects, then rules",
    lambda w, n: f"/robots.txt?{n}",
    redirect(Outcome.NOT_FETCHED_LIMIT),
    whole("After too many redirects it counts as unavailable (RFC 9309, section 2.3.1.2)."),
    steps=30,
)
_redirecting(
    "robots-redirect-loop",
    "a redirect to itself",
    lambda w, n: "/robots.txt",
    redirect(Outcome.NOT_FETCHED_LIMIT),
    whole("After too many redirects it counts as unavailable (RFC 9309, section 2.3.1.2)."),
)
_redirecting(
    "robots-redirect-host",
    "a redirect to another host's rules",
    lambda w, n: f"http://{OTHER}/rules.txt",
    redirect(),
    not_fetched(Outcome.NOT_FETCHED_ROBOTS, "The other host's rules count for this one."),
)
_redirecting(
    "robots-redirect-private",
    "a redirect to a private address",
    lambda w, n: f"http://127.0.0.1:{w.place.http_port}{canary('robots')}",
    redirect(Outcome.NOT_FETCHED_GUARD),
    _UNREACHABLE,
)
_redirecting(
    "robots-redirect-file",
    "a redirect to file:",
    lambda w, n: "file:///etc/passwd",
    redirect(Outcome.NOT_FETCHED_SCOPE),
    whole("Nothing that could be asked for: it counts as unavailable."),
)
_redirecting(
    "robots-redirect-html", "a redirect to the home page", lambda w, n: f"http://{MAIN}/empty", redirect(), _ALLOWS
)


@GROUP.fault(
    "rules",
    "the rules that another host's robots.txt redirects to",
    whole(),
    host=OTHER,
    path="/rules.txt",
    kind=Kind.ROBOTS,
)
async def rules(wire: Wire) -> None:
    await wire.reply(_ALL, media=_TEXT)


@_host(
    "robots-sitemaps",
    "Sitemap lines on private addresses, of other schemes, and 10,000 of them",
    whole("A bounded number is asked for.", then=Outcome.NOT_FETCHED_GUARD),
    _ALLOWS,
)
async def robots_sitemaps(wire: Wire) -> None:
    inside = f"http://127.0.0.1:{wire.place.http_port}{canary('robots-sitemap')}"
    lines = [f"Sitemap: {inside}", "Sitemap: file:///etc/passwd", "Sitemap: /relative.xml"]
    lines += [f"Sitemap: http://{wire.ask.host}/sitemap-{n}.xml" for n in range(wire.limits.flood)]
    await wire.reply("\n".join(lines).encode(), media=_TEXT)


GROUP.says(
    "disallowed",
    "a page that this host's own robots.txt disallows",
    not_fetched(Outcome.NOT_FETCHED_ROBOTS),
    message(page("Disallowed")),
)


@GROUP.fault(
    "allowed-to-disallowed", "a redirect to a page that robots.txt disallows", redirect(Outcome.NOT_FETCHED_ROBOTS)
)
async def allowed_to_disallowed(wire: Wire) -> None:
    await wire.redirect("/disallowed")
