from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from archiver.errors import RecordDamaged, RecordTorn
from archiver.model.record import RecordType, Truncated
from archiver.warc import CaptureEvent, Record, RecordBlock, WarcWriter, iter_records, read_record, response

COMMON = [
    "WARC-Type: response",
    "WARC-Record-ID: <urn:uuid:1>",
    "WARC-Date: 2026-11-24T02:00:00Z",
    "WARC-Target-URI: https://news.example/",
    "Content-Type: application/http; msgtype=response",
]
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>"


def test_what_was_written_is_read_back(whole: Path, records: list[Record]) -> None:
    read = list(iter_records(whole))
    assert [r.fields for r in read] == [tuple(w.all_fields()) for w in records]
    assert [r.block.read() for r in read] == [b"".join(w.block.pieces()) for w in records]
    assert [r.type for r in read] == [w.type for w in records]
    assert read[0].offset == 0
    assert [a.offset + a.length for a in read] == [b.offset for b in read[1:]] + [whole.stat().st_size]


def test_one_record_is_read_by_its_reference(whole: Path) -> None:
    data = whole.read_bytes()
    for record in iter_records(whole):
        with whole.open("rb") as file:
            from_stream = read_record(file, offset=record.offset, length=record.length, file="k")
        part = data[record.offset : record.offset + record.length]
        from_bytes = read_record(part, length=record.length, file="k", file_offset=record.offset)
        assert from_stream.fields == from_bytes.fields == record.fields
        assert from_stream.block.read() == from_bytes.block.read() == record.block.read()
        assert from_stream.offset == from_bytes.offset == record.offset
        assert from_stream.length == from_bytes.length == record.length


def test_typed_views(whole: Path, records: list[Record]) -> None:
    info, page, request, metadata, same, unmodified = iter_records(whole)
    at = datetime(2026, 11, 24, 2, 0, 0, 123000, tzinfo=UTC)
    assert (page.id, page.at, page.url) == (records[1].id, at, "https://news.example/a?x=1")
    assert page.payload_digest == records[1].block.payload_digest
    assert page.block_digest == records[1].block.digest
    assert page.warcinfo_id == info.id
    assert page.truncated is None
    assert request.concurrent_to == (page.id,)
    assert same.truncated is Truncated.LENGTH
    assert (same.refers_to, same.refers_to_url, same.refers_to_at) == (page.id, page.url, at)
    assert unmodified.http is not None
    assert unmodified.http.head.status == 304
    assert metadata.warc_fields() == [("via", "https://news.example/"), ("hopsFromSeed", "L"), ("fetchTimeMs", "12")]
    assert info.warc_fields()[0] == ("software", "archiver/1")
    assert info.url is None
    assert info.payload() is None
    assert page.get_all("warc-protocol") == ["http/1.1", "tls/1.3"]
    assert "response https://news.example/a?x=1 at offset" in repr(page)


def test_message_is_told_apart_in_head_and_body(whole: Path) -> None:
    page = list(iter_records(whole))[1]
    assert page.http is not None
    assert page.http is page.http
    assert page.http.head_bytes.endswith(b"\r\n\r\n")
    assert page.http.body.read() == b"<p>hello</p>"
    assert page.http.head.mime() == "text/html"
    payload = page.payload()
    assert payload is not None
    assert payload.read() == b"<p>hello</p>"


def test_codings_are_taken_off_on_request(event: CaptureEvent, write) -> None:
    text = b"<p>hello</p>" * 100
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, br\r\n\r\n"
    body = brotli.compress(gzip.compress(text))
    (record,) = iter_records(write([response(event, RecordBlock.of(body, head=head))]))
    assert record.http is not None
    assert record.http.body.read() == body
    assert record.http.decoded(limit=10_000).data == text
    assert record.http.decoded(limit=10).data == text[:10]


def test_chunked_framing_that_others_leave_on_is_taken_off_the_payload(spell) -> None:
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n0\r\n\r\n"
    record = read_record(spell(COMMON, block))
    payload = record.payload()
    assert record.http is not None
    assert payload is not None
    assert payload.read() == b"<p>"
    assert record.http.body.read().startswith(b"3\r\n")
    assert record.http.decoded(limit=100).data == b"<p>"


