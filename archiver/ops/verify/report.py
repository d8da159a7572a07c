"""What a verification found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from archiver.ops.damage import Damage

MAX_PROBLEMS = 10_000


@dataclass(slots=True)
class Report:
    """Objects, records and bytes that were read, events that were written, and every problem.

    At most ``MAX_PROBLEMS`` are kept; ``counts`` has all of them, by kind and whether they were repaired.
    """

    objects: int = 0
    records: int = 0
    bytes: int = 0
    events: int = 0
    problems: list[Damage] = field(default_factory=list)
    counts: Counter[tuple[str, bool]] = field(default_factory=Counter)

    def add(self, damage: Damage) -> None:
        """Keep a finding whose repair has been tried."""
        self.counts[damage.kind.value, damage.repaired] += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(damage)

    @property
    def found(self) -> int:
        """Number of problems."""
        return sum(self.counts.values())

    @property
    def unrepaired(self) -> int:
        """Number of problems that are still there."""
        return sum(count for (_, repaired), count in self.counts.items() if not repaired)

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver verify --json`` promises."""
        return {
            "objects": self.objects,
            "records": self.records,
            "bytes": self.bytes,
            "events": self.events,
            "problems": [problem.as_json() for problem in self.problems],
        }
