"""What a page needs is fetched with it: from any host, once, without holding pages up or making the crawl larger."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver.model.capture import Kind
from tests.flow.test_crawl import HOST, OK, World, page
from tests.wire_server import Case, whole

CDN = "cdn.elsewhere.example"
ALL = {"requisites": "all"}


def body(kind: str, text: str = "x") -> Case:
    return Case(whole(OK + f"Content-Type: {kind}\r\n".encode(), text.encode()))


class Hosts(World):
    """The model site and another host on one server."""

    def __init__(self, home: Path, cases: dict[str, Case]) -> None:
        super().__init__(home, cases)
        self.connect_to = [f"{host}:80:127.0.0.1:{self.server.port}" for host in (HOST, CDN)]

    def names(self, run: str | None = None) -> list[str]:
        """URLs in the order in which they were committed, robots.txt left out."""
        return [e["url"].removeprefix("http://") for e in self.exchanges(run) if e["kind"] != "robots"]

    def exchange(self, name: str) -> dict[str, Any]:
        return next(e for e in self.exchanges() if e["url"] == f"http://{name}")


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Any]:
    made: list[Hosts] = []

    def make(cases: dict[str, Case]) -> Hosts:
        made.append(Hosts(tmp_path / "home", {"/favicon.ico": body("image/png"), **cases}))
        return made[-1]

    yield make
    for world in made:
        world.server.close()


def rich(*links: str) -> Case:
    """A page with requisites of every kind."""
    return page(
        *links,
        head=f"""<link rel=stylesheet href="//{CDN}/s.css"><link rel=manifest href="/app.webmanifest">