def test_large_block_is_read_again_when_asked_for(event: CaptureEvent, write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.warc.read.IN_MEMORY", 10)
    records = [response(event, RecordBlock.of(f"{i}".encode() * 5000, head=HTTP)) for i in range(3)]
    path = write(records)
    read = list(iter_records(path))
    assert [r.block.read() for r in read] == [HTTP + f"{i}".encode() * 5000 for i in range(3)]
    assert read[1].http is not None
    assert read[1].http.body.read() == b"<p>" + b"1" * 5000
    with path.open("rb") as file:
        again = read_record(file, offset=read[2].offset, length=read[2].length)
        assert again.block.read() == again.block.read() == HTTP + b"2" * 5000
    path.write_bytes(b"")
    with pytest.raises(RecordTorn):
        read[1].block.read()


@pytest.mark.parametrize("at", [0, 1, 3, 60])
def test_strict_reading_ends_at_the_first_fault_with_its_place(whole: Path, at: int) -> None:
    places = [record.offset for record in iter_records(whole)]
    data = bytearray(whole.read_bytes())
    data[places[2] + at] ^= 0xFF
    whole.write_bytes(data)
    seen = []
    with pytest.raises(RecordDamaged) as caught:  # noqa: PT012  what comes before the fault counts
        for record in iter_records(whole):
            seen.append(record)  # noqa: PERF402
    assert len(seen) == 2
    assert caught.value.offset == places[2]
    assert str(caught.value).endswith(f"at offset {places[2]} in {whole}")


def test_every_flipped_bit_of_a_record_is_found(whole: Path) -> None:
    place = list(iter_records(whole))[1]
    member = whole.read_bytes()[place.offset : place.offset + place.length]
    unseen = []
    for position in range(len(member)):
        changed = bytearray(member)
        changed[position] ^= 0x10
        try:
            read_record(bytes(changed), length=len(changed))
        except RecordDamaged:
            continue
        unseen.append(position)
    # Gzip's time, extra flags and system say nothing, nor do the bits that fill up the last byte before the check sum.
    assert set(unseen) <= {4, 5, 6, 7, 8, 9, len(member) - 9}


def test_every_cut_of_a_record_is_torn(whole: Path) -> None:
    place = list(iter_records(whole))[1]
    member = whole.read_bytes()[place.offset : place.offset + place.length]
    for length in range(len(member)):
        with pytest.raises(RecordTorn):
            read_record(member[:length])


def test_wrong_length_is_damage(whole: Path) -> None:
    first, second, *_ = iter_records(whole)
    data = whole.read_bytes()
    with pytest.raises(RecordDamaged, match="it is"):
        read_record(data, length=first.length + second.length)
    with pytest.raises(RecordTorn):
        read_record(data, length=first.length - 1)
    with pytest.raises(RecordDamaged, match="offset 1234 in k"):
        read_record(data[5:], file="k", file_offset=1234)
    with pytest.raises(RecordTorn, match="nothing is there"):
        read_record(data, offset=len(data))


@pytest.mark.parametrize(
    "length", ["", "x", "-1", "1 2", "9" * 20, "１"], ids=["empty", "letter", "negative", "two", "huge", "wide"]
)
def test_content_length_that_is_none_is_damage(length: str) -> None:
    raw = f"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: {length}\r\n\r\n\r\n\r\n".encode()
    with pytest.raises(RecordDamaged, match="Content-Length"):
        read_record(gzip.compress(raw))


@pytest.mark.parametrize(
    "raw", [b"", b"hello", b"WARC/1.1", b"WARC/1.1\r\nA: b", b"WARC/1.1\r\nA: " + b"b" * 300_000, b"\0" * 5000]
)
def test_what_is_no_record_is_damage(raw: bytes) -> None:
    for data in (raw, gzip.compress(raw)):
        with pytest.raises(RecordDamaged):
            read_record(data)


def test_two_records_in_one_member_pass_only_when_asked(spell, tmp_path: Path) -> None:
    both = spell(COMMON, HTTP, packed=False) + spell(COMMON, HTTP + b"2", packed=False)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(both) + spell(COMMON, HTTP + b"3"))
    with pytest.raises(RecordDamaged, match="more than one record"):
        list(iter_records(path))
    read = list(iter_records(path, strict=False))
    assert [r.block.read() for r in read] == [HTTP, HTTP + b"2", HTTP + b"3"]
    assert [r.ordinal for r in read] == [0, 1, 0]


