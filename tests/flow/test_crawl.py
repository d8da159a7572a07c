"""A crawl from its sources to its last row: what is fetched, once, and what the frontier says afterwards."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver.catalog import Catalog, FrontierState
from archiver.model.instant import SystemClock
from archiver.model.surt import surt
from tests.fork_server import run_python
from tests.wire_server import CLOSE, HANG, Case, WireServer, whole

HOST = "news.example"
ROOT = Path(__file__).parents[2]
OK = b"HTTP/1.1 200 OK\r\n"


def page(*links: str, head: str = "", status: bytes = OK) -> Case:
    """A page that names others."""
    anchors = "".join(f'<a href="{link}">{link}</a>' for link in links)
    body = f"<html><head><title>t</title>{head}</head><body>{anchors}</body></html>".encode()
    return Case(whole(status + b"Content-Type: text/html; charset=utf-8\r\n", body))


def moved(to: str) -> Case:
    """A redirect."""
    return Case(whole(b"HTTP/1.1 301 Moved Permanently\r\nLocation: " + to.encode() + b"\r\n"))


def robots(text: str) -> Case:
    """A robots.txt."""
    return Case(whole(OK + b"Content-Type: text/plain\r\n", text.encode()))


def sitemap(*paths: str) -> Case:
    """A sitemap."""
    urls = "".join(f"<url><loc>http://{HOST}{path}</loc></url>" for path in paths)
    body = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return Case(whole(OK + b"Content-Type: application/xml\r\n", body.encode()))


class World:
    """A site on loopback, an archive, and crawls of the one into the other."""

    def __init__(self, home: Path, cases: dict[str, Case]) -> None:
        self.home = home
        self.server = WireServer(cases)
        self.connect_to = [f"{HOST}:80:127.0.0.1:{self.server.port}"]

    def command(
        self, name: str = "model", *, run: str = "R1", sources: dict[str, str] | None = None, **spec: Any
    ) -> list[str]:
        """What Python is to run, from the root of the checkout."""
        sources = {"/": "front"} if sources is None else sources
        listed = ", ".join(f'{{url = "http://{HOST}{path}", kind = "{kind}"}}' for path, kind in sources.items())
        site = f'name = "{name}"\nhosts = [{{name = "{HOST}"}}]\nsources = [{listed}]\n'
        given = {"home": str(self.home), "connect_to": self.connect_to, "run": run, **spec}
        if "urls" not in spec:
            given.setdefault("site", site)
        return ["-m", "tests.flow.child", json.dumps(given)]

    def start(self, *arguments: Any, **spec: Any) -> subprocess.Popen[str]:
        """Start a crawl in a process of its own."""
        return subprocess.Popen(
            [sys.executable, *self.command(*arguments, **spec)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def crawl(self, name: str = "model", **spec: Any) -> dict[str, Any]:
        """Crawl and say how it ended."""
        done = run_python(self.command(name, **spec), cwd=ROOT, timeout=60)
        self.talk = done.stderr
        assert done.returncode == 0, self.talk
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def exchanges(self, run: str | None = None) -> list[dict[str, Any]]:
        """What was committed."""
        file = self.home / "exchanges.jsonl"
        lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [line for line in lines if run in {None, line["run"]}]

    def fetched(self, run: str | None = None) -> list[str]:
        """Paths in the order in which they were committed; robots.txt and the icon that every host may have left out."""
        paths = [e["url"].removeprefix(f"http://{HOST}") for e in self.exchanges(run) if e["kind"] != "robots"]
        return [path for path in paths if path != "/favicon.ico"]

    def state(self, path: str, *, site: str = "model") -> FrontierState | None:
        """The frontier's row of a path."""
        with Catalog.open(f"sqlite:///{self.home / 'catalog.sqlite3'}", clock=SystemClock()) as catalog:
            return catalog.frontier.get(site, surt(f"http://{HOST}{path}"))


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Any]:
    made: list[World] = []

    def make(cases: dict[str, Case]) -> World:
        made.append(World(tmp_path / "home", cases))
        return made[-1]

    yield make
    for world in made:
        world.server.close()


