"""The capture rows that a WARC file implies: what ``recover`` puts back and ``rebuild`` reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

from archiver.errors import NotHttpUrl
from archiver.model.capture import Capture, Kind
from archiver.model.digest import Digest
from archiver.model.instant import cut
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType, Truncated
from archiver.model.surt import surt
from archiver.model.url import clean_url
from archiver.warc import ReadRecord, iter_records, parse_fields

HELD_TYPES = frozenset({RecordType.RESPONSE, RecordType.REVISIT})


def captures_of(path: Path, key: BlobKey) -> Iterator[Capture]:
    """One capture for each response and revisit record, as the first commit wrote it.

    Kind, via and hop are read from the metadata record of the same event, which follows its response; site and run from
    the warcinfo before it. Raises ``RecordDamaged``.
    """
    site, run = key.split("/")[1], None
    waiting: dict[str, Capture] = {}
    for record in iter_records(path):
        if record.type is RecordType.WARCINFO:
            facts = parse_fields(record.block)
            site, run = facts.get("archiver-site", site), facts.get("archiver-run")
        elif record.type in HELD_TYPES:
            waiting[record.id] = _capture(record, key, site=site, run=run)
        elif record.type is RecordType.METADATA:
            for target in record.concurrent_to:
                capture = waiting.pop(target, None)
                if capture is not None:
                    yield _explained(capture, parse_fields(record.block))
    yield from waiting.values()


def _capture(record: ReadRecord, key: BlobKey, *, site: str, run: str | None) -> Capture:
    url = record.target_uri or ""
    head = record.http_head
    payload = record.header("warc-payload-digest")
    truncated = record.header("warc-truncated")
    refers_to = record.header("warc-refers-to")
    refers_at = record.header("warc-refers-to-date")
    sha256, length = record.payload_facts()
    return Capture(
        url=url,
        surt=surt(url),
        at=cut(record.date),
        status=head.status if head else None,
        mime=head.mime if head else None,
        digest=Digest.parse(payload) if payload else None,
        record_type=record.type,
        kind=Kind.PAGE,
        site=site,
        run=run,
        record_id=record.id,
        record=RecordRef(key, record.offset, record.length),
        truncated=Truncated(truncated) if truncated else None,
        payload_sha256=sha256,
        payload_length=length,
        refers_to=RecordId(refers_to.strip("<>")) if refers_to else None,
        refers_to_url=record.header("warc-refers-to-target-uri"),
        refers_to_at=record.instant("warc-refers-to-date") if refers_at else None,
        redirect=_redirect(url, record),
        etag=head.header("etag") if head else None,
        last_modified=head.header("last-modified") if head else None,
    )


def _explained(capture: Capture, facts: dict[str, str]) -> Capture:
    kind = facts.get("kind")
    return replace(
        capture,
        kind=Kind(kind) if kind in set(Kind) else capture.kind,
        via=facts.get("via"),
        hop=facts.get("hopsFromSeed", ""),
    )


def _redirect(url: str, record: ReadRecord) -> str | None:
    head = record.http_head
    if head is None or head.status is None or not 300 <= head.status < 400 or head.status == 304:
        return None
    location = head.header("location")
    if not location:
        return None
    try:
        return clean_url(urljoin(url, location.strip()))
    except (NotHttpUrl, ValueError):
        return None
