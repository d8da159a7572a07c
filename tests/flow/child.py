"""One crawl in a process of its own (a reactor runs only once): ``python -m tests.flow.child SPEC``; prints how it ended.

The session stands in for spool, store and extraction: exchanges go to ``exchanges.jsonl``, the catalogue is a real one.
"""

from __future__ import annotations

import base64
import json
import resource
import signal
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from archiver.capture.exchange import Exchange
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.settings import SpoolSection
from archiver.config.sites import read_site
from archiver.errors import ArchiverError, SpoolUnusable, StoreUnavailable
from archiver.fetch.run.crawl import crawl
from archiver.fetch.run.options import CrawlOptions
from archiver.model.capture import Kind
from archiver.model.instant import Clock, SystemClock, cut
from archiver.model.run import Outcome, Run
from archiver.model.site import Site


class MovedClock:
    """A clock that shows another time and goes on from there; once ``file`` exists, from the time that stands in it."""

    def __init__(self, shown: str, file: Path) -> None:
        self._ahead = datetime.fromisoformat(shown) - SystemClock().now()
        self._file = file

    def now(self) -> datetime:
        if self._file.exists():
            return datetime.fromisoformat(self._file.read_text())
        return SystemClock().now() + self._ahead


@dataclass
class Record:
    record_id: str
    capture: bool | None


class FileSession:
    """A session that appends exchanges to a file."""

    def __init__(self, config: Config, site: Site, *, clock: Clock, run_id: str, spec: dict[str, Any]) -> None:
        self.catalog = Catalog.open(config.catalog_url, clock=clock)
        self.clock = clock
        self.run_id = run_id
        self.site = site
        self.counts = SimpleNamespace(captures=0, pages=0, failed=0, articles=0, read=0, received=0)
        self.bytes_written = 0
        self._file = (config.home / "exchanges.jsonl").open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._broken_after: int | None = spec.get("broken_after")
        self._paused_after: int | None = spec.get("paused_after")
        self._paused_for: float = spec.get("paused_for", 0.0)
        self._paused_since: float | None = None
        for dead in self.catalog.runs.unfinished(site.name):
            self.catalog.frontier.release(dead.id)
        self.catalog.runs.begin(Run(id=run_id, site=site.name, started_at=cut(clock.now())))

    @property
    def paused(self) -> StoreUnavailable | None:
        if self._paused_after is None or self.counts.captures < self._paused_after:
            return None
        self._paused_since = self._paused_since or time.monotonic()
        over = time.monotonic() - self._paused_since > self._paused_for
        return None if over else StoreUnavailable("s3://bucket", "no answer")

    def commit(self, exchange: Exchange) -> Future[Record]:
        future: Future[Record] = Future()
        self.counts.received += exchange.response.size
        with self._lock:
            if self._broken_after is not None and self.counts.captures >= self._broken_after:
                future.set_exception(SpoolUnusable("/spool", "no space left on device"))
                return future
            self.counts.captures += exchange.status is not None
            self.counts.failed += exchange.status is None
            line = {
                "url": exchange.url,
                "kind": exchange.kind.value,
                "hop": exchange.hop,
                "via": exchange.via,
                "status": exchange.status,
                "truncated": exchange.truncated,
                "error": exchange.error,
                "run": self.run_id,
                "request": base64.b64encode(exchange.request).decode(),
            }
            exchange.response.close()
            self.counts.pages += exchange.kind is Kind.PAGE and exchange.status is not None
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
        future.set_result(Record(f"urn:uuid:{self.counts.captures}", True if exchange.status else None))
        return future

    def close(self, outcome: Outcome) -> Run:
        run = Run(
            id=self.run_id,
            site=self.site.name,
            started_at=cut(self.clock.now()),
            ended_at=cut(self.clock.now()),
            outcome=outcome,
            captures=self.counts.captures,
            pages=self.counts.pages,
        )
        self.catalog.runs.end(run)
        self.catalog.close()
        self._file.close()
        return run


def main(spec: dict[str, Any]) -> dict[str, Any]:
    config = Config(Path(spec["home"])).with_fetch(
        connect_to=tuple(spec["connect_to"]), **{"timeout": 5.0, "requisites": "none", **spec.get("fetch", {})}
    )
    config = replace(config, spool=SpoolSection(**spec.get("spool", {})))
    if "largest_file" in spec:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (spec["largest_file"], resource.RLIM_INFINITY))
    config.home.mkdir(parents=True, exist_ok=True)
    target = read_site(spec["site"].encode(), "spec") if "site" in spec else spec["urls"]

    def open_session(config: Config, site: Site, *, clock: Clock, extract: bool) -> FileSession:
        assert extract
        return FileSession(config, site, clock=clock, run_id=spec["run"], spec=spec)

    progress: list[Any] = []
    try:
        run = crawl(
            config,
            target,
            options=CrawlOptions(**spec.get("options", {})),
            # With "real", spool, store and catalogue are those of an archive.
            open_session=None if spec.get("real") else open_session,
            on_progress=progress.append,
            clock=MovedClock(spec["clock"], Path(spec["home"]) / "clock") if "clock" in spec else None,
            spider_modules=("tests.flow.spiders",),
            log_level=spec.get("log_level", "ERROR"),
        )
    except ArchiverError as error:
        return {"error": type(error).__name__, "message": str(error)}
    return {**run.as_json(), "progress": len(progress)}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
