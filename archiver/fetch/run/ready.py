"""Leased rows that wait for their host to have room: pages and sources, and requisites, which must not hold them up."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from archiver.catalog import FrontierEntry
from archiver.model.capture import Kind
from archiver.model.url import host_of

SHARE = 4
"""One row in so many is a requisite where both wait: pages go first, and what they need does not wait for the last of them."""

CROWD = 25
"""Waiting rows of one host from which on others are looked for."""


class Ready:
    """See the module. ``has_room`` tells whether a host may be asked for one more."""

    def __init__(self, has_room: Callable[[str], bool]) -> None:
        self._has_room = has_room
        self._pages: deque[tuple[str, FrontierEntry]] = deque()
        self._requisites: deque[tuple[str, FrontierEntry]] = deque()
        self._turn = 0

    def __len__(self) -> int:
        return len(self._pages) + len(self._requisites)

    @property
    def pages(self) -> int:
        """How many pages and sources wait."""
        return len(self._pages)

    @property
    def requisites(self) -> int:
        """How many requisites wait."""
        return len(self._requisites)

    def add(self, entry: FrontierEntry) -> None:
        """Put a row at the end of its line."""
        line = self._requisites if entry.kind is Kind.REQUISITE else self._pages
        line.append((host_of(entry.url), entry))

    def has(self, host: str) -> bool:
        """Whether a row of this host waits."""
        return any(host == waiting for line in (self._pages, self._requisites) for waiting, _ in line)

    def crowded(self) -> frozenset[str]:
        """The hosts of which so many rows wait that more of them are of no use."""
        waiting = Counter(host for line in (self._pages, self._requisites) for host, _ in line)
        return frozenset(host for host, number in waiting.items() if number >= CROWD)

    def drop(self, unwanted: Callable[[FrontierEntry], bool]) -> None:
        """Take out the rows that are not wanted any more."""
        for line in (self._pages, self._requisites):
            kept = [item for item in line if not unwanted(item[1])]
            line.clear()
            line.extend(kept)

    def take(self, *, only_requisites: bool = False) -> FrontierEntry | None:
        """The next row whose host has room: a slow host does not hold up the others."""
        if only_requisites:
            return self._first(self._requisites)
        self._turn += 1
        lines = (self._pages, self._requisites) if self._turn % SHARE else (self._requisites, self._pages)
        for line in lines:
            entry = self._first(line)
            if entry is not None:
                return entry
        self._turn -= 1
        return None

    def _first(self, line: deque[tuple[str, FrontierEntry]]) -> FrontierEntry | None:
        full: set[str] = set()
        for number, (host, entry) in enumerate(line):
            if host in full:
                continue
            if self._has_room(host):
                del line[number]
                return entry
            full.add(host)
        return None
