"""Byte ranges of an answer (RFC 9110, section 14): what ``Range`` and ``If-Range`` ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ONE = re.compile(r"(\d{0,1000})[ \t]*-[ \t]*(\d{0,1000})\Z", re.ASCII)


def wanted_range(lines: Sequence[str], length: int, *, if_range: str | None, etag: str | None) -> range | None:
    """The bytes of a body of ``length`` that the ``Range`` lines of a request ask for, cut to the end.

    None where the whole body is to be sent: no range, a malformed one, several, or one under an ``If-Range`` that is not
    this strong ``etag``. Empty where the range lies behind the end (416).
    """
    if len(lines) != 1 or (if_range is not None and if_range.strip() != etag):
        return None
    unit, _, rest = lines[0].partition("=")
    ranges = [item.strip(" \t") for item in rest.split(",") if item.strip(" \t")]
    match = _ONE.match(ranges[0]) if len(ranges) == 1 else None
    if unit.strip().lower() != "bytes" or match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        # A suffix of nothing is all of it (RFC 9110, 14.1.2), and no Content-Range could say so.
        return range(max(0, length - int(match[2])), length) if length else None
    first, last = int(match[1]), int(match[2]) if match[2] else length
    return None if match[2] and last < first else range(min(first, length), min(last + 1, length))
