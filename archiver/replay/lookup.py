"""Which capture answers a question for a URL at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from archiver.catalog import CaptureFilter, Catalog
from archiver.errors import NotHeld
from archiver.model.capture import Capture
from archiver.model.instant import from_digits, timestamp17
from archiver.model.surt import surt
from archiver.model.url import clean_url

MAX_REDIRECTS = 10
MAX_SAME_SECOND = 1_000


def nearest(catalog: Catalog, url: str, *, at: datetime | None = None, any_status: bool = False) -> Capture:
    """The capture of ``url`` nearest to ``at`` (the newest without ``at``), ties to the earlier.

    Among successful captures and revisits; where only redirects are held, the nearest of them is followed. With
    ``any_status`` among all, following none. Raises ``NotHeld``.
    """
    target = clean_url(url)
    seen: set[str] = set()
    for _ in range(MAX_REDIRECTS + 1):
        key = surt(target)
        capture = catalog.mementos.nearest(key, at, any_status=any_status, url=target)
        if capture is not None:
            return capture
        hop = None if any_status else catalog.mementos.nearest(key, at, also_redirects=True, url=target)
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


def leads_to_itself(capture: Capture) -> bool:
    """Whether a redirect only changes the spelling (http to https, www): to the archive it leads to the same URL."""
    return capture.redirect is not None and surt(capture.redirect) == capture.surt


def redirect_destination(catalog: Catalog, capture: Capture) -> Capture | None:
    """The capture that stands for the target of a redirect, nearest to it in time; None if none does."""
    if capture.redirect is None:
        return None
    if leads_to_itself(capture):
        return catalog.mementos.nearest(capture.surt, capture.at, url=capture.redirect)
    try:
        return closest(catalog, capture.redirect, capture.at)
    except NotHeld:
        return None


def captures_of(
    catalog: Catalog,
    url: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> Iterator[Capture]:
    """Everything held of exactly this URL (a ``*`` at its end is a character of it), by time."""
    return catalog.captures.find(CaptureFilter(surt=surt(url), since=since, until=until), limit=limit)


def exact(catalog: Catalog, url: str, stamp: str) -> Capture | None:
    """The capture that 14 digits (a second) or 17 name, whatever its status; None when there is none.

    Of several that share a second each has 17 digits of its own (``Mementos.stamps``). Of those that 14 digits may mean, one of exactly this URL wins, then a good page, then the first. Raises ``ValueError`` when ``stamp`` is
    no time.
    """
    if len(stamp) not in {14, 17}:
        return None
    since = from_digits(stamp).replace(microsecond=0)
    until = since + timedelta(milliseconds=999)
    target = clean_url(url)
    found = [c for c in captures_of(catalog, target, since=since, until=until, limit=MAX_SAME_SECOND) if c.is_memento]
    if len(stamp) == 17:
        names = catalog.mementos.stamps(found)
        found = [c for c in found if stamp in {names.get(c.record_id), timestamp17(c.at)}]
        # Of those that share a millisecond too, one alone has it as its name.
        found = [c for c in found if names.get(c.record_id) == stamp] or found
    return min(found, key=lambda c: (c.url != target, not _is_good(c), c.at, c.record_id), default=None)


def closest(catalog: Catalog, url: str, at: datetime | None = None) -> Capture:
    """The memento that a TimeGate chooses: nearest to ``at`` (else the newest), a page or redirect before an error.

    Archived redirects are mementos of their own URL and are not followed. Raises ``NotHeld``.
    """
    target = clean_url(url)
    key = surt(target)
    found = catalog.mementos.nearest(key, at, also_redirects=True, url=target) or catalog.mementos.nearest(
        key, at, any_status=True, url=target
    )
    if found is None:
        raise NotHeld(target)
    return found


def _is_good(capture: Capture) -> bool:
    return capture.status is None or 200 <= capture.status < 300 or capture.status == 304