def test_sources_are_read_and_links_followed_each_page_once(worlds: Any) -> None:
    world = worlds(
        {
            "/": page("/a", "/b#top", "/sub/"),
            "/map.xml": sitemap("/a", "/c"),
            "/a": page("/b", "/", "http://elsewhere.example/x"),
            "/b": page("/a#x", "mailto:x@y", "/d"),
            "/c": page(),
            "/d": page(),
            "/sub/": page("../a"),
        }
    )
    result = world.crawl(sources={"/": "front", "/map.xml": "sitemap"})
    assert result["outcome"] == "finished"
    fetched = world.fetched()
    assert sorted(fetched) == ["/", "/a", "/b", "/c", "/d", "/map.xml", "/sub/"]
    assert fetched[0] in {"/", "/map.xml"}
    by_path = {e["url"].removeprefix(f"http://{HOST}"): e for e in world.exchanges()}
    assert (by_path["/"]["kind"], by_path["/"]["hop"], by_path["/"]["via"]) == ("source", "", None)
    assert (by_path["/d"]["kind"], by_path["/d"]["hop"], by_path["/d"]["via"]) == ("page", "L", f"http://{HOST}/b")
    assert (by_path["/c"]["hop"], by_path["/c"]["via"]) == ("M", f"http://{HOST}/map.xml")
    row = world.state("/d")
    assert (row.visits, row.last_status, row.lease_run, row.entry.depth) == (1, 200, None, 1)
    assert result["pages"] == 5
    assert result["progress"] >= 1


def test_the_request_says_who_asks_and_no_more(worlds: Any) -> None:
    world = worlds({"/": page("/a"), "/a": page()})
    world.crawl(fetch={"contact": "https://archive.example/"})
    request = base64.b64decode(next(e for e in world.exchanges() if e["url"].endswith("/a"))["request"])
    names = sorted(line.partition(b":")[0].lower() for line in request.split(b"\r\n")[1:-2])
    assert names == [b"accept", b"accept-encoding", b"host", b"user-agent"]
    assert b"Accept-Encoding: gzip, deflate\r\n" in request
    assert b"User-Agent: news-archiver/0.1 (+https://archive.example/)\r\n" in request
    assert b"Host: news.example\r\n" in request


def test_depth_ends_where_it_was_told(worlds: Any) -> None:
    world = worlds({"/": page("/0"), "/0": page("/1"), "/1": page("/2"), "/2": page()})
    world.crawl(options={"depth": 1})
    assert world.fetched() == ["/", "/0", "/1"]
    assert world.state("/2") is None


def test_a_redirect_is_a_capture_of_its_own_and_one_row(worlds: Any) -> None:
    world = worlds({"/": page("/old"), "/old": moved("/newer"), "/newer": moved("/new"), "/new": page()})
    world.crawl()
    hops = [(e["url"].removeprefix(f"http://{HOST}"), e["hop"], e["via"]) for e in world.exchanges()][-3:]
    assert hops == [
        ("/old", "L", f"http://{HOST}/"),
        ("/newer", "R", f"http://{HOST}/old"),
        ("/new", "R", f"http://{HOST}/newer"),
    ]
    assert (world.state("/old").visits, world.state("/old").last_status) == (1, 200)
    assert world.state("/new") is None


def test_a_redirect_loop_ends(worlds: Any) -> None:
    world = worlds({"/": page("/loop", "/a"), "/loop": moved("/loop"), "/a": page()})
    assert world.crawl()["outcome"] == "finished"
    assert world.fetched().count("/loop") == 11
    assert "redirect" in world.state("/loop").reason
    assert world.state("/a").visits == 1


def test_a_redirect_to_a_private_address_is_refused(worlds: Any) -> None:
    world = worlds({"/": page("/in"), "/in": moved("http://127.0.0.1:9/secret")})
    world.crawl()
    assert world.fetched()[-1] == "/in"
    assert "loopback" in world.state("/in").reason


