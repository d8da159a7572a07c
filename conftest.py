"""What holds for every test: no connection but to loopback, a clean environment, and where real bytes may lie."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_reached: list[str] = []
"""Addresses beyond loopback that the present test tried to reach."""


class BeyondLoopback(Exception):
    """A test tried to reach the network."""


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):  # a path of a Unix socket
        return True
    host = str(address[0]).partition("%")[0]
    if host in {"", "localhost"}:
        return True
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback or ip.is_unspecified)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook sees connections of every library, those of other threads too. It can't be removed again."""
    if event in {"socket.connect", "socket.sendto"} and not _is_loopback(arguments[1]):
        _reached.append(repr(arguments[1]))
        raise BeyondLoopback(f"{event} to {arguments[1]!r}: tests reach loopback only")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[list[str]]:
    """Fails a test that tried to connect beyond loopback, even when the code under test swallowed the refusal."""
    _reached.clear()
    yield _reached
    if _reached:
        pytest.fail(f"tried to reach {', '.join(_reached)}; tests reach loopback only")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests leaks into them."""
    for name in list(os.environ):  # noqa: TID251  tests, not the product
        if name.startswith(("ARCHIVER_", "AWS_")) and name != "ARCHIVER_TEST_DATA":
            monkeypatch.delenv(name)
    # Without credentials botocore would ask the metadata service of a cloud.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real bytes (``ARCHIVER_TEST_DATA``, else ``../shared/data`` beside the checkout); skips where it is absent."""
    beside = Path(__file__).resolve().parent.parent / "shared" / "data"
    folder = Path(os.environ.get("ARCHIVER_TEST_DATA") or beside)  # noqa: TID251  tests, not the product
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder} (set ARCHIVER_TEST_DATA)")
    return folder
