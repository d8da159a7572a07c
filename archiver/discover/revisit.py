"""When a page is looked at again: by its age, by what was seen of it before, and after it has gone or failed.

Pure functions over instants. An article is looked at when it reaches each of ``ages`` since its publication, at the latest.
Between two ages it is looked at sooner, when it has stood unchanged for ``patience`` times as long again as it had at the
last look: soon after publication or a change of its text, and ever later while it is quiet. Half of all corrections
come within hours of publication, a tenth after days; a text that was changed twice in an hour is only seen by looks that come as close.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.config import RevisitSection
from archiver.model.duration import parse_duration
from archiver.model.site import Site

AGES = tuple(map(parse_duration, ("1h", "6h", "1d", "3d", "7d", "30d", "90d")))
WITHDRAWAL = tuple(map(parse_duration, ("1h", "1d")))
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(days=7)
YOUNG_RETRY = timedelta(hours=1)
"""The longest wait between two tries of what is new: an outage of hours must not cost it a day."""
HINTED = 0.1
"""The part of the time for which a page has stood unchanged that must have passed since the last look before a source's word counts."""
MAX_FAILURES = 12
GIVEN_UP = timedelta(days=7)
"""A URL that failed ``MAX_FAILURES`` times, one after the other, and has been known for this long, is not tried again of itself."""
_AHEAD = timedelta(hours=1)
WITHDRAWN = "withdrawn"
"""The frontier's reason for a page that has gone, once that is believed; before, it goes on with how often it was seen."""


@dataclass(frozen=True, slots=True)
class RevisitRules:
    """See ``[revisit]`` in docs/settings.md. ``daily`` is the number of looks at known pages of a site in one day; 0 is no limit."""

    ages: tuple[timedelta, ...] = AGES
    shortest: timedelta = timedelta(minutes=20)
    patience: float = 0.5
    per_age: int = 24
    withdrawal: tuple[timedelta, ...] = WITHDRAWAL
    daily: int = 0

    @classmethod
    def of(cls, section: RevisitSection, site: Site | None = None) -> RevisitRules:
        """The settings, with what the site file says over them. Raises ``ValueError`` for what is no length of time."""
        own = site.revisit if site else None
        ages = (own.ages if own else ()) or section.ages
        shortest = (own.shortest if own else None) or section.shortest
        patience = own.patience if own and own.patience is not None else section.patience
        daily = own.daily if own and own.daily is not None else section.daily
        return cls(
            ages=tuple(sorted(map(parse_duration, ages))),
            shortest=parse_duration(shortest),
            patience=patience,
            withdrawal=tuple(map(parse_duration, section.withdrawal)),
            daily=daily,
        )


def born(*, first_seen_at: datetime, published_at: datetime | None, now: datetime) -> datetime:
    """From when a page's age counts: its publication, else when it was first seen. A publication in the future is a mistake."""
    return published_at if published_at is not None and published_at <= now else min(first_seen_at, now)


def next_visit(
    rules: RevisitRules,
    *,
    now: datetime,
    born_at: datetime,
    changed_at: datetime | None = None,
    by_history: bool = True,
) -> datetime | None:
    """When a page that was seen at ``now`` is due again; None for never.

    ``changed_at`` is when a change of its text was last observed. Without ``by_history`` only its age counts: lists, and
    pages of which no text is known. Beyond the last age only a page that has just changed is looked at again.
    """
    age = max(now - born_at, timedelta(0))
    step = next((each for each in rules.ages if each > age), None)
    quiet = now - max(born_at, min(changed_at, now)) if changed_at is not None else age
    # However often it changes: a page that says the time of day is not fetched every few minutes for years.
    wait = max(rules.shortest, age / rules.per_age, quiet * rules.patience)
    if step is None:
        return now + wait if by_history and changed_at is not None and not quiet else None
    left = step - age
    # A look right before one that comes anyway is wasted.
    return now + (wait if by_history and left > 1.5 * wait else left)


def is_worth_a_look(
    rules: RevisitRules,
    *,
    now: datetime,
    hinted_at: datetime,
    seen_at: datetime,
    born_at: datetime,
    changed_at: datetime | None = None,
) -> bool:
    """Whether a source's word that a page was changed at ``hinted_at`` makes it due now, before its time.

    Sources also say so when a comment came or the site was built anew: a page that has long stood unchanged in spite of them is
    looked at less eagerly than a young one.
    """
    if not seen_at < hinted_at <= now + _AHEAD:
        return False
    quiet = now - max(born_at, changed_at or born_at)
    return now - seen_at >= max(rules.shortest, quiet * HINTED)


def after_absence(rules: RevisitRules, *, now: datetime, absences: int) -> datetime | None:
    """When a page is due again that was not there (404, 410, led to the home page or a section) so many times in a row;
    None when that is believed: with the usual rules at the third time."""
    return now + rules.withdrawal[absences - 1] if absences <= len(rules.withdrawal) else None


def absence_reason(rules: RevisitRules, absences: int) -> str:
    """The frontier's words for a page that was not there so many times in a row."""
    needed = len(rules.withdrawal) + 1
    return WITHDRAWN if absences >= needed else f"{WITHDRAWN}? seen {absences} of {needed} times"


def after_failure(*, now: datetime, failures: int, first_seen_at: datetime) -> datetime | None:
    """When a page is due again whose last ``failures`` tries gave no whole answer, this one among them; None for never.

    Waits double from five minutes: to an hour, or half of the time for which it is known, and to a week at most.
    """
    known = max(now - first_seen_at, timedelta(0))
    if failures >= MAX_FAILURES and known >= GIVEN_UP:
        return None
    wait: timedelta = FIRST_RETRY * 2 ** (min(failures, 32) - 1)
    return now + min(wait, LONGEST_RETRY, max(YOUNG_RETRY, known / 2))
