"""The capture rows that a WARC file implies: what ``recover`` puts back and ``rebuild`` reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from archiver.errors import RecordDamaged
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.instant import cut
from archiver.model.keys import is_imported, is_site_name
from archiver.model.record import MEMENTO_TYPES, BlobKey, RecordRef, RecordType
from archiver.model.surt import surt
from archiver.sealing.foreign import foreign_capture
from archiver.warc import Block, ReadRecord, iter_records, redirect_target


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a WARC file says of itself: its captures in the order of their records' ends, and the runs that wrote it."""

    captures: tuple[Capture, ...]
    runs: tuple[str, ...]


def facts_of(path: Path, key: BlobKey) -> FileFacts:
    """One capture for each response and revisit record, as the first commit wrote it, and the runs.

    Of an imported file resources too, with the kind guessed. Kind, via and hop are read from the metadata record of the same event, which follows its response; site and run from
    the warcinfo before it. Raises ``RecordDamaged``.
    """
    return facts_from(records_of(path, key), key)


def records_of(path: Path, key: BlobKey) -> Iterator[ReadRecord]:
    """The records of a WARC: of an imported one as other tools end them, of ours as we do. Raises ``RecordDamaged``."""
    if is_imported(key):
        return iter_records(path, strict=False, on_damage=_raise)
    return iter_records(path)


def _raise(error: RecordDamaged) -> None:
    raise error


def facts_from(records: Iterable[ReadRecord], key: BlobKey) -> FileFacts:
    """``facts_of`` for records that are being read already."""
    site: str = key.split("/")[1]
    own = site
    foreign = is_imported(key)
    run: str | None = None
    runs: dict[str, None] = {}
    waiting: dict[str, Capture] = {}
    captures: list[Capture] = []
    for record in records:
        if record.type is RecordType.WARCINFO:
            facts = dict(record.warc_fields())
            named, run = facts.get("archiver-site", site), facts.get("archiver-run")
            site = named if is_site_name(named) else own
            if run:
                runs[run] = None
        elif foreign and (record.ordinal or not record.url):
            continue  # no ranged read reaches it; it has no address
        elif record.type in MEMENTO_TYPES and (foreign or record.type is not RecordType.RESOURCE):
            made = _capture(record, key, site=site, run=run)
            waiting[record.id] = foreign_capture(made, record) if foreign else made
        elif record.type is RecordType.METADATA:
            for target in record.concurrent_to:
                capture = waiting.pop(target, None)
                if capture is not None:
                    captures.append(_explained(capture, dict(record.warc_fields())))
    return FileFacts((*captures, *waiting.values()), tuple(runs))


def _capture(record: ReadRecord, key: BlobKey, *, site: str, run: str | None) -> Capture:
    url = record.url or ""
    message = record.http
    head = message.head if message else None
    body = Block.of(message.body if message else b"")
    revisit = record.type is RecordType.REVISIT
    return Capture(
        url=url,
        surt=surt(url),
        at=cut(record.at),
        status=head.status if head else None,
        mime=head.mime() if head else None,
        digest=record.payload_digest,
        record_type=record.type,
        kind=Kind.PAGE,
        site=site,
        run=run,
        record_id=record.id,
        record=RecordRef(key, record.offset, record.length),
        truncated=record.truncated if not revisit else None,
        payload_sha256=None if revisit else body.payload_sha256,
        payload_length=None if revisit else body.body.length,
        refers_to=record.refers_to,
        refers_to_url=record.refers_to_url,
        refers_to_at=record.refers_to_at,
        redirect=redirect_target(url, head),
        etag=head.get("etag") if head else None,
        last_modified=head.get("last-modified") if head else None,
    )


def _explained(capture: Capture, facts: dict[str, str]) -> Capture:
    named = facts.get("kind")
    kind = Kind(named) if named in set(Kind) else capture.kind
    return replace(
        capture,
        kind=kind,
        verdict=Verdict.REQUISITE if kind is Kind.REQUISITE else None,
        via=facts.get("via"),
        hop=facts.get("hopsFromSeed", ""),
    )
