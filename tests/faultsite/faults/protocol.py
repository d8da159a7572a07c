"""Answers in another protocol, with impossible statuses, and with values that try to break out of their line."""

from __future__ import annotations

from faultsite.fault import OTHER, Group, message, page
from faultsite.outcome import Expected, Outcome, by_disconnect, metadata, whole
from faultsite.wire import Wire

GROUP = Group("Status lines and protocols")
VALUES = Group("Header values")
TEXT = page("A page", "<p>Words of a page. </p>" * 20)
_BYTES_KEPT = "The bytes are kept; they are no response."


def _status(line: bytes) -> bytes:
    return message(TEXT).replace(b"HTTP/1.1 200 OK", line, 1)


GROUP.says("http-0.9", "HTTP/0.9: a page without status line or headers", metadata(_BYTES_KEPT), TEXT, end="fin")
GROUP.says(
    "http-2-preface",
    "HTTP/2 frames: SETTINGS and GOAWAY",
    metadata(_BYTES_KEPT),
    b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0d" + b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01",
    end="fin",
)
GROUP.says("bad-status-line", "a status line that is none", metadata(_BYTES_KEPT), _status(b"HELLO WORLD"), end="fin")
GROUP.says(
    "blank-lines-first",
    "blank lines before the status line",
    metadata(_BYTES_KEPT),
    b"\r\n\r\n" + message(TEXT),
    end="fin",
)
GROUP.says("status-words", "a status code in letters", metadata(_BYTES_KEPT), _status(b"HTTP/1.1 abc OK"), end="fin")
GROUP.says(
    "status-099",
    "status 099",
    whole("Kept as any other.", status=99),
    _status(b"HTTP/1.1 099 Odd"),
    end="fin",
)
GROUP.says("status-999", "status 999", whole(status=999), _status(b"HTTP/1.1 999 Denied"))
GROUP.says("status-600", "status 600", whole(status=600), _status(b"HTTP/1.1 600 Odd"))
GROUP.says(
    "status-four-digits", "a status of four digits", metadata(_BYTES_KEPT), _status(b"HTTP/1.1 2000 OK"), end="fin"
)
GROUP.says("status-negative", "a negative status", metadata(_BYTES_KEPT), _status(b"HTTP/1.1 -200 OK"), end="fin")
GROUP.says("version-2.0", "HTTP/2.0 in a status line", whole(), _status(b"HTTP/2.0 200 OK"))
GROUP.says("version-9.9", "HTTP/9.9 in a status line", whole(), _status(b"HTTP/9.9 200 OK"))
GROUP.says(
    "version-lower-case", "http/1.1 in lower case", whole("Kept as it came."), _status(b"http/1.1 200 OK"), end="fin"
)
GROUP.says("icy", "ICY 200 OK, as radio servers say", metadata(_BYTES_KEPT), _status(b"ICY 200 OK"), end="fin")
GROUP.says(
    "ftp-greeting", "the greeting of an FTP server", metadata(_BYTES_KEPT), b"220 ftp.example ready\r\n", end="fin"
)
GROUP.says("ssh-greeting", "the greeting of an SSH server", metadata(_BYTES_KEPT), b"SSH-2.0-Fault\r\n", end="fin")
GROUP.says(
    "status-spaces",
    "a status line with many spaces",
    whole("As browsers read it. Noted."),
    _status(b"HTTP/1.1    200    OK"),
)
GROUP.says(
    "switching",
    "101, though nobody asked to switch",
    by_disconnect("No HTTP response follows it.", status=101),
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x05hello",
    end="fin",
)
GROUP.says("teapot", "418", whole(status=418), _status(b"HTTP/1.1 418 I'm a teapot"))
GROUP.says(
    "unavailable-legally",
    "451 with a blocked-by link",
    whole(status=451),
    message(TEXT, 'Link: <https://other.example/>; rel="blocked-by"').replace(
        b"200 OK", b"451 Unavailable For Legal Reasons", 1
    ),
)
GROUP.says(
    "login",
    "401 with a challenge",
    whole("No credentials are sent.", status=401),
    message(TEXT, 'WWW-Authenticate: Basic realm="x"').replace(b"200 OK", b"401 Unauthorized", 1),
)
GROUP.says("not-found", "404", whole(status=404), message(TEXT).replace(b"200 OK", b"404 Not Found", 1))
GROUP.says("gone", "410", whole(status=410), message(TEXT).replace(b"200 OK", b"410 Gone", 1))
GROUP.says(
    "answer-twice",
    "the whole answer twice",
    whole("The second one belongs to no request."),
    message(TEXT),
    beyond=message(TEXT),
    end="fin",
)


@GROUP.fault("answer-early", "the answer, and the end, while the next request is read", whole())
async def answer_early(wire: Wire) -> None:
    await wire.send(message(TEXT, "Connection: close"))
    await wire.fin()


