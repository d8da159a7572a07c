"""What is held is asked about on a condition, and "not modified" becomes a revisit that anybody can follow."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive
from archiver.config import load
from archiver.model.capture import Capture, Verdict
from archiver.model.record import RecordType
from archiver.model.surt import surt
from archiver.warc import check_file, iter_records
from tests.fork_server import run_python
from tests.wire_server import Case, WireServer

HOST = "news.example"
URL = f"http://{HOST}/a/page"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
DATE = "Tue, 24 Nov 2026 02:00:00 GMT"
ETAG = 'W/"caf\xe9 , odd"'
PAGE = b'<html><title>t</title><p>Words.</p><a href="/a/other">other</a><img src="/a/p.png"></html>'


class World:
    """A server that knows conditions, and an archive that is written by the command line."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.body = PAGE
        self.honest = True
        self.server = WireServer(
            {"/a/page": Case([self.answer]), "/a/other": Case([OK + b"Content-Length: 0\r\n\r\n"])}
        )

    def answer(self) -> bytes:
        lines = f"ETag: {ETAG}\r\nLast-Modified: {DATE}\r\n".encode("latin-1")
        asked = f"If-None-Match: {ETAG}\r\n".encode("latin-1") in self.server.heard["/a/page"][-1].received
        if asked and self.honest:
            return b"HTTP/1.1 304 Not Modified\r\n" + lines + b"X-Own: 304\r\n\r\n"
        return OK + lines + b"Content-Length: %d\r\n\r\n" % len(self.body) + self.body

    def crawl(self, *more: str, url: str = URL, **settings: str) -> dict[str, Any]:
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
        variables = {f"ARCHIVER_FETCH_{name.upper()}": value for name, value in settings.items()}
        rule = f"{HOST}:80:127.0.0.1:{self.server.port}"
        command = ["-m", "archiver", "crawl", url, "--json", "--archive", str(self.home)]
        done = run_python([*command, "--connect-to", rule, *more], env={**keep, **variables}, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    def requests(self, path: str = "/a/page") -> list[bytes]:
        return [heard.received for heard in self.server.heard.get(path, [])]

    def conditions(self) -> list[bool]:
        return [b"\r\nIf-None-Match:" in request for request in self.requests()]

    def held(self, url: str = URL) -> list[Capture]:
        with Archive(load(self.home)) as archive:
            return [c for c in archive.catalog.captures.find() if c.surt == surt(url)]

    def warcs(self) -> list[Path]:
        return sorted((self.home / "store").rglob("*.warc.gz"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home")
    yield made
    made.server.close()


def test_not_modified_is_a_revisit_that_names_the_original_its_url_and_its_date(world: World) -> None:
    world.crawl()
    again = world.crawl()
    assert again["revisits"] >= 1
    first, second = world.requests()
    lines = f"If-None-Match: {ETAG}\r\n".encode("latin-1"), f"If-Modified-Since: {DATE}\r\n".encode()
    assert not [line for line in lines if line in first]
    assert [line for line in lines if line in second] == list(lines)
    encoding = b"Accept-Encoding: gzip, deflate\r\n"
    assert encoding in first
    assert encoding in second

    original, revisit = world.held()
    assert (original.record_type, revisit.record_type, revisit.status) == (RecordType.RESPONSE, RecordType.REVISIT, 304)
    assert (revisit.refers_to, revisit.refers_to_url, revisit.refers_to_at) == (
        original.record_id,
        URL,
        original.at,
    )
    assert revisit.digest == original.digest
    records = [record for path in world.warcs() for record in iter_records(path) if record.type is RecordType.REVISIT]
    record = next(record for record in records if record.url == URL)
    fields = {name: value for name, value in record.fields if name.startswith("WARC-")}
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert fields["WARC-Refers-To"] == f"<{original.record_id}>"
    assert fields["WARC-Refers-To-Target-URI"] == URL
    assert fields["WARC-Refers-To-Date"].startswith(original.at.strftime("%Y-%m-%dT%H:%M:%S"))
    assert "WARC-Truncated" not in fields
    for path in world.warcs():
        assert check_file(path).problems == ()
    with Archive(load(world.home)) as archive:
        assert archive.get(URL).capture.record_id == revisit.record_id
    assert original.verdict == revisit.verdict


def test_every_nth_visit_asks_without_a_condition(world: World) -> None:
    for _ in range(5):
        world.crawl(unconditional_every="3", requisites="none")
    assert world.conditions() == [False, True, True, False, True]
    kinds = [(c.record_type.value, c.status) for c in world.held()]
    same, seen = ("revisit", 304), ("revisit", 200)
    assert kinds == [("response", 200), same, same, seen, same]
    assert len({c.refers_to for c in world.held()[1:]}) == 1


def test_what_a_dead_run_had_captured_and_not_read_is_asked_for_without_a_condition(world: World) -> None:
    world.crawl()
    # As it is when a run dies between its two commits: the capture is there, and the row was never done.
    with sqlite3.connect(world.home / "catalog.sqlite3") as rows:
        rows.execute("DELETE FROM frontier WHERE url != ?", (URL,))
        rows.execute("UPDATE frontier SET visits = 0, last_at = NULL, last_status = NULL")
    rows.close()
    world.crawl()
    world.crawl()
    assert world.conditions() == [False, False, True]
    with Archive(load(world.home)) as archive:
        urls = {state.entry.url for state in archive.catalog.frontier.find(HOST)}
    assert f"http://{HOST}/a/p.png" in urls


def test_zero_is_never_on_a_condition(world: World) -> None:
    for _ in range(2):
        world.crawl(unconditional_every="0")
    assert world.conditions() == [False, False]


def test_a_page_that_changed_is_a_response_and_the_next_condition_is_of_it(world: World) -> None:
    world.crawl()
    world.honest, world.body = False, PAGE.replace(b"Words", b"Other words")
    world.crawl()
    world.honest = True
    world.crawl()
    first, changed, unchanged = world.held()
    assert [first.record_type, changed.record_type] == [RecordType.RESPONSE] * 2
    assert unchanged.refers_to == changed.record_id


def test_the_same_bytes_in_spite_of_a_condition_are_an_identical_payload(world: World) -> None:
    world.crawl()
    world.honest = False
    world.crawl()
    first, second = world.held()
    assert (second.record_type, second.status, second.refers_to) == (RecordType.REVISIT, 200, first.record_id)
    assert (second.refers_to_url, second.refers_to_at) == (first.url, first.at)


def test_links_of_a_page_that_has_not_changed_are_followed_when_more_is_asked_for(world: World) -> None:
    world.crawl(requisites="none")
    assert world.requests("/a/other") == []
    world.crawl("--depth", "1")
    assert world.conditions() == [False, True]
    assert len(world.requests("/a/other")) == 1
    assert len(world.requests("/a/p.png")) == 1


def test_a_condition_is_not_carried_to_where_a_redirect_leads(world: World) -> None:
    world.crawl()

    def moved() -> bytes:
        return b"HTTP/1.1 302 Found\r\nLocation: /a/new\r\nContent-Length: 0\r\n\r\n"

    world.server.cases["/a/page"] = Case([moved])
    world.server.cases["/a/new"] = Case([OK + b"Content-Length: 3\r\n\r\nnew"])
    world.crawl()
    assert world.conditions() == [False, True]
    assert b"If-" not in world.requests("/a/new")[0]


def test_not_modified_that_nobody_asked_for_is_a_response_and_asked_once_more(world: World) -> None:
    unasked = [b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n']
    world.server.cases["/a/page"] = Case([], once_per=[unasked, [world.answer]])
    world.crawl()
    first, second = world.requests()
    assert b"Cache-Control: no-cache\r\n" in second
    assert b"Cache-Control" not in first
    assert [(c.record_type.value, c.status) for c in world.held()] == [("response", 304), ("response", 200)]


def test_not_modified_for_ever_ends(world: World) -> None:
    world.server.cases["/a/page"] = Case([b"HTTP/1.1 304 Not Modified\r\n\r\n"])
    world.crawl()
    assert len(world.requests()) == 2
    assert [(c.record_type.value, c.status) for c in world.held()] == [("response", 304)] * 2


def test_a_header_line_cannot_be_slipped_in_by_a_validator(world: World) -> None:
    evil = b'HTTP/1.1 200 OK\r\nETag: "a\rX-Evil: 1"\r\nContent-Length: 2\r\n\r\nok'
    world.server.cases["/a/page"] = Case([evil])
    world.crawl()
    world.crawl()
    assert b"Evil" not in world.requests()[1]


def test_requisites_are_read_by_no_extractor_and_say_what_they_are(world: World) -> None:
    picture = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\npng"
    world.server.cases["/a/p.png"] = Case([picture])
    world.crawl()
    held = world.held(f"http://{HOST}/a/p.png")
    assert [(c.kind.value, c.verdict, c.via, c.hop) for c in held] == [("requisite", Verdict.REQUISITE, URL, "E")]
    metadata = [
        dict(record.warc_fields())
        for path in world.warcs()
        for record in iter_records(path)
        if record.type is RecordType.METADATA and record.url == f"http://{HOST}/a/p.png"
    ]
    assert [(facts["via"], facts["hopsFromSeed"], facts["kind"]) for facts in metadata] == [(URL, "E", "requisite")]
