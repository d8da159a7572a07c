from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from archiver.errors import RecordRefused
from archiver.model.record import RecordType
from archiver.warc import Record, RecordBlock, new_record_id
from archiver.warc.field_rules import breaches, is_uri, parse_date


def test_head_is_written_line_by_line_with_crlf(info: Record) -> None:
    assert info.head().decode().split("\r\n") == [
        "WARC/1.1",
        "WARC-Type: warcinfo",
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>",
        "WARC-Date: 2026-11-24T02:00:00.123Z",
        "WARC-Filename: a.warc.gz",
        f"WARC-Block-Digest: {info.block.digest}",
        "Content-Type: application/warc-fields",
        "Content-Length: 52",
        "",
        "",
    ]


def test_date_is_written_in_utc_and_cut_to_milliseconds(info: Record) -> None:
    hanoi = timezone(timedelta(hours=7))
    record = replace(info, at=datetime(2026, 1, 1, 6, 59, 59, 999_999, tzinfo=hanoi))
    assert b"\r\nWARC-Date: 2025-12-31T23:59:59.999Z\r\n" in record.head()


@pytest.mark.parametrize("bad", ["a\r\nWARC-Type: warcinfo", "a\nb", "a\rb", "a\x00b", "a\tb", "a\x7fb", "a\x85b"])
def test_control_characters_in_a_value_are_refused(info: Record, bad: str) -> None:
    with pytest.raises(RecordRefused, match="control character"):
        replace(info, fields=(("WARC-Filename", bad),)).head()


@pytest.mark.parametrize("bad", ["", "WARC Type", "X:Y", "X\r\nY", "Số"])
def test_field_names_that_are_no_tokens_are_refused(info: Record, bad: str) -> None:
    with pytest.raises(RecordRefused, match="field name"):
        replace(info, fields=((bad, "x"),)).head()


@pytest.mark.parametrize("bad", [" a", "a ", "\ud800"])
def test_values_that_would_not_read_back_are_refused(info: Record, bad: str) -> None:
    with pytest.raises(RecordRefused):
        replace(info, fields=(("WARC-Filename", bad),)).head()


def test_repeated_field_is_refused(records: list[Record]) -> None:
    page = records[1]
    with pytest.raises(RecordRefused, match="WARC-Target-URI is there twice"):
        replace(page, fields=(*page.fields, ("warc-target-uri", "https://news.example/"))).head()


def test_protocol_and_concurrent_to_may_repeat(records: list[Record]) -> None:
    page = records[1]
    more = (("WARC-Concurrent-To", "<urn:uuid:1>"), ("WARC-Concurrent-To", "<urn:uuid:2>"))
    assert replace(page, fields=(*page.fields, *more)).head().count(b"WARC-Concurrent-To") == 2
    assert page.head().count(b"WARC-Protocol: ") == 2


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (RecordType.RESPONSE, ("WARC-Refers-To", "<urn:uuid:1>")),
        (RecordType.RESPONSE, ("WARC-Filename", "x")),
        (RecordType.WARCINFO, ("WARC-Concurrent-To", "<urn:uuid:1>")),
        (RecordType.WARCINFO, ("WARC-Target-URI", "https://news.example/")),
        (RecordType.METADATA, ("WARC-Payload-Digest", "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ")),
        (RecordType.CONVERSION, ("WARC-IP-Address", "192.0.2.1")),
        (RecordType.CONVERSION, ("WARC-Protocol", "http/1.1")),
        (RecordType.REQUEST, ("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified")),
    ],
)
def test_field_that_its_type_forbids_is_refused(info: Record, kind: RecordType, field: tuple[str, str]) -> None:
    with pytest.raises(RecordRefused, match="may not stand"):
        Record(kind, info.id, info.at, (field,), None, RecordBlock.of()).head()


@pytest.mark.parametrize("kind", [t for t in RecordType if t not in {RecordType.WARCINFO, RecordType.METADATA}])
def test_record_without_its_target_uri_is_refused(info: Record, kind: RecordType) -> None:
    record = Record(kind, info.id, info.at, (), None, RecordBlock.of())
    assert "no WARC-Target-URI" in [text for _, text in breaches(kind, record.all_fields())]
    with pytest.raises(RecordRefused):
        record.head()


@pytest.mark.parametrize(
    "uri",
    [
        "https://news.example/",
        "http://a_b.example:8080/x;y=1/z?q=a/b?c&d=%C3%A9#part",
        "https://[2001:db8::1]:443/",
        "https://u:p@news.example/%20",
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        "dns:news.example",
        "metadata://x/y",
    ],
)
def test_legal_uris(uri: str) -> None:
    assert is_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "news.example/a",
        "/a",
        "https://news.example/a b",
        "https://news.example/é",
        "https://news.example/%",
        "https://news.example/%zz",
        "https://news.example/[x]",
        "https://news.example/#a#b",
        "https://news.example/\n",
        "<https://news.example/>",
        'https://news.example/"',
        "https://news.example/{x}|^`\\",
    ],
)
def test_illegal_uris(uri: str) -> None:
    assert not is_uri(uri)


def test_long_hostile_uri_is_judged_at_once() -> None:
    assert not is_uri("http://" + "a:" * 200_000 + " ")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-11-24T02:00:00Z", "2026-11-24T02:00:00+00:00"),
        ("2026-11-24T02:00:00.1Z", "2026-11-24T02:00:00.100000+00:00"),
        ("2026-11-24T02:00:00.123456789Z", "2026-11-24T02:00:00.123456+00:00"),
        ("2026-11-24T02:00Z", "2026-11-24T02:00:00+00:00"),
        ("2026-11-24", "2026-11-24T00:00:00+00:00"),
        ("2026-11", "2026-11-01T00:00:00+00:00"),
        ("2026", "2026-01-01T00:00:00+00:00"),
    ],
)
def test_dates_of_the_standard_are_read(text: str, iso: str) -> None:
    assert parse_date(text).isoformat() == iso


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261124020000",
        "2026-13-01",
        "2026-11-24T02:00:00",
        "2026-11-24T02:00:00+07:00",
        "2026-11-24 02:00:00Z",
        "2026-11-24T25:00:00Z",
        "2026-11-24T02:00:00.1234567890Z",
        "yesterday",
        "２０２６",
    ],
)
def test_other_dates_are_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_date(text)


def test_record_ids_are_fresh_and_random_bytes_can_be_handed_in() -> None:
    assert new_record_id() != new_record_id()
    assert new_record_id(bytes) == "urn:uuid:00000000-0000-4000-8000-000000000000"


def test_fields_of_wrong_form_are_named() -> None:
    fields = [("WARC-IP-Address", "999.1.1.1"), ("WARC-Truncated", "bored"), ("WARC-Payload-Digest", "sha1:short")]
    texts = [text for _, text in breaches(RecordType.RESPONSE, fields)]
    assert [text.partition(" ")[0] for text in texts[:3]] == [
        "WARC-IP-Address",
        "WARC-Truncated",
        "WARC-Payload-Digest",
    ]
