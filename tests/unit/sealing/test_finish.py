"""A finished WARC becomes ours: checked, stored write-once, indexed, with a manifest; and what a crash left is taken in."""

from __future__ import annotations

import hashlib
import resource
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from exchanges import Bench, exchange

from archiver.capture.spoolfile import SpoolFile
from archiver.catalog import CaptureFilter
from archiver.errors import BlobExists, DamageFound, SpoolUnusable, StorageError
from archiver.model.capture import Kind
from archiver.model.keys import cdxj_key, manifest_key
from archiver.model.manifest import Manifest
from archiver.records.reader import RecordReader
from archiver.sealing.contents import read_contents
from archiver.sealing.finish import FileDamaged, finish
from archiver.sealing.recovery import recover_site
from archiver.store.local import LocalStore
from archiver.warc import unpack_lines


@pytest.fixture
def bench(tmp_path):
    made = Bench.make(tmp_path / "archive")
    yield made
    made.catalog.close()


def sealed_file(bench: Bench, *urls: str) -> SpoolFile:
    committer = bench.committer()
    for url in urls:
        response = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Hello {url}</p>".encode()
        page = exchange(url, at=bench.clock.now(), via="https://news.example/", hop="L", response=response)
        committer.submit(page).result(60)
    committer.close()
    return bench.sealed[-1]


def finished(bench: Bench, file: SpoolFile):
    return finish(file.path, file.key, store=bench.store, catalog=bench.catalog, clock=bench.clock)


def test_finishing_stores_the_warc_its_index_and_its_manifest_and_empties_the_spool(bench):
    file = sealed_file(bench, "https://news.example/a", "https://news.example/b")
    data = file.path.read_bytes()
    manifest = finished(bench, file).manifest
    store = bench.store
    assert store.get(file.key) == data
    assert Manifest.from_bytes(store.get(manifest_key(file.key))) == manifest
    assert manifest.sha256 == hashlib.sha256(data).hexdigest()
    assert manifest.records == {"metadata": 2, "request": 2, "response": 2, "warcinfo": 1}
    assert manifest.runs == ("01RUN",)
    lines = list(unpack_lines(store.get(cdxj_key(file.key))))
    assert [line.surt for line in lines] == ["example,news)/a", "example,news)/b"]
    assert not file.path.exists()
    assert bench.catalog.files.get(file.key).state == "stored"
    assert store.stat(file.key).metadata["site"] == "news"


def test_a_stored_record_is_read_by_one_ranged_read(bench):
    file = sealed_file(bench, "https://news.example/a")
    finished(bench, file)
    capture = next(iter(bench.catalog.captures.find(CaptureFilter(url="https://news.example/a"))))
    record = RecordReader(bench.config.spool_dir, bench.store).read(capture.record)
    assert record.payload().read() == b"<p>Hello https://news.example/a</p>"


class LyingDisk(LocalStore):
    """A directory on a disk that says it has written what it was given, and keeps other bytes."""

    def put(self, key, source, *, sha256, metadata):
        done = super().put(key, source, sha256=sha256, metadata=metadata)
        file = Path(self.url) / key
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:-1] + b"?")
        return done


def test_a_spool_file_stays_until_the_store_gives_its_bytes_back(bench, tmp_path):
    file = sealed_file(bench, "https://news.example/a")
    disk = LyingDisk(tmp_path / "disk")
    with pytest.raises(DamageFound, match="not what was put"):
        finish(file.path, file.key, store=disk, catalog=bench.catalog, clock=bench.clock)
    assert file.path.exists()
    assert bench.catalog.files.get(file.key).state == "sealed"
    assert not list(bench.catalog.journal.find("event"))


def test_the_event_says_how_the_bytes_were_read_back(bench):
    finished(bench, sealed_file(bench, "https://news.example/a"))
    [event] = bench.catalog.journal.find("event")
    assert event.body["detail"] == "checked, stored and read back from the disk"


def test_rows_are_written_in_batches(bench, tmp_path, monkeypatch):
    file = sealed_file(bench, *(f"https://news.example/{n}" for n in range(7)))
    fresh = Bench.make(tmp_path / "other")
    sizes = []
    add = fresh.catalog.captures.add
    monkeypatch.setattr(fresh.catalog.captures, "add", lambda rows: sizes.append(len(rows)) or add(rows))
    monkeypatch.setitem(type(fresh.catalog.captures).add_all.__kwdefaults__, "batch", 3)
    done = finish(file.path, file.key, store=bench.store, catalog=fresh.catalog, clock=fresh.clock)
    assert (done.rows_added, sizes) == (7, [3, 3, 1])
    fresh.catalog.close()


def test_a_finished_file_is_read_once(bench, monkeypatch):
    file = sealed_file(bench, "https://news.example/a", "https://news.example/b")
    inflated = []
    real = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", lambda *a, **k: inflated.append(1) or real(*a, **k))
    finished(bench, file)
    assert len(inflated) == 7  # one for each gzip member: a warcinfo and two events of three records


