"""Cron lines in a time zone, and what a change of its clocks does to them.

A line names times of day on the wall; here they become instants. Two rules cover every clock change:

- **The gap.** A time that a day does not have, because the clocks are put forward over it, is moved to the first instant
  after the gap. Several times that fall there, or the slot that this instant has anyway, are one slot, and its note names
  the times that it stands for.
- **The fold.** A time that a day has twice, because the clocks are put back, is a slot at its first coming. At the second
  it is a slot too when the line names every hour of the day (``*/15 * * * *`` goes on every quarter of an hour); otherwise
  the second coming is listed as skipped, for a nightly run is not to run twice.

So no clock change drops or doubles a slot without a word. The fields are those of Debian's cron, with ``L`` and ``#``.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from archiver.errors import UsageError

NAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_LONGEST = 500
"""Characters of a cron line."""
_MARGIN = timedelta(hours=26)
"""More than any zone's clocks were ever moved by at once."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An instant that a cron line names. ``note``: what a clock change did; ``skip``: why it is listed and not run."""

    at: datetime
    note: str | None = None
    skip: str | None = None


def check_cron(line: str, zone: str) -> tuple[str, str]:
    """The line with five plain fields and the zone's name, as they are kept. Raises ``UsageError``."""
    line = " ".join(line.split())
    line = NAMES.get(line.lower(), line)
    if len(line) > _LONGEST or len(line.split()) != 5:
        raise UsageError(
            f"not a cron line: {line[:80]!r}: five fields are wanted (minute, hour, day of month, month, day of week), "
            f"or one of {', '.join(NAMES)}"
        )
    find_zone(zone)
    try:
        first = next(iter(CronSim(line, datetime(2000, 1, 1))), None)  # noqa: DTZ001  a time on the wall
    except CronSimError as error:
        raise UsageError(f"not a cron line: {line!r}: {str(error).lower()}") from error
    if first is None:
        raise UsageError(f"the cron line {line!r} names no time that ever comes")
    return line, zone


def find_zone(name: str) -> ZoneInfo:
    """An IANA time zone by its name. Raises ``UsageError``."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"unknown time zone {name[:80]!r}: an IANA name is wanted, such as Asia/Ho_Chi_Minh"
        ) from error


def occurrences(line: str, zone: str, *, after: datetime) -> Iterator[Occurrence]:
    """The instants that the line names after ``after``, in order, without end unless the line has one.

    ``line`` and ``zone`` are as ``check_cron`` gave them.
    """
    tz = ZoneInfo(zone)
    # Near a change, times of the wall before this instant's own may come again after it.
    steady = len({(after + step).astimezone(tz).utcoffset() for step in (-_MARGIN, timedelta(), _MARGIN)}) == 1
    start = (after if steady else after - _MARGIN).astimezone(tz).replace(tzinfo=None)
    walk = CronSim(line, start)
    every_hour = set(range(24)) <= walk.hours
    pending: list[tuple[datetime, int, Occurrence]] = []
    for count, wall in enumerate(walk):
        found = _instants(wall, tz, every_hour=every_hour)
        while pending and pending[0][0] < found[0].at:
            yield from _emit(pending, after)
        for each in found:
            heapq.heappush(pending, (each.at, count, each))
    while pending:
        yield from _emit(pending, after)


def _emit(pending: list[tuple[datetime, int, Occurrence]], after: datetime) -> Iterator[Occurrence]:
    """The next instant, with everything that falls on it."""
    at = pending[0][0]
    together = []
    while pending and pending[0][0] == at:
        together.append(heapq.heappop(pending)[2])
    if at <= after:
        return
    notes = [each.note for each in together if each.note]
    note = "; ".join(notes) if len(notes) < 4 else f"{notes[0]}; and {len(notes) - 1} more times until then"
    # A time of its own outweighs the second coming of another.
    skip = together[0].skip if all(each.skip for each in together) else None
    yield Occurrence(at, note or None, skip)


def _instants(wall: datetime, tz: ZoneInfo, *, every_hour: bool) -> list[Occurrence]:
    """A time on the wall as instants: one, or two in a fold; the earliest first."""
    first, second = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return [Occurrence(first)]
    shown = f"{wall:%Y-%m-%d %H:%M}"
    if first < second:
        again = f"{shown} comes twice, since the clocks of {tz.key} are put back"
        skip = None if every_hour else f"clock change: {again}; its slot was at the first"
        return [
            Occurrence(first, f"{again}; this is the first"),
            Occurrence(second, f"{again}; this is the second", skip),
        ]
    # With fold 0 a time in the gap is read with the offset before it, and so comes out behind it; with 1 before it.
    end = _first_after(second, first, tz)
    return [Occurrence(end, f"stands for {shown}, which the clocks of {tz.key} leave out")]


def _first_after(low: datetime, high: datetime, tz: ZoneInfo) -> datetime:
    """The first second after ``low`` at which the zone's offset is another."""
    before = low.astimezone(tz).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
