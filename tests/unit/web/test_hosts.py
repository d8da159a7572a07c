"""A web page under its own name cannot read an archive that listens on loopback."""

from __future__ import annotations

from dataclasses import replace

import anyio
import httpx
import pytest
from shelf import Shelf

from archiver.archive import Archive
from archiver.config.settings import ServeSection
from archiver.web.app import create_app
from archiver.web.hosts import HostNames

SERVE = ServeSection(public_url="https://archive.example/", hosts=("inside.example",))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8080",
        "10.1.2.3",
        "[::1]:8080",
        "[2001:db8::1]",
        "localhost:9",
        "LOCALHOST",
        "a.localhost",
        "archive.example",
        "archive.example.:443",
        "Inside.Example:8080",
    ],
)
def test_own_names_and_addresses_are_answered_at_any_port(host: str) -> None:
    assert HostNames(SERVE).refuse([host.encode()]) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "xlocalhost",
        "archive.example.evil.example",
        "evil.example:127",
        "2130706433.evil",
        "user@127.0.0.1",
        "127.0.0.1/evil.example",
        "",
        "a b",
    ],
)
def test_any_other_name_is_misdirected_and_the_setting_is_named(host: str) -> None:
    refused = HostNames(SERVE).refuse([host.encode()])
    assert refused is not None
    assert refused[0] == 421
    assert "[serve] hosts" in refused[2]


def test_no_host_and_two_hosts_are_bad_requests() -> None:
    for hosts in ([], [b"127.0.0.1", b"127.0.0.1"]):
        refused = HostNames(SERVE).refuse(hosts)
        assert refused is not None
        assert refused[0] == 400


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "evil.example:8080", 421),
        ("/api/captures", "evil.example", 421),
        ("/web/2026id_/https://news.example/", "evil.example", 421),
        ("/healthz", "evil.example", 200),
        ("/", "127.0.0.1:8080", 200),  # a proxy that rewrites the name to where it connects
        ("/", "archive.example", 200),  # a proxy that keeps the name
    ],
)
def test_every_door_but_the_health_check_looks_at_the_name(shelf: Shelf, path: str, host: str, status: int) -> None:
    config = replace(shelf.config, serve=replace(shelf.config.serve, public_url="https://archive.example"))
    with Archive(config, for_readers=True) as archive:
        app = create_app(archive, config=config)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
                return await client.get(path, headers={"Host": host})

        answer = anyio.run(ask)
    assert answer.status_code == status
    assert (status != 421) or "[serve] hosts" in answer.json()["error"]["message"]
