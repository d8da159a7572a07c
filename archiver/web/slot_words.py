"""Why a slot stands as it does, in a reader's language. What the engine writes is English; what it can say is known here."""

from __future__ import annotations

import re
from datetime import datetime

from archiver.web.messages import Speech

_WHEN = r"(?P<when>\d{4}-\d\d-\d\dT[\d:.]+Z)"
_REASONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern + r"\Z"), key)
    for pattern, key in (
        (r"missed: no service was there to start it", "slot.why.missed"),
        (rf"missed: no service was there to start it; the slot of {_WHEN} stands for it", "slot.why.missed.for"),
        (r"missed, and caught up with", "slot.why.caught"),
        (r"the schedule is paused", "slot.why.paused"),
        (r"the schedule was removed", "slot.why.removed"),
        (rf"overlap: run \S+ of the slot of {_WHEN} is under way", "slot.why.overlap"),
        (rf"overlap: the slot of {_WHEN} waits before it", "slot.why.overlap.waits"),
        (r"overlap: (?P<n>\d+) slots of this schedule wait already", "slot.why.overlap.many"),
        (r"overlap: a run of this site that no slot asked for is under way", "slot.why.overlap.other"),
        (rf"replaced by the slot of {_WHEN}", "slot.why.replaced"),
        (rf"waits for run \S+ of the slot of {_WHEN}", "slot.why.waits.run"),
        (rf"waits for the slot of {_WHEN}", "slot.why.waits.slot"),
        (r"waits for a run of this site that no slot asked for", "slot.why.waits.other"),
        (r"waits for one of the runs of other sites to end", "slot.why.waits.sites"),
        (r"the service was stopped", "slot.why.service"),
        (r"the service was stopped; goes on with the next", "slot.why.service.on"),
        (r"stopped by hand", "slot.why.byhand"),
        (r"stopped in good order", "slot.why.order"),
        (r"a limit was reached", "slot.why.limit"),
        (r"finished", "outcome.finished"),
        (r"the run failed", "slot.why.failed"),
        (r"the run died: its process is gone", "slot.why.died"),
        (r"the run died: its process was ended by (?P<name>\w+)", "slot.why.killed"),
        (r"the run did not begin \(exit code (?P<n>-?\d+)\)", "slot.why.nostart"),
        (r"clock change: .{1,200}; its slot was at the first", "slot.why.clock"),
    )
)


def why(reason: str | None, speech: Speech, *, zone: str) -> str:
    """The reason of a slot; times in the schedule's own zone. What a run itself said stays as it said it."""
    if not reason:
        return ""
    whole = _said(reason, speech, zone)
    if whole is not None:
        return whole
    parts = [_said(part, speech, zone) or part for part in reason.split("; ")]
    return "; ".join(parts)


def _said(text: str, speech: Speech, zone: str) -> str | None:
    for pattern, key in _REASONS:
        match = pattern.match(text)
        if match:
            values: dict[str, object] = dict(match.groupdict())
            if "when" in values:
                values["when"] = speech.local(datetime.fromisoformat(str(values["when"])), zone)
            return speech(key, **values)
    return None