def test_manifests_are_chained_each_names_the_one_before(bench):
    first = finished(bench, sealed_file(bench, "https://news.example/a")).manifest
    second = finished(bench, sealed_file(bench, "https://news.example/b")).manifest
    assert first.previous is None
    assert second.previous == first.digest


def test_finishing_twice_is_the_same_as_once(bench):
    file = sealed_file(bench, "https://news.example/a")
    data = file.path.read_bytes()
    first = finished(bench, file).manifest
    file.path.write_bytes(data)  # as after a crash between the manifest and the removal
    assert finished(bench, file).manifest == first
    assert not file.path.exists()


def test_a_damaged_file_is_not_stored_and_stays_in_the_spool(bench):
    file = sealed_file(bench, "https://news.example/a")
    data = bytearray(file.path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.path.write_bytes(bytes(data))
    with pytest.raises(FileDamaged):
        finished(bench, file)
    assert file.path.exists()
    assert bench.store.stat(file.key) is None


def test_a_key_that_holds_other_bytes_is_never_overwritten(bench):
    file = sealed_file(bench, "https://news.example/a")
    other = b"other bytes"
    bench.store.put(file.key, other, sha256=hashlib.sha256(other).hexdigest(), metadata={})
    with pytest.raises(BlobExists):
        finished(bench, file)
    assert bench.store.get(file.key) == other
    assert file.path.exists()


def test_the_rows_read_from_a_file_are_the_rows_that_were_committed(bench):
    file = sealed_file(bench, "https://news.example/a", "https://news.example/b?x=1")
    committed = list(bench.catalog.captures.find())
    assert sorted(read_contents(file.path, file.key).captures, key=lambda c: c.surt) == committed
    assert {c.kind for c in committed} == {Kind.PAGE}


def test_recovery_cuts_a_torn_tail_and_stores_what_was_whole(bench, tmp_path):
    committer = bench.committer()
    committer.submit(exchange("https://news.example/a")).result(60)
    path = next((bench.config.spool_dir / "news").iterdir())
    whole = path.read_bytes()
    committer.close()
    sealed = bench.sealed[-1]
    sealed.path.unlink()
    path.write_bytes(whole + whole[:100])  # as a crash in the middle of a record leaves it

    result = recover_site(
        "news", bench.config.spool_dir, store=bench.store, catalog=bench.catalog, clock=bench.clock, model=False
    )
    assert (result.files, result.cut_bytes, result.failed) == ([sealed.key], 100, {})
    assert bench.store.get(sealed.key) == whole
    assert list((bench.config.spool_dir / "news").iterdir()) == []


def test_recovery_puts_back_rows_that_a_crash_kept_out(bench, tmp_path):
    file = sealed_file(bench, "https://news.example/a")
    fresh = Bench.make(tmp_path / "other")
    result = recover_site(
        "news", bench.config.spool_dir, store=bench.store, catalog=fresh.catalog, clock=fresh.clock, model=False
    )
    assert result.rows_added == 1
    restored = list(fresh.catalog.captures.find())
    assert restored == [replace(c) for c in bench.catalog.captures.find()]
    assert restored[0].record.file == file.key
    fresh.catalog.close()


def test_a_store_that_refuses_leaves_the_file_in_the_spool(bench):
    file = sealed_file(bench, "https://news.example/a")
    bench.config.home.joinpath("store").write_text("in the way")
    with pytest.raises(StorageError):
        finished(bench, file)
    assert file.path.exists()


def open_file(bench: Bench, *urls: str):
    """The open spool file of a run that was killed."""
    committer = bench.committer()
    for url in urls:
        committer.submit(exchange(url, at=bench.clock.now())).result(60)
    path = next((bench.config.spool_dir / "news").iterdir())
    data = path.read_bytes()
    committer.close()
    bench.sealed.pop().path.unlink()
    path.write_bytes(data)
    return path


def recovered(bench: Bench, other: Bench):
    return recover_site(
        "news", bench.config.spool_dir, store=bench.store, catalog=other.catalog, clock=other.clock, model=False
    )


def test_a_file_whose_row_a_crash_kept_out_is_taken_in(bench, tmp_path):
    path = open_file(bench, "https://news.example/a")
    fresh = Bench.make(tmp_path / "other")
    result = recovered(bench, fresh)
    assert (len(result.files), result.rows_added, result.failed) == (1, 1, {})
    assert fresh.catalog.files.get(result.files[0]).state == "stored"
    assert not path.exists()
    fresh.catalog.close()


def test_an_open_file_that_is_damaged_inside_is_named_and_holds_up_no_other(bench):
    path = open_file(bench, "https://news.example/a", "https://news.example/b")
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(bytes(data))
    other = sealed_file(bench, "https://news.example/c")
    result = recovered(bench, bench)
    assert result.files == [other.key]
    (error,) = result.failed.values()
    assert isinstance(error, DamageFound)
    assert path.read_bytes() == bytes(data)


def test_a_spool_file_that_cannot_be_read_is_said_as_such_and_stays(bench):
    file = sealed_file(bench, "https://news.example/a")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(SpoolUnusable, match="Too many open files"):
            finished(bench, file)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert file.path.exists()
    assert finished(bench, file).manifest.key == file.key
