"""What people decide of schedules: add, pause, resume, remove, run now, stop. The commands and the web page call these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from ulid import ULID

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.sites import find_site
from archiver.errors import UsageError
from archiver.journal.objects import SCHEDULE, SLOTS
from archiver.model.instant import cut, rfc3339
from archiver.model.schedule import CatchUp, Origin, Overlap, Schedule, Slot, SlotState, Standing
from archiver.ops.schedule.cron import check_cron, occurrences
from archiver.ops.schedule.engine import free_instant
from archiver.ops.schedule.planner import Situation, plan

LONGEST = 366 * 86_400.0
"""Seconds: no grace, jitter or time limit is longer than a year."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a new schedule treats its slots; see ``model.schedule.Schedule``."""

    overlap: Overlap = Overlap.QUEUE
    catch_up: CatchUp = CatchUp.LATEST
    grace: float = 900.0
    jitter: float = 0.0
    max_time: float | None = None
    limit: int | None = None


def add_schedule(
    catalog: Catalog, config: Config, site: str, *, cron: str, zone: str, options: Options | None = None
) -> Schedule:
    """Have a site crawled by a cron line in a time zone. Raises ``UnknownSite`` and ``UsageError``."""
    options = options or Options()
    found = find_site(site, config)
    line, zone = check_cron(cron, zone)
    for name in ("grace", "jitter", "max_time"):
        value = getattr(options, name)
        if value is not None and not 0 <= value <= LONGEST:
            raise UsageError(f"{name} must be between 0 and {LONGEST:g} seconds, not {value!r}")
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"limit must be a whole number above 0, not {options.limit!r}")
    for other in catalog.schedules.find():
        if (other.site, other.cron, other.zone) == (found.name, line, zone):
            raise UsageError(f"{found.name} has this schedule already: {other.id} ({line}, {zone})")
    now = cut(catalog.clock.now())
    schedule = Schedule(
        id=f"{found.name}-{str(ULID.from_datetime(now))[-8:].lower()}",
        site=found.name,
        cron=line,
        zone=zone,
        since=now,
        overlap=options.overlap,
        catch_up=options.catch_up,
        grace=options.grace,
        jitter=options.jitter,
        max_time=options.max_time,
        limit=options.limit,
    )
    _keep(catalog, schedule)
    _settle(catalog, schedule)
    return schedule


def pick_schedule(catalog: Catalog, name: str, *, removed: bool = False) -> Schedule:
    """A schedule by its id, the beginning of it, or its site's name where that has only one; with ``removed`` one that was
    removed too. Raises ``UsageError``."""
    schedules = catalog.schedules.find(removed=removed)
    wanted = name.strip()
    exact = [schedule for schedule in schedules if schedule.id == wanted]
    found = exact or [s for s in schedules if s.site == wanted] or [s for s in schedules if s.id.startswith(wanted)]
    if len(found) == 1 and wanted:
        return found[0]
    known = ", ".join(schedule.id for schedule in (found or schedules)) or "none; `archiver schedule add` makes one"
    raise UsageError(f"{'several schedules are' if found else 'no schedule is'} called {wanted!r}: {known}")


def pause_schedule(catalog: Catalog, schedule: Schedule) -> Schedule:
    """Its slots end as skipped until it is resumed. A run that is under way goes on."""
    return _change(catalog, schedule, Standing.PAUSED)


def resume_schedule(catalog: Catalog, schedule: Schedule) -> Schedule:
    """Its slots are started again. Those of the time between are skipped, whether or not a service saw them."""
    return _change(catalog, schedule, Standing.ACTIVE)


def remove_schedule(catalog: Catalog, schedule: Schedule) -> Schedule:
    """It has no more slots; those that it had are kept. A run that is under way goes on."""
    return _change(catalog, schedule, Standing.REMOVED)


def run_now(catalog: Catalog, schedule: Schedule) -> Slot:
    """A slot of now, beside the planned ones. It waits while a run of the site is under way, whatever the policy."""
    at = free_instant(catalog.schedules, schedule.id, catalog.clock)
    slot = Slot(schedule.id, schedule.site, at, at, origin=Origin.HAND, note="started by hand")
    catalog.schedules.apply([slot])
    return slot


def ask_stop(catalog: Catalog, schedule: Schedule, *, reason: str = "stopped by hand") -> Slot | None:
    """Request that the schedule's run be stopped in good order; its slot, or None when none is under way.

    The engine sends the request to the run. What is left is due at the next run.
    """
    for slot in catalog.schedules.unfinished():
        if slot.schedule == schedule.id and slot.state is SlotState.RUNNING:
            return catalog.schedules.ask_stop(slot.key, reason=reason, at=cut(catalog.clock.now()))
    return None


def upcoming(schedule: Schedule, *, after: datetime, count: int = 1) -> list[datetime]:
    """The next planned times."""
    if schedule.standing is Standing.REMOVED:
        return []
    kept = (each.at for each in occurrences(schedule.cron, schedule.zone, after=after) if each.skip is None)
    return list(islice(kept, count))


def schedule_json(catalog: Catalog, schedule: Schedule) -> Mapping[str, object]:
    """The shape of ``archiver schedule list --json`` and ``/api/schedules``: a schedule, when it is next due, and its newest
    slot that is running or over."""
    after = cut(catalog.clock.now())
    next_at = upcoming(schedule, after=after)
    newest = catalog.schedules.slots(schedule=schedule.id, until=after, limit=20)
    last = next((slot for slot in newest if slot.state not in {SlotState.PLANNED, SlotState.QUEUED}), None)
    return {
        **schedule.as_json(),
        "next_at": rfc3339(next_at[0]) if next_at and schedule.standing is Standing.ACTIVE else None,
        "last": last.as_json() if last else None,
    }


def _change(catalog: Catalog, schedule: Schedule, standing: Standing) -> Schedule:
    if schedule.standing is standing:
        return schedule
    # What came before is accounted for as it was then.
    _settle(catalog, schedule)
    changed = replace(schedule, standing=standing, revision=schedule.revision + 1)
    _keep(catalog, changed)
    _settle(catalog, changed)
    return changed


def _keep(catalog: Catalog, schedule: Schedule) -> None:
    catalog.schedules.put(schedule, entry=catalog.journal.draft(SCHEDULE, schedule.as_json()))


def _settle(catalog: Catalog, schedule: Schedule) -> None:
    """Make the slots of one schedule up to now and the next, and end those that are not to run. Nothing is started."""
    ledger = catalog.schedules
    while True:
        slots = [slot for slot in ledger.unfinished() if slot.schedule == schedule.id]
        until = {key: at for key, at in ledger.planned_until().items() if key == schedule.id}
        made = plan(Situation([schedule], slots, until), now=cut(catalog.clock.now()))
        ended = ledger.settle([slot for slot in made.slots if slot.final or slot.state is SlotState.PLANNED])
        if ended:
            catalog.journal.record(SLOTS, {"slots": [slot.as_json() for slot in ended]})
        # Last: what was not made yet is made by the next call.
        ledger.plan_until(made.planned_until)
        if not made.more:
            return
