"""How gently a site is asked: delay and concurrency per host, from options, site file and configuration.

A delay under half a second is for hosts that ``connect_to`` covers only: model and recorded sites. Their default is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from archiver.config import Config
from archiver.errors import ConfigError, UsageError
from archiver.fetch.network.connect_to import ConnectTo
from archiver.fetch.run.options import CrawlOptions
from archiver.model.site import Site

SHORTEST = 0.5
"""Seconds; a shorter delay is accepted for covered hosts only."""
COVERED_CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two requests to one host, and how many may be in flight to it."""

    delay: float
    concurrency: int


@dataclass(frozen=True, slots=True)
class Politeness:
    """``covered`` is the pace of hosts under ``connect_to``, ``others`` that of everyone else.

    ``throttle`` says whether the delay of others may grow where a site answers slowly.
    """

    covered: Pace
    others: Pace
    throttle: bool
    connect_to: ConnectTo

    def pace(self, host: str) -> Pace:
        """The pace of a host."""
        return self.covered if self.connect_to.covers_host(host) else self.others


def politeness(config: Config, site: Site, options: CrawlOptions, connect_to: ConnectTo) -> Politeness:
    """How to ask this site. Raises ``UsageError`` or ``ConfigError`` for a delay that is too short for all of its hosts."""
    any_covered = any(connect_to.covers_host(host) for host in site.host_names)
    usual = config.fetch.delay if site.delay is None else site.delay
    if usual < SHORTEST:
        if not any_covered:
            raise ConfigError("delay", f"under {SHORTEST} s it is accepted for hosts under connect_to only")
        usual = SHORTEST
    asked = options.delay
    if asked is not None and asked < SHORTEST and not any_covered:
        raise UsageError(f"a delay under {SHORTEST} s is accepted for hosts under --connect-to only")
    concurrency = max(1, options.concurrency or site.concurrency or config.fetch.concurrency)
    return Politeness(
        covered=Pace(
            delay=max(0.0, asked or 0.0),
            concurrency=concurrency if options.concurrency else max(concurrency, COVERED_CONCURRENCY),
        ),
        others=Pace(delay=usual if asked is None or asked < SHORTEST else asked, concurrency=concurrency),
        throttle=config.fetch.autothrottle and asked is None,
        connect_to=connect_to,
    )
