"""Hosts that are left alone for a while, because they asked for it: in memory here, in the catalogue for other runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from archiver.model.instant import Clock


class HostBackoff:
    """Which hosts are held back, and until when. Used in the event loop only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, on_hold: Callable[[str], None]) -> None:
        """Call ``on_hold`` with each host that is held back from now on, or for longer than before."""
        self._listeners.append(on_hold)

    def hold(self, host: str, until: datetime) -> None:
        """Leave a host alone until an instant; a later one that is known already stays."""
        known = self._until.get(host)
        if known is None or known < until:
            self._until[host] = until
            for on_hold in self._listeners:
                on_hold(host)

    def learn(self, held: Mapping[str, datetime]) -> None:
        """Take in what other runs were told."""
        for host, until in held.items():
            self.hold(host, until)

    def until(self, host: str) -> datetime | None:
        """Until when a host is held back; None when it is not."""
        until = self._until.get(host)
        return until if until is not None and until > self._clock.now() else None

    def left(self, host: str) -> float:
        """Seconds for which a host is still held back; 0 when it is not."""
        until = self.until(host)
        return (until - self._clock.now()).total_seconds() if until else 0.0
