from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import datetime

import pytest

from archiver.errors import RecordRefused
from archiver.model.record import RecordId, RecordType, Truncated
from archiver.warc import (
    CaptureEvent,
    Record,
    RecordBlock,
    conversion,
    fields_block,
    metadata,
    one_line,
    request,
    resource,
    response,
    revisit,
    warcinfo,
)
from archiver.warc.field_rules import IDENTICAL_PAYLOAD, NOT_MODIFIED

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
OTHER = RecordId("urn:uuid:00000000-0000-4000-8000-000000000002")


def fields(record: Record) -> dict[str, str]:
    return dict(record.all_fields())


def test_response_says_all_that_is_known_of_its_capture(event: CaptureEvent) -> None:
    record = response(event, RecordBlock.of(b"body", head=HEAD), truncated=Truncated.TIME, concurrent_to=[OTHER])
    assert record.all_fields() == [
        ("WARC-Type", "response"),
        ("WARC-Record-ID", f"<{record.id}>"),
        ("WARC-Date", "2026-11-24T02:00:00.123Z"),
        ("WARC-Target-URI", "https://news.example/a?x=1"),
        ("WARC-Warcinfo-ID", "<urn:uuid:00000000-0000-4000-8000-000000000001>"),
        ("WARC-IP-Address", "192.0.2.7"),
        ("WARC-Protocol", "http/1.1"),
        ("WARC-Protocol", "tls/1.3"),
        ("WARC-Cipher-Suite", "TLS_AES_128_GCM_SHA256"),
        ("WARC-Concurrent-To", f"<{OTHER}>"),
        ("WARC-Truncated", "time"),
        ("WARC-Payload-Digest", "sha1:" + base64.b32encode(hashlib.sha1(b"body").digest()).decode()),
        ("WARC-Block-Digest", "sha256:" + hashlib.sha256(HEAD + b"body").hexdigest()),
        ("Content-Type", "application/http; msgtype=response"),
        ("Content-Length", str(len(HEAD) + 4)),
    ]


def test_records_of_one_event_have_one_date(records: list[Record]) -> None:
    assert {fields(record)["WARC-Date"] for record in records[1:]} == {"2026-11-24T02:00:00.123Z"}


def test_every_record_but_warcinfo_names_its_warcinfo(records: list[Record]) -> None:
    assert "WARC-Warcinfo-ID" not in fields(records[0])
    assert {fields(record)["WARC-Warcinfo-ID"] for record in records[1:]} == {f"<{records[0].id}>"}


def test_unknown_facts_are_left_out(event: CaptureEvent) -> None:
    bare = replace(event, ip=None, protocols=(), cipher=None)
    names = fields(response(bare, RecordBlock.of(b"", head=HEAD)))
    assert not {"WARC-IP-Address", "WARC-Protocol", "WARC-Cipher-Suite", "WARC-Truncated"} & set(names)


@pytest.mark.parametrize(
    ("given", "written"),
    [("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"), ("192.0.2.7", "192.0.2.7")],
)
def test_addresses_are_written_as_rfc_5952_wants(event: CaptureEvent, given: str, written: str) -> None:
    assert fields(response(replace(event, ip=given), RecordBlock.of()))["WARC-IP-Address"] == written


def test_what_is_no_address_is_refused(event: CaptureEvent) -> None:
    with pytest.raises(RecordRefused, match="not an IP address"):
        response(replace(event, ip="news.example"), RecordBlock.of())


def test_request_has_a_payload_digest_only_with_a_body(event: CaptureEvent) -> None:
    assert "WARC-Payload-Digest" not in fields(request(event, RecordBlock.of(head=b"GET / HTTP/1.1\r\n\r\n")))
    assert "WARC-Payload-Digest" in fields(request(event, RecordBlock.of(b"a=1", head=b"POST / HTTP/1.1\r\n\r\n")))


def test_metadata_has_the_fields_of_the_standard_and_more(event: CaptureEvent) -> None:
    record = metadata(
        event, via="https://news.example/", hops="", fetch_ms=7, fields=[("note", "tin tức")], concurrent_to=[OTHER]
    )
    assert (
        b"".join(record.block.pieces()).decode()
        == "via: https://news.example/\r\nhopsFromSeed: \r\nfetchTimeMs: 7\r\nnote: tin tức\r\n"
    )
    assert fields(record)["WARC-Concurrent-To"] == f"<{OTHER}>"
    assert "WARC-IP-Address" not in fields(record)


