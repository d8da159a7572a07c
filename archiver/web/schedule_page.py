"""The page of schedules: what is planned, what came of it, and for curators what they may decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from archiver.catalog import Catalog
from archiver.config.sites import all_sites
from archiver.errors import NotHeld, UsageError
from archiver.model.instant import parse_when, rfc3339
from archiver.model.schedule import CatchUp, Overlap, Schedule, Slot, SlotKey, SlotState, Standing
from archiver.model.token import Role
from archiver.ops.schedule import deciding
from archiver.web.authority import audit, require_form
from archiver.web.forms import read_form
from archiver.web.messages import Speech
from archiver.web.pages import page, speech_of
from archiver.web.schedule_form import BLANK, Reading, read_schedule
from archiver.web.slot_words import why
from archiver.web.state import state_of

SLOTS = 50
MOST_SCHEDULES = 200
NO_STORE = {"Cache-Control": "no-store"}
OVERDUE = timedelta(minutes=2)
"""A service looks every second: a slot that is planned and so late was looked at by none."""
CHANGES = ("pause", "resume", "run", "stop", "remove")
DONE = frozenset({"added", "norun", *CHANGES})
_ENDED = frozenset(SlotState) - {SlotState.PLANNED, SlotState.QUEUED}


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A schedule as it is shown: when it is next due, its last slot with the reason in words and its run, if that began, and
    whether a run of it is under way."""

    schedule: Schedule
    next_at: datetime | None
    last: Slot | None
    why: str
    running: bool
    run: str | None = None


@dataclass(frozen=True, slots=True)
class SlotLine:
    """A slot with the zone of its schedule, its reason in words, how long its run took, and its run, if that began."""

    slot: Slot
    zone: str
    why: str
    took: timedelta | None
    run: str | None = None


def schedule(request: Request) -> Response:
    """``GET /schedule?schedule=…&state=…&before=…``."""
    return _show(request, Reading(dict(BLANK)))


def one(request: Request) -> Response:
    """``GET /schedule/{id}``: to its slots."""
    schedule_id = str(request.path_params["id"])
    if state_of(request).archive.catalog.schedules.get(schedule_id) is None:
        raise NotHeld(schedule_id[:100], "no such schedule")
    place = f"{state_of(request).root}/schedule?{urlencode({'schedule': schedule_id})}#slots"
    return RedirectResponse(place, status_code=302)


async def add(request: Request) -> Response:
    """``POST /schedule``: add a schedule, or show the form again with what is wrong."""
    form = await read_form(request)
    return await run_in_threadpool(_add, request, form)


async def change(request: Request) -> Response:
    """``POST /schedule/{id}`` with ``do``: pause, resume, run, stop or remove."""
    form = await read_form(request)
    return await run_in_threadpool(_change, request, form)


def _add(request: Request, form: Mapping[str, str]) -> Response:
    caller = require_form(request, form, Role.CURATOR)
    state = state_of(request)
    reading = read_schedule(form, all_sites(state.config))
    wish = reading.wish
    if wish is None:
        return _show(request, reading, status=400)
    catalog = state.office.catalog
    added = deciding.add_schedule(
        catalog, state.config, wish.site, cron=wish.cron, zone=wish.zone, options=wish.options
    )
    audit(catalog, caller, action="schedule add", target=f"{added.id}: {added.cron} ({added.zone})")
    return _back(request, "added", added.id)


def _change(request: Request, form: Mapping[str, str]) -> Response:
    caller = require_form(request, form, Role.CURATOR)
    catalog = state_of(request).office.catalog
    wanted = form.get("do", "")
    schedule_id = str(request.path_params["id"])
    known = catalog.schedules.get(schedule_id)
    if known is None or (known.standing is Standing.REMOVED and wanted != "stop"):
        raise NotHeld(schedule_id[:100], "no such schedule")
    done = _done(catalog, known, wanted)
    audit(
        catalog,
        caller,
        action=f"schedule {wanted}",
        target=known.id,
        outcome="done" if done == wanted else "nothing to do",
    )
    return _back(request, done, known.id)


def _done(catalog: Catalog, known: Schedule, wanted: str) -> str:
    match wanted:
        case "pause":
            deciding.pause_schedule(catalog, known)
        case "resume":
            deciding.resume_schedule(catalog, known)
        case "run":
            deciding.run_now(catalog, known)
        case "stop":
            return "stop" if deciding.ask_stop(catalog, known) is not None else "norun"
        case "remove":
            deciding.remove_schedule(catalog, known)
        case _:
            raise UsageError(f"do: one of {', '.join(CHANGES)}, not {wanted[:40]!r}")
    return wanted