def test_retries_are_captured_and_the_last_answer_counts(worlds: Any) -> None:
    busy = [b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"]
    good = page("/b").pieces
    world = worlds(
        {
            "/": page("/a", "/down"),
            "/a": Case([], once_per=[busy, busy, good]),
            "/b": page(),
            "/down": Case([], once_per=[busy]),
        }
    )
    result = world.crawl()
    statuses = [e["status"] for e in world.exchanges() if e["url"].endswith("/a")]
    assert statuses == [503, 503, 200]
    assert (world.state("/a").visits, world.state("/b").visits) == (1, 1)
    down = world.state("/down")
    assert (down.visits, down.attempts, down.reason) == (0, 1, "status 503")
    assert down.entry.due_at > SystemClock().now()
    assert result["outcome"] == "finished"


def test_a_page_that_is_gone_is_done(worlds: Any) -> None:
    world = worlds({"/": page("/gone")})
    world.crawl()
    assert (world.state("/gone").visits, world.state("/gone").last_status) == (1, 404)


def test_a_connection_that_breaks_leaves_a_reason(worlds: Any) -> None:
    world = worlds(
        {
            "/": page("/short", "/silent", "/garbled"),
            "/short": Case([OK + b"Content-Length: 500\r\n\r\n<html>", CLOSE]),
            "/silent": Case([CLOSE]),
            "/garbled": Case([b"HTTP/1.1 abc\r\n\r\n", CLOSE]),
        }
    )
    world.crawl()
    assert [e["truncated"] for e in world.exchanges() if e["url"].endswith("/short")] == ["disconnect"]
    assert world.state("/short").visits == 1
    silent = [e for e in world.exchanges() if e["url"].endswith("/silent")]
    assert [(e["status"], bool(e["error"])) for e in silent] == [(None, True)] * 3
    assert world.state("/silent").attempts == 1
    assert world.fetched().count("/garbled") == 1
    assert world.state("/garbled").reason == "unreadable response"


def test_robots_txt_is_captured_and_obeyed(worlds: Any) -> None:
    world = worlds(
        {
            "/robots.txt": robots("User-agent: *\nDisallow: /no\n"),
            "/": page("/no", "/yes"),
            "/yes": page(),
            "/no": page(),
        }
    )
    world.crawl()
    assert [(e["url"], e["hop"]) for e in world.exchanges() if e["kind"] == "robots"] == [
        (f"http://{HOST}/robots.txt", "P")
    ]
    assert world.fetched() == ["/", "/yes"]
    assert world.state("/no").reason == "robots"
    assert world.state("/no").entry.due_at > SystemClock().now()


def test_robots_txt_is_left_alone_where_it_is_not_obeyed(worlds: Any) -> None:
    world = worlds({"/robots.txt": robots("User-agent: *\nDisallow: /\n"), "/": page("/a"), "/a": page()})
    world.crawl(fetch={"obey_robots": False})
    assert "/a" in world.fetched()
    assert "/robots.txt" not in world.server.heard


def test_a_callback_that_raises_keeps_the_capture_and_what_it_found(worlds: Any) -> None:
    world = worlds({"/": page("/a", "/b"), "/a": page("/c", "/d"), "/b": page(), "/c": page(), "/d": page()})
    result = world.crawl("raising")
    assert result["outcome"] == "finished"
    assert world.state("/a", site="raising").visits == 1
    assert world.state("/b", site="raising").visits == 1
    assert sorted(world.fetched()) == ["/", "/a", "/b", "/c"]
    assert "the callback of a spider failed" in world.talk


def test_a_callback_of_its_own_goes_through_the_frontier(worlds: Any) -> None:
    world = worlds({"/": page(), "/own": page(), "/from-kwargs-kept": page()})
    world.crawl("own-callback", options={"depth": 5})
    assert "/from-kwargs-kept" in world.fetched()
    own = next(e for e in world.exchanges() if e["url"].endswith("/own"))
    assert b"X-Own: 1\r\n" in base64.b64decode(own["request"])
    assert world.state("/own", site="own-callback").entry.request == {
        "callback": "parse_own",
        "headers": [["X-Own", "1"]],
        "cb_kwargs": {"word": "from-kwargs"},
        "meta": {"note": ["kept", 1]},
    }


def test_a_request_that_no_row_can_hold_is_an_error_and_ends_nothing(worlds: Any) -> None:
    world = worlds({"/": page(), "/b": page()})
    assert world.crawl("unstorable")["outcome"] == "finished"
    assert "plain JSON" in world.talk
    assert world.fetched() == ["/"]
    assert world.state("/", site="unstorable").visits == 1


def test_a_full_spool_stops_the_run_and_loses_no_url(worlds: Any) -> None:
    world = worlds({"/": page("/a", "/b", "/c"), "/a": page(), "/b": page(), "/c": page()})
    result = world.crawl(broken_after=3)
    assert result["error"] == "SpoolUnusable"
    paths = ("/a", "/b", "/c")
    assert sum(world.state(path).visits for path in paths) <= 1
    assert all(world.state(path).lease_run is None for path in paths)
    assert world.crawl(run="R2")["outcome"] == "finished"
    assert [world.state(path).visits for path in paths] == [1, 1, 1]
    assert all(world.state(path).lease_run is None for path in paths)


def test_a_site_that_does_not_answer_is_unreachable(worlds: Any) -> None:
    world = worlds({"/": page()})
    world.server.close()
    result = world.crawl()
    assert result["error"] == "SiteUnreachable"
    assert "connection refused" in result["message"]
    state = world.state("/")
    assert (state.attempts, state.reason) == (0, "robots unreachable: connection refused")
    assert state.entry.due_at > SystemClock().now()


def test_a_run_that_was_killed_is_taken_up_where_it_was(worlds: Any) -> None:
    reached = threading.Event()
    stuck = [lambda: reached.set() or b"", HANG]
    world = worlds(
        {
            "/": page("/a", "/b", "/stuck", "/c"),
            "/a": page("/d"),
            "/b": page(),
            "/c": page(),
            "/d": page(),
            "/stuck": Case([], once_per=[stuck, page("/e").pieces]),
            "/e": page(),
        }
    )
    child = world.start(fetch={"timeout": 60.0}, options={"concurrency": 1})
    assert reached.wait(60)
    child.kill()
    child.wait(60)
    child.communicate()
    first = world.fetched("R1")
    assert "/stuck" not in first
    assert world.state("/stuck").lease_run == "R1"
    done = {path for path in first if world.state(path).visits == 1} - {"/"}

    assert world.crawl(run="R2")["outcome"] == "finished"
    second = world.fetched("R2")
    assert {"/stuck", "/e"} <= set(second)
    assert not done & set(second)
    assert set(first) | set(second) == {"/", "/a", "/b", "/c", "/d", "/stuck", "/e"}
    assert all(world.state(path).lease_run is None for path in ("/a", "/stuck", "/e"))


def test_an_interrupt_ends_the_run_in_good_order(worlds: Any) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow() -> bytes:
        reached.set()
        assert go_on.wait(60)
        return page("/late").pieces[0]  # type: ignore[return-value]

    world = worlds({"/": page("/slow", "/x"), "/slow": Case([slow]), "/x": page(), "/late": page()})
    child = world.start(fetch={"timeout": 60.0}, options={"concurrency": 1})
    assert reached.wait(60)
    child.send_signal(signal.SIGINT)
    go_on.set()
    out, talk = child.communicate(timeout=60)
    assert json.loads(out)["outcome"] == "stopped", talk
    assert world.state("/slow").visits == 1
    assert world.state("/late").visits == 0
    assert world.state("/late").lease_run is None


def test_a_limit_counts_pages_that_were_captured(worlds: Any) -> None:
    names = [f"/{number}" for number in range(8)]
    world = worlds({"/": page("/dead", *names), "/dead": Case([CLOSE]), **{name: page() for name in names}})
    result = world.crawl(options={"limit": 3})
    assert (result["outcome"], result["pages"]) == ("limit", 3)
    assert all(world.state(name).lease_run is None for name in names)
    assert world.crawl(run="R2")["outcome"] == "finished"
    assert all(world.state(name).visits == 1 for name in names)


def test_a_time_limit_ends_the_run(worlds: Any) -> None:
    names = [f"/{number}" for number in range(50)]
    world = worlds({"/": page(*names), **{name: page() for name in names}})
    result = world.crawl(options={"max_time": 1.5, "delay": 0.3, "concurrency": 1})
    assert result["outcome"] == "limit"
    assert 1 <= len(world.fetched()) < 20


def test_a_second_run_asks_sources_again_and_pages_not(worlds: Any) -> None:
    world = worlds({"/": page("/a"), "/a": page()})
    world.crawl()
    assert world.crawl(run="R2")["outcome"] == "finished"
    assert world.fetched("R2") == ["/"]


def test_one_url_is_that_page_and_its_requisites(worlds: Any) -> None:
    head = '<link rel="stylesheet" href="/s.css"><script src="/x.js"></script>'
    world = worlds({"/a/page": page("/other", head=head), "/other": page(), "/s.css": page(), "/x.js": page()})
    result = world.crawl(urls=[f"http://{HOST}/a/page"], fetch={"requisites": "all"})
    assert result["site"] == HOST
    assert sorted(world.fetched()) == ["/a/page", "/s.css", "/x.js"]
    kinds = {e["url"].removeprefix(f"http://{HOST}"): (e["kind"], e["hop"]) for e in world.exchanges()}
    assert kinds["/a/page"] == ("page", "")
    assert kinds["/s.css"] == ("requisite", "E")


def test_one_url_is_that_page_whatever_else_of_its_host_is_due(worlds: Any) -> None:
    head = '<link rel="stylesheet" href="/s.css">'
    world = worlds(
        {
            "/": page("/one", "/two", "/three", head=head),
            "/one": page(head=head),
            "/two": page(),
            "/three": page(),
            "/s.css": page(),
        }
    )
    world.crawl(urls=[f"http://{HOST}/"], options={"limit": 1}, fetch={"requisites": "none"})
    world.crawl(urls=[f"http://{HOST}/two"], run="R2")
    assert world.fetched("R2") == ["/two"]
    # What it needs is fetched.
    world.crawl(urls=[f"http://{HOST}/one"], run="R3", fetch={"requisites": "all"})
    assert sorted(world.fetched("R3")) == ["/one", "/s.css"]
    assert world.state("/three", site=HOST).visits == 0
    world.crawl(urls=[f"http://{HOST}/"], run="R4")
    assert "/three" in world.fetched("R4")


def test_one_url_with_a_depth_follows_links_within_its_host(worlds: Any) -> None:
    world = worlds({"/a": page("/b", "http://elsewhere.example/"), "/b": page("/c"), "/c": page()})
    world.crawl(urls=[f"http://{HOST}/a"], options={"depth": 1})
    assert world.fetched() == ["/a", "/b"]


@pytest.mark.parametrize("obey", [True, False])
def test_a_root_url_is_the_whole_host_with_its_sources(worlds: Any, obey: bool) -> None:
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    rss = f"<rss version='2.0'><channel><item><link>http://{HOST}/from-feed</link></item></channel></rss>".encode()
    world = worlds(
        {
            "/robots.txt": robots(f"User-agent: *\nAllow: /\nSitemap: http://{HOST}/map.xml\n"),
            "/": page("/linked", head=feed),
            "/map.xml": sitemap("/from-map"),
            "/feed.xml": Case(whole(OK + b"Content-Type: application/rss+xml\r\n", rss)),
            "/linked": page("/deeper"),
            "/deeper": page(),
            "/from-map": page(),
            "/from-feed": page(),
        }
    )
    world.crawl(urls=[f"http://{HOST}/"], fetch={"obey_robots": obey})
    assert sorted(world.fetched()) == ["/", "/deeper", "/feed.xml", "/from-feed", "/from-map", "/linked", "/map.xml"]
    assert world.fetched()[0] == "/"
    assert [e["status"] for e in world.exchanges() if e["kind"] == "robots"] == [200]


def test_a_short_delay_is_for_covered_hosts_only(worlds: Any) -> None:
    world = worlds({"/": page()})
    world.connect_to = []
    result = world.crawl(options={"delay": 0.1})
    assert result["error"] == "UsageError"
    assert "0.5" in result["message"]


def test_urls_of_two_hosts_are_two_crawls(worlds: Any) -> None:
    world = worlds({"/": page()})
    assert world.crawl(urls=[f"http://{HOST}/a", "http://other.example/b"])["error"] == "UsageError"


def test_what_is_no_web_address_is_refused(worlds: Any) -> None:
    world = worlds({"/": page()})
    assert world.crawl(urls=["ftp://news.example/a"])["error"] == "NotHttpUrl"


def many_pages() -> dict[str, Case]:
    return {"/": page(*(f"/{number}" for number in range(12))), **{f"/{number}": page() for number in range(12)}}


def test_a_paused_run_leases_nothing_more_and_goes_on_when_it_may(worlds: Any) -> None:
    world = worlds(many_pages())
    result = world.crawl(paused_after=4, paused_for=1.0, options={"concurrency": 1}, log_level="WARNING")
    assert result["outcome"] == "finished"
    assert sorted(world.fetched()) == sorted(["/", *(f"/{number}" for number in range(12))])
    assert "paused until the store takes what waits" in world.talk
    assert "goes on" in world.talk


def test_a_run_that_is_paused_for_too_long_ends_as_stopped_and_its_pages_are_due_again(worlds: Any) -> None:
    world = worlds(many_pages())
    result = world.crawl(paused_after=4, paused_for=60.0, spool={"max_pause": 0.0001}, options={"concurrency": 1})
    assert result["outcome"] == "stopped"
    first = world.fetched()
    assert len(first) < 13
    assert all(world.state(f"/{number}").lease_run is None for number in range(12))
    assert world.crawl(run="R2")["outcome"] == "finished"
    assert set(world.fetched()) == {"/", *(f"/{number}" for number in range(12))}


def test_no_room_for_a_large_body_stops_the_run_and_the_page_is_due_again(worlds: Any) -> None:
    big = Case(whole(OK + b"Content-Type: text/html\r\n", b"x" * 3_000_000))
    world = worlds({"/": page("/big"), "/big": big})
    result = world.crawl(largest_file=2_000_000)  # as a disk that has no room for more
    assert result["error"] == "SpoolUnusable"
    assert "/big" not in world.fetched()
    assert (world.state("/big").visits, world.state("/big").lease_run) == (0, None)
    assert world.crawl(run="R2")["outcome"] == "finished"
    assert "/big" in world.fetched("R2")
