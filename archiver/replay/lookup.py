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

    Among successful captures and revisits, following archived redirects; with ``any_status`` among all, following none.
    Raises ``NotHeld``.
    """
    target = clean_url(url)
    seen: set[str] = set()
    for _ in range(MAX_REDIRECTS + 1):
        key = surt(target)
        capture = catalog.captures.nearest(key, at, any_status=any_status, also_redirects=True, url=target)
        if capture is None:
            raise NotHeld(url)
        if any_status or not is_redirect(capture):
            return capture
        seen.add(key)
        if capture.redirect is None or surt(capture.redirect) in seen:
            raise NotHeld(url, "only redirects that lead nowhere are held")
        target = capture.redirect
    raise NotHeld(url, f"more than {MAX_REDIRECTS} archived redirects")


def is_redirect(capture: Capture) -> bool:
    """Whether a capture is a redirect with a target."""
    return capture.status is not None and 300 <= capture.status < 400 and capture.status != 304
