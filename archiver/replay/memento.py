"""Memento (RFC 7089): links and Link headers."""

from __future__ import annotations

from datetime import datetime

from archiver.catalog import Neighbours
from archiver.model.capture import Capture
from archiver.model.instant import timestamp14
from archiver.replay.address import Links, in_path
from archiver.replay.instants import http_date

LINK_FORMAT = "application/link-format"
MAX_LINK = 16_000
"""Characters of a Link header; with a very long URL only the links that must be there are."""


def link(target: str, rel: str, **attributes: str) -> str:
    """One link of RFC 8288; ``target`` must be a clean URL or one that ``Links`` made."""
    more = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    return f'<{target}>; rel="{rel}"{more}'


def link_header(links: Links, capture: Capture, around: Neighbours) -> str:
    """The Link header of a memento, or of the TimeGate's redirect to it.

    One link for each memento, with all its relations: an only capture is ``first last memento``.
    """
    parts = [
        link(in_path(capture.url), "original"),
        link(links.timegate(capture.url), "timegate"),
        link(links.timemap(capture.url), "timemap", type=LINK_FORMAT),
    ]
    links.know(other for other in (capture, around.first, around.prev, around.next, around.last) if other is not None)
    relations: dict[str, tuple[datetime, list[str]]] = {}
    for name, other in (
        ("first", around.first),
        ("prev", around.prev),
        ("", capture),
        ("next", around.next),
        ("last", around.last),
    ):
        if other is not None:
            # Of the spellings of one URL that were captured in one second, a redirect and its goal, one is enough.
            same = other.url != capture.url and timestamp14(other.at) == timestamp14(capture.at)
            chosen = capture if same else other
            _, names = relations.setdefault(links.capture(chosen), (chosen.at, []))
            names += [name] if name else []
    mementos = [
        link(target, " ".join([*names, "memento"]), datetime=http_date(at)) for target, (at, names) in relations.items()
    ]
    whole = ", ".join([*parts, *mementos])
    return whole if len(whole) <= MAX_LINK else parts[0]
