"""What `extract --explain` says of each block."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from template_pages import SUBJECTS, page, prose

from archiver.cli.main import main
from archiver.extract import ExtractionTask, extract
from archiver.extract.article_reader import read_sample
from archiver.extract.explain import explain
from archiver.extract.learning import learn
from archiver.model.site import Host, Profile, Site

from .pages import PARAGRAPHS, article_page

URL = "https://news.example/a"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_every_paragraph_is_a_kept_block_and_furniture_a_dropped_one_with_its_reason():
    html = article_page(
        below='<div class="related-box"><p>Three more stories from the harbour that you may have missed this week.</p></div>'
    )
    explained = explain(ExtractionTask(html, URL))
    assert explained.extraction == extract(html, url=URL)
    kept = [block for block in explained.blocks if block.kept]
    assert [block.text for block in kept] == list(PARAGRAPHS)
    assert {block.by for block in kept} == {"trafilatura"}
    box = next(block for block in explained.blocks if "missed this week" in block.text)
    assert not box.kept
    assert (box.by, box.why) == ("rule", "in div.related-box: related")
    assert all(block.why for block in explained.blocks)


def test_json_ld_is_named_where_it_chose():
    data = {
        "@type": "NewsArticle",
        "headline": "Harbour town opens its new library",
        "articleBody": "\n".join(PARAGRAPHS),
    }
    html = article_page(head=f'<script type="application/ld+json">{json.dumps(data)}</script>')
    assert {block.by for block in explain(ExtractionTask(html, URL)).blocks if block.kept} == {"json-ld"}


def test_a_profile_is_named_where_it_chose_and_where_it_drops():
    profile = Profile(hosts=("news.example",), body="div.article-body", drop=(".x1",))
    site = Site(name="news", hosts=(Host("news.example"),), profiles=(profile,))
    html = article_page(
        below='<div class="x1"><p>A line of which only the profile knows that it is none of the text.</p></div>'
    )
    blocks = explain(ExtractionTask(html, URL, site=site)).blocks
    assert {block.by for block in blocks if block.kept} == {"profile"}
    dropped = next(block for block in blocks if "only the profile" in block.text)
    assert (dropped.kept, dropped.by, dropped.why) == (False, "profile", "in div.x1, which the profile drops")


def test_what_was_learnt_is_named_with_its_evidence():
    samples = [read_sample(page(s), url=f"{URL}/{s}", at=AT + timedelta(hours=n)) for n, s in enumerate(SUBJECTS[:3])]
    model = learn([sample for sample in samples if sample], site="news", extractor="archiver-x")
    explained = explain(ExtractionTask(page("lighthouse"), URL, model=model))
    assert [block.text for block in explained.blocks if block.kept] == prose("lighthouse")
    box = next(block for block in explained.blocks if block.text == "Good to know")
    assert (box.kept, box.by) == (False, "learnt")
    assert box.why.startswith("in div.k7, which ")


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_explains_a_file_without_an_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
):
    file = tmp_path / "page.html"
    file.write_bytes(article_page())
    assert main(["extract", str(file), "--url", URL, "--explain", *(["--json"] if as_json else [])]) == 0
    out = capsys.readouterr().out
    if as_json:
        told = json.loads(out)
        assert [block["text"] for block in told["blocks"] if block["kept"]] == list(PARAGRAPHS)
        assert set(told["blocks"][0]) == {"kept", "by", "why", "kind", "element", "text"}
        assert told["settings"]["libraries"].startswith("trafilatura ")
    else:
        assert "kept\ttrafilatura\t" in out
        assert "dropped\trule\t" in out
    assert list(tmp_path.iterdir()) == [file]


def test_a_page_that_cannot_be_read_is_explained_by_its_verdict():
    explained = explain(ExtractionTask(b"%PDF-1.7", URL))
    assert explained.blocks == ()
    assert explained.extraction.reason == "no HTML but PDF"
