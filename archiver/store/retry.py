"""Trying again: one wrapper for every store, so that no caller and no store has its own idea of patience.

Only ``StoreUnavailable`` is tried again. Waits double from ``first_wait`` to ``longest_wait`` seconds, each shortened by
chance to as little as half, so that many writers don't come back together.
"""

from __future__ import annotations

import io
import random as chance
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from archiver.errors import StoreUnavailable
from archiver.store.port import BlobStat, ReadBack, Store

T = TypeVar("T")


class RetryingStore:
    """A store whose calls are tried ``attempts`` times; also a listing or a stream that breaks off goes on where it was."""

    def __init__(
        self,
        store: Store,
        *,
        attempts: int,
        first_wait: float = 0.5,
        longest_wait: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._store = store
        self._attempts = max(1, attempts)
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._sleep = sleep
        self._random = random

    @property
    def url(self) -> str:
        """That of the store inside."""
        return self._store.url

    def put(self, key: str, source: Path | bytes, *, sha256: str, metadata: Mapping[str, str]) -> bool:
        """See ``Store.put``."""
        return self._tried(lambda: self._store.put(key, source, sha256=sha256, metadata=metadata))

    def replace(self, key: str, source: Path | bytes, *, sha256: str, metadata: Mapping[str, str]) -> None:
        """See ``Store.replace``."""
        self._tried(lambda: self._store.replace(key, source, sha256=sha256, metadata=metadata))

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """See ``Store.get``."""
        return self._tried(lambda: self._store.get(key, offset=offset, length=length))

    def open(self, key: str, *, offset: int = 0) -> BinaryIO:
        """See ``Store.open``."""
        first = self._tried(lambda: self._store.open(key, offset=offset))
        return io.BufferedReader(_Resuming(self, key, stream=first, position=offset), 1 << 18)

    def read_back(self, key: str, *, sha256: str) -> ReadBack:
        """See ``Store.read_back``."""
        return self._tried(lambda: self._store.read_back(key, sha256=sha256))

    def stat(self, key: str) -> BlobStat | None:
        """See ``Store.stat``."""
        return self._tried(lambda: self._store.stat(key))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ``Store.keys``. A listing that breaks off is made again and goes on behind the last key that it gave."""
        last: str | None = None
        failures = 0
        while True:
            try:
                for key in _behind(last, self._store.keys(prefix), url=self.url):
                    last = key
                    failures = 0
                    yield key
            except StoreUnavailable:
                failures += 1
                if failures >= self._attempts:
                    raise
                self._wait(failures)
            else:
                return

    def delete(self, key: str) -> None:
        """See ``Store.delete``."""
        self._tried(lambda: self._store.delete(key))

    def check(self) -> None:
        """See ``Store.check``."""
        self._tried(self._store.check)

    def abort_stale_uploads(self, *, before: datetime) -> int:
        """See ``Store.abort_stale_uploads``."""
        return self._tried(lambda: self._store.abort_stale_uploads(before=before))

    def _tried(self, call: Callable[[], T]) -> T:
        for failures in range(1, self._attempts):
            try:
                return call()
            except StoreUnavailable:
                self._wait(failures)
        return call()

    def _wait(self, failures: int) -> None:
        longest = min(self._longest_wait, self._first_wait * 2 ** (failures - 1))
        self._sleep(longest * (0.5 + self._random() / 2))


def _behind(last: str | None, keys: Iterator[str], *, url: str) -> Iterator[str]:
    if last is not None and all(key != last for key in keys):
        raise StoreUnavailable(url, f"{last!r} was removed while keys were listed")
    yield from keys


class _Resuming(io.RawIOBase):
    """A stream that is opened again where it broke off: objects never change, so the bytes go on."""

    def __init__(self, store: RetryingStore, key: str, *, stream: BinaryIO, position: int) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._stream = stream
        self._position = position

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        broken = False

        def read() -> bytes:
            nonlocal broken
            if broken:
                self._stream.close()
                self._stream = self._store._store.open(self._key, offset=self._position)
            broken = True
            return self._stream.read(len(buffer))

        data = self._store._tried(read)
        self._position += len(data)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
