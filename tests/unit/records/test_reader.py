"""Records are read back from wherever they lie; large ones without standing whole in memory."""

from __future__ import annotations

import gc
import hashlib
import random
from pathlib import Path

import pytest
from exchanges import Bench, exchange

from archiver.errors import BlobMissing, RecordDamaged
from archiver.model.record import BlobKey, RecordRef
from archiver.records import reader as reading
from archiver.records.reader import RecordReader
from archiver.sealing.finish import finish

BODY = random.Random(7).randbytes(2_500_000)


@pytest.fixture
def bench(tmp_path):
    made = Bench.make(tmp_path / "archive")
    yield made
    made.catalog.close()


@pytest.fixture(params=[10_000, 10**9], ids=["large", "small"])
def large(request, monkeypatch):
    monkeypatch.setattr(reading, "LARGE", request.param)


def committed(bench):
    committer = bench.committer()
    response = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + BODY
    capture = committer.submit(exchange(response=response)).result(60).capture
    committer.close()
    return capture, bench.sealed[-1]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("stored", [False, True])
def test_a_record_is_read_from_spool_and_store_as_often_as_one_likes(bench, stored):
    capture, file = committed(bench)
    if stored:
        finish(file.path, file.key, store=bench.store, catalog=bench.catalog, clock=bench.clock)
    record = RecordReader(bench.config.spool_dir, bench.store).read(capture.record)
    assert (record.id, record.offset, record.length) == (
        capture.record_id,
        capture.record.offset,
        capture.record.length,
    )
    if not stored:
        file.path.unlink()  # stored in the meantime: who has the record can still read it
    for _ in range(2):
        digest = hashlib.sha256()
        for piece in record.http.body.pieces():
            digest.update(piece)
        assert digest.digest() == hashlib.sha256(BODY).digest()


@pytest.mark.usefixtures("large")
def test_what_is_not_there_or_not_whole_is_an_error(bench):
    capture, file = committed(bench)
    reader = RecordReader(bench.config.spool_dir, bench.store)
    elsewhere = RecordRef(BlobKey("warcs/news/2026/11/24/none.warc.gz"), 0, capture.record.length)
    with pytest.raises(BlobMissing):
        reader.read(elsewhere)
    data = bytearray(file.path.read_bytes())
    data[capture.record.offset + capture.record.length // 2] ^= 1
    file.path.write_bytes(data)
    with pytest.raises(RecordDamaged):
        reader.read(capture.record)
    file.path.write_bytes(data[: capture.record.offset + capture.record.length // 2])
    with pytest.raises(RecordDamaged):
        reader.read(capture.record)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_files_are_closed_when_the_record_is_let_go(bench, monkeypatch):
    monkeypatch.setattr(reading, "LARGE", 10_000)
    capture, _ = committed(bench)
    reader = RecordReader(bench.config.spool_dir, bench.store)
    # What tests before left open is let go before it is counted, not in between.
    gc.collect()
    before = open_files()
    records = [reader.read(capture.record) for _ in range(5)]
    assert open_files() == before + 5
    del records
    gc.collect()
    assert open_files() == before
