from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.errors import RecordRefused
from archiver.warc import (
    CaptureEvent,
    Content,
    Record,
    RecordBlock,
    WarcWriter,
    gzip_level,
    iter_records,
    parse_head,
    response,
)

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def test_each_record_is_one_gzip_member_at_the_place_that_is_told(records: list[Record]) -> None:
    file = io.BytesIO()
    writer = WarcWriter(file)
    places = [writer.write(record) for record in records]
    data = file.getvalue()
    assert sum(length for _, length in places) == len(data)
    for record, (offset, length) in zip(records, places, strict=True):
        member = zlib.decompressobj(31)
        text = member.decompress(data[offset : offset + length])
        assert member.eof
        assert member.unused_data == b""
        assert text == record.head() + b"".join(record.block.pieces()) + b"\r\n\r\n"


def test_same_records_make_the_same_bytes(records: list[Record]) -> None:
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        writer = WarcWriter(file)
        for record in records:
            writer.write(record)
    assert files[0].getvalue() == files[1].getvalue()


def test_writing_goes_on_at_the_end_of_a_file(tmp_path: Path, records: list[Record]) -> None:
    path = tmp_path / "a.warc.gz"
    for record in records:
        with path.open("r+b" if path.exists() else "wb") as file:
            WarcWriter(file).write(record)
    assert [record.id for record in iter_records(path)] == [record.id for record in records]


def test_refused_record_leaves_no_byte(event: CaptureEvent, records: list[Record]) -> None:
    file = io.BytesIO()
    writer = WarcWriter(file)
    writer.write(records[0])
    before = file.getvalue()
    with pytest.raises(RecordRefused):
        writer.write(response(replace(event, url="https://news.example/\r\n"), RecordBlock.of(head=HEAD)))
    assert file.getvalue() == before
    assert writer.write(records[1])[0] == len(before)


@pytest.mark.parametrize("pieces", [(b"short",), (b"much too long",)])
def test_source_that_changed_since_it_was_measured_is_cut_back(
    event: CaptureEvent, records: list[Record], pieces: tuple[bytes, ...]
) -> None:
    file = io.BytesIO()
    writer = WarcWriter(file)
    writer.write(records[0])
    before = file.getvalue()
    record = response(event, RecordBlock.of(b"12345678", head=HEAD))
    changed = replace(record, block=replace(record.block, body=Content(8, lambda: pieces)))
    with pytest.raises(RecordRefused, match="announced"):
        writer.write(changed)
    assert file.getvalue() == before


def test_failing_source_is_cut_back_and_its_error_goes_up(event: CaptureEvent, records: list[Record]) -> None:
    file = io.BytesIO()
    writer = WarcWriter(file)
    writer.write(records[0])
    before = file.getvalue()

    def source() -> Iterator[bytes]:
        yield bytes(200_000)
        raise ConnectionError("gone")

    record = response(event, RecordBlock.of(b"", head=HEAD))
    with pytest.raises(ConnectionError):
        writer.write(replace(record, block=replace(record.block, body=Content(200_001, source))), level=0)
    assert file.getvalue() == before


class Narrow(io.RawIOBase):
    """A raw file that takes 7 bytes a call, and none beyond ``room``."""

    def __init__(self, room: int) -> None:
        self.data = bytearray()
        self.room = room

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return len(self.data) if whence == 2 else offset

    def truncate(self, size: int | None = None) -> int:
        del self.data[size:]
        return len(self.data)

    def write(self, data) -> int:  # type: ignore[no-untyped-def, override]
        taken = bytes(data)[:7]
        if len(self.data) + len(taken) > self.room:
            raise OSError(28, "No space left on device")
        self.data += taken
        return len(taken)


def test_short_writes_of_a_raw_file_are_completed(records: list[Record]) -> None:
    file = Narrow(1 << 20)
    writer = WarcWriter(file)  # type: ignore[arg-type]
    for record in records:
        writer.write(record)
    whole = gzip.decompress(bytes(file.data))
    assert whole == b"".join(r.head() + b"".join(r.block.pieces()) + b"\r\n\r\n" for r in records)


def test_full_disk_leaves_the_records_before_it(records: list[Record]) -> None:
    file = Narrow(300)
    writer = WarcWriter(file)  # type: ignore[arg-type]
    _, length = writer.write(records[0])
    with pytest.raises(OSError, match="No space"):
        writer.write(records[1])
    assert len(file.data) == length


def test_large_body_never_stands_whole_in_memory(tmp_path: Path, event: CaptureEvent) -> None:
    piece = bytes(1 << 16)
    size = 600 * len(piece)  # 39 MB
    with (tmp_path / "a.warc.gz").open("wb") as file:
        tracemalloc.start()
        block = RecordBlock.of(lambda: (piece for _ in range(600)), head=HEAD)
        WarcWriter(file).write(response(event, block), level=1)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2_000_000
    (record,) = iter_records(tmp_path / "a.warc.gz")
    tracemalloc.start()
    http = record.http
    assert http is not None
    assert http.body.length == size == sum(len(part) for part in http.body.pieces())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ("Content-Type: text/html", 6),
        ("Content-Type: text/html\r\nContent-Encoding: gzip", 1),
        ("Content-Type: text/html\r\nContent-Encoding: identity", 6),
        ("Content-Type: image/jpeg", 1),
        ("Content-Type: image/svg+xml", 6),
        ("Content-Type: application/pdf", 1),
        ("Content-Type: font/woff2", 1),
        ("Server: x", 6),
    ],
)
def test_what_is_compressed_already_is_packed_fast(lines: str, level: int) -> None:
    assert gzip_level(parse_head(f"HTTP/1.1 200 OK\r\n{lines}\r\n\r\n".encode())) == level


def test_what_has_no_http_head_is_packed_well() -> None:
    assert gzip_level(None) == 6
