"""Several hosts, each with a server of its own, as one site; what each server saw, and when."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

from archiver.catalog import Catalog, FrontierState
from archiver.model.instant import SystemClock
from archiver.model.surt import surt
from tests.fork_server import run_python
from tests.wire_server import Case, WireServer, whole

ROOT = Path(__file__).parents[2]
OK = b"HTTP/1.1 200 OK\r\n"


def page(*links: str) -> Case:
    """A page that names others."""
    body = "".join(f'<a href="{link}">x</a>' for link in links).encode()
    return Case(whole(OK + b"Content-Type: text/html\r\n", b"<html><body>" + body + b"</body></html>"))


def robots(text: str | bytes, head: bytes = OK + b"Content-Type: text/plain\r\n") -> Case:
    """A robots.txt."""
    return Case(whole(head, text.encode() if isinstance(text, str) else text))


def moved(to: str) -> Case:
    """A redirect."""
    return Case(whole(b"HTTP/1.1 302 Found\r\nLocation: " + to.encode() + b"\r\n"))


def status(code: int, *lines: str) -> list[object]:
    """The pieces of an answer without a body worth having."""
    head = f"HTTP/1.1 {code} Whatever\r\n" + "".join(f"{line}\r\n" for line in lines)
    return whole(head.encode(), b"no")


class Town:
    """Servers by host name, and crawls of the site that they make. ``fronts`` are the hosts with a home page that is a source."""

    def __init__(self, home: Path, hosts: dict[str, dict[str, Case]]) -> None:
        self.home = home
        self.servers = {host: WireServer(cases) for host, cases in hosts.items()}
        self.talk = ""
        self._since = 0.0

    def close(self) -> None:
        for server in self.servers.values():
            server.close()

    def crawl(
        self,
        *,
        name: str = "town",
        fronts: list[str] | None = None,
        feeds: tuple[str, ...] = (),
        site: str = "",
        timeout: float = 90,
        **spec: Any,
    ) -> dict[str, Any]:
        """Crawl and say how it ended; ``feeds`` are sources by URL, ``site`` more lines of the site file."""
        names = list(self.servers)
        hosts = ", ".join(f'{{name = "{host}"}}' for host in names)
        sources = ", ".join(
            [f'{{url = "http://{host}/", kind = "front"}}' for host in (names if fronts is None else fronts)]
            + [f'{{url = "{feed}", kind = "feed"}}' for feed in feeds]
        )
        given: dict[str, Any] = {
            "home": str(self.home),
            "connect_to": [f"{host}:80:127.0.0.1:{server.port}" for host, server in self.servers.items()],
            "run": "R",
            **spec,
        }
        if "urls" not in spec:
            given["site"] = f'name = "{name}"\n{site}\nhosts = [{hosts}]\nsources = [{sources}]\n'
            if spec.get("real"):
                (self.home / "sites").mkdir(parents=True, exist_ok=True)
                (self.home / "sites" / f"{name}.toml").write_text(given["site"])
        done = run_python(["-m", "tests.flow.child", json.dumps(given)], cwd=ROOT, timeout=timeout)
        self.talk = done.stderr
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def asked(self, host: str, *, robots: bool = False) -> list[tuple[float, str]]:
        """When which path was asked of a host, in order; the icon that every host may have left out."""
        heard = self.servers[host].heard
        every = sorted((one.at, path) for path, all_of_it in heard.items() for one in all_of_it)
        return [
            (at, path)
            for at, path in every
            if at > self._since and path != "/favicon.ico" and (robots or path != "/robots.txt")
        ]

    def paths(self, host: str) -> list[str]:
        """The paths that were asked of a host, robots.txt left out."""
        return [path for _, path in self.asked(host)]

    def gaps(self, host: str) -> list[float]:
        """Seconds between one request for anything of a host and the next."""
        heard = self.servers[host].heard
        times = sorted(one.at for all_of_it in heard.values() for one in all_of_it)
        return [after - before for before, after in itertools.pairwise(times)]

    def forget(self) -> None:
        """What was asked until now is no matter."""
        self._since = time.monotonic()

    def state(self, url: str, *, site: str = "town") -> FrontierState:
        """The frontier's row of a URL."""
        with Catalog.open(f"sqlite:///{self.home / 'catalog.sqlite3'}", clock=SystemClock()) as catalog:
            state = catalog.frontier.get(site, surt(url))
        assert state is not None, url
        return state
