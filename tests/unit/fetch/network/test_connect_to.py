"""curl's --connect-to."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.config import Config
from archiver.errors import ConfigError, UsageError
from archiver.fetch.network.connect_to import ConnectTo


@pytest.mark.parametrize(
    ("rule", "connection", "goes_to"),
    [
        ("a.example:80:127.0.0.1:8080", ("a.example", 80), ("127.0.0.1", 8080)),
        ("a.example:80:127.0.0.1:8080", ("A.Example.", 80), ("127.0.0.1", 8080)),
        ("a.example:80:127.0.0.1:8080", ("a.example", 443), ("a.example", 443)),
        ("a.example:80:127.0.0.1:8080", ("b.example", 80), ("b.example", 80)),
        (":80:127.0.0.1:8080", ("b.example", 80), ("127.0.0.1", 8080)),
        ("a.example::127.0.0.1:8080", ("a.example", 443), ("127.0.0.1", 8080)),
        ("::127.0.0.1:8080", ("x.example", 12), ("127.0.0.1", 8080)),
        ("a.example:80::8080", ("a.example", 80), ("a.example", 8080)),
        ("a.example:80:other.example:", ("a.example", 80), ("other.example", 80)),
        (":::", ("a.example", 80), ("a.example", 80)),
        ("a.example:443:[::1]:8443", ("a.example", 443), ("::1", 8443)),
        ("[2001:db8::1]:443:[::1]:8443", ("2001:db8::1", 443), ("::1", 8443)),
    ],
)
def test_a_connection_goes_where_curl_sends_it(
    rule: str, connection: tuple[str, int], goes_to: tuple[str, int]
) -> None:
    assert ConnectTo.parse([rule]).target(*connection) == goes_to


def test_the_first_rule_that_matches_wins() -> None:
    rules = ConnectTo.parse(["a.example:80:10.0.0.1:1", "a.example::10.0.0.2:2", "::10.0.0.3:3"])
    assert rules.target("a.example", 80) == ("10.0.0.1", 1)
    assert rules.target("a.example", 81) == ("10.0.0.2", 2)
    assert rules.target("b.example", 81) == ("10.0.0.3", 3)


def test_a_host_is_covered_by_its_rules_only() -> None:
    rules = ConnectTo.parse(["a.example:80:127.0.0.1:8080"])
    assert rules.covers("a.example", 80)
    assert not rules.covers("a.example", 443)
    assert rules.covers_host("a.example")
    assert not rules.covers_host("b.example")
    assert not ConnectTo().covers_host("a.example")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.example",
        "a.example:80",
        "a.example:80:127.0.0.1",
        "a.example:80:127.0.0.1:80:80",
        "a.example:http:127.0.0.1:80",
        "a.example:0:127.0.0.1:80",
        "a.example:80:127.0.0.1:65536",
        "a.example:80:127.0.0.1:999999999999",
        "a.example:80:::1:80",
        "a b:80:127.0.0.1:80",
    ],
)
def test_a_rule_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        ConnectTo.parse([text])
    with pytest.raises(ConfigError, match="connect_to"):
        ConnectTo.of(Config(tmp_path).with_fetch(connect_to=(text,)))
