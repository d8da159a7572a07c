"""One real server over one real archive."""

from __future__ import annotations

import contextlib
import http.client
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.model.article import Article, Extraction, Extractor
from archiver.model.capture import Verdict
from tests.shelf import DAY, Shelf

URL = "https://courier.example/tin%2Ftức?b=1&a=2"
TARGET = "https://courier.example/tin%2Ft%E1%BB%A9c?b=1&a=2"
PROGRAM = """
import sys
import time
from pathlib import Path
from archiver.archive import open
from archiver.web.serve import serve
with open(Path(sys.argv[1])) as archive:
    serve(archive, host="127.0.0.1", port=0, ready=lambda address, _: print(address, flush=True))
print("ended", flush=True)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shelf = Shelf(tmp_path)
    shelf.keep(URL, b"kept", headers=b"Content-Type: text/html\r\nSet-Cookie: a=1\r\nX-Odd: caf\xe9\r\nETag: 1\r\n")
    shelf.close()
    return tmp_path


@pytest.fixture
def server(home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)\n", said)
        assert found, said
        yield process, int(found[1])
    finally:
        process.kill()
        process.communicate()


def ask(port: int, target: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_a_served_archive_replays_and_stops_on_a_signal(server: tuple[subprocess.Popen[str], int]) -> None:
    process, port = server
    gate, _ = ask(port, f"/web/{TARGET}")
    assert gate.status == 302
    assert gate.headers["Location"] == f"http://127.0.0.1:{port}/web/20260301080000/{TARGET}"

    raw, body = ask(port, f"/web/20260301080000id_/{TARGET}")
    assert (raw.status, body) == (200, b"kept")
    names = [name for name, _ in raw.headers.items()]
    assert "X-Archive-Orig-ETag" in names
    assert raw.headers["X-Archive-Orig-Set-Cookie"] == "a=1"
    assert raw.headers["X-Archive-Orig-X-Odd"] == "caf\xe9"
    assert "Set-Cookie" not in names
    assert "server" not in (name.lower() for name in names)

    health, body = ask(port, "/healthz")
    assert (health.status, body) == (200, b'{"status":"ok","catalog":"ok","store":"ok"}')
    home, body = ask(port, "/", Accept_Language="vi")
    assert home.status == 200
    assert '<html lang="vi">' in body.decode()

    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert out == "ended\n"
    assert process.returncode == 0
    assert err == ""


def test_a_huge_request_head_is_refused(server: tuple[subprocess.Popen[str], int]) -> None:
    _, port = server
    assert ask(port, "/", X_Long="x" * 65_000)[0].status == 431
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        with contextlib.suppress(ConnectionError):  # the server may hang up before all is sent
            connection.sendall(b"x" * 5_000_000)
        with contextlib.suppress(ConnectionError):
            assert connection.recv(100).partition(b"\r\n")[0] in {b"", b"HTTP/1.1 400 Bad Request", b"HTTP/1.1 400 "}
    assert ask(port, "/healthz")[0].status == 200


def test_a_taken_port_is_a_configuration_error(server: tuple[subprocess.Popen[str], int], home: Path) -> None:
    _, port = server
    program = PROGRAM.replace("port=0", f"port={port}")
    ended = subprocess.run(
        [sys.executable, "-c", program, str(home)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert ended.returncode != 0
    assert "ConfigError" in ended.stderr


def test_an_article_that_the_index_missed_is_found_once_the_archive_is_served(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    capture = shelf.keep(URL, b"kept")
    reader = Extractor("archiver", "1")
    article = Article("Muối", "muối", ("muối",), extractor=reader)
    shelf.catalog.articles.put(capture.record_id, Extraction(Verdict.ARTICLE, "", reader, article), at=DAY)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        deadline = time.monotonic() + 60
        while not shelf.index.search("muoi").hits:
            assert time.monotonic() < deadline
    finally:
        process.kill()
        process.communicate()
        shelf.close()
