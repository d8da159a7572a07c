"""How each source of a site was when it was last read: what it listed, when it last was good, and why it was not."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from archiver.catalog.repository import Repository, reads, writes_lightly
from archiver.catalog.row_map import RowMap
from archiver.catalog.schema import sources
from archiver.catalog.sql import equal, upsert
from archiver.model.instant import rfc3339
from archiver.model.site import SourceKind

c = sources.c


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source; ``key`` is that of its row in the frontier.

    ``interval`` is the time between two looks at it now; ``window`` that in which, at its busiest, all of its entries are
    replaced (None: not known). ``polled_at`` is when it was last fetched, ``good_at`` when it last was a source (a feed, a sitemap, a
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
        """Whether it was no source the last time."""
        return self.failures > 0

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver sites check --json`` shows."""
        shape: dict[str, object] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, datetime):
                value = rfc3339(value)
            elif isinstance(value, timedelta):
                value = value.total_seconds()
            shape[field.name] = value
        del shape["key"]
        return shape


STATE = RowMap(SourceState)


class Sources(Repository):
    """The table of sources. Operational, like due times: what is lost here is learnt again."""

    @writes_lightly
    def put(self, connection: Connection, state: SourceState) -> None:
        """Keep how a source is now."""
        upsert(connection, sources, [STATE.write(state)])

    @reads
    def get(self, connection: Connection, site: str, key: str) -> SourceState | None:
        """One source; None when it was never read."""
        return STATE.first(connection, select(sources).where(c.site == site, c.key == key))

    @reads
    def find(self, connection: Connection, site: str | None = None) -> list[SourceState]:
        """The sources that were read, of a site or of all, by site and key."""
        return STATE.all(connection, select(sources).where(*equal((c.site, site))).order_by(c.site, c.key))