def test_metadata_may_refer_to_an_older_record(event: CaptureEvent) -> None:
    assert fields(metadata(event, refers_to=OTHER))["WARC-Refers-To"] == f"<{OTHER}>"


@pytest.mark.parametrize("bad", ["x\r\nvia: y", "x\ny", "x\x00", "\ud800"])
def test_lines_of_a_fields_block_cannot_be_injected(bad: str) -> None:
    with pytest.raises(RecordRefused):
        fields_block([("note", bad)])
    with pytest.raises(RecordRefused):
        fields_block([(bad, "x")])


def test_one_line_makes_any_text_fit(event: CaptureEvent) -> None:
    hostile = "Connection lost:\r\n\tvia: x\x00\x85 \ud800" + "y" * 5000
    line = one_line(hostile)
    assert line.startswith("Connection lost: via: x ?y")
    assert len(line) == 1000
    assert metadata(event, fields=[("error", line)]).head()


def test_identical_payload_revisit_can_be_replayed(event: CaptureEvent, at: datetime) -> None:
    digest = RecordBlock.of(b"body").payload_digest
    record = revisit(
        event, HEAD, refers_to=OTHER, refers_to_url="https://news.example/b", refers_to_at=at, payload_digest=digest
    )
    found = fields(record)
    assert found["WARC-Profile"] == IDENTICAL_PAYLOAD
    assert found["WARC-Refers-To"] == f"<{OTHER}>"
    assert found["WARC-Refers-To-Target-URI"] == "https://news.example/b"
    assert found["WARC-Refers-To-Date"] == "2026-11-24T02:00:00.123Z"
    assert found["WARC-Payload-Digest"] == str(digest)
    assert found["WARC-Truncated"] == "length"
    assert record.block.length == len(HEAD)


def test_identical_payload_revisit_without_head_is_empty(event: CaptureEvent, at: datetime) -> None:
    record = revisit(
        event,
        b"",
        refers_to=OTHER,
        refers_to_url=event.url,
        refers_to_at=at,
        payload_digest=RecordBlock.of(b"x").payload_digest,
    )
    assert fields(record)["Content-Length"] == "0"
    assert "WARC-Truncated" not in fields(record)


def test_identical_payload_revisit_needs_the_digest(event: CaptureEvent, at: datetime) -> None:
    with pytest.raises(RecordRefused, match="payload digest"):
        revisit(event, HEAD, refers_to=OTHER, refers_to_url=event.url, refers_to_at=at, payload_digest=None)


def test_not_modified_revisit_has_the_head_of_the_304(event: CaptureEvent, at: datetime) -> None:
    head = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    record = revisit(
        event, head, refers_to=OTHER, refers_to_url=event.url, refers_to_at=at, payload_digest=None, not_modified=True
    )
    assert fields(record)["WARC-Profile"] == NOT_MODIFIED
    assert "WARC-Truncated" not in fields(record)
    assert b"".join(record.block.pieces()) == head


def test_resource_and_conversion_have_the_digest_of_their_block_alone(event: CaptureEvent) -> None:
    block = RecordBlock.of(b"text")
    for record in (
        resource(event, block, content_type="text/plain"),
        conversion(event, block, content_type="text/plain", refers_to=OTHER),
    ):
        assert fields(record)["WARC-Block-Digest"] == str(block.digest)
        assert "WARC-Payload-Digest" not in fields(record)
        assert record.head()
    assert "WARC-IP-Address" not in fields(conversion(event, block, content_type="text/plain", refers_to=OTHER))


def test_illegal_url_is_refused(event: CaptureEvent) -> None:
    for url in ("https://news.example/a b", "https://news.example/\r\nX: y", "https://news.example/\x00", "tin"):
        with pytest.raises(RecordRefused):
            response(replace(event, url=url), RecordBlock.of(head=HEAD)).head()


def test_warcinfo_keeps_the_order_of_its_fields(at: datetime) -> None:
    record = warcinfo(at, filename="x.warc.gz", fields=[("software", "a"), ("operator", "b"), ("software", "c")])
    assert record.type is RecordType.WARCINFO
    assert b"".join(record.block.pieces()) == b"software: a\r\noperator: b\r\nsoftware: c\r\n"
