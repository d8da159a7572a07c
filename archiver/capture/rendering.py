"""A rendering: a page as a browser made it, in records of its own beside those of the wire.

The page's response stays what it is. The document after its scripts is a ``conversion`` of it, the picture a ``resource``
under a name of its own, and a ``metadata`` record says how they were made, or why they could not be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from archiver import warc
from archiver.capture.records import EventRecords
from archiver.model.capture import Kind
from archiver.model.instant import cut
from archiver.model.record import RecordId
from archiver.model.url import clean_url

DOCUMENT = "text/html; charset=utf-8"
PICTURE = "image/png"
SCREENSHOT = "urn:screenshot:"
"""How the name of a picture begins; the page's URL follows, percent-encoded."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What came of showing a page in a browser.

    ``of`` is the record of the page's response (or revisit) on this visit; ``at`` when the browser began. ``document`` is
    the outer HTML in UTF-8, ``screenshot`` a PNG; None where there is none. ``facts`` are lines for the metadata record.
    """

    url: str
    of: RecordId
    at: datetime
    document: bytes | None = None
    screenshot: bytes | None = None
    facts: tuple[tuple[str, str], ...] = ()


def screenshot_uri(url: str) -> str:
    """The name of a page's picture: a legal URN (RFC 8141) from which ``unquote`` gives the URL back."""
    return SCREENSHOT + quote(url, safe="/:@!$&'()*+,;=-._~")


def records_of_rendering(rendering: Rendering, *, warcinfo: RecordId) -> EventRecords:
    """The records: conversion, resource, metadata. No row comes of them: captures are what servers sent."""
    url = clean_url(rendering.url)
    at = cut(rendering.at)
    page = warc.CaptureEvent(url, at, warcinfo)
    records: list[tuple[warc.Record, int]] = []
    picture: tuple[RecordId, ...] = ()
    if rendering.document is not None:
        block = warc.RecordBlock.of(rendering.document)
        records.append((warc.conversion(page, block, content_type=DOCUMENT, refers_to=rendering.of), 6))
    if rendering.screenshot is not None:
        named = warc.CaptureEvent(screenshot_uri(url), at, warcinfo)
        shot = warc.resource(named, warc.RecordBlock.of(rendering.screenshot), content_type=PICTURE)
        records.append((shot, 1))
        picture = (shot.id,)
    facts = [("rendering", "failed" if rendering.document is None else "done")]
    facts += [(name, warc.one_line(value)) for name, value in rendering.facts]
    records.append((warc.metadata(page, fields=facts, concurrent_to=picture, refers_to=rendering.of), 6))
    return EventRecords(url, tuple(records), None, None, None, None, Kind.PAGE, None, None)
