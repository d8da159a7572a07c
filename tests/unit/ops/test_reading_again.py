"""Reading an archive again with what was learnt: both readings stay, what changed is told, a break loses nothing."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import archives
import pytest
from exchanges import exchange
from template_pages import SUBJECTS, page, prose

from archiver.catalog import ArticleFilter, CaptureFilter
from archiver.cli.main import main
from archiver.extract import EXTRACTOR
from archiver.fetch.run.session import RunSession
from archiver.model.article import Extractor
from archiver.model.capture import Verdict
from archiver.model.keys import extractor_of
from archiver.model.run import Outcome
from archiver.ops.learning import Learnt, learn_sites
from archiver.ops.rebuild import rebuild
from archiver.ops.reread import ReadResult, read_archive
from archiver.ops.verify import verify

ARTICLES = SUBJECTS[:5]


def crawl(kept: archives.Kept, subjects: tuple[str, ...], *, extract: bool = True) -> None:
    """A run that captures these articles, read as a run reads them."""
    session = RunSession.open(kept.config, kept.site("town"), clock=kept.clock, extract=extract)
    for subject in subjects:
        made = exchange(f"https://town.example/{subject}", response=b"", at=kept.clock.now())
        made.response.append(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page(subject))
        session.commit(made).result(30)
    session.close(Outcome.FINISHED)


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> archives.Kept:
    kept = archives.Kept(archives.Config(home=tmp_path_factory.mktemp("town")), archives.SteppingClock())
    config = replace(kept.config, extract=replace(kept.config.extract, workers=1))
    kept = archives.Kept(replace(config, store=replace(config.store, url="store")), kept.clock)
    crawl(kept, ARTICLES)
    return kept


def copy(kept: archives.Kept, home: Path) -> archives.Kept:
    shutil.copytree(kept.config.home, home)
    return archives.Kept(replace(kept.config, home=home), archives.SteppingClock(kept.clock.at))


@pytest.fixture(scope="module")
def once_taught(read_once: archives.Kept, tmp_path_factory: pytest.TempPathFactory) -> tuple[archives.Kept, Learnt]:
    kept = copy(read_once, tmp_path_factory.mktemp("taught") / "archive")
    return kept, learnt(kept)


@pytest.fixture(scope="module")
def once_again(
    once_taught: tuple[archives.Kept, Learnt], tmp_path_factory: pytest.TempPathFactory
) -> tuple[archives.Kept, ReadResult, list[tuple[int, int]]]:
    kept = copy(once_taught[0], tmp_path_factory.mktemp("again") / "archive")
    said: list[tuple[int, int]] = []
    result = read_archive(kept.config, on_page=lambda done, total: said.append((done, total)), clock=kept.clock)
    return kept, result, said


@pytest.fixture
def taught(once_taught: tuple[archives.Kept, Learnt], tmp_path: Path) -> archives.Kept:
    """An archive that has learnt, and has not read again."""
    return copy(once_taught[0], tmp_path / "archive")


@pytest.fixture
def again(once_again: tuple[archives.Kept, ReadResult, list[tuple[int, int]]], tmp_path: Path) -> archives.Kept:
    """An archive that has read again with what it learnt."""
    return copy(once_again[0], tmp_path / "archive")


def learnt(kept: archives.Kept):
    return next(iter(learn_sites(kept.config, "town", clock=kept.clock)))


def texts(kept: archives.Kept) -> list[tuple[str, ...]]:
    with kept.catalog() as catalog:
        return sorted(e.article.paragraphs for _, e in catalog.articles.find(ArticleFilter(site="town")) if e.article)


CHANGED = {"site": "town", "field": "text", "changed": 5, "gained": 0, "lost": 0, "examples": None}
RIGHT = sorted(tuple(prose(subject)) for subject in ARTICLES)


def test_what_was_learnt_reads_the_archive_again_and_tells_what_changed(read_once, once_taught, once_again):
    kept, result, said = once_again
    assert texts(read_once) != RIGHT
    assert once_taught[1].new
    assert once_taught[1].pages == 5
    assert texts(kept) == RIGHT
    assert (result.read, result.changes.pages, result.articles, result.dropped) == (5, 5, 5, 0)
    (line,) = result.changes.as_json()
    assert line | {"examples": None} == CHANGED
    assert len(line["examples"]) == 3
    assert len(result.sidecars) == 1
    assert said == [(n, 5) for n in range(1, 6)]


def test_both_readings_stay_and_each_names_the_model_it_was_made_with(again: archives.Kept, once_taught):
    model = once_taught[1].model
    by_model = f"{EXTRACTOR}.{model.version}"
    with again.catalog() as catalog:
        assert catalog.readings.versions(site="town") == {str(EXTRACTOR): 5, by_model: 5}
        for capture, extraction in catalog.articles.find(ArticleFilter(site="town")):
            assert str(extraction.extractor) == by_model
            assert extraction.settings["model"] == f"town {model.version}"
            old = catalog.articles.get(capture.record_id, EXTRACTOR)
            assert old is not None
            assert "model" not in old.settings
    assert {str(extractor_of(key)) for key in again.keys("articles/")} == {str(EXTRACTOR), by_model}


def test_nothing_new_is_learnt_or_read_twice(again: archives.Kept):
    assert not learnt(again).new
    result = read_archive(again.config, clock=again.clock)
    assert (result.read, result.changes.pages, result.changes.as_json()) == (0, 0, [])


def test_older_readings_go_when_told(again: archives.Kept):
    assert read_archive(again.config, drop_old=True, clock=again.clock).dropped == 5
    with again.catalog() as catalog:
        assert len(catalog.readings.versions(site="town")) == 1
        assert {capture.verdict for capture in catalog.captures.find(CaptureFilter(site="town"))} == {Verdict.ARTICLE}
    assert len(again.keys("articles/")) == 1
    assert texts(again) == RIGHT
    assert verify(again.config, clock=again.clock).problems == []


def test_a_reading_that_no_newer_one_replaces_is_not_dropped(again: archives.Kept):
    with again.catalog() as catalog:
        assert catalog.readings.drop_others(Extractor("archiver", "99"), site="town") == 0
        assert sum(catalog.readings.versions(site="town").values()) == 10


def test_a_reading_that_is_broken_off_goes_on_where_it_was(taught: archives.Kept):
    stop = threading.Event()
    first = read_archive(taught.config, on_page=lambda *_: stop.set(), stop=stop, clock=taught.clock)
    second = read_archive(taught.config, clock=taught.clock)
    assert first.read >= 1
    assert first.read + second.read == 5
    assert texts(taught) == RIGHT


def test_a_run_reads_new_pages_with_what_was_learnt(again: archives.Kept):
    crawl(again, ("lighthouse",))
    with again.catalog() as catalog:
        newest = next(e for c, e in catalog.articles.find(ArticleFilter(site="town")) if c.url.endswith("lighthouse"))
    assert newest.article is not None
    assert newest.article.paragraphs == tuple(prose("lighthouse"))


def test_model_and_both_readings_come_back_from_the_store_alone(again: archives.Kept, tmp_path: Path):
    with again.catalog() as catalog:
        versions = catalog.readings.versions(site="town")
    empty = archives.Kept(
        replace(again.config, home=tmp_path / "empty", store=replace(again.config.store, url=again.config.store_url)),
        archives.SteppingClock(again.clock.at + timedelta(days=1)),
    )
    assert rebuild(empty.config, clock=empty.clock).problems == []
    with empty.catalog() as catalog:
        assert catalog.readings.versions(site="town") == versions
    assert texts(empty) == RIGHT
    assert read_archive(empty.config, clock=empty.clock).read == 0


def test_the_command_learns_reads_and_reports_as_json(
    read_once: archives.Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARCHIVER_EXTRACT_WORKERS", "1")
    home = str(copy(read_once, tmp_path / "archive").config.home)
    assert main(["extract", "--learn", "town", "--archive", home, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["site"], told["pages"], told["new"]) == ("town", 5, True)
    assert main(["extract", "--all", "--archive", home, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["read"] == result["again"] == 5
    assert [line | {"examples": None} for line in result["changes"]] == [CHANGED]


def test_a_held_page_is_explained_with_what_was_learnt_of_its_site(
    taught: archives.Kept, once_taught: tuple[archives.Kept, Learnt], capsys: pytest.CaptureFixture[str]
):
    home = str(taught.config.home)
    assert main(["extract", "--url", "https://town.example/ferry", "--explain", "--json", "--archive", home]) == 0
    told = json.loads(capsys.readouterr().out)
    assert once_taught[1].model is not None
    assert told["settings"]["model"] == f"town {once_taught[1].model.version}"
    assert [block["text"] for block in told["blocks"] if block["kept"]] == prose("ferry")
    box = next(block for block in told["blocks"] if block["text"] == "Good to know")
    assert (box["kept"], box["by"]) == (False, "learnt")
    assert main(["extract", "--url", "https://town.example/never", "--archive", home]) == 3


def test_pages_that_nobody_has_read_yet_are_learnt_from_too(tmp_path: Path):
    kept = archives.Kept(archives.Config(home=tmp_path), archives.SteppingClock())
    config = replace(kept.config, extract=replace(kept.config.extract, workers=1))
    kept = archives.Kept(config, kept.clock)
    crawl(kept, ARTICLES[:3], extract=False)
    assert learnt(kept).pages == 3


def test_a_site_that_nobody_knows_cannot_be_learnt(read_once: archives.Kept, capsys: pytest.CaptureFixture[str]):
    assert main(["extract", "--learn", "nowhere", "--archive", str(read_once.config.home)]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_rates_are_counted_by_site_and_day(again: archives.Kept):
    with again.catalog() as catalog:
        (day,) = catalog.readings.rates("town")
        assert (day.pages, day.articles, day.titled, day.rate) == (5, 5, 5, 1.0)
        assert day.day == again.clock.at.date()
        assert day.words > 100
        assert catalog.readings.rates("other") == []
