"""Everything under /web/."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest

from tests.shelf import DAY, Shelf, later
from tests.unit.web.conftest import Client

URL = "https://courier.example/a"
BASE = "http://archive.localhost/web"
EVIL = b"<script>alert(1)</script><h1>Old front</h1>"


def test_the_raw_view_gives_the_stored_bytes_with_memento_headers(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, EVIL, headers=b"Content-Type: text/html\r\nServer: old\r\n")
    response = client.get(f"/web/20260301080000id_/{URL}")
    assert response.status_code == 200
    assert response.content == EVIL
    assert response.headers["Memento-Datetime"] == "Sun, 01 Mar 2026 08:00:00 GMT"
    assert f'<{URL}>; rel="original"' in response.headers["Link"]
    assert response.headers["X-Archive-Orig-Server"] == "old"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "immutable" in response.headers["Cache-Control"]


def test_header_names_keep_their_case_for_clients_that_care(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x", headers=b"ETag: 1\r\nX-two: a\r\nX-two: b\r\n")
    raw = client.get(f"/web/20260301080000id_/{URL}").headers.raw
    assert [(n, v) for n, v in raw if n.lower().startswith(b"x-archive-orig-")] == [
        (b"X-Archive-Orig-ETag", b"1"),
        (b"X-Archive-Orig-X-two", b"a"),
        (b"X-Archive-Orig-X-two", b"b"),
    ]


def test_stored_coding_is_sent_where_it_is_taken(shelf: Shelf, client: Client) -> None:
    packed = gzip.compress(b"tin " * 1000)
    shelf.keep(URL, packed, headers=b"Content-Encoding: gzip\r\n")
    taken = client.get(f"/web/20260301080000id_/{URL}", headers={"Accept-Encoding": "gzip"})
    assert taken.headers["Content-Encoding"] == "gzip"
    assert int(taken.headers["Content-Length"]) == len(packed)
    bare = client.get(f"/web/20260301080000id_/{URL}")
    assert "Content-Encoding" not in bare.headers
    assert bare.content == taken.content == b"tin " * 1000


@pytest.mark.parametrize("spelling", ["https%3A//courier.example/a", "https:/courier.example/a", URL])
def test_clients_spellings_of_a_url_find_it(shelf: Shelf, client: Client, spelling: str) -> None:
    shelf.keep(URL, b"x")
    assert client.get(f"/web/20260301080000id_/{spelling}").content == b"x"


def test_the_query_belongs_to_the_archived_url(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL + "?id=1&lang=vi", b"one")
    shelf.keep(URL + "?id=2&lang=vi", b"two")
    assert client.get(f"/web/20260301080000id_/{URL}?id=2&lang=vi").content == b"two"
    assert client.get(f"/web/20260301080000id_/{URL}").status_code == 404


def test_an_encoded_slash_stays_encoded(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL + "%252Fb", b"twice")
    assert client.get(f"/web/20260301080000id_/{URL}%252Fb").content == b"twice"


@pytest.mark.parametrize("stamp", ["2026", "202602", "20260301080001", "20260301080000999", "20270101"])
@pytest.mark.parametrize("modifier", ["", "id_"])
def test_an_inexact_timestamp_leads_to_the_exact_one(shelf: Shelf, client: Client, stamp: str, modifier: str) -> None:
    shelf.keep(URL, b"x", at=DAY)
    response = client.get(f"/web/{stamp}{modifier}/{URL}")
    assert response.status_code == 302
    assert response.headers["Location"] == f"{BASE}/20260301080000{modifier}/{URL}"
    assert "Memento-Datetime" not in response.headers


def test_seventeen_digits_pick_one_capture_of_a_second(shelf: Shelf, client: Client) -> None:
    for ms in (1, 2):
        shelf.keep(URL, b"%d" % ms, at=later(milliseconds=ms))
    assert client.get(f"/web/20260301080000002id_/{URL}").content == b"2"
    assert client.get(f"/web/20260301080000001id_/{URL}").content == b"1"


def test_every_capture_of_a_second_is_reached_by_the_timemap_and_by_redirects(shelf: Shelf, client: Client) -> None:
    for ms in (100, 400, 400):
        shelf.keep(URL, b"%d" % ms, at=later(milliseconds=ms))
    shelf.keep(URL, b"later", at=later(seconds=5))
    stamps = re.findall(r"/web/(\d+)/", client.get(f"/web/timemap/link/{URL}").text)
    assert [len(stamp) for stamp in stamps] == [17, 17, 17, 14]
    found = [client.get(f"/web/{stamp}id_/{URL}") for stamp in stamps]
    assert [each.status_code for each in found] == [200] * 4
    assert [each.content for each in found] == [b"100", b"400", b"400", b"later"]
    gate = client.get(f"/web/{URL}", headers={"Accept-Datetime": "Sun, 01 Mar 2026 08:00:00 GMT"})
    assert gate.headers["Location"] == f"{BASE}/{stamps[0]}/{URL}"
    assert client.get(f"/web/2026030108/{URL}").headers["Location"] == f"{BASE}/20260301080005/{URL}"
    assert client.get(f"/web/20260301080001id_/{URL}").headers["Location"] == f"{BASE}/{stamps[1]}id_/{URL}"
    rows = client.get(f"/cdx/search/cdx?url={URL}&fl=timestamp").text.split()
    assert rows == ["20260301080000"] * 3 + ["20260301080005"]


def test_the_timegate_leads_to_the_nearest_memento(shelf: Shelf, client: Client) -> None:
    for day in range(3):
        shelf.keep(URL, b"%d" % day, at=later(days=day))

    def location(when: str | None) -> str:
        response = client.get(f"/web/{URL}", headers={"Accept-Datetime": when} if when else {})
        assert response.status_code == 302
        assert "accept-datetime" in response.headers["Vary"].lower()
        assert "Memento-Datetime" not in response.headers
        for rel in ("original", "timegate", "timemap", "first", "last"):
            assert re.search(rf'rel="[^"]*\b{rel}\b', response.headers["Link"])
        return response.headers["Location"]

    assert location(None) == f"{BASE}/20260303080000/{URL}"
    assert location("Mon, 02 Mar 2026 07:00:00 GMT") == f"{BASE}/20260302080000/{URL}"
    assert location("Mon, 02 Mar 2026 19:59:00 GMT") == f"{BASE}/20260302080000/{URL}"
    assert location("Thu, 01 Jan 1998 00:00:00 GMT") == f"{BASE}/20260301080000/{URL}"
    assert location("Sat, 01 Jan 2050 00:00:00 GMT") == f"{BASE}/20260303080000/{URL}"


def test_the_timegate_refuses_a_malformed_date_and_what_is_not_held(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    assert client.get(f"/web/{URL}", headers={"Accept-Datetime": "tomorrow"}).status_code == 400
    missing = client.get("/web/https://courier.example/none")
    assert missing.status_code == 404
    assert "Memento-Datetime" not in missing.headers


def test_head_is_answered_like_get_without_a_body(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"12345")
    response = client.get(f"/web/20260301080000id_/{URL}", method="HEAD")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Length"] == "5"
    assert client.get(f"/web/{URL}", method="HEAD").status_code == 302


def test_only_reading_is_allowed(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    response = client.get(f"/web/{URL}", method="POST")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_a_prefer_header_chooses_the_view(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, EVIL)
    raw = client.get(f"/web/20260301080000/{URL}", headers={"Prefer": "raw"})
    assert raw.content == EVIL
    assert raw.headers["Preference-Applied"] == "raw"
    assert raw.headers["Content-Security-Policy"].startswith("sandbox")
    gate = client.get(f"/web/{URL}", headers={"Prefer": "original"})
    assert gate.headers["Location"] == f"{BASE}/20260301080000id_/{URL}"


@pytest.mark.parametrize("word", ["original", "original-content", "raw", "rewritten"])
def test_mementos_timegate_and_errors_say_what_preference_they_heed(shelf: Shelf, client: Client, word: str) -> None:
    shelf.keep(URL, EVIL)
    wish = {"Prefer": f"wait=5, {word}; x=1"}
    for target, status in [
        (f"/web/20260301080000/{URL}", 200),
        (f"/web/20260301080000id_/{URL}", 200),
        (f"/web/2026/{URL}", 302),
        (f"/web/{URL}", 302),
        (f"/web/{URL}/none", 404),
        (f"/web/2026/{URL}/none", 404),
        (f"/web/20261301000000/{URL}", 400),
    ]:
        heeded, bare = client.get(target, headers=wish), client.get(target)
        assert (heeded.status_code, bare.status_code) == (status, status)
        assert heeded.headers["Preference-Applied"] == word
        assert "Preference-Applied" not in bare.headers
        for response in (heeded, bare):
            lines = [value for name, value in response.headers.multi_items() if name == "vary"]
            assert len(lines) == 1
            assert "prefer" in [each.strip().lower() for each in lines[0].split(",")]
    memento = client.get(f"/web/20260301080000/{URL}", headers=wish)
    assert (memento.content == EVIL) is (word != "rewritten")
    gate = client.get(f"/web/{URL}", headers=wish)
    assert ("id_/" in gate.headers["Location"]) is (word != "rewritten")


def test_a_memento_and_the_timegates_answer_name_the_timegate_alike(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    named = f'<{BASE}/{URL}>; rel="timegate"'
    assert named in client.get(f"/web/{URL}").headers["Link"]
    assert named in client.get(f"/web/20260301080000/{URL}").headers["Link"]


@pytest.mark.parametrize("stamp", ["2", "20", "202", "2id_", "99"])
@pytest.mark.parametrize("url", [URL, "courier.example/a", "https%3A%2F%2Fcourier.example%2Fa"])
def test_few_digits_before_a_url_are_a_timestamp(shelf: Shelf, client: Client, stamp: str, url: str) -> None:
    shelf.keep(URL, b"x")
    modifier = "id_" if stamp.endswith("id_") else ""
    assert client.get(f"/web/{stamp}/{url}").headers["Location"] == f"{BASE}/20260301080000{modifier}/{URL}"


def test_the_view_never_holds_archived_markup(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL + "?<script>alert(2)</script>", EVIL)
    response = client.look(f"/web/20260301080000/{URL}?%3Cscript%3Ealert(2)%3C/script%3E")
    assert response.status_code == 200
    assert "<script" not in response.text
    assert response.headers["Memento-Datetime"] == "Sun, 01 Mar 2026 08:00:00 GMT"
    assert 'rel="original"' in response.headers["Link"]
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert f'href="{BASE}/20260301080000id_/' in response.text


def test_an_archived_error_is_a_memento_with_its_status(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"gone", status="410 Gone")
    for modifier in ("", "id_"):
        response = client.get(f"/web/20260301080000{modifier}/{URL}")
        assert response.status_code == 410
        assert "Memento-Datetime" in response.headers


def test_an_archived_redirect_is_followed_within_the_archive(shelf: Shelf, client: Client) -> None:
    shelf.keep("http://www.courier.example/a", status="301 Moved", headers=b"Location: https://courier.example/a\r\n")
    shelf.keep(URL, b"page", at=later(seconds=3))
    response = client.get("/web/20260301080000/http://www.courier.example/a")
    assert response.status_code == 301
    assert response.headers["Location"] == f"{BASE}/20260301080003/{URL}"
    assert "Memento-Datetime" in response.headers
    assert client.get(f"/web/20260301080003/{URL}").status_code == 200


def test_a_redirect_to_what_is_not_held_stays_on_its_page(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, status="302 Found", headers=b"Location: https://other.example/\r\n")
    response = client.get(f"/web/20260301080000/{URL}")
    assert response.status_code == 302
    assert "Location" not in response.headers
    assert "https://other.example/" in response.text


def test_other_modifiers_lead_to_what_stands_for_them(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    for modifier in ("js_", "fw_"):
        assert (
            client.get(f"/web/20260301080000{modifier}/{URL}").headers["Location"] == f"{BASE}/20260301080000id_/{URL}"
        )
    assert client.get(f"/web/20260301080000zz_/{URL}").headers["Location"] == f"{BASE}/20260301080000/{URL}"


def test_a_star_leads_to_the_list_of_captures(client: Client) -> None:
    response = client.get(f"/web/*/{URL}?x=1")
    assert response.headers["Location"] == "/held?url=https%3A%2F%2Fcourier.example%2Fa%3Fx%3D1"


def test_a_timemap_lists_every_memento(shelf: Shelf, client: Client) -> None:
    for day in range(3):
        shelf.keep(URL, b"%d" % day, at=later(days=day), status=["200 OK", "404 No", "200 OK"][day])
    response = client.get(f"/web/timemap/link/{URL}")
    assert response.headers["Content-Type"] == "application/link-format"
    assert re.findall(r'rel="([a-z ]*memento)"', response.text) == ["first memento", "memento", "last memento"]
    assert response.text.count('rel="original"') == 1
    assert "Memento-Datetime" not in response.headers


def test_a_long_timemap_comes_in_pages_that_cover_it(
    shelf: Shelf, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.web.replaying.TIMEMAP_PAGE", 2)
    for day in range(5):
        shelf.keep(URL, b"%d" % day, at=later(days=day))
    target: str | None = f"/web/timemap/link/{URL}"
    seen: list[str] = []
    while target:
        text = client.get(target).text
        seen += re.findall(r'/web/(\d{14})/[^>]*>; rel="[a-z ]*memento"', text)
        following = re.search(r'<http://archive.localhost([^>]+)>; rel="timemap"', text)
        target = following[1] if following else None
    assert seen == [f"2026030{day}080000" for day in range(1, 6)]


def test_an_unknown_or_empty_timemap_is_said(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    assert client.get(f"/web/timemap/xml/{URL}").status_code == 400
    missing = client.get("/web/timemap/link/https://courier.example/none")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "not-held"


@pytest.mark.parametrize(
    "target", ["/web/20261399000000/https://a.example/", "/web/ftp://a.example/", "/web/", "/web/2026/"]
)
def test_what_is_no_address_is_400(client: Client, target: str) -> None:
    assert client.get(target).status_code == 400


def test_an_archived_script_cannot_become_a_service_worker(shelf: Shelf, client: Client) -> None:
    shelf.keep("https://courier.example/sw.js", b"self.onfetch=1", headers=b"Content-Type: text/javascript\r\n")
    for target in ("/web/20260301080000id_/https://courier.example/sw.js", "/static/archive.css", "/"):
        response = client.get(target, headers={"Service-Worker": "script"})
        assert response.status_code == 403
        assert b"onfetch" not in response.content


def test_links_are_made_under_the_public_address(shelf: Shelf, client_with: Callable[..., Client]) -> None:
    shelf.keep(URL, b"x")
    client = client_with(public_url="https://kept.example/news/")
    assert client.get(f"/web/{URL}").headers["Location"] == f"https://kept.example/news/web/20260301080000/{URL}"
    assert 'href="/news/static/archive.css"' in client.get("/").text


def test_a_forged_host_header_does_not_get_into_links(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, b"x")
    response = client.get(f"/web/{URL}", headers={"Host": 'evil"><x>'})
    assert response.status_code == 421
    assert "evil" not in response.text


def test_a_year_or_a_month_leads_to_the_capture_nearest_to_its_end(shelf: Shelf, client: Client) -> None:
    for day in (0, 20, 50):
        shelf.keep(URL, b"%d" % day, at=later(days=day))
    for stamp, found in (("2025", "20260301"), ("202603", "20260321"), ("20260302", "20260301"), ("2026", "20260420")):
        assert f"/web/{found}080000/" in client.get(f"/web/{stamp}/{URL}").headers["Location"], stamp


def test_a_preference_is_heeded_and_said_wherever_it_is_asked_for(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, EVIL)
    for target in (f"/web/20260301080000/{URL}", f"/web/20260301080000id_/{URL}"):
        raw = client.get(target, headers={"Prefer": "raw"})
        assert raw.headers.get_list("Preference-Applied") == ["raw"]
        assert raw.content == EVIL
        rewritten = client.get(target, headers={"Prefer": "rewritten"})
        assert rewritten.headers.get_list("Preference-Applied") == ["rewritten"]
        assert b"<script" not in rewritten.content
    gate = client.get(f"/web/{URL}", headers={"Prefer": "raw"})
    assert gate.headers["Preference-Applied"] == "raw"
    assert gate.headers["Vary"] == "accept-datetime, Prefer"
    assert "Preference-Applied" not in client.get(f"/web/{URL}").headers


RAW = f"/web/20260301080000id_/{URL}"
TEN = b"0123456789"


@pytest.mark.parametrize(
    ("wish", "status", "place", "body"),
    [
        ("bytes=2-4", 206, "bytes 2-4/10", b"234"),
        ("bytes=7-", 206, "bytes 7-9/10", b"789"),
        ("bytes=-3", 206, "bytes 7-9/10", b"789"),
        ("bytes=-99", 206, "bytes 0-9/10", TEN),
        ("bytes=0-99999999999999999999", 206, "bytes 0-9/10", TEN),
        ("Bytes = 0-0 , ", 206, "bytes 0-0/10", b"0"),
        ("bytes=10-", 416, "bytes */10", b""),
        ("bytes=10-12", 416, "bytes */10", b""),
        ("bytes=-0", 416, "bytes */10", b""),
        ("bytes=0-1,4-5", 200, None, TEN),
        ("bytes=4-2", 200, None, TEN),
        ("bytes=-", 200, None, TEN),
        ("bytes=a-b", 200, None, TEN),
        ("lines=0-1", 200, None, TEN),
        ("bytes", 200, None, TEN),
        ("", 200, None, TEN),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_range_of_a_raw_memento_gives_that_part_of_the_stored_bytes(
    shelf: Shelf, client: Client, wish: str, status: int, place: str | None, body: bytes, method: str
) -> None:
    shelf.keep(URL, TEN)
    response = client.get(RAW, method=method, headers={"Range": wish})
    assert response.status_code == status
    assert response.headers.get("Content-Range") == place
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Length"] == str(len(body))
    assert response.content == (body if method == "GET" else b"")
    assert ("Memento-Datetime" in response.headers) is (status != 416)
    assert ("X-Archive-Orig-Content-Type" in response.headers) is (status != 416)


def test_a_coded_body_has_ranges_where_it_is_sent_as_stored_and_none_where_it_is_decoded(
    shelf: Shelf, client: Client
) -> None:
    packed = gzip.compress(b"tin " * 1000)
    shelf.keep(URL, packed, headers=b"Content-Encoding: gzip\r\n")
    response = client.get(RAW, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9", "Sec-Fetch-Dest": "empty"})
    # httpx would decode the part.
    assert (response.status_code, response.headers["Content-Range"]) == (206, f"bytes 0-9/{len(packed)}")
    assert response.headers["Content-Encoding"] == "gzip"
    decoded = client.get(RAW, headers={"Range": "bytes=0-9"})
    assert (decoded.status_code, decoded.content) == (200, b"tin " * 1000)
    assert not {"accept-ranges", "content-range", "etag"} & set(decoded.headers)


def test_an_archived_error_or_part_has_no_ranges(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, TEN, status="404 Not Found")
    response = client.get(RAW, headers={"Range": "bytes=0-1"})
    assert (response.status_code, response.content) == (404, TEN)
    assert "Accept-Ranges" not in response.headers


def test_if_range_asks_for_the_part_of_one_representation(shelf: Shelf, client: Client) -> None:
    shelf.keep(URL, TEN)
    etag = client.get(RAW).headers["ETag"]
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', etag)

    def status(condition: str) -> int:
        return client.get(RAW, headers={"Range": "bytes=0-1", "If-Range": condition}).status_code

    assert status(etag) == 206
    assert status(f"W/{etag}") == status('"other"') == status("Sun, 01 Mar 2026 08:00:00 GMT") == 200


def test_an_etag_names_the_stored_bytes_and_their_coding(shelf: Shelf, client: Client) -> None:
    first = shelf.keep(URL, TEN)
    shelf.keep(URL, TEN + b"!", at=later(days=1))
    shelf.keep_revisit(first, at=later(days=2), head=b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    shelf.keep(URL, TEN, at=later(days=3), headers=b"Content-Encoding: gzip\r\n")
    took = {"Accept-Encoding": "gzip"}
    etags = [
        client.get(f"/web/2026030{d}080000id_/{URL}", method="HEAD", headers=took).headers["ETag"] for d in range(1, 5)
    ]
    assert etags[0] == etags[2]
    assert len(set(etags)) == 3
