"""A conditional request names the response whose payload is held, however the newest capture refers to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archiver.fetch.run.conditions import condition_for
from archiver.model.digest import Digest
from tests.shelf import Shelf, later

URL = "https://courier.example/a"
HEAD = b'HTTP/1.1 200 OK\r\nETag: "2"\r\n\r\n'


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("by", ["id", "date", "nothing"])
def test_a_revisit_stands_for_the_response_that_it_repeats(shelf: Shelf, by: str) -> None:
    page = shelf.keep(URL, b"page")
    again = replace(shelf.keep_revisit(page, at=later(days=1), head=HEAD, by=by), etag='"2"')
    shelf.catalog.captures.put_back([again])
    condition = condition_for(shelf.catalog, URL, every=10)
    assert condition is not None
    assert condition.original == page


def test_there_is_none_where_the_payload_is_not_held_or_is_no_response(shelf: Shelf) -> None:
    page = shelf.keep(URL, b"page")
    lost = replace(page, record_id="urn:uuid:gone", digest=Digest("sha1", bytes(20)))
    again = replace(shelf.keep_revisit(lost, at=later(days=1), head=HEAD), etag='"2"')
    shelf.catalog.captures.put_back([again])
    assert condition_for(shelf.catalog, URL, every=10) is None
    picture = shelf.keep_resource("https://courier.example/b", b"png", at=later(), content_type="image/png")
    same = replace(shelf.keep_revisit(picture, at=later(days=1), head=HEAD), etag='"2"')
    shelf.catalog.captures.put_back([same])
    assert condition_for(shelf.catalog, picture.url, every=10) is None
