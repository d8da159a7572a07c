"""Exchanges and archives made by hand, for tests of what comes after the fetching."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archiver.capture.committer import Committer
from archiver.capture.exchange import Exchange
from archiver.capture.spoolfile import SpoolFile, WriterFacts
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.model.capture import Kind
from archiver.model.record import Truncated
from archiver.store import open_store

BEGUN = datetime(2026, 11, 24, 2, 0, 0, 123000, tzinfo=UTC)


class SteppingClock:
    """A clock that is one millisecond further at each look, so that no two captures share an instant."""

    def __init__(self, at: datetime = BEGUN) -> None:
        self.at = at

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


def exchange(
    url: str = "https://news.example/a",
    *,
    response: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>",
    at: datetime = BEGUN,
    kind: Kind = Kind.PAGE,
    truncated: Truncated | None = None,
    via: str | None = None,
    hop: str = "",
    error: str | None = None,
) -> Exchange:
    """An exchange as the wire capture makes it."""
    path = url.partition("//")[2].partition("/")
    request = f"GET /{path[2]} HTTP/1.1\r\nHost: {path[0]}\r\n\r\n".encode()
    made = Exchange(url=url, method="GET", began_at=at, kind=kind, via=via, hop=hop, request=request)
    if response:
        made.response.append(response)
    made.ended_at = at + timedelta(milliseconds=42)
    made.peer_ip = "192.0.2.7"
    made.tls = "tls/1.3" if url.startswith("https") else None
    made.cipher = "TLS_AES_128_GCM_SHA256" if made.tls else None
    made.truncated = truncated
    made.error = error
    return made


@dataclass
class Bench:
    """An archive's parts over a fresh home."""

    config: Config
    clock: SteppingClock
    catalog: Catalog
    sealed: list[SpoolFile]

    @classmethod
    def make(cls, home: Path) -> Bench:
        clock = SteppingClock()
        config = Config(home=home)
        home.mkdir(parents=True, exist_ok=True)
        return cls(config, clock, Catalog.open(config.catalog_url, clock=clock), [])

    @property
    def store(self):
        return open_store(self.config)

    def committer(self, *, site: str = "news", run: str = "01RUN", **limits: float) -> Committer:
        facts = WriterFacts(
            spool_dir=self.config.spool_dir,
            site=site,
            run=run,
            host="box",
            max_size=int(limits.get("max_size", 10**9)),
            max_age=limits.get("max_age", 86400.0),
            warcinfo={"software": "news-archiver/test", "archiver-site": site, "archiver-run": run},
        )
        return Committer(self.catalog, facts, clock=self.clock, on_sealed=self.sealed.append)
