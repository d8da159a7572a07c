"""Importing WARC and ARC files that others wrote: stored unchanged, what is sound in them taken, what is not named."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archiver.archive import Archive
from archiver.config import Config
from archiver.errors import Busy, RecordDamaged
from archiver.model.capture import Kind, Verdict
from archiver.model.instant import rfc3339
from archiver.model.keys import cdxj_key, imported_key, manifest_key
from archiver.model.manifest import Manifest
from archiver.model.record import BlobKey, RecordRef, RecordType
from archiver.ops.damage import DamageKind
from archiver.ops.importing import ImportResult, import_files
from archiver.ops.rebuild import rebuild
from archiver.ops.replicate import replicate
from archiver.ops.verify import verify
from archiver.replay.lookup import closest
from archiver.replay.raw import read_stored
from archiver.sealing.foreign_file import ImportDamaged
from archiver.store.local import LocalStore
from archiver.warc import unpack_lines
from tests.fork_server import run_python

DATA = Path(os.environ.get("ARCHIVER_TEST_DATA", "") or Path(__file__).parents[2] / ".." / "shared" / "data")
SOUND = (
    "cc-whirlwind__whirlwind.warc.gz",
    "fastwarc-testdata__warcfile.warc.gz",
    "jwarc-testres__cc.warc.gz",
    "warcio-testdata__example-iana.org-chunked.warc",
    "warcio-testdata__example-resource.warc.gz",
    "warcio-testdata__example.warc",
    "warcio-testdata__example.warc.gz",
    "warcio.js__example-url-agnostic-revisit.warc.gz",
    "warcio.js__redirect.warc",
)
REFUSED = {
    "fastwarc-testdata__clipped.warc.gz": 0,
    "gowarc__corrupted-mid-record.warc.gz.open": 0,
    "gowarc__empty.warc.gz.open": 0,
    "jwat-testres__invalid-warcfile-fields-missing.warc": 0,
    "jwat-testres__invalid-warcfile-lonely-monkeys.warc": 0,
    "warcio-testdata__bad.arc": 0,
    "warcio-testdata__example-bad-non-chunked.warc.gz": 0,
    "warcio-testdata__example-wrong-chunks.warc.gz": 0,
}
DAMAGED = {
    "ipwb-samples__broken.warc": [3058],
    "jwat-testres__invalid-warcfile-record-then-garbage.warc": [1135],
    "warcio-testdata__example-trunc.warc": [1197],
    "warcio.js__example-bad-length.warc": [1197, 3370],
}
shared = pytest.mark.skipif(not (DATA / "warc-good").is_dir(), reason="the shared test data is not there")
PAGE = b"<html><head><title>T</title></head><body><p>%s</p></body></html>"


def record(kind: str, *fields: tuple[str, str], block: bytes = b"", number: int = 1) -> bytes:
    """A record as another tool may write it."""
    lines = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", f"<urn:uuid:00000000-0000-0000-0000-{number:012d}>"),
        ("WARC-Date", f"2020-01-{number:02d}T00:00:00Z"),
        *fields,
        ("Content-Length", str(len(block))),
    ]
    head = "WARC/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
    return head.encode() + block + b"\r\n\r\n"


def response(url: str, body: bytes, *, number: int, digest: bytes | None = None, mime: str = "text/html") -> bytes:
    block = f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    told = hashlib.sha1(body if digest is None else digest).hexdigest()
    fields = (
        ("WARC-Target-URI", url),
        ("Content-Type", "application/http; msgtype=response"),
        ("WARC-Payload-Digest", f"sha1:{told}"),
    )
    return record("response", *fields, block=block, number=number)


def foreign(path: Path, *records: bytes, packed: bool = True) -> Path:
    path.write_bytes(b"".join(gzip.compress(each) if packed else each for each in records))
    return path


def take(home: Path, *paths: Path, extract: bool = False) -> ImportResult:
    return import_files(Config(home=home), paths, extract=extract)


def test_a_file_is_held_unchanged_with_index_manifest_and_captures(tmp_path: Path) -> None:
    url = "http://old.example/a"
    info = record("warcinfo", ("Content-Type", "application/warc-fields"), block=b"software: other/1\r\n", number=9)
    file = foreign(
        tmp_path / "OLD-2020.warc.gz",
        info,
        response(url, PAGE % b"one", number=1),
        response("http://old.example/a.css", b"p{}", number=2, mime="text/css"),
    )
    home = tmp_path / "archive"
    [taken] = take(home, file).taken
    key = imported_key("OLD-2020.warc.gz", sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    assert taken.as_json() | {"path": ""} == {
        "path": "",
        "state": "imported",
        "file": key,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "size": file.stat().st_size,
        "records": 3,
        "captures": 2,
        "new": 2,
        "read": 0,
        "articles": 0,
        "bad": [],
        "notes": {"missing-field": 1, "warcinfo": 2},
    }
    assert key.startswith("warcs/imported/")
    assert key.endswith("/OLD-2020.warc.gz")
    with Archive(Config(home=home)) as archive:
        assert archive.store.get(key) == file.read_bytes()
        manifest = Manifest.from_bytes(archive.store.get(manifest_key(key)))
        assert (manifest.site, manifest.records) == ("imported", {"response": 2, "warcinfo": 1})
        index = list(unpack_lines(archive.store.get(cdxj_key(key))))
        assert (index[0].url, index[0].filename) == (url, "OLD-2020.warc.gz")
        captures = list(archive.captures())
        assert [(c.url, c.kind, c.site) for c in captures] == [
            (url, Kind.PAGE, "imported"),
            ("http://old.example/a.css", Kind.REQUISITE, "imported"),
        ]
        assert archive.get(url).raw == PAGE % b"one"


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    file = foreign(tmp_path / "a.warc.gz", response("http://old.example/a", b"x", number=1))
    home = tmp_path / "archive"
    take(home, file)
    [again] = take(home, file).taken
    assert (again.as_json()["state"], again.imported.new, again.imported.captures) == ("held", 0, 1)
    renamed = file.rename(tmp_path / "b.warc.gz")
    [other] = take(home, renamed).taken
    assert (other.imported.was_held, other.imported.new) == (False, 0)
    with Archive(Config(home=home)) as archive:
        assert len(list(archive.captures())) == 1
    assert not verify(Config(home=home)).problems


FIRST = response("http://old.example/a", b"x" * 500, number=1)
SECOND = response("http://old.example/b", os.urandom(500), number=2)
THIRD = response("http://old.example/c", b"z" * 500, number=3)


def packed(*records: bytes) -> list[bytes]:
    return [gzip.compress(each) for each in records]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


ONE, TWO, THREE = packed(FIRST, SECOND, THIRD)
LONG = SECOND.replace(b"\r\nContent-Length: ", b"\r\nContent-Length: 1", 1)
"""A record whose length is larger than it is, so that it reaches into the next."""


@pytest.mark.parametrize(
    ("name", "data", "bad", "kept"),
    [
        ("cut.warc.gz", ONE + TWO[:-5], (len(ONE), len(TWO) - 5), "a"),
        ("flipped.warc.gz", ONE + flipped(TWO, -40) + THREE, (len(ONE), len(TWO)), "ac"),
        ("flipped-length.warc.gz", ONE + TWO[:-2] + b"\xff\xff" + THREE, (len(ONE), len(TWO)), "ac"),
        ("tail.warc.gz", ONE + b"garbage", (len(ONE), 7), "a"),
        ("first.warc.gz", b"garbage" + ONE, (0, 7), "a"),
        ("flipped.warc", FIRST + flipped(SECOND, -40) + THIRD, (len(FIRST), len(SECOND)), "ac"),
        (
            "head.warc",
            FIRST + SECOND.replace(b"Content-Length: ", b"Content-Longth: ", 1) + THIRD,
            (len(FIRST), len(SECOND)),
            "ac",
        ),
        ("long.warc", FIRST + LONG + THIRD * 4, (len(FIRST), len(LONG)), "ac"),
        (
            "short.warc",
            FIRST + SECOND.replace(b"Content-Length: 5", b"Content-Length: 1", 1) + THIRD,
            (len(FIRST), len(SECOND)),
            "ac",
        ),
    ],
)
def test_of_a_file_with_one_bad_record_the_sound_ones_are_kept(
    tmp_path: Path, name: str, data: bytes, bad: tuple[int, int], kept: str
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    home = tmp_path / "archive"
    [taken] = take(home, file).taken
    assert [(place.offset, place.length) for place in taken.imported.bad] == [bad]
    with Archive(Config(home=home)) as archive:
        assert {capture.url[-1] for capture in archive.captures()} == set(kept)
        for capture in archive.captures():
            assert archive.get(capture.url).raw
        key = taken.imported.key
        assert archive.store.get(key) == data
        manifest = Manifest.from_bytes(archive.store.get(manifest_key(key)))
        assert manifest.bad == taken.imported.bad
        crossing = RecordRef(BlobKey(key), bad[0], max(1, bad[1]))
        with pytest.raises(RecordDamaged, match="manifest"):
            archive.reader.read(crossing)
        with pytest.raises(RecordDamaged, match="manifest"):
            archive.reader.member(crossing)
    assert not verify(Config(home=home)).problems


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.warc.gz", b""),
        ("noise.warc", b"no WARC at all\r\n" * 10),
        ("cut.warc.gz", ONE[:-9]),
        ("one.warc", FIRST[:-90]),
    ],
)
def test_a_file_without_a_sound_record_is_refused_whole_with_its_place(tmp_path: Path, name: str, data: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    home = tmp_path / "archive"
    error = take(home, file).failed[file]
    assert isinstance(error, ImportDamaged)
    assert error.exit_code == 8
    assert f"{file} is damaged at offset {error.offset}" in str(error)
    assert error.offset == 0
    with Archive(Config(home=home)) as archive:
        assert not list(archive.captures())
        assert not list(archive.store.keys("warcs/"))
        assert not list(archive.store.keys("manifests/"))


@pytest.mark.parametrize("cut", [10, 300, 700])
def test_a_torn_record_brings_no_record_that_a_stranger_put_into_its_body(tmp_path: Path, cut: int) -> None:
    forged = response("https://bank.example/", b"forged" * 20, number=7)
    body = b"<pre>\r\n\r\n" + forged * 2 + b"x" * 500
    torn = response("http://old.example/b", body, number=2)[:-cut]
    home = tmp_path / "archive"
    file = tmp_path / "torn.warc"
    file.write_bytes(FIRST + torn)
    [taken] = take(home, file).taken
    assert [(place.offset, place.length) for place in taken.imported.bad] == [(len(FIRST), len(torn))]
    with Archive(Config(home=home)) as archive:
        assert [capture.url for capture in archive.captures()] == ["http://old.example/a"]


def test_other_damage_than_what_the_manifest_names_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(ONE + flipped(TWO, -40) + THREE)
    home, copy = tmp_path / "archive", tmp_path / "copy"
    config = Config(home=home)
    [taken] = take(home, file).taken
    replicate(config, LocalStore(copy))
    assert not verify(config).problems
    stored = home / "store" / taken.imported.key
    stored.chmod(0o644)
    stored.write_bytes(flipped(stored.read_bytes(), -40))
    [damage] = verify(config).problems
    assert (damage.kind, damage.offset) == (DamageKind.FLIPPED, len(ONE) + len(TWO))
    assert [problem.repaired for problem in verify(config, replica=LocalStore(copy)).problems] == [True]
    assert stored.read_bytes() == file.read_bytes()
    for name in home.glob("catalog.sqlite3*"):
        name.unlink()
    assert not rebuild(config).problems
    with Archive(config) as archive:
        assert {capture.url[-1] for capture in archive.captures()} == {"a", "c"}
    assert not verify(config).problems


def test_oddities_that_are_common_are_noted_and_not_refused(tmp_path: Path) -> None:
    coded = gzip.compress(PAGE % b"one")
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + coded
    decoded = hashlib.sha1(PAGE % b"one").hexdigest()
    fields = (
        ("WARC-Target-URI", "http://old.example/a"),
        ("Content-Type", "application/http; msgtype=response"),
        ("WARC-Payload-Digest", f"sha1:{decoded}"),
    )
    odd = record("response", *fields, block=block).replace(b"WARC/1.0\r\n", b"WARC/1.0\r\r\n", 1)
    home = tmp_path / "archive"
    [taken] = take(home, foreign(tmp_path / "odd.warc.gz", odd)).taken
    assert not taken.imported.bad
    assert taken.imported.notes is not None
    assert {"payload-digest-of-other-bytes", "line-ends"} <= taken.imported.notes.keys()
    with Archive(Config(home=home)) as archive:
        assert archive.get("http://old.example/a").raw == PAGE % b"one"
    assert not verify(Config(home=home)).problems


def arc_record(url: str, block: bytes, *, mime: str = "text/html", day: int = 1) -> bytes:
    """A record as ARC 1.0 has it."""
    return f"{url} 192.0.2.7 202001{day:02d}000000 {mime} {len(block)}\n".encode() + block + b"\n"


ARC_HEAD = arc_record(
    "filedesc://OLD.arc",
    b"1 0 Other\nURL IP-address Archive-date Content-type Archive-length\n",
    mime="text/plain",
)
ARC_PAGE = arc_record(
    "http://old.example/a b",
    b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nX: 1\r\n\r\n" + PAGE % (b"Words of a page. " * 80),
)
ARC_GONE = arc_record("http://old.example/b", b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\nno", day=2)
ARC_DNS = arc_record("dns:old.example", b"20200101000000\nold.example. 600 IN A 192.0.2.7\n", mime="text/dns", day=3)


@pytest.mark.parametrize("name", ["OLD.arc", "OLD.arc.gz"])
def test_an_arc_file_is_stored_unchanged_read_replayed_verified_and_rebuilt(tmp_path: Path, name: str) -> None:
    file = foreign(tmp_path / name, ARC_HEAD, ARC_PAGE, ARC_GONE, ARC_DNS, packed=name.endswith(".gz"))
    home = tmp_path / "archive"
    config = Config(home=home)
    [taken] = take(home, file, extract=True).taken
    assert (taken.imported.records, taken.imported.captures, taken.imported.bad) == (4, 3, ())
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert taken.imported.key == f"warcs/imported/{sha256[:16]}/{name}"
    with Archive(config) as archive:
        assert archive.store.get(taken.imported.key) == file.read_bytes()
        before = list(archive.captures())
        assert [(c.url, c.record_type.value, c.status, c.kind.value, c.mime) for c in before] == [
            ("dns:old.example", "resource", None, "requisite", "text/dns"),
            ("http://old.example/a%20b", "response", 200, "page", "text/html"),
            ("http://old.example/b", "response", 404, "page", "text/html"),
        ]
        page = before[1]
        assert page.record_id == f"urn:uuid:{uuid5(NAMESPACE_URL, f'sha256:{sha256}:{page.record.offset}')}"
        assert rfc3339(page.at) == "2020-01-01T00:00:00.000Z"
        held = archive.get(page.url)
        assert held.block == ARC_PAGE.partition(b"\n")[2][:-1]
        assert held.raw == PAGE % (b"Words of a page. " * 80)
        assert held.headers == [("Content-Type", "text/html"), ("X", "1")]
        assert archive.get("http://old.example/b", any_status=True).raw == b"no"
        index = list(unpack_lines(archive.store.get(cdxj_key(taken.imported.key))))
        assert {(e.offset, e.length) for e in index} == {(c.record.offset, c.record.length) for c in before}
        assert archive.article(page) is not None
    assert not verify(config).problems
    for left in home.glob("catalog.sqlite3*"):
        left.unlink()
    assert not rebuild(config).problems
    with Archive(config) as archive:
        assert [replace(c, verdict=None) for c in archive.captures()] == [replace(c, verdict=None) for c in before]
    assert not verify(config).problems


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
def test_of_an_arc_file_with_a_bad_record_the_sound_ones_are_kept(tmp_path: Path, packed: bool) -> None:
    records = [ARC_HEAD, ARC_PAGE, ARC_GONE, ARC_DNS]
    parts = [gzip.compress(each) if packed else each for each in records]
    parts[1] = flipped(parts[1], -5) if packed else parts[1].replace(b" text/html ", b" text/html x", 1)
    file = tmp_path / "OLD.arc"
    file.write_bytes(b"".join(parts))
    home = tmp_path / "archive"
    [taken] = take(home, file).taken
    assert [(place.offset, place.length) for place in taken.imported.bad] == [(len(parts[0]), len(parts[1]))]
    with Archive(Config(home=home)) as archive:
        assert [c.url for c in archive.captures()] == ["dns:old.example", "http://old.example/b"]
    assert not verify(Config(home=home)).problems


def test_an_arc_of_another_version_is_refused_whole(tmp_path: Path) -> None:
    head = b"filedesc:old.arc 0.0.0.0 19970101000000 text/plain 200 - - 0 old.arc 9\n2 0 other\n\n"
    page = b"http://old.example/ 192.0.2.7 19970101000000 text/html 200 sum - 0 old.arc 5\nhello\n"
    file = tmp_path / "old.arc"
    file.write_bytes(head + page)
    assert isinstance(take(tmp_path / "archive", file).failed[file], ImportDamaged)


def test_a_name_that_is_not_ascii_stays_readable_and_stands_in_the_manifest(tmp_path: Path) -> None:
    file = foreign(tmp_path / "tin tức_2020.warc.gz", FIRST)
    home = tmp_path / "archive"
    [taken] = take(home, file).taken
    assert taken.imported.key.endswith("/tin_20t_E1_BB_A9c_2020.warc.gz")
    with Archive(Config(home=home)) as archive:
        manifest = Manifest.from_bytes(archive.store.get(manifest_key(taken.imported.key)))
    assert manifest.extra["name"] == "tin tức_2020.warc.gz"


def test_several_records_in_one_gzip_member_are_refused(tmp_path: Path) -> None:
    records = response("http://old.example/a", b"x", number=1) + response("http://old.example/b", b"y", number=2)
    file = tmp_path / "one-member.warc.gz"
    file.write_bytes(gzip.compress(records))
    assert "gzip member" in str(take(tmp_path / "archive", file).failed[file])


def test_a_file_of_odd_line_ends_is_read_back(tmp_path: Path) -> None:
    first = response("http://old.example/a", PAGE % b"one", number=1)
    file = tmp_path / "odd.warc.gz"
    file.write_bytes(
        gzip.compress(first.removesuffix(b"\r\n\r\n"))
        + gzip.compress(first.replace(b"/a", b"/b").replace(b"001>", b"002>"))
    )
    home = tmp_path / "archive"
    assert take(home, file).taken
    with Archive(Config(home=home)) as archive:
        assert archive.get("http://old.example/a").raw == PAGE % b"one"


def test_a_hostile_file_names_no_place_and_breaks_no_row(tmp_path: Path) -> None:
    info = record(
        "warcinfo",
        ("Content-Type", "application/warc-fields"),
        block=b"archiver-site: ../../etc\r\narchiver-run: x\r\n",
        number=9,
    )
    file = foreign(
        tmp_path / "..na me\u202e.warc",
        info,
        response('http://old.example/a b?<x>"', b"x", number=1),
        response("javascript:alert(1)", b"x", number=2),
        packed=False,
    )
    home = tmp_path / "archive"
    [taken] = take(home, file).taken
    assert taken.imported.key.endswith("/na_20me_E2_80_AE.warc")
    with Archive(Config(home=home)) as archive:
        urls = {capture.url for capture in archive.captures()}
        assert urls == {"http://old.example/a%20b?%3Cx%3E%22", "javascript:alert(1)"}
        assert {capture.site for capture in archive.captures()} == {"imported"}


def test_two_imports_do_not_run_at_once(tmp_path: Path) -> None:
    from archiver.capture.lock import SiteLock

    file = foreign(tmp_path / "a.warc.gz", response("http://old.example/a", b"x", number=1))
    home = tmp_path / "archive"
    with SiteLock(Config(home=home).spool_dir, "imported", owner="test"), pytest.raises(Busy):
        take(home, file)


def test_the_command_takes_the_sound_and_names_the_damaged(tmp_path: Path) -> None:
    good = foreign(
        tmp_path / "good.warc.gz", response("http://old.example/a", PAGE % (b"Words of a page. " * 80), number=1)
    )
    bad = tmp_path / "bad.warc.gz"
    bad.write_bytes(good.read_bytes()[:-9])
    partly = tmp_path / "partly.warc.gz"
    partly.write_bytes(good.read_bytes() + b"garbage")
    home = tmp_path / "archive"

    def take_in(*files: Path) -> subprocess.CompletedProcess[str]:
        return run_python(["-m", "archiver", "import", *map(str, files), "--archive", str(home), "--json"])

    done = take_in(bad, good)
    assert done.returncode == 8, done.stderr
    assert f"{bad} is damaged at offset 0" in done.stderr
    [line] = done.stdout.splitlines()
    told = json.loads(line)
    assert (told["state"], told["new"], told["read"]) == ("imported", 1, 1)
    done = take_in(partly)
    assert done.returncode == 8
    assert f"{partly}: 7 bytes at offset {good.stat().st_size} are no sound record" in done.stderr
    assert [place["length"] for place in json.loads(done.stdout)["bad"]] == [7]
    assert take_in(partly).returncode == 8
    missing = take_in(tmp_path / "none.warc.gz")
    assert missing.returncode == 2
    assert take_in(good).returncode == 0


def test_a_rebuild_gives_the_same_captures(tmp_path: Path) -> None:
    file = foreign(
        tmp_path / "a.warc.gz",
        response("http://old.example/a", PAGE % b"one", number=1),
        record("resource", ("WARC-Target-URI", "urn:shot"), ("Content-Type", "image/png"), block=b"png", number=3),
    )
    home = tmp_path / "archive"
    take(home, file)
    with Archive(Config(home=home)) as archive:
        before = list(archive.captures())
        assert len(before) == 2
    for name in home.glob("catalog.sqlite3*"):
        name.unlink()
    rebuild(Config(home=home))
    with Archive(Config(home=home)) as archive:
        assert list(archive.captures()) == before


def written_by_warcio(path: Path) -> Path:
    """A page, a revisit of it as warcio writes them (no WARC-Refers-To), and a resource."""
    text = " ".join(f"<p>Sentence {n} of a report that goes on for a while.</p>" for n in range(40)).encode()
    url, at = "http://old.example/2020/story", "2020-01-01T00:00:00Z"
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)

        def headers(status: str = "200 OK") -> StatusAndHeaders:
            return StatusAndHeaders(status, [("Content-Type", "text/html")], protocol="HTTP/1.1")

        page = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(PAGE % text),
            http_headers=headers(),
            warc_headers_dict={"WARC-Date": at},
        )
        writer.write_record(page)
        page.raw_stream.close()
        digest = page.rec_headers.get_header("WARC-Payload-Digest")
        again = writer.create_revisit_record(url, digest, url, at, http_headers=headers())
        again.rec_headers.replace_header("WARC-Date", "2020-02-01T00:00:00Z")
        writer.write_record(again)
        again.raw_stream.close()
        shot = writer.create_warc_record(
            "http://old.example/shot.png",
            "resource",
            payload=io.BytesIO(b"png"),
            warc_content_type="image/png",
            warc_headers_dict={"WARC-Date": at},
        )
        writer.write_record(shot)
        shot.raw_stream.close()
    return path


def test_a_revisit_without_a_record_id_is_read_like_the_page_that_it_repeats(tmp_path: Path) -> None:
    home = tmp_path / "archive"
    [taken] = take(home, written_by_warcio(tmp_path / "theirs.warc.gz"), extract=True).taken
    with Archive(Config(home=home)) as archive:
        first, again = archive.captures("http://old.example/2020/story")
        assert again.record_type is RecordType.REVISIT
        assert again.refers_to is None
        assert again.verdict is first.verdict is not None
        assert again.verdict is not Verdict.ERROR
        assert archive.get(again.url, "202002").raw == archive.get(again.url, "202001").raw
    assert taken.read == 2


def test_a_revisit_may_lie_in_a_file_before_that_of_the_page_that_it_repeats(tmp_path: Path) -> None:
    both = written_by_warcio(tmp_path / "both.warc.gz").read_bytes()
    places = [member.start() for member in re.finditer(rb"\x1f\x8b\x08", both)]
    (tmp_path / "1.warc.gz").write_bytes(both[places[1] : places[2]])
    (tmp_path / "2.warc.gz").write_bytes(both[: places[1]])
    home = tmp_path / "archive"
    take(home, tmp_path / "1.warc.gz", tmp_path / "2.warc.gz", extract=True)
    with Archive(Config(home=home)) as archive:
        verdicts = {capture.verdict for capture in archive.captures("http://old.example/2020/story")}
    assert len(verdicts) == 1
    assert verdicts.isdisjoint({Verdict.ERROR, None})


def test_a_resource_is_held_and_got_like_any_other_memento(tmp_path: Path) -> None:
    home = tmp_path / "archive"
    take(home, written_by_warcio(tmp_path / "theirs.warc.gz"))
    url = "http://old.example/shot.png"
    with Archive(Config(home=home)) as archive:
        assert archive.get(url).raw == b"png"
        assert archive.get(url, any_status=True).raw == b"png"
        held = archive.held(url)
        assert (held.state, held.captures) == ("held", 1)
        assert closest(archive.catalog, url) == held.nearest


@shared
@pytest.mark.parametrize("name", SOUND)
def test_sound_files_of_other_tools_are_taken_and_every_capture_can_be_read(tmp_path: Path, name: str) -> None:
    home = tmp_path / "archive"
    result = take(home, DATA / "warc-good" / name)
    assert not result.failed
    [taken] = result.taken
    assert taken.imported.captures >= 1
    with Archive(Config(home=home)) as archive:
        assert archive.store.get(taken.imported.key) == (DATA / "warc-good" / name).read_bytes()
        for capture in archive.captures():
            if capture.refers_to or capture.refers_to_url:
                continue  # what it repeats may be in another file
            body = io.BytesIO(b"".join(read_stored(archive.catalog, archive.reader, capture).body.pieces()))
            assert body.getbuffer().nbytes >= 0


@shared
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_broken_files_of_other_tools_are_refused(tmp_path: Path, name: str) -> None:
    home = tmp_path / "archive"
    file = DATA / "warc-bad" / name
    error = take(home, file).failed[file]
    assert isinstance(error, ImportDamaged)
    assert error.offset == REFUSED[name]
    with Archive(Config(home=home)) as archive:
        assert not list(archive.captures())


@shared
@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_of_files_that_are_broken_in_places_the_rest_is_taken(tmp_path: Path, name: str) -> None:
    home = tmp_path / "archive"
    [taken] = take(home, DATA / "warc-bad" / name).taken
    assert [place.offset for place in taken.imported.bad] == DAMAGED[name]
    assert not verify(Config(home=home)).problems
