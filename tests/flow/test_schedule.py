"""The schedule with real processes: services and runs that are killed, stopped, and gone on with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

import pytest

from archiver.capture.lock import owner_of
from archiver.catalog import CaptureFilter, Catalog
from archiver.config import Config, load
from archiver.model.instant import SystemClock
from archiver.model.run import Outcome
from archiver.model.schedule import CatchUp, Origin, Schedule, Slot, SlotState
from archiver.ops.schedule.deciding import Options, add_schedule, run_now
from tests.fork_server import run_python

pytestmark = pytest.mark.slow  # services and their runs; tests/unit/ops/schedule has the same without a process

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
PAGES = [f"/page-{n:02}" for n in range(20)]
"""More than a run asks for at once."""
T = TypeVar("T")


class Site(BaseHTTPRequestHandler):
    """A home page that names pages, each of which is answered only when the test lets it."""

    protocol_version = "HTTP/1.1"
    gate: threading.Event
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        kind, body = "text/html", "".join(f'<a href="{page}">x</a>' for page in PAGES)
        if self.path in PAGES:
            self.gate.wait()
            body = f"<title>{self.path}</title><p>A page.</p>"
        elif self.path == "/robots.txt":
            kind, body = "text/plain", ""
        with suppress(OSError):  # the run that asked was killed
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


class EarlierClock:
    """An hour and a half ago."""

    def now(self):
        return SystemClock().now() - timedelta(hours=1.5)


class Place:
    """An archive, a site, and the services that the test starts."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.gate = threading.Event()
        self.asked: list[str] = []
        handler = type("Handler", (Site,), {"gate": self.gate, "asked": self.asked})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        (home / "sites").mkdir(parents=True)
        (home / "sites" / "town.toml").write_text(
            'name = "town"\ntimezone = "Asia/Ho_Chi_Minh"\nhosts = [{ name = "town.example" }]\n'
            'sources = [{ url = "http://town.example/", kind = "front" }]\n'
        )
        port = self.server.server_address[1]
        (home / "archiver.toml").write_text(
            f'[fetch]\nconnect_to = ["town.example:80:127.0.0.1:{port}"]\nrequisites = "none"\n[extract]\nworkers = 1\n'
            '[sources]\nmin_interval = "1s"\nmax_interval = "1s"\n'
        )
        self.config: Config = load(home, {})
        self.services: list[subprocess.Popen[bytes]] = []

    def catalog(self, clock: object = None) -> Catalog:
        return Catalog.open(self.config.catalog_url, clock=clock or SystemClock())  # type: ignore[arg-type]

    def schedule(self, **options: object) -> Schedule:
        """An hourly schedule of an hour and a half ago: one slot of it, of three quarters of an hour ago, is missed, and
        caught up with; the next is far, whatever the time is now."""
        minute = (SystemClock().now() - timedelta(minutes=45)).minute
        with self.catalog(EarlierClock()) as catalog:
            return add_schedule(
                catalog,
                self.config,
                "town",
                cron=f"{minute} * * * *",
                zone="Europe/Paris",
                options=Options(**options),  # type: ignore[arg-type]
            )

    def command(self, *arguments: str) -> list[str]:
        return ["-m", "archiver", *arguments, "--archive", str(self.home)]

    def run(self, *arguments: str) -> list[dict[str, object]]:
        done = run_python([*self.command(*arguments), "--json"], cwd=ROOT, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def serve(self) -> subprocess.Popen[bytes]:
        with (self.home / "serve.log").open("ab") as log:
            self.services.append(
                subprocess.Popen(
                    [sys.executable, *self.command("serve", "--port", "0")], cwd=ROOT, stdout=log, stderr=log
                )
            )
        return self.services[-1]

    def slots(self) -> list[Slot]:
        with self.catalog() as catalog:
            return catalog.schedules.slots()

    def until(self, look: Callable[[], T | None]) -> T:
        """What ``look`` gives, once it gives something."""
        end = time.monotonic() + PATIENCE
        while (found := look()) is None or found is False:
            assert time.monotonic() < end, (self.slots(), (self.home / "serve.log").read_text())
            threading.Event().wait(0.1)
        return found

    def slot(self, *states: SlotState, not_run: str | None = None) -> Slot:
        """The slot in one of these states."""
        return self.until(
            lambda: next((s for s in self.slots() if s.state in states and (not_run is None or s.run != not_run)), None)
        )

    def is_at_a_page(self, times: int = 1) -> None:
        """A run waits for the answer of a page."""
        self.until(lambda: sum(path in PAGES for path in self.asked) >= times)

    def close(self) -> None:
        self.gate.set()
        for service in self.services:
            service.kill()
            service.wait()
        holder = owner_of(self.config.spool_dir, "town")
        if holder is not None and holder.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(holder.pid, signal.SIGKILL)
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "archive")
    yield made
    made.close()


def test_a_run_outlives_the_service_and_the_next_one_takes_it_over_by_its_run_id(place: Place) -> None:
    place.schedule()
    first = place.serve()
    running = place.slot(SlotState.RUNNING)
    second = place.serve()
    place.is_at_a_page()
    first.send_signal(signal.SIGKILL)
    first.wait()
    holder = place.until(lambda: owner_of(place.config.spool_dir, "town"))
    assert holder.owner == running.run
    # The second service stood by; it leads once it has the schedule's lock, and starts nothing beside the run that lives.
    place.until(lambda: _takes_part(place))
    assert place.slot(SlotState.RUNNING).run == running.run
    place.gate.set()
    ended = place.slot(SlotState.LATE)
    assert (ended.run, ended.planned_at) == (running.run, running.planned_at)
    with place.catalog() as catalog:
        assert [run.id for run in catalog.runs.find()] == [running.run]
    assert sorted(path for path in place.asked if path in PAGES) == PAGES
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE) == 0


