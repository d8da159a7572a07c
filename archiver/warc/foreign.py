"""The heads of records that other tools wrote, WARC and ARC, as warcio reads them; an ARC head becomes a WARC one.

warcio is given the bytes of one head and nothing else: where a record begins and ends, and its block, are read from the
file by offset, since warcio neither bounds a line nor reports a damaged gzip member.
"""

from __future__ import annotations

import io
import logging
import re
import uuid

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader

from archiver.model.record import RecordId, RecordType

ARC = "ARC/1"
"""The version of a record that came as ARC."""
WARC_LINE = re.compile(rb"WARC/(\d\.\d+)[ \t]*\r{0,2}\n\Z")
"""A version line; some Windows tools end it with two CR."""
ARC_LINE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:[^\r\n]* [0-9A-Fa-f.:]+ \d{8,17} \S+ \d{1,15}\r?\n\Z")
"""URL, IP address, date, media type, length: the head of an ARC record, version 1."""
_HTTP = ("http://", "https://")
logging.getLogger("warcio").setLevel(logging.ERROR)  # it warns of each odd URL; our own check reports them


def foreign_head(raw: bytes) -> tuple[str, list[tuple[str, str]]]:
    """The version (``1.0``, ``ARC/1``) and the named fields of a head with its last line end. An ARC record has no id yet.

    Raises ``ValueError`` for what is no head.
    """
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=True)
    try:
        head = loader.parse_record_stream(io.BytesIO(raw), no_record_parse=True).rec_headers
    except (ArchiveLoadFailed, EOFError, AttributeError) as error:
        raise ValueError(str(error)) from error
    fields = [(str(name), str(value)) for name, value in head.headers]
    version = WARC_LINE.match(raw[: raw.find(b"\n") + 1])
    return (version[1].decode(), fields) if version else (ARC, _of_arc(raw, dict(fields)))


def _of_arc(line: bytes, fields: dict[str, str]) -> list[tuple[str, str]]:
    """What warcio makes of an ARC head, with the media type where the block is no HTTP message, and without its random id."""
    del fields["WARC-Record-ID"]
    if fields["WARC-Type"] == RecordType.RESPONSE and not fields["WARC-Target-URI"].lower().startswith(_HTTP):
        fields["WARC-Type"] = RecordType.RESOURCE
        fields["Content-Type"] = line.split()[-2].decode("latin-1")
    return list(fields.items())


def arc_record_id(sha256: str, offset: int) -> RecordId:
    """The id of the ARC record at ``offset`` of the file with this SHA-256 (hex): the same each time, a UUIDv5 (RFC 9562)."""
    return RecordId(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'sha256:{sha256}:{offset}')}")
