"""Pages that lie about what they are, or hurt whoever reads them."""

from __future__ import annotations

from faultsite.fault import MAIN, OTHER, Group, message, page
from faultsite.outcome import Outcome, not_fetched, whole
from faultsite.wire import Wire

GROUP = Group("Pages")
URLS = Group("URLs")
_READ = "Reading it is bounded in size, depth and time."
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89" + b"\0" * 20


def _page(
    name: str,
    description: str,
    body: bytes,
    *,
    media: str = "text/html; charset=utf-8",
    detail: str = "",
    then: Outcome | None = None,
) -> None:
    GROUP.says(name, description, whole(detail, then=then), message(body, media=media))


_page("image-said-html", "an image that says text/html", _PNG)
_page("html-said-image", "a page that says image/png", page("No image"), media="image/png")
_page("html-said-text", "a page that says text/plain", page("No text"), media="text/plain")
_page("pdf-said-html", "a PDF that says text/html", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"\xff" * 500)
_page("zip-said-html", "a ZIP that says text/html", b"PK\3\4" + b"\xfe" * 500)
_page(
    "warc-said-html",
    "a WARC record as a page",
    b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
    detail="It stays a payload.",
)
_page("http-in-body", "a whole HTTP message as a page", message(page("Inner")), detail="It stays a payload.")
_page("charset-wrong", "says UTF-16, is UTF-8", page("Zażółć gęślą jaźń"), media="text/html; charset=utf-16")
_page("charset-unknown", "says a charset that nobody knows", page("Zażółć"), media="text/html; charset=x-klingon")
_page("charset-dangerous", "says a Python codec that is no charset", page("Zażółć"), media="text/html; charset=rot13")
_page(
    "charset-idna",
    "says idna, a codec of quadratic time",
    b"<p>" + b"x" * 100_000 + b"</p>",
    media="text/html; charset=idna",
)
_page(
    "charset-utf7",
    "says UTF-7, with a script hidden in it",
    b"<p>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</p>",
    media="text/html; charset=utf-7",
)
_page(
    "charset-conflict",
    "the header says UTF-8, the page says windows-1251, and neither is true",
    '<meta charset="windows-1251"><p>日本語</p>'.encode("euc-jp"),
)
_page(
    "charset-half",
    "UTF-8 cut within a character, surrogates and overlong forms",
    b"<p>\xed\xa0\x80 \xc0\x80 \xf8\x88\x80\x80\x80 \xe2\x82",
)
_page("bom-twice", "two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf" + page("Two marks"))
_page("utf16-unsaid", "UTF-16 that does not say so", page("Sixteen").decode().encode("utf-16"), media="text/html")
_page("nul-bytes", "a page full of NUL bytes", page("N\0U\0L", "<p>a\0b</p>" * 1000) + b"\0" * 10_000)
_page(
    "link-nul",
    "links with NUL, CR, LF and tabs in them",
    b'<a href="/em\0pty">1</a><a href="/em\npty">2</a><a href="\t/empty\r">3</a><a href="java\nscript:alert(1)">4</a>',
)
_page(
    "links-odd-schemes",
    "links of every scheme",
    "".join(
        f'<a href="{url}">x</a>'
        for url in (
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "mailto:a@other.example",
            "tel:1",
            "blob:x",
            "about:blank",
            "view-source:x",
            "ws://other.example/",
            "intent://x",
            "//",
            "http:",
            "http://",
            "http:///x",
            "://",
            "?",
            "#",
            "%",
            " ",
            f"ftp://{OTHER}/",
        )
    ).encode(),
    then=Outcome.NOT_FETCHED_SCOPE,
)
_page("base-javascript", "a base element of javascript:", b'<base href="javascript:alert(1)//"><a href="empty">x</a>')
_page(
    "base-many",
    "a thousand base elements",
    "".join(f'<base href="/{n}/">' for n in range(1000)).encode() + b'<a href="/empty">x</a>',
)
_page(
    "canonical-other",
    "a canonical link to another host's page",
    f'<link rel="canonical" href="http://{OTHER}/"><p>Mine.</p>'.encode(),
    detail="The record's URL is the one that was asked for.",
)
_page(
    "json-ld-deep",
    "JSON-LD nested 100,000 deep",
    b'<script type="application/ld+json">' + b"[" * 100_000 + b"]" * 100_000 + b"</script>",
    detail=_READ,
)
_page(
    "json-ld-number",
    "JSON-LD with a number of 10,000 digits, NaN and lone surrogates",
    b'<script type="application/ld+json">{"@type":"NewsArticle","a":'
    + b"9" * 10_000
    + b',"b":NaN,"headline":"\\ud800"}</script>',
    detail=_READ,
)
_page(
    "entities-odd",
    "character references out of every range",
    b"<p>&#0;&#x110000;&#xD800;&#99999999999999999999;&#-1;&amp&lt&notit;&" + b"a" * 10_000 + b";</p>",
)
_page("comment-unclosed", "a comment that is never closed", page("Before") + b"<!-- " + b"<p>hidden</p>" * 10_000)
_page("tag-unclosed", "a tag that is never closed", b"<html><body><p>Text <a href='/empty" + b"x" * 200_000)
_page(
    "cdata-doctype",
    "a DTD with entities in a page",
    b'<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><p>&b;&b;&b;</p>',
)
_page("line-huge", "one line of 2 MB", b"<p>" + b"word " * 400_000 + b"</p>", detail=_READ)
_page(
    "regex-trap",
    "text that makes careless patterns slow",
    b"<p>" + b" \t" * 50_000 + b"x" + b"a@" * 50_000 + b"<" * 50_000,
    detail=_READ,
)
_page(
    "dates-odd",
    "dates that are none",
    b'<meta property="article:published_time" content="99999-13-45T99:99:99Z"><time datetime="-1">0000-00-00</time><meta name="date" content="'
    + b"9" * 10_000
    + b'">',
)
_page(
    "title-huge",
    "a title of 1 MB with controls in it",
    b"<title>" + b"T\x1b[31m\x07\x85\r\n" * 100_000 + b"</title><p>x</p>",
    detail="No log line or terminal is disturbed.",
)
_page("empty-html", "an empty page with a doctype", b"<!doctype html>")
_page("white-page", "nothing but white space", b" \n\t" * 1000)
_page(
    "script-only",
    "a page that only scripts would fill",
    b"<html><body><div id=root></div><script>document.write(1)</script></body></html>",
)
_page(
    "srcset-odd",
    "a srcset with commas, data: URLs and no sizes",
    f'<img srcset="/empty 1x, data:image/png;base64,AAAA 2x, , /gzip 99999999999w, http://{MAIN}/br"><img srcset="{"," * 10_000}">'.encode(),
)
_page(
    "css-loop",
    "a style sheet that imports itself",
    b'@import "/css-loop"; @import url(/css-loop?1); body { background: url("/css-loop") }',
    media="text/css",
    detail="Asked for once.",
)
_page(
    "svg-external",
    "an SVG with an external entity and a script",
    b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text><script>alert(1)</script></svg>',
    media="image/svg+xml",
    detail="No entity is read.",
)
_page(
    "form-get",
    "forms whose answers would be endless",
    b'<form action="/empty"><input name=q><input type=submit></form><form method=post action="/empty"></form>',
    detail="No form is sent.",
)


