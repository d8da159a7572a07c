"""TimeMaps (RFC 7089, section 5): all mementos of a URL, in link format, JSON or CDXJ, page by page where they are many."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from archiver.catalog import CaptureFilter, Catalog
from archiver.errors import NotHeld
from archiver.model.capture import Capture
from archiver.model.instant import from_digits, timestamp17
from archiver.model.surt import surt
from archiver.replay.address import Links, in_path
from archiver.replay.cdx.rows import values_of
from archiver.replay.instants import http_date
from archiver.replay.lookup import captures_of
from archiver.replay.memento import LINK_FORMAT, link

PAGE = 2_000
"""Mementos of one page."""
JSON, CDXJ = "application/json", "application/cdxj+ors"
_CDXJ_NAMES = (
    ("url", "original"),
    ("mime", "mimetype"),
    ("status", "statuscode"),
    *((name, name) for name in ("digest", "length", "offset", "filename")),
)


@dataclass(frozen=True, slots=True)
class TimeMap:
    """One page of a TimeMap: its mementos by time, and where other pages begin (17 digits).

    ``begins`` is empty on the page without a timestamp of its own, which is the first. ``first`` and ``last`` are the
    mementos of the whole.
    """

    url: str
    mementos: tuple[Capture, ...]
    first: Capture
    last: Capture
    begins: str = ""
    prev: str | None = None
    next: str | None = None
    last_page: str | None = None

    @property
    def pages(self) -> Mapping[str, str]:
        """Relation to the timestamp at which that other page begins; nothing where there is one page."""
        if self.prev is None and self.next is None:
            return {}
        named = {"first": "", "prev": self.prev, "next": self.next, "last": self.last_page}
        return {name: begins for name, begins in named.items() if begins is not None}

    def rel(self, capture: Capture) -> str:
        """``memento``, with ``first`` or ``last`` if it is that of the whole."""
        ends = (("first", self.first), ("last", self.last))
        names = [name for name, other in ends if other.record_id == capture.record_id]
        return " ".join([*names, "memento"])


def read_timemap(
    catalog: Catalog, url: str, *, since: datetime | None = None, begins: str = "", size: int = PAGE
) -> TimeMap:
    """The page of ``url``'s TimeMap that begins at ``since``. Raises ``NotHeld``."""
    found = list(islice((c for c in captures_of(catalog, url, since=since) if c.is_memento), size + 1))
    if not found:
        raise NotHeld(url)
    around = catalog.mementos.neighbours(surt(url), found[0].at)
    assert around.first is not None
    assert around.last is not None
    more = len(found) > size
    before = _begin_of(catalog, url, size=size, before=found[0]) if since is not None else None
    paged = more or before is not None
    return TimeMap(
        url,
        tuple(found[:size]),
        around.first,
        around.last,
        begins=begins,
        prev=before,
        next=timestamp17(found[size].at) if more else None,
        last_page=_begin_of(catalog, url, size=size) if paged else None,
    )


def _begin_of(catalog: Catalog, url: str, *, size: int, before: Capture | None = None) -> str | None:
    """Where the page begins that ends at the end, or just before a capture; None where nothing is before it."""
    wanted = CaptureFilter(surt=surt(url), until=before.at if before else None)
    captures = catalog.captures.find(wanted, backwards=True, limit=2 * size)
    earlier = (c for c in captures if c.is_memento and (before is None or c.at < before.at))
    page = list(islice(earlier, size))
    return timestamp17(page[-1].at) if page else None


def as_link(page: TimeMap, links: Links) -> Iterator[str]:
    """Link format (RFC 6690): self, timegate, original, the other pages, the mementos."""
    span = {"from": http_date(page.mementos[0].at), "until": http_date(page.mementos[-1].at)}
    yield link(links.timemap(page.url, since=page.begins), "self", type=LINK_FORMAT, **span)
    yield ",\n" + link(links.timegate(page.url), "timegate")
    yield ",\n" + link(in_path(page.url), "original")
    for name, begins in page.pages.items():
        target = links.timemap(page.url, since=begins)
        yield ",\n" + link(target, name, type=LINK_FORMAT)
        if name == "next":
            # RFC 7089, 5.1.1: how clients that know nothing of pages find the rest; back would lead them in circles.
            start = http_date(from_digits(begins))
            yield ",\n" + link(target, "timemap", type=LINK_FORMAT, **{"from": start})
    links.know(page.mementos)
    for capture in page.mementos:
        yield ",\n" + link(links.capture(capture), page.rel(capture), datetime=http_date(capture.at))
    yield "\n"


def as_json(page: TimeMap, links: Links) -> Iterator[str]:
    """One JSON object, with the keys of the Memento aggregators (MemGator, Time Travel)."""
    links.know((*page.mementos, page.first, page.last))
    told: dict[str, object] = {
        "original_uri": page.url,
        "self": links.timemap(page.url, form="json", since=page.begins),
        "timegate_uri": links.timegate(page.url),
        "timemap_uri": _forms(page, links),
    }
    if page.pages:
        told["pages"] = {name: links.timemap(page.url, form="json", since=at) for name, at in page.pages.items()}
    head = json.dumps(told, ensure_ascii=False)
    ends = json.dumps({"first": _told(page.first, links), "last": _told(page.last, links)}, ensure_ascii=False)
    yield f'{head[:-1]}, "mementos": {ends[:-1]}, "list": ['
    for place, capture in enumerate(page.mementos):
        yield (",\n" if place else "\n") + json.dumps(_told(capture, links), ensure_ascii=False)
    yield "\n]}}\n"


def as_cdxj(page: TimeMap, links: Links) -> Iterator[str]:
    """CDXJ lines as pywb has them, each with the memento's URI and relations; what they belong to stands in ``!`` lines."""
    yield '!context ["http://tools.ietf.org/html/rfc7089"]\n'
    head: list[tuple[str, object]] = [
        ("id", {"uri": links.timemap(page.url, form="cdxj", since=page.begins)}),
        ("keys", ["surt", "memento_datetime_YYYYMMDDhhmmss"]),
        ("meta", {"original_uri": page.url}),
        ("meta", {"timegate_uri": links.timegate(page.url)}),
        ("meta", {"timemap_uri": _forms(page, links)}),
    ]
    if page.pages:
        others = {name: links.timemap(page.url, form="cdxj", since=begins) for name, begins in page.pages.items()}
        head.append(("meta", {"pages": others}))
    for name, value in head:
        yield f"!{name} {json.dumps(value)}\n"
    links.know(page.mementos)
    for capture in page.mementos:
        values = values_of(capture)
        told = {
            **{name: values[ours] for name, ours in _CDXJ_NAMES},
            "uri": links.capture(capture),
            "rel": page.rel(capture),
            "datetime": http_date(capture.at),
        }
        yield f"{values['urlkey']} {links.stamp(capture)} {json.dumps(told)}\n"


FORMS: Mapping[str, tuple[str, Callable[[TimeMap, Links], Iterator[str]]]] = {
    "link": (LINK_FORMAT, as_link),
    "json": (JSON, as_json),
    "cdxj": (CDXJ, as_cdxj),
}
"""The formats: media type, and how a page is written in it."""


def _forms(page: TimeMap, links: Links) -> dict[str, str]:
    return {f"{form}_format": links.timemap(page.url, form=form, since=page.begins) for form in FORMS}


def _told(capture: Capture, links: Links) -> dict[str, str]:
    return {
        "datetime": capture.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "uri": links.capture(capture),
    }
