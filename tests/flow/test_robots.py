"""robots.txt as RFC 9309 says, from the servers' side: what each answer allows, and how often it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.catalog import Catalog
from archiver.model.capture import Kind
from archiver.model.instant import SystemClock
from tests.flow.town import OK, Town, moved, page, robots, status
from tests.wire_server import CLOSE, HANG, Case

NO_A = "User-agent: *\nDisallow: /a\n"
T0 = "2026-11-24T02:00:00+00:00"
PAGES = {"/": page("/a", "/b"), "/a": page(), "/b": page()}
REAL: dict[str, Any] = {"real": True, "options": {"extract": False}}


def host(robots_txt: Case, **more: Case) -> dict[str, Case]:
    return {**PAGES, "/robots.txt": robots_txt, **more}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Any]:
    made: list[Town] = []

    def make(**hosts: dict[str, Case]) -> Town:
        made.append(Town(tmp_path / "home", {f"{name}.example": cases for name, cases in hosts.items()}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def later(**by: float) -> str:
    return (datetime.fromisoformat(T0) + timedelta(**by)).isoformat()


PADDED = "User-agent: *\n" + "# nothing to see here, only some words\n" * 13_000
LAST_READ = PADDED[: 500 * 1024 - 40].rpartition("\n")[0] + "\nDisallow: /a\n" + "#" * 100_000
FAR_AWAY = PADDED + "#\n" * 20_000 + "Disallow: /a\n"
HTML_HEAD = OK + b"Content-Type: text/html; charset=utf-8\r\n"


def test_what_each_answer_allows(town: Any) -> None:
    assert len(LAST_READ) > 512 * 1024
    assert len(FAR_AWAY) > 530 * 1024
    place = town(
        plain=host(robots(NO_A)),
        empty=host(robots("")),
        # Named for us, beside a group for all and one for a name that ours begins with.
        ours=host(robots("User-agent: *\nDisallow: /\n\nUser-Agent: News-Archiver/2.0 # us\nDisallow: /a\n")),
        others=host(robots("User-agent: news\nDisallow: /\nUser-agent: archiver\nDisallow: /\n")),
        longest=host(robots("User-agent: *\nDisallow: /\nAllow: /b$\nAllow: /$\nAllow: /a\nDisallow: /a\n")),
        missing=host(Case(status(404))),
        forbidden=host(Case(status(403))),
        gone=host(Case(status(410))),
        broken=host(Case(status(500))),
        busy=host(Case(status(429))),
        resting=host(Case(status(503, "Retry-After: 3600"))),
        silent=host(Case([HANG])),
        torn=host(Case([OK + b"Content-Length: 500\r\n\r\nUser-agent: *\nAllow: /\n", CLOSE])),
        html=host(robots("<!doctype html><title>User-agent: *</title>\nUser-agent: *\nDisallow: /\n", HTML_HEAD)),
        mistyped=host(robots(NO_A, HTML_HEAD)),
        far=host(robots(FAR_AWAY)),
        near=host(robots(LAST_READ)),
        hops=host(moved("http://away.example/1")),
        away=host(
            moved("/robots/5"),
            **{
                "/1": moved("/2"),
                "/2": moved("http://hops.example/3"),
                "/4": moved("http://away.example/robots/5"),
                "/robots/5": robots(NO_A),
            },
        ),
        loop=host(moved("/robots.txt")),
        inside=host(moved("http://127.0.0.1:1/robots.txt")),
    )
    place.servers["hops.example"].cases["/3"] = moved("http://away.example/4")
    result = place.crawl(fetch={"timeout": 1.0})
    seen = {
        name.removesuffix(".example"): {path for path in place.paths(name) if path in {"/", "/a", "/b"}}
        for name in place.servers
    }
    everything, without_a, nothing = {"/", "/a", "/b"}, {"/", "/b"}, set[str]()
    assert seen == {
        "plain": without_a,
        "empty": everything,
        "ours": without_a,
        "others": everything,
        "longest": without_a | {"/a"},
        "missing": everything,
        "forbidden": everything,
        "gone": everything,
        "broken": nothing,
        "busy": nothing,
        "resting": nothing,
        "silent": nothing,
        "torn": nothing,
        "html": everything,
        "mistyped": without_a,
        "far": everything,
        "near": without_a,
        "hops": without_a,
        "away": without_a,
        "loop": everything,
        "inside": nothing,
    }
    # Where the file can't be had, the site's other hosts are still fetched.
    assert result["outcome"] == "finished"
    refused = place.state("http://plain.example/a")
    assert (refused.reason, refused.attempts, refused.visits, refused.lease_run) == ("robots", 0, 0, None)
    assert refused.entry.due_at > SystemClock().now() + timedelta(hours=23)
    reasons = {name: place.state(f"http://{name}.example/").reason for name in seen if not seen[name]}
    assert reasons["broken"] == "robots unreachable: status 500"
    assert reasons["busy"] == "robots unreachable: status 429"
    assert reasons["resting"] == "robots unreachable: status 503"
    assert reasons["silent"] == "robots unreachable: timeout"
    assert reasons["torn"] == "robots unreachable: the connection broke"
    assert "loopback" in reasons["inside"]
    soon = place.state("http://broken.example/").entry.due_at - SystemClock().now()
    assert timedelta(minutes=10) < soon <= timedelta(minutes=15)
    rested = place.state("http://resting.example/").entry.due_at - SystemClock().now()
    assert timedelta(minutes=55) < rested <= timedelta(minutes=60)


def test_the_file_and_its_redirects_are_captures_of_their_own(town: Any) -> None:
    place = town(a=host(moved("http://b.example/rules")), b={"/rules": robots(NO_A)})
    place.crawl(fronts=["a.example"], **REAL)
    with Catalog.open(f"sqlite:///{place.home / 'catalog.sqlite3'}", clock=SystemClock()) as catalog:
        held = sorted(
            (capture.url, capture.status, capture.kind, capture.hop, capture.via)
            for capture in catalog.captures.find()
            if capture.kind in {Kind.ROBOTS, Kind.REDIRECT}
        )
    assert held == [
        ("http://a.example/robots.txt", 302, Kind.REDIRECT, "P", None),
        ("http://b.example/rules", 200, Kind.ROBOTS, "R", "http://a.example/robots.txt"),
    ]


def asked_for(place: Town) -> int:
    """How often robots.txt was asked for."""
    return sum(path == "/robots.txt" for _, path in place.asked("a.example", robots=True))


def test_an_answer_stands_for_a_day_whatever_run_asked(town: Any) -> None:
    place = town(a=host(robots("User-agent: *\nDisallow: /a\nCrawl-delay: 0.3\n")))
    place.crawl(**REAL, clock=T0)
    assert (asked_for(place), place.paths("a.example")) == (1, ["/", "/b"])
    # The next runs read the file back from the archive: its rules hold, and its delay.
    place.forget()
    place.crawl(**REAL, clock=later(hours=23))
    assert asked_for(place) == 0
    assert place.paths("a.example") == ["/", "/b"]
    assert min(place.gaps("a.example")) >= 0.2
    place.forget()
    place.servers["a.example"].cases["/robots.txt"] = robots("User-agent: *\nDisallow: /b\n")
    place.crawl(**REAL, clock=later(hours=25))
    assert asked_for(place) == 1
    assert "/a" in place.paths("a.example")
    assert "/b" not in place.paths("a.example")
    # The same bytes again are a revisit record; the rules are those of the record that it refers to.
    place.forget()
    place.crawl(**REAL, clock=later(hours=50))
    assert asked_for(place) == 1
    place.forget()
    place.crawl(**REAL, clock=later(hours=73))
    assert asked_for(place) == 0
    assert "/b" not in place.paths("a.example")


def test_a_missing_file_is_asked_for_once_a_day_too(town: Any) -> None:
    place = town(a=host(Case(status(404))))
    place.crawl(**REAL, clock=T0)
    place.crawl(**REAL, clock=later(hours=20))
    assert asked_for(place) == 1
    place.crawl(**REAL, clock=later(hours=30))
    assert asked_for(place) == 2


def test_a_file_out_of_reach_is_asked_for_again_soon_and_given_up_after_a_month(town: Any) -> None:
    place = town(a=host(Case(status(502))))
    spec: dict[str, Any] = {**REAL, "log_level": "CRITICAL", "options": {"due_only": True}}
    assert place.crawl(**spec, clock=T0)["error"] == "SiteUnreachable"
    first = asked_for(place)
    assert place.paths("a.example") == []
    place.forget()
    place.crawl(**spec, clock=later(minutes=5))
    assert place.asked("a.example", robots=True) == []
    place.crawl(**spec, clock=later(minutes=20))
    assert asked_for(place) == first
    place.crawl(**spec, clock=later(days=29))
    assert place.paths("a.example") == []
    place.crawl(**spec, clock=later(days=31))
    assert set(place.paths("a.example")) == {"/", "/a", "/b"}
    # Once it answers, it counts again.
    place.forget()
    place.servers["a.example"].cases["/robots.txt"] = robots("User-agent: *\nDisallow: /\n")
    place.crawl(**spec, clock=later(days=32, hours=12))
    assert place.paths("a.example") == []
    place.servers["a.example"].cases["/robots.txt"] = Case(status(502))
    place.crawl(**spec, clock=later(days=34))
    assert place.paths("a.example") == []


def test_a_crawl_by_hand_asks_again_at_once_for_a_file_that_was_out_of_reach_and_takes_what_waited_for_it(
    town: Any,
) -> None:
    place = town(a=host(Case(status(502))))
    spec: dict[str, Any] = {**REAL, "log_level": "CRITICAL"}
    assert place.crawl(**spec, clock=T0)["error"] == "SiteUnreachable"
    place.forget()
    place.servers["a.example"].cases["/robots.txt"] = robots(NO_A)
    place.crawl(**{**spec, "options": {"due_only": True}}, clock=later(minutes=5))
    assert place.asked("a.example", robots=True) == []
    place.crawl(**spec, clock=later(minutes=6))
    assert set(place.paths("a.example")) == {"/", "/b"}


def test_a_file_out_of_reach_says_until_when_nothing_is_fetched_and_how_to_try_now(town: Any) -> None:
    place = town(a=host(Case(status(502))))
    place.crawl(**REAL, log_level="WARNING", clock=T0)
    (line,) = [line for line in place.talk.splitlines() if "robots.txt cannot be had" in line]
    assert "(status 502)" in line
    assert "until 2026-11-24T02:15" in line
    assert "`archiver crawl` asks again at once" in line


def test_http_and_https_and_each_port_have_a_file_of_their_own(town: Any) -> None:
    place = town(
        a={**PAGES, "/": page("http://a.example:8080/a", "http://a.example:8080/b", "/a"), "/robots.txt": robots(NO_A)}
    )
    server = place.servers["a.example"]
    other = town(x=host(robots("User-agent: *\nDisallow: /b\n"))).servers["x.example"]
    place.crawl(
        connect_to=[f"a.example:80:127.0.0.1:{server.port}", f"a.example:8080:127.0.0.1:{other.port}"],
    )
    assert place.paths("a.example") == ["/"]
    assert [path for path in other.heard if path != "/favicon.ico"] == ["/robots.txt", "/a"]


def test_a_spider_cannot_pass_robots_by(town: Any) -> None:
    place = town(a=host(robots(NO_A)))
    place.crawl(name="defiant")
    assert place.paths("a.example") == ["/"]
    assert place.state("http://a.example/a", site="defiant").reason == "robots"
