"""Revisit records (WARC 1.1, 6.7): finding the capture whose payload they stand for."""

from __future__ import annotations

from datetime import timedelta

from archiver.catalog import CaptureFilter, Catalog
from archiver.model.capture import Capture
from archiver.model.record import RecordType
from archiver.model.surt import surt

NOT_HELD = "the record whose body it repeats is not held"
MAX_HOPS = 5
MAX_SAME_SECOND = 100


def resolve_revisit(catalog: Catalog, capture: Capture) -> Capture | None:
    """The capture whose record holds the payload of ``capture``: itself, or for a revisit the one that it repeats.

    Looked for by WARC-Refers-To, then by WARC-Refers-To-Target-URI and -Date, then by the payload digest among the
    captures of the named URL and of its own. None where that capture is not held. Raises ``CatalogError``.
    """
    found: Capture | None = capture
    for _ in range(MAX_HOPS):
        if found is None or found.record_type is not RecordType.REVISIT:
            return found
        found = _by_id(catalog, found) or _by_date(catalog, found) or _by_digest(catalog, found)
    return None


def _by_id(catalog: Catalog, revisit: Capture) -> Capture | None:
    return catalog.captures.by_record(revisit.refers_to) if revisit.refers_to is not None else None


def _by_date(catalog: Catalog, revisit: Capture) -> Capture | None:
    if revisit.refers_to_url is None or revisit.refers_to_at is None:
        return None
    since = revisit.refers_to_at
    # Dates of WARC 1.0 have no fraction, the record's own date may have one.
    until = since if since.microsecond else since + timedelta(milliseconds=999)
    wanted = CaptureFilter(surt=surt(revisit.refers_to_url), since=since, until=until)
    found = catalog.captures.find(wanted, limit=MAX_SAME_SECOND)
    return min(
        (other for other in found if other.record_id != revisit.record_id),
        key=lambda other: (not _has_payload(other, revisit), other.url != revisit.refers_to_url),
        default=None,
    )


def _by_digest(catalog: Catalog, revisit: Capture) -> Capture | None:
    if revisit.digest is None:
        return None
    keys = [surt(revisit.refers_to_url)] if revisit.refers_to_url is not None else []
    for key in dict.fromkeys((*keys, revisit.surt)):
        found = catalog.mementos.with_digest(key, revisit.digest, at=revisit.at)
        if found is not None:
            return found
    return None


def _has_payload(other: Capture, revisit: Capture) -> bool:
    return revisit.digest is not None and revisit.digest in {other.digest, other.payload_sha256}
