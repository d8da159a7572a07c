"""What stands for a URL that is not held but for the part that a script makes anew each time: a number against caches, the
name of a function to call back."""

from __future__ import annotations

import re
from datetime import datetime

from archiver.catalog import CaptureFilter, Catalog
from archiver.model.capture import Capture
from archiver.model.instant import distance
from archiver.model.surt import surt
from archiver.model.url import clean_url

MAX_SEEN = 2_000
"""Captures of one path that are looked through."""
_PASSING = re.compile(
    r"(?:_|_t|ts|t|cb|rnd|rand|random|nocache|no_cache|cachebuster|cache_buster|timestamp)=(?:0?\.)?\d{6,24}\Z",
    re.IGNORECASE,
)
_CALLBACK = re.compile(r"(?:callback|jsonp|jsoncallback)=[\w.$]{0,60}\d{6,24}\w{0,40}\Z", re.IGNORECASE)


def lasting(url: str) -> str:
    """The URL without what changes from visit to visit."""
    path, mark, query = url.partition("?")
    if not mark:
        return url
    kept = [item for item in query.split("&") if not _PASSING.match(item) and not _CALLBACK.match(item)]
    return f"{path}?{'&'.join(kept)}" if kept else path


def likely(catalog: Catalog, url: str, at: datetime | None) -> Capture | None:
    """The good capture nearest to ``at`` (else the newest) whose URL differs from ``url`` only in what passes. None if none does."""
    target = clean_url(url)
    wanted = lasting(target)
    if wanted == target:
        return None
    key = surt(wanted)
    found = catalog.mementos.nearest(key, at, also_redirects=True, url=wanted)
    if found is not None:
        return found
    path = surt(wanted.partition("?")[0])
    # What begins with a question mark ends where the character after it begins.
    seen = catalog.captures.find(CaptureFilter(surts=(f"{path}?", f"{path}@")), limit=MAX_SEEN)
    same = [c for c in seen if c.is_memento and (c.status or 200) < 400 and surt(lasting(c.url)) == key]
    goal = at or max((c.at for c in same), default=None)
    return min(same, key=lambda c: (distance(c.at, goal), c.at), default=None) if goal else None
