from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from warcs import index_lines

from archiver.errors import RecordDamaged
from archiver.warc import (
    CaptureEvent,
    CdxjEntry,
    ExaminedRecord,
    Record,
    RecordBlock,
    cdxj_entry,
    check_file,
    iter_records,
    pack_lines,
    resource,
    response,
    sort_lines,
    unpack_lines,
)


def test_line_has_key_time_and_json_in_which_all_values_are_text(whole: Path, records: list[Record]) -> None:
    line = index_lines(whole)[0]
    key, timestamp, values = line.split(" ", 2)
    page = list(iter_records(whole))[1]
    assert (key, timestamp) == ("example,news)/a?x=1", "20261124020000123")
    assert json.loads(values) == {
        "url": "https://news.example/a?x=1",
        "mime": "text/html",
        "status": "200",
        "digest": str(records[1].block.payload_digest),
        "length": str(page.length),
        "offset": str(page.offset),
        "filename": "a.warc.gz",
    }


def test_responses_and_revisits_are_indexed_and_nothing_else(whole: Path) -> None:
    entries = [CdxjEntry.parse(line) for line in index_lines(whole, filename="warcs/a.warc.gz")]
    assert [(e.mime, e.status) for e in entries] == [
        ("text/html", "200"),
        ("warc/revisit", "200"),
        ("warc/revisit", "304"),
    ]
    assert {e.filename for e in entries} == {"warcs/a.warc.gz"}
    assert len({e.digest for e in entries}) == 1


def test_resource_has_its_own_media_type_and_no_status(event: CaptureEvent, write) -> None:
    (line,) = index_lines(write([resource(event, RecordBlock.of(b"x"), content_type="Image/PNG; a=b")]))
    entry = CdxjEntry.parse(line)
    assert (entry.mime, entry.status) == ("image/png", "-")


def test_hostile_media_type_and_status_cannot_break_a_line(event: CaptureEvent, write) -> None:
    head = b'HTTP/1.1 abc\r\nContent-Type: text/html"}\x0b x\r\n\r\n'
    (line,) = index_lines(write([response(event, RecordBlock.of(b"x", head=head))]))
    entry = CdxjEntry.parse(line)
    assert (entry.mime, entry.status) == ("unk", "-")
    assert line.count("\n") == 0
    assert line.isascii()


def entry_of(data: bytes, folder: Path) -> CdxjEntry:
    """The entry of a file with one record."""
    (folder / "one.warc").write_bytes(data)
    (line,) = index_lines(folder / "one.warc")
    return CdxjEntry.parse(line)


def test_missing_payload_digest_is_computed(spell, tmp_path: Path) -> None:
    lines = [
        "WARC-Type: response",
        "WARC-Date: 2026-11-24T02:00:00Z",
        "WARC-Target-URI: http://www.news.example/",
        "Content-Type: application/http",
    ]
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n0\r\n\r\n"
    entry = entry_of(spell(lines, block), tmp_path)
    assert entry.digest == str(RecordBlock.of(b"<p>").payload_digest)
    assert entry.surt == "example,news)/"
    assert entry.timestamp == "20261124020000000"
    bare = entry_of(spell([lines[0].replace("response", "revisit"), *lines[1:]]), tmp_path)
    assert (bare.digest, bare.status, bare.mime) == ("-", "-", "warc/revisit")


def test_record_without_url_is_damage(spell, tmp_path: Path) -> None:
    (tmp_path / "one.warc").write_bytes(spell(["WARC-Type: resource", "WARC-Date: 2026-11-24T02:00:00Z"]))
    examined: list[ExaminedRecord] = []
    check_file(tmp_path / "one.warc", on_record=examined.append)
    with pytest.raises(RecordDamaged, match="Target-URI"):
        cdxj_entry(examined[0], filename="f")


def test_lines_are_sorted_bytewise(event: CaptureEvent, write) -> None:
    urls = [
        "https://news.example/b",
        "https://news.example/",
        "https://a.example/z",
        "https://news.example/B?x",
        "https://news.example/a-b",
        "https://news.example/a/b",
        "https://news.example:8080/",
    ]
    path = write([response(replace(event, url=url), RecordBlock.of(head=b"HTTP/1.1 200 OK\r\n\r\n")) for url in urls])
    lines = index_lines(path)
    assert [line.encode() for line in lines] == sorted(line.encode() for line in lines)
    assert len(lines) == len(urls)
    assert sort_lines(reversed(lines)) == lines


def test_packed_lines_are_the_same_bytes_each_time_and_read_back(whole: Path) -> None:
    lines = index_lines(whole)
    packed = pack_lines(lines)
    assert packed == pack_lines(iter(lines))
    assert packed[4:8] == bytes(4)
    assert gzip.decompress(packed).decode() == "".join(f"{line}\n" for line in lines)
    assert [entry.line() for entry in unpack_lines(packed)] == lines


def test_lines_of_other_tools_are_read() -> None:
    text = (
        '!meta 0 {"format": "cdxj-gzip-1.0"}\n'
        'com,example)/ 20240101000000 {"url":"http://example.com/","digest":"FKXG","length":5,"offset":0,"filename":"x.warc.gz"}\n'
    )
    (entry,) = unpack_lines(gzip.compress(text.encode()))
    assert (entry.mime, entry.status, entry.offset, entry.length) == ("unk", "-", 0, 5)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a b",
        "a b {}",
        "a 2024 []",
        "a 2024 {",
        'a 2024 {"url":"x"}',
        'a 2024 {"url":"x","filename":"f","offset":"x","length":"1"}',
    ],
)
def test_what_is_no_line_is_a_value_error(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        CdxjEntry.parse(line)
