"""What was made a moment ago and is likely to be asked for again: a page by its frame, then by the browser."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

MAX_WEIGHT = 64_000_000
SECONDS = 30.0

T = TypeVar("T")


class Recent(Generic[T]):
    """Values by key, of at most ``limit`` bytes together (about), each for ``seconds``; for many threads.

    The least lately used leave first. A value that alone is heavier than a quarter of the limit is not kept.
    """

    def __init__(
        self,
        weigh: Callable[[T], int],
        *,
        limit: int = MAX_WEIGHT,
        seconds: float = SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._weigh = weigh
        self._limit = limit
        self._seconds = seconds
        self._monotonic = monotonic
        self._held: OrderedDict[Hashable, tuple[float, int, T]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of ``key``, made now if it is not held or too old. Raises what ``make`` raises."""
        with self._lock:
            found = self._held.get(key)
            if found is not None and self._monotonic() < found[0]:
                self._held.move_to_end(key)
                return found[2]
        value = make()
        weight = self._weigh(value)
        if weight * 4 <= self._limit:
            with self._lock:
                self._drop(key)
                self._held[key] = (self._monotonic() + self._seconds, weight, value)
                self._weight += weight
                while self._weight > self._limit:
                    self._drop(next(iter(self._held)))
        return value

    def _drop(self, key: Hashable) -> None:
        found = self._held.pop(key, None)
        if found is not None:
            self._weight -= found[1]
