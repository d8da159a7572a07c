"""What `verify` finds and names, and what it mends: every kind of damage, done to a small archive from outside."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import archives
import pytest

from archiver.catalog import CaptureFilter, FileState
from archiver.cli.main import main
from archiver.errors import StoreUnavailable
from archiver.journal.objects import read_entry
from archiver.model.keys import cdxj_key, manifest_key
from archiver.model.record import BlobKey
from archiver.ops.damage import DamageKind
from archiver.ops.replicate import replicate
from archiver.ops.verify import Report, verify
from archiver.store.local import LocalStore


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One archive, copied for each test, for it takes seconds to make."""
    folder = tmp_path_factory.mktemp("made")
    return archives.make(folder / "archive")


@pytest.fixture
def kept(made, tmp_path):
    import shutil

    home = tmp_path / "archive"
    shutil.copytree(made.config.home, home)
    return archives.Kept(replace(made.config, home=home), archives.SteppingClock(made.clock.at))


def kinds(report: Report) -> set[tuple[str, str]]:
    return {(problem.kind.value, problem.key) for problem in report.problems}


def check(kept: archives.Kept, **options: object) -> Report:
    return verify(kept.config, clock=kept.clock, **options)


def sql(kept: archives.Kept, statement: str, *values: object) -> None:
    """What a person with a database shell does; foreign keys are off there."""
    connection = sqlite3.connect(kept.config.home / "catalog.sqlite3")
    with connection:
        connection.execute(statement, values)
    connection.close()


def change(kept: archives.Kept, key: str, by: Callable[[bytearray], object]) -> None:
    path = kept.root / key
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    by(data)
    path.write_bytes(data)


def flip(at: int) -> Callable[[bytearray], None]:
    def by(data: bytearray) -> None:
        data[at] ^= 0x10

    return by


def swap(kept: archives.Kept, one: str, other: str) -> None:
    first, second = kept.root / one, kept.root / other
    data = first.read_bytes()
    for path in (first, second):
        path.chmod(0o644)
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


def put(kept: archives.Kept, key: str, data: bytes) -> None:
    kept.store.put(key, data, sha256=hashlib.sha256(data).hexdigest(), metadata={})


def test_a_sound_archive_has_no_problems_and_everything_in_it_was_read(kept):
    keys = kept.keys()
    size = sum((kept.root / key).stat().st_size for key in keys)
    report = check(kept)
    assert report.problems == []
    assert (report.objects, report.bytes) == (len(keys), size)
    with kept.catalog() as catalog:
        assert report.records == sum(file.records for file in catalog.files.find())


def test_the_shape_is_the_promised_one_and_the_exit_code_says_whether_something_is_left(kept, capsys):
    home = str(kept.config.home)
    assert main(["verify", "--archive", home, "--json"]) == 0
    shape = json.loads(capsys.readouterr().out)
    assert list(shape) == ["objects", "records", "bytes", "events", "problems"]
    change(kept, kept.keys("warcs/")[0], flip(-30))
    assert main(["verify", "--archive", home, "--json"]) == 8
    shape = json.loads(capsys.readouterr().out)
    assert list(shape["problems"][0]) == ["kind", "key", "offset", "url", "expected", "found", "repaired"]
    assert main(["verify", "--archive", home]) == 8
    out = capsys.readouterr()
    assert "flipped" in out.out
    assert "1 left" in out.err


def test_what_is_left_names_the_next_command(kept, capsys, tmp_path):
    home = str(kept.config.home)
    change(kept, kept.keys("warcs/")[0], flip(-30))
    assert main(["verify", "--archive", home]) == 8
    assert "`archiver verify --repair-from STORE`" in capsys.readouterr().err.splitlines()[-1]
    (tmp_path / "empty").mkdir()
    assert main(["verify", "--archive", home, "--repair-from", str(tmp_path / "empty")]) == 8
    assert "try another copy" in capsys.readouterr().err.splitlines()[-1]
    assert main(["verify", "--archive", home, "--repair-from", "/nonexist"]) == 5
    said = capsys.readouterr().err
    assert "--repair-from /nonexist" in said
    assert "archiver.toml" not in said


