"""One life of the process that follows the schedules: ``python -m tests.simulation.epoch SPEC``.

It begins where the last one ended, on the same archive, and goes through simulated time from one planned slot to the next
until its own end: an orderly one, or SIGKILL in the middle of a run. The schedule's engine and planner, the crawl (Scrapy's
engine with the product's scheduler, middlewares, spider and session), commit, WARC, store, extraction and catalogue are the
product's. Ours are the clock, the runner (a run goes on in this process, where the service starts a child), the newspaper,
and, unless the spec says loopback, the wire (see ``wire``).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor

import archiver.fetch.run.session as session_module
from archiver.catalog import Catalog
from archiver.config import Config, load
from archiver.config.sites import find_site
from archiver.demo.server import DemoServer
from archiver.extract import ExtractionPool
from archiver.fetch.components.addon import REACTOR
from archiver.fetch.components.logs import speak_plainly
from archiver.fetch.components.spider import ArchiveSpider, new_running
from archiver.fetch.run.options import CrawlOptions
from archiver.fetch.run.session import RunSession
from archiver.model.run import Outcome
from archiver.ops.schedule.deciding import Options, add_schedule
from archiver.ops.schedule.engine import Engine
from archiver.ops.schedule.port import Order, RunEnd
from tests.simulation.paper import Paper
from tests.simulation.wire import NoWire, PaperHandler

SITE = "model"


class Clock:
    """Simulated time: it stands where it was put, and goes on from there with the real seconds that a run takes."""

    def __init__(self, at: datetime) -> None:
        self._base = at
        self._since = time.monotonic()

    def now(self) -> datetime:
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def go_to(self, at: datetime) -> None:
        """Jump ahead; never back."""
        self._base, self._since = max(at, self.now()), time.monotonic()


class KeptPool:
    """The product's extraction workers, kept over all runs: to start them for each takes longer than the run."""

    def __init__(self, pool: ExtractionPool) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def close(self) -> None:
        """Not yet."""


@dataclass
class InProcess:
    """The schedule's runner: it notes what is to be run, and how it ended."""

    catalog: Catalog
    clock: Clock
    order: Order | None = None

    def start(self, order: Order) -> None:
        self.order = order

    def ended(self, run: str, site: str) -> RunEnd | None:
        if self.order is not None and self.order.run == run:
            return None
        row = self.catalog.runs.get(run)
        if row is None or row.ended_at is None:
            return RunEnd(self.clock.now(), failed=True, died=True, reason="the process died")
        # A run that its successor ended on its behalf was killed.
        failed = row.outcome is Outcome.FAILED
        return RunEnd(row.ended_at, failed=failed, died=failed, reason=row.outcome.value if row.outcome else None)

    def stop(self, run: str, site: str) -> bool:
        return False

    def kill(self, run: str, site: str) -> None:
        raise AssertionError("no run of the simulation hangs")


