"""The proxy that is configured, and what is not asked of one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from archiver.config import Config, load
from archiver.errors import ConfigError
from archiver.fetch.network.connect_to import ConnectTo
from archiver.fetch.network.guard import AddressGuard
from archiver.fetch.network.proxy import Proxy, why_not_through_proxy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://proxy.example:3128", Proxy("proxy.example", 3128)),
        ("proxy.example:3128", Proxy("proxy.example", 3128)),
        ("http://proxy.example/", Proxy("proxy.example", 80)),
        ("http://[::1]:8080", Proxy("::1", 8080)),
        ("http://u:p%40:x@10.0.0.1:1", Proxy("10.0.0.1", 1, b"Basic dTpwQDp4")),
        ("http://u@proxy.example", Proxy("proxy.example", 80, b"Basic dTo=")),
    ],
)
def test_a_proxy_is_read(tmp_path: Path, text: str, expected: Proxy) -> None:
    assert Proxy.of(Config(tmp_path).with_fetch(proxy=text)) == expected


def test_no_proxy_is_none_whatever_the_environment_says(tmp_path: Path) -> None:
    config = load(tmp_path, {"HTTP_PROXY": "http://proxy.example:1", "https_proxy": "http://proxy.example:1"})
    assert Proxy.of(config) is None


def test_a_proxy_has_an_address_without_its_credentials() -> None:
    assert Proxy("::1", 8080, b"Basic x").url == "http://[::1]:8080"
    assert Proxy("proxy.example", 80).url == "http://proxy.example:80"


@pytest.mark.parametrize("text", ["socks5://h:1", "https://h:1", "http://", "http://u:secret@h:port", "http://h/path"])
def test_what_is_no_proxy_is_refused_without_showing_a_password(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="proxy") as refused:
        Proxy.of(Config(tmp_path).with_fetch(proxy=text))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("guard", "host", "refused"),
    [
        (AddressGuard(), "127.0.0.1", True),
        (AddressGuard(), "[::ffff:10.0.0.1]", True),
        (AddressGuard(), "8.8.8.8", False),
        (AddressGuard(), "localhost", True),
        (AddressGuard(allow_private=True), "127.0.0.1", False),
        (AddressGuard(ConnectTo.parse(["127.0.0.1:80::"])), "127.0.0.1", False),
        (AddressGuard(proxy=("127.0.0.1", 80)), "127.0.0.1", True),
        (AddressGuard(model=True), "8.8.8.8", True),
        (AddressGuard(), "no-such-name.invalid", False),
    ],
)
def test_what_is_private_is_not_asked_of_a_proxy(guard: AddressGuard, host: str, refused: bool) -> None:
    assert (asyncio.run(why_not_through_proxy(guard, host, 80)) is not None) == refused


def test_only_the_proxy_that_was_configured_may_stand_anywhere() -> None:
    guard = AddressGuard(proxy=("127.0.0.1", 3128))
    assert guard.refuses("127.0.0.1", 3128, "127.0.0.1") is None
    assert guard.refuses("127.0.0.1", 80, "127.0.0.1") is not None


@pytest.mark.parametrize(
    ("given", "where"), [({"ARCHIVER_FETCH_REQUISITES": "true"}, "ARCHIVER_FETCH_REQUISITES"), ({}, "requisites")]
)
def test_requisites_is_one_of_three_words(tmp_path: Path, given: dict[str, str], where: str) -> None:
    (tmp_path / "archiver.toml").write_text('[fetch]\nrequisites = "some"\n')
    with pytest.raises(ConfigError, match="one of all, site, none") as refused:
        load(tmp_path, given)
    assert where in str(refused.value)
