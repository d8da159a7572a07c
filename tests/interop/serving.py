"""An archive that is served as web.archive.org, for clients and tools that others wrote."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.demo.authority import make_certificates
from archiver.model.capture import Capture
from tests.interop.route import Route
from tests.shelf import Shelf

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent / "clients"
NAMED = os.environ.get("ARCHIVER_TEST_CLIENTS", "")
PYTHON = Path(NAMED or ROOT / ".venv-clients") / "bin" / "python"
HOSTS = ("web.archive.org", "archive.org")
WEB = "https://web.archive.org/web"
SITE = "https://news.example"
URL = f"{SITE}/a?b=1&c=t%E1%BA%BFt"
OFTEN = f"{SITE}/often"
BEGAN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SERVE = """
import sys
from pathlib import Path
from archiver.archive import open
from archiver.web.serve import serve
with open(Path(sys.argv[1])) as archive:
    serve(archive, host="127.0.0.1", port=0, ready=lambda address, _: print(address, flush=True))
"""
needs_clients = pytest.mark.skipif(
    not NAMED and not PYTHON.exists(), reason="the foreign clients are not installed: make clients"
)


@dataclass
class Served:
    """An archive that is served as web.archive.org, and how clients are led there."""

    home: Path
    base: str
    route: Route
    ca_file: Path
    captures: list[Capture]
    file: Path

    def run(self, script: str, *arguments: str) -> Any:
        """What a client's script found."""
        keep = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment = {
            **keep,
            "HTTPS_PROXY": self.route.address,
            "HTTP_PROXY": self.route.address,
            "NO_PROXY": "127.0.0.1",
            "REQUESTS_CA_BUNDLE": str(self.ca_file),
            "CDXT_IA_MIN_RETRY_INTERVAL": "0",
            "CDXT_DEFAULT_MIN_RETRY_INTERVAL": "0",
            "CDXT_MAX_ERRORS": "1",
            "PYTHONWARNINGS": "ignore",
        }
        environment.pop("PYTHONPATH", None)
        done = subprocess.run(
            [PYTHON, SCRIPTS / f"{script}.py", *arguments],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])


def fill(shelf: Shelf) -> list[Capture]:
    """A page that stays the same, then changes; a redirect, an error, a picture, and a page of forty days."""
    page = b"Content-Type: text/html; charset=utf-8\r\nServer: old/1\r\nDate: Sun, 01 Mar 2026 08:00:00 GMT\r\n"
    first = shelf.keep(URL, "<p>Tết</p>".encode(), at=BEGAN, headers=page)
    shelf.keep_revisit(first, at=BEGAN + timedelta(days=1), head=b"HTTP/1.1 200 OK\r\n" + page + b"\r\n")
    packed = gzip.compress(b"<p>changed</p>", mtime=0)
    shelf.keep(URL, packed, at=BEGAN + timedelta(days=2), headers=page + b"Content-Encoding: gzip\r\n")
    shelf.keep(f"{SITE}/moved", b"", at=BEGAN, status="302 Found", headers=b"Location: " + URL.encode() + b"\r\n")
    shelf.keep(f"{SITE}/gone", b"<p>gone</p>", at=BEGAN, status="404 Not Found")
    shelf.keep(f"{SITE}/p.png", b"\x89PNG", at=BEGAN, headers=b"Content-Type: image/png\r\n")
    for day in range(40):
        body = b"<p>day %d</p>" % (day // 2)
        shelf.keep(OFTEN, body, at=datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=day), headers=page)
    return list(shelf.catalog.captures.find())


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """Fill an archive and serve it."""
    shelf = Shelf(home)
    captures = fill(shelf)
    shelf.move_to_store()
    file = Path(shelf.config.store_url) / shelf.key
    shelf.close()
    ca_file, certificate = make_certificates((*HOSTS, "news.example"), home / "ca")
    environment = {
        **os.environ,
        "ARCHIVER_SERVE_PUBLIC_URL": "https://web.archive.org",
        "ARCHIVER_SERVE_HOSTS": "archive.org",
    }
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )
    try:
        assert server.stdout is not None
        base = server.stdout.readline().strip()
        assert base.startswith("http://127.0.0.1:")
        with Route(int(base.rpartition(":")[2]), HOSTS, certificate, live=("news.example",)) as route:
            yield Served(home, base, route, ca_file, captures, file)
    finally:
        server.kill()
        server.communicate()
