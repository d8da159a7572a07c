"""Importing WARC files that others wrote: taken whole and unchanged, or not at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archiver.archive import Archive
from archiver.config import Config
from archiver.errors import Busy
from archiver.model.capture import Kind, Verdict
from archiver.model.keys import cdxj_key, imported_key, manifest_key
from archiver.model.manifest import Manifest
from archiver.model.record import RecordType
from archiver.ops.importing import ImportResult, import_files
from archiver.ops.rebuild import rebuild
from archiver.ops.verify import verify
from archiver.replay.lookup import closest
from archiver.replay.raw import read_stored
from archiver.sealing.importing import ImportDamaged
from archiver.warc import unpack_lines

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
BROKEN = {
    "fastwarc-testdata__clipped.warc.gz": 0,
    "gowarc__corrupted-mid-record.warc.gz.open": 0,
    "jwat-testres__invalid-warcfile-fields-missing.warc": 0,
    "warcio-testdata__example-trunc.warc": 1197,
    "warcio-testdata__example-wrong-chunks.warc.gz": 0,
    "warcio.js__example-bad-length.warc": 1197,
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


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("cut.warc.gz", lambda good: good[:-5]),
        ("flipped.warc.gz", lambda good: good[:-40] + bytes([good[-40] ^ 1]) + good[-39:]),
        ("tail.warc.gz", lambda good: good + b"garbage"),
        ("empty.warc.gz", lambda good: b""),
        ("noise.warc", lambda good: b"no WARC at all\r\n" * 10),
    ],
)
def test_a_damaged_file_is_refused_whole_with_its_place(tmp_path: Path, name: str, damage) -> None:
    first = response("http://old.example/a", b"x" * 500, number=1)
    good = gzip.compress(first) + gzip.compress(response("http://old.example/b", os.urandom(500), number=2))
    file = tmp_path / name
    file.write_bytes(damage(good))
    home = tmp_path / "archive"
    result = take(home, file)
    error = result.failed[file]
    assert isinstance(error, ImportDamaged)
    assert error.exit_code == 8
    assert f"{file} is damaged at offset {error.offset}" in str(error)
    assert error.offset in {0, len(gzip.compress(first)), len(good)}
    with Archive(Config(home=home)) as archive:
        assert not list(archive.captures())
        assert not list(archive.store.keys("warcs/"))
        assert not list(archive.store.keys("manifests/"))


def test_a_wrong_digest_is_damage(tmp_path: Path) -> None:
    file = foreign(tmp_path / "a.warc", response("http://old.example/a", b"x", number=1, digest=b"y"), packed=False)
    error = take(tmp_path / "archive", file).failed[file]
    assert isinstance(error, ImportDamaged)
    assert error.offset == 0


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
    assert taken.imported.key.endswith("/na-me-.warc")
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
    home = tmp_path / "archive"

    def run(*files: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "archiver", "import", *map(str, files), "--archive", str(home), "--json"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    done = run(bad, good)
    assert done.returncode == 8, done.stderr
    assert f"{bad} is damaged at offset 0" in done.stderr
    [line] = done.stdout.splitlines()
    told = json.loads(line)
    assert (told["state"], told["new"], told["read"]) == ("imported", 1, 1)
    missing = run(tmp_path / "none.warc.gz")
    assert missing.returncode == 2
    assert run(good).returncode == 0


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
@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_files_of_other_tools_are_refused(tmp_path: Path, name: str) -> None:
    home = tmp_path / "archive"
    file = DATA / "warc-bad" / name
    error = take(home, file).failed[file]
    assert isinstance(error, ImportDamaged)
    assert error.offset == BROKEN[name]
    with Archive(Config(home=home)) as archive:
        assert not list(archive.captures())
