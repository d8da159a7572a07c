"""Revisit records: finding the capture whose body they stand for."""

from __future__ import annotations

from datetime import timedelta

from archiver.catalog import Catalog
from archiver.errors import NotHeld
from archiver.model.capture import Capture
from archiver.model.record import RecordType
from archiver.replay.lookup import MAX_SAME_SECOND, captures_of

MAX_HOPS = 5


def original_of(catalog: Catalog, capture: Capture) -> Capture:
    """The capture that holds the body of ``capture``: itself, or for a revisit the record that it refers to.

    Looked for by WARC-Refers-To, then by WARC-Refers-To-Target-URI and -Date. Raises ``NotHeld``.
    """
    held: Capture | None = capture
    for _ in range(MAX_HOPS):
        if held is None:
            break
        if held.record_type is not RecordType.REVISIT:
            return held
        held = _referred(catalog, held)
    raise NotHeld(capture.url, "the record whose body it repeats is not held")


def _referred(catalog: Catalog, revisit: Capture) -> Capture | None:
    if revisit.refers_to is not None:
        found = catalog.captures.by_record(revisit.refers_to)
        if found is not None:
            return found
    if revisit.refers_to_url is None or revisit.refers_to_at is None:
        return None
    since = revisit.refers_to_at
    # Dates of WARC 1.0 have no fraction, the record's own date may have one.
    until = since if since.microsecond else since + timedelta(milliseconds=999)
    candidates = [
        c
        for c in captures_of(catalog, revisit.refers_to_url, since=since, until=until, limit=MAX_SAME_SECOND)
        if c.record_id != revisit.record_id
    ]
    same = [c for c in candidates if c.digest is not None and c.digest == revisit.digest]
    named = [c for c in (same or candidates) if c.url == revisit.refers_to_url]
    return next(iter(named or same or candidates), None)
