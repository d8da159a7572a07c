"""The safe view on the web: who gets the frame, what is sent with a document, and what stands for a missing part."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest

from tests.shelf import DAY, Shelf, later
from tests.unit.web.conftest import Client

URL = "https://courier.example/a"
WEB = "/web/20260301080000"
HTML = b"Content-Type: text/html; charset=utf-8\r\n"
PAGE = b"<link rel=stylesheet href=s.css><img src=i.png><img src=gone.png><a href=b>b</a><script>alert(1)</script><p onclick=x>Text"


def held_page(shelf: Shelf, body: bytes = PAGE, *, headers: bytes = HTML, url: str = URL) -> None:
    shelf.keep(url, body, headers=headers)
    shelf.keep("https://courier.example/s.css", b"a{background:url(bg.png)}", headers=b"Content-Type: text/css\r\n")
    shelf.keep("https://courier.example/i.png", b"png", headers=b"Content-Type: image/png\r\n", at=later(days=3))


def test_a_browser_gets_the_frame_and_a_program_the_document(shelf: Shelf, client: Client) -> None:
    held_page(shelf)
    frame = client.look(f"{WEB}/{URL}")
    assert f'<iframe src="{WEB}mp_/{URL}"' in frame.text
    assert 'sandbox="allow-same-origin allow-top-navigation-by-user-activation"' in frame.text
    assert frame.headers["Content-Security-Policy"].startswith("default-src 'self'")
    program = client.get(f"{WEB}/{URL}")
    assert '<img src="/web/20260304080000im_/https://courier.example/i.png">' in program.text
    old_browser = client.get(f"{WEB}/{URL}", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert "<iframe" in old_browser.text
    inner = client.get(f"{WEB}/{URL}", headers={"Sec-Fetch-Dest": "iframe", "Accept": "text/html"})
    assert "<iframe" not in inner.text
    for response in (frame, program):
        assert response.headers["Memento-Datetime"] == "Sun, 01 Mar 2026 08:00:00 GMT"
        for rel in ("original", "timegate", "timemap", "memento"):
            assert re.search(rf'rel="[^"]*\b{rel}\b', response.headers["Link"]), rel
        assert {"accept", "sec-fetch-dest", "prefer"} <= set(re.split(r",\s*", response.headers["Vary"].lower()))


@pytest.mark.parametrize("modifier", ["mp_", "if_", ""])
def test_a_document_comes_with_a_policy_that_lets_nothing_act(shelf: Shelf, client: Client, modifier: str) -> None:
    held_page(shelf)
    response = client.get(f"{WEB}{modifier}/{URL}")
    assert response.status_code == 200
    assert "script" not in response.text
    assert "onclick" not in response.text
    policy = {
        name: value
        for name, _, value in (
            part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";")
        )
    }
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert "connect-src" not in policy
    assert policy["img-src"] == "http://archive.localhost/web/ data:"
    assert policy["form-action"] == policy["base-uri"] == "'none'"
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-forms" not in policy["sandbox"]
    assert policy["sandbox"] == "allow-same-origin allow-top-navigation-by-user-activation"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-DNS-Prefetch-Control"] == "off"


def test_no_archived_header_acts_on_a_document_or_a_part(shelf: Shelf, client: Client) -> None:
    evil = (
        b"Set-Cookie: a=b; Path=/\r\nRefresh: 0;url=https://live.example/\r\nLink: <https://live.example/x.css>; rel=preload\r\n"
        b'Clear-Site-Data: "*"\r\nService-Worker-Allowed: /\r\nContent-Security-Policy: script-src *\r\n'
        b"Location: https://live.example/\r\nStrict-Transport-Security: max-age=9\r\nNEL: {}\r\nReport-To: {}\r\nSourceMap: /m\r\n"
        b"Access-Control-Allow-Origin: *\r\nContent-Disposition: attachment\r\nX-Frame-Options: DENY\r\nAlt-Svc: h3\r\n"
    )
    held_page(shelf, headers=HTML + evil)
    shelf.keep("https://courier.example/e.png", b"png", headers=b"Content-Type: image/png\r\n" + evil)
    shelf.keep("https://courier.example/e.css", b"a{}", headers=b"Content-Type: text/css\r\n" + evil)
    targets = [f"{WEB}{m}/{URL}" for m in ("", "mp_", "if_", "id_")]
    targets += [f"{WEB}im_/https://courier.example/e.png", f"{WEB}cs_/https://courier.example/e.css"]
    for target in targets:
        headers = client.get(target).headers
        for name in ("Set-Cookie", "Refresh", "Clear-Site-Data", "Service-Worker-Allowed", "Location", "NEL", "Report-To", "Alt-Svc",
                     "Strict-Transport-Security", "SourceMap", "Access-Control-Allow-Origin", "Content-Disposition"):  # fmt: skip
            assert name not in headers, (target, name)
        assert "live.example" not in headers["Link"]
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["X-Archive-Orig-Set-Cookie"] == "a=b; Path=/"


def test_parts_come_from_the_capture_nearest_in_time(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"<img src=i.png><link rel=stylesheet href=s.css>")
    for hours in (-50, -2, 3, 90):
        shelf.keep(
            "https://courier.example/i.png",
            b"%d" % hours,
            headers=b"Content-Type: image/png\r\n",
            at=later(hours=hours),
        )
    text = client.get(f"{WEB}mp_/{URL}").text
    assert 'src="/web/20260301060000im_/' in text
    assert client.get("/web/20260301060000im_/https://courier.example/i.png").content == b"-2"
    inexact = client.get("/web/20260301im_/https://courier.example/i.png")
    assert inexact.headers["Location"].endswith("/web/20260301110000im_/https://courier.example/i.png")


def test_an_archived_redirect_of_a_part_is_followed_when_the_page_is_written(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"<img src=http://courier.example/i.png>")
    shelf.keep("http://courier.example/i.png", status="301 M", headers=b"Location: https://cdn.example/x.png\r\n")
    shelf.keep("https://cdn.example/x.png", b"png", at=later(minutes=1), headers=b"Content-Type: image/png\r\n")
    assert 'src="/web/20260301080100im_/https://cdn.example/x.png"' in client.get(f"{WEB}mp_/{URL}").text


def test_a_style_sheet_asks_only_the_archive(shelf: Shelf, client: Client) -> None:
    held_page(shelf)
    shelf.keep("https://courier.example/bg.png", b"png", headers=b"Content-Type: image/png\r\n")
    sheet = client.get(f"{WEB}cs_/https://courier.example/s.css")
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert sheet.text == f'a{{background:url("{WEB}im_/https://courier.example/bg.png")}}'


@pytest.mark.parametrize(
    ("header", "sheet"),
    [
        (b"; charset=windows-1251", "a::before{content:'Ж'}".encode("cp1251")),
        (b"", '@charset "gb18030";a::before{content:"Ж"}'.encode("gb18030")),
        (b"", "\ufeffa::before{content:'Ж'}".encode()),
        (b"", "a::before{content:'Ж'}".encode("utf-16")),
    ],
)
def test_style_sheets_of_other_charsets_come_as_utf8(shelf: Shelf, client: Client, header: bytes, sheet: bytes) -> None:
    shelf.keep("https://courier.example/s.css", sheet, headers=b"Content-Type: text/css" + header + b"\r\n")
    assert "Ж" in client.get(f"{WEB}cs_/https://courier.example/s.css").content.decode()


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("windows-1258", "Tuy\u00ea\u0301n xe buy\u0301t Ha\u0300 N\u00f4\u0323i"),
        ("windows-1251", "Новости культуры и спорта в городе"),
        ("gb18030", "河内的新闻和文化在这个城市"),
        ("utf-16", "Tuyến xe buýt Hà Nội mở cửa cho mọi người"),
        ("shift_jis", "これは新しいニュースです"),
        ("iso-8859-1", "Les médias français à Hué"),
    ],
)
def test_pages_of_other_charsets_come_as_utf8(shelf: Shelf, client: Client, charset: str, words: str) -> None:
    page = f"<meta charset={charset}><title>x</title><p>{words}</p><img src=i.png>"
    shelf.keep(URL, page.encode(charset), headers=b"Content-Type: text/html\r\n")
    response = client.get(f"{WEB}mp_/{URL}")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert words in response.content.decode()
    assert "charset" not in response.text
    assert "im_/https://courier.example/i.png" in response.text


def test_coded_bodies_are_decoded(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, gzip.compress(b"<p>packed"), headers=HTML + b"Content-Encoding: gzip\r\n")
    response = client.get(f"{WEB}mp_/{URL}", headers={"Accept-Encoding": "gzip"})
    assert response.content == b"<p>packed"
    assert "Content-Encoding" not in response.headers


def test_a_bomb_is_cut_and_the_bar_says_so(shelf: Shelf, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.replay.safe.MAX_PAGE", 10_000)
    shelf.keep(URL, gzip.compress(b"<p>a" * 100_000 + b"<img src=i.png>"), headers=HTML + b"Content-Encoding: gzip\r\n")
    assert len(client.get(f"{WEB}mp_/{URL}").content) == 10_000
    shelf.keep(
        URL + "2", gzip.compress(b"<img src=i.png>" + b"<p>a" * 100_000), headers=HTML + b"Content-Encoding: gzip\r\n"
    )
    assert "Not all of this page" in client.look(f"{WEB}/{URL}2").text


@pytest.mark.parametrize(
    ("modifier", "kind", "words"),
    [("im_", "image/svg+xml", "Picture not in the archive"), ("cs_", "text/css", ""), ("if_", "text/html", "not in the archive"),
     ("mp_", "text/html", "not in the archive"), ("oe_", "text/plain", "")],
)  # fmt: skip
def test_a_missing_part_is_shown_as_missing(client: Client, modifier: str, kind: str, words: str) -> None:
    response = client.get(f"{WEB}{modifier}/https://courier.example/none")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert words in response.text
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Memento-Datetime" not in response.headers
    spoken = client.get(f"{WEB}im_/https://courier.example/none", headers={"Accept-Language": "vi"})
    assert "Kho không có hình này" in spoken.text


def test_the_bar_tells_the_spread_of_times_and_what_is_missing(shelf: Shelf, client: Client) -> None:
    held_page(shelf)
    text = client.look(f"{WEB}/{URL}").text
    assert "4 parts, some from 3 days later" in text
    assert "2 missing" in text
    for name in ("gone.png", "bg.png"):
        assert f"https://courier.example/{name}</td>" in text
    assert '<a href="/web/20260304080000/https://courier.example/i.png">https://courier.example/i.png</a>' in text
    french = client.get(f"{WEB}/{URL}", headers={"Sec-Fetch-Dest": "document", "Accept-Language": "fr"}).text
    assert "4 éléments, certains de 3 jours plus tard" in french
    assert "2 manquants" in french
    viet = client.get(f"{WEB}/{URL}", headers={"Sec-Fetch-Dest": "document", "Accept-Language": "vi"}).text
    assert "4 thành phần, có phần lưu 3 ngày sau" in viet


def test_the_bar_counts_the_parts_of_frames_and_imports(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"<style>@import 'a.css'</style><iframe src=f.html></iframe>")
    css = b"Content-Type: text/css\r\n"
    shelf.keep("https://courier.example/a.css", b"@import 'b.css';@import 'a.css'", headers=css, at=later(hours=-30))
    shelf.keep("https://courier.example/b.css", b"a{background:url(x.png)}", headers=css)
    shelf.keep("https://courier.example/f.html", b"<img src=y.png><iframe src=f.html></iframe>", at=later(hours=30))
    text = client.look(f"{WEB}/{URL}").text
    assert "5 parts, from 30 hours earlier to 30 hours later" in text
    assert "2 missing" in text


def test_links_lead_to_the_safe_view_of_their_target(shelf: Shelf, client: Client) -> None:
    held_page(shelf)
    text = client.get(f"{WEB}mp_/{URL}").text
    assert f'<a href="{WEB}/https://courier.example/b" target="_top">' in text


def test_addresses_hold_below_a_path(shelf: Shelf, client_with: Callable[..., Client]) -> None:
    held_page(shelf)
    client = client_with(public_url="https://kept.example/news/")
    response = client.get(f"{WEB}mp_/{URL}")
    assert 'src="/news/web/20260304080000im_/' in response.text
    assert "img-src https://kept.example/news/web/ data:" in response.headers["Content-Security-Policy"]
    assert f'<iframe src="/news{WEB}mp_/{URL}"' in client.look(f"{WEB}/{URL}").text


def test_svg_is_cleaned_as_a_picture_and_as_a_page(shelf: Shelf, client: Client) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><rect width="9"/></svg>'
    shelf.keep("https://courier.example/i.svg", svg, headers=b"Content-Type: image/svg+xml\r\n")
    for modifier in ("im_", "if_", "mp_", ""):
        response = client.get(f"{WEB}{modifier}/https://courier.example/i.svg")
        assert response.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
        assert response.text == '<svg xmlns="http://www.w3.org/2000/svg"><rect width="9"/></svg>'


def test_other_files_are_sent_as_they_are_and_boxed_in(shelf: Shelf, client: Client) -> None:
    shelf.keep("https://courier.example/t.txt", b"<script>alert(1)</script>", headers=b"Content-Type: text/plain\r\n")
    shelf.keep("https://courier.example/x", b"\x00\x01", headers=b"Content-Type: application/pdf\r\n")
    for name in ("t.txt", "x"):
        for modifier in ("mp_", "if_", "im_", "oe_", ""):
            response = client.get(f"{WEB}{modifier}/https://courier.example/{name}")
            assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'", (name, modifier)
            assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "a file, not a page (application/pdf)" in client.look(f"{WEB}/https://courier.example/x").text
    shelf.keep("https://courier.example/i.png", b"png", headers=b"Content-Type: image/png\r\n")
    assert (
        f'<img src="{WEB}im_/https://courier.example/i.png"' in client.look(f"{WEB}/https://courier.example/i.png").text
    )


def test_an_archived_error_keeps_its_page_and_status(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"<h1>Gone</h1>", status="410 Gone")
    response = client.get(f"{WEB}mp_/{URL}")
    assert (response.status_code, response.text) == (410, "<h1>Gone</h1>")
    frame = client.look(f"{WEB}/{URL}")
    assert frame.status_code == 410
    assert "status 410" in frame.text
    assert "<iframe" in frame.text


def test_a_revisit_shows_the_page_it_repeats_and_one_of_nothing_says_so(shelf: Shelf, client: Client) -> None:
    first = shelf.keep(URL, b"<p>same")
    shelf.keep_revisit(first, at=later(days=1), head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    assert client.get(f"/web/20260302080000mp_/{URL}").text == "<p>same"
    shelf.keep_revisit(first, at=later(days=2), head=b"HTTP/1.1 200 OK\r\n\r\n", by="nothing", url=URL + "/lost")
    assert client.get(f"/web/20260303080000mp_/{URL}/lost").status_code == 404
    assert "not held" in client.look(f"/web/20260303080000/{URL}/lost").text


def test_hostile_urls_and_types_stay_text_in_the_frame(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL + "?\"'><script>alert(1)</script>", PAGE, at=DAY)
    shelf.keep("https://courier.example/y", b"x", headers=b"Content-Type: x/<script>alert(1)</script>\r\n")
    for target in (f"{WEB}/{URL}?%22'%3E%3Cscript%3Ealert(1)%3C/script%3E", f"{WEB}/https://courier.example/y"):
        response = client.look(target)
        assert response.status_code == 200
        assert "<script" not in response.text


def test_a_preference_for_the_rewritten_page_is_honoured(shelf: Shelf, client: Client) -> None:
    held_page(shelf)
    response = client.get(f"{WEB}/{URL}", headers={"Prefer": "rewritten", "Sec-Fetch-Dest": "document"})
    assert "<img src=" in response.text
    assert "<iframe" not in response.text


def test_raw_markup_is_shown_to_a_window_as_its_source_and_sent_to_programs_as_it_is(
    shelf: Shelf, client: Client
) -> None:
    held_page(shelf)
    window = client.look(f"{WEB}id_/{URL}")
    assert window.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert window.content == PAGE
    assert "sec-fetch-dest" in window.headers["Vary"]
    assert client.get(f"{WEB}id_/{URL}").headers["Content-Type"] == "text/html; charset=utf-8"
    old = client.get(f"{WEB}id_/{URL}", headers={"Upgrade-Insecure-Requests": "1"})
    assert old.headers["Content-Type"].startswith("text/plain")
    fetched = client.get(f"{WEB}id_/{URL}", headers={"Sec-Fetch-Dest": "empty"})
    assert fetched.headers["Content-Type"].startswith("text/html")
