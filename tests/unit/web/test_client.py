"""What counts as one client."""

from __future__ import annotations

import pytest

from archiver.web.rates import client_of


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unknown", "_hidden", False),
    ],
)
def test_a_house_is_one_client_however_many_addresses_it_has(one: str, other: str, same: bool) -> None:
    assert (client_of(one) == client_of(other)) is same


def test_what_a_proxy_names_is_bounded() -> None:
    assert len(client_of("x" * 10_000)) == 64
