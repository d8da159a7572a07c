"""The lock of a site: two runs of one site never write at once. A crash releases it.

The schedule takes the lock before it starts a crawl and hands it to the child, so that there is no moment in which a run that
was begun does not hold it.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from archiver.errors import Busy, SpoolUnusable


@dataclass(frozen=True, slots=True)
class LockOwner:
    """Who holds a site's lock: its run's id, the process, if it said so, and whether SIGTERM ends it in good order by now."""

    owner: str
    pid: int | None = None
    ready: bool = False


def owner_of(spool_dir: Path, site: str) -> LockOwner | None:
    """Who holds the lock of a site; None when nobody does. Raises ``SpoolUnusable``."""
    path = spool_dir / f"{site}.lock"
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                lines = file.read(1000).decode("ascii", "replace").splitlines()
                pid = int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() else None
                return LockOwner(lines[0] if lines else "", pid, ready="ready" in lines[2:])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpoolUnusable(str(path), error.strerror or str(error)) from error
    return None


class SiteLock:
    """``flock`` on ``spool/<site>.lock``, which holds the run's id while it is taken. Raises ``Busy`` when another has it."""

    def __init__(self, spool_dir: Path, site: str, *, owner: str) -> None:
        self.path = spool_dir / f"{site}.lock"
        try:
            spool_dir.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise SpoolUnusable(str(spool_dir), error.strerror or str(error)) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise Busy(site, str(self.path)) from None
        try:
            self.name(owner)
        except SpoolUnusable:
            self.release()
            raise

    @classmethod
    def inherited(cls, fd: int, spool_dir: Path, site: str, *, owner: str) -> Self:
        """The lock that the parent process took and handed down as ``fd``. Raises ``SpoolUnusable`` when it isn't that."""
        lock = cls.__new__(cls)
        lock.path = spool_dir / f"{site}.lock"
        lock._fd = fd
        try:
            os.set_inheritable(fd, False)
            same = os.path.samestat(os.fstat(fd), lock.path.stat())
            if same:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SpoolUnusable(str(lock.path), error.strerror or str(error)) from error
        if not same:
            raise SpoolUnusable(str(lock.path), "the lock that was handed down is another's")
        lock.name(owner, pid=os.getpid())
        return lock

    @property
    def fd(self) -> int:
        """The descriptor that holds the lock."""
        return self._fd

    def name(self, owner: str, *, pid: int | None = None, ready: bool = False) -> None:
        """Write down whose lock it is: the run's id, its process, and whether that can be told to stop in good order yet."""
        lines = [owner, *([str(pid)] if pid is not None else []), *(["ready"] if ready else [])]
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, "".join(f"{line}\n" for line in lines).encode(), 0)
        except OSError as error:
            raise SpoolUnusable(str(self.path), error.strerror or str(error)) from error

    def release(self) -> None:
        """Give the lock back; the file stays, so that nobody locks a file that another has unlinked."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
