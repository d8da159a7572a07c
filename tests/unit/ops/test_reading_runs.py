"""What a run's reading makes of hard pages, of old templates, and of a site that was rebuilt."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import archives
import pytest
from exchanges import exchange
from template_pages import SUBJECTS, page, prose

from archiver.archive import Archive
from archiver.config.sites import built_in
from archiver.fetch.run.session import RunSession
from archiver.model.capture import Verdict
from archiver.model.run import Outcome, Run
from archiver.model.site import Host, Site

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
BOMB = gzip.compress(b"<p>" + bytes(60_000_000))
HARD = {
    "nested": HEAD + b"\r\n<html><body>" + b"<div>" * 10_000 + b"deep text",
    "zeros": HEAD + b"\r\n" + bytes(3_000_000),
    "bomb": HEAD + b"Content-Encoding: gzip\r\n\r\n" + BOMB,
    "broken-gzip": HEAD + b"Content-Encoding: gzip\r\n\r\n" + BOMB[:2000] + bytes(200),
    "huge": HEAD + b"\r\n<html><body>" + b"<p>short words in a row here</p>" * 620_000,
    "picture": HEAD + b"\r\n\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
}


@pytest.fixture
def kept(tmp_path: Path) -> archives.Kept:
    made = archives.Kept(archives.Config(home=tmp_path), archives.SteppingClock())
    config = replace(made.config, extract=replace(made.config.extract, workers=1))
    return archives.Kept(config, made.clock)


def crawl(kept: archives.Kept, site: Site, responses: dict[str, bytes]) -> Run:
    """A run that gets these answers, by path, and reads them."""
    session = RunSession.open(kept.config, site, clock=kept.clock, extract=True)
    for path, answer in responses.items():
        made = exchange(f"https://{site.hosts[0].name}/{path}", response=b"", at=kept.clock.now())
        made.response.append(answer)
        session.commit(made).result(120)
    return session.close(Outcome.FINISHED)


def test_hard_pages_are_kept_with_a_verdict_and_the_run_reads_the_others(kept: archives.Kept):
    town = Site(name="town", hosts=(Host("town.example"),))
    good = {subject: HEAD + b"\r\n" + page(subject, box=False) for subject in SUBJECTS[:3]}
    run = crawl(kept, town, HARD | good)
    assert (run.outcome, run.pages, run.articles) == (Outcome.FINISHED, 9, 3)
    with Archive(kept.config, clock=kept.clock) as archive:
        for capture in archive.captures(site="town"):
            reading = archive.article(capture)
            assert reading is not None
            assert reading.reason
            name = capture.url.rsplit("/", 1)[-1]
            assert (reading.verdict is Verdict.ARTICLE) == (name in good), (name, reading.reason)
            if name in good:
                assert reading.article is not None
                assert reading.article.paragraphs == tuple(prose(name))
    assert len(kept.keys("articles/")) == 1


OLD_TEMPLATE = """<html lang="vi"><head><title>Bến cảng mới | Vietnam+</title></head><body>
<div class="teasers"><p>Một câu chuyện khác mà người đọc có thể thích, kể về một cây cầu ở thị trấn bên cạnh.</p></div>
<header class="article-header"><p class="meta"><span class="author cms-author">Lan Anh</span></p>
<time>01/05/2019 - 08:00</time></header><h1 class="details__headline">Bến cảng mới của thị trấn</h1>
<div class="details__summary cms-desc">Hội đồng thị trấn họp hôm thứ Hai về bến cảng mới.</div>
<div class="content article-body cms-body AdAsia">{0}</div></body></html>"""
NEW_TEMPLATE = """<html lang="vi"><head><title>Bến cảng mới | Vietnam+</title></head><body>
<h1 class="article__title cms-title">Bến cảng mới của thị trấn</h1>
<div class="article__sapo cms-desc">Hội đồng thị trấn họp hôm thứ Hai về bến cảng mới.</div>
<div class="article__body zce-content-body cms-body" itemprop="articleBody">{0}</div></body></html>"""
TEXT = (
    "Hội đồng họp suốt ba giờ tối thứ Hai và bàn về giá của bến cảng mới, thứ mà ai cũng muốn nhưng chưa ai trả tiền.",
    "Không ai trong phòng muốn chờ tới mùa xuân, nhưng tiền cho công trình sẽ không có trước mùa hè, thị trưởng nói.",
    "Một báo cáo về sức chịu tải của bến cũ sẽ được đọc tại phiên họp sau, diễn ra trong hai tuần nữa.",
)


def test_an_old_capture_is_read_with_the_profile_of_its_time_whenever_it_is_read(kept: archives.Kept):
    body = "".join(f"<p>{line}</p>" for line in TEXT)
    site = built_in()["vietnamplus"]
    for year, template in ((2019, OLD_TEMPLATE), (2026, NEW_TEMPLATE)):
        kept.clock.at = datetime(year, 5, 1, 3, tzinfo=UTC)
        crawl(kept, site, {f"ben-cang-post{year}.vnp": HEAD + b"\r\n" + template.format(body).encode()})
    with Archive(kept.config, clock=kept.clock) as archive:
        found = {capture.at.year: archive.article(capture) for capture in archive.captures(site="vietnamplus")}
    assert [(e.settings["profile"], e.article.paragraphs) for _, e in sorted(found.items()) if e and e.article] == [
        ("vietnamplus ..2023-12-31", TEXT),
        ("vietnamplus 2024-01-01..", TEXT),
    ]


def test_a_site_that_was_rebuilt_shows_in_its_runs_and_in_its_rates(kept: archives.Kept):
    town = Site(name="town", hosts=(Host("town.example"),))
    before = crawl(kept, town, {s: HEAD + b"\r\n" + page(s, box=False) for s in SUBJECTS[:5]})
    kept.clock.at += timedelta(days=1)
    shell = b"\r\n<html><head><title>Town</title></head><body><div id='app'></div><script src='/app.js'></script>"
    after = crawl(kept, town, {f"new-{s}": HEAD + shell for s in SUBJECTS[:5]})
    assert [(run.pages, run.articles) for run in (before, after)] == [(5, 5), (5, 0)]
    with kept.catalog() as catalog:
        # What the rule of the alerts compares: articles among the pages of the newest runs, against those before.
        assert [(run.pages, run.articles) for run in catalog.runs.find("town", limit=10)] == [(5, 0), (5, 5)]
        days = catalog.readings.rates("town")
    assert [(day.rate, day.titled, day.empty) for day in days] == [(1.0, 5, 0), (0.0, 0, 5)]
