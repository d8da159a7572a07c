"""Schedules and their slots: when a site is to be crawled, and what came of each planned time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archiver.model.instant import rfc3339


class Overlap(StrEnum):
    """What a slot does while another run of its site is under way: wait, give up, or have that one stopped."""

    QUEUE = "queue"
    SKIP = "skip"
    REPLACE = "replace"


class CatchUp(StrEnum):
    """Which of the slots that nobody could start in time are started late: none, the latest alone, or all of them."""

    NONE = "none"
    LATEST = "latest"
    ALL = "all"


class Standing(StrEnum):
    """Whether a schedule is followed."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class SlotState(StrEnum):
    """Where a slot stands. The last four are final, and every slot reaches one of them."""

    PLANNED = "planned"
    QUEUED = "queued"
    RUNNING = "running"
    RAN = "ran"
    LATE = "late"
    SKIPPED = "skipped"
    FAILED = "failed"


FINAL = frozenset({SlotState.RAN, SlotState.LATE, SlotState.SKIPPED, SlotState.FAILED})


class Origin(StrEnum):
    """Why there is a slot: the schedule's cron line, a person, or the death of the run of another slot."""

    CRON = "cron"
    HAND = "hand"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a site is crawled: a cron line of five fields, read in the IANA time zone ``zone``.

    ``grace``: seconds after which a slot that was not started counts as missed, and one that was as late. ``jitter``:
    seconds by which a start is put off at most, each slot by its own share. ``max_time`` (seconds) and ``limit`` (pages)
    bound each run. ``since``: slots are planned from after this instant on. ``revision`` counts its changes.
    """

    id: str
    site: str
    cron: str
    zone: str
    since: datetime
    overlap: Overlap = Overlap.QUEUE
    catch_up: CatchUp = CatchUp.LATEST
    grace: float = 900.0
    jitter: float = 0.0
    max_time: float | None = None
    limit: int | None = None
    standing: Standing = Standing.ACTIVE
    revision: int = 1

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver schedule list --json`` and of the journal."""
        return {
            "schedule": self.id,
            "site": self.site,
            "cron": self.cron,
            "tz": self.zone,
            "overlap": self.overlap.value,
            "catch_up": self.catch_up.value,
            "grace": self.grace,
            "jitter": self.jitter,
            "max_time": self.max_time,
            "limit": self.limit,
            "state": self.standing.value,
            "since": rfc3339(self.since),
            "revision": self.revision,
        }


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned start of a run. ``planned_at`` is the instant that the cron line names, ``due_at`` that with jitter.

    ``reason`` says why it stands as it does, ``note`` what the clock change of a day did to it. ``run`` is its run's id.
    ``stop_reason``: why its run is to be stopped, since ``stop_asked_at``; told to the run at ``stop_told_at``.
    ``stands_for`` is the planned time of the slot that this one makes up for.
    """

    schedule: str
    site: str
    planned_at: datetime
    due_at: datetime
    state: SlotState = SlotState.PLANNED
    origin: Origin = Origin.CRON
    reason: str | None = None
    note: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    run: str | None = None
    stands_for: datetime | None = None
    stop_reason: str | None = None
    stop_asked_at: datetime | None = None
    stop_told_at: datetime | None = None

    @property
    def key(self) -> SlotKey:
        """What names the slot."""
        return SlotKey(self.schedule, self.planned_at)

    @property
    def final(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in FINAL

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver schedule slots --json`` and ``/api/slots`` promise."""
        return {
            "schedule": self.schedule,
            "site": self.site,
            "planned_at": rfc3339(self.planned_at),
            "state": self.state.value,
            "reason": self.reason,
            "started_at": rfc3339(self.started_at) if self.started_at else None,
            "ended_at": rfc3339(self.ended_at) if self.ended_at else None,
            "run": self.run,
            "due_at": rfc3339(self.due_at),
            "origin": self.origin.value,
            "note": self.note,
            "stands_for": rfc3339(self.stands_for) if self.stands_for else None,
        }


@dataclass(frozen=True, slots=True, order=True)
class SlotKey:
    """A slot by its schedule and planned time."""

    schedule: str
    planned_at: datetime


def schedule_of(raw: dict[str, object]) -> Schedule:
    """The schedule that ``Schedule.as_json`` made ``raw`` of. Raises ``ValueError``."""
    try:
        return Schedule(
            id=_text(raw["schedule"]),
            site=_text(raw["site"]),
            cron=_text(raw["cron"]),
            zone=_text(raw["tz"]),
            since=datetime.fromisoformat(_text(raw["since"])),
            overlap=Overlap(_text(raw["overlap"])),
            catch_up=CatchUp(_text(raw["catch_up"])),
            grace=_number(raw["grace"]),
            jitter=_number(raw["jitter"]),
            max_time=None if raw["max_time"] is None else _number(raw["max_time"]),
            limit=None if raw["limit"] is None else int(_number(raw["limit"])),
            standing=Standing(_text(raw["state"])),
            revision=int(_number(raw["revision"])),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a schedule: {type(error).__name__}: {error}") from error


def slot_of(raw: dict[str, object]) -> Slot:
    """The slot that ``Slot.as_json`` made ``raw`` of. Raises ``ValueError``."""
    try:
        return Slot(
            schedule=_text(raw["schedule"]),
            site=_text(raw["site"]),
            planned_at=datetime.fromisoformat(_text(raw["planned_at"])),
            due_at=datetime.fromisoformat(_text(raw["due_at"])),
            state=SlotState(_text(raw["state"])),
            origin=Origin(_text(raw["origin"])),
            reason=_optional(raw["reason"]),
            note=_optional(raw["note"]),
            started_at=_instant(raw["started_at"]),
            ended_at=_instant(raw["ended_at"]),
            run=_optional(raw["run"]),
            stands_for=_instant(raw["stands_for"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a slot: {type(error).__name__}: {error}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is wanted, not {value!r}")
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _instant(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(_text(value))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a number is wanted, not {value!r}")
    return float(value)
