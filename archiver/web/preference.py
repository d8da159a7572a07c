"""Which view of a memento a client prefers: the ``Prefer`` header (RFC 7240) with pywb's words."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

ORIGINAL = frozenset({"original", "original-content", "raw"})
"""Words for the stored answer, as it came."""
WORDS = (*sorted(ORIGINAL), "rewritten")


def preference_of(request: Request) -> str | None:
    """The first view that is named."""
    for item in ",".join(request.headers.getlist("prefer"))[:500].lower().split(","):
        word = item.partition(";")[0].strip()
        if word in WORDS:
            return word
    return None


def with_preference(response: Response, preference: str | None) -> Response:
    """The answer, which says what preference it heeds, and in one line what it varies with: that preference too."""
    named = [value.decode("latin-1") for name, value in response.raw_headers if name.lower() == b"vary"]
    words = {word.strip().lower(): word.strip() for word in ",".join([*named, "Prefer"]).split(",") if word.strip()}
    # In place: Starlette keeps a view of this list.
    response.raw_headers[:] = [line for line in response.raw_headers if line[0].lower() != b"vary"]
    response.raw_headers.append((b"Vary", ", ".join(words.values()).encode("latin-1")))
    if preference is not None:
        response.raw_headers.append((b"Preference-Applied", preference.encode("ascii")))
    return response
