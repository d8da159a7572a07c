"""A crawl of the whole site of faults by the real command, and what the archive holds of each endpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from faultsite import MAIN, REBIND, Endpoint, FaultSite, Limits, Outcome
from faultsite.exchange import Exchange
from faultsite.fault import Kind
from faultsite.faults.redirects import FORMS

from archiver.archive import Archive
from archiver.catalog import FrontierState
from archiver.config import load
from archiver.discover import ScopeRules
from archiver.errors import NotHttpUrl
from archiver.model.site import Host, Site
from archiver.model.surt import surt
from archiver.model.url import clean_url
from archiver.warc import ReadRecord, iter_records

ROOT = Path(__file__).parents[1]
NAME = "faults"
SERVER = Limits(seconds=12, size=6 << 20, pause=0.2, trap_pages=120)
"""The server gives up later and at more than the archiver does, and its traps are deeper than any limit here."""
SETTINGS = {
    "FETCH_TIMEOUT": "6",
    "FETCH_MAX_BODY": "4300000",
    "FETCH_MAX_CRAWL_DELAY": "2",
    "FETCH_HOLD_WAIT": "5",
    "FETCH_TOO_MANY_WAIT": "1",
    "FETCH_CONTACT": "https://operator.example/",
    "LIMITS_HEADER_TIME": "1.5",
    "LIMITS_SAME_PAGES": "8",
    "LIMITS_LINK_DEPTH": "20",
    "LIMITS_QUERIES_PER_PATH": "30",
    "LIMITS_FORMS_PER_PATH": "20",
    "LIMITS_SOURCES_PER_RUN": "90",
}
MOVED = {300, 301, 302, 303, 307, 308}


@dataclass
class Held:
    """What the archive has for one URL: answers (response and revisit records), and metadata records without one."""

    answers: list[ReadRecord] = field(default_factory=list)
    alone: list[ReadRecord] = field(default_factory=list)
    requests: list[ReadRecord] = field(default_factory=list)


@dataclass
class Crawled:
    """One crawl over one scheme, when it is over."""

    scheme: str
    site: FaultSite
    home: Path
    code: int
    seconds: float
    run: dict
    stderr: str
    peak: int
    asked: list[str]
    tried: list[str]
    log: list[Exchange]
    escapes: list[Exchange]
    held: dict[str, Held] = field(default_factory=dict)
    frontier: dict[str, FrontierState] = field(default_factory=dict)

    @property
    def warcs(self) -> list[Path]:
        return sorted(self.home.glob("store/warcs/**/*.warc.gz"))

    def key(self, url: str) -> str:
        return self._rules.key(clean_url(url))

    @cached_property
    def _rules(self) -> ScopeRules:
        return ScopeRules(Site(NAME, (Host(MAIN),)))

    def state(self, url: str) -> FrontierState | None:
        return self.frontier.get(self.key(url))

    def reason(self, url: str) -> str:
        state = self.state(url)
        return (state.reason or "") if state else ""

    def trapped(self, prefix: str) -> list[FrontierState]:
        """The rows under a path that were given up as a trap."""
        begins = surt(f"http://{MAIN}{prefix}")
        return [s for key, s in self.frontier.items() if key.startswith(begins) and (s.reason or "").startswith("trap")]

    def sent_for(self, name: str) -> list[Exchange]:
        return [exchange for exchange in self.log if exchange.endpoint == name]

    def outcomes(self, endpoint: Endpoint) -> set[Outcome]:
        """Every outcome that fits what the archive says of an endpoint."""
        try:
            key = self.key(endpoint.url)
        except NotHttpUrl:
            return {Outcome.NOT_FETCHED_LIMIT}
        held = self.held.get(key)
        if held is None or not (held.answers or held.alone):
            reason = self.reason(endpoint.url)
            found = {_not_fetched(reason, known=self.state(endpoint.url) is not None)}
            if reason.startswith("robots unreachable"):
                # robots.txt is asked for first, and met the same fault.
                robots = self.held.get(self.key(urljoin(endpoint.url, "/robots.txt")))
                found.add(Outcome.METADATA_ONLY if robots and robots.alone else Outcome.NO_RECORD)
            return found
        if not held.answers:
            return {Outcome.METADATA_ONLY}
        last = held.answers[-1]
        why = last.get("WARC-Truncated")
        if last.get("WARC-Type") == "revisit":
            why = None  # its body is left off, and that is all
        if why is not None:
            return {next(outcome for outcome in Outcome if outcome.truncated == why)}
        head = last.http.head if last.http else None
        moved = head is not None and head.status in MOVED and head.get("Location") is not None
        return {Outcome.REDIRECT} if moved else {Outcome.WHOLE}


def _not_fetched(reason: str, *, known: bool) -> Outcome:
    if reason.startswith("address refused"):
        return Outcome.NOT_FETCHED_GUARD
    if reason.startswith("robots"):
        return Outcome.NOT_FETCHED_ROBOTS
    if reason.startswith(("trap", "limit")):
        return Outcome.NOT_FETCHED_LIMIT
    return Outcome.NO_RECORD if known else Outcome.NOT_FETCHED_SCOPE


def site_file(site: FaultSite, scheme: str) -> str:
    """All hosts of the site, the private ones too: the guard alone is to keep them out. The home page, the sitemaps, the
    feeds, and the rebinding host at the port where it would be answered."""
    private = {clean for host in FORMS.values() if (clean := _host(host))}
    sources = [
        (f"{scheme}://{MAIN}/", "front"),
        (f"{scheme}://{MAIN}/sitemap.xml", "sitemap"),
        (f"{scheme}://{MAIN}/sitemaps.xml", "sitemap"),
        (f"http://{REBIND}:{site.http_port}/", "front"),
        *((each.over(scheme).url, "feed") for each in site.endpoints if each.kind is Kind.FEED),
    ]
    hosts = ", ".join(f'{{ name = "{name}" }}' for name in dict.fromkeys([*site.hosts, REBIND, *sorted(private)]))
    lines = "".join(f'  {{ url = "{url}", kind = "{kind}" }},\n' for url, kind in sources)
    return f'name = "{NAME}"\nhosts = [{hosts}]\nsources = [\n{lines}]\n[scope]\nexclude = ["[?]from-sitemap="]\n'


def _host(host: str) -> str | None:
    try:
        return urlsplit(clean_url(f"http://{host}/")).hostname
    except NotHttpUrl:
        return None


def crawl(folder: Path, scheme: str, *options: str) -> Crawled:
    """Crawl the site of faults once, from its home page, in a process of its own."""
    home = folder / "archive"
    (home / "sites").mkdir(parents=True)
    with FaultSite(folder / "server", limits=SERVER) as site:
        (home / "sites" / f"{NAME}.toml").write_text(site_file(site, scheme), "utf-8")
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
        environment = {
            **keep,
            **{f"ARCHIVER_{name}": value for name, value in SETTINGS.items()},
            "ARCHIVER_ARCHIVE": str(home),
            "ARCHIVER_FETCH_CONNECT_TO": " ".join(site.connect_to),
            "ARCHIVER_FETCH_CA_FILE": str(site.ca_file),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        }
        report = folder / "report.json"
        began = time.monotonic()
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "faultchild",
                str(report),
                "crawl",
                NAME,
                "--json",
                "--max-time",
                "240",
                *options,
            ],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        seconds = time.monotonic() - began
        assert report.exists(), done.stderr[-4000:]
        told = json.loads(report.read_text())
        site.wait_idle(10)
        crawled = Crawled(
            scheme,
            site,
            home,
            done.returncode,
            seconds,
            json.loads(done.stdout or "{}"),
            done.stderr,
            told["peak"],
            told["asked"],
            told["tried"],
            site.log,
            site.escapes,
        )
    _read(crawled)
    return crawled


def _read(crawled: Crawled) -> None:
    with Archive(load(crawled.home)) as archive:
        crawled.frontier = {state.entry.key: state for state in archive.catalog.frontier.find(NAME)}
    held: dict[str, Held] = defaultdict(Held)
    for path in crawled.warcs:
        for record in iter_records(path):
            kind, url = record.get("WARC-Type"), record.get("WARC-Target-URI")
            if url is None:
                continue
            url = surt(url)
            if kind in {"response", "revisit"}:
                held[url].answers.append(record)
            elif kind == "request":
                held[url].requests.append(record)
            elif kind == "metadata" and not answered(record, held[url].answers):
                held[url].alone.append(record)
    crawled.held = dict(held)


def answered(metadata: ReadRecord, answers: list[ReadRecord]) -> bool:
    """Whether a metadata record stands beside a response of its exchange."""
    ids = {answer.get("WARC-Record-ID") for answer in answers}
    return any(value in ids for name, value in metadata.fields if name.lower() == "warc-concurrent-to")


__all__ = ["NAME", "SERVER", "Crawled", "Held", "crawl"]
