"""Saving a page now: single URLs, crawled one after the other, each in a process of its own.

What waits here is lost when the process ends: whoever requested it is waiting for it. What was captured is
in the archive, as of every crawl.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ulid import ULID

from archiver.errors import ArchiverError, Busy
from archiver.model.instant import Clock, rfc3339
from archiver.model.url import clean_url, path_of

MAX_WAITING = 100
MAX_REMEMBERED = 1_000
MAX_SECONDS = 600
COMMAND = (sys.executable, "-m", "archiver")
_MAX_SAID = 500


class SavingState(StrEnum):
    """How far a page to be saved has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Saving:
    """One page to be saved. ``run`` is the crawl's own report once it has ended, ``error`` what it said if it failed."""

    id: str
    url: str
    state: SavingState
    asked_at: datetime
    run: dict[str, Any] | None = None
    error: str | None = None

    def as_json(self) -> dict[str, object]:
        """The shape of ``POST /api/crawl``."""
        return {
            "id": self.id,
            "url": self.url,
            "state": self.state.value,
            "asked_at": rfc3339(self.asked_at),
            "run": self.run,
            "error": self.error,
        }


class QueueFull(Busy):
    """Too many pages wait to be saved already."""

    def __init__(self, waiting: int) -> None:
        ArchiverError.__init__(self, f"{waiting} pages wait to be saved already; ask again later")


class Saver:
    """Saves pages one after the other, by ``archiver crawl``. Threads may share it; it owns one thread of its own."""

    def __init__(
        self, home: Path, *, clock: Clock, command: Sequence[str] = COMMAND, max_waiting: int = MAX_WAITING
    ) -> None:
        self._home = home
        self._clock = clock
        self._command = tuple(command)
        self._max_waiting = max_waiting
        self._known: OrderedDict[str, Saving] = OrderedDict()
        self._waiting: OrderedDict[str, str] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False
        self._child: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None

    def save(self, url: str) -> Saving:
        """Queue a page; one that waits already is not queued twice. Raises ``NotHttpUrl``, ``QueueFull``."""
        url = clean_url(url)
        with self._changed:
            if url in self._waiting:
                return self._known[self._waiting[url]]
            if self._closed or len(self._waiting) >= self._max_waiting:
                raise QueueFull(len(self._waiting))
            saving = Saving(str(ULID()), url, SavingState.QUEUED, self._clock.now())
            self._known[saving.id] = saving
            self._waiting[url] = saving.id
            self._forget()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="archiver-saver", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return saving

    def get(self, saving_id: str) -> Saving | None:
        """What became of a page; None when that is not known (any more)."""
        with self._changed:
            return self._known.get(saving_id)

    def wait(self, saving_id: str, *, timeout: float) -> Saving | None:
        """The same, once it has ended or ``timeout`` seconds have passed."""
        with self._changed:
            self._changed.wait_for(lambda: not _under_way(self._known.get(saving_id)), timeout)
            return self._known.get(saving_id)

    def close(self) -> None:
        """Begin nothing more; a crawl under way is stopped in good order, and waited for."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            if self._child is not None:
                self._child.terminate()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _forget(self) -> None:
        while len(self._known) > MAX_REMEMBERED:
            oldest = next((key for key, saving in self._known.items() if not _under_way(saving)), None)
            if oldest is None:
                return
            del self._known[oldest]

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting)
                if self._closed:
                    return
                _, saving_id = self._waiting.popitem(last=False)
                saving = self._known[saving_id] = replace(self._known[saving_id], state=SavingState.RUNNING)
            ended = self._crawled(saving)
            with self._changed:
                self._known[saving_id] = ended
                self._changed.notify_all()

    def _crawled(self, saving: Saving) -> Saving:
        # The root of a host means the whole host to `crawl`; here it means the page.
        limit = ["--limit", "1"] if path_of(saving.url) == "/" else []
        arguments = [
            "crawl",
            saving.url,
            *limit,
            "--max-time",
            str(MAX_SECONDS),
            "--json",
            "--archive",
            str(self._home),
        ]
        try:
            with self._changed:
                if self._closed:
                    return replace(saving, state=SavingState.FAILED, error="the service was stopped")
                self._child = child = subprocess.Popen(  # noqa: S603  our own command, the URL is one argument
                    [*self._command, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                )
            said, talk = child.communicate()
        except OSError as error:
            return replace(saving, state=SavingState.FAILED, error=f"the crawl could not be begun: {error.strerror}")
        finally:
            with self._changed:
                self._child = None
        run = _run(said)
        if child.returncode == 0 and run is not None:
            return replace(saving, state=SavingState.DONE, run=run)
        lines = [line for line in talk.splitlines() if line.startswith("archiver: ")]
        error_text = lines[-1].removeprefix("archiver: ")[:_MAX_SAID] if lines else f"exit code {child.returncode}"
        return replace(saving, state=SavingState.FAILED, run=run, error=error_text)


def _under_way(saving: Saving | None) -> bool:
    return saving is not None and saving.state in {SavingState.QUEUED, SavingState.RUNNING}


def _run(said: str) -> dict[str, Any] | None:
    lines = said.strip().splitlines()
    try:
        run = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    return run if isinstance(run, dict) else None
