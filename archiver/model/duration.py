"""Lengths of time as people write them in settings and site files: ``90s``, ``20m``, ``6h``, ``1d``, ``2w``."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s?([smhdw])\Z", re.ASCII)
LONGEST = timedelta(days=36_500)


def parse_duration(text: str) -> timedelta:
    """The length that ``text`` says, above zero and at most a hundred years. Raises ``ValueError``."""
    found = _FORM.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"not a length of time such as 20m, 6h or 1d: {text!r}")
    seconds = float(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= LONGEST.total_seconds():
        raise ValueError(f"a length of time is above zero and at most a hundred years: {text!r}")
    return timedelta(seconds=seconds)


def duration_text(length: timedelta) -> str:
    """The shortest spelling that ``parse_duration`` reads back as ``length``, cut to whole seconds."""
    seconds = round(length.total_seconds())
    unit = next(name for name in ("w", "d", "h", "m", "s") if seconds % _UNITS[name] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
