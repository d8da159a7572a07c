"""The schedule as a service: a thread that looks every second, in one process at a time for each archive."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.home import prepare_home
from archiver.errors import ArchiverError, SpoolUnusable
from archiver.model.instant import Clock, SystemClock
from archiver.ops.schedule.children import ChildRunner
from archiver.ops.schedule.engine import Engine
from archiver.ops.schedule.planner import PlannerRules

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks."""


def rules_of(config: Config) -> PlannerRules:
    """The rules for all schedules, as the configuration has them."""
    section = config.schedule
    return PlannerRules(most_runs=section.runs, most_waiting=section.waiting, stop_wait=section.stop_wait)


@contextmanager
def schedule_lock(config: Config) -> Iterator[bool]:
    """The lock of an archive's schedule: whether we have it now. A crash releases it. Raises ``SpoolUnusable``."""
    path: Path = config.home / "schedule.lock"
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise SpoolUnusable(str(path), error.strerror or str(error)) from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(fd)


class ScheduleService:
    """Follows an archive's schedules until it is stopped.

    While another process follows them it stands by, and takes over when that one ends. An ``ArchiverError`` costs one look and
    gets it; anything else is an internal error: the service ends, ``error`` has it, and ``on_error`` is called, for a schedule that
    is dead without a word would be missed slots without a word.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        every: float = EVERY,
        on_error: Callable[[], None] = lambda: None,
        make_runner: Callable[[Catalog], ChildRunner] | None = None,
    ) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        self._every = every
        self._on_error = on_error
        self._make_runner = make_runner
        self._stop = threading.Event()
        self._break_off = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archiver-schedule", daemon=True)
        self.error: Exception | None = None
        self.leading = threading.Event()
        """Whether this process is the one that follows the schedules."""

    def start(self) -> None:
        """Begin. Raises ``ArchiverError`` when the archive cannot be written."""
        prepare_home(self._config)
        self._thread.start()

    def stop(self) -> None:
        """Stop the runs in good order, and end. Their slots go on with the next service. A second call breaks off the wait:
        the runs end by themselves."""
        if self._stop.is_set():
            self._break_off.set()
        self._stop.set()

    def join(self, *, timeout: float | None = None) -> bool:
        """Wait for the end after ``stop``; whether it has come."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                with schedule_lock(self._config) as ours:
                    if ours:
                        self._lead()
                if not self._stop.is_set():
                    self._stop.wait(self._every)
        except Exception as error:
            self.error = error
            log.exception("the schedule has ended by an error")
            self._on_error()

    def _lead(self) -> None:
        with Catalog.open(self._config.catalog_url, clock=self._clock) as catalog:
            runner = self._make_runner or (lambda c: ChildRunner(self._config, c, clock=self._clock))
            engine = Engine(catalog, runner(catalog), clock=self._clock, rules=rules_of(self._config))
            self.leading.set()
            try:
                while not self._stop.is_set():
                    self._look(engine)
                    self._stop.wait(self._every)
                self._wind_up(engine)
            finally:
                self.leading.clear()

    def _wind_up(self, engine: Engine) -> None:
        try:
            engine.ask_all_to_stop()
            while engine.running() and not self._break_off.wait(min(self._every, 0.2)):
                engine.tick(starting=False)
        except ArchiverError as error:
            log.error("the schedule could not stop its runs: %s", error)  # noqa: TRY400  it is ours, and says enough

    def _look(self, engine: Engine) -> None:
        try:
            for slot in engine.tick():
                log.info("%s: slot of %s: %s (%s)", slot.site, slot.planned_at, slot.state.value, slot.reason or "-")
        except ArchiverError as error:
            log.error("the schedule could not look: %s", error)  # noqa: TRY400  it is ours, and says enough
