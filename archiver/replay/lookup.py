"""Which capture answers a question for a URL at a time."""

from __future__ import annotations

from datetime import datetime

from archiver.catalog import Catalog
from archiver.errors import NotHeld
from archiver.model.capture import Capture
from archiver.model.surt import surt
from archiver.model.url import clean_url

MAX_REDIRECTS = 10


def nearest(catalog: Catalog, url: str, *, at: datetime | None = None, any_status: bool = False) -> Capture:
    """The capture of ``url`` nearest to ``at`` (the newest without ``at``), ties to the earlier.

    Among successful captures and revisits; where only redirects are held, the nearest of them is followed. With
    ``any_status`` among all, following none. Raises ``NotHeld``.
    """
    target = clean_url(url)
    seen: set[str] = set()
    for _ in range(MAX_REDIRECTS + 1):
        key = surt(target)
        capture = catalog.captures.nearest(key, at, any_status=any_status, url=target)
        if capture is not None:
            return capture
        hop = None if any_status else catalog.captures.nearest(key, at, also_redirects=True, url=target)
        if hop is None:
            raise NotHeld(url)
        seen.add(key)
        if hop.redirect is None or surt(hop.redirect) in seen:
            raise NotHeld(url, "only redirects that lead nowhere are held")
        target = hop.redirect
    raise NotHeld(url, f"more than {MAX_REDIRECTS} archived redirects")


def is_redirect(capture: Capture) -> bool:
    """Whether a capture is a redirect with a target."""
    return capture.status is not None and 300 <= capture.status < 400 and capture.status != 304
