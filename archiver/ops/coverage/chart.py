"""The ledger as text: a bar for each day, and the reasons beside it."""

from __future__ import annotations

from collections.abc import Iterable

from archiver.model.coverage import DayCoverage, Missing

WIDTH = 30
HELD, WAITING, LOST = "█", "░", "·"
"""Captured; missing and still to come; missing for another reason."""
WORDS = {reason: reason.value.replace("-", " ") for reason in Missing} | {Missing.WITHDRAWN: "withdrawn before capture"}
_COMING = frozenset({Missing.NOT_YET_DUE, Missing.BUDGET})


def bar(day: DayCoverage, *, most: int, width: int = WIDTH) -> str:
    """A day as a bar, as long as its listed URLs are many beside ``most``. What is not zero is never shown as nothing."""
    if not day.listed:
        return ""
    length = max(1, round(width * day.listed / max(most, day.listed)))
    coming = sum(day.missing.get(reason, 0) for reason in _COMING)
    parts = [(HELD, day.held), (WAITING, coming), (LOST, day.listed - day.held - coming)]
    length = max(length, sum(count > 0 for _, count in parts))
    shares = {mark: max(1, round(length * count / day.listed)) if count else 0 for mark, count in parts}
    largest = max(shares, key=lambda mark: shares[mark])
    shares[largest] += length - sum(shares.values())
    return "".join(mark * shares[mark] for mark, _ in parts)


def reasons(day: DayCoverage) -> str:
    """``3 robots, 1 blocked``; empty where nothing is missing."""
    return ", ".join(f"{day.missing[reason]:,} {WORDS[reason]}" for reason in Missing if day.missing.get(reason))


def largest(days: Iterable[DayCoverage]) -> int:
    """The most URLs that any day listed."""
    return max((day.listed for day in days), default=0)
