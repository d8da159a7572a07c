"""What people and programs read: JSON lines, tables, sizes, times; colour on a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from time import monotonic

from rich.console import Console
from rich.table import Table

EVERY = 5.0
"""Seconds between two lines of progress."""


def print_json(value: object) -> None:
    """One JSON object on one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def print_bytes(data: bytes) -> None:
    """Bytes to stdout as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A plain table on stdout; full width when piped, so that nothing is cut for a program that reads it."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(clean(cell) for cell in row))
        return
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        shown.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(clean(cell) for cell in row))
    Console().print(shown)


def clean(text: str) -> str:
    """Text of strangers without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def say(text: str) -> None:
    """Talk, on stderr."""
    print(text, file=sys.stderr, flush=True)


class NowAndThen:
    """Says how far a long work is, at most every five seconds."""

    def __init__(self) -> None:
        self._said = monotonic()

    def say(self, line: Callable[[], str]) -> None:
        """Say what ``line`` makes, if it is time to."""
        now = monotonic()
        if now - self._said >= EVERY:
            self._said = now
            say(line())


def size(count: int) -> str:
    """Bytes as people read them: ``1.4 MB`` (powers of 1,000)."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 1000 or unit == "TB":
            return f"{value:.1f} {unit}"
    raise AssertionError


def number(count: int) -> str:
    """``12,345``."""
    return f"{count:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 page``, ``12 pages``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def time(at: datetime | None) -> str:
    """A time with its zone: ``2026-11-24 02:00:00 UTC``, or in its own offset."""
    if at is None:
        return "–"
    offset = at.strftime("%z")
    zone = "UTC" if offset in {"", "+0000"} else f"{offset[:3]}:{offset[3:5]}"
    return f"{at:%Y-%m-%d %H:%M:%S} {zone}"
