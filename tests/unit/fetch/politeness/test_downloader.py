"""The pause between two requests to one host."""

from __future__ import annotations

from random import Random

from archiver.fetch.politeness.downloader import HostSlot


def slot(*, delay: float = 1.0, jitter: float = 0.5, least: float = 0.0) -> HostSlot:
    return HostSlot("a.example", concurrency=1, delay=delay, jitter=jitter, least=lambda: least, random=Random(1))


def drawn(one: HostSlot, times: int = 500) -> list[float]:
    found = []
    for number in range(times):
        one.lastseen = float(number + 1)
        found.append(one.download_delay())
    return found


def test_jitter_only_lengthens_and_by_no_more_than_its_part() -> None:
    delays = drawn(slot())
    assert min(delays) >= 1.0
    assert max(delays) <= 1.5
    assert max(delays) - min(delays) > 0.45
    assert set(drawn(slot(jitter=0.0))) == {1.0}
    assert set(drawn(slot(delay=0.0))) == {0.0}


def test_one_pause_is_drawn_once() -> None:
    one = slot()
    one.lastseen = 5.0
    assert len({one.download_delay() for _ in range(50)}) == 1


def test_robots_txt_is_never_undercut_whatever_the_throttle_finds() -> None:
    one = slot(least=10.0, jitter=0.0)
    one.delay = 0.2
    assert one.delay == one.download_delay() == 10.0
    one.delay = 20.0
    assert one.download_delay() == 20.0
