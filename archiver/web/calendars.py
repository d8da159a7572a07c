"""Calendars: the days of a year in months and weeks, with what happened on each."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

LEVELS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A day; ``level`` is 0 for nothing, up to ``LEVELS``. ``held``: how many of ``count`` are held, where that is the question."""

    day: date
    count: int
    level: int
    mark: str = ""
    held: int | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday; None where a week's day lies in another month."""

    number: int
    weeks: tuple[tuple[Cell | None, ...], ...]
    count: int


def year_of(counts: Mapping[date, int], year: int, *, marks: Mapping[date, str] | None = None) -> list[Month]:
    """The twelve months of a year. Levels part the year's own counts by how many days have fewer."""
    steps = _steps([count for day, count in counts.items() if day.year == year and count])
    return _months(year, lambda day: _cell(day, counts, steps=steps, marks=marks or {}))


def coverage_of(days: Mapping[date, tuple[int, int]], year: int) -> list[Month]:
    """The twelve months of a year, whose days have how much was listed and how much of that is held. Levels are the part that
    is held; a day where anything is missing is marked ``short``."""

    def cell(day: date) -> Cell:
        listed, held = days.get(day, (0, 0))
        level = min(LEVELS, max(1, LEVELS * held // listed)) if held else 0
        return Cell(day, listed, level, "short" if held < listed else "", held)

    return _months(year, cell)


def _months(year: int, cell: Callable[[date], Cell]) -> list[Month]:
    months = []
    for number in range(1, 13):
        weeks = tuple(
            tuple(cell(date(year, number, day)) if day else None for day in week)
            for week in calendar.Calendar().monthdayscalendar(year, number)
        )
        count = sum(each.count for week in weeks for each in week if each)
        months.append(Month(number, weeks, count))
    return months


def _cell(day: date, counts: Mapping[date, int], *, steps: tuple[int, ...], marks: Mapping[date, str]) -> Cell:
    count = counts.get(day, 0)
    level = 1 + sum(count > step for step in steps) if count else 0
    return Cell(day, count, level, marks.get(day, ""))


def _steps(counts: list[int]) -> tuple[int, ...]:
    """The counts above which a day is of the next level."""
    if not counts:
        return ()
    ranked = sorted(counts)
    return tuple(ranked[(len(ranked) - 1) * part // LEVELS] for part in range(1, LEVELS))


def years(counts: Mapping[date, int]) -> dict[int, int]:
    """How much each year has, from the first to the last, those between with nothing too."""
    if not counts:
        return {}
    found = dict.fromkeys(range(min(counts).year, max(counts).year + 1), 0)
    for day, count in counts.items():
        found[day.year] += count
    return found