@GROUP.fault("nested-elements", "10,000 nested elements", whole(_READ))
async def nested_elements(wire: Wire) -> None:
    await wire.reply(b"<div>" * wire.limits.flood + b"deep" + b"</div>" * wire.limits.flood)


@GROUP.fault("nested-tables", "10,000 tables in tables, unclosed, with misnested formatting", whole(_READ))
async def nested_tables(wire: Wire) -> None:
    await wire.reply(b"<table><tr><td><b><i><a href=/empty>" * wire.limits.flood)


@GROUP.fault("attributes-flood", "an element with 10,000 attributes", whole(_READ))
async def attributes_flood(wire: Wire) -> None:
    await wire.reply(b"<p " + b" ".join(b"a%d=%d" % (n, n) for n in range(wire.limits.flood)) + b">x</p>")


@GROUP.fault("frames-self", "a page whose frame is itself", whole("Asked for once."))
async def frames_self(wire: Wire) -> None:
    await wire.reply(
        b'<iframe src="/frames-self"></iframe><object data="/frames-self"></object><embed src="/frames-self">'
    )


@GROUP.fault(
    "cloaking",
    "another page for each User-Agent",
    whole("Kept as it was given to us; the request record has the User-Agent."),
)
async def cloaking(wire: Wire) -> None:
    await wire.reply(
        page("For " + "".join(c for c in wire.ask.headers.get("user-agent", "nobody") if c.isalnum())),
        headers=[("Vary", "User-Agent")],
    )


@GROUP.fault("changes-always", "another body at each visit", whole(again=Outcome.WHOLE))
async def changes_always(wire: Wire) -> None:
    await wire.reply(page(f"Visit {wire.visit}"))


def _url(
    name: str,
    description: str,
    entry: str,
    href: str | None = None,
    *,
    detail: str = "Recorded under its percent-encoded URL.",
    then: Outcome | None = None,
) -> None:
    URLS.fault(
        f"url-{name}", description, whole(detail, then=then), path="/urls/" + name, prefix=True, entry=entry, href=href
    )(_any_url)


async def _any_url(wire: Wire) -> None:
    await wire.reply(page("Found"))


