"""How gently a site is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.config import Config
from archiver.errors import ConfigError, UsageError
from archiver.fetch.network.connect_to import ConnectTo
from archiver.fetch.politeness.pace import Pace, Politeness, politeness
from archiver.fetch.run.options import CrawlOptions
from archiver.model.site import Host, Site

SITE = Site("s", hosts=(Host("a.example"), Host("b.example")))
ONE = ConnectTo.parse(["a.example:80:127.0.0.1:80"])


def ask(options: CrawlOptions, connect_to: ConnectTo = ONE, site: Site = SITE, **fetch: float) -> Politeness:
    return politeness(Config(Path("/h")).with_fetch(**fetch), site, options, connect_to)


def test_covered_hosts_are_asked_at_once_and_others_each_second() -> None:
    polite = ask(CrawlOptions())
    assert polite.pace("a.example") == Pace(0.0, 8)
    assert polite.pace("b.example") == Pace(1.0, 1)
    assert polite.throttle


def test_a_delay_that_is_asked_for_is_kept_and_ends_the_throttle() -> None:
    polite = ask(CrawlOptions(delay=2.0, concurrency=3))
    assert polite.pace("a.example") == polite.pace("b.example") == Pace(2.0, 3)
    assert not polite.throttle


def test_a_short_delay_is_for_covered_hosts_only() -> None:
    polite = ask(CrawlOptions(delay=0.1))
    assert (polite.pace("a.example").delay, polite.pace("b.example").delay) == (0.1, 1.0)
    with pytest.raises(UsageError):
        ask(CrawlOptions(delay=0.1), ConnectTo())
    with pytest.raises(ConfigError):
        ask(CrawlOptions(), ConnectTo(), delay=0.1)


def test_a_site_file_knows_better_than_the_configuration() -> None:
    site = Site("s", hosts=(Host("b.example"),), delay=5.0, concurrency=2)
    assert ask(CrawlOptions(), site=site).pace("b.example") == Pace(5.0, 2)
