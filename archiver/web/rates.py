"""How much one address may ask: a bucket of tokens for each, which fills as time goes by."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

ADDRESSES = 20_000
"""Addresses that are remembered; the ones that asked longest ago are forgotten first, and begin with a full bucket."""


def client_of(address: str) -> str:
    """What counts as one client: an IPv4 address, and of IPv6 the network of 64 bits that one house has whole."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if ip.version == 4:
        return str(ip)
    mapped = ip.ipv4_mapped
    return str(mapped) if mapped is not None else f"{ipaddress.IPv6Address(int(ip) >> 64 << 64)}/64"


class Rate:
    """``burst`` requests at once, and ``per_second`` in the long run, for each name. Threads may share it."""

    def __init__(self, per_second: float, burst: int, *, now: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, name: str, cost: float = 1.0) -> float:
        """0 when ``name`` may go on (and what it costs is taken), else the seconds until it may."""
        if self._per_second <= 0:
            return 0.0
        with self._lock:
            now = self._now()
            left, at = self._left.pop(name, (float(self._burst), now))
            left = min(float(self._burst), left + max(0.0, now - at) * self._per_second)
            allowed = left >= cost
            self._left[name] = (left - cost if allowed else left, now)
            while len(self._left) > ADDRESSES:
                self._left.popitem(last=False)
            return 0.0 if allowed else (cost - left) / self._per_second
