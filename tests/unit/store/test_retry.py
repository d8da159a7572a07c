"""Trying again: how often, how long, and only what may pass."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from archiver.errors import BlobMissing, StoreRefused, StoreUnavailable
from archiver.store.local import LocalStore
from archiver.store.retry import RetryingStore


class Failing(LocalStore):
    """A directory whose reads, listings and answers fail as often as told."""

    def __init__(self, root: Path, *, failures: int = 0, error: Exception | None = None) -> None:
        super().__init__(root)
        self.root = root
        self.failures = failures
        self.error = error or StoreUnavailable("test", "away")
        self.calls = 0

    def fail(self) -> None:
        self.calls += 1
        if self.failures > 0:
            self.failures -= 1
            raise self.error

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        self.fail()
        return (self.root / key).read_bytes()[offset:]

    def keys(self, prefix: str = "") -> Iterator[str]:
        for place, key in enumerate(super().keys(prefix)):
            if place == 2:
                self.fail()
            yield key

    def open(self, key: str, *, offset: int = 0) -> BinaryIO:
        self.calls += 1
        data = (self.root / key).read_bytes()[offset:]
        if self.failures == 0:
            return io.BytesIO(data)
        self.failures -= 1
        return Breaking(data, error=self.error)


class Breaking(io.BytesIO):
    """A stream that breaks off after ten bytes."""

    def __init__(self, data: bytes, *, error: Exception) -> None:
        super().__init__(data[:10])
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise self.error
        return data


def wrapped(inner: Failing, waits: list[float], *, attempts: int = 4) -> RetryingStore:
    return RetryingStore(inner, attempts=attempts, sleep=waits.append, random=lambda: 1.0)


def fill(root: Path, *keys: str, data: bytes = b"bytes") -> None:
    for key in keys:
        LocalStore(root).put(key, data, sha256=hashlib.sha256(data).hexdigest(), metadata={})


def test_waits_double_until_the_store_answers(tmp_path: Path) -> None:
    fill(tmp_path, "a")
    waits: list[float] = []
    assert wrapped(Failing(tmp_path, failures=3), waits).get("a") == b"bytes"
    assert waits == [0.5, 1.0, 2.0]


def test_tries_are_bounded_and_the_last_error_is_told(tmp_path: Path) -> None:
    waits: list[float] = []
    inner = Failing(tmp_path, failures=99)
    with pytest.raises(StoreUnavailable):
        wrapped(inner, waits).get("a")
    assert inner.calls == 4
    assert len(waits) == 3


def test_chance_shortens_waits_to_half_and_no_wait_is_longer_than_the_longest(tmp_path: Path) -> None:
    waits: list[float] = []
    store = RetryingStore(
        Failing(tmp_path, failures=99), attempts=9, longest_wait=3.0, sleep=waits.append, random=lambda: 0.0
    )
    with pytest.raises(StoreUnavailable):
        store.get("a")
    assert waits == [0.25, 0.5, 1.0, 1.5, 1.5, 1.5, 1.5, 1.5]


@pytest.mark.parametrize("error", [StoreRefused("test", "no"), BlobMissing("a"), ValueError("a bug")])
def test_what_will_not_pass_is_told_at_once(tmp_path: Path, error: Exception) -> None:
    waits: list[float] = []
    inner = Failing(tmp_path, failures=1, error=error)
    with pytest.raises(type(error)):
        wrapped(inner, waits).get("a")
    assert (inner.calls, waits) == (1, [])


def test_a_listing_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    fill(tmp_path, "a", "b", "c", "d")
    waits: list[float] = []
    assert list(wrapped(Failing(tmp_path, failures=2), waits).keys()) == ["a", "b", "c", "d"]
    assert len(waits) == 2


def test_a_listing_that_always_breaks_off_ends_with_the_error(tmp_path: Path) -> None:
    fill(tmp_path, "a", "b", "c", "d")
    waits: list[float] = []
    listing = wrapped(Failing(tmp_path, failures=99), waits).keys()
    assert [next(listing), next(listing)] == ["a", "b"]
    with pytest.raises(StoreUnavailable):
        next(listing)
    assert len(waits) == 3


def test_a_stream_that_breaks_off_is_opened_again_at_that_byte(tmp_path: Path) -> None:
    fill(tmp_path, "a", data=bytes(range(50)))
    waits: list[float] = []
    inner = Failing(tmp_path, failures=3)
    with wrapped(inner, waits).open("a", offset=5) as stream:
        assert stream.read() == bytes(range(5, 50))
    assert inner.calls == 4
    assert len(waits) == 3
