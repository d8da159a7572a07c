"""When an alert is sent: once when it is raised, again after a while for as long as it lasts, and when it is resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ulid import ULID

from archiver.model.alert import Alert, Delivery, Finding
from archiver.model.instant import cut


def compare(
    known: Sequence[Alert], found: Sequence[Finding], *, now: datetime, repeat: timedelta
) -> list[tuple[Alert, str | None]]:
    """The alerts as they are after a look that ``found`` these, each with what is to be sent of it: raised, repeated,
    resolved, or nothing. ``known`` are those that were not resolved."""
    now = cut(now)
    outcome: list[tuple[Alert, str | None]] = []
    current = {(finding.rule, finding.subject): finding for finding in found}
    for alert in known:
        finding = current.pop((alert.finding.rule, alert.finding.subject), None)
        if finding is None:
            outcome.append((replace(alert, resolved_at=now), "resolved"))
        elif alert.told_at is None or now - alert.told_at >= repeat:
            outcome.append((replace(alert, finding=finding, seen_at=now, told_at=now), "repeated"))
        else:
            outcome.append((replace(alert, finding=finding, seen_at=now), None))
    outcome += [
        (Alert(str(ULID.from_datetime(now)), finding, raised_at=now, seen_at=now, told_at=now), "raised")
        for finding in current.values()
    ]
    return outcome


def messages(outcome: Sequence[tuple[Alert, str | None]], channels: Sequence[str], *, now: datetime) -> list[Delivery]:
    """What is to be delivered, one message for each alert and channel."""
    return [
        Delivery(
            id=str(ULID.from_datetime(now)),
            alert=alert.id,
            channel=channel,
            body={"event": event, **alert.as_json()},
            due_at=cut(now),
        )
        for alert, event in outcome
        if event is not None
        for channel in channels
    ]


FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 25
"""About four days."""


def delivered(message: Delivery, *, now: datetime) -> Delivery:
    """A message that has arrived."""
    return replace(message, due_at=None, delivered_at=cut(now), attempts=message.attempts + 1, error=None)


def failed(message: Delivery, why: str, *, now: datetime) -> Delivery:
    """A message that has not: tried again after a wait that grows, and given up at last."""
    attempts = message.attempts + 1
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    due = cut(now + wait) if attempts < MOST_ATTEMPTS else None
    return replace(message, due_at=due, attempts=attempts, error=why[:500])
