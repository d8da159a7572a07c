"""Small archives with several sites and runs, made without a network, for tests of what keeps an archive."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from exchanges import BEGUN, SteppingClock, exchange

from archiver.articles.sidecar import write_sidecar
from archiver.catalog import Catalog, FileState
from archiver.config import Config
from archiver.extract import EXTRACTOR
from archiver.fetch.run.session import RunSession
from archiver.journal.objects import store_pending
from archiver.model.article import Article, Extraction
from archiver.model.capture import Kind, Verdict
from archiver.model.instant import cut
from archiver.model.run import Outcome, Run
from archiver.model.site import Host, Site
from archiver.model.surt import surt
from archiver.search import SearchIndex
from archiver.store import open_store

SITE_FILE = 'name = "news"\nhosts = [{ name = "news.example" }]\n'


@dataclass
class Kept:
    """An archive and its clock."""

    config: Config
    clock: SteppingClock

    @property
    def store(self):
        return open_store(self.config)

    @property
    def root(self) -> Path:
        """The directory of its store."""
        return Path(self.config.store_url)

    def catalog(self) -> Catalog:
        return Catalog.open(self.config.catalog_url, clock=self.clock)

    def keys(self, prefix: str = "") -> list[str]:
        return list(self.store.keys(prefix))

    def run(self, site: str, *paths: str, outcome: Outcome = Outcome.FINISHED, kind: Kind = Kind.PAGE) -> Run:
        """A run that captures these pages of a site; one named ``/same`` never changes, ``/304`` says so itself."""
        host = f"{site}.example"
        session = RunSession.open(self.config, self.site(site), clock=self.clock, extract=False)
        for path in paths:
            made = exchange(
                f"https://{host}{path}",
                response=b"",
                at=self.clock.now(),
                kind=kind,
                via=f"https://{host}/?from=front#top",
            )
            made.hop = "L"
            body = f"<h1>{path}</h1>".encode() + (b"" if path == "/same" else os.urandom(200))
            head = b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: "x"\r\n\r\n'
            made.condition = session.catalog.mementos.nearest(surt(made.url)) if path == "/304" else None
            made.response.append(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n' if made.condition else head + body)
            session.commit(made).result(10)
        return session.close(outcome)

    def site(self, name: str) -> Site:
        from archiver.config.sites import all_sites

        known = all_sites(self.config).get(name)
        return known or Site(name=name, hosts=(Host(f"{name}.example"),))

    def read(self) -> None:
        """Every page is read, as an article or not, and the sidecars are written."""
        with self.catalog() as catalog:
            index = SearchIndex(catalog)
            for capture in catalog.captures.untried():
                extraction = Extraction(Verdict.INDEX, "a list", EXTRACTOR)
                if not capture.url.endswith("/"):
                    words = ("Biển Đông", capture.url.rpartition("/")[2])
                    article = Article(
                        " ".join(words), "\n\n".join(words), words, published_at=BEGUN, extractor=EXTRACTOR
                    )
                    extraction = Extraction(Verdict.ARTICLE, "long text", EXTRACTOR, article)
                    index.add(capture, article)
                catalog.articles.put(capture.record_id, extraction, at=cut(self.clock.now()))
            for file in catalog.files.find(state=FileState.STORED):
                write_sidecar(file.key, catalog=catalog, store=self.store)
            store_pending(catalog, self.store)

    def on_an_empty_machine(self, home: Path) -> Kept:
        """The same store, and nothing else."""
        section = replace(self.config.store, url=self.config.store_url)
        return Kept(Config(home=home, store=section), SteppingClock(self.clock.at + timedelta(days=1)))


def make(home: Path, *, store: str = "store") -> Kept:
    """Two sites in five runs, all read; one of them with a site file of its own."""
    config = Config(home=home)
    kept = Kept(replace(config, store=replace(config.store, url=store)), SteppingClock())
    kept.config.sites_dir.mkdir(parents=True)
    (kept.config.sites_dir / "news.toml").write_text(SITE_FILE)
    kept.run("news", "/", "/a", "/b?id=1", "/c")
    kept.run("other", "/x", "/y", outcome=Outcome.LIMIT)
    kept.run("news", "/a", "/d")
    kept.run("news", "/robots.txt", kind=Kind.ROBOTS, outcome=Outcome.STOPPED)
    kept.run("other", "/same", "/304")
    kept.run("other", "/same", "/304", "/z")
    kept.read()
    return kept


def content(kept: Kept) -> dict[str, object]:
    """Everything that a catalogue says, by its natural keys."""
    with kept.catalog() as catalog:
        files = catalog.files.find()
        return {
            "captures": list(catalog.captures.find()),
            "runs": catalog.runs.find(limit=1000),
            "files": files,
            "chains": {site: catalog.files.chain(site) for site in sorted({file.site for file in files})},
            "articles": [reading for file in files for reading in catalog.articles.of_file(file.key, EXTRACTOR)],
            "journal": list(catalog.journal.find()),
            "found": sorted(
                (hit.url, hit.at, hit.title) for hit in SearchIndex(catalog).search("bien dong", limit=100).hits
            ),
        }