URLS.fault("urls", "any URL under /urls/, for what redirects lead to", whole(), path="/urls/", prefix=True)(_any_url)
_url("space", "spaces in path and query", "/urls/space%20a%20b?q=c%20d", "/urls/space a b?q=c d")
_url("space-around", "spaces and line ends around a link", "/urls/space-around", " \n /urls/space-around\t ")
_url(
    "tab",
    "a tab and a line end within a link",
    "/urls/tabinside",
    "/urls/tab\tin\nside",
    detail="White space within is dropped (WHATWG URL).",
)
_url("control", "a control character in a link", "/urls/control%01%7F", "/urls/control\x01\x7f")
_url("utf8", "Vietnamese letters in a path", "/urls/utf8-ti%E1%BA%BFng", "/urls/utf8-tiếng")
_url("latin1", "a percent-encoded Latin-1 byte", "/urls/latin1-%E9")
_url("emoji", "an emoji in a query", "/urls/emoji?q=%F0%9F%98%80", "/urls/emoji?q=😀")
_url("bidi", "marks that turn the direction of writing", "/urls/bidi%E2%80%AElmth.php", "/urls/bidi\u202elmth.php")
_url(
    "percent-bare",
    "a bare percent sign",
    "/urls/percent-bare-100%25",
    "/urls/percent-bare-100%",
    detail="Recorded as it was sent.",
)
_url(
    "percent-broken",
    "a percent code that is none",
    "/urls/percent-broken-%25zz",
    "/urls/percent-broken-%zz",
    detail="Recorded as it was sent.",
)
_url("percent-nul", "%00 in a path", "/urls/percent-nul%00x")
_url(
    "percent-crlf",
    "%0d%0a and a header in a path",
    "/urls/percent-crlf%0d%0aX-Injected:%201",
    detail="Nothing is injected into request, record or index.",
)
_url(
    "percent-crlf-query",
    "%0d%0a in a query",
    "/urls/percent-crlf-query?a=%0d%0aWARC-Injected:%201%0d%0a%0d%0a",
    detail="Nothing is injected into request, record or index.",
)
_url("percent-double", "a percent sign encoded twice", "/urls/percent-double%2525")
_url("percent-slash", "an encoded slash and encoded dots", "/urls/percent-slash%2f%2e%2e%2fx")
_url("dots", "dot segments that climb out", "/urls/dots", "/../../urls/../urls/dots")
_url("backslash", "backslashes for slashes", "/urls/backslash", "\\urls\\backslash")
_url(
    "brackets",
    "brackets, bars, quotes and carets",
    "/urls/brackets%5B%5D%7C%22%3C%3E%5E%60%7B%7D",
    '/urls/brackets[]|"<>^`{}',
)
_url("slashes", "a row of slashes", "/urls/slashes////a///b//")
_url(
    "json", "quotes and braces as in an index line", "/urls/json?%7B%22url%22:%20%22x%22%7D", '/urls/json?{"url": "x"}'
)
_url("question-marks", "many question marks and ampersands", "/urls/question-marks???&&&==&a=&=b&a&")
_url("semicolons", "parameters by semicolons", "/urls/semicolons;a=1;b=2/x;c=3")
_url(
    "fragment",
    "a fragment, also one that looks like a route",
    "/urls/fragment",
    "/urls/fragment#!/route?x=1#y",
    detail="Recorded without its fragment.",
)
_url(
    "port",
    "the default port, written",
    "/urls/port",
    f"//{MAIN}:80/urls/port",
    detail="Same URL as without it, over http.",
)
_url("host-case", "host and scheme in upper case", "/urls/host-case", f"HTTP://{MAIN.upper()}/urls/host-case")
_url(
    "host-dot",
    "a host with a final dot",
    "/urls/host-dot",
    f"http://{MAIN}./urls/host-dot",
    detail="Taken for the same host, or not fetched.",
)
_url(
    "userinfo",
    "user and password in a link",
    "/urls/userinfo",
    f"http://user:secret@{MAIN}/urls/userinfo",
    detail="No Authorization is sent; the password is in no record field.",
)


def _long(name: str, description: str, entry: str) -> None:
    URLS.fault(
        f"url-{name}",
        description,
        not_fetched(Outcome.NOT_FETCHED_LIMIT, "Longer than the limit of a URL."),
        path=f"/urls/{name}",
        prefix=True,
        entry=entry,
    )(_any_url)


_long("long-path", "a path of 8 kB", "/urls/long-path/" + "x" * 8192)
_long("long-query", "a query of 8 kB", "/urls/long-query?q=" + "y" * 8192)
_long("long-encoded", "8 kB of percent codes", "/urls/long-encoded/" + "%C3%A9" * 1366)
