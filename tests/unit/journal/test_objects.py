"""The journal outlives the catalogue: each entry is an object of the store, and is read back from there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from exchanges import Bench

from archiver.catalog import JournalEntry
from archiver.config import Config
from archiver.config.sites import built_in, find_site, site_file
from archiver.errors import DamageFound, StoreRefused
from archiver.journal.events import SUCCESS, EventType, record_event
from archiver.journal.objects import (
    entry_bytes,
    entry_of,
    keep_run,
    keep_site_file,
    key_of,
    read_entry,
    run_of,
    store_pending,
)
from archiver.model.run import Outcome, Run

AT = datetime(2026, 11, 24, 2, 0, 0, 123000, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path):
    made = Bench.make(tmp_path / "archive")
    yield made
    made.catalog.close()


def test_an_entry_is_read_back_from_its_object_as_it_was(bench):
    entry = bench.catalog.journal.record("schedule", {"site": "news", "tiêu đề": ["a", None, 1]})
    assert store_pending(bench.catalog, bench.store) == 1
    key = key_of(entry)
    assert key == f"journal/2026/11/{entry.id}.json"
    assert read_entry(key, bench.store) == replace(entry, stored=True)
    assert bench.catalog.journal.get(entry.id).stored
    assert json.loads(bench.store.get(key)) == {
        "id": entry.id,
        "at": "2026-11-24T02:00:00.124Z",
        "kind": "schedule",
        "body": {"site": "news", "tiêu đề": ["a", None, 1]},
    }


def test_what_is_stored_is_not_stored_again(bench):
    bench.catalog.journal.record("schedule", {})
    store_pending(bench.catalog, bench.store)
    before = list(bench.store.keys())
    assert store_pending(bench.catalog, bench.store) == 0
    assert list(bench.store.keys()) == before


def test_a_store_that_is_away_leaves_the_entry_waiting(bench):
    entry = bench.catalog.journal.record("schedule", {})
    root = bench.config.home / "store"
    root.write_text("in the way")
    with pytest.raises(StoreRefused):
        store_pending(bench.catalog, bench.store)
    assert not bench.catalog.journal.get(entry.id).stored
    root.unlink()
    assert store_pending(bench.catalog, bench.store) == 1


def test_an_upload_that_a_crash_left_unsaid_is_made_again(bench):
    entry = bench.catalog.journal.record("schedule", {"n": 1})
    store_pending(bench.catalog, bench.store)
    bench.catalog.journal.put_back(replace(entry, stored=False))
    assert store_pending(bench.catalog, bench.store) == 1


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"id": "a"}', b'{"id":"a","at":"x","kind":"k","body":{}}', b"\xff"]
)
def test_what_is_no_entry_is_damage(bench, data):
    with pytest.raises(ValueError):
        entry_of(data)
    path = bench.config.home / "store" / "journal" / "2026" / "11" / "X.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    with pytest.raises(DamageFound):
        read_entry("journal/2026/11/X.json", bench.store)


def test_an_entry_under_the_key_of_another_is_damage(bench):
    path = bench.config.home / "store" / "journal" / "2026" / "11" / "X.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(entry_bytes(JournalEntry("Y", AT, "event", {})))
    with pytest.raises(DamageFound, match="holds the entry 'Y'"):
        read_entry("journal/2026/11/X.json", bench.store)


def test_a_site_file_is_kept_when_it_is_another_than_the_last(bench):
    first = keep_site_file("news", b'name = "news"\n', own=True, catalog=bench.catalog)
    assert keep_site_file("news", b'name = "news"\n', own=True, catalog=bench.catalog) == first
    changed = keep_site_file("news", b'name = "news" # changed\n', own=True, catalog=bench.catalog)
    assert [entry.body["toml"] for entry in bench.catalog.journal.find("site")] == [
        'name = "news"\n',
        'name = "news" # changed\n',
    ]
    assert changed.body["digest"] != first.body["digest"]


def test_the_bytes_of_a_site_file_are_those_that_its_digest_names(tmp_path):
    config = Config(home=tmp_path)
    config.sites_dir.mkdir()
    text = 'name = "mine"\nhosts = [{ name = "mine.example" }]\n'
    (config.sites_dir / "mine.toml").write_text(text)
    site = find_site("mine", config)
    assert site_file(site, config) == text.encode()
    (config.sites_dir / "mine.toml").write_text(text + "# changed\n")
    assert site_file(site, config) is None
    for known in built_in().values():
        assert site_file(known, config) is not None


def test_a_run_is_read_back_from_its_entry(bench):
    run = Run(
        id="01RUN",
        site="news",
        started_at=AT,
        ended_at=AT,
        outcome=Outcome.LIMIT,
        captures=5,
        pages=3,
        new=2,
        revisits=1,
        failed=1,
        bytes=12345,
        files=("warcs/a",),
        articles=2,
        site_digest="ab",
    )
    entry = keep_run(run, catalog=bench.catalog)
    assert run_of(entry_of(entry_bytes(entry)).body) == run
    open_run = Run(id="01RUN", site="news", started_at=AT)
    assert run_of(keep_run(open_run, catalog=bench.catalog).body) == open_run
    with pytest.raises(ValueError, match="not a run"):
        run_of({"run": "01RUN"})


def test_an_event_says_what_was_done_to_which_object_by_what_and_how_it_went(bench):
    entry = record_event(
        bench.catalog, EventType.FIXITY_CHECK, key="warcs/a", outcome=SUCCESS, detail="all sound", facts={"bytes": 7}
    )
    body = bench.catalog.journal.get(entry.id).body
    assert body["type"] == "fixity check"
    assert body["dateTime"] == "2026-11-24T02:00:00.124Z"
    assert (body["outcome"], body["detail"], body["object"], body["facts"]) == (
        "success",
        "all sound",
        "warcs/a",
        {"bytes": 7},
    )
    assert body["agent"]["software"] == "news-archiver"


def test_an_event_that_happened_once_is_told_once(bench):
    for _ in range(2):
        record_event(bench.catalog, EventType.INGESTION, key="warcs/a", outcome=SUCCESS, once_at=AT)
    record_event(bench.catalog, EventType.INGESTION, key="warcs/b", outcome=SUCCESS, once_at=AT)
    assert [
        entry.body["object"] for entry in sorted(bench.catalog.journal.find("event"), key=lambda e: e.body["object"])
    ] == [
        "warcs/a",
        "warcs/b",
    ]
