"""A reply as bytes on the wire, HTTP/1.1 (RFC 9112), with the oddities of real servers: letter case, spaces, gzip unasked."""

from __future__ import annotations

import gzip
from datetime import datetime
from http import HTTPStatus

from archiver.demo.moments import http_date
from archiver.demo.reply import DemoRequest, Reply
from archiver.model.instant import from_http_date

_FIRST_CHUNK = 1000
_CHUNK = 7168


def encode(ask: DemoRequest, reply: Reply, *, at: datetime, keep_alive: bool, http10: bool = False) -> bytes:
    """Status line, header lines and body; no body to HEAD, and 304 where the asker has it already."""
    unchanged = reply.status == HTTPStatus.OK and _has_already(ask, reply)
    status = HTTPStatus.NOT_MODIFIED if unchanged else HTTPStatus(reply.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", "server: nginx", f"Date: {http_date(at)}"]
    if not unchanged:
        lines.append(f"Content-Type: {reply.media_type}")
    if reply.etag is not None:
        lines.append(f"ETag: {reply.etag}")
    if reply.last_modified is not None:
        lines.append(f"Last-Modified: {http_date(reply.last_modified)}")
    lines += [f"{name}: {value}" for name, value in reply.headers]
    framing, body = ([], b"") if unchanged else _framed(ask, reply, http10=http10)
    lines += framing
    lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
    head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
    return head.encode("latin-1") + (b"" if ask.method == "HEAD" else body)


def _framed(ask: DemoRequest, reply: Reply, *, http10: bool) -> tuple[list[str], bytes]:
    """The header lines that tell how the body is coded, and the body so coded."""
    if reply.framing == "chunked":
        packed = gzip.compress(reply.body, 6, mtime=0)
        coded = ["X-POWERED-BY:ePi CMS", "x-cache:  HIT ", "Vary: Accept-Encoding", "content-encoding: gzip"]
        if http10:
            return [*coded, f"Content-Length: {len(packed)}"], packed
        return [*coded, "Transfer-Encoding: chunked"], _chunked(packed)
    if reply.framing == "negotiated" and "gzip" in ask.headers.get("accept-encoding", ""):
        packed = gzip.compress(reply.body, 6, mtime=0)
        return ["Vary: Accept-Encoding", "Content-Encoding: gzip", f"Content-Length: {len(packed)}"], packed
    vary = ["Vary: Accept-Encoding"] if reply.framing == "negotiated" else ["Accept-Ranges: none"]
    return [*vary, f"Content-Length: {len(reply.body)}"], reply.body


def _chunked(body: bytes) -> bytes:
    """A first small chunk, as from a flushed head, then even ones; the size is written with leading zeros and capitals."""
    starts = [0, *range(_FIRST_CHUNK, len(body), _CHUNK)]
    ends = [*starts[1:], len(body)]
    parts = [b"%04X\r\n%s\r\n" % (end - start, body[start:end]) for start, end in zip(starts, ends, strict=True)]
    return b"".join(parts) + b"0\r\n\r\n"


def _has_already(ask: DemoRequest, reply: Reply) -> bool:
    """RFC 9110, section 13.2.2: entity tags first, dates only without them."""
    tags = ask.headers.get("if-none-match")
    if tags is not None:
        mine = (reply.etag or "").removeprefix("W/")
        return bool(mine) and mine in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = from_http_date(ask.headers.get("if-modified-since", ""))
    return since is not None and reply.last_modified is not None and reply.last_modified <= since
