"""The form that adds a schedule: what was typed, and what is wrong with it, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from archiver.errors import UsageError
from archiver.model.schedule import CatchUp, Overlap
from archiver.model.site import Site
from archiver.ops.schedule.cron import check_cron, find_zone
from archiver.ops.schedule.deciding import LONGEST, Options

FIELDS = ("site", "cron", "zone", "overlap", "catch_up", "grace", "jitter", "max_time", "limit")
MOST_PAGES = 10_000_000
BLANK: Mapping[str, str] = {
    **dict.fromkeys(FIELDS, ""),
    "cron": "",
    "overlap": Overlap.QUEUE.value,
    "catch_up": CatchUp.LATEST.value,
    "grace": "900",
    "jitter": "0",
}
_LONGEST_TEXT = 500
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Wish:
    """A schedule that is to be added."""

    site: str
    cron: str
    zone: str
    options: Options


@dataclass(slots=True)
class Reading:
    """``typed`` as it came; ``wrong`` names a message and its values for each field that is not right. ``wish`` when none is."""

    typed: dict[str, str]
    wrong: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)
    wish: Wish | None = None


def read_schedule(form: Mapping[str, str], sites: Mapping[str, Site]) -> Reading:
    """Read the form. All that is wrong is told at once."""
    reading = Reading({name: form.get(name, BLANK[name]).strip()[:_LONGEST_TEXT] for name in FIELDS})
    typed, wrong = reading.typed, reading.wrong
    site = sites.get(typed["site"])
    if site is None:
        wrong["site"] = ("schedule.wrong.site", {})
    zone = typed["zone"] or (site.timezone if site else "UTC")
    cron = ""
    try:
        cron, _ = check_cron(typed["cron"], "UTC")
    except UsageError:
        wrong["cron"] = ("schedule.wrong.cron", {})
    try:
        find_zone(zone)
    except UsageError:
        wrong["zone"] = ("schedule.wrong.zone", {})
    options = Options(
        overlap=_choice(reading, "overlap", Overlap, Overlap.QUEUE),
        catch_up=_choice(reading, "catch_up", CatchUp, CatchUp.LATEST),
        grace=_number(reading, "grace") or 0.0,
        jitter=_number(reading, "jitter") or 0.0,
        max_time=_number(reading, "max_time", low=1),
        limit=_whole(_number(reading, "limit", low=1, high=MOST_PAGES)),
    )
    if not wrong and site is not None:
        reading.wish = Wish(site.name, cron, zone, options)
    return reading


def _choice(reading: Reading, name: str, kind: type[_Choice], default: _Choice) -> _Choice:
    try:
        return kind(reading.typed[name])
    except ValueError:
        reading.wrong[name] = ("schedule.wrong.choice", {})
        return default


def _number(reading: Reading, name: str, *, low: int = 0, high: int = int(LONGEST)) -> float | None:
    """A whole number; None where nothing was typed."""
    text = reading.typed[name]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
        reading.wrong[name] = ("schedule.wrong.number", {"low": low, "high": high})
        return None
    return float(int(text))


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
