"""Which of the leased rows goes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from archiver.catalog import FrontierEntry
from archiver.fetch.run.ready import CROWD, Ready
from archiver.model.capture import Kind

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def entry(url: str, kind: Kind = Kind.PAGE) -> FrontierEntry:
    base = FrontierEntry("s", url, f"http://{url}", Kind.PAGE, None, "L", 0, 0, NOW, NOW)
    return replace(base, kind=kind)


def filled(*entries: FrontierEntry, full: tuple[str, ...] = ()) -> Ready:
    ready = Ready(lambda host: host not in full)
    for each in entries:
        ready.add(each)
    return ready


def order(ready: Ready) -> list[str]:
    taken = []
    while (each := ready.take()) is not None:
        taken.append(each.key)
    return taken


def test_pages_go_first_and_one_in_four_is_a_requisite() -> None:
    pages = [entry(f"a/{n}") for n in range(6)]
    pictures = [entry(f"a/{n}.png", Kind.REQUISITE) for n in range(4)]
    ready = filled(*pictures, *pages)
    assert (len(ready), ready.pages, ready.requisites) == (10, 6, 4)
    assert order(ready) == [
        *("a/0", "a/1", "a/2", "a/0.png"),
        *("a/3", "a/4", "a/5", "a/1.png"),
        *("a/2.png", "a/3.png"),
    ]


def test_a_host_that_is_full_does_not_hold_up_the_others() -> None:
    ready = filled(entry("a/1"), entry("b/1"), entry("b/x.png", Kind.REQUISITE), full=("a",))
    assert order(ready) == ["b/1", "b/x.png"]
    assert len(ready) == 1


def test_after_a_limit_only_requisites_are_taken() -> None:
    ready = filled(entry("a/1"), entry("a/x.png", Kind.REQUISITE))
    taken = ready.take(only_requisites=True)
    assert taken is not None
    assert taken.key == "a/x.png"
    assert ready.take(only_requisites=True) is None


def test_hosts_with_many_waiting_rows_are_crowded() -> None:
    rows = [entry(f"a/{n}") for n in range(CROWD - 1)] + [entry(f"b/{n}") for n in range(CROWD)]
    ready = filled(*rows)
    assert ready.crowded() == {"b"}
    ready.add(entry("a/x.png", Kind.REQUISITE))
    assert ready.crowded() == {"a", "b"}
