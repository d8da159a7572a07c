"""Conditional requests answered rightly and wrongly, and servers that ask to wait."""

from __future__ import annotations

import time
from email.utils import formatdate

from faultsite.fault import Group, page
from faultsite.outcome import Outcome, whole
from faultsite.wire import Wire

GROUP = Group("Conditional requests")
WAIT = Group("Please wait")
TEXT = page("A page", "<p>Words of a page. </p>" * 20)
_DATE = "Tue, 24 Nov 2026 02:00:00 GMT"
_UNASKED = "A 304 to a request without a condition: a response, not a revisit of nothing."


@GROUP.fault("etag", "nothing: ETag, and 304 to If-None-Match", whole(again=Outcome.NOT_MODIFIED))
async def etag(wire: Wire) -> None:
    if wire.ask.headers.get("if-none-match") == '"v1"':
        await wire.send(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n')
    else:
        await wire.reply(TEXT, headers=[("ETag", '"v1"')])


@GROUP.fault("etag-weak", "nothing: a weak ETag, and 304", whole(again=Outcome.NOT_MODIFIED))
async def etag_weak(wire: Wire) -> None:
    if wire.ask.headers.get("if-none-match") == 'W/"v1"':
        await wire.send(b'HTTP/1.1 304 Not Modified\r\nETag: W/"v1"\r\n\r\n')
    else:
        await wire.reply(TEXT, headers=[("ETag", 'W/"v1"')])


@GROUP.fault("last-modified", "nothing: Last-Modified, and 304 to If-Modified-Since", whole(again=Outcome.NOT_MODIFIED))
async def last_modified(wire: Wire) -> None:
    if wire.ask.headers.get("if-modified-since") == _DATE:
        await wire.send(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    else:
        await wire.reply(TEXT, headers=[("Last-Modified", _DATE)])


@GROUP.fault("etag-new-304", "a 304 with another ETag than was asked about", whole(again=Outcome.NOT_MODIFIED))
async def etag_new_304(wire: Wire) -> None:
    if "if-none-match" in wire.ask.headers:
        await wire.send(f'HTTP/1.1 304 Not Modified\r\nETag: "v{wire.visit}"\r\n\r\n'.encode())
    else:
        await wire.reply(TEXT, headers=[("ETag", '"v1"')])


@GROUP.fault("etag-ignored", "200 with the same body to a condition that holds", whole(again=Outcome.IDENTICAL))
async def etag_ignored(wire: Wire) -> None:
    await wire.reply(TEXT, headers=[("ETag", f'"v{wire.visit}"'), ("X-Etag-Page", "ignored")])


@GROUP.fault(
    "etag-lies",
    "304 though the page has changed",
    whole("An unconditional visit, every Nth time, finds the change.", again=Outcome.NOT_MODIFIED),
)
async def etag_lies(wire: Wire) -> None:
    if "if-none-match" in wire.ask.headers:
        await wire.send(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n')
    else:
        await wire.reply(page(f"Visit {wire.visit}"), headers=[("ETag", '"v1"')])


GROUP.says(
    "304-unasked",
    "304 to a request without a condition",
    whole(_UNASKED, status=304),
    b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n',
)
GROUP.says(
    "304-with-length",
    "304 with the Content-Length of the page",
    whole("A 304 has no body (RFC 9110, section 15.4.5).", status=304),
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n",
)
GROUP.says(
    "304-with-body",
    "304 with a body",
    whole("The bytes after the head belong to no message.", status=304),
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    beyond=b"hello",
    end="fin",
)
GROUP.says(
    "304-chunked",
    "304 that says chunked",
    whole("The bytes after the head belong to no message.", status=304),
    b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
    beyond=b"0\r\n\r\n",
    end="fin",
)
GROUP.says(
    "204-with-body",
    "204 with a body",
    whole("The bytes after the head belong to no message.", status=204),
    b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    beyond=b"hello",
    end="fin",
)
GROUP.says(
    "412",
    "412 to a request without a condition",
    whole(status=412),
    b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n",
)


@GROUP.fault(
    "same-body-a",
    "nothing: the same body as same-body-b",
    whole("The second of the two is a revisit: identical payload.", again=Outcome.IDENTICAL),
)
async def same_body_a(wire: Wire) -> None:
    await wire.reply(page("The same for two"))


@GROUP.fault(
    "same-body-b",
    "nothing: the same body as same-body-a",
    whole("The second of the two is a revisit: identical payload.", again=Outcome.IDENTICAL),
)
async def same_body_b(wire: Wire) -> None:
    await wire.reply(page("The same for two"))


def _wait(
    name: str, description: str, status: int, *, seconds: bool = True, value: str | None = None, detail: str = ""
) -> None:
    words = detail or "The host rests as long as it asks; then 200 is captured."

    @WAIT.fault(name, description, whole(words))
    async def busy(wire: Wire) -> None:
        if wire.visit % 2 == 0:
            await wire.reply(TEXT)
            return
        later = value or (
            str(wire.limits.retry_after)
            if seconds
            else formatdate(time.time() + wire.limits.retry_after + 1, usegmt=True)
        )
        await wire.reply(page("Busy"), status=status, reason="Busy", headers=[("Retry-After", later)])


_wait("wait-429-seconds", "429 with Retry-After in seconds, then 200", 429)
_wait("wait-429-date", "429 with Retry-After as a date, then 200", 429, seconds=False)
_wait("wait-503-seconds", "503 with Retry-After in seconds, then 200", 503)
_wait("wait-503-date", "503 with Retry-After as a date, then 200", 503, seconds=False)

_NEXT = "The URL is due again later; the run does not wait for it."


def _busy(name: str, description: str, status: int, *values: str, detail: str = _NEXT) -> None:
    @WAIT.fault(name, description, whole(detail, status=status), host=f"{name}.example", path="/")
    async def busy(wire: Wire) -> None:
        await wire.reply(
            page("Busy"), status=status, reason="Busy", headers=[("Retry-After", value) for value in values]
        )


_busy("wait-year", "429 with a Retry-After of a year", 429, "31536000", detail="The wait has an upper limit. " + _NEXT)
_busy(
    "wait-overflow",
    "503 with a Retry-After of a hundred digits",
    503,
    "9" * 100,
    detail="The wait has an upper limit. " + _NEXT,
)
_busy(
    "wait-past",
    "503 with a Retry-After in the past",
    503,
    "Thu, 01 Jan 1970 00:00:00 GMT",
    detail="Retried a bounded number of times. " + _NEXT,
)
_busy(
    "wait-odd",
    "429 with Retry-After lines that are no time",
    429,
    "-1",
    "soon",
    "1e9",
    "",
    detail="As without one. " + _NEXT,
)
_busy("wait-always", "503 at every visit", 503, "0", detail="Retried a bounded number of times. " + _NEXT)