def test_later_records_of_one_member_can_be_read_again(spell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.warc.read.IN_MEMORY", 10)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"".join(spell(COMMON, HTTP + bytes([n]), packed=False) for n in b"abc")))
    assert [r.block.read()[-1:] for r in list(iter_records(path, strict=False))] == [b"a", b"b", b"c"]


def test_plain_files_and_gaps_pass_when_not_strict(spell, tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(
        spell(COMMON, HTTP, packed=False, end=b"\n\n")
        + spell(COMMON, HTTP, packed=False, end=b"\r\n\r\n\r\n\r\n", eol="\n")
        + spell(COMMON, HTTP, packed=False)
    )
    read = list(iter_records(path, strict=False))
    assert [r.block.read() for r in read] == [HTTP] * 3
    data = path.read_bytes()
    assert all(data[r.offset :].startswith(b"WARC/1.1") for r in read)
    assert sum(r.length for r in read) == len(data)


def test_plain_file_is_read_strictly_too(spell, tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(spell(COMMON, HTTP, packed=False) * 3)
    read = list(iter_records(path))
    assert len(read) == 3
    with path.open("rb") as file:
        assert read_record(file, offset=read[1].offset, length=read[1].length).block.read() == HTTP


@pytest.mark.parametrize("packed", [True, False])
def test_walk_goes_on_after_damage_when_not_strict(spell, tmp_path: Path, packed: bool) -> None:
    good = spell(COMMON, HTTP, packed=packed)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(good + b"garbage \x1f\x8b\x08 more\r\n" + good + good[: len(good) // 2] + good)
    damage: list[RecordDamaged] = []
    read = list(iter_records(path, strict=False, on_damage=damage.append))
    assert len(read) >= 3 if packed else len(read) >= 2
    assert damage[0].offset == len(good)
    assert len(list(iter_records(path, strict=False))) == len(read)


def test_walk_can_begin_at_a_later_record(whole: Path) -> None:
    read = list(iter_records(whole))
    assert [r.id for r in iter_records(whole, start=read[3].offset)] == [r.id for r in read[3:]]


def test_missing_and_illegal_fields_are_typed_errors_when_asked_for(spell) -> None:
    record = read_record(
        spell(["WARC-Type: unheard", "WARC-Date: soon", "WARC-Truncated: bored", "WARC-Refers-To-Date: x"])
    )
    for view in ("type", "id", "at"):
        with pytest.raises(RecordDamaged):
            getattr(record, view)
    assert record.truncated is Truncated.UNSPECIFIED
    assert record.refers_to_at is None
    assert record.refers_to is None
    assert record.warcinfo_id is None
    assert record.payload_digest is None
    assert record.http is None


def test_fields_of_other_tools_are_read(spell) -> None:
    record = read_record(
        spell(
            [
                "warc-type: Response",
                "WARC-Target-URI: <http://news.example/>",
                "X-Name: a\r\n  b",
                "no colon",
                "WARC-Record-ID:x",
                "WARC-Payload-Digest: SHA-1:fkxgynojj7h3ifo35fpubc445epoqrxn",
                "X-Latin: \udce9",
            ],
            version="WARC/1.0",
        )
    )
    assert record.version == "1.0"
    assert record.type is RecordType.RESPONSE
    assert record.url == "http://news.example/"
    assert record.id == "x"
    assert record.get("x-name") == "a b"
    assert record.get("X-Latin") == "é"
    assert str(record.payload_digest) == "sha1:FKXGYNOJJ7H3IFO35FPUBC445EPOQRXN"


@pytest.mark.parametrize(
    ("block", "head", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n", b""),
        (b"HTTP/1.1 200 OK\n\nx", b"HTTP/1.1 200 OK\n\n", b"x"),
        (b"x" * 1_100_000, b"", b"x" * 1_100_000),
    ],
    ids=["no blank line", "bare LF", "no head"],
)
def test_heads_of_other_tools_are_read(spell, block: bytes, head: bytes, body: bytes) -> None:
    http = read_record(spell(COMMON, block)).http
    assert http is not None
    assert (http.head_bytes, http.body.read()) == (head, body)


def test_gzip_bomb_in_a_record_is_never_whole_in_memory(spell, tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    with path.open("wb") as file:
        out = gzip.GzipFile(fileobj=file, mode="wb")
        out.write("\r\n".join(["WARC/1.1", *COMMON, f"Content-Length: {100 << 20}", "", ""]).encode())
        for _ in range(100):
            out.write(bytes(1 << 20))
        out.write(b"\r\n\r\n")
        out.close()
    (record,) = iter_records(path)
    assert record.block.length == 100 << 20
    assert record.block.read(4) == bytes(4)


def test_open_file_is_read_while_it_grows(tmp_path: Path, records: list[Record]) -> None:
    file = io.BytesIO()
    writer = WarcWriter(file)
    offset, length = writer.write(records[0])
    first = read_record(file, offset=offset, length=length)
    file.seek(0, 2)
    assert writer.write(records[1])[0] == length
    assert first.id == records[0].id
