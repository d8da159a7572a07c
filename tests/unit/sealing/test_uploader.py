"""The uploader: the store may be away for as long as it likes, and files go up in their order when it is back."""

from __future__ import annotations

import time

import pytest
from exchanges import Bench, exchange

from archiver.errors import StorageError
from archiver.model.keys import manifest_key
from archiver.model.manifest import Manifest
from archiver.sealing.finish import FileDamaged, finish
from archiver.sealing.uploader import Uploader


@pytest.fixture
def bench(tmp_path):
    made = Bench.make(tmp_path / "archive")
    yield made
    made.catalog.close()


def sealed(bench: Bench, count: int):
    committer = bench.committer(max_size=1)
    for number in range(count):
        committer.submit(exchange(f"https://news.example/{number}", at=bench.clock.now())).result(60)
    committer.close()
    return bench.sealed


def uploader(bench: Bench) -> Uploader:
    made = Uploader(bench.store, bench.catalog, clock=bench.clock, model=False, first_wait=0.01, longest_wait=0.05)
    made.begin([])
    return made


def until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_files_wait_while_the_store_is_away_and_go_up_in_their_order_when_it_is_back(bench):
    files = sealed(bench, 3)
    in_the_way = bench.config.home / "store"
    in_the_way.write_text("not a directory")
    up = uploader(bench)
    for file in files:
        up.add(file.key, file.path)
    until(lambda: up.away is not None)
    assert all(file.path.exists() for file in files)
    in_the_way.unlink()
    until(lambda: not files[-1].path.exists() and up.away is None)
    assert up.close() == []
    manifests = [Manifest.from_bytes(bench.store.get(manifest_key(file.key))) for file in files]
    assert [manifest.previous for manifest in manifests] == [None, manifests[0].digest, manifests[1].digest]


def test_at_the_end_what_waits_is_tried_once_more_and_then_said(bench):
    (file,) = sealed(bench, 1)
    (bench.config.home / "store").write_text("not a directory")
    up = uploader(bench)
    up.add(file.key, file.path)
    (error,) = up.close()
    assert isinstance(error, StorageError)
    assert file.path.exists()


def test_a_damaged_file_is_put_aside_and_holds_up_no_other(bench):
    first, second = sealed(bench, 2)
    data = bytearray(first.path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    first.path.write_bytes(bytes(data))
    up = uploader(bench)
    for file in (first, second):
        up.add(file.key, file.path)
    (error,) = up.close()
    assert isinstance(error, FileDamaged)
    assert first.path.exists()
    assert not second.path.exists()
    assert bench.store.stat(second.key) is not None


def test_a_file_whose_manifest_stands_already_goes_first_whatever_its_name(bench):
    """As after a kill behind the manifest, with a clock that was put back since: the chain of manifests must not fork."""
    earlier, later = sealed(bench, 2)
    data = later.path.read_bytes()
    elsewhere = Bench.make(bench.config.home.with_name("killed"))
    finish(later.path, later.key, store=bench.store, catalog=elsewhere.catalog, clock=bench.clock)
    later.path.write_bytes(data)
    elsewhere.catalog.close()
    up = Uploader(bench.store, bench.catalog, clock=bench.clock, model=False)
    up.begin([(earlier.key, earlier.path), (later.key, later.path)])
    assert up.close() == []
    manifests = [Manifest.from_bytes(bench.store.get(manifest_key(file.key))) for file in (later, earlier)]
    assert [manifest.previous for manifest in manifests] == [None, manifests[0].digest]
    assert up.stored == [later.key, earlier.key]
