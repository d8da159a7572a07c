"""The header lines of an archived answer, made safe to send from the archive's own origin.

Every original line comes back as ``X-Archive-Orig-<Name>``, in order, duplicates too: so nothing of it can set a cookie,
register a worker, report home or pin a policy here. Only Content-Type keeps its own name as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

PREFIX = b"X-Archive-Orig-"
MAX_LINES = 80
"""Python's http.client gives up above 100 header lines; the rest is left for our own."""
MAX_BYTES = 64_000
MAX_NAME = 200
_NOT_TOKEN = re.compile(rb"[^A-Za-z0-9!#$%&'*+.^_`|~-]")
_BREAKS = re.compile(rb"[ \t]*[\r\n\x00\x0b\x0c]+[ \t]*")
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1f\x7f]")

SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"Content-Security-Policy", b"sandbox; default-src 'none'"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
)
"""What goes with every archived byte that our own origin sends."""

Header = tuple[bytes, bytes]


def safe_value(value: bytes) -> bytes:
    """A header value without line breaks and NUL (a folded line becomes one line), other controls percent-encoded.

    Bytes above 0x7F stay as they are.
    """
    value = _BREAKS.sub(b" ", value)
    return _CONTROLS.sub(lambda m: b"%%%02X" % m[0][0], value).strip(b" \t")


def safe_name(name: bytes) -> bytes:
    """A header name of token characters only; whatever else stood there is a ``-``."""
    return _NOT_TOKEN.sub(b"-", name.strip(b" \t\r\n"))[:MAX_NAME]


def archived_headers(lines: Iterable[Header]) -> list[Header]:
    """Original header lines under their ``X-Archive-Orig-`` names, at most ``MAX_LINES`` and ``MAX_BYTES`` of them.

    What is left out is counted in ``X-Archive-Headers-Omitted``.
    """
    kept: list[Header] = []
    size = omitted = 0
    for name, value in lines:
        line = (PREFIX + safe_name(name), safe_value(value))
        size += len(line[0]) + len(line[1]) + 4
        if len(kept) >= MAX_LINES or size > MAX_BYTES or line[0] == PREFIX:
            omitted += 1
            continue
        kept.append(line)
    if omitted:
        kept.append((b"X-Archive-Headers-Omitted", b"%d" % omitted))
    return kept


def first_value(lines: Sequence[Header], name: bytes) -> bytes | None:
    """The value of the first line of this name, in any case."""
    wanted = name.lower()
    return next((value.strip(b" \t\r\n") for key, value in lines if key.strip(b" \t").lower() == wanted), None)


def content_type(lines: Sequence[Header]) -> bytes:
    """The Content-Type to send; ``application/octet-stream`` where the server named none."""
    return safe_value(first_value(lines, b"content-type") or b"") or b"application/octet-stream"
