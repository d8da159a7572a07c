"""What can go wrong between us and a server, as Scrapy's machinery must see it.

These are not of the ``archiver.errors`` tree on purpose: they end one URL, never the run.
"""

from __future__ import annotations

from datetime import datetime

from scrapy.exceptions import IgnoreRequest

from archiver.model.instant import rfc3339

UNREACHABLE = "robots unreachable"
"""How the reason begins of a URL whose robots.txt could not be had."""


class AddressRefused(IgnoreRequest):
    """The host stands at an address that we do not connect to (``archiver.fetch.network.guard``)."""

    def __init__(self, host: str, why: str) -> None:
        self.host = host
        super().__init__(f"{host} is not fetched: {why}")


class LimitReached(IgnoreRequest):
    """A limit of ours (``[limits]``) ends what leads on from here; the message says which."""


class NotNow(IgnoreRequest):
    """Nothing was sent, and that is no failure: the URL goes back to the frontier."""


class HostBackedOff(NotNow):
    """The host asked to be left alone for longer than a run waits."""

    def __init__(self, host: str, until: datetime) -> None:
        self.host = host
        self.until = until
        super().__init__(f"{host} asked to be left alone until {rfc3339(until)}")


class SiteClosed(NotNow):
    """The site's hours are over, or its day's requests or bytes used up (``archiver.fetch.politeness.day_budget``)."""


class RobotsRefused(NotNow):
    """robots.txt disallows the URL, or could not be had, which disallows all (RFC 9309, 2.3.1.4).

    ``unreachable`` says why it could not be had; ``again`` is when it is read anew.
    """

    def __init__(self, url: str, again: datetime, unreachable: str | None = None) -> None:
        self.again = again
        self.unreachable = unreachable
        self.why = f"{UNREACHABLE}: {unreachable}" if unreachable else "robots"
        until = f" until {rfc3339(again)}" if unreachable else ""
        super().__init__(f"{url} is not fetched{until}: {self.why}")


class IdleDropped(Exception):
    """The server had ended the kept connection that the request went out on: it was not answered, and is asked again, in its
    turn, on a new connection. No exchange: the server may never have seen it (RFC 9112, 9.3.1)."""


class UnreadableResponse(Exception):
    """The server's bytes are no HTTP response that can be read. They are kept; the request is not sent again."""


class HookNotReached(RuntimeError):
    """A response came up although the wire capture never saw it: Scrapy or Twisted changed below us."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}: a response came, but the wire capture was not reached; nothing may go up uncaptured")
