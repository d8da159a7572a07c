"""The first commit: records on the disk, then rows, then the answer."""

from __future__ import annotations

import gzip
import resource
import signal
import time
from datetime import timedelta

import pytest
from exchanges import BEGUN, Bench, exchange

from archiver.capture.lock import SiteLock
from archiver.errors import Busy, SpoolUnusable
from archiver.model.capture import Kind
from archiver.model.digest import sha1
from archiver.model.record import RecordType, Truncated
from archiver.records.reader import RecordReader
from archiver.records.spool import find_spooled
from archiver.sealing.contents import read_contents
from archiver.warc import check_file, iter_records


@pytest.fixture
def bench(tmp_path):
    made = Bench.make(tmp_path / "archive")
    yield made
    made.catalog.close()


def test_a_commit_leaves_records_that_pass_the_check_and_a_row_that_names_them(bench):
    committer = bench.committer()
    done = committer.submit(exchange(via="https://news.example/", hop="L")).result(60)
    committer.close()
    report = check_file(bench.sealed[0].path)
    assert report.problems == ()
    assert report.counts == {"warcinfo": 1, "response": 1, "request": 1, "metadata": 1}
    capture = bench.catalog.captures.by_record(done.record_id)
    assert capture == done.capture
    assert (capture.url, capture.status, capture.mime, capture.kind) == (
        "https://news.example/a",
        200,
        "text/html",
        Kind.PAGE,
    )
    assert capture.at == BEGUN
    assert capture.digest == sha1(b"<p>Hello</p>")
    assert done.new


def test_a_record_is_read_back_while_its_file_is_still_open(bench):
    committer = bench.committer()
    capture = committer.submit(exchange()).result(60).capture
    assert find_spooled(bench.config.spool_dir, capture.record.file).name.endswith(".open")
    record = RecordReader(bench.config.spool_dir, bench.store).read(capture.record)
    assert record.block.read() == b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>"
    committer.close()


def test_chunk_framing_is_removed_its_header_renamed_and_nothing_else_changed(bench):
    head = b"HTTP/1.1 200 Fine\r\nx-ODD:  two  spaces\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"
    committer = bench.committer()
    capture = committer.submit(exchange(response=head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")).result(60).capture
    committer.close()
    block = RecordReader(bench.config.spool_dir, bench.store).read(capture.record).block.read()
    assert block == head.replace(b"Transfer-Encoding", b"X-Crawler-Transfer-Encoding") + b"abcde"
    assert capture.payload_length == 5


def test_what_has_no_whole_header_block_becomes_metadata_and_no_row(bench):
    committer = bench.committer()
    done = committer.submit(exchange(response=b"HTTP/1.1 200 OK\r\nContent-", error="connection lost")).result(60)
    committer.close()
    assert done.capture is None
    records = list(iter_records(bench.sealed[0].path))
    assert [record.type for record in records] == [RecordType.WARCINFO, RecordType.REQUEST, RecordType.METADATA]
    facts = dict(records[2].warc_fields())
    assert facts["error"] == "connection lost"
    assert facts["received"]


@pytest.mark.parametrize("reason", list(Truncated))
def test_a_truncated_body_says_so_in_record_and_row(bench, reason):
    committer = bench.committer()
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"
    capture = committer.submit(exchange(response=response, truncated=reason)).result(60).capture
    committer.close()
    record = RecordReader(bench.config.spool_dir, bench.store).read(capture.record)
    assert record.truncated is reason
    assert dict(record.fields)["WARC-Truncated"] == reason.value
    assert capture.truncated is reason


def test_a_redirect_is_its_own_kind_and_names_its_target(bench):
    committer = bench.committer()
    response = b"HTTP/1.1 301 Moved\r\nLocation: /b#x\r\n\r\n"
    capture = committer.submit(exchange(response=response)).result(60).capture
    committer.close()
    assert (capture.kind, capture.redirect) == (Kind.REDIRECT, "https://news.example/b")


def test_a_url_is_new_once(bench):
    committer = bench.committer()
    first = committer.submit(exchange())
    second = committer.submit(exchange())
    assert [first.result(60).new, second.result(60).new] == [True, False]
    committer.close()


def test_a_large_body_is_written_whole_from_its_temporary_file(bench):
    body = bytes(range(256)) * 20_000
    committer = bench.committer()
    capture = committer.submit(exchange(response=b"HTTP/1.0 200 OK\r\n\r\n" + body)).result(60).capture
    committer.close()
    assert capture.payload_length == len(body)
    assert RecordReader(bench.config.spool_dir, bench.store).read(capture.record).payload().read() == body


def test_a_full_file_is_sealed_and_the_next_record_opens_another(bench):
    committer = bench.committer(max_size=1)
    for path in "ab":
        committer.submit(exchange(f"https://news.example/{path}")).result(60)
    committer.close()
    assert len(bench.sealed) == 2
    assert bench.sealed[0].key != bench.sealed[1].key


def test_a_url_that_no_record_may_hold_costs_only_itself(bench):
    committer = bench.committer()
    bad = committer.submit(exchange("ftp://news.example/a"))
    good = committer.submit(exchange())
    assert bad.exception(10) is not None
    assert good.result(60).capture.status == 200
    committer.close()
    assert check_file(bench.sealed[0].path).problems == ()


def test_a_spool_that_takes_no_more_stops_every_later_commit_and_keeps_what_was_committed(bench):
    committer = bench.committer()
    kept = committer.submit(exchange()).result(60).capture
    path = find_spooled(bench.config.spool_dir, kept.record.file)
    whole = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 100, hard))  # as a full disk: EFBIG at the next write
    try:
        refused = committer.submit(exchange("https://news.example/b"))
        assert isinstance(refused.exception(10), SpoolUnusable)
        assert isinstance(committer.submit(exchange("https://news.example/c")).exception(10), SpoolUnusable)
        with pytest.raises(SpoolUnusable):
            committer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    assert path.read_bytes() == whole
    assert [c.url for c in bench.catalog.captures.find()] == ["https://news.example/a"]


