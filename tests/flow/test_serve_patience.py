"""A server that outlives its clients: they send slowly, ask for a million rows, do not read, or hang up."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.model.record import RecordId, RecordRef
from archiver.model.surt import surt
from tests.shelf import Shelf

ROOT = Path(__file__).parents[2]
URL = "https://courier.example/a"
pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="there is no /proc here")
ROWS = 30_000
PROGRAM = """
import sys
from pathlib import Path
from archiver.archive import open
from archiver.web.patience import Patience
from archiver.web.serve import serve
with open(Path(sys.argv[1])) as archive:
    serve(archive, host="127.0.0.1", port=0, ready=lambda address, _: print(address, flush=True), patience=Patience(3, 6))
"""
ENOUGH = 60.0


@dataclass
class Server:
    process: subprocess.Popen[str]
    port: int

    def get(self, target: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ENOUGH)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=ENOUGH)

    def memory(self) -> int:
        """The most that it had, in kB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0])

    def sockets(self) -> set[str]:
        """The inodes of its sockets."""
        found = set()
        for path in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                name = str(path.readlink())
                if name.startswith("socket:["):
                    found.add(name[8:-1])
        return found

    def until(self, condition: Callable[[set[str]], bool]) -> None:
        """Go on asking it until its sockets are as they should be."""
        end = time.monotonic() + ENOUGH
        while not condition(self.sockets()):
            assert time.monotonic() < end, self.sockets()
            assert self.get("/healthz")[0] == 200


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("served")
    shelf = Shelf(home)
    first = shelf.keep(URL, b"kept")
    # Rows alone are enough to be listed.
    rows = [
        replace(
            first,
            url=f"{URL}/{number}",
            surt=surt(f"{URL}/{number}"),
            at=first.at + timedelta(seconds=number),
            record_id=RecordId(f"urn:uuid:{number:032d}"),
            record=RecordRef(first.record.file, number, 1),
        )
        for number in range(ROWS)
    ]
    shelf.catalog.captures.add(rows)
    shelf.close()
    # All clients here come from one address, and ask as fast as they can.
    environment = {**os.environ, "ARCHIVER_SERVE_REQUESTS_PER_SECOND": "0"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )
    try:
        assert process.stdout is not None
        yield Server(process, int(process.stdout.readline().rpartition(":")[2]))
    finally:
        process.kill()
        process.communicate()


def ended(connection: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    data = b""
    try:
        while piece := connection.recv(65_536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def test_a_head_that_never_ends_is_hung_up_on_and_others_are_served(server: Server) -> None:
    with server.connect() as silent, server.connect() as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        assert server.get("/healthz")[0] == 200
        assert ended(slow) == b""
        assert ended(silent) == b""
    assert server.get("/healthz")[0] == 200


def test_a_client_that_sends_line_by_line_has_one_deadline(server: Server) -> None:
    end = time.monotonic() + ENOUGH
    with server.connect() as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        slow.settimeout(0.05)
        hung_up = False
        while not hung_up and time.monotonic() < end:
            try:
                slow.sendall(b"X: y\r\n")
                hung_up = slow.recv(1) == b""
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                hung_up = True
    assert hung_up
    assert server.get("/healthz")[0] == 200


def test_a_body_that_never_comes_is_hung_up_on(server: Server) -> None:
    with server.connect() as slow:
        slow.sendall(
            b"POST /api/crawl HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        assert ended(slow)[:12] in {b"", b"HTTP/1.1 401"}
    assert server.get("/healthz")[0] == 200


def test_a_million_rows_are_sent_while_they_are_read(server: Server) -> None:
    server.get("/cdx/search/cdx?url=*.example&limit=10")
    before = server.memory()
    status, body = server.get("/cdx/search/cdx?url=*.example&limit=1000000")
    assert status == 200
    assert body.count(b"\n") == ROWS + 1
    assert server.memory() - before < 60_000


def test_clients_that_hang_up_in_the_middle_leave_nothing_behind(server: Server) -> None:
    for _ in range(20):
        with server.connect() as leaving:
            leaving.sendall(b"GET /cdx/search/cdx?url=*.example&limit=1000000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert leaving.recv(100).startswith(b"HTTP/1.1 200")
    # The listener, and the loop's own pair.
    server.until(lambda sockets: len(sockets) <= 4)


def test_a_client_that_does_not_read_is_hung_up_on(server: Server) -> None:
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.settimeout(ENOUGH)
        deaf.connect(("127.0.0.1", server.port))
        # Some 20 MB, more than the kernel takes in a client's place.
        fields = ",".join(["original"] * 17)
        deaf.sendall(
            f"GET /cdx/search/cdx?url=*.example&limit=1000000&fl={fields} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        )
        assert deaf.recv(1) == b"H"
        inode = inode_of(server.port, deaf.getsockname()[1])
        assert inode in server.sockets()
        server.until(lambda sockets: inode not in sockets)
        assert len(ended(deaf)) < 17_000_000


def inode_of(port: int, client: int) -> str:
    """The inode of the server's end of a connection."""
    wanted = (f":{port:04X}", f":{client:04X}")
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        parts = line.split()
        if (parts[1][-5:], parts[2][-5:]) == wanted:
            return parts[9]
    raise AssertionError((port, client))


def test_half_requests_of_one_address_leave_room_for_the_others(server: Server) -> None:
    half = []
    try:
        for _ in range(230):
            connection = socket.create_connection(
                ("127.0.0.1", server.port), source_address=("127.0.0.2", 0), timeout=ENOUGH
            )
            half.append(connection)
            with contextlib.suppress(OSError):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        # Those that are one too many are ended at once; the others have their time.
        assert ended(half[-1]) == b""
        assert [server.get("/api/sites")[0] for _ in range(20)] == [200] * 20
    finally:
        for connection in half:
            connection.close()
