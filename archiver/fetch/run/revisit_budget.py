"""How many pages that are known already may be looked at again: so many in a day of the site, spread over its hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from archiver.model.instant import Clock

AHEAD = timedelta(hours=1)
"""The budget of this much time may be spent at once."""
AGAIN = timedelta(minutes=10)
"""The shortest time until a page for which there was no room is looked at again."""


class RevisitBudget:
    """``daily`` looks in a day of ``timezone``; 0 is no limit. At noon half of them are free, and those of the next hour: or
    the articles of the evening would find none left."""

    def __init__(self, daily: int, timezone: str, clock: Clock) -> None:
        self._daily = daily
        self._zone = ZoneInfo(timezone)
        self._clock = clock
        self._day: date | None = None
        self._spent = 0

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._daily > 0

    def day_begins(self) -> datetime:
        """When the present day of the site began."""
        return self._midnight(self._today())

    def spent_before(self, looks: int) -> None:
        """What earlier runs have used up of the present day."""
        self._turn()
        self._spent += looks

    def spend(self) -> datetime | None:
        """Take one look; None when there was room, else the instant at which there may be."""
        if not self.is_limited:
            return None
        self._turn()
        now = self._clock.now()
        begin, end = self.day_begins(), self._midnight(self._today() + timedelta(days=1))
        length = end - begin
        if self._spent < self._daily * min(1.0, (now - begin + AHEAD) / length):
            self._spent += 1
            return None
        if self._spent >= self._daily:
            return end
        # In steps, so that what has no room now is due at few different times.
        due = begin + (self._spent + 1) / self._daily * length - AHEAD
        return begin + (max(due - begin, now - begin) // AGAIN + 1) * AGAIN

    def _turn(self) -> None:
        if self._day != self._today():
            self._day, self._spent = self._today(), 0

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self._zone).astimezone(_UTC)


_UTC = ZoneInfo("UTC")
