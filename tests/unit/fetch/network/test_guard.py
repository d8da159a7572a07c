"""No connection to an address that is not public."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address

from archiver.config import Config
from archiver.config.settings import ArchiveSection
from archiver.fetch.network.connect_to import ConnectTo
from archiver.fetch.network.guard import AddressGuard, why_forbidden
from archiver.fetch.network.resolve import GuardedResolver

FORBIDDEN = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:0808:0808::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "2600:1::5efe:10.0.0.1",
    "2600:1::200:5efe:127.0.0.1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "192.167.1.1",
    "198.17.1.1",
    "198.20.0.1",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700::1111",
    "2a00:1450::1",
    "2400:cb00::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "[2606:4700::1111]",
    "2600:1::5efe:8.8.8.8",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert why_forbidden(address)
    assert AddressGuard().refuses("a.example", 80, address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_allowed(address: str) -> None:
    assert why_forbidden(address) is None


@pytest.mark.parametrize("text", ["", "localhost", "2130706433", "0x7f.1", "1.2.3", "1.2.3.4.5", "g::1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert why_forbidden(text)


def test_connect_to_and_allow_private_are_the_only_ways_round() -> None:
    covered = AddressGuard(ConnectTo.parse(["a.example:80:127.0.0.1:8080"]))
    assert covered.refuses("a.example", 80, "127.0.0.1") is None
    assert covered.refuses("a.example", 81, "127.0.0.1")
    assert covered.refuses("b.example", 80, "127.0.0.1")
    assert AddressGuard(allow_private=True).refuses("b.example", 80, "127.0.0.1") is None


def test_a_model_archive_reaches_covered_hosts_only(tmp_path: Path) -> None:
    config = replace(Config(tmp_path), archive=ArchiveSection(model=True)).with_fetch(
        connect_to=("a.example:80:127.0.0.1:8080",), allow_private=True
    )
    guard = AddressGuard.of(config)
    assert guard.refuses("a.example", 80, "127.0.0.1") is None
    assert guard.refuses("b.example", 80, "8.8.8.8")


class Names:
    """A resolver with one answer."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[tuple[str, int]] = []

    def resolveHostName(self, receiver: Any, name: str, port: int, *_: Any) -> None:
        self.asked.append((name, port))
        receiver.resolutionBegan(None)
        for address in self.addresses:
            receiver.addressResolved(IPv4Address("TCP", address, port))
        receiver.resolutionComplete()


class Answer:
    """What a connection would be made to."""

    def __init__(self) -> None:
        self.addresses: list[tuple[str, int]] = []
        self.complete = False

    def resolutionBegan(self, _: Any) -> None:
        pass

    def addressResolved(self, address: Any) -> None:
        self.addresses.append((address.host, address.port))

    def resolutionComplete(self) -> None:
        self.complete = True


def resolve(guard: AddressGuard, names: Names, host: str, port: int = 80) -> tuple[Answer, list[str]]:
    answer, refused = Answer(), []
    GuardedResolver(names, guard, lambda _, why: refused.append(why)).resolveHostName(answer, host, portNumber=port)
    assert answer.complete
    return answer, refused


def test_of_mixed_answers_only_the_public_ones_are_connected_to() -> None:
    answer, refused = resolve(AddressGuard(), Names("10.0.0.1", "8.8.8.8", "127.0.0.1"), "a.example")
    assert answer.addresses == [("8.8.8.8", 80)]
    assert len(refused) == 2


def test_a_literal_address_is_checked_like_a_name() -> None:
    names = Names()
    answer, refused = resolve(AddressGuard(), names, "169.254.169.254")
    assert (answer.addresses, len(refused), names.asked) == ([], 1, [])


def test_a_covered_name_is_not_resolved() -> None:
    names = Names("8.8.8.8")
    answer, _ = resolve(AddressGuard(ConnectTo.parse(["a.example:80:127.0.0.1:8080"])), names, "a.example")
    assert (answer.addresses, names.asked) == ([("127.0.0.1", 8080)], [])


def test_a_rule_may_name_another_host() -> None:
    names = Names("10.1.1.1")
    answer, _ = resolve(AddressGuard(ConnectTo.parse(["a.example:80:intern.example:8080"])), names, "a.example")
    assert (answer.addresses, names.asked) == ([("10.1.1.1", 8080)], [("intern.example", 8080)])