class Epoch:
    """See the module. ``spec``: home, paper (its arguments), begins, ends, kill_after (commits of a run, or None), wire, extract, crons."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.home = Path(spec["home"])
        self.paper = Paper(**spec["paper"])
        self.ends = datetime.fromisoformat(spec["ends"])
        self.clock = Clock(datetime.fromisoformat(spec["begins"]))
        self.config: Config = load(self.home)
        self.server: DemoServer | None = None
        self.kill_after: int | None = spec.get("kill_after")
        self.runs = 0
        self.seconds = {"runs": 0.0}

    async def live(self) -> None:
        """Until the epoch's end."""
        self._crawlers = AsyncCrawlerRunner(self._settings())
        session_module.ExtractionPool = self._pool  # type: ignore[assignment,misc]
        speak_plainly()
        with Catalog.open(self.config.catalog_url, clock=self.clock) as catalog:
            if not catalog.schedules.find():
                for cron, zone in self.spec["crons"]:
                    add_schedule(
                        catalog, self.config, SITE, cron=cron, zone=zone, options=Options(**self.spec["options"])
                    )
            runner = InProcess(catalog, self.clock)
            engine = Engine(catalog, runner, clock=self.clock)
            while True:
                engine.tick()
                if runner.order is not None:
                    await self._crawl(runner.order)
                    runner.order = None
                    continue
                due = engine.next_due()
                if due is None or due >= self.ends:
                    break
                self.clock.go_to(due)

    _shared: KeptPool | None = None

    def _pool(self, workers: int, **more: Any) -> KeptPool:
        if self._shared is None:
            self._shared = KeptPool(ExtractionPool(workers, **more))
        return self._shared

    def _settings(self) -> Settings:
        addons: dict[Any, int] = {"archiver.fetch.components.addon.ArchiveAddon": 100}
        if self.spec["wire"] == "loopback":
            folder = self.home / "tls"
            self.server = DemoServer(self.paper, directory=folder).start()  # type: ignore[arg-type]
            self.config = self.config.with_fetch(
                connect_to=tuple(self.server.connect_to), ca_file=str(self.server.ca_file)
            )
        else:
            PaperHandler.paper = self.paper
            addons[NoWire] = 200
        return Settings(
            {
                "ADDONS": addons,
                "SPIDER_MODULES": [],
                "TWISTED_REACTOR": REACTOR,
                "LOG_LEVEL": "ERROR",
            }
        )

    async def _crawl(self, order: Order) -> None:
        began = time.monotonic()
        self.paper.at = self.clock.now().replace(microsecond=0)
        site = find_site(SITE, self.config)

        def open_session(config: Config, site: Any, *, clock: Any, extract: bool) -> RunSession:
            session = RunSession.open(config, site, clock=clock, extract=extract, run_id=order.run, keep_open=True)
            if self.kill_after is not None and self._is_near_the_end:
                self._kill_in(session)
            return session

        options = CrawlOptions(
            max_time=order.max_time, limit=order.limit, concurrency=8, due_only=True, extract=self.spec["extract"]
        )
        running = new_running(self.config, site, options, open_session=open_session, clock=self.clock)
        await self._crawlers.crawl(ArchiveSpider, running=running)
        if running.error is not None and running.run is None:
            raise running.error
        self.runs += 1
        self.seconds["runs"] += time.monotonic() - began

    @property
    def _is_near_the_end(self) -> bool:
        return self.ends - self.clock.now() < timedelta(hours=6)

    def _kill_in(self, session: RunSession) -> None:
        """End this process as ``kill -9`` does, in the middle of the run."""
        commit, left = session.commit, self.kill_after or 0

        def commit_and_die(exchange: Any) -> Any:
            nonlocal left
            future = commit(exchange)
            left -= 1
            if left <= 0:
                self.say(killed=True)
                os.kill(os.getpid(), signal.SIGKILL)
            return future

        session.commit = commit_and_die  # type: ignore[method-assign]

    def say(self, *, killed: bool = False) -> None:
        """What came of it, for the next life and for the figures."""
        told = {
            "at": self.clock.now().isoformat(),
            "killed": killed,
            "runs": self.runs,
            "asked": self.paper.asked,
            "seconds": self.seconds,
        }
        path = self.home / "epoch.json"
        path.with_suffix(".new").write_text(json.dumps(told))
        path.with_suffix(".new").replace(path)

    def close(self) -> None:
        """Free what would keep the process."""
        if self._shared is not None:
            self._shared._pool.close()
        if self.server is not None:
            self.server.stop()


def main(spec: dict[str, Any]) -> None:
    install_reactor(REACTOR)
    if os.environ.get("LL"):
        import logging

        logging.basicConfig(level=os.environ["LL"])
    from twisted.internet import reactor

    epoch = Epoch(spec)
    failure: list[BaseException] = []

    async def live() -> None:
        try:
            await epoch.live()
            epoch.say()
        except BaseException as error:  # noqa: BLE001  it comes out of main
            failure.append(error)
        finally:
            reactor.callLater(0, reactor.stop)  # type: ignore[attr-defined]

    reactor.callWhenRunning(lambda: asyncio.ensure_future(live()))  # type: ignore[attr-defined]
    reactor.run(installSignalHandlers=False)  # type: ignore[attr-defined]
    epoch.close()
    if failure:
        raise failure[0]


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