_NO_NAME = "No header name (RFC 9110, section 5.1): browsers skip the line. Noted; the line stays in the block."
_INERT = "As sent in the block; no record field, index line, key or log line is broken."
VALUES.says("value-bare-cr", "a bare CR in a value", whole(_INERT), message(TEXT, "X-Bad: a\rWARC-Injected: 1"))
VALUES.says("value-nul", "a NUL in a value", whole(_INERT), message(TEXT, "X-Bad: a\0b"))
VALUES.says("name-nul", "a NUL in a name", whole(_NO_NAME), message(TEXT, "X-\0Bad: a"))
VALUES.says(
    "value-controls",
    "all other control characters in a value",
    whole(_INERT),
    message(TEXT, "X-Bad: " + "".join(map(chr, (*range(1, 9), 11, 12, *range(14, 32), 127)))),
)
VALUES.says(
    "value-utf8",
    "UTF-8 in a value",
    whole(_INERT),
    message(TEXT, "X-Title: TITLE").replace(b"TITLE", "Tiếng Việt".encode()),
)
VALUES.says("value-latin1", "Latin-1 in a value", whole(_INERT), message(TEXT, "X-Title: Trouvé"))
VALUES.says(
    "value-separators",
    "NEL, LS and PS, which some take for line ends",
    whole(_INERT),
    message(TEXT, "X-Title: SEPS").replace(b"SEPS", "a\x85b\u2028c\u2029d".encode()),
)
VALUES.says("name-empty", "a header without a name", whole(_NO_NAME), message(TEXT, ": value"))
VALUES.says("name-at", "a header name with an @", whole(_NO_NAME), message(TEXT, "X-User@Host: a"))
VALUES.says("name-brackets", "a header name in brackets", whole(_NO_NAME), message(TEXT, "[X-Cache]: hit"))
VALUES.says("name-spaces", "a header whose name has spaces", whole(_NO_NAME), message(TEXT, "X Bad Name: value"))
VALUES.says(
    "name-warc",
    "headers with the names of WARC fields",
    whole(_INERT),
    message(TEXT, "WARC-Type: warcinfo", "WARC-Target-URI: http://evil.nip.example/", "WARC/1.1"),
)
VALUES.says(
    "type-space",
    "a media type with spaces, quotes and braces",
    whole(_INERT),
    message(TEXT, media='text/html {"url": "x"} 20260101000000'),
)
VALUES.says("type-tab", "a media type with tabs", whole(_INERT), message(TEXT, media="text/html\tx\ty"))
VALUES.says("type-nul", "a media type with a NUL and a CR", whole(_INERT), message(TEXT, media="text/html\0\rx"))
VALUES.says("type-long", "a media type of 10 kB", whole(_INERT), message(TEXT, media="text/" + "x" * 10_000))
VALUES.says("type-twice", "two Content-Types that differ", whole(), message(TEXT, "Content-Type: image/png"))
VALUES.says(
    "type-missing",
    "no Content-Type",
    whole(),
    message(TEXT).replace(b"Content-Type: text/html; charset=utf-8\r\n", b"", 1),
)
VALUES.says(
    "etag-odd",
    "an ETag with quotes, spaces and Latin-1",
    whole("It is sent back as it came, or not at all."),
    message(TEXT, 'ETag: "a"b" \xe9 \\'),
)
VALUES.says(
    "etag-cr",
    "an ETag with CR and a header after it",
    whole("Not sent back."),
    message(TEXT, 'ETag: "a"\rX-Injected: 1'),
)
VALUES.says(
    "date-odd",
    "dates that are none",
    whole(),
    message(TEXT, "Date: yesterday", "Last-Modified: 99 Foo 99999", "Expires: -1", "Age: many"),
)
VALUES.says(
    "content-location",
    "a Content-Location on another host",
    whole("The record's URL is the one that was asked for."),
    message(TEXT, f"Content-Location: http://{OTHER}/evil"),
)
VALUES.says(
    "content-location-private",
    "a Content-Location on a private address",
    whole("Not followed.", then=Outcome.NOT_FETCHED_GUARD),
    message(TEXT, "Content-Location: http://127.0.0.1/"),
)
VALUES.says(
    "link-headers",
    "Link headers of every kind",
    whole("Followed as links, or not at all."),
    message(
        TEXT,
        '</empty>; rel="canonical", </gzip>; rel="next"',
        f"Link: <http://{OTHER}/x>; rel=preload; as=image",
        "Link: <javascript:alert(1)>; rel=next",
        "Link: <<>>;;;",
    ),
)
VALUES.says(
    "disposition",
    "a Content-Disposition that climbs out of its folder",
    whole("No name is made of it."),
    message(TEXT, 'Content-Disposition: attachment; filename="../../../../etc/passwd"'),
)
VALUES.says(
    "security-headers",
    "HSTS, CSP, Clear-Site-Data, NEL, Service-Worker-Allowed",
    whole("Kept in the record, inert in replay."),
    message(
        TEXT,
        "Strict-Transport-Security: max-age=99999999; includeSubDomains",
        'Clear-Site-Data: "*"',
        f"Content-Security-Policy: report-uri http://{OTHER}/csp",
        'NEL: {"report_to":"x","max_age":1}',
        "Service-Worker-Allowed: /",
    ),
)
VALUES.says(
    "alt-svc",
    "an Alt-Svc to a private address",
    whole("Not followed.", then=Outcome.NOT_FETCHED_GUARD),
    message(TEXT, 'Alt-Svc: h2="127.0.0.1:443"; ma=86400'),
)
VALUES.says(
    "cookie-injection",
    "cookies for other hosts, with controls",
    whole("No cookie is kept or sent."),
    message(
        TEXT,
        f"Set-Cookie: a=b; Domain={OTHER}",
        "Set-Cookie: a=b; Domain=example",
        "Set-Cookie: a\rb=c",
        "Set-Cookie: =",
    ),
)


@VALUES.fault(
    "cookie-wall",
    "redirects to itself until a cookie comes back",
    Expected(
        Outcome.REDIRECT, "Each hop up to the limit is a record; no cookie comes back.", 302, Outcome.NOT_FETCHED_LIMIT
    ),
)
async def cookie_wall(wire: Wire) -> None:
    if "cookie" in wire.ask.headers:
        await wire.reply(TEXT)
    else:
        await wire.reply(
            b"",
            status=302,
            reason="Found",
            headers=[("Location", f"{wire.base}/cookie-wall"), ("Set-Cookie", "pass=1")],
        )
