"""The main job on the model newspaper: crawl it by its sites, and hold what is held against what the server sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.catalog import CaptureFilter
from archiver.config import load
from archiver.config.sites import built_in
from archiver.demo import DemoServer, Newspaper
from archiver.demo.exchange_log import LoggedExchange, read_exchanges
from archiver.demo.moments import EVENING
from archiver.discover import ScopeRules
from archiver.model.capture import Kind
from archiver.model.keys import articles_key, cdxj_key, manifest_key
from archiver.model.record import RecordType
from archiver.warc import check_file, deframe, iter_records, split_head
from tests.fork_server import run_python

EDITIONS = ("www.vietnamplus.vn", "en.vietnamplus.vn", "fr.vietnamplus.vn")
KEY = ScopeRules(built_in()["vietnamplus"]).key
"""One article of the model stands under an old and a new address: it is one page, held under the first one seen."""


@dataclass
class Crawled:
    """A crawled newspaper: the archive's home, the runs, the server's log, and the environment of its commands."""

    home: Path
    log: Path
    newspaper: Newspaper
    server: DemoServer
    environment: dict[str, str]
    runs: list[dict] = field(default_factory=list)
    first: tuple[list[LoggedExchange], list[Path]] = ((), ())

    def archiver(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess:
        done = run_python(["-m", "archiver", *arguments], env=self.environment, timeout=300)
        assert done.returncode == code, done.stderr
        return done

    def crawl(self, site: str, *more: str) -> dict:
        run = json.loads(self.archiver("crawl", site, "--json", "--concurrency", "8", *more).stdout)
        self.runs.append(run)
        return run

    @property
    def archive(self) -> Archive:
        return Archive(load(self.home))


def environment(home: Path, server: DemoServer, **more: str) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
    return {
        **keep,
        "ARCHIVER_ARCHIVE": str(home),
        "ARCHIVER_FETCH_CONNECT_TO": " ".join(server.connect_to),
        "ARCHIVER_FETCH_CA_FILE": str(server.ca_file),
        "ARCHIVER_ARCHIVE_MODEL": "true",
        **more,
    }


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newspaper")
    newspaper = Newspaper()
    with DemoServer(newspaper, directory=folder / "ca", log_dir=folder / "log") as server:
        made = Crawled(folder / "archive", folder / "log", newspaper, server, environment(folder / "archive", server))
        made.crawl("vietnamplus")
        made.first = (list(read_exchanges(made.log)), spilled(made))
        yield made


def held_pages(archive: Archive, kind: Kind | None = None) -> set[str]:
    return {
        KEY(c.url)
        for c in archive.catalog.captures.find(CaptureFilter(site="vietnamplus", kind=kind))
        if c.status == 200
    }


def wanted(newspaper: Newspaper) -> set[str]:
    pages = newspaper.pages()
    every = (*pages.articles, *pages.listings, *pages.further)
    return {KEY(url) for url in every if any(f"//{host}/" in url for host in EDITIONS)}


def test_a_crawl_holds_every_published_page_of_every_edition(crawled):
    with crawled.archive as archive:
        assert wanted(crawled.newspaper) <= held_pages(archive)
    assert crawled.runs[0]["outcome"] == "finished"


def test_every_article_is_read_as_one_with_its_title(crawled):
    truths = {KEY(t.url): t for t in crawled.newspaper.articles() if t.host in EDITIONS}
    with crawled.archive as archive:
        read = {KEY(capture.url): article for capture, article in archive.articles(site="vietnamplus")}
    assert set(truths) <= set(read)
    wrong = [key for key, truth in truths.items() if read[key].title != truth.title]
    assert len(wrong) <= 0.01 * len(truths), wrong


def test_the_records_hold_byte_for_byte_what_the_server_got_and_sent(crawled):
    sent: Counter[tuple[bytes, bytes, bytes]] = Counter()
    for exchange in crawled.first[0]:
        if exchange.complete:
            head, body = split_head((crawled.log / exchange.response).read_bytes())
            plain = deframe(head, body)
            sent[(crawled.log / exchange.request).read_bytes(), plain.head, plain.body.read()] += 1
    kept: Counter[tuple[bytes, bytes, bytes]] = Counter()
    heads: Counter[tuple[bytes, bytes]] = Counter()
    for file in crawled.first[1]:
        pair: dict[str, bytes] = {}
        answer = None
        for record in iter_records(file):
            if record.type in {RecordType.RESPONSE, RecordType.REVISIT}:
                answer = record
            elif record.type is RecordType.REQUEST and answer is not None:
                pair["request"] = record.block.read()
                head = answer.http.head_bytes
                if answer.type is RecordType.RESPONSE:
                    kept[pair["request"], head, answer.http.body.read()] += 1
                else:
                    heads[pair["request"], head] += 1
    assert sum(kept.values()) > 1000
    assert not kept - sent
    missing = sent - kept
    assert not Counter({(request, head): n for (request, head, _), n in missing.items()}) - heads


def spilled(crawled: Crawled) -> list[Path]:
    """The stored WARC files, as files of their own names."""
    return sorted((crawled.home / "store" / "warcs").rglob("*.warc.gz"))


def test_every_stored_warc_passes_our_check_and_those_of_others(crawled):
    files = spilled(crawled)
    assert files
    for file in files:
        report = check_file(file)
        assert report.problems == ()
        assert report.counts["warcinfo"] >= 1
        assert subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(file)], check=False).returncode == 0
        assert (
            subprocess.run(
                [str(Path(sys.executable).with_name("fastwarc")), "check", str(file)], check=False, capture_output=True
            ).returncode
            == 0
        )


def test_each_warc_has_its_index_manifest_and_articles_and_the_spool_is_empty(crawled):
    from archiver.extract import EXTRACTOR

    with crawled.archive as archive:
        for key in archive.store.keys("warcs/"):
            for other in (cdxj_key(key), manifest_key(key), articles_key(key, EXTRACTOR)):
                assert archive.store.stat(other) is not None, other
    assert not list((crawled.home / "spool").glob("*/*.warc.gz*"))


def test_every_warc_of_a_model_archive_says_so(crawled):
    for file in spilled(crawled):
        first = next(iter(iter_records(file)))
        assert dict(first.warc_fields())["archiver-model"] == "true"


def test_a_second_crawl_takes_only_what_is_new_or_due(crawled):
    before = len(list(read_exchanges(crawled.log)))
    again = crawled.crawl("vietnamplus")
    assert again["new"] == 0
    # The newspaper's days are fixed and ours is not: a moment at which an article is looked at again may just have come.
    assert again["pages"] < 0.05 * crawled.runs[0]["pages"]
    crawled.newspaper.at = EVENING
    try:
        later = crawled.crawl("vietnamplus")
        with crawled.archive as archive:
            assert {KEY(t.url) for t in crawled.newspaper.articles() if t.host in EDITIONS} <= held_pages(archive)
        assert 0 < later["new"] < 0.2 * crawled.runs[0]["pages"]
    finally:
        crawled.newspaper.at = Newspaper().at
    assert len(list(read_exchanges(crawled.log))) < 1.7 * before


def test_a_page_comes_back_by_url_and_date_in_every_form(crawled):
    url = "https://www.vietnamplus.vn/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au-post1073489.vnp"
    got = json.loads(crawled.archiver("get", url, "--as", "json").stdout)
    assert got["capture"]["url"] == url
    assert got["article"]["title"] == "Nga nêu quan điểm về tầm nhìn cấu trúc an ninh Á-Âu"
    text = crawled.archiver("get", url, "--as", "text", "--at", "2026").stdout
    assert text.rstrip("\n") == got["article"]["text"]
    raw = crawled.archiver("get", url, "--as", "html").stdout
    assert got["article"]["title"] in raw
    crawled.archiver("get", url + "x", code=3)


def test_the_words_of_an_article_find_it_with_and_without_their_marks(crawled):
    for query in ("cấu trúc an ninh Á-Âu", "cau truc an ninh a-au"):
        hits = [json.loads(line) for line in crawled.archiver("search", query, "--json").stdout.splitlines()]
        assert hits[0]["url"].endswith("post1073489.vnp")


def test_held_says_held_missing_or_unknown_of_each_url(crawled, tmp_path):
    urls = tmp_path / "urls.txt"
    urls.write_text("https://www.vietnamplus.vn/\nhttps://www.vietnamplus.vn/not-there-post1.vnp\nnonsense\n")
    answers = [json.loads(line) for line in crawled.archiver("held", str(urls), "--json").stdout.splitlines()]
    assert [answer["state"] for answer in answers] == ["held", "unknown", "unknown"]
    assert answers[0]["nearest"]["url"] == "https://www.vietnamplus.vn/"


def test_an_article_under_two_addresses_is_held_under_both(crawled):
    twins = [(t.url, t.duplicate_of) for t in crawled.newspaper.articles() if t.duplicate_of]
    assert twins
    with crawled.archive as archive:
        for url in {url for pair in twins for url in pair}:
            assert archive.held(url).state == "held"
            assert any(capture.url == url for capture in archive.captures(url))


@pytest.mark.slow
def test_scrapy_crawl_makes_the_same_rows(crawled, tmp_path):
    home = tmp_path / "archive"
    done = run_python(
        ["-m", "scrapy", "crawl", "vietnamplus", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8"],
        env={**environment(home, crawled.server), "SCRAPY_SETTINGS_MODULE": "archiver.settings"},
        cwd=tmp_path,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first = crawled.runs[0]["run"]

    def rows(archive: Archive, run: str) -> set[tuple[str, int | None, str]]:
        return {(KEY(c.url), c.status, c.kind.value) for c in archive.catalog.captures.find(CaptureFilter(run=run))}

    with crawled.archive as ours, Archive(load(home)) as theirs:
        run = theirs.catalog.runs.find("vietnamplus")[0]
        assert run.outcome == "finished"
        assert rows(theirs, run.id) == rows(ours, first)
        assert theirs.catalog.articles.get is not None
        assert len(list(theirs.articles())) == crawled.runs[0]["articles"]


@pytest.mark.s3
def test_with_an_s3_store_the_bucket_holds_everything_and_the_spool_nothing(crawled, tmp_path, seaweed_server):
    from archiver.extract import EXTRACTOR

    bucket = seaweed_server.make_bucket("newspaper")
    home = tmp_path / "archive"
    s3 = {
        **seaweed_server.environment,
        "ARCHIVER_STORE_URL": f"s3://{bucket}/news",
        "ARCHIVER_STORE_ENDPOINT_URL": seaweed_server.endpoint_url,
    }
    here = Crawled(home, crawled.log, crawled.newspaper, crawled.server, environment(home, crawled.server, **s3))
    run = here.crawl("vietnam.vn")
    assert run["articles"] == sum(1 for t in crawled.newspaper.articles() if t.host == "www.vietnam.vn")
    client = seaweed_server.client()
    listed = client.list_objects_v2(Bucket=bucket, Prefix="news/")["Contents"]
    keys = {item["Key"].removeprefix("news/") for item in listed}
    for key in run["files"]:
        assert {key, cdxj_key(key), manifest_key(key), articles_key(key, EXTRACTOR)} <= keys
    head = client.head_object(Bucket=bucket, Key=f"news/{run['files'][0]}")
    assert head["Metadata"]["runs"] == run["run"]
    assert not list((home / "spool").glob("*/*.warc.gz*"))
    copy = "https://www.vietnam.vn/fr/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au"
    article = json.loads(here.archiver("get", copy, "--as", "json").stdout)["article"]
    assert article["source_url"].endswith("post1073489.vnp")
    assert article["language"] == "fr"
    assert "Comment (0)" not in article["text"]
    assert "Source" not in article["text"]
