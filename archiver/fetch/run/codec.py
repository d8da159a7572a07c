"""Scrapy requests as frontier rows, and back.

A request lives in the frontier, never only in memory, so all of it must be JSON: callbacks by name, ``meta`` and
``cb_kwargs`` of plain values. A plain GET with the spider's ``parse`` needs nothing beside its URL.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from scrapy import Request, Spider

from archiver.catalog import FrontierEntry
from archiver.errors import UsageError
from archiver.fetch.run.reason import META, Reason
from archiver.model.capture import Kind
from archiver.model.url import clean_url

ROW = "frontier"
"""The ``meta`` key that names the row for which a request is made."""
READING = "reading"
"""The ``meta`` key under which a callback leaves what it read of a source."""
HINTS = "hints"
"""The ``meta`` key for what a source says of a URL: when it was published and changed."""
_OURS = frozenset({META, ROW, HINTS, READING, "refresh", "warc", "depth", "is_start_request", "link_text"})
_PRIORITIES = {Kind.SOURCE: 1000, Kind.ROBOTS: 1000, Kind.PAGE: 0, Kind.REQUISITE: -1000, Kind.REDIRECT: 0}


class NotStorable(UsageError):
    """A spider yielded a request that cannot be written as JSON."""

    def __init__(self, request: Request, why: str) -> None:
        super().__init__(f"{request} cannot be kept in the frontier: {why}")


def to_entry(request: Request, *, spider: Spider, site: str, key: str, reason: Reason, now: datetime) -> FrontierEntry:
    """The row of ``request``, due now. Raises ``NotStorable`` and ``NotHttpUrl``."""
    hints = request.meta.get(HINTS) or {}
    published, modified = hints.get("published_at"), hints.get("modified_at")
    return FrontierEntry(
        site=site,
        key=key,
        url=clean_url(request.url),
        kind=reason.kind,
        via=reason.via,
        hop=reason.hop,
        depth=reason.depth,
        priority=request.priority or _PRIORITIES[reason.kind],
        due_at=now,
        found_at=now,
        published_at=datetime.fromisoformat(published) if published else None,
        modified_at=datetime.fromisoformat(modified) if modified else None,
        request=_extras(request, spider),
    )


def to_request(entry: FrontierEntry, *, spider: Spider, errback: Any) -> Request:
    """The request that a row stands for; a fault ends in ``errback``."""
    extras = entry.request or {}
    reason = Reason(entry.kind, entry.hop, entry.via, entry.depth)
    return Request(
        entry.url,
        method=extras.get("method", "GET"),
        headers=extras.get("headers"),
        body=extras.get("body", "").encode("latin-1"),
        callback=getattr(spider, extras.get("callback", "parse")),
        errback=errback,
        cb_kwargs=extras.get("cb_kwargs"),
        meta={**extras.get("meta", {}), META: reason.as_meta(), ROW: entry.key},
        priority=entry.priority,
        dont_filter=True,
    )


def _extras(request: Request, spider: Spider) -> dict[str, Any] | None:
    """What of a request is beyond its URL."""
    extras: dict[str, Any] = {}
    if request.method != "GET":
        extras["method"] = request.method
    if request.body:
        extras["body"] = request.body.decode("latin-1")
    if request.headers:
        extras["headers"] = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, values in request.headers.items()
            for value in values
        ]
    for field in ("callback", "errback"):
        name = _name(getattr(request, field), field, request, spider)
        if name not in {None, "parse", "_parse"}:
            extras[field] = name
    if request.cb_kwargs:
        extras["cb_kwargs"] = request.cb_kwargs
    meta = {name: value for name, value in request.meta.items() if name not in _OURS}
    if meta:
        extras["meta"] = meta
    if not extras:
        return None
    try:
        same = json.loads(json.dumps(extras))
    except (TypeError, ValueError) as error:
        raise NotStorable(request, f"meta and cb_kwargs must be plain JSON: {error}") from error
    if same != extras:
        raise NotStorable(request, "meta and cb_kwargs must be plain JSON (tuples and number keys are none)")
    return extras


def _name(function: Any, field: str, request: Request, spider: Spider) -> str | None:
    if function is None:
        return None
    name = getattr(function, "__name__", "")
    if getattr(spider, name, None) != function:
        raise NotStorable(request, f"its {field} must be a method of the spider, not {function!r}")
    return str(name)
