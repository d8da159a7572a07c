from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable
from dataclasses import replace

import brotli
import pytest

from archiver.errors import NotHeld, RecordDamaged
from archiver.model.capture import Capture
from archiver.model.digest import Digest
from archiver.model.record import BlobKey
from archiver.records.reader import RecordReader
from archiver.replay.address import Links
from archiver.replay.ranges import wanted_range
from archiver.replay.raw import RawAnswer, raw_answer, raw_location, read_stored
from archiver.store import Store
from tests.shelf import DAY, Shelf, later

URL = "https://courier.example/a"
HTML = b"<p>" + "Tin tức ".encode() * 50_000
CODED = b"Content-Type: text/html\r\nContent-Encoding: %s\r\n"
LINKS = Links("http://archive.test")


def answer(shelf: Shelf, capture: Capture, accept: str | None = None) -> RawAnswer:
    stored = read_stored(shelf.catalog, shelf.reader, capture)
    return raw_answer(stored, location=raw_location(shelf.catalog, capture, LINKS), accept_encoding=accept)


def header(found: RawAnswer, name: bytes) -> bytes | None:
    return next((value for key, value in found.headers if key.lower() == name.lower()), None)


def test_status_body_and_renamed_headers_are_the_archived_ones(shelf: Shelf) -> None:
    found = answer(
        shelf,
        shelf.keep(
            URL,
            b"gone",
            status="404 Nope",
            headers=b"Content-Type: text/plain\r\nSet-Cookie: a=1\r\nX-Odd: caf\xe9\r\n",
        ),
    )
    assert found.status == 404
    assert b"".join(found.body) == b"gone"
    assert found.length == 4
    assert header(found, b"Content-Type") == b"text/plain"
    assert header(found, b"Set-Cookie") is None
    assert header(found, b"X-Archive-Orig-Set-Cookie") == b"a=1"
    assert header(found, b"X-Archive-Orig-X-Odd") == b"caf\xe9"


def test_archived_bytes_are_sandboxed(shelf: Shelf) -> None:
    found = answer(shelf, shelf.keep(URL, b"x", headers=b"Content-Security-Policy: default-src *\r\n"))
    assert header(found, b"Content-Security-Policy") == b"sandbox; default-src 'none'"
    assert header(found, b"X-Content-Type-Options") == b"nosniff"
    assert header(found, b"Content-Type") == b"application/octet-stream"


