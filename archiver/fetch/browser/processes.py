"""The processes of a browser, as Linux shows them in ``/proc``. Elsewhere nothing is known, and nothing is found."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def find_process(mark: str) -> int | None:
    """The oldest process that has ``mark`` among its arguments."""
    wanted = mark.encode()
    found = (pid for pid in _all() if wanted in _read(pid, "cmdline").split(b"\0"))
    return min(found, default=None)


def memory_of_tree(root: int) -> int:
    """Bytes of memory of a process and all below it, without what they share with others by file; 0 when it is gone."""
    parents = {pid: _parent(pid) for pid in _all()}
    tree = {root}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in tree} - tree
        tree |= more
        grown = bool(more)
    return sum(map(_memory, tree))


def argument_of(pid: int, name: str) -> str | None:
    """The value of a process's argument ``name=value``."""
    start = f"{name}=".encode()
    values = (part.removeprefix(start) for part in _read(pid, "cmdline").split(b"\0") if part.startswith(start))
    value = next(values, None)
    return os.fsdecode(value) if value else None


def end_process(pid: int, mark: str) -> None:
    """Kill a process that we have started with ``mark`` among its arguments; its children go with it."""
    # Another process may have its number by now.
    if mark.encode() in _read(pid, "cmdline").split(b"\0"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _all() -> list[int]:
    if not _PROC.is_dir():
        return []
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isascii() and entry.name.isdigit()]


def _read(pid: int, name: str) -> bytes:
    # It may have ended meanwhile, or be none of ours.
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""


def _parent(pid: int) -> int:
    # The name in parentheses may hold anything; after the last one come state and parent.
    rest = _read(pid, "stat").rpartition(b")")[2].split()
    return int(rest[1]) if len(rest) > 1 else 0


def _memory(pid: int) -> int:
    fields = _read(pid, "statm").split()
    if len(fields) < 3:
        return 0
    resident, shared = int(fields[1]), int(fields[2])
    return max(0, resident - shared) * os.sysconf("SC_PAGE_SIZE")