def test_a_spool_that_cannot_be_made_is_said_with_its_place(bench):
    bench.config.spool_dir.write_text("in the way")
    committer = bench.committer()
    error = committer.submit(exchange()).exception(10)
    assert isinstance(error, SpoolUnusable)
    assert str(bench.config.spool_dir) in str(error)
    with pytest.raises(SpoolUnusable):
        committer.close()


def test_two_runs_of_one_site_never_write_at_once(tmp_path):
    with SiteLock(tmp_path, "news", owner="one"):
        with pytest.raises(Busy):
            SiteLock(tmp_path, "news", owner="two")
        SiteLock(tmp_path, "other", owner="two").release()
    SiteLock(tmp_path, "news", owner="three").release()


def test_each_record_is_a_gzip_member_of_its_own(bench):
    committer = bench.committer()
    capture = committer.submit(exchange()).result(60).capture
    committer.close()
    data = bench.sealed[0].path.read_bytes()
    member = data[capture.record.offset : capture.record.offset + capture.record.length]
    assert gzip.decompress(member).startswith(b"WARC/1.1\r\nWARC-Type: response\r\n")


def test_the_same_payload_again_is_a_revisit_that_names_the_first_in_every_way(bench):
    committer = bench.committer()
    first = committer.submit(exchange()).result(60).capture
    again = committer.submit(exchange("https://news.example/copy")).result(60).capture
    committer.close()
    assert check_file(bench.sealed[0].path).problems == ()
    record = RecordReader(bench.config.spool_dir, bench.store).read(again.record)
    assert record.type is RecordType.REVISIT
    assert (record.refers_to, record.refers_to_url, record.refers_to_at) == (first.record_id, first.url, first.at)
    assert record.block.read() == b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    assert (again.record_type, again.refers_to, again.digest) == (RecordType.REVISIT, first.record_id, first.digest)


def test_a_revisit_points_only_to_what_was_committed_before_its_group(bench):
    committer = bench.committer()
    futures = [committer.submit(exchange(f"https://news.example/{n}")) for n in range(200)]
    captures = [future.result(60).capture for future in futures]
    committer.close()
    firsts = {c.record_id for c in captures if c.record_type is RecordType.RESPONSE}
    assert all(c.refers_to in firsts for c in captures if c.record_type is RecordType.REVISIT)
    assert check_file(bench.sealed[0].path).problems == ()


def test_a_truncated_answer_is_never_a_revisit_nor_the_original_of_one(bench):
    committer = bench.committer()
    cut = committer.submit(exchange(truncated=Truncated.TIME)).result(60).capture
    whole = committer.submit(exchange()).result(60).capture
    cut_again = committer.submit(exchange(truncated=Truncated.TIME)).result(60).capture
    committer.close()
    assert {c.record_type for c in (cut, whole, cut_again)} == {RecordType.RESPONSE}


def test_not_modified_is_a_revisit_of_the_capture_whose_validator_was_sent(bench):
    committer = bench.committer()
    first = committer.submit(exchange()).result(60).capture
    asked = exchange(response=b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n')
    asked.condition = first
    revisit = committer.submit(asked).result(60).capture
    unasked = committer.submit(exchange(response=b"HTTP/1.1 304 Not Modified\r\n\r\n")).result(60).capture
    committer.close()
    record = RecordReader(bench.config.spool_dir, bench.store).read(revisit.record)
    assert record.get("WARC-Profile").endswith("/server-not-modified")
    assert (revisit.refers_to, revisit.status) == (first.record_id, 304)
    assert unasked.record_type is RecordType.RESPONSE
    assert check_file(bench.sealed[0].path).problems == ()


def test_rows_read_from_a_file_with_revisits_are_the_rows_that_were_committed(bench):
    committer = bench.committer()
    committer.submit(exchange()).result(60)
    committer.submit(exchange("https://news.example/copy", via="https://news.example/a", hop="L")).result(60)
    committer.close()
    file = bench.sealed[0]
    assert sorted(read_contents(file.path, file.key).captures, key=lambda c: c.surt) == list(
        bench.catalog.captures.find()
    )


def test_an_old_file_is_sealed_on_time_though_nothing_new_comes(bench):
    committer = bench.committer(max_age=0.2)
    committer.submit(exchange()).result(60)
    until = time.monotonic() + 60
    while not bench.sealed:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert check_file(bench.sealed[0].path).problems == ()
    committer.close()
    assert len(bench.sealed) == 1


def test_a_clock_that_is_put_back_makes_no_name_twice_and_no_file_young(bench):
    taken = []
    for _ in range(2):
        bench.clock.at = BEGUN
        committer = bench.committer()
        late = bench.committer(run="01OTHER", max_age=0.2)
        taken += [committer, late]
        committer.submit(exchange(at=BEGUN)).result(60)
        committer.close()
        bench.clock.at = BEGUN
        late.submit(exchange(at=BEGUN)).result(60)
        bench.clock.at = BEGUN - timedelta(days=1)
        late.close()
    keys = [file.key for file in bench.sealed]
    assert len(set(keys)) == len(keys) == 4
    assert {capture.at for capture in bench.catalog.captures.find()} == {BEGUN}


def test_no_file_handle_left_stops_the_run_with_its_reason(bench):
    bench.catalog.stats()
    committer = bench.committer()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        error = committer.submit(exchange()).exception(10)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert isinstance(error, SpoolUnusable)
    assert "Too many open files" in str(error)
    with pytest.raises(SpoolUnusable):
        committer.close()
