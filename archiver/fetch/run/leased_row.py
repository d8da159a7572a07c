"""A leased row of the frontier while its requests are under way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from archiver.catalog import FrontierEntry
from archiver.frontier.source_state import PollResult
from archiver.model.url import host_of


@dataclass(eq=False, slots=True)
class LeasedRow:
    """One leased URL: what was found there, and how it ended.

    ``status`` is that of the response that went up, ``url`` its address after redirects; ``reading``
    what it was as a source. ``error`` is why none did, or what the callback raised.
    ``finishing`` is the second commit, once it is under way: there is one for each row.
    """

    entry: FrontierEntry
    candidates: dict[str, FrontierEntry] = field(default_factory=dict)
    status: int | None = None
    url: str | None = None
    reading: PollResult | None = None
    answered: bool = False
    error: BaseException | None = None
    finishing: asyncio.Task[None] | None = None

    @property
    def key(self) -> str:
        """The row's key."""
        return self.entry.key

    @property
    def host(self) -> str:
        """The host that it is fetched from, redirects aside."""
        return host_of(self.entry.url)
