"""A scheduled run leaves its last file open, and the site's next run goes on with it while it is whole and young."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from exchanges import Bench, exchange

from archiver.capture.committer import Committer
from archiver.capture.spoolfile import WriterFacts
from archiver.sealing.contents import read_contents
from archiver.sealing.recovery import KeepOpen, Recovered, settle
from archiver.warc import check_file

YOUNG = KeepOpen(max_size=10**9, max_age=86_400)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench.make(tmp_path / "archive")
    yield made
    made.catalog.close()


def left(bench: Bench, keep: KeepOpen = YOUNG) -> Recovered:
    result = Recovered()
    settle("news", bench.config.spool_dir, catalog=bench.catalog, clock=bench.clock, result=result, keep=keep)
    return result


def run(bench: Bench, run_id: str, *urls: str, keep_open: bool = True) -> Committer:
    facts = WriterFacts(
        spool_dir=bench.config.spool_dir,
        site="news",
        run=run_id,
        host="box",
        max_size=10**9,
        max_age=86_400,
        warcinfo={"archiver-site": "news", "archiver-run": run_id},
    )
    before = next(iter(left(bench).left_open), None)
    committer = Committer(
        bench.catalog, facts, clock=bench.clock, on_sealed=bench.sealed.append, left_open=before, keep_open=keep_open
    )
    for url in urls:
        committer.submit(exchange(url, at=bench.clock.now())).result(60)
    committer.close()
    return committer


def only(bench: Bench) -> Path:
    (path,) = (bench.config.spool_dir / "news").iterdir()
    return path


def test_the_next_run_appends_after_a_warcinfo_of_its_own_and_the_file_tells_of_both(bench):
    first = run(bench, "01A", "https://news.example/a")
    assert only(bench).name.endswith(".open")
    second = run(bench, "01B", "https://news.example/b", keep_open=False)
    assert first.files == second.files
    (file,) = bench.sealed
    assert check_file(file.path).problems == ()
    facts = read_contents(file.path, file.key)
    assert facts.runs == ("01A", "01B")
    assert {capture.url[-1]: capture.run for capture in facts.captures} == {"a": "01A", "b": "01B"}
    assert sorted(facts.captures, key=lambda c: c.surt) == list(bench.catalog.captures.find())
    assert bench.catalog.files.get(file.key).runs == ("01A", "01B")
    assert first.bytes + second.bytes == file.path.stat().st_size


def test_a_run_that_fetched_nothing_leaves_the_file_as_it_was_or_seals_it(bench):
    run(bench, "01A", "https://news.example/a")
    before = only(bench).read_bytes()
    assert run(bench, "01B").files == []
    assert only(bench).read_bytes() == before
    run(bench, "01C", keep_open=False)
    assert len(bench.sealed) == 1
    assert only(bench).read_bytes()[: len(before)] == before
    assert check_file(only(bench)).problems == ()


def test_a_file_that_a_killed_run_appended_to_is_cut_and_sealed(bench):
    run(bench, "01A", "https://news.example/a")
    path = only(bench)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    found = left(bench)
    assert (found.left_open, found.cut_bytes) == ([], 50)
    assert only(bench).read_bytes() == whole
    assert not only(bench).name.endswith(".open")


@pytest.mark.parametrize("days", [1, -1])
def test_a_file_that_is_old_or_of_a_future_that_is_none_is_sealed(bench, days):
    run(bench, "01A", "https://news.example/a")
    bench.clock.at += timedelta(days=days)
    assert left(bench).left_open == []
    assert not only(bench).name.endswith(".open")


def test_a_full_file_is_sealed_and_without_leave_to_keep_it_any_is(bench):
    run(bench, "01A", "https://news.example/a")
    assert len(left(bench).left_open) == 1
    assert left(bench, KeepOpen(max_size=only(bench).stat().st_size, max_age=86_400)).left_open == []
