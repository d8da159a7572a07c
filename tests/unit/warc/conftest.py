"""A small file of each record type, and records spelled by hand."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.model.record import RecordId
from archiver.warc import CaptureEvent, Record, RecordBlock, WarcWriter, metadata, request, response, revisit, warcinfo

AT = datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=UTC)
INFO = RecordId("urn:uuid:00000000-0000-4000-8000-000000000001")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 12\r\n\r\n"
BODY = b"<p>hello</p>"


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def event() -> CaptureEvent:
    return CaptureEvent(
        "https://news.example/a?x=1", AT, INFO, "192.0.2.7", ("http/1.1", "tls/1.3"), "TLS_AES_128_GCM_SHA256"
    )


@pytest.fixture
def info() -> Record:
    return warcinfo(
        AT, filename="a.warc.gz", fields=[("software", "archiver/1"), ("format", "WARC File Format 1.1")], id=INFO
    )


@pytest.fixture
def records(event: CaptureEvent, info: Record) -> list[Record]:
    """One record of each type that a crawl writes, in order."""
    page = response(event, RecordBlock.of(BODY, head=HEAD))
    same = {"refers_to": page.id, "refers_to_url": event.url, "refers_to_at": AT}
    digest = page.block.payload_digest
    return [
        info,
        page,
        request(
            event, RecordBlock.of(head=b"GET /a?x=1 HTTP/1.1\r\nHost: news.example\r\n\r\n"), concurrent_to=[page.id]
        ),
        metadata(event, via="https://news.example/", hops="L", fetch_ms=12, concurrent_to=[page.id]),
        revisit(event, HEAD, payload_digest=digest, **same),
        revisit(
            event, b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', payload_digest=digest, not_modified=True, **same
        ),
    ]


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write records to a file and give its path."""

    def write(records: Iterable[Record], name: str = "a.warc.gz") -> Path:
        path = tmp_path / name
        with path.open("ab") as file:
            writer = WarcWriter(file)
            for record in records:
                writer.write(record)
        return path

    return write


@pytest.fixture
def whole(records: list[Record], write: Write) -> Path:
    """The path of a sound file."""
    return write(records)


Spell = Callable[..., bytes]


@pytest.fixture
def spell() -> Spell:
    """A gzip member with a record spelled by hand: lines of named fields and a block, nothing checked."""

    def spell(
        lines: Iterable[str],
        block: bytes = b"",
        *,
        end: bytes = b"\r\n\r\n",
        eol: str = "\r\n",
        version: str = "WARC/1.1",
        length: int | None = None,
        packed: bool = True,
    ) -> bytes:
        size = len(block) if length is None else length
        head = eol.join([version, *lines, f"Content-Length: {size}", "", ""])
        raw = head.encode("utf-8", "surrogateescape") + block + end
        return gzip.compress(raw, mtime=0) if packed else raw

    return spell
