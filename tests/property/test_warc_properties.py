"""Whatever is written is read back; whatever is framed or coded comes out again; whatever is hostile ends in a typed error."""

from __future__ import annotations

import gzip
import io
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import brotli
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st
from warcs import index_lines

from archiver.errors import DamageFound, RecordDamaged, RecordRefused
from archiver.model.record import RecordId, RecordType
from archiver.warc import (
    CaptureEvent,
    CdxjEntry,
    ExaminedRecord,
    Record,
    RecordBlock,
    WarcWriter,
    check_file,
    cut_torn_tail,
    decode_content,
    deframe,
    iter_records,
    metadata,
    one_line,
    parse_head,
    read_record,
    response,
    sort_lines,
    split_head,
    unchunk,
    warcinfo,
)

AT = datetime(2026, 11, 24, 2, 0, 0, 123000, tzinfo=UTC)
INFO = warcinfo(AT, filename="a.warc.gz", fields=[("software", "x")], id=RecordId("urn:uuid:i"))
EVENT = CaptureEvent("https://news.example/", AT, INFO.id, "192.0.2.7", ("http/1.1",))
HEAD = b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))


def written(*records: Record, level: int = 6) -> bytes:
    file = io.BytesIO()
    writer = WarcWriter(file)
    for record in records:
        writer.write(record, level=level)
    return file.getvalue()


@given(
    head=st.sampled_from([b"", HEAD]),
    pieces=st.lists(st.binary(max_size=300), max_size=8),
    level=st.integers(0, 9),
    at=moments,
)
def test_any_block_is_read_back(head: bytes, pieces: list[bytes], level: int, at: datetime) -> None:
    event = CaptureEvent(EVENT.url, at, INFO.id)
    record = response(event, RecordBlock.of(lambda: pieces, head=head))
    data = written(record, level=level)
    read = read_record(data, length=len(data))
    assert read.fields == tuple(record.all_fields())
    assert read.block.read() == head + b"".join(pieces)
    assert read.at == at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert read.id == record.id


@given(value=TEXT)
@example("a\r\nWARC-Type: response")
@example("x ")
@example("\x85")
@example("\u2028")
def test_any_value_is_read_back_as_it_was_or_refused(value: str) -> None:
    record = Record(RecordType.WARCINFO, INFO.id, AT, (("WARC-Filename", value),), None, RecordBlock.of())
    try:
        data = written(record)
    except RecordRefused:
        return
    read = read_record(data)
    assert read.get("WARC-Filename") == value
    assert len(read.fields) == len(record.all_fields())


@given(value=TEXT)
def test_any_text_becomes_one_line_that_is_read_back(value: str) -> None:
    line = one_line(value)
    record = metadata(EVENT, fields=[("error", line), ("last", "1")])
    assert read_record(written(record)).warc_fields() == [("error", line.strip()), ("last", "1")]


@given(url=TEXT)
def test_any_url_is_written_in_one_legal_line_or_refused(url: str) -> None:
    try:
        data = written(response(CaptureEvent(url, AT, INFO.id), RecordBlock.of(head=HEAD)))
    except RecordRefused:
        return
    assert read_record(data).url == url
    assert url.isascii()


def framed(chunks: list[bytes], *, extension: bytes, trailer: bytes, eol: bytes) -> bytes:
    parts = [b"%x" % len(chunk) + extension + eol + chunk + eol for chunk in chunks if chunk]
    return b"".join(parts) + b"0" + extension + eol + trailer + eol


def bites(data: bytes, sizes: list[int]) -> list[bytes]:
    out = []
    position = 0
    while position < len(data):
        size = sizes[len(out) % len(sizes)]
        out.append(data[position : position + size])
        position += size
    return out


framings = st.builds(
    framed,
    st.lists(st.binary(max_size=50), max_size=8),
    extension=st.sampled_from([b"", b";a", b' ; b="c;d"']),
    trailer=st.sampled_from([b"", b"X: y\r\n", b"X: y\r\nZ: 1\r\n"]),
    eol=st.sampled_from([b"\r\n", b"\n"]),
)
sizes = st.lists(st.integers(1, 40), min_size=1, max_size=5)


@given(chunks=st.lists(st.binary(max_size=50), max_size=8), sizes=sizes, eol=st.sampled_from([b"\r\n", b"\n"]))
def test_unchunk_is_the_inverse_of_chunking(chunks: list[bytes], sizes: list[int], eol: bytes) -> None:
    data = framed(chunks, extension=b"", trailer=b"", eol=eol)
    assert b"".join(unchunk(bites(data, sizes))) == b"".join(chunks)


@given(data=st.one_of(framings, st.binary(max_size=200)), cut=st.integers(0, 200), sizes=sizes)
def test_deframing_never_loses_a_byte_of_a_body(data: bytes, cut: int, sizes: list[int]) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    data = data[:cut] if cut else data
    message = deframe(head, lambda: bites(data, sizes))
    assert message.body.length == len(message.body.read())
    if not message.removed:
        assert (message.head, message.body.read()) == (head, data)
    else:
        assert message.head == head.replace(b"Transfer", b"X-Crawler-Transfer")
        assert message.body.read() == b"".join(unchunk([data]))


@given(name=st.sampled_from(["gzip", "deflate", "br", "zstd"]), data=st.binary(max_size=3000), sizes=sizes)
def test_decoding_is_the_inverse_of_coding(name: str, data: bytes, sizes: list[int]) -> None:
    coder = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }[name]
    decoded = decode_content(bites(coder(data), sizes), name, limit=5000)
    assert (decoded.data, decoded.complete) == (data, True)


