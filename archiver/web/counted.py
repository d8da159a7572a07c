"""Figures that may take longer to count than a reader should wait: counted beside the service, and kept for a while."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Generic, TypeVar

from archiver.errors import CatalogError

log = logging.getLogger(__name__)
V = TypeVar("V")

PATIENCE = 0.08
"""Seconds that a reader waits for figures; who comes later finds them."""


@dataclass(slots=True)
class Counted(Generic[V]):
    """Values by key. One older than ``seconds`` is counted again, and shown meanwhile unless it is older than ``most``. At most
    ``at_once`` are counted at a time, and the ``kept`` last used are kept."""

    seconds: float = 30.0
    most: float = 600.0
    kept: int = 64
    at_once: int = 2
    patience: float = PATIENCE
    monotonic: Callable[[], float] = time.monotonic
    _values: OrderedDict[Hashable, tuple[float, V]] = field(default_factory=OrderedDict)
    _counting: set[Hashable] = field(default_factory=set)
    _changed: Condition = field(default_factory=Condition)

    def read(self, key: Hashable, count: Callable[[], V]) -> V | None:
        """The value of ``key``; None while it is being counted, or waits for that."""
        with self._changed:
            value, age = self._known(key)
            if age < self.seconds:
                return value
            self._begin(key, count)
            if age < self.most:
                return value
            self._changed.wait_for(lambda: key not in self._counting, self.patience)
            value, age = self._known(key)
            return value if age < self.most else None

    def close(self, *, timeout: float = 5.0) -> None:
        """Count nothing more, and wait for what is being counted."""
        with self._changed:
            self.at_once = 0
            self._changed.wait_for(lambda: not self._counting, timeout)

    def _known(self, key: Hashable) -> tuple[V | None, float]:
        if key not in self._values:
            return None, float("inf")
        self._values.move_to_end(key)
        at, value = self._values[key]
        return value, self.monotonic() - at

    def _begin(self, key: Hashable, count: Callable[[], V]) -> None:
        if key not in self._counting and len(self._counting) < self.at_once:
            self._counting.add(key)
            Thread(target=self._count, args=(key, count), name="archiver-counting", daemon=True).start()

    def _count(self, key: Hashable, count: Callable[[], V]) -> None:
        try:
            value = count()
        except CatalogError as error:  # the next reader tries again
            log.warning("%r could not be counted: %s", key, error)
        else:
            with self._changed:
                self._values[key] = (self.monotonic(), value)
                self._values.move_to_end(key)
                while len(self._values) > self.kept:
                    self._values.popitem(last=False)
        finally:
            with self._changed:
                self._counting.discard(key)
                self._changed.notify_all()
