"""How gently a site is asked: delay and concurrency per host, from options, site file and configuration.

A delay under half a second is for hosts that ``connect_to`` covers only: model and recorded sites. Their default is 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archiver.config import Config
from archiver.errors import ConfigError, UsageError
from archiver.fetch.connect_to import ConnectTo
from archiver.fetch.options import CrawlOptions
from archiver.model.site import Site

SHORTEST = 0.5
"""Seconds; a shorter delay is accepted for covered hosts only."""
COVERED_CONCURRENCY = 8
MOST_CONCURRENT = 32


@dataclass(frozen=True, slots=True)
class Politeness:
    """``delay`` seconds and ``concurrency`` requests in flight for one host; ``free`` are the hosts that are asked at once.

    ``throttle`` says whether the delay may grow where a site answers slowly.
    """

    delay: float
    concurrency: int
    free: tuple[str, ...]
    throttle: bool
    hosts: int

    @property
    def in_flight(self) -> int:
        """Requests under way or waiting for their host's turn, over all hosts."""
        return min(MOST_CONCURRENT, max(2, 2 * self.concurrency * max(1, self.hosts)))


def politeness(config: Config, site: Site, options: CrawlOptions, connect_to: ConnectTo) -> Politeness:
    """How to ask this site. Raises ``UsageError`` or ``ConfigError`` for a delay that is too short for its hosts."""
    hosts = sorted(site.host_names)
    free = tuple(host for host in hosts if connect_to.covers_host(host))
    all_free = len(free) == len(hosts)
    if options.delay is not None:
        if options.delay < SHORTEST and not all_free:
            raise UsageError(
                f"a delay under {SHORTEST} s is accepted for hosts under --connect-to only, not for {_others(hosts, free)}"
            )
        delay, free = max(0.0, options.delay), ()
    else:
        delay = config.fetch.delay if site.delay is None else site.delay
        if all_free:
            delay, free = 0.0, ()
        elif delay < SHORTEST:
            raise ConfigError("delay", f"under {SHORTEST} s it is accepted for hosts under connect_to only")
    concurrency = options.concurrency or site.concurrency or config.fetch.concurrency
    if all_free and options.concurrency is None:
        concurrency = max(concurrency, COVERED_CONCURRENCY)
    return Politeness(
        delay=delay,
        concurrency=max(1, concurrency),
        free=free,
        throttle=config.fetch.autothrottle and options.delay is None and not all_free,
        hosts=len(hosts),
    )


def _others(hosts: Iterable[str], free: Iterable[str]) -> str:
    return ", ".join(sorted(set(hosts) - set(free)))