@given(
    names=st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd", "x"]), max_size=4),
    data=st.binary(max_size=500),
    limit=st.integers(0, 400),
)
def test_decoding_anything_stays_within_its_limit(names: list[str], data: bytes, limit: int) -> None:
    decoded = decode_content(data, names, limit=limit)
    assert len(decoded.data) <= limit
    assert decoded.complete == (decoded.problem is None)


@given(data=st.binary(max_size=300))
@example(b"HTTP/1.1 200 OK\r\n\r\n")
@example(b"\n\n")
def test_any_bytes_are_split_without_loss_and_read_as_a_head(data: bytes) -> None:
    parts = split_head(data)
    if parts is not None:
        assert parts[0] + parts[1] == data
    head = parse_head(data)
    head.mime()
    head.codings()
    assert all("\n" not in name and "\n" not in value for name, value in head.headers)


MEMBERS = [
    written(INFO),
    written(response(EVENT, RecordBlock.of(b"<p>" * 50, head=HEAD), id=RecordId("urn:uuid:r"))),
    written(INFO),
]


@settings(deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, sum(map(len, MEMBERS)) - 1), st.binary(max_size=12)), max_size=4),
    cut=st.integers(0, sum(map(len, MEMBERS))),
)
def test_any_damage_ends_in_a_typed_error_and_is_reported(changes: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(b"".join(MEMBERS))
    for position, patch in changes:
        data[position : position + len(patch)] = patch
    data = data[:cut]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.warc.gz"
        path.write_bytes(data)
        report = check_file(path)
        assert report.size == len(data)
        lenient = list(iter_records(path, strict=False))
        try:
            strict = list(iter_records(path))
        except RecordDamaged:
            assert report.problems
        else:
            assert [r.id for r in strict] == [r.id for r in lenient]
        try:
            cut_off = cut_torn_tail(path)
        except DamageFound:
            assert path.read_bytes() == data
        else:
            assert path.read_bytes() == data[: len(data) - cut_off]
            assert len(list(iter_records(path))) <= len(lenient)


@settings(deadline=None)
@given(raw=st.binary(max_size=400), packed=st.booleans())
@example(raw=b"WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n", packed=True)
@example(raw=b"WARC/1.1\r\nContent-Length: 999999999999999\r\n\r\n", packed=False)
@example(raw=b"WARC/1.1\r\n:\r\n\xff: \xff\r\nContent-Length: 3\r\n\r\nabc", packed=True)
def test_any_file_is_checked_without_a_crash(raw: bytes, packed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.warc.gz"
        path.write_bytes(gzip.compress(raw) if packed else raw)
        assert not check_file(path).ok
        index_lines(path, foreign=True)


RECORDS = [zlib.decompress(member, zlib.MAX_WBITS | 16) for member in MEMBERS]
ARC_RECORDS = [
    b"filedesc://a.arc 0.0.0.0 20200101000000 text/plain 9\n1 0 other\n",
    b"http://news.example/ 192.0.2.7 20200101000000 text/html 24\nHTTP/1.0 200 OK\r\n\r\n<p>a\n",
    b"http://news.example/b 192.0.2.7 20200102000000 text/html 24\nHTTP/1.0 200 OK\r\n\r\n<p>b\n",
]
FILES = [b"".join(MEMBERS), b"".join(RECORDS), b"".join(ARC_RECORDS), b"".join(map(gzip.compress, ARC_RECORDS))]


@settings(deadline=None)
@given(
    whole=st.sampled_from(FILES),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=12) | st.sampled_from(FILES)), max_size=3
    ),
)
def test_what_is_bad_in_a_foreign_file_is_told_from_what_is_sound_and_again_the_same(
    whole: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    data = whole
    for share, removed, put in changes:
        place = int(share * len(data))
        data = data[:place] + put + data[place + removed :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(data)
        sound: list[ExaminedRecord] = []
        report = check_file(path, foreign=True, on_record=sound.append)
        ends = [0, *(place.end for place in report.bad), len(data)]
        assert all(place.length > 0 and place.offset >= end for place, end in zip(report.bad, ends, strict=False))
        assert ends == sorted(ends)
        taken = [(r.head.offset, r.head.offset + r.head.length) for r in sound]
        assert not any(start < place.end and place.offset < end for start, end in taken for place in report.bad)
        for record in sound:
            again = read_record(
                data[record.head.offset : record.head.offset + record.head.length],
                file_offset=record.head.offset,
                length=record.head.length,
                strict=False,
            )
            assert again.url == record.head.url
        same: list[ExaminedRecord] = []
        known = check_file(path, foreign=True, known_bad=report.bad, on_record=same.append)
        assert known.bad == ()
        assert known.counts == report.counts
        assert [r.head.fields for r in same] == [r.head.fields for r in sound]


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
entries = st.builds(
    CdxjEntry,
    surt=words,
    timestamp=st.integers(0, 10**17 - 1).map("{:017d}".format),
    url=TEXT,
    mime=TEXT,
    status=st.sampled_from(["200", "-"]),
    digest=words,
    filename=TEXT,
    offset=st.integers(0, 10**12),
    length=st.integers(0, 10**12),
)


@given(listed=st.lists(entries, max_size=12))
def test_cdxj_lines_are_one_each_sorted_bytewise_and_read_back(listed: list[CdxjEntry]) -> None:
    lines = sort_lines(entry.line() for entry in listed)
    text = "".join(f"{line}\n" for line in lines)
    assert text.isascii()
    assert text.count("\n") == len(listed)
    assert sorted(text.encode().split(b"\n")[:-1]) == text.encode().split(b"\n")[:-1]
    key = lambda entry: entry.line()  # noqa: E731
    assert sorted((CdxjEntry.parse(line) for line in lines), key=key) == sorted(listed, key=key)
