"""The port between the schedule and what runs crawls: a child process in the service, anything else in a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Order:
    """A run to start. ``max_time`` in seconds, ``limit`` in pages."""

    run: str
    site: str
    max_time: float | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. ``failed``: it did not do what it was started for; ``died``: something ended it from outside, or it
    never began; ``stopped``: it was requested to stop, and ended in good order. ``reason`` in words, where there is one."""

    at: datetime
    failed: bool = False
    died: bool = False
    stopped: bool = False
    reason: str | None = None


class Runner(Protocol):
    """Starts, watches and stops runs. Runs are named by run id and site, for a runner may be given those of another."""

    def start(self, order: Order) -> None:
        """Start a run. Raises ``Busy`` when a run of the site is under way, and other ``ArchiverError`` when it can't."""
        ...

    def ended(self, run: str, site: str) -> RunEnd | None:
        """How a run ended, or None while it is alive. May be called again."""
        ...

    def stop(self, run: str, site: str) -> bool:
        """Tell a run to end in good order, once; False when that is not possible yet."""
        ...

    def kill(self, run: str, site: str) -> None:
        """End a run at once. What it committed is safe."""
        ...
