"""Schedules, their slots, and what is wrong now, as lists."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from archiver.errors import UsageError
from archiver.model.alert import AlertRule
from archiver.model.schedule import CatchUp, Origin, Overlap, Slot, SlotKey, SlotState, Standing
from archiver.model.token import Role
from archiver.ops.schedule.deciding import schedule_json
from archiver.web.api.lists import CURSOR, LIMIT, answer, cursor_of, list_of, page_of
from archiver.web.api.queries import JSON, SINCE, SITE, UNTIL
from archiver.web.operation import Operation, Parameter, asked
from archiver.web.state import filters_of, state_of

_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_TIME = {"type": ["string", "null"], "format": "date-time"}
_MAYBE_NUMBER = {"type": ["number", "null"]}


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "required": list(properties), "properties": properties}


_SLOT = _object(
    {
        "schedule": _TEXT,
        "site": _TEXT,
        "planned_at": _TIME,
        "state": {"enum": [each.value for each in SlotState]},
        "reason": _MAYBE_TEXT,
        "started_at": _MAYBE_TIME,
        "ended_at": _MAYBE_TIME,
        "run": _MAYBE_TEXT,
        "due_at": _TIME,
        "origin": {"enum": [each.value for each in Origin]},
        "note": _MAYBE_TEXT,
        "stands_for": _MAYBE_TIME,
    }
)
_SCHEDULE = _object(
    {
        "schedule": _TEXT,
        "site": _TEXT,
        "cron": _TEXT,
        "tz": _TEXT,
        "overlap": {"enum": [each.value for each in Overlap]},
        "catch_up": {"enum": [each.value for each in CatchUp]},
        "grace": {"type": "number"},
        "jitter": {"type": "number"},
        "max_time": _MAYBE_NUMBER,
        "limit": _MAYBE_NUMBER,
        "state": {"enum": [each.value for each in Standing]},
        "since": _TIME,
        "revision": {"type": "integer"},
        "next_at": _MAYBE_TIME,
        "last": {"oneOf": [_SLOT, {"type": "null"}]},
    }
)
_SCHEDULES = (SITE,)
_SLOTS = (
    Parameter("schedule", "of this schedule only, by its id"),
    SITE,
    Parameter("state", "in this state only", choices=tuple(each.value for each in SlotState)),
    SINCE,
    UNTIL,
    LIMIT,
    CURSOR,
)
_ALERT = _object(
    {
        "alert": _TEXT,
        "rule": {"enum": [each.value for each in AlertRule]},
        "subject": _TEXT,
        "site": _MAYBE_TEXT,
        "text": _TEXT,
        "facts": {"type": "object"},
        "raised_at": _TIME,
        "seen_at": _TIME,
        "told_at": _MAYBE_TIME,
        "resolved_at": _MAYBE_TIME,
    }
)
_ALERTS = (Parameter("state", "what is wrong now, or all that was", choices=("open", "all"), default="open"), LIMIT)


def schedules(request: Request) -> Response:
    """``/api/schedules``."""
    given = asked(request, _SCHEDULES)
    archive = state_of(request).archive
    catalog = archive.catalog
    if given["site"] is not None:
        filters_of(request).check_site(given["site"])
    return answer([schedule_json(catalog, schedule) for schedule in catalog.schedules.find(given["site"])])


def slots(request: Request) -> Response:
    """``/api/slots``."""
    given = asked(request, _SLOTS)
    archive = state_of(request).archive
    if given["site"] is not None:
        filters_of(request).check_site(given["site"])
    found = archive.catalog.schedules.slots(
        schedule=given["schedule"],
        site=given["site"],
        state=SlotState(given["state"]) if given["state"] else None,
        since=given["from"],
        until=given["to"],
        limit=given["limit"] + 1,
        before=_place(cursor_of(given["cursor"])),
    )
    return page_of(
        request,
        found,
        limit=given["limit"],
        shape=Slot.as_json,
        place=lambda slot: f"{slot.planned_at.isoformat()} {slot.schedule}",
    )


def _place(text: str | None) -> SlotKey | None:
    if text is None:
        return None
    at, _, schedule = text.partition(" ")
    try:
        planned_at = datetime.fromisoformat(at)
    except ValueError as error:
        raise UsageError("cursor: not a place in this list of slots") from error
    if planned_at.tzinfo is None:
        raise UsageError("cursor: not a place in this list of slots")
    return SlotKey(schedule, planned_at)


def alerts(request: Request) -> Response:
    """``/api/alerts``."""
    given = asked(request, _ALERTS)
    found = state_of(request).archive.catalog.alerts.find(resolved=given["state"] == "all", limit=given["limit"])
    return answer([alert.as_json() for alert in found])


SCHEDULING: tuple[Operation, ...] = (
    Operation(
        "/api/schedules",
        "When sites are crawled, when each is next due, and how its last slot went",
        schedules,
        parameters=_SCHEDULES,
        returns={JSON: list_of(_SCHEDULE)},
        tag="lists",
    ),
    Operation(
        "/api/slots",
        "Planned times and what came of each, newest first",
        slots,
        parameters=_SLOTS,
        returns={JSON: list_of(_SLOT)},
        tag="lists",
    ),
    Operation(
        "/api/alerts",
        "What is wrong now, newest first",
        alerts,
        parameters=_ALERTS,
        returns={JSON: list_of(_ALERT)},
        role=Role.CURATOR,
        tag="lists",
    ),
)
