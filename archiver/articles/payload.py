"""The bytes of a page capture, ready for the extractor: a revisit gives those of the record that it repeats."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.extract import ExtractionTask
from archiver.model.announced import Announced
from archiver.model.capture import Capture
from archiver.model.site import Site
from archiver.model.sitemodel import SiteModel
from archiver.records.reader import RecordReader

MAX_PAGE = 20_000_000
"""Bytes of one decoded page that are read; what is longer is cut."""

RATIO = 100
"""A page is read up to so many times its coded size, or to 1 MB: a bomb is no page."""


@dataclass(frozen=True, slots=True)
class Payload:
    """Decoded bytes of a page, with its status and media type."""

    data: bytes
    status: int | None
    content_type: str | None


def job_of(
    capture: Capture, payload: Payload, *, site: Site | None, model: SiteModel | None, announced: Announced | None
) -> ExtractionTask:
    """A captured page for the extractor. The payload may be that of the record that it repeats; URL and time are its own."""
    return ExtractionTask(
        payload=payload.data,
        url=capture.url,
        at=capture.at,
        content_type=payload.content_type,
        status=payload.status,
        site=site,
        model=model,
        announced=announced,
    )


def read_payload(original: Capture, records: RecordReader) -> Payload:
    """The page's bytes. Raises ``DamageFound``, ``StorageError``."""
    record = records.read(original.record)
    message = record.http
    if message is None:
        body = record.payload()
        return Payload(body.read(MAX_PAGE) if body else b"", original.status, record.get("Content-Type"))
    most = min(MAX_PAGE, max(1_000_000, RATIO * message.body.length))
    return Payload(message.decoded(limit=most).data, original.status, message.head.get("content-type"))
