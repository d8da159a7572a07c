"""``archiver sites add`` and ``check`` on the model newspaper, by the real command."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive
from archiver.catalog import CaptureFilter
from archiver.config import load
from archiver.config.sites import built_in, own_sites
from archiver.demo import DemoServer, Newspaper
from archiver.discover import PageClass, ScopeRules
from archiver.model.capture import Kind
from archiver.model.site import SourceKind
from tests.fork_server import run_python

HOME = "https://www.vietnamplus.vn/"
HOST = "www.vietnamplus.vn"


@dataclass
class Desk:
    """A model newspaper, and an archive for it."""

    home: Path
    server: DemoServer

    def archiver(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
        done = run_python(
            ["-m", "archiver", *arguments],
            env={
                **keep,
                "ARCHIVER_ARCHIVE": str(self.home),
                "ARCHIVER_FETCH_CONNECT_TO": " ".join(self.server.connect_to),
                "ARCHIVER_FETCH_CA_FILE": str(self.server.ca_file),
                "ARCHIVER_ARCHIVE_MODEL": "true",
                "ARCHIVER_FETCH_REQUISITES": "none",
            },
            timeout=300,
        )
        assert done.returncode == code, done.stderr
        return done

    def lines(self, *arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.archiver(*arguments, "--json").stdout.splitlines()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("sites")
    (folder / "archive" / "sites").mkdir(parents=True)
    with DemoServer(Newspaper(), directory=folder / "ca") as server:
        made = Desk(folder / "archive", server)
        made.archiver("init")
        yield made


@pytest.fixture(scope="module")
def added(desk: Desk) -> dict[str, Any]:
    (told,) = desk.lines("sites", "add", HOME, "--name", "vnplus")
    return told


def test_a_home_page_alone_gives_a_site_file_with_its_feeds_sitemaps_and_sections(
    desk: Desk, added: dict[str, Any]
) -> None:
    site = own_sites(desk.home / "sites")["vnplus"]
    by_kind = {kind: {s.url for s in site.sources if s.kind is kind} for kind in SourceKind}
    assert f"{HOME}rss/home.rss" in by_kind[SourceKind.FEED]
    assert f"{HOME}rss/thegioi.rss" in by_kind[SourceKind.FEED]
    assert by_kind[SourceKind.SITEMAP] == {f"{HOME}sitemap.xml"}
    assert by_kind[SourceKind.NEWS_SITEMAP] == {f"{HOME}sitemaps/google-news.xml"}
    sections = {f"{HOME}{s}/" for s in ("chinhtri", "thegioi", "kinhte", "xahoi", "vanhoa", "thethao", "khoahoc")}
    assert {HOME} | sections <= by_kind[SourceKind.FRONT]
    assert (site.hosts[0].name, site.hosts[0].language, site.timezone) == (HOST, "vi", "Asia/Ho_Chi_Minh")
    assert (site.title, site.checked) == ("Vietnam+ (VietnamPlus)", "never")
    assert added["file"] == str(desk.home / "sites" / "vnplus.toml")
    assert {found["url"] for found in added["found"]} >= {f"{HOME}rss/home.rss", f"{HOME}sitemap.xml"}
    assert any("en.vietnamplus.vn" in note for note in added["notes"])


def test_the_test_crawl_is_kept_like_any_other(desk: Desk, added: dict[str, Any]) -> None:
    with Archive(load(desk.home)) as archive:
        run = archive.catalog.runs.get(added["run"])
        assert run is not None
        assert (run.site, run.pages <= 42) == ("vnplus", True)
        kinds = {capture.kind for capture in archive.catalog.captures.find(CaptureFilter(run=run.id))}
        assert {Kind.SOURCE, Kind.PAGE} <= kinds
        assert all(archive.store.stat(file) is not None for file in run.files)


def test_its_rules_tell_articles_from_lists_and_a_crawl_by_it_holds_every_article(
    desk: Desk, added: dict[str, Any]
) -> None:
    assert added["site"] == "vnplus"
    rules = ScopeRules(own_sites(desk.home / "sites")["vnplus"])
    truths = [truth for truth in desk.server.newspaper.articles() if truth.host == HOST]
    told = [rules.classify(truth.url) for truth in truths]
    assert sum(1 for each in told if each is PageClass.ARTICLE) >= 0.8 * len(told)
    assert PageClass.LISTING not in told
    assert rules.classify(f"{HOME}thegioi/") is PageClass.LISTING
    desk.archiver("crawl", "vnplus", "--no-extract", "--concurrency", "8")
    with Archive(load(desk.home)) as archive:
        held = {
            rules.key(c.url) for c in archive.catalog.captures.find(CaptureFilter(site="vnplus")) if c.status == 200
        }
    assert {rules.key(truth.url) for truth in truths} <= held


def test_what_is_there_already_is_not_written_over(desk: Desk, added: dict[str, Any]) -> None:
    before = Path(added["file"]).read_bytes()
    assert "is there already" in desk.archiver("sites", "add", HOME, "--name", "vnplus", code=2).stderr
    assert Path(added["file"]).read_bytes() == before
    desk.archiver("sites", "add", "ftp://news.example/", code=2)
    desk.archiver("sites", "add", HOME, "--name", "No Name", code=2)


def test_each_source_is_tried_and_the_day_noted_in_the_archives_own_copy(desk: Desk) -> None:
    day = datetime.now(UTC).date()
    checked = {line["url"]: line for line in desk.lines("sites", "check", "vietnamplus")}
    hosts = tuple(f"https://{name}/" for name in ("www.vietnamplus.vn", "en.vietnamplus.vn", "fr.vietnamplus.vn"))
    assert list(checked) == [source.url for source in built_in()["vietnamplus"].sources]
    # A model archive leaves hosts alone that nothing covers.
    unasked = {url for url, line in checked.items() if (line["reason"] or "").startswith("it was not fetched")}
    assert unasked == {url for url in checked if not url.startswith(hosts)}
    home = checked[f"{HOME}rss/home.rss"]
    assert (home["state"], home["format"], home["entries"]) == ("fine", "rss", 50)
    assert home["status"] in {200, 304}
    own = own_sites(desk.home / "sites")["vietnamplus"]
    assert datetime.fromisoformat(own.checked).date() in {day, datetime.now(UTC).date()}
    assert built_in()["vietnamplus"].checked == "never"
    assert own.sources == built_in()["vietnamplus"].sources
    with Archive(load(desk.home)) as archive:
        pages = list(archive.catalog.captures.find(CaptureFilter(site="vietnamplus", kind=Kind.PAGE)))
        assert pages == []
        # What the sources named is not lost: it is due.
        assert archive.catalog.frontier.counts("vietnamplus", now=datetime.now(UTC)).due > 100


def test_sources_that_moved_or_failed_are_said_with_the_reason(desk: Desk) -> None:
    (desk.home / "sites" / "odd.toml").write_text(
        f"""name = "odd"
