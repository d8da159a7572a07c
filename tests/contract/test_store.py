"""What every store promises, asked of each store: a directory, and a bucket on a real S3 server."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.errors import BlobExists, BlobMissing, DamageFound, SpoolUnusable
from archiver.store import BlobStat, Store
from archiver.store.local import LocalStore

KEY = "warcs/vietnamplus/2026/11/24/vietnamplus-20261124020000123-00000-crawler1.warc.gz"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Subject:
    """A store under test, and ways to look at it and harm it from outside."""

    store: Store
    again: Callable[[], Store]
    put_foreign: Callable[[str, bytes], None]
    leave_half_written: Callable[[], None]


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.s3)])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    if request.param == "local":
        return _local(tmp_path / "store")
    server, bucket, client = request.getfixturevalue("contract_bucket")
    return _s3(server, bucket, client=client, prefix=f"{sha(str(tmp_path).encode())[:20]}/archive")


@pytest.fixture(scope="module")
def contract_bucket(seaweed_server):
    """One bucket and one client; each test has a prefix of its own."""
    from archiver.config.settings import StoreSection
    from archiver.store.s3_bucket import connect

    section = StoreSection(endpoint_url=seaweed_server.endpoint_url, addressing="path")
    client = connect(section, session=seaweed_server.session())
    return seaweed_server, seaweed_server.make_bucket("contract"), client


@pytest.fixture
def store(subject: Subject) -> Store:
    return subject.store


def _local(root: Path) -> Subject:
    def put_foreign(key: str, data: bytes) -> None:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(data)

    def leave_half_written() -> None:
        (root / ".tmp").mkdir(parents=True, exist_ok=True)
        (root / ".tmp" / "dead").write_bytes(b"half")

    return Subject(LocalStore(root), lambda: LocalStore(root), put_foreign, leave_half_written)


def _s3(server, bucket: str, *, client, prefix: str) -> Subject:
    from archiver.store.s3 import S3Store

    def again() -> Store:
        return S3Store(client, bucket=bucket, prefix=prefix, multipart_above=5 << 20)

    def put_foreign(key: str, data: bytes) -> None:
        server.client().put_object(Bucket=bucket, Key=f"{prefix}/{key}", Body=data)

    def leave_half_written() -> None:
        server.client().create_multipart_upload(Bucket=bucket, Key=f"{prefix}/{KEY}")

    return Subject(again(), again, put_foreign, leave_half_written)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(store: Store, key: str, data: bytes, **metadata: str) -> bool:
    return store.put(key, data, sha256=sha(data), metadata=metadata)


def test_what_was_put_is_read_back(store: Store) -> None:
    assert put(store, KEY, b"bytes of a WARC") is True
    assert store.get(KEY) == b"bytes of a WARC"


def test_an_object_is_read_back_from_the_store_and_held_against_its_checksum(store: Store) -> None:
    put(store, KEY, b"bytes of a WARC")
    assert store.read_back(KEY, sha256=sha(b"bytes of a WARC")).value.startswith(("read back", "compared"))
    with pytest.raises(DamageFound, match="not what was put"):
        store.read_back(KEY, sha256=sha(b"other bytes"))
    with pytest.raises(BlobMissing):
        store.read_back("warcs/other.warc.gz", sha256=sha(b""))


def test_a_file_is_put_as_well_as_bytes(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "spool.warc.gz"
    file.write_bytes(b"spooled" * 1000)
    store.put(KEY, file, sha256=sha(b"spooled" * 1000), metadata={})
    assert store.get(KEY) == b"spooled" * 1000
    assert file.exists()


def test_an_empty_object_is_an_object(store: Store) -> None:
    put(store, KEY, b"")
    assert store.get(KEY) == b""
    assert store.get(KEY, offset=0, length=10) == b""
    with store.open(KEY) as stream:
        assert stream.read() == b""
    assert store.stat(KEY) == BlobStat(0, sha(b""), {})


def test_stat_tells_size_checksum_and_metadata(store: Store) -> None:
    put(store, KEY, b"bytes", site="vietnamplus", software="news-archiver/0.1 (+https://example.org)")
    metadata = {"site": "vietnamplus", "software": "news-archiver/0.1 (+https://example.org)"}
    assert store.stat(KEY) == BlobStat(5, sha(b"bytes"), metadata)


def test_stat_of_an_object_that_another_tool_put_has_no_checksum(subject: Subject) -> None:
    subject.put_foreign("warcs/foreign.warc.gz", b"foreign")
    assert subject.store.stat("warcs/foreign.warc.gz") == BlobStat(7, None, {})


def test_stat_of_nothing_is_none(store: Store) -> None:
    put(store, KEY, b"bytes")
    assert store.stat("warcs/other.warc.gz") is None
    assert store.stat("warcs/vietnamplus") is None


def test_reading_nothing_says_that_it_is_missing(store: Store) -> None:
    with pytest.raises(BlobMissing):
        store.get(KEY)
    with pytest.raises(BlobMissing):
        store.get(KEY, offset=5, length=0)
    with pytest.raises(BlobMissing):
        store.open(KEY)


def test_another_connection_sees_the_object_at_once(subject: Subject) -> None:
    put(subject.store, KEY, b"bytes")
    other = subject.again()
    assert other.get(KEY) == b"bytes"
    assert list(other.keys()) == [KEY]


def test_putting_the_same_bytes_again_is_a_success_and_keeps_the_first_metadata(store: Store) -> None:
    put(store, KEY, b"bytes", by="first")
    assert put(store, KEY, b"bytes", by="second") is False
    assert store.stat(KEY) == BlobStat(5, sha(b"bytes"), {"by": "first"})


def test_other_bytes_never_replace_an_object(store: Store) -> None:
    put(store, KEY, b"first")
    with pytest.raises(BlobExists, match="other bytes"):
        put(store, KEY, b"other")
    with pytest.raises(BlobExists):
        put(store, KEY, b"longer than the first")
    assert store.get(KEY) == b"first"


def test_an_object_of_another_tool_is_compared_by_its_bytes(subject: Subject) -> None:
    subject.put_foreign(KEY, b"foreign")
    assert put(subject.store, KEY, b"foreign") is False
    with pytest.raises(BlobExists):
        put(subject.store, KEY, b"another")
    assert subject.store.get(KEY) == b"foreign"


@pytest.mark.parametrize("size", [2_000, (5 << 20) + 1], ids=["whole", "in-parts"])
def test_of_sixteen_racing_writers_one_wins_and_nothing_is_mixed(store: Store, size: int) -> None:
    bodies = [bytes([number]) * size for number in range(16)]
    start = threading.Barrier(16)

    def race(body: bytes) -> str:
        start.wait()
        try:
            return "won" if put(store, KEY, body, writer=str(body[0])) else "same"
        except BlobExists:
            return "lost"

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(race, bodies))
    assert sorted(results) == ["lost"] * 15 + ["won"]
    winner = results.index("won")
    assert store.get(KEY) == bodies[winner]
    assert store.stat(KEY) == BlobStat(size, sha(bodies[winner]), {"writer": str(winner)})


def test_racing_writers_of_the_same_bytes_all_succeed(store: Store) -> None:
    start = threading.Barrier(16)

    def race(_: int) -> bool:
        start.wait()
        return put(store, KEY, b"same bytes")

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(race, range(16)))
    assert results.count(True) == 1
    assert store.get(KEY) == b"same bytes"


@pytest.mark.parametrize("size", [2_000, (5 << 20) + 1], ids=["whole", "in-parts"])
def test_bytes_that_are_not_those_announced_are_refused_and_leave_nothing(store: Store, size: int) -> None:
    with pytest.raises(DamageFound, match="SHA-256"):
        store.put(KEY, b"x" * size, sha256=sha(b"announced"), metadata={})
    assert store.stat(KEY) is None
    assert list(store.keys()) == []
    assert put(store, KEY, b"announced") is True


def test_wrong_bytes_are_refused_also_where_the_announced_ones_stand(store: Store) -> None:
    put(store, KEY, b"announced")
    with pytest.raises(DamageFound):
        store.put(KEY, b"flipped!", sha256=sha(b"announced"), metadata={})


def test_a_large_file_is_kept_whole_with_its_checksum(store: Store, tmp_path: Path) -> None:
    data = bytes(range(251)) * (19_000_000 // 251)
    file = tmp_path / "large.warc.gz"
    file.write_bytes(data)
    store.put(KEY, file, sha256=sha(data), metadata={"site": "vietnamplus"})
    assert store.stat(KEY) == BlobStat(len(data), sha(data), {"site": "vietnamplus"})
    assert sha(store.get(KEY)) == sha(data)
    assert store.put(KEY, file, sha256=sha(data), metadata={}) is False


def test_a_source_that_cannot_be_read_is_a_fault_of_the_spool(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SpoolUnusable):
        store.put(KEY, tmp_path / "gone", sha256=sha(b""), metadata={})


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, 4, b"0123"),
        (3, 4, b"3456"),
        (3, None, b"3456789"),
        (8, 100, b"89"),
        (9, 1, b"9"),
        (10, 1, b""),
        (500, None, b""),
        (4, 0, b""),
    ],
)
def test_a_range_is_read(store: Store, offset: int, length: int | None, expected: bytes) -> None:
    put(store, KEY, b"0123456789")
    assert store.get(KEY, offset=offset, length=length) == expected


def test_a_stream_is_read_in_pieces_from_any_offset(store: Store) -> None:
    data = bytes(range(256)) * 5000
    put(store, KEY, data)
    with store.open(KEY) as stream:
        pieces = [stream.read(7), stream.read(70_000), stream.read()]
    assert b"".join(pieces) == data
    with store.open(KEY, offset=1000) as stream:
        assert stream.read(10) == data[1000:1010]
    with store.open(KEY, offset=len(data) + 1) as stream:
        assert stream.read() == b""


NAMES = ["index/a.gz", "warcs/a-b/1.gz", "warcs/a.b/1.gz", "warcs/a/1.gz", "warcs/a/2.gz", "warcs/ab/1.gz"]


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", NAMES),
        ("warcs/", NAMES[1:]),
        ("warcs/a/", NAMES[3:5]),
        ("warcs/a", NAMES[1:]),
        ("warcs/a/2", ["warcs/a/2.gz"]),
        ("none/", []),
        ("warcs/none", []),
    ],
)
def test_keys_are_listed_by_prefix_once_each(store: Store, prefix: str, expected: list[str]) -> None:
    for name in reversed(NAMES):
        put(store, name, name.encode())
    assert sorted(store.keys(prefix)) == expected
    assert list(store.keys(prefix)) == list(store.keys(prefix))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/warcs/a",
        "warcs/",
        "warcs//a",
        "warcs/../a",
        "..",
        "warcs/./a",
        ".meta/a",
        "warcs/.hidden",
        "warcs/a b",
        "warcs/a\n",
        "warcs/é",
        "warcs\\a",
        "warcs/%2e%2e/a",
        "a" * 241,
        "/".join(["a" * 100] * 10),
    ],
)
def test_a_key_outside_our_alphabet_is_refused_by_every_method(store: Store, key: str) -> None:
    for call in (
        lambda: put(store, key, b"x"),
        lambda: store.get(key),
        lambda: store.open(key),
        lambda: store.stat(key),
        lambda: store.delete(key),
    ):
        with pytest.raises(ValueError, match="not a store key"):
            call()
    if key not in {"", "warcs/"}:
        with pytest.raises(ValueError, match="not a store key"):
            list(store.keys(key))


@pytest.mark.parametrize(
    "metadata",
    [
        {"Site": "a"},
        {"sha256": "0" * 64},
        {"site": "Hà Nội"},
        {"site": "a\r\nx-injected: 1"},
        {"site": " padded "},
        {"a b": "c"},
        {"site": "x" * 2000},
    ],
)
def test_metadata_that_some_store_would_not_keep_is_refused(store: Store, metadata: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="metadata"):
        store.put(KEY, b"x", sha256=sha(b"x"), metadata=metadata)
    assert store.stat(KEY) is None


def test_the_longest_metadata_is_kept(store: Store) -> None:
    metadata = {"site": "vietnamplus", "note": "x" * 1800}
    store.put(KEY, b"x", sha256=sha(b"x"), metadata=metadata)
    assert store.stat(KEY) == BlobStat(1, sha(b"x"), metadata)


def test_a_checksum_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.put(KEY, b"x", sha256="sha256:abc", metadata={})


def test_a_deleted_object_is_gone_and_its_key_free(store: Store) -> None:
    put(store, KEY, b"first", by="first")
    store.delete(KEY)
    store.delete(KEY)
    assert store.stat(KEY) is None
    assert list(store.keys()) == []
    assert put(store, KEY, b"second", by="second") is True
    assert store.stat(KEY) == BlobStat(6, sha(b"second"), {"by": "second"})


@pytest.mark.parametrize("size", [2_000, (5 << 20) + 1], ids=["whole", "in-parts"])
def test_a_repair_puts_the_right_bytes_in_the_place_of_damaged_ones(store: Store, size: int, tmp_path: Path) -> None:
    damaged, right = b"d" * size, b"r" * (size + 7)
    put(store, KEY, damaged, by="first")
    file = tmp_path / "right"
    file.write_bytes(right)
    store.replace(KEY, file, sha256=sha(right), metadata={"by": "repair"})
    assert sha(store.get(KEY)) == sha(right)
    assert store.stat(KEY) == BlobStat(len(right), sha(right), {"by": "repair"})
    assert list(store.keys()) == [KEY]
    with pytest.raises(BlobExists):
        put(store, KEY, damaged)


def test_a_repair_puts_back_what_was_missing(store: Store) -> None:
    store.replace(KEY, b"right", sha256=sha(b"right"), metadata={})
    assert store.get(KEY) == b"right"


def test_a_repair_with_bytes_that_are_not_those_announced_changes_nothing(store: Store) -> None:
    put(store, KEY, b"stands", by="first")
    with pytest.raises(DamageFound, match="SHA-256"):
        store.replace(KEY, b"flipped", sha256=sha(b"right"), metadata={})
    assert store.get(KEY) == b"stands"
    assert store.stat(KEY) == BlobStat(6, sha(b"stands"), {"by": "first"})
    with pytest.raises(ValueError, match="not a store key"):
        store.replace("../a", b"x", sha256=sha(b"x"), metadata={})


def test_check_passes_where_the_store_can_be_used(store: Store) -> None:
    store.check()
    assert list(store.keys()) == []


def test_what_a_dead_writer_left_is_removed_when_it_is_old_enough(subject: Subject) -> None:
    put(subject.store, "warcs/whole.gz", b"whole")
    subject.leave_half_written()
    assert subject.store.abort_stale_uploads(before=LONG_AGO) == 0
    assert subject.store.abort_stale_uploads(before=FAR_AHEAD) == 1
    assert subject.store.abort_stale_uploads(before=FAR_AHEAD) == 0
    assert list(subject.store.keys()) == ["warcs/whole.gz"]


def test_a_failed_put_leaves_no_upload_behind(store: Store) -> None:
    put(store, KEY, b"a" * ((5 << 20) + 1))
    with pytest.raises(BlobExists):
        put(store, KEY, b"b" * ((5 << 20) + 1))
    assert store.abort_stale_uploads(before=FAR_AHEAD) == 0
