"""The little of HTTP/1.1 syntax that the capture must know: where interim messages end, the status, proxy credentials."""

from __future__ import annotations

import re

from archiver.capture.exchange import WireBytes

_STATUS = re.compile(rb"HTTP/\d+\.\d+[ \t]+(\d{3})(?=[ \t\r\n]|\Z)", re.IGNORECASE)
_INTERIM = re.compile(rb"HTTP/\d+\.\d+[ \t]+1\d\d(?=[ \t\r\n])")
_HEAD_END = re.compile(rb"\n\r?\n")
_HEAD_LIMIT = 1 << 20


def status_of(head: bytes) -> int | None:
    """The status code of a response's first line; None when it is no status line."""
    match = _STATUS.match(head)
    return int(match[1]) if match else None


def interim_length(message: WireBytes) -> int:
    """How many bytes of 1xx messages stand before the final one (RFC 9110, section 15.2). 101 is final."""
    start = 0
    head = message.read(0, 16)
    if not _INTERIM.match(head) or status_of(head) == 101:
        return 0
    head = message.read(0, _HEAD_LIMIT)
    while _INTERIM.match(head, start) and status_of(head[start : start + 16]) != 101:
        end = _HEAD_END.search(head, start)
        if end is None:
            return len(head) if len(head) == message.size else start
        start = end.end()
    return start


def without_proxy_credentials(request: bytes) -> bytes:
    """The request without its ``Proxy-Authorization`` lines, which are between us and the proxy."""
    head, mark, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"proxy-authorization:")]
    return b"\r\n".join(lines) + mark + body
