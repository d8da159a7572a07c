"""What can go wrong between us and a server, as Scrapy's machinery must see it.

These are not of the ``archiver.errors`` tree on purpose: they end one URL, never the run.
"""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class AddressRefused(IgnoreRequest):
    """The host stands at an address that we do not connect to (``archiver.fetch.guard``)."""

    def __init__(self, host: str, why: str) -> None:
        self.host = host
        super().__init__(f"{host} is not fetched: {why}")


class UnreadableResponse(Exception):
    """The server's bytes are no HTTP response that can be read. They are kept; the request is not sent again."""


class HookNotReached(RuntimeError):
    """A response came up although the wire capture never saw it: Scrapy or Twisted changed below us."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}: a response came, but the wire capture was not reached; nothing may go up uncaptured")
