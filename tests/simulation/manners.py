"""Ask several hosts for a while, in real time, and measure at their servers how far apart the requests came.

python -m tests.simulation.manners [--seconds 600] [--delay 1.0] [--json]

Four hosts of one site, each with a server of its own on loopback, are crawled by the real command's code with spool, store
and catalogue. They have pages with pictures and styles (on two of the hosts), redirects within and between hosts,
servers that fail once (503), break connections, or ask for a rest (429), and robots.txt files, one with a longer Crawl-delay.
Nothing is simulated but the sites. Exit code 1 when two requests for one host came nearer to each other than it may be
asked, or when a case did not occur.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.flow.town import OK, Town, moved, robots, status
from tests.wire_server import RESET, Case, whole

WORDS = Path(__file__).read_text(encoding="utf-8").split()
"""Words enough that no two pages say the same: what repeats itself is told as a trap."""
HOSTS = ("a.example", "b.example", "c.example", "media.example")
STEMS = ("sea", "hill", "rice", "rail", "port", "wind", "school", "court")
WIDE = 12
"""Pages of a host that are known at once: each leads to one more."""
CRAWL_DELAY = 2.0
"""Seconds that c.example's robots.txt asks for."""
REST = 3.0
"""Seconds for which a.example asks to be left alone, once."""


@dataclass(frozen=True)
class Seen:
    """What one host's server saw: requests, how many of which kind, seconds between two of them, and those that were too near."""

    host: str
    asked_for: float
    requests: int
    kinds: dict[str, int]
    shortest: float
    mean: float
    broken: int


def page(chance: random.Random, links: Sequence[str], requisites: Sequence[str]) -> Case:
    """A page of its own words, with links and what it needs to be seen."""
    head = "".join(f'<link rel="stylesheet" href="{r}">' for r in requisites if r.endswith(".css"))
    pictures = "".join(f'<img src="{r}">' for r in requisites if r.endswith(".png"))
    text = " ".join(chance.choices(WORDS, k=80)).replace("<", " ")
    anchors = "".join(f'<a href="{link}">{link}</a> ' for link in links)
    body = f"<html><head>{head}</head><body><p>{text}</p>{pictures}{anchors}</body></html>".encode()
    return Case(whole(OK + b"Content-Type: text/html; charset=utf-8\r\n", body))


def town_of(pages: int, *, delay: float, seed: int = 1) -> dict[str, dict[str, Case]]:
    """The answers of every host by path; ``pages`` of each kind's round on each host."""
    chance = random.Random(seed)
    png = whole(OK + b"Content-Type: image/png\r\n", b"\x89PNG\r\n\x1a\n" + bytes(40))
    css = whole(OK + b"Content-Type: text/css\r\n", b"body { color: black }")
    hosts: dict[str, dict[str, Case]] = {host: {} for host in HOSTS}
    for number, host in enumerate(HOSTS[:3]):
        other = HOSTS[(number + 1) % 3]
        cases = hosts[host]
        stems = ("-".join(chance.sample(STEMS, 4)) for _ in range(pages))
        paths = [f"/{stem}-{n}" for n, stem in enumerate(stems)]
        for n, path in enumerate(paths):
            needs = [f"http://media.example/{host[0]}{n}.png", f"/{n % 20}.css"]
            shown = page(chance, [f"http://{host}{onward}" for onward in paths[n + WIDE : n + WIDE + 1]], needs)
            if n % 8 == 1:
                cases[path] = moved(f"{path}-moved")
                cases[f"{path}-moved"] = shown
            elif n % 8 == 2:
                cases[path] = moved(f"http://{other}/from-{host[0]}-{n}")
                hosts[other][f"/from-{host[0]}-{n}"] = shown
            elif n % 8 == 3:
                cases[path] = Case([], once_per=[status(503), shown.pieces])
            elif n % 8 == 4:
                cases[path] = Case([], once_per=[[RESET], shown.pieces])
            else:
                cases[path] = shown
            hosts["media.example"][f"/{host[0]}{n}.png"] = Case(png)
            cases[f"/{n % 20}.css"] = Case(css)
        rest = ["/rest"] if number == 0 else []
        cases["/"] = page(chance, [*paths[:WIDE], *rest], ["/0.css"])
    hosts["a.example"]["/rest"] = Case(
        [], once_per=[status(429, f"Retry-After: {REST:.0f}"), page(chance, [], []).pieces]
    )
    hosts["b.example"]["/robots.txt"] = moved("/rules.txt")
    hosts["b.example"]["/rules.txt"] = robots("User-agent: *\nDisallow: /nothing\n")
    hosts["c.example"]["/robots.txt"] = robots(f"User-agent: *\nCrawl-delay: {max(CRAWL_DELAY, 2 * delay)}\n")
    return hosts


def measure(home: Path, *, seconds: float, delay: float, pages: int, concurrency: int = 4) -> list[Seen]:
    """Crawl for ``seconds`` and say what each server saw."""
    town = Town(home, town_of(pages, delay=delay))
    try:
        town.crawl(
            fronts=list(HOSTS[:3]),
            real=True,
            options={"delay": delay, "concurrency": concurrency, "max_time": seconds, "extract": False},
            fetch={"requisites": "all", "max_crawl_delay": 60.0},
            timeout=seconds + 120,
        )
        slow = max(CRAWL_DELAY, 2 * delay)
        return [seen(town, host, slow if host == "c.example" else delay) for host in HOSTS]
    finally:
        town.close()


def seen(town: Town, host: str, asked_for: float) -> Seen:
    """What a host's server saw."""
    gaps = town.gaps(host)
    return Seen(
        host,
        asked_for,
        requests=len(gaps) + 1,
        kinds=dict(sorted(Counter(kind_of(path) for _, path in town.asked(host, robots=True)).items())),
        shortest=round(min(gaps), 4) if gaps else 0.0,
        mean=round(sum(gaps) / len(gaps), 3) if gaps else 0.0,
        broken=sum(gap < asked_for for gap in gaps),
    )


def kind_of(path: str) -> str:
    """What a path is, for the table."""
    if path == "/robots.txt":
        return "robots"
    if path.endswith((".png", ".css")):
        return "requisite"
    return "redirected" if path.endswith("-moved") or path.startswith("/from-") else "page"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--delay", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="archiver-manners-") as folder:
        pages = max(20, round(options.seconds / options.delay))
        found = measure(Path(folder) / "home", seconds=options.seconds, delay=options.delay, pages=pages)
    took = round(time.monotonic() - began, 1)
    broken = sum(each.broken for each in found)
    if options.json:
        print(
            json.dumps({"seconds": took, "delay": options.delay, "broken": broken, "hosts": [asdict(e) for e in found]})
        )
    else:
        print(f"{took} seconds; delay {options.delay} s")
        print(f"{'host':<15}{'asked for':>10}{'requests':>10}{'shortest':>10}{'mean':>8}{'broken':>8}  kinds")
        for e in found:
            kinds = ", ".join(f"{n} {kind}" for kind, n in e.kinds.items())
            print(f"{e.host:<15}{e.asked_for:>10}{e.requests:>10}{e.shortest:>10}{e.mean:>8}{e.broken:>8}  {kinds}")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
