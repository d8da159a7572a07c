"""The guard of the test suite itself."""

from __future__ import annotations

import os
import socket

import pytest


def test_no_test_reaches_beyond_loopback(loopback_only: list[str]) -> None:
    with socket.socket() as one, pytest.raises(Exception, match="tests reach loopback only"):
        one.connect(("192.0.2.1", 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, pytest.raises(Exception, match="loopback only"):
        one.sendto(b"", ("192.0.2.1", 53))
    assert len(loopback_only) == 2
    loopback_only.clear()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.sendall(b"x")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b"x"


def test_no_setting_of_the_caller_leaks_in() -> None:
    assert not [name for name in os.environ if name.startswith("ARCHIVER_") and name != "ARCHIVER_TEST_DATA"]
