"""Which of two readings of the same pages stays: what they say otherwise, the newest accepted, the newest rejected."""

from __future__ import annotations

import json
from datetime import timedelta

import archives
import pytest
from exchanges import BEGUN, SteppingClock

from archiver.archive import Archive
from archiver.articles.learnt_models import Models
from archiver.articles.sidecar import write_sidecar
from archiver.catalog import CaptureFilter
from archiver.cli.main import main
from archiver.extract import EXTRACTOR, extractor_with
from archiver.journal.objects import keep_model, store_pending, withdraw_model
from archiver.model.article import Article, Extraction, Extractor
from archiver.model.capture import Kind, Verdict
from archiver.model.keys import extractor_of
from archiver.model.sitemodel import LearntText, SiteModel, versioned
from archiver.ops.settling import accept, compare, reject
from archiver.ops.verify import verify
from archiver.search import SearchIndex

OLD = Extractor("archiver", "1")


def model(site: str, word: str) -> SiteModel:
    return versioned(SiteModel(site, str(EXTRACTOR), 3, BEGUN, BEGUN, texts=(LearntText(word, 3, False, word),)))


def reading(extractor: Extractor, text: str | None, *, title: str = "The ferry") -> Extraction:
    if text is None:
        return Extraction(Verdict.EMPTY, "nothing", extractor)
    article = Article(title=title, text=text, paragraphs=(text,), word_count=2, extractor=extractor)
    return Extraction(Verdict.ARTICLE, "", extractor, article)


def put(kept: archives.Kept, site: str, extractor: Extractor, texts: list[str | None]) -> None:
    """What an extractor version read of a site's pages, with its sidecars."""
    kept.clock.at += timedelta(hours=1)
    with kept.catalog() as catalog:
        captures = list(catalog.captures.find(CaptureFilter(site=site, kind=Kind.PAGE)))
        for capture, text in zip(captures, texts, strict=False):
            extraction = reading(extractor, text)
            catalog.articles.put(capture.record_id, extraction, at=kept.clock.at)
            SearchIndex(catalog).add_readings([(capture, extraction)])
        for file in catalog.files.find(site=site):
            write_sidecar(file.key, catalog=catalog, store=kept.store)


@pytest.fixture
def kept(tmp_path) -> archives.Kept:
    """Two pages of one site read by an old version and then by this one, with a model; a page of another site read by this one."""
    made = archives.Kept(archives.Config(home=tmp_path), SteppingClock())
    made.run("news", "/a", "/b")
    made.run("other", "/c")
    put(made, "other", EXTRACTOR, ["cinema"])
    put(made, "news", EXTRACTOR, ["alpha menu", None])
    with made.catalog() as catalog:
        keep_model(model("news", "menu"), catalog=catalog)
        store_pending(catalog, made.store)
    put(made, "news", extractor_with(model("news", "menu")), ["alpha", "beta"])
    return made


def found(kept: archives.Kept, word: str) -> int:
    with kept.catalog() as catalog:
        return len(SearchIndex(catalog).search(word).hits)


def readers(kept: archives.Kept) -> list[str]:
    return sorted(str(extractor_of(key)) for key in kept.keys("articles/") if "/news-" in key)


def verdicts(kept: archives.Kept) -> list[Verdict | None]:
    with kept.catalog() as catalog:
        return [c.verdict for c in catalog.captures.find(CaptureFilter(site="news", kind=Kind.PAGE))]


def test_both_readings_are_compared_by_field_as_often_as_one_likes(kept: archives.Kept):
    for _ in range(2):
        changes = compare(kept.config, clock=kept.clock)
        assert (changes.pages, changes.same) == (2, 0)
        lines = {str(line["field"]): line for line in changes.as_json()}
        assert set(lines) == {"title", "text", "verdict"}
        assert [lines["text"][kind] for kind in ("changed", "gained", "lost")] == [1, 1, 0]
        assert lines["verdict"]["examples"] == ["https://news.example/b"]
    assert compare(kept.config, "other", clock=kept.clock).pages == 0


def test_readings_that_agree_are_counted_as_the_same(kept: archives.Kept):
    put(kept, "news", Extractor("archiver", "7"), ["alpha", "beta"])
    changes = compare(kept.config, "news", clock=kept.clock)
    assert (changes.pages, changes.same, changes.as_json()) == (2, 2, [])


