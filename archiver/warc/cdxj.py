"""CDXJ: the sorted index of a WARC file that other people's tools read (CDXJ 0.1.0).

A line is ``<surt> <17 digits> <one-line JSON>``; all JSON values are text; the digest keeps its label.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archiver.model.instant import timestamp17
from archiver.model.record import RecordType
from archiver.model.surt import surt
from archiver.warc.examine import ExaminedRecord

REVISIT_MIME = "warc/revisit"
_ORDER = ("url", "mime", "status", "digest", "length", "offset", "filename")
_LEVEL = 9


@dataclass(frozen=True, slots=True)
class CdxjEntry:
    """One line. ``status`` is ``-`` where no status line was read, ``mime`` ``unk`` where no legal media type was."""

    surt: str
    timestamp: str
    url: str
    mime: str
    status: str
    digest: str
    filename: str
    offset: int
    length: int

    def line(self) -> str:
        """The line without its end: ASCII, single spaces."""
        values = {name: str(getattr(self, name)) for name in _ORDER}
        return f"{self.surt} {self.timestamp} {json.dumps(values)}"

    @classmethod
    def parse(cls, line: str) -> CdxjEntry:
        """Read a line back, ours or another tool's. Raises ``ValueError``."""
        parts = line.rstrip("\r\n").split(" ", 2)
        if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit()):
            raise ValueError(f"not a CDXJ line: {line[:80]!r}")
        values = json.loads(parts[2])
        if not isinstance(values, dict):
            raise ValueError(f"not a CDXJ line: {line[:80]!r}")  # noqa: TRY004  it is a wrong text
        try:
            return cls(
                surt=parts[0],
                timestamp=parts[1],
                url=str(values["url"]),
                mime=str(values.get("mime", "unk")),
                status=str(values.get("status", "-")),
                digest=str(values.get("digest", "-")),
                filename=str(values["filename"]),
                offset=int(values["offset"]),
                length=int(values["length"]),
            )
        except KeyError as error:
            raise ValueError(f"no {error} in a CDXJ line: {line[:80]!r}") from error


def cdxj_entry(record: ExaminedRecord, *, filename: str) -> CdxjEntry:
    """The index entry of a memento: a response, revisit or resource record.

    Raises ``RecordDamaged`` where date or URL are missing.
    """
    head = record.head
    url = head.url
    if not url:
        raise head.damaged("no WARC-Target-URI")
    if record.type == RecordType.REVISIT:
        mime: str | None = REVISIT_MIME
    elif record.http is not None:
        mime = record.http.mime()
    else:
        mime = (head.get("Content-Type") or "").partition(";")[0].strip().lower()
    status = record.http.status if record.http is not None else None
    return CdxjEntry(
        surt=surt(url),
        timestamp=timestamp17(head.at),
        url=url,
        mime=mime or "unk",
        status="-" if status is None else str(status),
        digest=str(record.payload_digest or "-"),
        filename=filename,
        offset=head.offset,
        length=head.length,
    )


def sort_lines(lines: Iterable[str]) -> list[str]:
    """Lines in bytewise order (``LC_ALL=C sort``)."""
    return sorted(lines, key=str.encode)


def pack_lines(lines: Iterable[str]) -> bytes:
    """Lines as the bytes of a ``.cdxj.gz``: equal lines make equal bytes."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=out, mtime=0) as file:
        for line in lines:
            file.write(line.encode() + b"\n")
    return out.getvalue()


def unpack_lines(data: bytes) -> Iterator[CdxjEntry]:
    """The entries of a ``.cdxj.gz``. Raises ``ValueError`` for what is none."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        for line in io.TextIOWrapper(file, encoding="utf-8", newline="\n"):
            if line.strip() and not line.startswith(("!", " CDX")):
                yield CdxjEntry.parse(line)
