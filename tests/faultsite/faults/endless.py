"""Answers that do not end, or hardly move."""

from __future__ import annotations

from faultsite.fault import Group, chunk, head, message, page
from faultsite.outcome import by_length, by_time, metadata, whole
from faultsite.wire import Wire

GROUP = Group("Endless and slow")
_LINE = b"<p>All work and no play makes a dull page.</p>\n" * 340


@GROUP.fault("endless-body", "a body without end, ended by nothing", by_length("Cut at max_body."))
async def endless_body(wire: Wire) -> None:
    await wire.send(head("Connection: close"))
    while True:
        await wire.send(_LINE)


@GROUP.fault("endless-chunks", "chunks without end", by_length("Cut at max_body."))
async def endless_chunks(wire: Wire) -> None:
    await wire.send(head("Transfer-Encoding: chunked"))
    while True:
        await wire.send(chunk(_LINE))


@GROUP.fault(
    "announced-too-large",
    "announces 10 GB, and begins to send them",
    by_length("Given up at the header; what came by then is kept."),
)
async def announced_too_large(wire: Wire) -> None:
    await wire.send(head("Content-Length: 10000000000"))
    while True:
        await wire.send(_LINE)


@GROUP.fault(
    "endless-trailers",
    "trailers without end after the last chunk",
    by_time("Cut by the limit of time, or of size where that comes first."),
)
async def endless_trailers(wire: Wire) -> None:
    await wire.send(head("Transfer-Encoding: chunked") + chunk(b"<p>All of it.</p>") + b"0\r\n")
    while True:
        await wire.send(b"X-Trailer: and another one\r\n")
        await wire.pause()


@GROUP.fault("slow-body", "one byte of the body at a time", by_time("Cut by the limit of time for the whole."))
async def slow_body(wire: Wire) -> None:
    await wire.send(head("Content-Length: 100000"))
    while True:
        await wire.send(b"x")
        await wire.pause()


@GROUP.fault("slow-chunks", "one chunk of one byte at a time", by_time("Cut by the limit of time for the whole."))
async def slow_chunks(wire: Wire) -> None:
    await wire.send(head("Transfer-Encoding: chunked"))
    while True:
        await wire.send(chunk(b"x"))
        await wire.pause()


@GROUP.fault("stalled-body", "half of the body, then silence", by_time("Cut by the limit of time for the whole."))
async def stalled_body(wire: Wire) -> None:
    await wire.send(head(f"Content-Length: {2 * len(_LINE)}") + _LINE)
    await wire.hold()


@GROUP.fault("slow-but-whole", "a body in five pieces with pauses", whole())
async def slow_but_whole(wire: Wire) -> None:
    text = page("Slow", "<p>But it comes.</p>" * 20)
    await wire.send(head(f"Content-Length: {len(text)}"))
    for start in range(0, len(text), 1 + len(text) // 5):
        await wire.pause()
        await wire.send(text[start : start + 1 + len(text) // 5])


@GROUP.fault(
    "slow-headers", "one byte of the headers at a time (slowloris)", metadata("Ended by the limit of time for headers.")
)
async def slow_headers(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        for byte in b"X-Slow: yes\r\n":
            await wire.send(bytes([byte]))
            await wire.pause()


@GROUP.fault(
    "slow-status-line", "one byte of a status line that never ends", metadata("Ended by the limit of time for headers.")
)
async def slow_status_line(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 ")
    while True:
        await wire.send(b"O")
        await wire.pause()


@GROUP.fault(
    "header-flood",
    "10,000 header lines",
    whole("Within the limit of the header block; what is longer ends as metadata only."),
)
async def header_flood(wire: Wire) -> None:
    await wire.send(message(page("Many headers"), *(f"X-{n}: {n}" for n in range(wire.limits.flood))))


@GROUP.fault("header-endless", "header lines without end", metadata("Ended by the limit of the header block."))
async def header_endless(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await wire.send(b"X-Header: and another one of these lines\r\n" * 200)


@GROUP.fault("header-line-huge", "one header line of 1 MB", metadata("Ended by the limit of the header block."))
async def header_line_huge(wire: Wire) -> None:
    await wire.send(message(page("One long line"), "X-Long: " + "x" * 1_000_000))


@GROUP.fault("status-line-endless", "a status line without end", metadata("Ended by the limit of the header block."))
async def status_line_endless(wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 ")
    while True:
        await wire.send(b"OK " * 5000)


@GROUP.fault("cookie-flood", "10,000 Set-Cookie lines", whole("No cookie comes back: cookies are off."))
async def cookie_flood(wire: Wire) -> None:
    await wire.send(message(page("Cookies"), *(f"Set-Cookie: c{n}=v; Path=/" for n in range(wire.limits.flood))))


GROUP.says(
    "cookie-long", "one cookie of 12 kB", whole(), message(page("A long cookie"), "Set-Cookie: c=" + "x" * 12_000)
)


@GROUP.fault("link-flood", "a page with 10,000 links", whole("The links beyond the limit are not followed."))
async def link_flood(wire: Wire) -> None:
    if wire.ask.query:
        await wire.reply(page("One of many"))
    else:
        links = (f'<a href="/link-flood?{n}">{n}</a>' for n in range(wire.limits.flood))
        await wire.reply(page("Many links", *links))
