"""The lock of a site: two runs of one site never write at once. A crash releases it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from archiver.errors import Busy, SpoolUnusable


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
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{owner}\n".encode(), 0)
        except OSError as error:
            self.release()
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
