"""The CDX server: what queries select and how it is told, in both dialects."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from archiver.errors import UsageError
from archiver.model.capture import Capture
from archiver.replay.cdx import answer, read_ia_query, read_pywb_query
from archiver.replay.cdx.ia import DEFAULT_FIELDS
from tests.shelf import DAY, Shelf, later

URL = "https://courier.example/a"


def ask(shelf: Shelf, url: str = URL, **parameters: str | list[str]) -> str:
    return _ask(shelf, read_ia_query, url, parameters)


def ask_pywb(shelf: Shelf, url: str = URL, **parameters: str | list[str]) -> str:
    return _ask(shelf, read_pywb_query, url, parameters)


def _ask(shelf: Shelf, read: Any, url: str, parameters: dict[str, Any], **bounds: int) -> str:
    pairs = [("url", url)]
    for name, value in parameters.items():
        pairs += [(name.rstrip("_"), each) for each in ([value] if isinstance(value, str) else value)]
    return "".join(answer(shelf.catalog, read(pairs), **bounds).body)


def rows(text: str) -> list[list[str]]:
    return [line.split(" ") for line in text.splitlines()]


def days(text: str) -> list[str]:
    """The days of the answer to ``fl=timestamp``."""
    return [line[6:8] for line in text.splitlines()]


@pytest.fixture
def week(shelf: Shelf) -> list[Capture]:
    """Seven captures of one URL; two of them say what the day before said, one is an error."""
    bodies = (b"1", b"1", b"2", b"2", b"3", b"4", b"5")
    return [
        shelf.keep(URL, body, at=later(days=day), status="404 Not Found" if day == 5 else "200 OK")
        for day, body in enumerate(bodies)
    ]


@pytest.fixture
def town(shelf: Shelf) -> Shelf:
    for url in (
        "https://courier.example/",
        "https://courier.example/news/1",
        "https://courier.example/news/2",
        "https://courier.example/newsletter",
        "https://img.courier.example/a.png",
        "https://other.example/news/1",
        "https://courierx.example/news/1",
    ):
        shelf.keep(url, url.encode())
    return shelf


def test_text_has_the_seven_fields_of_the_internet_archive(shelf: Shelf) -> None:
    capture = shelf.keep(URL, b"x")
    assert capture.digest is not None
    assert ask(shelf) == (
        f"example,courier)/a 20260301080000 {URL} text/html 200 {capture.digest.bare} {capture.record.length}\n"
    )


def test_json_begins_with_the_field_names(shelf: Shelf) -> None:
    shelf.keep(URL, b"x")
    assert json.loads(ask(shelf, output="json", fl="timestamp,original")) == [
        ["timestamp", "original"],
        ["20260301080000", URL],
    ]
    assert json.loads(ask(shelf, output="json"))[0] == list(DEFAULT_FIELDS)


def test_nothing_held_is_empty(shelf: Shelf) -> None:
    assert ask(shelf) == ""
    assert json.loads(ask(shelf, output="json")) == []
    assert ask_pywb(shelf, output="json") == ""


def test_from_and_to_are_inclusive_and_may_be_short(shelf: Shelf, week: list[Capture]) -> None:
    assert days(ask(shelf, fl="timestamp", from_="20260302", to="20260303")) == ["02", "03"]
    assert len(days(ask(shelf, fl="timestamp", from_="2", to="2"))) == 7
    assert days(ask(shelf, fl="timestamp", to="2025")) == []
    assert len(days(ask(shelf, fl="timestamp", from_="0"))) == 7


def test_a_limit_takes_the_first_and_a_negative_one_the_last(shelf: Shelf, week: list[Capture]) -> None:
    assert days(ask(shelf, fl="timestamp", limit="2")) == ["01", "02"]
    assert days(ask(shelf, fl="timestamp", limit="-2")) == ["06", "07"]
    assert days(ask(shelf, fl="timestamp", limit="-2", collapse="digest")) == ["06", "07"]
    assert days(ask(shelf, fl="timestamp", limit="2", offset="3")) == ["04", "05"]
    assert days(ask(shelf, fl="timestamp", limit="999999999999")) == ["01", "02", "03", "04", "05", "06", "07"]


@pytest.mark.parametrize(
    ("url", "more", "paths"),
    [
        ("courier.example/news/", {"matchType": "prefix"}, ["/news/1", "/news/2"]),
        ("courier.example/news*", {}, ["/news/1", "/news/2", "/newsletter"]),
        ("https://www.courier.example/news/*", {}, ["/news/1", "/news/2"]),
        ("http://courier.example/anything", {"matchType": "host"}, ["/", "/news/1", "/news/2", "/newsletter"]),
        ("courier.example/*", {}, ["/", "/news/1", "/news/2", "/newsletter"]),
        ("*.courier.example", {}, ["/", "/news/1", "/news/2", "/newsletter", "/a.png"]),
        ("courier.example", {"matchType": "domain"}, ["/", "/news/1", "/news/2", "/newsletter", "/a.png"]),
        ("courier.example", {}, ["/"]),
        ("courier.example/news*", {"matchType": "exact"}, []),
    ],
)
def test_a_query_is_for_a_url_a_prefix_a_host_or_a_domain(
    town: Shelf, url: str, more: dict[str, str], paths: list[str]
) -> None:
    found = [line.split("/", 3)[3] for line in ask(town, url, fl="original", **more).splitlines()]
    assert ["/" + path for path in found] == paths
    assert ask(town, url, fl="original", **more) == ask_pywb(town, url, fl="url", output="text", **more)


def test_filters_choose_by_pattern_each_dialect_in_its_way(shelf: Shelf, week: list[Capture]) -> None:
    assert days(ask(shelf, fl="timestamp", filter="statuscode:404")) == ["06"]
    assert len(days(ask(shelf, fl="timestamp", filter="!statuscode:4.."))) == 6
    assert days(ask(shelf, fl="timestamp", filter="statuscode:4")) == []  # the whole value must match
    assert days(ask(shelf, fl="timestamp", filter=["!statuscode:404", "timestamp:2026030[1-2].*"])) == ["01", "02"]
    assert days(ask_pywb(shelf, fl="timestamp", output="text", filter="status:4")) == ["06"]  # contains
    assert days(ask_pywb(shelf, fl="timestamp", output="text", filter="=status:4")) == []
    assert days(ask_pywb(shelf, fl="timestamp", output="text", filter="=status:404")) == ["06"]
    assert days(ask_pywb(shelf, fl="timestamp", output="text", filter="~timestamp:2026030[1-2]")) == ["01", "02"]
    assert len(days(ask_pywb(shelf, fl="timestamp", output="text", filter="!~timestamp:2026030[1-2]"))) == 5


def test_a_pattern_made_to_hang_does_not(shelf: Shelf) -> None:
    url = "https://courier.example/" + "a" * 5_000
    shelf.keep(url, b"x")
    began = time.process_time()
    assert ask(shelf, url, filter="original:(https://courier.example/)(a|aa|a*)*(a+)+$!") == ""
    assert time.process_time() - began < 5


def test_neighbours_that_agree_collapse(shelf: Shelf, week: list[Capture]) -> None:
    assert days(ask(shelf, fl="timestamp", collapse="digest")) == ["01", "03", "05", "06", "07"]
    assert days(ask(shelf, fl="timestamp", collapse="timestamp:6")) == ["01"]
    assert days(ask(shelf, fl="timestamp", collapse=["digest", "statuscode"])) == ["01", "06", "07"]
    assert days(ask_pywb(shelf, fl="timestamp", output="text", collapseTime="6")) == ["01", "06", "07"]


def test_rows_come_backwards_or_by_their_distance(shelf: Shelf, week: list[Capture]) -> None:
    assert days(ask(shelf, fl="timestamp", sort="reverse", limit="2")) == ["07", "06"]
    near = ask(shelf, fl="timestamp", sort="closest", closest="20260304080000")
    assert days(near) == ["04", "03", "05", "02", "06", "01", "07"]
    assert days(ask(shelf, fl="timestamp", sort="closest", closest="2020", limit="1")) == ["01"]
    assert days(ask(shelf, fl="timestamp", sort="closest", closest="202603", limit="1")) == ["07"]  # the month's end
    assert days(ask_pywb(shelf, fl="timestamp", output="text", reverse="1", limit="1")) == ["07"]
    assert days(ask(shelf, fl="timestamp", sort="closest", closest="2030", limit="1")) == ["07"]
    inside = ask(shelf, fl="timestamp", sort="closest", closest="20260304080000", from_="20260303", to="20260305")
    assert days(inside) == ["04", "03", "05"]


def test_a_resume_key_goes_on_where_the_answer_ended(town: Shelf) -> None:
    whole = ask(town, "*.courier.example", fl="original").splitlines()
    told: list[str] = []
    key: dict[str, str] = {}
    while True:
        text = ask(town, "*.courier.example", fl="original", limit="2", showResumeKey="true", **key)
        page, _, following = text.partition("\n\n")
        told += page.split()
        if not following:
            break
        assert following.strip() not in page
        key = {"resumeKey": following.strip()}
    assert told == whole
    assert len(told) == 5


def test_a_resume_key_loses_no_row_and_repeats_none_when_rows_collapse(shelf: Shelf, week: list[Capture]) -> None:
    first = json.loads(ask(shelf, fl="timestamp", collapse="digest", limit="2", output="json", showResumeKey="true"))
    *page, empty, [key] = first
    assert empty == []
    rest = ask(shelf, fl="timestamp", collapse="digest", showResumeKey="true", resumeKey=key)
    assert [row[0][6:8] for row in page[1:]] + days(rest) == ["01", "03", "05", "06", "07"]


def test_the_last_page_has_no_resume_key(shelf: Shelf, week: list[Capture]) -> None:
    for more in ({"limit": "7"}, {}, {"limit": "-2"}, {"sort": "closest", "closest": "2026", "limit": "2"}):
        assert "\n\n" not in ask(shelf, showResumeKey="true", **more)


def test_pages_are_counted_in_blocks(shelf: Shelf, week: list[Capture]) -> None:
    def paged(read: Any = read_ia_query, url: str = URL, **parameters: str) -> str:
        return _ask(shelf, read, url, parameters, block=3)

    assert paged(showNumPages="true") == "3\n"
    assert paged(showNumPages="true", pageSize="2") == "2\n"
    assert paged(showNumPages="true", from_="20260306") == "1\n"
    assert json.loads(paged(read_pywb_query, showNumPages="true")) == {"pages": 3, "pageSize": 1, "blocks": 3}
    told = [days(paged(fl="timestamp", page=str(page))) for page in range(3)]
    assert told == [["01", "02", "03"], ["04", "05", "06"], ["07"]]
    assert json.loads(paged(url="https://courier.example/none", output="json", page="0")) == []
    for page in ("3", "9", "999999999999999"):
        with pytest.raises(UsageError):
            paged(output="json", page=page)
    assert days(paged(fl="timestamp", page="0", pageSize="2", limit="4")) == ["01", "02", "03", "04"]
    assert paged(url="https://courier.example/none", showNumPages="true") == "0\n"


def test_a_revisit_is_marked_and_resolved_when_that_is_asked_for(shelf: Shelf) -> None:
    first = shelf.keep(URL, b"x")
    shelf.keep_revisit(first, at=later(days=1), head=b"HTTP/1.1 200 OK\r\n\r\n")
    shelf.keep(URL + "b", b"other")
    assert ask(shelf, fl="mimetype,statuscode").splitlines() == ["text/html 200", "warc/revisit -"]
    full = rows(ask(shelf, resolveRevisits="true"))
    place = [str(first.record.length), str(first.record.offset), first.record.file.rpartition("/")[2]]
    assert [row[3:5] + row[7:] for row in full] == [["text/html", "200", "-", "-", "-"], ["text/html", "200", *place]]
    line = json.loads(ask_pywb(shelf, resolveRevisits="true", output="json").splitlines()[1])
    assert (line["orig.length"], line["orig.offset"], line["orig.filename"]) == tuple(place)


def test_pywb_gets_cdxj_lines_objects_or_fields(shelf: Shelf) -> None:
    capture = shelf.keep(URL, b"x")
    assert capture.digest is not None
    want = {
        "url": URL,
        "mime": "text/html",
        "status": "200",
        "digest": capture.digest.bare,
        "length": str(capture.record.length),
        "offset": str(capture.record.offset),
        "filename": capture.record.file.rpartition("/")[2],
    }
    key, stamp, values = ask_pywb(shelf).rstrip("\n").split(" ", 2)
    assert (key, stamp, json.loads(values)) == ("example,courier)/a", "20260301080000", want)
    assert ask_pywb(shelf, output="cdxj") == ask_pywb(shelf)
    assert json.loads(ask_pywb(shelf, output="json")) == {"urlkey": key, "timestamp": stamp, **want}
    assert json.loads(ask_pywb(shelf, output="json", fl="url,status")) == {"url": URL, "status": "200"}
    assert ask_pywb(shelf, fields="url,status", output="text") == f"{URL} 200\n"
    assert ask_pywb(shelf, fields="urlkey,status") == f'{key} {stamp} {{"status": "200"}}\n'
    ours = ask(shelf, output="cdxj").rstrip("\n").split(" ", 2)
    assert json.loads(ours[2])["mime"] == "text/html"


@pytest.mark.parametrize("read", [read_ia_query, read_pywb_query])
@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "abc"},
        {"limit": "0"},
        {"limit": "1e9"},
        {"limit": "٣"},
        {"limit": "9" * 40},
        {"from": "20261399"},
        {"to": "x"},
        {"from": "123456789012345678"},
        {"output": "xml"},
        {"fl": "urlkey,secret"},
        {"matchType": "range"},
        {"filter": "nonsense"},
        {"filter": "secret:1"},
        {"filter": "~"},
        {"sort": "upwards"},
        {"sort": "closest"},
        {"sort": "closest", "closest": "2026", "matchType": "prefix"},
        {"closest": "x"},
        {"page": "-1"},
        {"page": "x"},
        {"pageSize": "0"},
        {"showNumPages": "maybe"},
        {"resolveRevisits": "maybe"},
        {"url": ""},
        {"url": "*"},
        {"url": "http://*"},
        {"url": "*.*"},
        {"url": "ftp://courier.example/"},
        {"url": "https://courier.example/" + "a" * 9_000},
        {"url": "courier.example/" + "a" * 9_000 + "*"},
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_malformed_is_a_usage_error(read: Any, parameters: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        read(list({"url": URL, **parameters}.items()))


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": "original:(?=a)"},
        {"filter": "original:("},
        {"filter": "original:" + "(a{1000}){1000}"},
        {"filter": "original:" + "a" * 2_000},
        {"collapse": "secret"},
        {"collapse": "digest:x"},
        {"offset": "-1"},
        {"showResumeKey": "x"},
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_the_internet_archive_knows_must_be_well_formed(parameters: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        read_ia_query(list({"url": URL, **parameters}.items()))


def test_a_resume_key_of_nobody_is_a_usage_error(shelf: Shelf) -> None:
    for key in ("x", "resume~AAAA", "é", "resume~" + "A" * 5_000):
        with pytest.raises(UsageError):
            ask(shelf, resumeKey=key)


def test_more_than_twenty_filters_are_refused() -> None:
    with pytest.raises(UsageError):
        read_ia_query([("url", URL), *[("filter", "statuscode:200")] * 21])


def test_a_row_never_breaks_into_two(shelf: Shelf) -> None:
    shelf.keep(URL + "?q=a b\nc", b"x")
    told = rows(ask(shelf, URL + "?q=a b\nc"))
    assert len(told) == 1
    assert len(told[0]) == 7


def test_an_answer_ends_after_so_many_captures_and_says_where(shelf: Shelf, week: list[Capture]) -> None:
    wanted = {"fl": "timestamp", "filter": "statuscode:200"}
    told, _, key = _ask(shelf, read_ia_query, URL, {**wanted, "showResumeKey": "true"}, max_scanned=3).partition("\n\n")
    assert days(told) == ["01", "02", "03"]
    assert days(ask(shelf, resumeKey=key.strip(), **wanted)) == ["04", "05", "07"]


def test_the_body_comes_in_pieces_worth_sending(shelf: Shelf) -> None:
    for number in range(600):
        shelf.keep(f"{URL}/{number}", b"x", at=DAY)
    query = read_ia_query([("url", f"{URL}*")])
    pieces = list(answer(shelf.catalog, query).body)
    assert 1 < len(pieces) < 10
    assert sum(piece.count("\n") for piece in pieces) == 600


def test_text_is_plain_text_in_both_dialects(shelf: Shelf) -> None:
    shelf.keep(URL, b"x")
    for read, more in [(read_ia_query, []), (read_pywb_query, []), (read_pywb_query, [("fl", "url")])]:
        found = answer(shelf.catalog, read([("url", URL), ("output", "text"), *more]))
        assert found.media_type.partition(";")[0] == "text/plain"
    assert ask_pywb(shelf, output="text") == ask_pywb(shelf)
