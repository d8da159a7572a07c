"""How each source of a site was when it was last asked: what it held, when it last was good, and why it was not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, select

from archiver.catalog.database import Database
from archiver.catalog.schema import sources
from archiver.catalog.sql import optional_instant, optional_micros, upsert
from archiver.model.instant import from_micros, micros, rfc3339
from archiver.model.site import SourceKind


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source; ``key`` is that of its row in the frontier.

    ``interval`` is the time between two looks at it now; ``window`` that in which, at its busiest, all of its entries are
    replaced (None: not known). ``polled_at`` is when it was last asked, ``good_at`` when it last was a source (a feed, a sitemap, a
    page with links; also "not modified"), ``fresh_at`` when it last named an address that was not known, ``gap_at`` when it
    last named none that was, so that some may have passed by. ``entries`` and ``fresh`` are what it named, and what of that was new, when it
    was last read; ``gained`` counts all that it was the first to name; ``quiet`` the good looks in a row without anything
    new. ``failures`` in a row, the last one at ``failed_at`` for ``reason``. ``status`` is that of the last answer, ``moved_to`` where it
    last led by a redirect.
    """

    site: str
    key: str
    url: str
    kind: SourceKind
    interval: timedelta
    polled_at: datetime
    format: str | None = None
    window: timedelta | None = None
    good_at: datetime | None = None
    fresh_at: datetime | None = None
    gap_at: datetime | None = None
    entries: int | None = None
    fresh: int | None = None
    gained: int = 0
    quiet: int = 0
    failures: int = 0
    failed_at: datetime | None = None
    reason: str | None = None
    status: int | None = None
    moved_to: str | None = None

    @property
    def is_failing(self) -> bool:
        """Whether it was no source when it was last asked."""
        return self.failures > 0

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver sites check --json`` shows."""
        return {
            "site": self.site,
            "url": self.url,
            "kind": self.kind.value,
            "format": self.format,
            "interval": self.interval.total_seconds(),
            "window": self.window.total_seconds() if self.window else None,
            "polled_at": rfc3339(self.polled_at),
            "good_at": _text(self.good_at),
            "fresh_at": _text(self.fresh_at),
            "gap_at": _text(self.gap_at),
            "entries": self.entries,
            "fresh": self.fresh,
            "gained": self.gained,
            "quiet": self.quiet,
            "failures": self.failures,
            "failed_at": _text(self.failed_at),
            "reason": self.reason,
            "status": self.status,
            "moved_to": self.moved_to,
        }


class Sources:
    """The table of sources. Operational, like due times: what is lost here is learnt again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, state: SourceState) -> None:
        """Keep how a source is now."""
        self._database.write(lambda c: upsert(c, sources, row=_row_of(state)), durable=False)

    def get(self, site: str, key: str) -> SourceState | None:
        """One source; None when it was never asked."""
        statement = select(sources).where(sources.c.site == site, sources.c.key == key)
        row = self._database.read(lambda c: c.execute(statement).mappings().first())
        return _state_of(row) if row else None

    def find(self, site: str | None = None) -> Iterator[SourceState]:
        """The sources that were asked, of a site or of all, by site and key."""
        statement = select(sources).order_by(sources.c.site, sources.c.key)
        if site is not None:
            statement = statement.where(sources.c.site == site)
        for row in self._database.read(lambda c: c.execute(statement).mappings().all()):
            yield _state_of(row)


def _text(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None


def _row_of(state: SourceState) -> dict[str, Any]:
    return {
        "site": state.site,
        "key": state.key,
        "url": state.url,
        "kind": state.kind.value,
        "format": state.format,
        "interval": state.interval // timedelta(microseconds=1),
        "window": state.window // timedelta(microseconds=1) if state.window is not None else None,
        "polled_at": micros(state.polled_at),
        "good_at": optional_micros(state.good_at),
        "fresh_at": optional_micros(state.fresh_at),
        "gap_at": optional_micros(state.gap_at),
        "entries": state.entries,
        "fresh": state.fresh,
        "gained": state.gained,
        "quiet": state.quiet,
        "failures": state.failures,
        "failed_at": optional_micros(state.failed_at),
        "reason": state.reason,
        "status": state.status,
        "moved_to": state.moved_to,
    }


def _state_of(row: RowMapping) -> SourceState:
    return SourceState(
        site=row["site"],
        key=row["key"],
        url=row["url"],
        kind=SourceKind(row["kind"]),
        interval=timedelta(microseconds=row["interval"]),
        polled_at=from_micros(row["polled_at"]),
        format=row["format"],
        window=timedelta(microseconds=row["window"]) if row["window"] is not None else None,
        good_at=optional_instant(row["good_at"]),
        fresh_at=optional_instant(row["fresh_at"]),
        gap_at=optional_instant(row["gap_at"]),
        entries=row["entries"],
        fresh=row["fresh"],
        gained=row["gained"],
        quiet=row["quiet"],
        failures=row["failures"],
        failed_at=optional_instant(row["failed_at"]),
        reason=row["reason"],
        status=row["status"],
        moved_to=row["moved_to"],
    )
