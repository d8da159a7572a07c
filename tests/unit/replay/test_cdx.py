from __future__ import annotations

import json

import pytest

from archiver.errors import UsageError
from archiver.replay.cdx import FIELDS, answer, read_query
from tests.shelf import Shelf, later

URL = "https://courier.example/a"


def ask(shelf: Shelf, **parameters: str) -> str:
    parameters = {name.rstrip("_"): value for name, value in parameters.items()}
    return "".join(answer(shelf.catalog, read_query({"url": URL, **parameters})))


def test_text_has_the_seven_fields_of_the_internet_archive(shelf: Shelf) -> None:
    capture = shelf.keep(URL, b"x")
    assert capture.digest is not None
    assert ask(shelf) == (
        f"example,courier)/a 20260301080000 {URL} text/html 200 {capture.digest.bare} {capture.record.length}\n"
    )


def test_json_begins_with_the_field_names(shelf: Shelf) -> None:
    shelf.keep(URL, b"x")
    rows = json.loads(ask(shelf, output="json", fl="timestamp,original"))
    assert rows == [["timestamp", "original"], ["20260301080000", URL]]
    assert json.loads(ask(shelf, output="json"))[0] == list(FIELDS)


def test_nothing_held_is_empty(shelf: Shelf) -> None:
    assert ask(shelf) == ""
    assert json.loads(ask(shelf, output="json")) == []


def test_from_and_to_are_inclusive_and_may_be_short(shelf: Shelf) -> None:
    for day in range(4):
        shelf.keep(URL, b"%d" % day, at=later(days=day))

    def days(**span: str) -> list[str]:
        return [line[6:8] for line in ask(shelf, fl="timestamp", **span).splitlines()]

    assert days(from_="20260302", to="20260303") == ["02", "03"]
    assert days(from_="2026", to="2026") == ["01", "02", "03", "04"]
    assert days(from_="2", to="2") == ["01", "02", "03", "04"]
    assert days(to="2025") == []


def test_a_limit_takes_the_first_and_a_negative_one_the_last(shelf: Shelf) -> None:
    for day in range(4):
        shelf.keep(URL, b"%d" % day, at=later(days=day))
    assert [line[6:8] for line in ask(shelf, fl="timestamp", limit="2").splitlines()] == ["01", "02"]
    assert [line[6:8] for line in ask(shelf, fl="timestamp", limit="-2").splitlines()] == ["03", "04"]


def test_a_revisit_is_marked_and_only_this_url_is_told(shelf: Shelf) -> None:
    first = shelf.keep(URL, b"x")
    shelf.keep_revisit(first, at=later(days=1), head=b"HTTP/1.1 200 OK\r\n\r\n")
    shelf.keep(URL + "b", b"other")
    assert ask(shelf, fl="mimetype,statuscode").splitlines() == ["text/html 200", "warc/revisit -"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "abc"},
        {"limit": "0"},
        {"limit": "1e9"},
        {"limit": "٣"},
        {"from": "20261399"},
        {"to": "x"},
        {"from": "123456789012345678"},
        {"output": "xml"},
        {"fl": "urlkey,secret"},
        {"matchType": "prefix"},
        {"filter": "statuscode:200"},
        {"url": ""},
        {"url": "https://courier.example/*"},
        {"url": "ftp://courier.example/"},
    ],
    ids=str,
)
def test_what_is_malformed_or_not_answered_is_a_usage_error(parameters: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        read_query({"url": URL, **parameters})


def test_a_row_never_breaks_into_two(shelf: Shelf) -> None:
    shelf.keep(URL + "?q=a b\nc", b"x")
    rows = "".join(answer(shelf.catalog, read_query({"url": URL + "?q=a b\nc"}))).splitlines()
    assert len(rows) == 1
    assert len(rows[0].split(" ")) == 7
