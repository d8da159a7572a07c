"""Collapsing: of neighbouring rows that agree in a field, or in the beginning of it, only the first is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from archiver.errors import UsageError

_COLLAPSE = re.compile(r"(\w+)(?::([0-9]{1,4}))?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Collapse:
    """The fields that must agree, each with the number of its characters that count (None: all)."""

    fields: tuple[tuple[str, int | None], ...]

    def seen(self) -> Callable[[Mapping[str, str]], bool]:
        """A function that says of each row in turn whether it repeats the one before."""
        last: tuple[str, ...] | None = None

        def repeats(values: Mapping[str, str]) -> bool:
            nonlocal last
            here = tuple(self._of(values))
            same, last = here == last, here
            return same

        return repeats

    def _of(self, values: Mapping[str, str]) -> Iterator[str]:
        for name, size in self.fields:
            yield values[name][:size]


def read_collapse(text: str, *, names: Mapping[str, str]) -> Collapse:
    """``field`` or ``field:N``; ``names`` are the dialect's names for our fields. Raises ``UsageError``."""
    match = _COLLAPSE.match(text)
    if not match or match[1] not in names:
        raise UsageError(f"collapse: not field or field:N with a known field: {text[:40]!r}")
    return Collapse(((names[match[1]], int(match[2]) if match[2] else None),))
