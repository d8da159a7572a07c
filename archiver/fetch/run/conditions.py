"""Conditional requests: what is held of a URL is asked about with the validators that came with it (RFC 9110, section 13).

The condition belongs to one attempt at one URL. It is set right before the request goes out and taken away after it, so
that no retry or redirect carries the validators of another URL.
"""

from __future__ import annotations

import re
from typing import Any

from scrapy import Request

from archiver.fetch.run.reason import Reason
from archiver.model.capture import Capture, Kind
from archiver.model.record import RecordType
from archiver.model.surt import surt
from archiver.model.url import clean_url
from archiver.records.revisits import resolve_revisit

NOT_MODIFIED = 304
_KINDS = frozenset({Kind.PAGE, Kind.SOURCE, Kind.REQUISITE})
_OWN = (b"If-None-Match", b"If-Modified-Since", b"If-Match", b"If-Unmodified-Since", b"If-Range", b"Range")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")
_LONGEST = 4096


class Condition:
    """The validators of one request, and ``original``, the response capture that they came with."""

    def __init__(self, original: Capture, etag: str | None, last_modified: str | None) -> None:
        self.original = original
        validators = ((b"If-None-Match", etag), (b"If-Modified-Since", last_modified))
        # A header's bytes were read as Latin-1, so they are written back as they came.
        self._lines = {name: value.encode("latin-1") for name, value in validators if value and _is_sendable(value)}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def put_on(self, request: Request) -> None:
        """Add the header lines."""
        for name, value in self._lines.items():
            request.headers[name] = value

    def take_off(self, request: Request) -> None:
        """Take the header lines away."""
        for name in self._lines:
            request.headers.pop(name, None)


def may_be_conditional(request: Request, every: int) -> bool:
    """Whether a request is one to ask about what is held: a plain GET, not told otherwise by its maker."""
    return (
        every > 0
        and request.method == "GET"
        and not request.body
        and Reason.of(request).kind in _KINDS
        and not any(name in request.headers for name in _OWN)
        and b"no-cache" not in (request.headers.get(b"Cache-Control") or b"")
    )


def condition_for(catalog: Any, url: str, *, every: int, row: tuple[str, str] | None = None) -> Condition | None:
    """The condition on which ``url`` is asked for; None where nothing with validators is held, and at every ``every``-th visit.

    ``row`` is the site and key of the frontier's row that asks. What is held must have been read to its end by that row: a
    run that died between the two commits has left a source whose entries nobody knows, and "not modified" would hide them
    for good. Reads the catalogue. Raises ``CatalogError``, and ``NotHttpUrl`` for what could never be held.
    """
    clean = clean_url(url)
    held = catalog.mementos.validators(surt(clean), url=clean)
    if held is None or held.unchanged >= every - 1:
        return None
    original = resolve_revisit(catalog, held.newest)
    if original is None or original.record_type is not RecordType.RESPONSE:
        return None
    state = catalog.frontier.get(*row) if row is not None else None
    if state is not None and (state.last_at is None or state.last_at < original.at):
        return None
    return Condition(original, held.etag, held.last_modified) or None


def _is_sendable(value: str) -> bool:
    return len(value) <= _LONGEST and not _UNSENDABLE.search(value)