def test_accepting_leaves_the_newest_reading_alone(kept: archives.Kept):
    (news,) = accept(kept.config, "news", clock=kept.clock)
    learnt = f"{EXTRACTOR}.{model('news', 'menu').version}"
    assert (news.extractor, news.dropped, news.sidecars) == (learnt, 2, 1)
    assert readers(kept) == [learnt]
    assert verdicts(kept) == [Verdict.ARTICLE] * 2
    assert (found(kept, "alpha"), found(kept, "menu"), found(kept, "cinema")) == (1, 0, 1)
    assert compare(kept.config, clock=kept.clock).pages == 0
    assert verify(kept.config, clock=kept.clock).problems == []
    (again,) = accept(kept.config, "news", clock=kept.clock)
    assert (again.dropped, again.sidecars) == (0, 0)


def test_rejecting_brings_back_the_older_reading_and_the_model_before(kept: archives.Kept):
    (news,) = reject(kept.config, "news", clock=kept.clock)
    assert (news.extractor, news.dropped, news.sidecars) == (str(EXTRACTOR), 2, 1)
    assert readers(kept) == [str(EXTRACTOR)]
    assert verdicts(kept) == [Verdict.ARTICLE, Verdict.EMPTY]
    assert (found(kept, "menu"), found(kept, "beta"), found(kept, "cinema")) == (1, 0, 1)
    with kept.catalog() as catalog:
        assert Models(catalog).of("news") is None
    assert verify(kept.config, clock=kept.clock).problems == []


def test_of_several_older_readings_the_one_read_last_is_shown_again(kept: archives.Kept):
    put(kept, "news", OLD, ["gamma", "gamma"])
    put(kept, "news", extractor_with(model("news", "menu")), ["alpha", "beta"])
    reject(kept.config, "news", clock=kept.clock)
    assert (found(kept, "gamma"), found(kept, "alpha")) == (2, 0)


def test_a_page_that_nobody_else_has_read_keeps_its_reading_when_the_newest_are_rejected(kept: archives.Kept):
    (other,) = reject(kept.config, "other", clock=kept.clock)
    assert other.dropped == 0
    assert found(kept, "cinema") == 1


def test_rejected_models_give_way_to_those_before_them_one_by_one(kept: archives.Kept):
    def in_force() -> str | None:
        now = Models(catalog).of("news")
        return now.version if now else None

    with kept.catalog() as catalog:
        first, second, third = (model("news", word) for word in ("menu", "share", "more"))
        assert in_force() == first.version
        assert keep_model(second, catalog=catalog)
        assert keep_model(third, catalog=catalog)
        for expected in (second.version, first.version, None, None):
            withdraw_model("news", catalog=catalog)
            assert in_force() == expected
        assert keep_model(second, catalog=catalog)
        assert in_force() == second.version


def test_the_commands_settle_as_told(kept: archives.Kept, capsys: pytest.CaptureFixture[str]):
    home = ["--archive", str(kept.config.home), "--json"]

    def told(*words: str) -> list[dict]:
        assert main(["extract", *words, *home]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    (compared,) = told("--compare", "news")
    assert (compared["pages"], compared["same"]) == (2, 0)
    (rejected,) = told("--reject", "news")
    assert (rejected["site"], rejected["extractor"], rejected["dropped"]) == ("news", str(EXTRACTOR), 2)
    accepted = told("--accept")
    assert [(line["site"], line["dropped"]) for line in accepted] == [("news", 0), ("other", 0)]
    rates = told("--rates", "news")
    assert [(day["pages"], day["articles"], day["rate"], day["empty"]) for day in rates] == [(2, 1, 0.5, 1)]


def test_what_is_settled_is_shown_to_people(kept: archives.Kept, capsys: pytest.CaptureFixture[str]):
    for words in ("--compare", "--rates", "--accept"):
        assert main(["extract", words, "news", "--archive", str(kept.config.home)]) == 0
        assert "news" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["--accept", "--reject"], ["--all", "--learn"], ["--at", "2026", "x", "--url", "http://a.example/"]]
)
def test_two_things_at_a_time_are_refused(kept: archives.Kept, words: list[str]):
    assert main(["extract", *words, "--archive", str(kept.config.home)]) == 2


def test_readers_are_shown_what_was_chosen(kept: archives.Kept):
    reject(kept.config, "news", clock=kept.clock)
    with Archive(kept.config, clock=kept.clock) as archive:
        assert [article.text for _, article in archive.articles(site="news")] == ["alpha menu"]