<link rel=preload as=fetch href="/data.json"><link rel=prefetch href="/next.html"><script src="/app.js"></script>
<img src="/a.png" srcset="/a2.png 2x"><img data-src="/lazy.jpg"><picture><source srcset="/p.webp"><img src="/p.png"></picture>
<video src="/film.mp4" poster="/poster.jpg"></video><iframe src="//{CDN}/frame.html"></iframe>""",
    )


CASES = {
    "/s.css": body("text/css", '@import "s2.css"; p { background: url(bg.png) }'),
    "/s2.css": body("text/plain", "@font-face { font-family: f; src: url(f.woff2) }"),
    "/frame.html": body("text/html", '<a href="/linked-by-frame"><img src="/in-frame.png"><iframe src="/inner.html">'),
    "/inner.html": body("text/html", f'<a href="http://{HOST}/linked-by-inner"><img src="/in-inner.png">'),
}
NEEDED = {
    f"{HOST}/{name}"
    for name in ("app.webmanifest", "app.js", "a.png", "a2.png", "lazy.jpg", "p.webp", "p.png", "poster.jpg")
}
ELSEWHERE = {
    f"{CDN}/{name}"
    for name in ("s.css", "s2.css", "bg.png", "f.woff2", "frame.html", "in-frame.png", "inner.html", "in-inner.png")
}


def test_a_page_has_its_requisites_from_any_host_and_scope_does_not_spread(worlds: Any) -> None:
    world = worlds({"/": page("/a"), "/a": rich(), **CASES})
    result = world.crawl(fetch=ALL)
    assert set(world.names()) == {f"{HOST}/", f"{HOST}/a", f"{HOST}/favicon.ico", *NEEDED, *ELSEWHERE}
    assert len(world.names()) == len(set(world.names()))
    assert result["pages"] == 1
    sheet, font = world.exchange(f"{CDN}/s.css"), world.exchange(f"{CDN}/f.woff2")
    assert (sheet["kind"], sheet["hop"], sheet["via"]) == ("requisite", "E", f"http://{HOST}/a")
    assert (font["kind"], font["hop"], font["via"]) == ("requisite", "E", f"http://{CDN}/s2.css")
    assert world.exchange(f"{CDN}/in-inner.png")["via"] == f"http://{CDN}/inner.html"


@pytest.mark.parametrize(
    ("fetch", "some", "none"),
    [
        ({"requisites": "none"}, {f"{HOST}/a"}, NEEDED | ELSEWHERE),
        ({"requisites": "site"}, NEEDED, ELSEWHERE),
        ({"requisites": "all", "scripts": False}, NEEDED - {f"{HOST}/app.js"}, {f"{HOST}/app.js"}),
        ({"requisites": "all", "media": True}, {f"{HOST}/film.mp4"}, {f"{HOST}/next.html", f"{HOST}/data.json"}),
    ],
)
def test_settings_say_which_requisites_are_fetched(
    worlds: Any, fetch: dict[str, Any], some: set[str], none: set[str]
) -> None:
    world = worlds({"/": page("/a"), "/a": rich(), **CASES})
    world.crawl(fetch=fetch)
    assert some <= set(world.names())
    assert not none & set(world.names())


def test_a_film_is_cut_at_its_own_limit_and_says_so(worlds: Any) -> None:
    film = Case([OK + b"Content-Type: video/mp4\r\nConnection: close\r\n\r\n", b"x" * 300_000])
    world = worlds({"/": page("/a"), "/a": rich(), "/film.mp4": film})
    world.crawl(fetch={**ALL, "media": True, "max_media": 100_000})
    assert world.exchange(f"{HOST}/film.mp4")["truncated"] == "length"
    assert world.exchange(f"{HOST}/a.png")["truncated"] is None


def test_hosts_that_connect_to_does_not_cover_are_left_alone(worlds: Any) -> None:
    world = worlds({"/": page("/a"), "/a": rich(), **CASES})
    world.connect_to = world.connect_to[:1]
    assert world.crawl(fetch=ALL)["outcome"] == "finished"
    assert set(world.names()) >= NEEDED
    assert not [name for name in world.names() if name.startswith(CDN)]


def test_an_error_page_in_the_place_of_a_picture_names_nothing(worlds: Any) -> None:
    world = worlds({"/": page("/a"), "/a": page(head='<img src="/a.png">'), "/a.png": page(head='<img src="/no.png">')})
    world.crawl(fetch=ALL)
    assert f"{HOST}/a.png" in world.names()
    assert f"{HOST}/no.png" not in world.names()


def test_style_sheets_that_import_without_end_come_to_one(worlds: Any) -> None:
    sheets = {f"/{n}.css": body("text/css", f'@import "{n + 1}.css"') for n in range(30)}
    world = worlds({"/": page("/a"), "/a": page(head="<link rel=stylesheet href=/0.css>"), **sheets})
    world.crawl(fetch=ALL)
    assert len([name for name in world.names() if name.endswith(".css")]) == 9


def test_what_many_pages_need_is_fetched_once_and_not_in_the_next_run(worlds: Any) -> None:
    names = [f"/{n}" for n in range(5)]
    pages = {name: page(head='<img src="/logo.png"><link rel=stylesheet href=/s.css>') for name in names}
    world = worlds({"/": page(*names, head='<img src="/logo.png">'), **pages, "/s.css": body("text/css", "p{}")})
    world.crawl(fetch=ALL)
    assert world.names().count(f"{HOST}/logo.png") == 1
    assert world.names().count(f"{HOST}/s.css") == 1
    assert world.state("/logo.png").entry.due_at is None
    world.crawl(run="R2", fetch=ALL)
    assert f"{HOST}/logo.png" not in world.names("R2")
    world.crawl(run="R3", fetch={**ALL, "requisite_age": 0.0})
    assert f"{HOST}/logo.png" in world.names("R3")


def test_requisites_do_not_count_as_pages_and_those_of_the_last_page_still_come(worlds: Any) -> None:
    names = [f"/{n}" for n in range(6)]
    pages = {name: page(head=f'<img src="{name}.png"><link rel=stylesheet href="{name}.css">') for name in names}
    sheets = {f"{name}.css": body("text/css", f'@font-face{{src:url("{name}.woff2")}}') for name in names}
    world = worlds({"/": page(*names), **pages, **sheets})
    result = world.crawl(fetch=ALL, options={"limit": 2, "concurrency": 1})
    assert (result["outcome"], result["pages"]) == ("limit", 2)
    captured = [name for name in names if f"{HOST}{name}" in world.names()]
    assert len(captured) == 2
    wanted = {f"{HOST}{name}{end}" for name in captured for end in (".png", ".css", ".woff2")}
    assert set(world.names()) == {f"{HOST}/", f"{HOST}/favicon.ico", *(f"{HOST}{name}" for name in captured), *wanted}
    others = [name for name in names if name not in captured]
    assert all(world.state(name).visits == 0 and world.state(name).lease_run is None for name in others)


def test_pages_do_not_wait_for_requisites(worlds: Any) -> None:
    names = [f"/{n}" for n in range(12)]
    pictures = "".join(f'<img src="/{n}.png">' for n in range(100))
    world = worlds({"/": page(*names, head=pictures), **{name: page() for name in names}})
    world.crawl(fetch=ALL, options={"concurrency": 1})
    order = world.names()
    last = max(order.index(f"{HOST}{name}") for name in names)
    assert last < 30
    assert len([name for name in order if name.endswith(".png")]) == 100


def test_a_frame_that_is_linked_to_becomes_a_page(worlds: Any) -> None:
    world = worlds(
        {
            "/": page("/a"),
            "/a": page(head='<iframe src="/both"></iframe>'),
            "/both": page("/from-both"),
            "/from-both": page(),
        }
    )
    world.crawl(fetch=ALL)
    assert world.state("/both").entry.kind is Kind.REQUISITE
    assert world.state("/from-both") is None
    world.server.cases["/"] = page("/a", "/both")
    world.crawl(run="R2", fetch=ALL)
    assert world.state("/both").entry.kind is Kind.PAGE
    assert world.state("/from-both").visits == 1


def test_no_cookie_that_a_site_sets_is_sent_back(worlds: Any) -> None:
    setting = Case(whole(OK + b"Content-Type: text/html\r\nSet-Cookie: id=1; Path=/\r\n", b'<a href="/a">a</a>'))
    world = worlds({"/": setting, "/a": page()})
    world.crawl(fetch=ALL)
    requests = [base64.b64decode(e["request"]) for e in world.exchanges()]
    assert len(requests) >= 3
    assert not [request for request in requests if b"\r\ncookie:" in request.lower()]
