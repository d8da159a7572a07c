"""What one exchange may cost: the size, the lines and the time of a header block, and what decoding may make of a body."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archiver.config import Config
from archiver.discover import TrapLimits
from archiver.model.capture import Kind

RATIO_FLOOR = 1_000_000
"""Bytes to which every body may be decoded, whatever its ratio: a short page of blanks harms nobody."""

_HEAD_END = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/\d+\.\d+[ \t]+1(?!01[ \t\r\n])\d\d")
_STATUS_START = 16


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """Bytes and lines of a header block with the interim (1xx) messages before it, and seconds until its end."""

    size: int
    lines: int
    seconds: float

    @classmethod
    def of(cls, config: Config) -> HeadLimits:
        """Those of a configuration."""
        limits = config.limits
        return cls(limits.header_bytes, limits.header_lines, limits.header_time)


class HeadWatch:
    """Follows one answer to the end of its header block. ``over`` says that the end has come."""

    def __init__(self, limits: HeadLimits) -> None:
        self._limits = limits
        self._size = 0
        self._lines = 0
        self._start = b""
        self._tail = b""
        self.over = False

    def feed(self, data: bytes) -> str | None:
        """Take what came; why it is too much, or None."""
        while data and not self.over:
            self._start += data[: _STATUS_START - len(self._start)]
            joined = self._tail + data
            end = _HEAD_END.search(joined)
            length = end.end() - len(self._tail) if end else len(data)
            self._size += length
            self._lines += data.count(b"\n", 0, length)
            if self._size > self._limits.size:
                return f"a header block of more than {self._limits.size} bytes"
            if self._lines > self._limits.lines:
                return f"a header block of more than {self._limits.lines} lines"
            if end is None:
                self._tail = joined[-2:]
                return None
            self.over = _INTERIM.match(self._start) is None
            self._start = self._tail = b""
            data = data[length:]
        return None


def most_decoded(config: Config, kind: Kind, coded: int) -> int:
    """Bytes to which a body of ``coded`` bytes is decoded at most."""
    limits = config.limits
    most = limits.source_bytes if kind is Kind.SOURCE else limits.page_bytes
    return min(most, max(RATIO_FLOOR, limits.ratio * coded))


def trap_limits(config: Config) -> TrapLimits:
    """What tells a trap, as the configuration has it."""
    limits = config.limits
    return TrapLimits(
        url_length=limits.url_length,
        path_segments=limits.path_segments,
        path_repeats=limits.path_repeats,
        link_depth=limits.link_depth,
        queries_per_path=limits.queries_per_path,
        forms_per_path=limits.forms_per_path,
        same_pages=limits.same_pages,
    )
