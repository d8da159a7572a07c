"""What another reading of the same pages changes, by site and field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from archiver.model.article import Extraction
from archiver.model.capture import Capture

FIELDS = (
    *("title", "lead", "text", "authors", "published_at", "modified_at", "language", "section", "tags", "images"),
    *("canonical_url", "alternates", "source_url", "source_name", "publisher"),
)
EXAMPLES = 3
"""Pages that are named for each field that changed."""


@dataclass(slots=True)
class Changes:
    """Counts what differs between two readings of each page. ``pages`` were compared; ``same`` of them differ in nothing."""

    pages: int = 0
    same: int = 0
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, capture: Capture, before: Extraction, after: Extraction) -> None:
        """Compare two readings of one page."""
        self.pages += 1
        known = self.counts.total()
        if before.verdict is not after.verdict:
            self._add(capture, "verdict", "changed")
        for name in FIELDS:
            old, new = (getattr(e.article, name) if e.article else None for e in (before, after))
            if (old or None) != (new or None):
                self._add(capture, name, "gained" if not old else "lost" if not new else "changed")
        self.same += self.counts.total() == known

    def _add(self, capture: Capture, name: str, kind: str) -> None:
        self.counts[capture.site, name, kind] += 1
        named = self.examples.setdefault((capture.site, name), [])
        if len(named) < EXAMPLES and capture.url not in named:
            named.append(capture.url)

    def as_json(self) -> list[dict[str, object]]:
        """A line for each site and field that changed, with some of the pages."""
        lines: list[dict[str, object]] = []
        for site, name in sorted(self.examples):
            kinds = {kind: self.counts[site, name, kind] for kind in ("changed", "gained", "lost")}
            lines.append({"site": site, "field": name, **kinds, "examples": self.examples[site, name]})
        return lines
