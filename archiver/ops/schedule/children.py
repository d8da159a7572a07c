"""The runner of the service: each crawl is a child process, which outlives the service that started it.

The parent takes the site's lock first and hands it to the child, so that a run holds it from before its process until after
it. A service that finds a slot running looks at the lock: while it is locked under the run's id the run is alive, whoever started
it. What a child says goes to a file of its own, not to a pipe that would break with its reader.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from archiver.capture.lock import LockOwner, SiteLock, owner_of
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.errors import ArchiverError
from archiver.model.instant import Clock
from archiver.model.run import Outcome, Run
from archiver.ops.schedule.port import Order, RunEnd

PROGRAM = (sys.executable, "-m", "archiver")
"""The archiver of this very interpreter."""
LOG_TAIL = 8192
_SAID = re.compile(r"^archiver: (.+)$", re.MULTILINE)
_LONGEST = 500


def log_folder(config: Config) -> Path:
    """Where the children's logs lie, ``<site>-<run>.log`` each."""
    return config.home / "logs"


class ChildRunner:
    """Runs crawls as child processes; see ``port.Runner``."""

    def __init__(self, config: Config, catalog: Catalog, *, clock: Clock, program: Sequence[str] = PROGRAM) -> None:
        self._config = config
        self._catalog = catalog
        self._clock = clock
        self._program = tuple(program)
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, order: Order) -> None:
        """Start a crawl in a session of its own, so that Ctrl+C at the service is not a signal to it."""
        with SiteLock(self._config.spool_dir, order.site, owner=order.run) as lock:
            path = self._log(order.run, order.site)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("ab") as log:
                    self._children[order.run] = subprocess.Popen(  # noqa: S603  our own program
                        [*self._program, *self._arguments(order, lock.fd)],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        pass_fds=(lock.fd,),
                        start_new_session=True,
                    )
            except OSError as error:
                raise ArchiverError(f"the run could not be started: {error}") from error

    def _arguments(self, order: Order, lock: int) -> list[str]:
        found = [
            "crawl",
            order.site,
            "--archive",
            str(self._config.home),
            "--json",
            "--scheduled",
            f"{order.run}:{lock}",
        ]
        if order.max_time is not None:
            found += ["--max-time", str(order.max_time)]
        if order.limit is not None:
            found += ["--limit", str(order.limit)]
        return found

    def ended(self, run: str, site: str) -> RunEnd | None:
        """How a run ended, as the catalogue and its process tell; None while it is alive."""
        child = self._children.get(run)
        code: int | None = None
        if child is not None:
            code = child.poll()
            if code is None:
                return None
            del self._children[run]
        elif self._holder(run, site) is not None:
            return None
        # After the process, or its row may be one that it has not ended yet.
        row = self._catalog.runs.get(run)
        said = self._said(run, site)
        if row is not None and row.ended_at is not None:
            return _as_written(row, row.ended_at, said)
        return _as_died(code, said, self._clock.now())

    def stop(self, run: str, site: str) -> bool:
        """SIGTERM, once the child is so far that this ends it in good order."""
        holder = self._holder(run, site)
        if holder is None or holder.pid is None or not holder.ready:
            return False
        return self._signal(holder.pid, signal.SIGTERM)

    def kill(self, run: str, site: str) -> None:
        """SIGKILL."""
        holder = self._holder(run, site)
        child = self._children.get(run)
        if child is not None:
            child.kill()
        elif holder is not None and holder.pid is not None:
            self._signal(holder.pid, signal.SIGKILL)

    def _holder(self, run: str, site: str) -> LockOwner | None:
        holder = owner_of(self._config.spool_dir, site)
        return holder if holder is not None and holder.owner == run else None

    @staticmethod
    def _signal(pid: int, number: signal.Signals) -> bool:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        except PermissionError as error:
            raise ArchiverError(f"process {pid} is another user's and can't be stopped: {error}") from error
        return True

    def _log(self, run: str, site: str) -> Path:
        return log_folder(self._config) / f"{site}-{run}.log"

    def _said(self, run: str, site: str) -> str | None:
        """The last word of the child, when it was an error."""
        try:
            with self._log(run, site).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_TAIL))
                text = file.read(LOG_TAIL).decode("utf-8", "replace")
        except OSError:
            return None
        found = _SAID.findall(text)
        return found[-1][:_LONGEST] if found else None


def _as_written(row: Run, at: datetime, said: str | None) -> RunEnd:
    match row.outcome:
        case Outcome.FINISHED:
            return RunEnd(at, reason=said)
        case Outcome.LIMIT:
            return RunEnd(at, reason=said or "a limit was reached")
        case Outcome.STOPPED:
            return RunEnd(at, stopped=True, reason=said or "stopped in good order")
        case _:
            return RunEnd(at, failed=True, reason=said or "the run failed")


def _as_died(code: int | None, said: str | None, now: datetime) -> RunEnd:
    if code is None:
        return RunEnd(now, failed=True, died=True, reason="the run died: its process is gone")
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return RunEnd(now, failed=True, died=True, reason=f"the run died: its process was ended by {name}")
    return RunEnd(now, failed=True, reason=said or f"the run did not begin (exit code {code})")