@pytest.mark.parametrize(
    ("coding", "pack"),
    [(b"gzip", gzip.compress), (b"deflate", zlib.compress), (b"br", brotli.compress)],
    ids=["gzip", "deflate", "br"],
)
def test_coded_bytes_go_out_as_stored_or_decoded(shelf: Shelf, coding: bytes, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(HTML)
    capture = shelf.keep(URL, packed, headers=CODED % coding)
    as_stored = answer(shelf, capture, coding.decode())
    assert b"".join(as_stored.body) == packed
    assert as_stored.length == len(packed)
    assert header(as_stored, b"Content-Encoding") == coding
    decoded = answer(shelf, capture, "identity")
    assert header(decoded, b"Content-Encoding") is None
    assert header(decoded, b"X-Archive-Orig-Content-Encoding") == coding
    assert b"".join(decoded.body) == HTML
    assert header(decoded, b"Vary") == b"accept-encoding"


def test_a_bomb_never_stands_unpacked_in_memory(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    pieces = answer(shelf, shelf.keep(URL, bomb, headers=CODED % b"gzip")).body
    assert max(len(piece) for piece in pieces) <= 1 << 20
    monkeypatch.setattr("archiver.replay.raw.MAX_DECODED", 1_000_000)
    capture = shelf.keep(URL, bomb, at=later(hours=1), headers=CODED % b"gzip")
    with pytest.raises(Exception, match="unpacks to more"):
        b"".join(answer(shelf, capture).body)


def test_a_body_that_is_not_coded_as_it_says_comes_as_it_is_and_says_so(shelf: Shelf) -> None:
    found = answer(shelf, shelf.keep(URL, b"plain text", headers=CODED % b"gzip"))
    assert b"".join(found.body) == b"plain text"
    assert header(found, b"X-Archive-Decoding") is not None


def test_an_unknown_coding_is_not_passed_on(shelf: Shelf) -> None:
    found = answer(shelf, shelf.keep(URL, b"plain", headers=CODED % b"utf-8"), "*")
    assert header(found, b"Content-Encoding") is None
    assert b"".join(found.body) == b"plain"


@pytest.mark.parametrize("by", ["id", "date"])
def test_a_revisit_has_its_own_headers_and_the_body_it_refers_to(shelf: Shelf, by: str) -> None:
    first = shelf.keep(URL, HTML, headers=b"Content-Type: text/html\r\nX-Time: 1\r\n")
    again = shelf.keep_revisit(
        first, at=later(days=1), head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Time: 2\r\n\r\n", by=by
    )
    found = answer(shelf, again)
    assert found.status == 200
    assert header(found, b"X-Archive-Orig-X-Time") == b"2"
    assert b"".join(found.body) == HTML


def test_not_modified_is_answered_with_what_was_not_modified(shelf: Shelf) -> None:
    first = shelf.keep(URL, HTML)
    again = shelf.keep_revisit(first, at=later(days=1), head=b"HTTP/1.1 304 Not Modified\r\n\r\n", not_modified=True)
    found = answer(shelf, again)
    assert found.status == 200
    assert b"".join(found.body) == HTML


def test_a_revisit_of_what_is_not_held_is_not_held(shelf: Shelf) -> None:
    first = shelf.keep(URL, HTML)
    lost = replace(first, digest=Digest("sha1", bytes(20)))
    again = shelf.keep_revisit(lost, at=later(days=1), head=b"HTTP/1.1 200 OK\r\n\r\n", by="nothing")
    with pytest.raises(NotHeld, match="repeats"):
        answer(shelf, again)


def test_an_archived_redirect_leads_to_the_raw_capture_of_its_target(shelf: Shelf) -> None:
    capture = shelf.keep("https://courier.example/old", status="302 Found", headers=b"Location: /a?x=1\r\n")
    unheld = answer(shelf, capture)
    assert unheld.status == 302
    assert header(unheld, b"Location") == b"http://archive.test/web/20260301080000id_/https://courier.example/a?x=1"
    shelf.keep("https://courier.example/a?x=1", b"x", at=later(seconds=5))
    assert header(answer(shelf, capture), b"Location") == (
        b"http://archive.test/web/20260301080005id_/https://courier.example/a?x=1"
    )


def test_a_redirect_to_no_web_address_leads_nowhere(shelf: Shelf) -> None:
    capture = shelf.keep(URL, status="302 Found", headers=b"Content-Type: text/html\r\n")
    assert header(answer(shelf, capture), b"Location") is None


def test_a_bodiless_status_sends_no_body(shelf: Shelf) -> None:
    found = answer(shelf, shelf.keep(URL, b"ghost", status="204 No Content"))
    assert (found.status, list(found.body), found.length) == (204, [], None)


def test_a_resource_is_answered_with_its_bytes(shelf: Shelf) -> None:
    found = answer(shelf, shelf.keep_resource(URL, b"png", at=DAY, content_type="image/png"))
    assert (found.status, b"".join(found.body), header(found, b"Content-Type")) == (200, b"png", b"image/png")


def test_the_same_answer_comes_from_the_store(shelf: Shelf) -> None:
    capture = shelf.keep(URL, HTML)
    shelf.move_to_store()
    assert b"".join(answer(shelf, capture).body) == HTML


class Counting:
    """A store that counts the bytes that are read from it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.read = 0

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        data = self.store.get(BlobKey(key), offset=offset, length=length)
        self.read += len(data)
        return data


@pytest.mark.parametrize("size", [3_000_000, 20_000_000])
def test_a_range_reads_a_record_up_to_its_end_and_no_further(shelf: Shelf, size: int) -> None:
    body = random.Random(1).randbytes(size)
    capture = shelf.keep(URL, body)
    shelf.move_to_store()
    store = Counting(shelf.store)
    reader = RecordReader(shelf.config.spool_dir, store)  # type: ignore[arg-type]  # of a store it only needs get
    stored = read_stored(shelf.catalog, reader, capture, in_part=True)
    found = raw_answer(stored, location=None, accept_encoding=None, ranges=["bytes=700000-700009"])
    assert b"".join(found.body) == body[700_000:700_010]
    assert store.read < 2_000_000


def test_damage_behind_a_range_does_not_matter_to_it(shelf: Shelf) -> None:
    body = random.Random(1).randbytes(500_000)
    capture = shelf.keep(URL, body)
    end = capture.record.offset + capture.record.length
    with shelf.path.open("r+b") as file:
        file.seek(end - 30_000)
        file.write(b"\0" * 20_000)
    stored = read_stored(shelf.catalog, shelf.reader, capture, in_part=True)
    found = raw_answer(stored, location=None, accept_encoding=None, ranges=["bytes=1000-1999"])
    assert b"".join(found.body) == body[1000:2000]
    with pytest.raises(RecordDamaged):
        answer(shelf, capture)


def test_several_range_lines_are_several_ranges() -> None:
    assert wanted_range(["bytes=0-1"], 9, if_range=None, etag=None) == range(2)
    assert wanted_range(["bytes=0-1", "bytes=4-5"], 9, if_range=None, etag=None) is None


def test_an_empty_body_has_no_part() -> None:
    assert wanted_range(["bytes=0-"], 0, if_range=None, etag=None) == range(0)
    assert wanted_range(["bytes=-5"], 0, if_range=None, etag=None) is None
