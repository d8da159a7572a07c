"""Replay reads each record with one ranged read, from a directory and from a bucket; revisits across files with one more."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.model.keys import warc_key, warc_name
from archiver.store import Store, open_store
from archiver.store.s3 import S3Store
from archiver.web.app import create_app
from tests.shelf import DAY, Shelf, later
from tests.unit.web.conftest import Client

URL = "https://courier.example/a"


class Watched:
    """A store that remembers what is read of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads: list[tuple[str, int, int | None]] = []

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        self.reads.append((key, offset, length))
        return self._store.get(key, offset=offset, length=length)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.s3)])
def shelf(request: pytest.FixtureRequest, tmp_path: Path):
    made = Shelf(tmp_path)
    made.requests = []
    store: Store = open_store(made.config)
    if request.param == "s3":
        from archiver.config.settings import StoreSection
        from archiver.store.s3_bucket import connect

        server = request.getfixturevalue("seaweed_server")
        bucket = server.make_bucket(f"reads-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}")
        section = StoreSection(endpoint_url=server.endpoint_url, addressing="path")
        client = connect(section, session=server.session())
        client.meta.events.register(
            "before-call.s3.GetObject", lambda params, **_: made.requests.append(params["headers"].get("Range"))
        )
        store = S3Store(client, bucket=bucket, prefix="archive", multipart_above=5 << 20)
    made.__dict__["store"] = Watched(store)
    yield made
    made.close()


def test_a_record_costs_one_ranged_read_and_a_revisit_of_another_file_two(shelf: Shelf) -> None:
    first = shelf.keep(URL, b"kept" * 100)
    shelf.keep(URL + "/other", b"beside it")
    shelf.move_to_store()
    # A second file, with only the revisit in it.
    shelf.key = warc_key(warc_name(shelf.site, DAY + timedelta(days=9), serial=1, host="test"))
    shelf.path = shelf.path.with_name(shelf.key.rpartition("/")[2] + ".open")
    again = shelf.keep_revisit(first, at=later(days=9), head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    shelf.move_to_store()
    assert again.record.file != first.record.file
    client = Client(create_app(shelf, config=replace(shelf.config)))
    watched: Any = shelf.store

    def reads(target: str) -> tuple[bytes, list[tuple[str, int, int | None]]]:
        watched.reads.clear()
        shelf.requests.clear()
        body = client.get(target).content
        return body, list(watched.reads)

    def place(capture: Any) -> tuple[str, int, int]:
        return capture.record.file, capture.record.offset, capture.record.length

    body, found = reads(f"/web/20260301080000id_/{URL}")
    assert (body, found) == (b"kept" * 100, [place(first)])
    body, found = reads(f"/web/20260310080000id_/{URL}")
    assert (body, found) == (b"kept" * 100, [place(again), place(first)])
    if shelf.requests:
        ends = [(offset, offset + length - 1) for _, offset, length in (place(again), place(first))]
        assert shelf.requests == [f"bytes={start}-{end}" for start, end in ends]
    _, found = reads(f"/cdx/search/cdx?url={URL}&resolveRevisits=true")
    assert found == []
