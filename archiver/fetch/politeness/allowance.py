"""What a site file allows: the hours in which the site is crawled, and how much may be asked of it in one day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from archiver.fetch.errors import SiteClosed
from archiver.model.instant import Clock
from archiver.model.site import Site


class Allowance:
    """Says whether one more request may be sent. ``received`` gives the bytes that this run has received so far.

    A day is one of the site's time zone. Bytes are counted when a body has come, so the last ones may go beyond the limit.
    """

    def __init__(self, site: Site, clock: Clock, received: Callable[[], int]) -> None:
        self._site = site
        self._clock = clock
        self._received = received
        self._zone = ZoneInfo(site.timezone)
        self._day: date | None = None
        self._requests = 0
        self._bytes = 0

    @property
    def is_daily(self) -> bool:
        """Whether there is a limit for a day at all."""
        return self._site.daily_requests is not None or self._site.daily_bytes is not None

    def day_begins(self) -> datetime:
        """When the present day of the site began."""
        return datetime.combine(self._local().date(), time.min, tzinfo=self._zone)

    def spent_before(self, requests: int, size: int) -> None:
        """What earlier runs have used up of the present day."""
        self._turn_to(self._local().date())
        self._requests += requests
        self._bytes += size

    def refuses(self) -> str | None:
        """Why nothing is to be sent now; None when something may be."""
        site, local = self._site, self._local()
        if site.window is not None and not site.window.contains(local.time()):
            return f"{site.name} is crawled {site.window} only (it is {local:%H:%M} in {site.timezone})"
        self._turn_to(local.date())
        if site.daily_requests is not None and self._requests >= site.daily_requests:
            return f"the {site.daily_requests:,} requests of {site.name} for today are used up"
        if site.daily_bytes is not None and self._bytes + self._received() >= site.daily_bytes:
            return f"the {site.daily_bytes:,} bytes of {site.name} for today are used up"
        return None

    def enter(self) -> None:
        """One request is sent now. Raises ``SiteClosed``."""
        why = self.refuses()
        if why:
            raise SiteClosed(why)
        self._requests += 1

    def _turn_to(self, day: date) -> None:
        if self._day is not None and day != self._day:
            self._requests = 0
            self._bytes = -self._received()
        self._day = day

    def _local(self) -> datetime:
        return self._clock.now().astimezone(self._zone)
