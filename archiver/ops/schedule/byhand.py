"""A slot that a person runs or stops, with the service where there is one, and else from here."""

from __future__ import annotations

import threading
from collections.abc import Callable

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.errors import ArchiverError
from archiver.model.instant import Clock
from archiver.model.schedule import Schedule, Slot, SlotKey, SlotState
from archiver.ops.schedule.children import ChildRunner
from archiver.ops.schedule.deciding import ask_stop, run_now
from archiver.ops.schedule.engine import Engine
from archiver.ops.schedule.service import rules_of, schedule_lock

EVERY = 0.3
"""Seconds between two looks at a run."""


def run_here_or_there(
    config: Config, catalog: Catalog, schedule: Schedule, *, clock: Clock, say: Callable[[str], None] = lambda _: None
) -> Slot:
    """A slot of now. A service on this archive starts its run, and the slot is given back as it stands; without one the run
    is done here, and the slot is given back when it is over."""
    slot = run_now(catalog, schedule)
    with schedule_lock(config) as ours:
        if not ours:
            say("the service starts it within a second or two, or when the run of its site that is under way is over")
            return slot
        say("no service follows this archive's schedules, so the run is done here")
        engine = Engine(catalog, ChildRunner(config, catalog, clock=clock), clock=clock, rules=rules_of(config))
        return _until_over(engine, catalog, schedule, slot.key)


def stop_here_or_there(
    config: Config, catalog: Catalog, schedule: Schedule, *, clock: Clock, wait: bool
) -> Slot | None:
    """Stop the schedule's run in good order; its slot, with ``wait`` when the run is over, or None when none is under way."""
    slot = ask_stop(catalog, schedule)
    if slot is None:
        return None
    pause = threading.Event()
    while True:
        with schedule_lock(config) as ours:
            if ours:
                runner = ChildRunner(config, catalog, clock=clock)
                Engine(catalog, runner, clock=clock, rules=rules_of(config)).tick(starting=False)
        now = _slot(catalog, slot.key)
        if now.state is not SlotState.RUNNING or (not wait and now.stop_told_at is not None):
            return now
        pause.wait(EVERY)


def _until_over(engine: Engine, catalog: Catalog, schedule: Schedule, key: SlotKey) -> Slot:
    pause = threading.Event()
    while True:
        try:
            engine.tick(only=key)
            slot = _slot(catalog, key)
            if slot.final:
                return slot
            pause.wait(EVERY)
        except KeyboardInterrupt:
            if ask_stop(catalog, schedule) is None:
                raise


def _slot(catalog: Catalog, key: SlotKey) -> Slot:
    slot = catalog.schedules.slot(key)
    if slot is None:
        raise ArchiverError(f"the slot of {key.planned_at} of {key.schedule} has vanished from the catalogue")
    return slot
