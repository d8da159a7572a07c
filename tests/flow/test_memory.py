"""A body of 200 MB costs little memory, and is recorded whole, or cut by a limit that says so."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive
from archiver.config import load
from archiver.model.capture import Capture
from archiver.model.surt import surt

pytestmark = pytest.mark.slow

SIZE = 200_000_000
MOST = 120_000
"""Kilobytes of resident memory above a crawl of a small page."""
URL = "http://news.example/big/page"
CHILD = """
import sys
from archiver.cli.main import main
code = main(sys.argv[1:])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("PEAK", peak.split()[1], file=sys.stderr)
sys.exit(code)
"""


class Stream:
    """Says ``size`` bytes at one path: told by a length, or in chunks."""

    def __init__(self) -> None:
        self.block = os.urandom(1_000_000)  # nothing makes it smaller on its way to the disk
        self.size = 0
        self.kind = "image/png"
        self.told = True
        self.path = "/"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        try:
            path = connection.recv(65536).split(b" ")[1].decode()
            if path != self.path:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            framing = f"Content-Length: {self.size}" if self.told else "Transfer-Encoding: chunked"
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {self.kind}\r\nConnection: close\r\n{framing}\r\n\r\n"
            connection.sendall(head.encode())
            left = self.size
            while left:
                piece = self.block[:left]
                left -= len(piece)
                connection.sendall(piece if self.told else b"%x\r\n%s\r\n" % (len(piece), piece))
            if not self.told:
                connection.sendall(b"0\r\n\r\n")
        except OSError:
            return


@pytest.fixture(scope="module")
def stream() -> Iterator[Stream]:
    made = Stream()
    yield made
    made.close()


def crawl(stream: Stream, home: Path, *, url: str = URL, max_body: int = 300_000_000, **answer: Any) -> int:
    """Crawl what the server streams; the peak of resident memory in kilobytes."""
    stream.path = "/" + url.split("/", 3)[3]
    for name, value in {"told": True, "kind": "image/png", **answer}.items():
        setattr(stream, name, value)
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
    settings = {"ARCHIVER_FETCH_MAX_BODY": str(max_body), "ARCHIVER_FETCH_OBEY_ROBOTS": "false"}
    rule = f"news.example:80:127.0.0.1:{stream.port}"
    command = [sys.executable, "-c", CHILD, "crawl", url, "--json", "--archive", str(home), "--connect-to", rule]
    done = subprocess.run(command, env={**keep, **settings}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "finished"
    return int(done.stderr.rpartition("PEAK ")[2])


def held(home: Path, url: str = URL) -> tuple[Capture, int]:
    """The capture, and the bytes of its stored body, read back piece by piece."""
    with Archive(load(home)) as archive:
        capture = next(c for c in archive.catalog.captures.find() if c.surt == surt(url))
        message = archive.reader.read(capture.record).http
        assert message is not None
        return capture, sum(len(piece) for piece in message.body.pieces())


@pytest.fixture(scope="module")
def idle(stream: Stream, tmp_path_factory: pytest.TempPathFactory) -> int:
    return crawl(stream, tmp_path_factory.mktemp("idle"), size=1000)


def test_a_large_body_is_recorded_whole_in_little_memory(stream: Stream, tmp_path: Path, idle: int) -> None:
    peak = crawl(stream, tmp_path, size=SIZE)
    capture, size = held(tmp_path)
    assert (capture.truncated, capture.payload_length, size) == (None, SIZE, SIZE)
    assert peak - idle < MOST


def test_a_body_over_the_limit_is_cut_there_and_says_so(stream: Stream, tmp_path: Path, idle: int) -> None:
    peak = crawl(stream, tmp_path, size=SIZE, max_body=20_000_000, told=False, kind="text/html")
    capture, size = held(tmp_path)
    assert capture.truncated == "length"
    assert 20_000_000 <= size < 21_000_000
    assert peak - idle < MOST


def test_a_large_front_page_is_no_exception(stream: Stream, tmp_path: Path, idle: int) -> None:
    url = "http://news.example/"
    peak = crawl(stream, tmp_path, url=url, size=SIZE // 2, kind="application/rss+xml")
    capture, size = held(tmp_path, url)
    assert (capture.truncated, size) == (None, SIZE // 2)
    assert peak - idle < MOST
