"""How often a source is fetched: each by its own interval, shorter while it brings something new, longer while it does not.

Pure functions. Whatever the interval, a feed whose entries are replaced within a known time is fetched at least twice in it, so that an
entry is not gone before it was seen. That time is known from the dates of the entries, or from what was new at the last look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.config import SourcesSection
from archiver.model.duration import parse_duration
from archiver.model.site import Source, SourceKind

FIRST_INTERVAL = timedelta(minutes=15)
"""The interval of a source of which nothing is known."""
EARLY = 0.05
"""The part of an interval by which a source is due early: a schedule whose slots are as far apart as the interval would
come a moment too soon every second time, since a look comes some seconds after its slot began."""
FASTER, SLOWER = 0.5, 1.5
FORGET = 1.1
"""By how much a window that was seen may widen again with each look: a busy hour is remembered for a while."""
FEWEST = 4
"""Entries with dates that are enough to know a window."""


@dataclass(frozen=True, slots=True)
class PollRules:
    """The bounds of one source's interval. ``window_part``: see ``[sources]`` in docs/settings.md."""

    least: timedelta = timedelta(minutes=5)
    most: timedelta = timedelta(hours=1)
    window_part: float = 0.5

    @classmethod
    def of(cls, section: SourcesSection, source: Source) -> PollRules:
        """The settings for a source of its kind, with its own bounds over them. Raises ``ValueError``."""
        is_sitemap = source.kind is SourceKind.SITEMAP
        most = parse_duration(
            source.max_interval or (section.max_sitemap_interval if is_sitemap else section.max_interval)
        )
        least = parse_duration(source.min_interval or section.min_interval)
        # A source with one bound of its own moves the other with it.
        if source.max_interval is None:
            most = max(most, least)
        return cls(min(least, most), most, section.window_part)


def window_of(dates: Iterable[datetime | None]) -> timedelta | None:
    """The time in which all entries of a source would be replaced at its busiest pace; None where the dates don't tell.

    It is twice the shortest time in which half of them were published: the average over a night hides the morning's rush.
    """
    known = sorted(at for at in dates if at is not None)
    if len(known) < FEWEST:
        return None
    half = len(known) // 2
    shortest = min(after - before for before, after in zip(known, known[half:], strict=False))
    # Entries of one batch bear one date: that is no pace.
    return 2 * shortest if shortest else None


def next_window(
    known: timedelta | None, *, by_dates: timedelta | None, entries: int, fresh: int, passed: timedelta | None
) -> timedelta | None:
    """The window after a look: the shortest of what the entries' dates tell, what was new since the last look (``passed``
    ago) tells, and what was known before, which widens with time."""
    found = [each for each in (by_dates, known * FORGET if known else None) if each]
    if passed and fresh > 0 and entries:
        found.append(passed * (entries / fresh))
    return min(found, default=None)


def next_interval(rules: PollRules, *, known: timedelta | None, fresh: int, window: timedelta | None) -> timedelta:
    """The interval after a good look that named ``fresh`` addresses for the first time.

    ``known`` is the interval before; None at the first look, at which everything is new and says nothing of the pace.
    """
    if known is None:
        interval = FIRST_INTERVAL
    elif fresh:
        # One new entry is what a well-chosen interval brings.
        interval = known * (FASTER if fresh > 1 else 0.9)
    else:
        interval = known * SLOWER
    if window is not None:
        interval = min(interval, window * rules.window_part)
    return min(max(interval, rules.least), rules.most)


def due_after(interval: timedelta) -> timedelta:
    """The time after a good look at which a source with this interval is due again."""
    return interval * (1 - EARLY)


def after_poll_failure(rules: PollRules, *, failures: int) -> timedelta:
    """The wait after so many failures of a source in a row: doubled from its shortest to its longest interval, and never for
    ever: a source that comes back is a site that comes back."""
    wait: timedelta = rules.least * 2 ** min(failures - 1, 20)
    return min(rules.most, wait)
