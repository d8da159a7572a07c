"""Hosts for which a run has something to do once their rest is over, and the alarm that tells it so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from archiver.fetch.politeness.host_backoff import HostBackoff

_LATE = 0.01
"""Seconds after the end of a rest: the row must be due when it is asked for."""


class Waiting:
    """Calls ``on_over`` when the rest of a host ends that is waited for. Used in the event loop only."""

    def __init__(self, backoff: HostBackoff, on_over: Callable[[], None]) -> None:
        self._backoff = backoff
        self._on_over = on_over
        self._alarms: dict[str, asyncio.TimerHandle] = {}

    @property
    def hosts(self) -> list[str]:
        """The hosts that are waited for."""
        return sorted(self._alarms)

    def wait_for(self, host: str) -> None:
        """Something of a host is due once its rest is over."""
        if host not in self._alarms:
            self._arm(host)

    def is_worth_it(self, longest: float) -> bool:
        """Whether one of the hosts will be there within ``longest`` seconds."""
        return any(self._backoff.left(host) <= longest for host in self._alarms)

    def close(self) -> None:
        """No more alarms."""
        for alarm in self._alarms.values():
            alarm.cancel()

    def _arm(self, host: str) -> None:
        loop = asyncio.get_running_loop()
        self._alarms[host] = loop.call_later(self._backoff.left(host) + _LATE, self._ring, host)

    def _ring(self, host: str) -> None:
        if self._backoff.left(host) > 0:  # it asked for more meanwhile
            self._arm(host)
            return
        del self._alarms[host]
        self._on_over()