def _takes_part(place: Place) -> bool:
    """Whether a slot by hand is seen to by a service: it waits for the run that is under way."""
    with place.catalog() as catalog:
        if not any(slot.origin is Origin.HAND for slot in catalog.schedules.slots()):
            run_now(catalog, catalog.schedules.find()[0])
        return any(slot.state is SlotState.QUEUED for slot in catalog.schedules.unfinished())


def test_a_run_that_is_killed_fails_its_slot_and_is_made_up_for_without_losing_a_page(place: Place) -> None:
    place.schedule()
    place.serve()
    running = place.slot(SlotState.RUNNING)
    place.is_at_a_page()
    holder = place.until(lambda: owner_of(place.config.spool_dir, "town"))
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    failed = place.slot(SlotState.FAILED)
    assert failed.run == running.run
    assert failed.reason == "the run died: its process was ended by SIGKILL"
    again = place.slot(SlotState.RUNNING, not_run=running.run)
    assert (again.origin, again.stands_for) == (Origin.REPEAT, running.planned_at)
    place.gate.set()
    place.slot(SlotState.RAN)
    with place.catalog() as catalog:
        assert {catalog.runs.get(str(slot.run)).outcome for slot in (failed, again)} == {
            Outcome.FAILED,
            Outcome.FINISHED,
        }  # type: ignore[union-attr]
        held = {capture.url for capture in catalog.captures.find(CaptureFilter(site="town"))}
    assert {f"http://town.example{page}" for page in PAGES} <= held


def test_a_run_is_stopped_in_good_order_and_the_next_goes_on_where_it_was(place: Place) -> None:
    schedule = place.schedule(catch_up=CatchUp.NONE)
    with place.catalog() as catalog:
        run_now(catalog, schedule)
    service = place.serve()
    first = place.slot(SlotState.RUNNING)
    place.is_at_a_page()
    (told,) = place.run("schedule", "stop", "town", "--no-wait")
    assert (told["state"], told["run"]) == ("running", first.run)
    place.gate.set()
    stopped = place.slot(SlotState.RAN)
    assert stopped.reason == "stopped by hand; stopped in good order"
    before = [path for path in place.asked if path in PAGES]
    assert 0 < len(before) < len(PAGES)
    place.run("schedule", "run", schedule.id)
    place.until(lambda: sum(slot.state is SlotState.RAN for slot in place.slots()) == 2)
    assert sorted(path for path in place.asked if path in PAGES) == PAGES, (
        "a page that was done was fetched again, or lost"
    )
    service.send_signal(signal.SIGTERM)
    assert service.wait(PATIENCE) == 0


def test_a_service_that_is_stopped_stops_its_run_whose_slot_goes_on_with_the_next_service(place: Place) -> None:
    place.schedule()
    service = place.serve()
    running = place.slot(SlotState.RUNNING)
    place.is_at_a_page()
    service.send_signal(signal.SIGTERM)
    place.until(lambda: any(slot.stop_told_at for slot in place.slots()))
    place.gate.set()
    assert service.wait(PATIENCE) == 0
    waiting = place.slot(SlotState.QUEUED)
    assert (waiting.planned_at, waiting.reason) == (
        running.planned_at,
        "the service was stopped; goes on with the next",
    )
    place.serve()
    assert place.slot(SlotState.LATE).planned_at == running.planned_at
    assert sorted(path for path in place.asked if path in PAGES) == PAGES


def _asked_a_second_ago(place: Place) -> bool:
    """Whether every source is due again."""
    with place.catalog() as catalog:
        return all(SystemClock().now() - source.polled_at > timedelta(seconds=1) for source in catalog.sources.find())


def test_runs_without_a_service_share_a_file_and_a_rebuilt_catalogue_knows_the_schedule_and_its_slots(
    place: Place, tmp_path: Path
) -> None:
    place.gate.set()
    (added,) = place.run("schedule", "add", "town", "--cron", "30 2 * * *", "--overlap", "skip")
    assert (added["tz"], added["state"]) == ("Asia/Ho_Chi_Minh", "active")
    (first,) = place.run("schedule", "run", "town")
    place.until(lambda: _asked_a_second_ago(place))
    (second,) = place.run("schedule", "run", "town")
    assert (first["state"], second["state"]) == ("ran", "ran")
    (opened,) = (place.config.spool_dir / "town").iterdir()
    assert opened.name.endswith(".open")
    (left,) = place.run("recover")
    assert (left["files"], len(left["left_open"])) == ([], 1)  # type: ignore[arg-type]
    (taken,) = place.run("recover", "--seal")
    assert taken["files"] == left["left_open"]
    (found,) = place.run("verify")
    assert found["problems"] == []
    place.run("schedule", "pause", "town")
    with place.catalog() as catalog:
        schedules = catalog.schedules.find()
        ended = [slot for slot in catalog.schedules.slots() if slot.final]
        (file,) = catalog.files.find()
        assert file.runs == (first["run"], second["run"])
    for path in place.home.glob("catalog.sqlite3*"):
        shutil.move(path, tmp_path)
    (rebuilt,) = place.run("rebuild")
    assert rebuilt["problems"] == []
    with place.catalog() as catalog:
        assert catalog.schedules.find() == schedules
        assert [slot for slot in catalog.schedules.slots() if slot.final] == ended
        assert {run.id for run in catalog.runs.find()} == {first["run"], second["run"]}
