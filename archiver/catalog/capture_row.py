"""A capture as a row, and back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from archiver.catalog.schema import captures, files
from archiver.catalog.sql import optional_instant, optional_micros, to_json
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.digest import Digest
from archiver.model.instant import cut, from_micros, micros
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType, Truncated

_ALGORITHMS = {20: "sha1", 32: "sha256", 16: "md5"}


def select_captures() -> Select[Any]:
    """Captures with their file's key. An outer join, so that no planner begins with the files."""
    return select(captures, files.c.key.label("file")).outerjoin_from(captures, files, captures.c.file_id == files.c.id)


def row_of(capture: Capture, *, file_id: int) -> dict[str, Any]:
    """The capture's columns."""
    return {
        "record_id": capture.record_id,
        "url": capture.url,
        "surt": capture.surt,
        "at": micros(cut(capture.at)),
        "status": capture.status,
        "mime": capture.mime,
        "digest": capture.digest.raw if capture.digest else None,
        "record_type": capture.record_type.value,
        "kind": capture.kind.value,
        "site": capture.site,
        "run": capture.run,
        "file_id": file_id,
        "offset": capture.record.offset,
        "length": capture.record.length,
        "verdict": capture.verdict.value if capture.verdict else None,
        "truncated": capture.truncated.value if capture.truncated else None,
        "via": capture.via,
        "hop": capture.hop,
        "payload_sha256": capture.payload_sha256.raw if capture.payload_sha256 else None,
        "payload_length": capture.payload_length,
        "refers_to": capture.refers_to,
        "refers_to_url": capture.refers_to_url,
        "refers_to_at": optional_micros(capture.refers_to_at),
        "redirect": capture.redirect,
        "etag": capture.etag,
        "last_modified": capture.last_modified,
        "extra": to_json(capture.extra) if capture.extra else None,
    }


def capture_of(row: RowMapping) -> Capture:
    """The capture of a row of ``select_captures``."""
    return Capture(
        url=row["url"],
        surt=row["surt"],
        at=from_micros(row["at"]),
        status=row["status"],
        mime=row["mime"],
        digest=_digest(row["digest"]),
        record_type=RecordType(row["record_type"]),
        kind=Kind(row["kind"]),
        site=row["site"],
        run=row["run"],
        record_id=RecordId(row["record_id"]),
        record=RecordRef(BlobKey(row["file"]), row["offset"], row["length"]),
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
        truncated=Truncated(row["truncated"]) if row["truncated"] else None,
        via=row["via"],
        hop=row["hop"],
        payload_sha256=_digest(row["payload_sha256"]),
        payload_length=row["payload_length"],
        refers_to=RecordId(row["refers_to"]) if row["refers_to"] else None,
        refers_to_url=row["refers_to_url"],
        refers_to_at=optional_instant(row["refers_to_at"]),
        redirect=row["redirect"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        extra=json.loads(row["extra"]) if row["extra"] else {},
    )


def _digest(raw: bytes | None) -> Digest | None:
    return Digest(_ALGORITHMS[len(raw)], bytes(raw)) if raw else None


def many(connection: Connection, statement: Select[Any]) -> list[Capture]:
    """The captures of a ``select_captures`` statement."""
    return [capture_of(row) for row in connection.execute(statement).mappings()]


def one(connection: Connection, statement: Select[Any]) -> Capture | None:
    """The first of them."""
    row = connection.execute(statement.limit(1)).mappings().first()
    return capture_of(row) if row else None
