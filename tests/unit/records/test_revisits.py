"""A revisit is followed to the capture whose body it stands for, whatever its writer named that capture with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from archiver.model.capture import Capture
from archiver.model.digest import Digest
from archiver.model.record import RecordId, RecordType
from archiver.records.revisits import resolve_revisit
from tests.shelf import DAY, Shelf, later

URL = "https://courier.example/a"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path)
    yield made
    made.close()


def again(shelf: Shelf, of: Capture, **facts: object) -> Capture:
    """A revisit row of ``of`` that names nothing but its digest, and ``facts``."""
    bare = shelf.keep_revisit(of, at=later(days=3), head=HEAD, by="nothing")
    changed = replace(bare, **facts)
    shelf.catalog.captures.put_back([changed])
    return changed


def test_what_is_no_revisit_is_its_own_original(shelf: Shelf) -> None:
    page = shelf.keep(URL, b"page")
    picture = shelf.keep_resource(URL, b"png", at=DAY, content_type="image/png")
    assert resolve_revisit(shelf.catalog, page) == page
    assert resolve_revisit(shelf.catalog, picture) == picture


def test_the_record_id_goes_first(shelf: Shelf) -> None:
    page = shelf.keep(URL, b"page")
    other = shelf.keep("https://courier.example/b", b"other", at=later(hours=1))
    named = again(shelf, page, refers_to=page.record_id, refers_to_url=other.url, refers_to_at=other.at)
    assert resolve_revisit(shelf.catalog, named) == page


def test_an_id_that_is_not_held_gives_way_to_url_and_date(shelf: Shelf) -> None:
    page = shelf.keep(URL, b"page")
    elsewhere = RecordId("urn:uuid:11111111-1111-1111-1111-111111111111")
    named = again(shelf, page, refers_to=elsewhere, refers_to_url=page.url, refers_to_at=page.at)
    assert resolve_revisit(shelf.catalog, named) == page


def test_a_date_without_a_fraction_means_its_whole_second(shelf: Shelf) -> None:
    page = shelf.keep("https://courier.example/b", b"page", at=later(milliseconds=700))
    named = again(shelf, page, url=URL, refers_to_url=page.url, refers_to_at=DAY)
    assert resolve_revisit(shelf.catalog, named) == page


def test_of_several_in_that_second_the_one_with_the_same_payload_is_meant(shelf: Shelf) -> None:
    shelf.keep(URL, b"one", at=later(milliseconds=100))
    page = shelf.keep(URL, b"two", at=later(milliseconds=700))
    named = again(shelf, page, refers_to_url=URL, refers_to_at=DAY)
    assert resolve_revisit(shelf.catalog, named) == page


def test_a_digest_alone_finds_the_same_bytes_of_the_same_url(shelf: Shelf) -> None:
    shelf.keep(URL, b"other", at=later(days=2))
    page = shelf.keep(URL, b"page")
    assert resolve_revisit(shelf.catalog, again(shelf, page)) == page


def test_a_digest_finds_the_bytes_of_the_url_that_is_named_without_a_date(shelf: Shelf) -> None:
    page = shelf.keep("https://courier.example/b", b"page")
    named = again(shelf, page, url=URL, surt=shelf.keep(URL, b"x").surt, refers_to_url=page.url)
    assert resolve_revisit(shelf.catalog, named) == page


def test_a_sha256_of_the_payload_is_a_digest_too(shelf: Shelf) -> None:
    page = shelf.keep(URL, b"page")
    sha256 = Digest("sha256", bytes(range(32)))
    shelf.catalog.captures.put_back([replace(page, payload_sha256=sha256)])
    found = resolve_revisit(shelf.catalog, again(shelf, page, digest=sha256))
    assert found is not None
    assert found.record_id == page.record_id


def test_other_bytes_are_never_taken_for_the_original(shelf: Shelf) -> None:
    page = shelf.keep(URL, b"page")
    lost = again(shelf, page, digest=Digest("sha1", bytes(20)))
    assert resolve_revisit(shelf.catalog, lost) is None


def test_revisits_of_revisits_are_followed_and_rings_are_not(shelf: Shelf) -> None:
    page = shelf.keep(URL, b"page")
    first = shelf.keep_revisit(page, at=later(days=1), head=HEAD)
    second = shelf.keep_revisit(first, at=later(days=2), head=HEAD)
    assert resolve_revisit(shelf.catalog, second) == page
    ring = replace(first, refers_to=second.record_id)
    shelf.catalog.captures.put_back([ring])
    assert resolve_revisit(shelf.catalog, replace(second, digest=None)) is None


def test_a_resource_and_a_revisit_without_a_status_answer_for_their_url(shelf: Shelf) -> None:
    picture = shelf.keep_resource(URL, b"png", at=DAY, content_type="image/png")
    bare = replace(shelf.keep_revisit(picture, at=DAY + timedelta(days=1), head=b""), status=None)
    shelf.catalog.captures.put_back([bare])
    assert picture.is_memento
    assert bare.is_memento
    assert not replace(picture, record_type=RecordType.CONVERSION).is_memento
    assert shelf.catalog.mementos.nearest(picture.surt, DAY) == picture
    assert shelf.catalog.mementos.count(picture.surt) == 2
