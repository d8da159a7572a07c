"""Every bad sample of the validators' matrix, and the rules one by one."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.warc import (
    CaptureEvent,
    Record,
    RecordBlock,
    RecordProblemKind,
    WarcReport,
    check_file,
    iter_records,
    request,
    response,
)

INFO = [
    "WARC-Type: warcinfo",
    "WARC-Record-ID: <urn:uuid:i>",
    "WARC-Date: 2026-11-24T02:00:00Z",
    "WARC-Filename: a.warc.gz",
    "Content-Type: application/warc-fields",
]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
HTML = b"<p>hello</p>"
K = RecordProblemKind
Check = Callable[..., WarcReport]


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def lines(kind: str = "response", *more: str, drop: str = "", content_type: str | None = None) -> list[str]:
    """The named fields of a sound record, less those that begin with ``drop``, and more."""
    default = {"metadata": "application/warc-fields"}.get(
        kind, f"application/http; msgtype={'request' if kind == 'request' else 'response'}"
    )
    all_lines = [
        f"WARC-Type: {kind}",
        "WARC-Record-ID: <urn:uuid:r>",
        "WARC-Date: 2026-11-24T02:00:00.123Z",
        "WARC-Target-URI: https://news.example/",
        "WARC-Warcinfo-ID: <urn:uuid:i>",
        f"Content-Type: {content_type or default}",
        *more,
    ]
    return [line for line in all_lines if not (drop and line.startswith(drop))]


@pytest.fixture
def check(tmp_path: Path, spell) -> Check:
    """Check a file of a sound warcinfo and the given members."""

    def check(*members: bytes, info: bool = True) -> WarcReport:
        path = tmp_path / "a.warc.gz"
        path.write_bytes((spell(INFO, b"software: x\r\n") if info else b"") + b"".join(members))
        return check_file(path)

    return check


def kinds(report: WarcReport) -> set[RecordProblemKind]:
    return {problem.kind for problem in report.problems}


def test_our_own_file_has_no_problem(whole: Path) -> None:
    report = check_file(whole)
    assert report.problems == ()
    assert report.ok
    assert report.damage == ()
    data = whole.read_bytes()
    assert (report.size, report.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert report.counts == {"warcinfo": 1, "response": 1, "request": 1, "metadata": 1, "revisit": 2}
    assert report.records == 6
    assert report.first_at == report.last_at == datetime(2026, 11, 24, 2, 0, 0, 123000, tzinfo=UTC)
    assert report.warcinfos == ("urn:uuid:00000000-0000-4000-8000-000000000001",)


def test_spelled_sample_is_good(check: Check, spell) -> None:
    payload = [
        f"WARC-Payload-Digest: {sha1(HTML)}",
        f"WARC-Block-Digest: sha256:{hashlib.sha256(HEAD + HTML).hexdigest()}",
    ]
    assert check(spell(lines("response", *payload), HEAD + HTML)).problems == ()


def test_gzip_coded_body_with_digest_over_coded_bytes_is_good(check: Check, spell) -> None:
    body = gzip.compress(HTML)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    assert check(spell(lines("response", f"WARC-Payload-Digest: {sha1(body)}"), head + body)).ok
    assert kinds(check(spell(lines("response", f"WARC-Payload-Digest: {sha1(HTML)}"), head + body))) == {K.OTHER_DIGEST}
    assert kinds(check(spell(lines("response", f"WARC-Payload-Digest: {sha1(head + body)}"), head + body))) == {
        K.OTHER_DIGEST
    }
    assert kinds(check(spell(lines("response", f"WARC-Payload-Digest: {sha1(b'no')}"), head + body))) == {
        K.PAYLOAD_DIGEST
    }


@pytest.mark.parametrize("over", ["entity", "raw"])
def test_chunked_body_is_reported_whichever_digest_it_has(check: Check, spell, over: str) -> None:
    framed = b"c\r\n" + HTML + b"\r\n0\r\n\r\n"
    digest = sha1(HTML if over == "entity" else framed)
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed
    report = check(spell(lines("response", f"WARC-Payload-Digest: {digest}"), block))
    assert kinds(report) == {K.CHUNKED}
    assert report.damage == ()
    bad = check(spell(lines("response", f"WARC-Payload-Digest: {sha1(b'')}"), block))
    assert kinds(bad) == {K.CHUNKED, K.PAYLOAD_DIGEST}


def test_framing_that_is_none_is_left_alone(check: Check, spell) -> None:
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + HTML
    assert check(spell(lines("response", f"WARC-Payload-Digest: {sha1(HTML)}"), block)).ok


BAD: dict[str, tuple[Callable[..., bytes], set[RecordProblemKind]]] = {
    "bad payload digest": (
        lambda s: s(lines("response", f"WARC-Payload-Digest: {sha1(b'x')}"), HEAD + HTML),
        {K.PAYLOAD_DIGEST},
    ),
    "bad block digest": (
        lambda s: s(lines("response", f"WARC-Block-Digest: {sha1(b'x')}"), HEAD + HTML),
        {K.BLOCK_DIGEST},
    ),
    "no target URI": (lambda s: s(lines(drop="WARC-Target"), HEAD), {K.MISSING}),
    "no date": (lambda s: s(lines(drop="WARC-Date"), HEAD), {K.MISSING}),
    "no record id": (lambda s: s(lines(drop="WARC-Record"), HEAD), {K.MISSING}),
    "no type": (lambda s: s(lines(drop="WARC-Type"), HEAD), {K.MISSING}),
    "no content type": (lambda s: s(lines(drop="Content-Type"), HEAD), {K.MISSING}),
    "no warcinfo id": (lambda s: s(lines(drop="WARC-Warcinfo"), HEAD), {K.WARCINFO}),
    "unknown warcinfo id": (
        lambda s: s([*lines(drop="WARC-Warcinfo"), "WARC-Warcinfo-ID: <urn:uuid:z>"], HEAD),
        {K.WARCINFO},
    ),
    "unknown type": (lambda s: s([*lines(drop="WARC-Type"), "WARC-Type: unheard"], HEAD), {K.TYPE}),
    "repeated date": (lambda s: s(lines("response", "WARC-Date: 2026-11-24T02:00:00Z"), HEAD), {K.REPEATED}),
    "bad date": (lambda s: s([*lines(drop="WARC-Date"), "WARC-Date: 2026-13-01T00:00:00Z"], HEAD), {K.DATE}),
    "bad id": (lambda s: s([*lines(drop="WARC-Record"), "WARC-Record-ID: urn:uuid:r"], HEAD), {K.VALUE}),
    "bad digest": (lambda s: s(lines("response", "WARC-Block-Digest: sha1:x"), HEAD), {K.DIGEST}),
    "bad address": (lambda s: s(lines("response", "WARC-IP-Address: here"), HEAD), {K.VALUE}),
    "bad truncation": (lambda s: s(lines("response", "WARC-Truncated: bored"), HEAD), {K.VALUE}),
    "bad media type": (lambda s: s([*lines(drop="Content-Type"), "Content-Type: html"], HEAD), {K.VALUE}),
    "refers-to on a response": (lambda s: s(lines("response", "WARC-Refers-To: <urn:uuid:i>"), HEAD), {K.FORBIDDEN}),
    "filename on a response": (lambda s: s(lines("response", "WARC-Filename: x"), HEAD), {K.FORBIDDEN}),
    "payload digest on metadata": (
        lambda s: s(lines("metadata", f"WARC-Payload-Digest: {sha1(b'')}"), b""),
        {K.FORBIDDEN},
    ),
    "content length too short": (
        lambda s: s(lines(), HEAD + HTML, length=len(HEAD) + 5),
        {K.CONTENT_LENGTH, K.MEMBER, K.DAMAGED},
    ),
    "content length too long": (lambda s: s(lines(), HEAD + HTML, length=len(HEAD) + 500), {K.DAMAGED}),
    "content length longer by the end": (
        lambda s: s(lines(), HEAD + HTML, length=len(HEAD) + len(HTML) + 4),
        {K.CONTENT_LENGTH},
    ),
    "LF only": (lambda s: s(lines(), HEAD, eol="\n", end=b"\n\n"), {K.LINE_ENDS}),
    "no end": (lambda s: s(lines(), HEAD, end=b""), {K.CONTENT_LENGTH}),
    "injected field": (
        lambda s: s([*lines(drop="WARC-Target"), "WARC-Target-URI: https://news.example/\r\nX-Injected: yes"], HEAD),
        {K.UNKNOWN},
    ),
    "injected known field": (
        lambda s: s([*lines(drop="WARC-Target"), "WARC-Target-URI: https://news.example/\r\nWARC-Type: request"], HEAD),
        {K.REPEATED},
    ),
    "NUL": (lambda s: s(lines("response", "WARC-Cipher-Suite: a\0b"), HEAD), {K.CONTROL, K.VALUE}),
    "CR": (lambda s: s(lines("response", "WARC-Cipher-Suite: ab\r"), HEAD), {K.CONTROL}),
    "space in URI": (
        lambda s: s([*lines(drop="WARC-Target"), "WARC-Target-URI: https://news.example/a b"], HEAD),
        {K.URI},
    ),
    "letters in URI": (
        lambda s: s([*lines(drop="WARC-Target"), "WARC-Target-URI: https://news.example/é"], HEAD),
        {K.URI},
    ),
    "brackets round URI": (
        lambda s: s([*lines(drop="WARC-Target"), "WARC-Target-URI: <https://news.example/>"], HEAD),
        {K.URI},
    ),
    "concurrent to nothing": (
        lambda s: s(lines("response", "WARC-Concurrent-To: <urn:uuid:none>"), HEAD),
        {K.CONCURRENT_TO},
    ),
    "folded line": (lambda s: s(lines("response", "WARC-Cipher-Suite: a\r\n b"), HEAD), {K.HEADER, K.VALUE}),
    "line without colon": (lambda s: s(lines("response", "hello"), HEAD), {K.HEADER}),
    "not UTF-8": (lambda s: s(lines("response", "WARC-Cipher-Suite: \udce9"), HEAD), {K.HEADER, K.VALUE}),
    "unknown version": (lambda s: s(lines(), HEAD, version="WARC/7.0"), {K.HEADER}),
    "not gzip": (lambda s: s(lines(), HEAD, packed=False), {K.MEMBER}),
    "no HTTP head": (lambda s: s(lines(), b"HTTP/1.1 200 OK\r\nA: b"), {K.HTTP_HEAD}),
    "no status line": (lambda s: s(lines(), b"<html>\r\n\r\n"), {K.HTTP_HEAD}),
    "no request line": (lambda s: s(lines("request"), b"\x16\x03\x01\r\n\r\n"), {K.HTTP_HEAD}),
    "HTTP length": (lambda s: s(lines(), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), {K.HTTP_LENGTH}),
    "lines that are no fields": (lambda s: s(lines("metadata"), b"via: x\r\nhello\r\n"), {K.WARC_FIELDS}),
    "fields that are not UTF-8": (lambda s: s(lines("metadata"), b"via: \xe9\r\n"), {K.WARC_FIELDS}),
    "garbage": (lambda s: s(lines(), HEAD) + b"garbage", {K.DAMAGED}),
    "empty member": (lambda s: s(lines(), HEAD) + gzip.compress(b""), {K.DAMAGED}),
}


@pytest.mark.parametrize("sample", BAD)
def test_bad_sample_is_found(check: Check, spell, sample: str) -> None:
    make, expected = BAD[sample]
    report = check(make(spell))
    assert kinds(report) == expected
    assert not report.ok
    assert all(problem.text for problem in report.problems)


def test_concurrent_to_on_warcinfo_is_found(check: Check, spell) -> None:
    report = check(spell([*INFO, "WARC-Concurrent-To: <urn:uuid:i>"], b""), info=False)
    assert kinds(report) == {K.FORBIDDEN}


def test_warcinfo_without_filename_is_found(check: Check, spell) -> None:
    assert kinds(check(spell([line for line in INFO if "Filename" not in line], b""), info=False)) == {K.MISSING}


def test_file_that_does_not_begin_with_warcinfo_is_found(check: Check, spell) -> None:
    assert kinds(check(spell(lines(), HEAD), info=False)) == {K.WARCINFO}


def test_two_records_in_one_member_are_found(check: Check, spell) -> None:
    first = spell(lines(), HEAD, packed=False)
    second = spell([*lines(drop="WARC-Record"), "WARC-Record-ID: <urn:uuid:s>"], HEAD, packed=False)
    report = check(gzip.compress(first + second))
    assert [problem.kind for problem in report.problems] == [K.MEMBER]
    assert report.counts["response"] == 2


def test_duplicate_record_id_is_found(check: Check, spell) -> None:
    (problem,) = check(spell(lines(), HEAD), spell(lines(), HEAD)).problems
    assert problem.kind is K.DUPLICATE_ID
    assert problem.record_id == "urn:uuid:r"


REVISIT = [
    "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "WARC-Refers-To-Target-URI: https://news.example/",
    "WARC-Refers-To-Date: 2026-11-23T02:00:00Z",
    f"WARC-Payload-Digest: {sha1(HTML)}",
    "WARC-Truncated: length",
]


@pytest.mark.parametrize(
    ("drop", "add", "expected"),
    [
        ("none", [], set()),
        ("WARC-Profile", [], {K.MISSING}),
        ("WARC-Profile", ["WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"], set()),
        ("WARC-Profile", ["WARC-Profile: https://news.example/own"], {K.REVISIT}),
        ("WARC-Refers-To-T", [], {K.REVISIT}),
        ("WARC-Refers-To-D", [], {K.REVISIT}),
        ("WARC-Payload", [], {K.REVISIT}),
        ("WARC-Truncated", [], {K.REVISIT}),
        ("WARC-Profile", ["WARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified"], {K.REVISIT}),
    ],
)
def test_revisits(check: Check, spell, drop: str, add: list[str], expected: set[RecordProblemKind]) -> None:
    report = check(spell(lines("revisit", *[line for line in REVISIT if not line.startswith(drop)], *add), HEAD))
    assert kinds(report) == expected


def test_revisit_with_an_empty_block_is_good(check: Check, spell) -> None:
    assert check(spell(lines("revisit", *REVISIT[:-1], drop="Content-Type"), b"")).ok


def test_version_1_0_may_bracket_its_uris(check: Check, spell) -> None:
    sample = [*lines(drop="WARC-Target"), "WARC-Target-URI: <https://news.example/>"]
    assert check(spell(sample, HEAD, version="WARC/1.0")).ok


def test_records_of_one_event_have_one_date(check: Check, spell) -> None:
    later = [
        *lines("request", "WARC-Concurrent-To: <urn:uuid:r>", drop="WARC-Record"),
        "WARC-Record-ID: <urn:uuid:s>",
    ]
    asked = b"GET / HTTP/1.1\r\n\r\n"
    assert check(spell(lines(), HEAD), spell(later, asked)).ok
    later = [line.replace("02:00:00.123Z", "02:00:01Z") for line in later]
    assert kinds(check(spell(lines(), HEAD), spell(later, asked))) == {K.DATE}


@pytest.mark.parametrize(
    ("kind", "content_type", "good"),
    [
        ("response", "application/http", True),
        ("response", 'application/http;msgtype="response"', True),
        ("response", "application/http; msgtype=request", False),
        ("response", "text/html", False),
        ("request", "application/http; msgtype=request", True),
        ("request", "application/http; msgtype=response", False),
    ],
)
def test_the_block_of_a_message_is_a_message(check: Check, spell, kind: str, content_type: str, good: bool) -> None:
    block = HEAD if kind == "response" else b"GET / HTTP/1.1\r\n\r\n"
    report = check(spell(lines(kind, content_type=content_type), block))
    assert kinds(report) == (set() if good else {K.VALUE})


def test_answer_to_head_may_announce_a_length(event: CaptureEvent, info: Record, write) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    page = response(event, RecordBlock.of(head=answer))
    for method, expected in ((b"HEAD", set()), (b"GET", {K.HTTP_LENGTH})):
        asked = request(event, RecordBlock.of(head=method + b" / HTTP/1.1\r\n\r\n"), concurrent_to=[page.id])
        assert kinds(check_file(write([info, page, asked], name=f"{method.decode()}-after.warc.gz"))) == expected
        assert kinds(check_file(write([info, asked, page], name=f"{method.decode()}-before.warc.gz"))) == expected


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Crawler-Transfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 000\r\n\r\n",
    ],
)
def test_lengths_that_say_nothing_are_let_pass(check: Check, spell, head: bytes) -> None:
    assert check(spell(lines(), head)).ok


def test_truncated_record_may_be_shorter_than_announced(check: Check, spell) -> None:
    assert check(
        spell(lines("response", "WARC-Truncated: disconnect"), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")
    ).ok


def test_cut_tail_is_found_at_every_length(whole: Path) -> None:
    data = whole.read_bytes()
    ends = {0} | {record.offset + record.length for record in iter_records(whole)}
    for size in range(1, len(data)):
        whole.write_bytes(data[:size])
        report = check_file(whole)
        assert report.size == size
        assert report.sha256 == hashlib.sha256(data[:size]).hexdigest()
        assert (K.TRUNCATED in kinds(report)) == (size not in ends)


def test_bit_flips_are_found_and_the_records_after_them_still_counted(whole: Path, records: list[Record]) -> None:
    data = whole.read_bytes()
    places = [record.offset for record in iter_records(whole)]
    for position in range(places[1] + 10, places[2], 3):
        changed = bytearray(data)
        changed[position] ^= 0x04
        whole.write_bytes(changed)
        report = check_file(whole)
        assert report.damage
        assert report.damage[0].offset == places[1]
        assert report.records >= len(records) - 1
        assert report.sha256 == hashlib.sha256(changed).hexdigest()


def test_empty_file_is_no_warc(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.touch()
    assert kinds(check_file(path)) == {K.WARCINFO}


def test_problems_are_listed_up_to_a_number(tmp_path: Path, spell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.warc.check.MAX_PROBLEMS", 3)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(spell(INFO, b"") + spell(lines(), HEAD) * 10)
    report = check_file(path)
    assert (len(report.problems), report.unlisted) == (3, 6)
