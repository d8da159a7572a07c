"""Keeping an archive: a catalogue made again from the store alone, a second store, and repair from it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import archives
import pytest

from archiver.cli.main import main
from archiver.errors import StorageError
from archiver.journal.objects import keep_run, keep_site_file, store_pending
from archiver.model.keys import articles_key, manifest_key
from archiver.model.run import Run
from archiver.ops.damage import DamageKind
from archiver.ops.rebuild import rebuild
from archiver.ops.replicate import replicate
from archiver.ops.verify import verify
from archiver.store import open_url
from archiver.store.local import LocalStore
from tests.fork_server import run_python

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def kept(tmp_path):
    return archives.make(tmp_path / "archive")


def cli(*arguments: str) -> int:
    return main([str(argument) for argument in arguments])


def test_a_catalogue_rebuilt_on_an_empty_machine_says_what_the_first_one_said(kept, tmp_path):
    before = archives.content(kept)
    assert len(before["captures"]) == 14
    assert len(before["runs"]) == 6
    assert {run.outcome for run in before["runs"]} == {"finished", "limit", "stopped"}
    assert {capture.kind for capture in before["captures"]} == {"page", "robots"}
    assert {capture.via for capture in before["captures"]} == {
        "https://news.example/?from=front",
        "https://other.example/?from=front",
    }
    assert {capture.record_type for capture in before["captures"]} == {"response", "revisit"}
    assert len(before["found"]) == 9
    assert [len(chain) for chain in before["chains"].values()] == [3, 3]
    assert {entry.kind for entry in before["journal"]} == {"site", "run", "event"}
    other = kept.on_an_empty_machine(tmp_path / "fresh")
    result = rebuild(other.config, clock=other.clock)
    assert (result.files, result.captures, result.runs, result.articles) == (6, 14, 6, 12)
    assert result.problems == []
    assert archives.content(other) == before


def test_own_site_files_come_back_as_they_were_last_unless_one_is_there(kept, tmp_path):
    before = (kept.config.sites_dir / "news.toml").read_bytes()
    (kept.config.sites_dir / "news.toml").write_bytes(before + b"# another\n")
    kept.run("news", "/a")
    (kept.config.sites_dir / "news.toml").write_bytes(before)
    kept.run("news", "/a")
    other = kept.on_an_empty_machine(tmp_path / "fresh")
    assert rebuild(other.config, clock=other.clock).sites == ["news"]
    assert (other.config.sites_dir / "news.toml").read_bytes() == before
    (other.config.sites_dir / "news.toml").write_bytes(before + b"# mine\n")
    assert rebuild(other.config, clock=other.clock).sites == []
    assert (other.config.sites_dir / "news.toml").read_bytes() == before + b"# mine\n"


def test_a_built_in_site_file_of_an_older_release_does_not_become_the_archives_own(kept, tmp_path):
    with kept.catalog() as catalog:
        keep_site_file(
            "vietnamplus", b'name = "vietnamplus"\nhosts = [{ name = "a.example" }]\n', own=False, catalog=catalog
        )
        store_pending(catalog, kept.store)
    other = kept.on_an_empty_machine(tmp_path / "fresh")
    assert rebuild(other.config, clock=other.clock).sites == ["news"]


@pytest.mark.parametrize("made", [False, True])
def test_a_store_that_holds_no_archive_is_named_and_no_home_is_made_for_it(tmp_path, made, capsys):
    store = tmp_path / "nowhere"
    if made:
        store.mkdir()
        (store / "warcs").mkdir()
    code = run_python(
        ["-m", "archiver", "rebuild", "--archive", str(tmp_path / "home")],
        env={**os.environ, "ARCHIVER_STORE_URL": str(store)},
    )
    assert code.returncode == 5
    assert str(store) in code.stderr
    assert not (tmp_path / "home").exists()


def test_rebuilding_what_is_whole_changes_nothing(kept):
    before = archives.content(kept)
    result = rebuild(kept.config, clock=kept.clock)
    assert (result.files, result.captures, result.runs, result.articles, result.journal, result.bytes) == (0,) * 6
    assert archives.content(kept) == before


def test_what_was_lost_of_a_catalogue_is_put_back(kept):
    before = archives.content(kept)
    for suffix in ("", "-wal", "-shm"):
        (kept.config.home / f"catalog.sqlite3{suffix}").unlink(missing_ok=True)
    assert cli("rebuild", "--archive", kept.config.home) == 0
    assert archives.content(kept) == before


def test_a_crawl_goes_on_with_the_chain_where_the_first_machine_left_it(kept, tmp_path):
    other = kept.on_an_empty_machine(tmp_path / "fresh")
    rebuild(other.config, clock=other.clock)
    other.run("news", "/e")
    report = verify(other.config, clock=other.clock)
    assert [p.as_json() for p in report.problems] == []
    assert report.records > 30


def test_pages_without_a_sidecar_are_left_to_be_read_again(kept, tmp_path):
    shutil.rmtree(kept.root / "articles")
    other = kept.on_an_empty_machine(tmp_path / "fresh")
    assert rebuild(other.config, clock=other.clock).articles == 0
    with other.catalog() as catalog:
        assert len(catalog.captures.untried()) == 13


def test_a_run_that_was_killed_is_told_by_what_it_wrote(kept, tmp_path):
    with kept.catalog() as catalog:
        run = catalog.runs.find("other")[-1]
        entry = next(e for e in catalog.journal.find("run") if e.body["run"] == run.id)
    kept.store.delete(f"journal/2026/11/{entry.id}.json")
    other = kept.on_an_empty_machine(tmp_path / "fresh")
    rebuild(other.config, clock=other.clock)
    with other.catalog() as catalog:
        told = catalog.runs.get(run.id)
        assert (told.site, told.files, told.captures, told.pages, told.new, told.articles, told.bytes) == (
            "other",
            run.files,
            2,
            2,
            2,
            2,
            run.bytes,
        )
        assert told.outcome is None
        assert abs((told.started_at - run.started_at).total_seconds()) < 1


def test_a_run_whose_end_the_catalogue_missed_is_ended_by_the_journal(kept):
    with kept.catalog() as catalog:
        run = catalog.runs.find("other")[0]
        catalog.runs.begin(Run(id=run.id, site=run.site, started_at=run.started_at))
        assert rebuild(kept.config, clock=kept.clock).runs == 1
        assert catalog.runs.get(run.id) == run
        keep_run(run, catalog=catalog)
    assert rebuild(kept.config, clock=kept.clock).runs == 0


def test_a_rebuild_that_is_killed_goes_on_where_it_was(kept, tmp_path):
    before = archives.content(kept)
    other = kept.on_an_empty_machine(tmp_path / "fresh")
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from archiver.config import load\n"
        "from archiver.ops.rebuild import rebuild\n"
        "def seen(result):\n"
        "    if result.seen == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "rebuild(load(Path(sys.argv[1])), on_file=seen)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "ARCHIVER_STORE_URL": other.config.store_url}
    killed = subprocess.run([sys.executable, "-c", program, other.config.home], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    with other.catalog() as catalog:
        assert 0 < len(catalog.files.find(state="stored")) < 6
    result = rebuild(other.config, clock=other.clock)
    assert result.files == 3
    assert archives.content(other) == before


def test_a_rebuild_names_what_is_damaged_and_restores_the_rest(kept, tmp_path, capsys):
    warcs = kept.keys("warcs/news/")
    path = kept.root / warcs[0]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9])
    (kept.root / manifest_key(warcs[1])).unlink()
    home = tmp_path / "fresh"
    home.mkdir()
    (home / "archiver.toml").write_text(f'[store]\nurl = "{kept.root}"\n')
    assert cli("rebuild", "--archive", home, "--json") == 8
    shape = json.loads(capsys.readouterr().out)
    assert [(p["kind"], p["key"]) for p in shape["problems"]] == [
        ("chain-broken", manifest_key(warcs[2])),
        ("truncated", warcs[0]),
    ]
    assert shape["files"] == 4


def test_a_second_store_gets_everything_and_then_nothing_more(kept, tmp_path, capsys):
    place = tmp_path / "second"
    assert cli("replicate", place, "--archive", kept.config.home, "--json") == 0
    shape = json.loads(capsys.readouterr().out)
    assert list(shape) == [
        "store",
        "objects",
        "copied",
        "bytes",
        "same",
        "differing",
        "damaged",
        "unknown",
        "events",
        "removed",
    ]
    assert shape["copied"] == shape["objects"] + 1  # and the event of the copying itself
    second = LocalStore(place)
    assert list(second.keys()) == kept.keys()
    for key in second.keys():  # noqa: SIM118  a store is no mapping
        assert second.get(key) == kept.store.get(key)
        assert second.stat(key) == kept.store.stat(key)
    assert cli("replicate", place, "--archive", kept.config.home, "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["copied"], again["same"], again["events"]) == (0, shape["copied"], 0)


def test_a_second_store_is_an_archive_to_rebuild_from(kept, tmp_path):
    replicate(kept.config, LocalStore(tmp_path / "second"), clock=kept.clock)
    shutil.rmtree(kept.root)
    other = replace(kept, config=replace(kept.config, store=replace(kept.config.store, url=str(tmp_path / "second"))))
    fresh = other.on_an_empty_machine(tmp_path / "fresh")
    rebuild(fresh.config, clock=fresh.clock)
    assert archives.content(fresh) == archives.content(kept)


def test_other_bytes_in_the_second_store_are_named_and_stay(kept, tmp_path, capsys):
    key = kept.keys("warcs/")[0]
    place = tmp_path / "second"
    (place / key).parent.mkdir(parents=True)
    (place / key).write_bytes(b"other bytes")
    assert cli("replicate", place, "--archive", kept.config.home, "--json") == 8
    assert json.loads(capsys.readouterr().out)["differing"] == [key]
    assert (place / key).read_bytes() == b"other bytes"


def test_a_copy_that_was_damaged_later_is_seen_when_it_is_read_again(kept, tmp_path):
    second = LocalStore(tmp_path / "second")
    replicate(kept.config, second, clock=kept.clock)
    key = kept.keys("index/")[0]
    path = tmp_path / "second" / key
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert replicate(kept.config, second, clock=kept.clock).differing == []
    assert replicate(kept.config, second, reread=True, clock=kept.clock).differing == [key]


def test_damage_is_not_copied(kept, tmp_path):
    key = kept.keys("warcs/")[0]
    path = kept.root / key
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"?")
    second = LocalStore(tmp_path / "second")
    result = replicate(kept.config, second, clock=kept.clock)
    assert result.damaged == [key]
    assert second.stat(key) is None


def test_a_key_that_is_none_of_ours_is_named_and_stops_nothing(kept, tmp_path):
    for name in ("manifests/news/a b.json", "journal/a b.json", "articles/a b/news/x.jsonl.gz", "a b"):
        (kept.root / name).parent.mkdir(parents=True, exist_ok=True)
        (kept.root / name).write_bytes(b"{}")
    result = replicate(kept.config, LocalStore(tmp_path / "second"), clock=kept.clock)
    assert sorted(result.unknown) == [
        "a b",
        "articles/a b/news/x.jsonl.gz",
        "journal/a b.json",
        "manifests/news/a b.json",
    ]
    report = verify(kept.config, clock=kept.clock)
    assert {(p.kind, p.key) for p in report.problems} == {(DamageKind.UNKNOWN, key) for key in result.unknown}
    fresh = kept.on_an_empty_machine(tmp_path / "fresh")
    assert rebuild(fresh.config, clock=fresh.clock).captures == 14


def test_the_archives_own_store_is_no_second_one(kept, capsys):
    assert cli("replicate", kept.root, "--archive", kept.config.home) == 2
    assert "own store" in capsys.readouterr().err


def test_every_object_that_a_copy_holds_is_repaired_from_it(kept, tmp_path, capsys):
    second = tmp_path / "second"
    replicate(kept.config, LocalStore(second), clock=kept.clock)
    whole = {key: kept.store.get(key) for key in kept.keys("")}
    for number, key in enumerate(whole):
        path = kept.root / key
        path.chmod(0o644)
        data = bytearray(path.read_bytes())
        if number % 3 == 0:
            path.unlink()
        elif number % 3 == 1:
            data[len(data) // 2] ^= 0x01
            path.write_bytes(data)
        else:
            path.write_bytes(data[: len(data) // 3])
    before = archives.content(kept)
    assert cli("verify", "--archive", kept.config.home, "--json") == 8
    found = json.loads(capsys.readouterr().out)["problems"]
    assert {problem["key"] for problem in found} == set(whole)
    assert cli("verify", "--archive", kept.config.home, "--repair-from", second, "--json") == 0
    repaired = json.loads(capsys.readouterr().out)["problems"]
    assert {problem["key"] for problem in repaired} >= set(whole)
    assert all(problem["repaired"] for problem in repaired)
    assert {key: kept.store.get(key) for key in whole} == whole
    assert cli("verify", "--archive", kept.config.home, "--json") == 0
    after = archives.content(kept)
    assert {**after, "journal": None} == {**before, "journal": None}


def test_a_copy_that_is_damaged_too_repairs_nothing(kept, tmp_path):
    second = LocalStore(tmp_path / "second")
    replicate(kept.config, second, clock=kept.clock)
    key = kept.keys("warcs/")[0]
    for root in (kept.root, tmp_path / "second"):
        (root / key).chmod(0o644)
        (root / key).write_bytes(b"damaged")
    report = verify(kept.config, replica=second, clock=kept.clock)
    assert [(p.kind, p.key, p.repaired) for p in report.problems] == [(DamageKind.TRUNCATED, key, False)]
    assert kept.store.get(key) == b"damaged"


def test_a_store_that_goes_away_in_the_middle_ends_the_command_with_its_own_exit_code(kept, tmp_path, capsys):
    warcs = kept.root / "warcs" / "news"
    for path in warcs.rglob("*.warc.gz"):
        path.unlink()
        path.mkdir()
        path.rename(path.with_suffix(".moved"))
    shutil.rmtree(kept.root)
    kept.root.write_text("no directory")
    for command in (["verify"], ["rebuild"], ["replicate", str(tmp_path / "second")]):
        assert cli(*command, "--archive", kept.config.home) == 5
        assert "store" in capsys.readouterr().err


@pytest.mark.s3
def test_a_directory_is_copied_to_a_bucket_and_mended_from_it_and_back(
    kept, tmp_path, seaweed_server, monkeypatch, capsys
):
    for name, value in seaweed_server.environment.items():
        monkeypatch.setenv(name, value)
    bucket = seaweed_server.make_bucket("keep-copy")
    place = ("--endpoint-url", seaweed_server.endpoint_url)
    url = f"s3://{bucket}/second"
    assert cli("replicate", url, *place, "--archive", kept.config.home) == 0
    key = kept.keys("warcs/")[0]
    whole = kept.store.get(key)
    (kept.root / key).unlink()
    assert cli("verify", "--repair-from", url, *place, "--archive", kept.config.home) == 0
    assert kept.store.get(key) == whole
    capsys.readouterr()

    monkeypatch.setenv("ARCHIVER_STORE_URL", url)
    monkeypatch.setenv("ARCHIVER_STORE_ENDPOINT_URL", seaweed_server.endpoint_url)
    home = tmp_path / "fresh"
    assert cli("rebuild", "--archive", home, "--json") == 0
    assert json.loads(capsys.readouterr().out)["captures"] == 14
    assert cli("replicate", tmp_path / "third", "--archive", home) == 0
    third = LocalStore(tmp_path / "third")
    assert set(third.keys()) >= set(kept.keys("warcs/")) | set(kept.keys("manifests/"))

    client = seaweed_server.client()
    client.put_object(Bucket=bucket, Key=f"second/{key}", Body=b"damaged")
    assert cli("verify", "--archive", home) == 8
    assert cli("verify", "--repair-from", tmp_path / "third", "--archive", home) == 0
    section = replace(kept.config.store, endpoint_url=seaweed_server.endpoint_url)
    assert open_url(url, section=section).get(key) == whole
    seaweed = open_url(url, section=replace(section, endpoint_url="http://127.0.0.1:9", attempts=1))
    with pytest.raises(StorageError):
        replicate(kept.config, seaweed, clock=kept.clock)


def test_a_sidecar_of_another_extractor_is_no_stranger(kept):
    key = kept.keys("warcs/")[0]
    older = articles_key(key, replace(archives.EXTRACTOR, version="0.0.1"))
    data = kept.store.get(articles_key(key, archives.EXTRACTOR))
    kept.store.put(older, data, sha256=hashlib.sha256(data).hexdigest(), metadata={})
    assert verify(kept.config, clock=kept.clock).problems == []
