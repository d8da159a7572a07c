"""Which objects are due: all of them within a configured time, spread evenly, the one checked longest ago first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

EARLIEST, SPREAD = 0.5, 0.4


@dataclass(frozen=True, slots=True)
class Due:
    """The rule. ``within`` None: everything is due now.

    An object comes due between 50 % and 90 % of the time after its last check, at a share that its key fixes: so the
    work spreads over the days by itself, and a daily pass has a tenth of the time as its margin.
    """

    now: datetime
    within: timedelta | None

    def is_due(self, key: str, last: datetime | None) -> bool:
        """Whether an object that was last found sound (or stored) at ``last`` is to be read now."""
        if self.within is None or last is None or last > self.now:
            # A check in the future is a clock that was wrong.
            return True
        share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
        return last + self.within * (EARLIEST + SPREAD * share) <= self.now
