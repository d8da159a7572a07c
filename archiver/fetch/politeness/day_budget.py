"""What may be used up in one day of a site: requests and bytes, within its hours, and pages that are fetched again.

A day begins at midnight of the site's own zone, whatever its clocks do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from archiver.fetch.errors import SiteClosed
from archiver.model.instant import Clock
from archiver.model.site import Site

AHEAD = timedelta(hours=1)
"""The revisits of this much time may be made at once."""
AGAIN = timedelta(minutes=10)
"""The shortest time until a page for which there was no room is looked at again."""
_UTC = ZoneInfo("UTC")


class DayBudget:
    """So many of something in a day of ``timezone``; None is no limit."""

    def __init__(self, daily: int | None, timezone: str, clock: Clock) -> None:
        self.daily = daily
        self._zone = ZoneInfo(timezone)
        self._clock = clock
        self._day: date | None = None
        self._spent = 0

    def day(self) -> tuple[datetime, datetime]:
        """When the present day of the site began, and when it ends."""
        today = self._clock.now().astimezone(self._zone).date()
        begin, end = (datetime.combine(day, time.min, tzinfo=self._zone) for day in (today, today + timedelta(days=1)))
        return begin.astimezone(_UTC), end.astimezone(_UTC)

    @property
    def spent(self) -> int:
        """How much of the present day is used up."""
        today = self._clock.now().astimezone(self._zone).date()
        if self._day != today:
            self._day, self._spent = today, 0
        return self._spent

    def spend(self, number: int) -> None:
        """Use up so much, whether there is room for it or not."""
        self._spent = self.spent + number

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left of the present day."""
        return self.daily is not None and self.spent >= self.daily


class Allowance:
    """Says whether one more request may be sent: the hours of a site file, its requests and its bytes of a day.

    ``received`` gives the bytes that this run has received so far. They are counted when a body has come, so the last ones may
    go beyond the limit.
    """

    def __init__(self, site: Site, clock: Clock, received: Callable[[], int]) -> None:
        self._site = site
        self._clock = clock
        self._received = received
        self._counted = 0
        self._zone = ZoneInfo(site.timezone)
        self._requests = DayBudget(site.daily_requests, site.timezone, clock)
        self._bytes = DayBudget(site.daily_bytes, site.timezone, clock)

    @property
    def is_daily(self) -> bool:
        """Whether there is a limit for a day at all."""
        return self._requests.daily is not None or self._bytes.daily is not None

    def day_begins(self) -> datetime:
        """When the present day of the site began."""
        return self._requests.day()[0]

    def spent_before(self, requests: int, size: int) -> None:
        """What earlier runs have used up of the present day."""
        self._requests.spend(requests)
        self._bytes.spend(size)

    def refuses(self) -> str | None:
        """Why nothing is to be sent now; None when something may be."""
        site = self._site
        if site.window is not None:
            local = self._clock.now().astimezone(self._zone)
            if not site.window.contains(local.time()):
                return f"{site.name} is crawled {site.window} only (it is {local:%H:%M} in {site.timezone})"
        if self._requests.is_spent:
            return f"the {site.daily_requests:,} requests of {site.name} for today are used up"
        self._count_bytes()
        if self._bytes.is_spent:
            return f"the {site.daily_bytes:,} bytes of {site.name} for today are used up"
        return None

    def enter(self) -> None:
        """One request is sent now. Raises ``SiteClosed``."""
        why = self.refuses()
        if why:
            raise SiteClosed(why)
        self._requests.spend(1)

    def _count_bytes(self) -> None:
        received = self._received()
        self._bytes.spend(received - self._counted)
        self._counted = received


class RevisitBudget:
    """How many pages that are known already may be fetched again: ``daily`` in a day; 0 is no limit.

    They are spread over the hours: at noon half of them are free, and those of the next hour; or the articles of the evening
    would find none left.
    """

    def __init__(self, daily: int, timezone: str, clock: Clock) -> None:
        self._budget = DayBudget(daily or None, timezone, clock)
        self._clock = clock

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._budget.daily is not None

    def day_begins(self) -> datetime:
        """When the present day of the site began."""
        return self._budget.day()[0]

    def spent_before(self, pages: int) -> None:
        """What earlier runs have used up of the present day."""
        self._budget.spend(pages)

    def spend(self) -> datetime | None:
        """Take one revisit; None when there was room, else the instant at which there may be."""
        daily = self._budget.daily
        if daily is None:
            return None
        now, spent = self._clock.now(), self._budget.spent
        begin, end = self._budget.day()
        length = end - begin
        if spent < daily * min(1.0, (now - begin + AHEAD) / length):
            self._budget.spend(1)
            return None
        if spent >= daily:
            return end
        # In steps, so that what has no room now is due at few different times.
        due = begin + (spent + 1) / daily * length - AHEAD
        return begin + (max(due - begin, now - begin) // AGAIN + 1) * AGAIN
