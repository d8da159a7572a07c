"""What only a store in a directory promises."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from archiver.errors import BlobExists, DamageFound, StoreRefused, StoreUnavailable
from archiver.store import ReadBack
from archiver.store.local import LocalStore


def put(store: LocalStore, key: str, data: bytes, **metadata: str) -> bool:
    return store.put(key, data, sha256=hashlib.sha256(data).hexdigest(), metadata=metadata)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def test_an_object_is_one_read_only_file_under_its_key(store: LocalStore, tmp_path: Path) -> None:
    put(store, "warcs/a/1.warc.gz", b"bytes")
    file = tmp_path / "store" / "warcs/a/1.warc.gz"
    assert file.read_bytes() == b"bytes"
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    assert list((tmp_path / "store/.tmp").iterdir()) == []


def test_a_lost_sidecar_costs_no_object_and_comes_back_with_the_next_put(store: LocalStore, tmp_path: Path) -> None:
    put(store, "warcs/1", b"bytes", site="a")
    (tmp_path / "store/.meta/warcs/1.json").unlink()
    before = store.stat("warcs/1")
    assert before is not None
    assert before.sha256 is None
    assert put(store, "warcs/1", b"bytes", site="a") is False
    after = store.stat("warcs/1")
    assert after is not None
    assert after.metadata == {"site": "a"}


def test_a_damaged_sidecar_is_as_none(store: LocalStore, tmp_path: Path) -> None:
    put(store, "warcs/1", b"bytes")
    (tmp_path / "store/.meta/warcs/1.json").write_bytes(b'{"sha')
    found = store.stat("warcs/1")
    assert found is not None
    assert (found.size, found.sha256) == (5, None)


def test_a_damaged_object_is_never_taken_for_the_same_bytes(store: LocalStore, tmp_path: Path) -> None:
    """Its sidecar still names the right checksum: the caller would delete the only good copy."""
    put(store, "warcs/1", b"bytes")
    file = tmp_path / "store/warcs/1"
    file.chmod(0o644)
    file.write_bytes(b"bytEs")
    with pytest.raises(BlobExists):
        put(store, "warcs/1", b"bytes")


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"")
    with pytest.raises(StoreRefused):
        LocalStore(tmp_path / "store").check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir(mode=0o555)
    with pytest.raises(StoreRefused, match="Permission denied"):
        LocalStore(tmp_path / "store").check()


def test_a_file_system_without_hard_links_is_refused_early(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(StoreRefused, match="hard links"):
        store.check()


def test_a_full_disk_is_an_outage_and_leaves_nothing(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    store.check()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            put(store, "warcs-1", b"bytes")
    assert store.stat("warcs-1") is None
    assert list((tmp_path / "store/.tmp").iterdir()) == []
    assert put(store, "warcs-1", b"bytes") is True


def test_a_key_below_another_object_is_refused(store: LocalStore) -> None:
    put(store, "warcs/1", b"bytes")
    with pytest.raises(StoreRefused):
        put(store, "warcs/1/2", b"bytes")


def test_a_disk_that_keeps_other_bytes_is_found_out_before_anything_is_removed(
    store: LocalStore, tmp_path: Path
) -> None:
    put(store, "warcs/1", b"bytes")
    file = tmp_path / "store/warcs/1"
    file.chmod(0o644)
    file.write_bytes(b"bytez")
    with pytest.raises(DamageFound, match="not what was put"):
        store.read_back("warcs/1", sha256=hashlib.sha256(b"bytes").hexdigest())


def test_bytes_are_read_back_past_the_systems_cache_where_it_can_be_told_to(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = hashlib.sha256(b"bytes").hexdigest()
    put(store, "warcs/1", b"bytes")
    assert store.read_back("warcs/1", sha256=sha256) is ReadBack.DISK
    monkeypatch.delattr(os, "posix_fadvise")
    assert store.read_back("warcs/1", sha256=sha256) is ReadBack.READ
