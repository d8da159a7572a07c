"""How a site is asked, as its servers see it: pauses, rests, hours, budgets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.model.instant import SystemClock
from tests.flow.town import Town, moved, page, robots, status
from tests.wire_server import Case

SLACK = 0.12
"""Seconds by which a server may see two requests nearer to each other than they were sent: a new connection takes longer."""
FOUR = {"/": page("/1", "/2", "/3", "/4"), **{f"/{number}": page() for number in range(1, 5)}}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Any]:
    made: list[Town] = []

    def make(**hosts: dict[str, Case]) -> Town:
        made.append(Town(tmp_path / "home", {f"{name}.example": cases for name, cases in hosts.items()}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_host_sees_the_delay_between_any_two_requests(town: Any) -> None:
    place = town(a={**FOUR, "/4": moved("/5"), "/5": page()})
    place.crawl(options={"delay": 0.3, "concurrency": 4}, fetch={"jitter": 0.5})
    gaps = place.gaps("a.example")
    assert len(gaps) == 6  # between robots.txt and six pages
    assert min(gaps) >= 0.3 - SLACK
    assert len({round(gap, 2) for gap in gaps}) > 1


def test_a_redirect_to_another_host_keeps_that_hosts_delay(town: Any) -> None:
    place = town(
        a={"/": page(*(f"/{n}" for n in range(4))), **{f"/{n}": moved(f"http://b.example/{n}") for n in range(4)}},
        b={f"/{n}": page() for n in range(4)},
    )
    place.crawl(fronts=["a.example"], options={"delay": 0.3, "concurrency": 4})
    assert sorted(place.paths("b.example")) == ["/0", "/1", "/2", "/3"]
    assert min(place.gaps("b.example")) >= 0.3 - SLACK


def test_hundreds_of_pages_of_one_host_do_not_hold_up_another(town: Any) -> None:
    many, few = [f"/{n:03}" for n in range(260)], [f"/{n}" for n in range(5)]
    links = [*many, *(f"http://b.example{path}" for path in few)]
    place = town(a={"/": page(*links), **{path: page() for path in many}}, b={path: page() for path in few})
    place.crawl(fronts=["a.example"], options={"delay": 0.03, "concurrency": 2}, fetch={"jitter": 0}, timeout=180)
    asked = sorted((*place.asked("a.example"), *place.asked("b.example")))
    paths = [path for _, path in asked]
    assert set(paths) == {"/", *many, *few}
    # Both take as long for a page: the five are through long before the many.
    assert paths.index(few[-1]) < 40


def test_a_crawl_delay_that_is_longer_wins(town: Any) -> None:
    place = town(
        a={**FOUR, "/robots.txt": robots("User-agent: *\nCrawl-delay: 0.4\n")},
        b={**FOUR, "/robots.txt": robots("User-agent: *\nCrawl-delay: 0.1\n")},
        c={**FOUR, "/robots.txt": robots("User-agent: *\nCrawl-delay: 900\n")},
    )
    place.crawl(options={"delay": 0.25, "concurrency": 4}, fetch={"max_crawl_delay": 0.5})
    assert len(place.paths("a.example")) == len(place.paths("b.example")) == len(place.paths("c.example")) == 5
    assert min(place.gaps("a.example")) >= 0.4 - SLACK
    assert min(place.gaps("b.example")) >= 0.25 - SLACK
    assert min(place.gaps("c.example")) >= 0.5 - SLACK


DATED = ("Date: Tue, 24 Nov 2026 02:00:00 GMT", "Retry-After: Tue, 24 Nov 2026 02:00:02 GMT")


@pytest.mark.parametrize(
    ("code", "lines", "rest"), [(429, ("Retry-After: 1",), 1.0), (503, ("Retry-After: 1",), 1.0), (503, DATED, 2.0)]
)
def test_a_host_that_asks_for_a_rest_gets_it_and_no_other_host_waits(
    town: Any, code: int, lines: tuple[str, ...], rest: float
) -> None:
    busy = Case([], once_per=[status(code, *lines), page().pieces])
    many = [f"/{number}" for number in range(30)]
    place = town(a={**FOUR, "/1": busy}, b={"/": page(*many), **{path: page() for path in many}})
    result = place.crawl(options={"concurrency": 1})
    assert result["outcome"] == "finished"
    asked = place.asked("a.example")
    told = next(at for at, path in asked if path == "/1")
    after = [at for at, _ in asked if at > told]
    assert after
    assert min(after) >= told + rest - SLACK
    assert sorted(place.paths("a.example")) == ["/", "/1", "/1", "/2", "/3", "/4"]
    assert place.state("http://a.example/1").visits == 1
    assert any(told < at < min(after) for at, _ in place.asked("b.example"))


def test_a_long_rest_ends_the_run_and_holds_for_the_next_ones(town: Any) -> None:
    busy = Case([], once_per=[status(429, "Retry-After: 7200"), page().pieces])
    place = town(a={**FOUR, "/1": busy}, b=FOUR)
    started = SystemClock().now()
    result = place.crawl(options={"concurrency": 1})
    assert result["outcome"] == "limit"
    assert len(place.paths("b.example")) == 5
    first = place.paths("a.example")
    assert first[-1] == "/1"
    assert first.count("/1") == 1
    held = place.state("http://a.example/1")
    assert held.reason == "status 429"
    left = [place.state(f"http://a.example{path}") for path in ("/2", "/3", "/4") if path not in first]
    assert left
    assert all((state.attempts, state.lease_run) == (0, None) for state in left)
    assert all(state.entry.due_at >= started + timedelta(seconds=7200) for state in [held, *left])

    place.forget()
    result = place.crawl(run="R2", log_level="WARNING")
    assert result["outcome"] == "limit"
    assert place.asked("a.example", robots=True) == []
    assert place.paths("b.example") == ["/"]
    assert "a.example is left for a later run" in place.talk

    place.forget()
    result = place.crawl(run="R3", clock=(started + timedelta(seconds=7300)).isoformat())
    assert result["outcome"] == "finished"
    assert set(place.paths("a.example")) == {"/", "/1", "/2", "/3", "/4"} - set(first) | {"/", "/1"}
    assert place.state("http://a.example/1").visits == 1


def test_a_rest_is_no_longer_than_the_setting_says(town: Any) -> None:
    busy = Case([], once_per=[status(503, "Retry-After: 99999999"), page().pieces])
    place = town(a={**FOUR, "/1": busy})
    assert place.crawl(fetch={"max_retry_after": 0.5})["outcome"] == "finished"
    assert place.state("http://a.example/1").visits == 1
    assert max(place.gaps("a.example")) >= 0.5 - SLACK


@pytest.mark.parametrize("value", ["0", "soon", "-5", "Tue, 24 Nov 1998 02:00:00 GMT", ""])
def test_a_rest_of_no_length_holds_nobody_up(town: Any, value: str) -> None:
    busy = Case([], once_per=[status(503, f"Retry-After: {value}"), page().pieces])
    place = town(a={**FOUR, "/1": busy})
    assert place.crawl()["outcome"] == "finished"
    assert place.state("http://a.example/1").visits == 1


# Hours and budgets.

NIGHT = 'timezone = "Asia/Ho_Chi_Minh"\nwindow = "01:00-06:00"'


def at(text: str) -> str:
    """A local time in Hà Nội, in UTC."""
    return (datetime.fromisoformat(f"2026-11-24T{text}").replace(tzinfo=UTC) - timedelta(hours=7)).isoformat()


def test_outside_its_hours_a_site_is_left_alone_and_what_is_due_stays_due(town: Any) -> None:
    place = town(a=FOUR)
    result = place.crawl(site=NIGHT, clock=at("06:00:00"), log_level="WARNING")
    assert (result["outcome"], result["captures"]) == ("limit", 0)
    assert place.asked("a.example", robots=True) == []
    assert "town is crawled 01:00-06:00 only (it is 06:00 in Asia/Ho_Chi_Minh)" in place.talk
    front = place.state("http://a.example/")
    assert (front.attempts, front.reason, front.lease_run) == (0, None, None)
    assert front.entry.due_at <= datetime.fromisoformat(at("07:00:00"))

    assert place.crawl(site=NIGHT, clock=at("01:00:00"), run="R2")["outcome"] == "finished"
    assert len(place.paths("a.example")) == 5


def test_a_run_ends_with_the_hours_of_its_site(town: Any, tmp_path: Path) -> None:
    many = [f"/{number}" for number in range(20)]
    cases = {"/": page(*many), **{path: page() for path in many}}

    def strike_six() -> bytes:
        (tmp_path / "home" / "new").write_text(at("06:00:00"))
        (tmp_path / "home" / "new").rename(tmp_path / "home" / "clock")
        return b""

    # A page that was asked for in time is kept; nothing is sent after it.
    cases["/5"] = Case([strike_six, *page().pieces])
    place = town(a=cases)
    result = place.crawl(site=NIGHT, clock=at("05:30:00"), options={"concurrency": 1})
    assert result["outcome"] == "limit"
    fetched = place.paths("a.example")
    assert fetched[-1] == "/5"
    for path in many:
        state = place.state(f"http://a.example{path}")
        assert (state.visits, state.attempts, state.lease_run) == (int(path in fetched), 0, None)
        assert path in fetched or state.entry.due_at <= datetime.fromisoformat(at("06:00:00"))


def test_the_requests_of_a_day_are_counted_over_all_its_runs(town: Any) -> None:
    many = [f"/{number}" for number in range(12)]
    place = town(a={"/": page(*many), **{path: page() for path in many}})
    budget = 'timezone = "Asia/Ho_Chi_Minh"\ndaily_requests = 6'
    spec: dict[str, Any] = {"real": True, "options": {"extract": False}, "site": budget}
    assert place.crawl(**spec, clock=at("20:00:00"))["outcome"] == "limit"
    assert len(place.asked("a.example", robots=True)) == 6
    place.forget()
    result = place.crawl(**spec, clock=at("23:00:00"), log_level="WARNING")
    assert result["outcome"] == "limit"
    assert place.asked("a.example", robots=True) == []
    assert "6 requests of town for today are used up" in place.talk
    # 00:00 in Hà Nội is still the same day in UTC.
    tomorrow = (datetime.fromisoformat(at("00:10:00")) + timedelta(days=1)).isoformat()
    assert place.crawl(**spec, clock=tomorrow)["outcome"] == "limit"
    assert len(place.asked("a.example", robots=True)) == 6


def test_the_bytes_of_a_day_are_counted_over_all_its_runs(town: Any) -> None:
    many = [f"/{number}" for number in range(12)]
    large = Case([b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20000])
    place = town(a={"/": page(*many), **dict.fromkeys(many, large)})
    spec: dict[str, Any] = {
        "real": True,
        "options": {"extract": False, "concurrency": 1},
        "site": "daily_bytes = 70000",
    }
    assert place.crawl(**spec, clock="2026-11-24T10:00:00+00:00")["outcome"] == "limit"
    fetched = [path for path in place.paths("a.example") if path != "/"]
    assert 4 <= len(fetched) <= 5  # one may be on its way when the last byte is counted
    place.forget()
    assert place.crawl(**spec, clock="2026-11-24T12:00:00+00:00")["outcome"] == "limit"
    assert place.asked("a.example", robots=True) == []
    place.crawl(**spec, clock="2026-11-25T00:10:00+00:00")
    assert len(place.paths("a.example")) >= 4


def test_a_site_that_cannot_know_who_asks_is_said(town: Any) -> None:
    place = town(a=FOUR)
    place.crawl(log_level="WARNING")
    assert "[fetch] contact" not in place.talk
    here = f"http://127.0.0.1:{place.servers['a.example'].port}/1"
    bare: dict[str, Any] = {"urls": [here], "connect_to": [], "log_level": "WARNING"}
    assert place.crawl(**bare, fetch={"allow_private": True})["pages"] == 1
    assert "No contact address is set; add [fetch] contact before crawling live sites such as 127.0.0.1." in place.talk
    place.crawl(**bare, fetch={"allow_private": True, "contact": "https://archive.example/"})
    assert "[fetch] contact" not in place.talk