def _back(request: Request, done: str, schedule_id: str) -> Response:
    query = urlencode({"done": done})
    place = f"{state_of(request).root}/schedule?{query}#s-{schedule_id}"
    return RedirectResponse(place, status_code=303, headers=NO_STORE)


def _show(request: Request, reading: Reading, *, status: int = 200) -> Response:
    state = state_of(request)
    catalog = state.archive.catalog
    speech = speech_of(request)
    now = state.clock.now()
    known = {each.id: each for each in catalog.schedules.find(removed=True)}
    shown = [each for each in known.values() if each.standing is not Standing.REMOVED]
    unfinished = catalog.schedules.unfinished()
    asked = request.query_params if request.method in {"GET", "HEAD"} else {}
    chosen = known.get(asked.get("schedule", ""))
    chosen_state = _slot_state(asked.get("state", ""))
    found = catalog.schedules.slots(
        schedule=chosen.id if chosen else None, state=chosen_state, limit=SLOTS + 1, before=_place(asked.get("before"))
    )
    done = asked.get("done", "")
    runs = catalog.runs.known(slot.run for slot in found if slot.run)
    values: dict[str, object] = {
        "lines": [_line(catalog, each, speech, unfinished, now=now) for each in shown[:MOST_SCHEDULES]],
        "zones": {each.id: each.zone for each in known.values()},
        "known": shown,
        "chosen": chosen,
        "chosen_state": chosen_state,
        "states": [each.value for each in SlotState],
        "slots": [slot_line(slot, known, speech, runs) for slot in found[:SLOTS]],
        "more": _older(chosen, chosen_state, found[SLOTS - 1]) if len(found) > SLOTS else None,
        "idle": any(slot.state is SlotState.PLANNED and now - slot.due_at > OVERDUE for slot in unfinished),
        "done": done if done in DONE else None,
        "typed": reading.typed,
        "wrong": {name: speech(key, **given) for name, (key, given) in reading.wrong.items()},
        "sites": all_sites(state.config),
        "overlaps": [each.value for each in Overlap],
        "catch_ups": [each.value for each in CatchUp],
        "here": "schedule",
    }
    return page(request, "schedule.html", values, status=status, headers=NO_STORE if status != 200 else None)


def schedule_lines(request: Request, site: str) -> list[ScheduleLine]:
    """The schedules of one site, for its page. Raises ``CatalogError``."""
    state = state_of(request)
    catalog = state.archive.catalog
    unfinished = catalog.schedules.unfinished()
    speech = speech_of(request)
    now = state.clock.now()
    return [_line(catalog, each, speech, unfinished, now=now) for each in catalog.schedules.find(site)]


def _line(catalog: Catalog, each: Schedule, speech: Speech, unfinished: list[Slot], *, now: datetime) -> ScheduleLine:
    newest = catalog.schedules.slots(schedule=each.id, limit=20)
    last = next((slot for slot in newest if slot.state in _ENDED), None)
    coming = deciding.upcoming(each, after=now) if each.standing is Standing.ACTIVE else []
    running = any(slot.schedule == each.id and slot.state is SlotState.RUNNING for slot in unfinished)
    said = why(last.reason, speech, zone=each.zone) if last else ""
    run = last.run if last and last.run and catalog.runs.known((last.run,)) else None
    return ScheduleLine(each, coming[0] if coming else None, last, said, running, run)


def slot_line(slot: Slot, known: Mapping[str, Schedule], speech: Speech, runs: Collection[str]) -> SlotLine:
    """A slot as a page shows it; ``runs`` are those that have a page."""
    zone = known[slot.schedule].zone if slot.schedule in known else "UTC"
    took = slot.ended_at - slot.started_at if slot.ended_at and slot.started_at else None
    return SlotLine(slot, zone, why(slot.reason, speech, zone=zone), took, slot.run if slot.run in runs else None)


def _slot_state(text: str) -> SlotState | None:
    try:
        return SlotState(text) if text else None
    except ValueError as error:
        raise UsageError(f"state: no such state of a slot: {text[:40]!r}") from error


def _older(chosen: Schedule | None, chosen_state: SlotState | None, last: Slot) -> str:
    asked = {"schedule": chosen.id if chosen else "", "state": chosen_state.value if chosen_state else ""}
    place = f"{rfc3339(last.planned_at)} {last.schedule}"
    return urlencode({**{name: value for name, value in asked.items() if value}, "before": place})


def _place(text: str | None) -> SlotKey | None:
    if not text:
        return None
    at, _, schedule_id = text.partition(" ")
    try:
        return SlotKey(schedule_id, parse_when(at))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"before: not a place in this list: {text[:60]!r}") from error
