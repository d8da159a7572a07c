"""How long the catalogue's busiest transactions take, over a fresh SQLite file.

Prints, for ten rounds each, minimum and median milliseconds of: 1,000 candidates added with one row done (one
transaction), and a lease of 50 rows. The design wants every transaction under 50 ms.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from archiver.catalog import Catalog, FrontierEntry
from archiver.model.capture import Kind
from archiver.model.instant import SystemClock

T0 = datetime(2026, 11, 24, tzinfo=UTC)
ROUNDS = 10


def entries(first: int, count: int) -> list[FrontierEntry]:
    return [
        FrontierEntry("s", f"k{n:08d}", f"https://s.example/{n}", Kind.PAGE, None, "L", 1, n % 3, T0, T0)
        for n in range(first, first + count)
    ]


def timed(name: str, act: Callable[[int], object]) -> None:
    times = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        act(number)
        times.append(1000 * (time.perf_counter() - began))
    print(f"{name:50} min {min(times):7.1f} ms   median {statistics.median(times):7.1f} ms")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'catalog.sqlite3'}"
        with Catalog.open(url, clock=SystemClock()) as catalog:
            frontier = catalog.frontier
            frontier.add(entries(0, 1))

            def done(number: int) -> object:
                found = entries(1 + number * 1000, 1000)
                return frontier.done("s", "k00000000", now=T0, next_due=T0, status=200, candidates=found)

            timed("one row done with 1,000 candidates", done)
            timed("a lease of 50 rows", lambda _: frontier.lease("s", run="R", limit=50, now=T0, seconds=600))


if __name__ == "__main__":
    main()