def test_a_damaged_record_that_is_asked_for_names_the_next_command(kept, capsys):
    with kept.catalog() as catalog:
        capture = next(c for c in catalog.captures.find() if c.status == 200)
    change(kept, capture.record.file, flip(capture.record.offset + capture.record.length - 3))
    assert main(["get", capture.url, "--any-status", "--archive", str(kept.config.home)]) == 8
    assert "archiver verify" in capsys.readouterr().err


def test_a_deep_verification_lets_warcio_read_every_file_too(kept):
    plain, deep = check(kept), check(kept, deep=True)
    assert deep.problems == []
    assert deep.records == plain.records


def test_a_flipped_byte_is_named_with_its_record_and_url(kept):
    with kept.catalog() as catalog:
        capture = next(iter(catalog.captures.find(CaptureFilter(url="https://news.example/b?id=1"))))
    change(kept, capture.record.file, flip(capture.record.offset + capture.record.length // 2))
    (problem,) = check(kept).problems
    assert (problem.kind, problem.key) == (DamageKind.FLIPPED, capture.record.file)
    assert (problem.offset, problem.url) == (capture.record.offset, "https://news.example/b?id=1")
    assert "sha256:" in problem.expected
    assert problem.expected != problem.found


def test_a_flipped_byte_that_no_record_tells_of_is_found_all_the_same(kept):
    """The gzip header's time is covered by no check sum of the record."""
    key = kept.keys("warcs/")[0]
    change(kept, key, flip(5))
    (problem,) = check(kept).problems
    assert (problem.kind, problem.key, problem.offset) == (DamageKind.FLIPPED, key, None)


def test_a_truncated_file_is_named_with_the_record_in_which_it_ends(kept):
    with kept.catalog() as catalog:
        capture = max(
            catalog.captures.find(CaptureFilter(site="other")), key=lambda c: (c.record.file, c.record.offset)
        )
    end = capture.record.offset + 40
    change(kept, capture.record.file, lambda data: data.__delitem__(slice(end, None)))
    (problem,) = check(kept).problems
    assert (problem.kind, problem.key) == (DamageKind.TRUNCATED, capture.record.file)
    assert (problem.offset, problem.url) == (capture.record.offset, capture.url)


@pytest.mark.parametrize("folder", ["warcs/", "index/", "manifests/", "articles/", "journal/"])
def test_a_truncated_object_of_each_kind_is_found(kept, folder):
    key = kept.keys(folder)[0]
    change(kept, key, lambda data: data.__delitem__(slice(len(data) * 2 // 3, None)))
    assert ("truncated", key) in kinds(check(kept))


@pytest.mark.parametrize("folder", ["warcs/", "index/", "manifests/", "articles/", "journal/"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_a_byte_flipped_anywhere_is_never_taken_for_a_lost_end(kept, folder, share):
    key = kept.keys(folder)[0]
    change(kept, key, lambda data: flip(int(len(data) * share))(data))
    found = {pair for pair in kinds(check(kept)) if pair[0] != "chain-broken"}
    assert found == {("flipped", key)}


@pytest.mark.parametrize("folder", ["warcs/", "index/", "manifests/", "articles/", "journal/"])
def test_an_empty_object_of_each_kind_is_found(kept, folder):
    key = kept.keys(folder)[-1]
    change(kept, key, lambda data: data.clear())
    assert ("truncated", key) in kinds(check(kept))


@pytest.mark.parametrize("folder", ["warcs/", "index/", "manifests/", "articles/", "journal/"])
def test_two_objects_of_each_kind_that_changed_places_are_found(kept, folder):
    one, other = kept.keys(folder)[:2]
    swap(kept, one, other)
    found = {pair for pair in kinds(check(kept)) if pair[0] != "chain-broken"}
    assert found == {("swapped", one), ("swapped", other)}


def test_a_file_of_another_name_is_swapped_though_nobody_knows_its_bytes(kept):
    key, other = kept.keys("warcs/news/")[:2]
    data = (kept.root / other).read_bytes()
    change(kept, key, lambda mine: mine.__setitem__(slice(None), data + data))
    (problem,) = check(kept).problems
    assert problem.kind is DamageKind.SWAPPED
    assert other.rpartition("/")[2] in problem.found


@pytest.mark.parametrize("folder", ["warcs/", "index/", "manifests/", "articles/", "journal/"])
def test_a_missing_object_of_each_kind_is_found(kept, folder):
    key = kept.keys(folder)[0]
    (kept.root / key).unlink()
    assert ("missing", key) in kinds(check(kept))


@pytest.mark.parametrize(
    "key",
    [
        "warcs/news/2026/11/24/news-20261124020000123-00009-box.warc.gz",
        "index/news/2026/11/24/news-20261124020000123-00009-box.cdxj.gz",
        "manifests/news/2026/11/24/news-20261124020000123-00009-box.json",
        "articles/x-1/news/2026/11/24/news-20261124020000123-00009-box.jsonl.gz",
        "journal/2026/11/01ARZ3NDEKTSV4RRFFQ69G5FAV.json",
        "notes.txt",
        "warcs/news/notes.txt",
        "index/a",
    ],
)
def test_an_object_of_nobody_is_named_and_left_alone(kept, key):
    put(kept, key, b"whose am I?")
    report = check(kept, repair=True)
    assert kinds(report) == {("unknown", key)}
    assert report.unrepaired == 1
    assert kept.store.get(key) == b"whose am I?"


def test_a_key_that_is_none_of_ours_is_unknown(kept):
    (kept.root / "warcs" / "with a space").write_bytes(b"x")
    assert kinds(check(kept)) == {("unknown", "warcs/with a space")}


def test_a_row_that_points_to_another_record_is_found_and_put_right_by_the_record(kept):
    before = archives.content(kept)
    with kept.catalog() as catalog:
        one, other = list(catalog.captures.find(CaptureFilter(url="https://news.example/*")))[:2]
    sql(kept, 'UPDATE captures SET "offset" = ?, length = 7 WHERE record_id = ?', other.record.offset, one.record_id)
    (problem,) = check(kept).problems
    assert (problem.kind, problem.key, problem.url) == (DamageKind.ROW_WITHOUT_RECORD, one.record.file, one.url)
    assert check(kept, repair=True).unrepaired == 0
    assert check(kept).problems == []
    assert {**archives.content(kept), "journal": None} == {**before, "journal": None}


@pytest.mark.parametrize("column", ["url", "surt", "at", "status", "kind", "site", "run", "digest"])
def test_a_row_that_says_something_else_than_its_record_is_found(kept, column):
    before = archives.content(kept)["captures"]
    with kept.catalog() as catalog:
        one = next(iter(catalog.captures.find(CaptureFilter(url="https://news.example/b?id=1"))))
    value = {"at": 5, "status": 999, "kind": "robots", "digest": b"x" * 20}.get(column, "http://else.example/")
    sql(kept, f'UPDATE captures SET "{column}" = ? WHERE record_id = ?', value, one.record_id)
    (problem,) = check(kept, repair=True).problems
    assert (problem.kind, problem.key) == (DamageKind.ROW_WITHOUT_RECORD, one.record.file)
    assert archives.content(kept)["captures"] == before


def test_a_row_that_points_to_nothing_is_found_and_removed(kept):
    before = archives.content(kept)["captures"]
    sql(
        kept,
        'INSERT INTO captures (record_id, url, surt, at, record_type, kind, site, file_id, "offset", length, hop)'
        " SELECT 'urn:uuid:none', 'http://x.example/', 'example,x)/', 5, 'response', 'page', site, file_id, 1000000, 9, ''"
        " FROM captures LIMIT 1",
    )
    (problem,) = check(kept).problems
    assert (problem.kind, problem.url, problem.offset) == (
        DamageKind.ROW_WITHOUT_RECORD,
        "http://x.example/",
        1_000_000,
    )
    assert check(kept, repair=True).unrepaired == 0
    assert archives.content(kept)["captures"] == before


def test_a_row_in_the_wrong_file_is_found_whichever_file_is_read_first(kept):
    before = archives.content(kept)["captures"]
    sql(kept, "UPDATE captures SET file_id = (SELECT max(id) FROM files) WHERE url = 'https://news.example/c'")
    assert {kind for kind, _ in kinds(check(kept))} <= {"row-without-record", "record-without-row"}
    sql(kept, "UPDATE captures SET file_id = 4242 WHERE url = 'https://news.example/d'")
    problems = check(kept).problems
    assert {"https://news.example/c", "https://news.example/d"} == {problem.url for problem in problems}
    assert check(kept, repair=True).unrepaired == 0
    assert check(kept).problems == []
    assert [replace(c, verdict=None) for c in archives.content(kept)["captures"]] == [
        replace(c, verdict=None) for c in before
    ]


def test_a_row_of_no_file_and_no_record_is_found_and_removed(kept):
    sql(
        kept,
        'INSERT INTO captures (record_id, url, surt, at, record_type, kind, site, file_id, "offset", length, hop)'
        " VALUES ('urn:uuid:none', 'http://x.example/', 'example,x)/', 5, 'response', 'page', 'x', 4242, 1, 9, '')",
    )
    assert kinds(check(kept)) == {("row-without-record", "")}
    assert check(kept, repair=True).unrepaired == 0
    assert check(kept).problems == []


def test_a_record_without_a_row_is_found_and_its_row_put_back(kept):
    before = archives.content(kept)["captures"]
    sql(kept, "DELETE FROM captures WHERE url = 'https://other.example/z'")
    (problem,) = check(kept).problems
    assert (problem.kind, problem.url) == (DamageKind.RECORD_WITHOUT_ROW, "https://other.example/z")
    assert check(kept, repair=True).unrepaired == 0
    assert [replace(c, verdict=None) for c in archives.content(kept)["captures"]] == [
        replace(c, verdict=None) for c in before
    ]


def test_a_file_whose_row_is_lost_is_known_by_its_manifest_and_put_back_in_its_place(kept):
    before = archives.content(kept)
    sql(kept, "DELETE FROM files WHERE id = (SELECT min(id) FROM files WHERE site = 'news')")
    found = kinds(check(kept))
    first = before["chains"]["news"][0][0]
    assert ("record-without-row", first) in found
    assert ("chain-broken", manifest_key(before["chains"]["news"][1][0])) in found
    assert not any(kind == "unknown" for kind, _ in found)
    assert check(kept, repair=True).unrepaired == 0
    after = archives.content(kept)
    assert after["chains"] == before["chains"]
    assert after["files"] == before["files"]
    assert check(kept).problems == []


def test_a_catalogue_from_yesterday_is_brought_up_to_what_the_store_has(kept):
    before = archives.content(kept)
    sql(kept, "UPDATE files SET state = 'open', chain = NULL, sha256 = NULL, size = NULL WHERE site = 'other'")
    assert {kind for kind, _ in kinds(check(kept))} == {"record-without-row"}
    assert check(kept, repair=True).unrepaired == 0
    after = archives.content(kept)
    assert (after["files"], after["chains"]) == (before["files"], before["chains"])


def test_a_file_that_is_neither_in_the_spool_nor_in_the_store_is_missing(kept):
    key = "warcs/news/2026/11/24/news-20261124020000123-00009-box.warc.gz"
    with kept.catalog() as catalog:
        catalog.files.opened(key, site="news", run=None, at=kept.clock.now())
        assert kinds(check(kept)) == {("missing", key)}
    spooled = kept.config.spool_dir / "news" / (key.rpartition("/")[2] + ".open")
    spooled.write_bytes(b"")
    assert check(kept).problems == []


def test_a_row_of_a_file_that_does_not_agree_with_its_manifest_is_put_right(kept):
    before = archives.content(kept)["files"]
    key = before[0].key
    sql(kept, "UPDATE files SET sha256 = ?, size = 5 WHERE key = ?", "0" * 64, key)
    assert kinds(check(kept)) == {("row-without-record", key)}
    sql(kept, "UPDATE files SET manifest_sha256 = ? WHERE key = ?", "1" * 64, key)
    assert ("row-without-record", key) in kinds(check(kept))
    assert check(kept, repair=True).unrepaired in {0, 1}
    assert check(kept).problems == []
    assert archives.content(kept)["files"] == before


def test_a_missing_manifest_breaks_the_chain_behind_it(kept):
    first, second, _ = kept.keys("manifests/news/")
    (kept.root / first).unlink()
    assert kinds(check(kept)) == {("missing", first), ("chain-broken", second)}


def test_a_changed_manifest_breaks_the_chain_behind_it(kept):
    first, second, _ = kept.keys("manifests/news/")
    change(kept, first, lambda data: data.__setitem__(slice(None), data.replace(b'"model": false', b'"model": true ')))
    assert kinds(check(kept)) == {("flipped", first), ("chain-broken", second)}


def test_a_manifest_that_was_changed_with_its_checksum_and_its_row_still_breaks_the_chain(kept):
    first, second, _ = kept.keys("manifests/news/")
    data = kept.store.get(first).replace(b'"model": false', b'"model": true ')
    sha256 = hashlib.sha256(data).hexdigest()
    kept.store.replace(first, data, sha256=sha256, metadata={})
    sql(kept, "UPDATE files SET manifest_sha256 = ? WHERE key = ?", sha256, archives_warc(first))
    assert kinds(check(kept)) == {("chain-broken", second)}


def archives_warc(manifest: str) -> str:
    return manifest.replace("manifests/", "warcs/").replace(".json", ".warc.gz")


def test_a_file_removed_with_all_its_traces_shows_in_the_chain(kept):
    before = archives.content(kept)
    gone, after = (BlobKey(key) for key, _ in before["chains"]["news"][1:3])
    for key in (gone, cdxj_key(gone), manifest_key(gone)):
        kept.store.delete(key)
    for key in kept.keys("articles/"):
        if gone.rpartition("/")[2].removesuffix(".warc.gz") in key:
            kept.store.delete(key)
    sql(kept, "DELETE FROM captures WHERE file_id = (SELECT id FROM files WHERE key = ?)", gone)
    sql(kept, "DELETE FROM files WHERE key = ?", gone)
    assert ("chain-broken", manifest_key(after)) in kinds(check(kept))


def test_an_index_that_does_not_say_what_the_warc_says_is_found_though_its_checksum_is_right(kept):
    warc = kept.keys("warcs/")[0]
    lines = gzip.decompress(kept.store.get(cdxj_key(warc))).splitlines(keepends=True)
    data = gzip.compress(b"".join(lines[1:]), mtime=0)
    sha256 = hashlib.sha256(data).hexdigest()
    kept.store.replace(cdxj_key(warc), data, sha256=sha256, metadata={})
    manifest = json.loads(kept.store.get(manifest_key(warc)))
    manifest["cdxj_sha256"] = sha256
    raw = (json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    digest = hashlib.sha256(raw).hexdigest()
    kept.store.replace(manifest_key(warc), raw, sha256=digest, metadata={})
    sql(kept, "UPDATE files SET cdxj_sha256 = ?, manifest_sha256 = ? WHERE key = ?", sha256, digest, warc)
    assert ("flipped", cdxj_key(warc)) in kinds(check(kept))


def test_a_sidecar_of_which_nobody_knows_the_checksum_is_read_as_what_it_is(kept):
    key = kept.keys("articles/")[0]
    sql(kept, "DELETE FROM checks")
    (kept.root / ".meta" / f"{key}.json").unlink()
    assert check(kept).problems == []
    sql(kept, "DELETE FROM checks")
    change(kept, key, flip(-6))  # the check sum of gzip
    assert kinds(check(kept)) == {("flipped", key)}
    sql(kept, "DELETE FROM checks")
    assert check(kept, repair=True).unrepaired == 0
    assert check(kept).problems == []


def test_a_journal_object_without_its_entry_is_put_back_into_the_catalogue(kept):
    key = kept.keys("journal/")[0]
    entry = read_entry(key, kept.store)
    sql(kept, "DELETE FROM journal WHERE id = ?", entry.id)
    assert kinds(check(kept)) == {("record-without-row", key)}
    assert check(kept, repair=True).unrepaired == 0
    with kept.catalog() as catalog:
        assert catalog.journal.get(entry.id) == entry


def test_a_journal_entry_that_was_changed_in_the_catalogue_is_put_right_by_its_object(kept):
    key = kept.keys("journal/")[0]
    entry = read_entry(key, kept.store)
    sql(kept, "UPDATE journal SET body = '{}' WHERE id = ?", entry.id)
    assert kinds(check(kept)) == {("row-without-record", key)}
    assert check(kept, repair=True).unrepaired == 0
    with kept.catalog() as catalog:
        assert catalog.journal.get(entry.id) == entry


@pytest.mark.parametrize("folder", ["index/", "articles/", "journal/"])
def test_what_can_be_made_anew_is_repaired_without_a_copy(kept, folder):
    keys = kept.keys(folder)
    whole = {key: kept.store.get(key) for key in keys[:3]}
    (kept.root / keys[0]).unlink()
    change(kept, keys[1], flip(30))
    change(kept, keys[2], lambda data: data.clear())
    assert check(kept).unrepaired == 3
    assert check(kept, repair=True).unrepaired == 0
    assert {key: kept.store.get(key) for key in whole} == whole
    assert check(kept).problems == []


def test_without_being_asked_nothing_is_repaired(kept):
    key = kept.keys("index/")[0]
    (kept.root / key).unlink()
    sql(kept, "DELETE FROM captures WHERE url = 'https://other.example/z'")
    check(kept)
    assert kept.store.stat(key) is None
    with kept.catalog() as catalog:
        assert list(catalog.captures.find(CaptureFilter(url="https://other.example/z"))) == []


def test_each_finding_and_each_repair_is_an_event_that_is_stored(kept):
    key = kept.keys("index/")[0]
    (kept.root / key).unlink()
    with kept.catalog() as catalog:
        known = {entry.id for entry in catalog.journal.find()}
        report = check(kept, repair=True)
        new = [entry for entry in catalog.journal.find("event") if entry.id not in known]
    assert report.events == len(new) == 3
    assert sorted((e.body["type"], e.body["object"], e.body["outcome"]) for e in new if e.body["object"]) == [
        ("fixity check", key, "failure"),
        ("recovery", key, "success"),
    ]
    whole = next(e.body for e in new if e.body["object"] is None)
    assert (whole["type"], whole["outcome"], whole["facts"]["objects"]) == ("fixity check", "success", report.objects)
    assert {read_entry(k, kept.store).id for k in kept.keys("journal/")} == known | {entry.id for entry in new}


def test_the_figures_of_the_last_verification_lie_in_the_home(kept):
    change(kept, kept.keys("warcs/")[0], flip(-30))
    report = check(kept)
    text = (kept.config.home / "metrics" / "verify.prom").read_text()
    assert f"\narchiver_verify_objects {report.objects}\n" in text
    assert '\narchiver_verify_problems{kind="flipped",repaired="false"} 1\n' in text
    assert "\narchiver_verify_unrepaired 1\n" in text
    assert [p.name for p in (kept.config.home / "metrics").iterdir()] == ["verify.prom"]


def test_nothing_is_left_in_the_scratch_folder(kept):
    check(kept)
    assert list((kept.config.home / "scratch").iterdir()) == []


def test_everything_is_read_within_the_configured_time_a_little_each_day(kept):
    kept.config = replace(kept.config, verify=replace(kept.config.verify, within_days=10.0))
    with kept.catalog() as catalog:
        stored = {file.key: file.stored_at for file in catalog.files.find(state=FileState.STORED)}
    read_at: dict[str, list] = {key: [at] for key, at in stored.items()}
    most = 0
    for _day in range(25):
        kept.clock.at += timedelta(days=1)
        report = check(kept, due_only=True)
        most = max(most, report.records)
        with kept.catalog() as catalog:
            for key in stored:
                found = catalog.checks.get(key)
                if found and found.checked_at and found.checked_at != read_at[key][-1]:
                    read_at[key].append(found.checked_at)
    for times in read_at.values():
        assert len(times) >= 3
        gaps = [after - before for before, after in pairwise(times)]
        assert max(gaps) <= timedelta(days=10)
    assert most < check(kept).records


def test_what_is_damaged_stays_due(kept):
    key = kept.keys("warcs/")[0]
    change(kept, key, flip(-30))
    kept.clock.at += timedelta(days=100)
    for _ in range(2):
        assert kinds(check(kept, due_only=True)) >= {("flipped", key)}
        kept.clock.at += timedelta(seconds=1)


def test_a_store_that_breaks_off_keeps_what_was_checked(kept, monkeypatch):
    last = max(kept.keys("warcs/"))
    real = LocalStore.open

    def fails(self, key, *, offset=0):
        if key == last:
            raise StoreUnavailable(self.url, "cable pulled")
        return real(self, key, offset=offset)

    kept.config = replace(kept.config, store=replace(kept.config.store, attempts=1))
    monkeypatch.setattr(LocalStore, "open", fails)
    with pytest.raises(StoreUnavailable):
        check(kept)
    monkeypatch.undo()
    with kept.catalog() as catalog:
        checked = [c.key for c in catalog.checks.find("warcs/") if c.checked_at]
    assert checked
    assert last not in checked


def test_two_hundred_seeded_corruptions_are_all_found_and_repaired(kept, tmp_path):
    second = LocalStore(tmp_path / "second")
    replicate(kept.config, second, clock=kept.clock)
    keys = kept.keys()
    whole = {key: kept.store.get(key) for key in keys}
    chance = random.Random(20261124)
    done = 0
    while done < 200:
        hurt = chance.sample(keys, min(len(keys) * 3 // 4, 200 - done))
        for key in hurt:
            size = len(whole[key])
            kind = chance.choice(["flip", "cut", "gone", "other"])
            if kind == "flip":
                change(kept, key, flip(chance.randrange(size)))
            elif kind == "cut":
                end = chance.randrange(size)
                change(kept, key, lambda data, end=end: data.__delitem__(slice(end, None)))
            elif kind == "gone":
                (kept.root / key).unlink()
            else:
                data = whole[chance.choice([other for other in keys if other != key])]
                change(kept, key, lambda mine, data=data: mine.__setitem__(slice(None), data))
        found = check(kept, replica=second)
        assert found.unrepaired == 0
        assert {problem.key for problem in found.problems if problem.kind is not DamageKind.CHAIN_BROKEN} == set(hurt)
        assert {key: kept.store.get(key) for key in keys} == whole
        done += len(hurt)
    assert check(kept).problems == []
