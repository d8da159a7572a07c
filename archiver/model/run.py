"""Runs: one crawl of one site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archiver.model.instant import rfc3339


class Outcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    LIMIT = "limit"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl of one site. ``id`` is a ULID; counts are of what this run did.

    ``captures`` counts rows (records of responses and revisits), ``pages`` those of kind page, ``new`` pages whose URL was
    never held before, ``revisits`` revisit records, ``failed`` requests that gave no whole answer, ``bytes`` the WARC bytes
    written, ``files`` the store keys, ``articles`` pages of this run whose verdict is article. ``outcome`` is None while
    it runs.
    """

    id: str
    site: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    captures: int = 0
    pages: int = 0
    new: int = 0
    revisits: int = 0
    failed: int = 0
    bytes: int = 0
    files: tuple[str, ...] = ()
    articles: int = 0
    site_digest: str = ""

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver crawl --json`` and ``/api/runs`` promise."""
        return {
            "run": self.id,
            "site": self.site,
            "started_at": rfc3339(self.started_at),
            "ended_at": rfc3339(self.ended_at) if self.ended_at else None,
            "outcome": self.outcome.value if self.outcome else None,
            "captures": self.captures,
            "pages": self.pages,
            "new": self.new,
            "revisits": self.revisits,
            "failed": self.failed,
            "bytes": self.bytes,
            "files": list(self.files),
            "articles": self.articles,
        }