hosts = [{{ name = "{HOST}" }}, {{ name = "vietnamplus.vn" }}]
sources = [
    {{ url = "{HOME}rss/home.rss", kind = "feed" }},
    {{ url = "{HOME}rss/not-there.rss", kind = "feed" }},
    {{ url = "{HOME}thegioi/", kind = "feed" }},
    {{ url = "https://vietnamplus.vn/thegioi.vnp", kind = "front" }},
    {{ url = "https://nobody.example/feed", kind = "feed" }},
]
"""
    )
    found = {line["url"]: line for line in desk.lines("sites", "check", "odd")}
    states = {url: line["state"] for url, line in found.items()}
    assert states[f"{HOME}rss/home.rss"] == "fine"
    assert states[f"{HOME}rss/not-there.rss"] == "failed"
    assert found[f"{HOME}rss/not-there.rss"]["reason"] == "status 404"
    assert found[f"{HOME}thegioi/"]["reason"].startswith("html, no feed or sitemap")
    moved = found["https://vietnamplus.vn/thegioi.vnp"]
    assert (moved["state"], moved["moved_to"]) == ("moved", f"{HOME}thegioi.vnp")
    assert own_sites(desk.home / "sites")["odd"].checked != "never"


def test_after_a_rebuild_from_the_store_alone_the_site_is_known_and_the_archive_is_a_model_again(
    desk: Desk, added: dict[str, Any], tmp_path: Path
) -> None:
    assert added["site"] == "vnplus"
    home = tmp_path / "restored"
    store = str(desk.home / "store")
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}

    def archiver(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**keep, "ARCHIVER_ARCHIVE": str(home), "ARCHIVER_STORE_URL": store}
        return run_python(["-m", "archiver", *arguments], env=environment)

    done = archiver("rebuild", "--json")
    assert done.returncode == 0, done.stderr
    assert "vnplus" in json.loads(done.stdout)["sites"]
    assert own_sites(home / "sites")["vnplus"] == own_sites(desk.home / "sites")["vnplus"]
    assert load(home).archive.model
    done = archiver("schedule", "add", "vnplus", "--cron", "0 * * * *", "--tz", "Asia/Ho_Chi_Minh")
    assert done.returncode == 0, done.stderr
