"""Files that we write pass other people's validators and are read by their libraries, byte for byte."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
import zstandard
from fastwarc import warc as fastwarc
from warcio import archiveiterator as warcio
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
from warcs import index_lines

from archiver.model.record import Truncated
from archiver.warc import (
    CaptureEvent,
    Record,
    RecordBlock,
    WarcWriter,
    check_file,
    conversion,
    deframe,
    iter_records,
    metadata,
    request,
    resource,
    response,
    revisit,
    warcinfo,
)

AT = datetime(2026, 11, 24, 2, 0, 0, 123000, tzinfo=UTC)
TEXT = ("<!doctype html><p>Tin tức — Nachricht — 消息</p>\n" * 200).encode()
BINARY = bytes(range(256)) * 40


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def chunked(data: bytes, size: int = 700) -> bytes:
    parts = [b"%x;x=y\r\n%s\r\n" % (len(data[i : i + size]), data[i : i + size]) for i in range(0, len(data), size)]
    return b"".join(parts) + b"0\r\nTrailer: 1\r\n\r\n"


def head(*lines: str, status: str = "200 OK", eol: str = "\r\n") -> bytes:
    return eol.join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


# name: head, body as received, WARC-Truncated
MESSAGES: dict[str, tuple[bytes, bytes, Truncated | None]] = {
    "plain": (head("Content-Type: text/html", f"Content-Length: {len(TEXT)}"), TEXT, None),
    "chunked": (head("Content-Type: text/html", "Transfer-Encoding: chunked"), chunked(TEXT), None),
    "lower-case chunked": (head("content-type: text/html", "transfer-encoding: chunked"), chunked(TEXT), None),
    "chunked gzip": (head("Transfer-Encoding: chunked", "Content-Encoding: gzip"), chunked(gzip.compress(TEXT)), None),
    "gzip": (head("Content-Type: text/html", "Content-Encoding: gzip"), gzip.compress(TEXT), None),
    "deflate": (head("Content-Encoding: deflate"), zlib.compress(TEXT), None),
    "raw deflate": (head("Content-Encoding: deflate"), raw_deflate(TEXT), None),
    "zstd": (head("Content-Encoding: zstd"), zstandard.ZstdCompressor().compress(TEXT), None),
    "br": (head("Content-Encoding: br"), brotli.compress(TEXT), None),
    "damaged gzip": (head("Content-Encoding: gzip"), gzip.compress(TEXT)[:50] + b"\xff" * 50, None),
    "binary": (head("Content-Type: image/png"), BINARY, None),
    "empty": (head("Content-Length: 0"), b"", None),
    "204": (head(status="204 No Content"), b"", None),
    "head of chunked": (head("Transfer-Encoding: chunked"), b"", None),
    "redirect": (head("Location: /b", status="301 Moved"), b"", None),
    "not found": (head("Content-Type: text/html", status="404 Not Found"), b"<p>no</p>", None),
    "disconnect": (head("Content-Length: 99999"), TEXT[:500], Truncated.DISCONNECT),
    "cut chunked": (head("Transfer-Encoding: chunked"), chunked(TEXT)[:1000], Truncated.DISCONNECT),
    "time": (head(), TEXT[:500], Truncated.TIME),
    "length": (head("Content-Encoding: gzip"), gzip.compress(TEXT)[:60], Truncated.LENGTH),
    "odd headers": (head("A : b", "sEt-cOOkie: 1", "Set-Cookie:2", "X: a", " folded", "Latin: \xe9"), TEXT, None),
    "Latin-1 reason": (head("A: b", status="200 D\xe9j\xe0"), TEXT, None),
    "no reason": (head("A: b", status="200"), TEXT, None),
    "not framed": (head("Transfer-Encoding: chunked"), b"<html>no framing</html>", None),
    "blank lines first": (head("A: b"), b"\r\n\r\nbody", None),
}
# What a reader other than ours does not take as we do; the reason beside each.
NO_WARCIO_CHECK = {"br"}  # warcio 1.8 with brotli 1.2: AttributeError in its own decoder
BARE_LF = head("A: b", "Content-Type: text/html", eol="\n")


def write(path: Path, names: list[str]) -> list[Record]:
    """A file with every record of one capture event a message; the records in order."""
    info = warcinfo(AT, filename=path.name, fields=[("software", "archiver/1"), ("format", "WARC File Format 1.1")])
    records = [info]
    for number, name in enumerate(names):
        head_bytes, body, truncated = MESSAGES[name]
        event = CaptureEvent(
            f"https://news.example/{number}",
            AT,
            info.id,
            "2001:db8::7",
            ("http/1.1", "tls/1.3"),
            "TLS_AES_128_GCM_SHA256",
        )
        message = deframe(head_bytes, body)
        page = response(event, RecordBlock.of(message.body, head=message.head), truncated=truncated)
        method = "HEAD" if name == "head of chunked" else "GET"
        asked = f"{method} /{number} HTTP/1.1\r\nHost: news.example\r\n\r\n".encode()
        records += [
            page,
            request(event, RecordBlock.of(head=asked), concurrent_to=[page.id]),
            metadata(event, via="https://news.example/", hops="L", fetch_ms=5, concurrent_to=[page.id]),
        ]
    event = CaptureEvent("https://news.example/post", AT, info.id)
    posted = request(
        event,
        RecordBlock.of(b"a=1&b=2", head=b"POST /post HTTP/1.1\r\nHost: news.example\r\nContent-Length: 7\r\n\r\n"),
    )
    records += [
        posted,
        resource(
            CaptureEvent("dns:news.example", AT, info.id), RecordBlock.of(b"20261124020000\n"), content_type="text/dns"
        ),
        conversion(
            CaptureEvent(EVENT_URL, AT, info.id),
            RecordBlock.of(TEXT),
            content_type="text/plain",
            refers_to=records[1].id,
        ),
    ]
    _write(path, records)
    return records


EVENT_URL = "https://news.example/0"


def write_revisits(path: Path) -> list[Record]:
    info = warcinfo(AT, filename=path.name, fields=[("software", "archiver/1")])
    event = CaptureEvent(EVENT_URL, AT, info.id, "192.0.2.7", ("http/1.1",))
    page = response(event, RecordBlock.of(TEXT, head=head("Content-Type: text/html", 'ETag: "x"')))
    same = {
        "refers_to": page.id,
        "refers_to_url": event.url,
        "refers_to_at": AT,
        "payload_digest": page.block.payload_digest,
    }
    records = [
        info,
        page,
        revisit(event, page.block.head, **same),
        revisit(event, head('ETag: "x"', status="304 Not Modified"), not_modified=True, **same),
        revisit(event, b"", **same),
    ]
    _write(path, records)
    return records


def _write(path: Path, records: list[Record]) -> None:
    with path.open("wb") as file:
        writer = WarcWriter(file)
        for number, record in enumerate(records):
            writer.write(record, level=(1, 6, 0)[number % 3])


def run(*command: str) -> tuple[int, str]:
    """A tool's exit code and what it said; the scripts lie beside the interpreter."""
    script = Path(sys.executable).parent / command[0]
    if not script.exists():
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([str(script), *command[1:]], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_our_own_check_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    records = write(path, list(MESSAGES))
    report = check_file(path)
    assert report.problems == ()
    assert report.records == len(records)
    path = tmp_path / "b.warc.gz"
    write_revisits(path)
    assert check_file(path).problems == ()


def test_warcio_check_passes(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    records = write(path, [name for name in MESSAGES if name not in NO_WARCIO_CHECK])
    code, said = run("warcio", "check", "-v", str(path))
    assert code == 0, said
    assert said.count("digest pass") == len(records)
    path = tmp_path / "b.warc.gz"
    write_revisits(path)
    code, said = run("warcio", "check", "-v", str(path))
    assert code == 0, said


def fastwarc_check(path: Path, *options: str) -> tuple[int, dict[str, str]]:
    """The exit code, and what is said of each record id."""
    details = path.with_suffix(".txt")
    code, _ = run("fastwarc", "check", "-q", *options, "-o", str(details), str(path))
    lines = (re.fullmatch(r"<(.*)>: (.*)", line) for line in details.read_text().splitlines())
    return code, {line[1]: line[2] for line in lines if line}


def test_fastwarc_check_passes_with_payloads(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    records = write(path, list(MESSAGES))
    code, said = fastwarc_check(path, "-p")
    assert code == 0, said
    assert set(said) == {record.id for record in records}
    assert {said[record.id] for record in records if record.type == "response"} == {"OK, PAYLOAD_OK"}
    assert fastwarc_check(path)[0] == 0


def test_fastwarc_check_with_payloads_fails_for_revisits_only(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    records = write_revisits(path)
    assert fastwarc_check(path)[0] == 0
    code, said = fastwarc_check(path, "-p")
    assert code == 1
    failed = {record_id for record_id, words in said.items() if "FAIL" in words}
    assert failed == {record.id for record in records if record.type == "revisit"}


@pytest.mark.parametrize("name", MESSAGES)
def test_stored_head_and_body_are_those_that_were_received(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, [name])
    head_bytes, body, _ = MESSAGES[name]
    page = list(iter_records(path))[1]
    assert page.http is not None
    if "chunked" in name and body:
        assert re.sub(rb"X-Crawler-(?=[Tt]ransfer)", b"", page.http.head_bytes) == head_bytes
        assert page.http.head_bytes != head_bytes
        decoded = page.http.decoded(limit=1_000_000)
        assert TEXT.startswith(decoded.data)
        assert name == "cut chunked" or decoded.data == TEXT
    else:
        assert (page.http.head_bytes, page.http.body.read()) == (head_bytes, body)


def test_fastwarc_reads_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    records = write(path, list(MESSAGES))
    with path.open("rb") as file:
        read = list(fastwarc.ArchiveIterator(file, parse_http=False, auto_decode="none", func_filter=_freeze))
    assert len(read) == len(records)
    for record, other, ours in zip(records, read, iter_records(path), strict=True):
        block = b"".join(record.block.pieces())
        assert other.record_id == f"<{record.id}>"
        assert str(other.record_type) == record.type.value
        assert other.stream_pos == ours.offset
        assert [tuple(pair) for pair in other.headers] == record.all_fields()
        assert other.reader.read() == block == ours.block.read()


def _freeze(record) -> bool:  # type: ignore[no-untyped-def]
    """Keep the block of a record that is passing by."""
    record.freeze()
    return True


def test_warcio_reads_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    records = write(path, list(MESSAGES))
    with path.open("rb") as file:
        iterator = warcio.ArchiveIterator(file, no_record_parse=True)
        for record, other in zip(records, iterator, strict=True):
            assert other.rec_headers.headers == record.all_fields()
            assert other.raw_stream.read() == b"".join(record.block.pieces())


@pytest.mark.parametrize("name", [name for name in MESSAGES if name not in NO_WARCIO_CHECK])
def test_warcio_sees_the_same_payload_and_status(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, [name])
    ours = list(iter_records(path))[1]
    assert ours.http is not None
    with path.open("rb") as file:
        for other in warcio.ArchiveIterator(file, check_digests="raise"):
            if other.rec_type == "response":
                assert int(other.http_headers.get_statuscode()) == ours.http.head.status
                assert other.raw_stream.read() == ours.http.body.read()


# warcio leaves its temporary files to the garbage collector.
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_files_that_warcio_writes_are_read_by_us(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        writer.write_record(writer.create_warcinfo_record("a.warc.gz", {"software": "x"}))
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        page = writer.create_warc_record(
            "https://news.example/", "response", payload=io.BytesIO(TEXT), http_headers=headers
        )
        writer.write_record(page)
        writer.write_record(
            writer.create_revisit_record(
                "https://news.example/",
                page.rec_headers.get_header("WARC-Payload-Digest"),
                "https://news.example/",
                "2026-11-24T02:00:00Z",
                http_headers=headers,
            )
        )
    report = check_file(path)
    assert report.damage == ()
    assert {problem.kind.value for problem in report.problems} <= {"warcinfo", "revisit"}
    info, read, same = iter_records(path)
    assert read.http is not None
    assert read.http.body.read() == TEXT
    assert (same.refers_to_url, info.warc_fields()) == ("https://news.example/", [("software", "x")])
    assert len(index_lines(path)) == 2


def test_bare_lf_head_is_kept_and_passes(tmp_path: Path) -> None:
    """The one message on whose payload FastWARC and warcio need not agree: it stands alone."""
    info = warcinfo(AT, filename="a.warc.gz", fields=[("software", "archiver/1")])
    event = CaptureEvent(EVENT_URL, AT, info.id)
    path = tmp_path / "a.warc.gz"
    _write(path, [info, response(event, RecordBlock.of(TEXT, head=BARE_LF))])
    assert check_file(path).problems == ()
    assert list(iter_records(path))[1].block.read() == BARE_LF + TEXT
    code, said = run("warcio", "check", str(path))
    assert code == 0, said
    code, said = run("fastwarc", "check", "-q", str(path))
    assert code == 0, said
