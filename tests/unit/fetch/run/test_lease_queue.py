"""What a run takes from the frontier, in which order, and what it gives back: over a real catalogue, without a crawl."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.catalog import Catalog, FrontierEntry, VisitOutcome
from archiver.config import Config
from archiver.fetch.errors import HostBackedOff
from archiver.fetch.politeness.day_budget import RevisitBudget
from archiver.fetch.politeness.host_backoff import HostBackoff
from archiver.fetch.run.bounds import Bounds
from archiver.fetch.run.lease_queue import BATCH, CROWD_LOOK, LEASE, LeaseQueue
from archiver.fetch.run.leased_row import LeasedRow
from archiver.fetch.run.options import CrawlOptions
from archiver.model.capture import Kind

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class Desk:
    """A queue over a catalogue of its own, driven as the scheduler drives it."""

    def __init__(self, home: Path) -> None:
        self.clock = Hands()
        self.config = Config(home)
        self.catalog = Catalog.open(f"sqlite:///{home / 'catalog.sqlite3'}", clock=self.clock)
        self.backoff = HostBackoff(self.clock)
        self.waits: list[str] = []
        self.concurrency = 100
        self.now = 0.0

    def queue(self, *, run: str = "r1", options: CrawlOptions | None = None, daily: int = 0) -> LeaseQueue:
        return LeaseQueue(
            self.catalog,
            site="news",
            run_id=run,
            clock=self.clock,
            options=options or CrawlOptions(),
            bounds=Bounds(self.config),
            backoff=self.backoff,
            revisits=RevisitBudget(daily, "UTC", self.clock),
            concurrency=lambda _: self.concurrency,
            on_backed_off=self.waits.append,
        )

    def due(self, *paths: str, host: str = "a.example", kind: Kind = Kind.PAGE, priority: int = 100) -> None:
        entries = [
            FrontierEntry(
                "news", f"{host}/{p}", f"https://{host}/{p}", kind, None, "L", 0, priority, self.clock.at, self.clock.at
            )
            for p in paths
        ]
        self.catalog.frontier.add(entries)

    def take(self, queue: LeaseQueue) -> LeasedRow | None:
        """The next row, after as many leases as the queue asks for."""
        for _ in range(20):
            row = queue.take()
            refill = queue.refill(starved=row is None, now=self.now)
            if refill is not None:
                queue.accept(refill, queue.lease(refill), now=self.now)
            if row is not None or refill is None:
                return row
        raise AssertionError("the queue asks for leases without end")

    def take_all(self, queue: LeaseQueue) -> list[str]:
        keys = []
        while (row := self.take(queue)) is not None:
            keys.append(row.key)
        return keys


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.catalog.close()


def answered(row: LeasedRow) -> LeasedRow:
    row.answered, row.status = True, 200
    return row


def test_every_due_row_is_handed_out_once_and_then_there_is_no_more(desk: Desk) -> None:
    paths = [f"p{n}" for n in range(3 * BATCH + 1)]
    desk.due(*paths)
    queue = desk.queue()
    assert sorted(desk.take_all(queue)) == sorted(f"a.example/{p}" for p in paths)
    assert not queue.has_more
    assert len(queue.rows) == len(paths)


def test_two_runs_never_hold_the_same_row_and_a_dead_runs_lease_ends_by_itself(desk: Desk) -> None:
    desk.due(*(f"p{n}" for n in range(BATCH + 10)))
    first, second = desk.queue(run="r1"), desk.queue(run="r2")
    assert desk.take(first) is not None
    mine = {row.key for row in first.rows}
    assert mine
    others = set(desk.take_all(second))
    assert not mine & others
    desk.clock.at += timedelta(seconds=LEASE + 1)
    heir = desk.queue(run="r3")
    assert mine <= set(desk.take_all(heir))


def test_a_lease_that_is_renewed_does_not_end(desk: Desk) -> None:
    desk.due("p")
    queue = desk.queue()
    assert desk.take_all(queue) == ["a.example/p"]
    desk.clock.at += timedelta(seconds=LEASE - 1)
    queue.renew()
    desk.clock.at += timedelta(seconds=2)
    assert desk.take_all(desk.queue(run="r2")) == []


def test_what_is_released_is_due_for_the_next_run(desk: Desk) -> None:
    desk.due("a", "b")
    queue = desk.queue()
    assert len(desk.take_all(queue)) == 2
    queue.release()
    assert len(desk.take_all(desk.queue(run="r2"))) == 2


def test_a_host_has_no_more_under_way_than_it_may_and_others_go_on(desk: Desk) -> None:
    desk.concurrency = 1
    desk.due(*(f"p{n}" for n in range(5)))
    desk.due("q", host="b.example")
    queue = desk.queue()
    keys = desk.take_all(queue)
    assert sorted(key.split("/")[0] for key in keys) == ["a.example", "a.example", "b.example"]
    queue.end(answered(queue.rows[0]), found=False)
    assert len(desk.take_all(queue)) == 1


def test_other_hosts_are_leased_while_one_fills_the_line(desk: Desk) -> None:
    desk.concurrency = 1
    desk.due(*(f"p{n:04}" for n in range(600)), priority=200)
    desk.due("q", host="b.example", priority=1)
    queue = desk.queue()
    assert "b.example/q" in desk.take_all(queue)
    # Where there are no others, they are not looked for again at once.
    assert queue.refill(starved=True, now=desk.now) is None
    desk.now += CROWD_LOOK
    assert queue.refill(starved=True, now=desk.now) is not None


def test_rows_of_a_host_that_asked_for_a_rest_go_back_and_are_due_when_it_ends(desk: Desk) -> None:
    desk.due("p")
    desk.due("q", host="b.example")
    until = desk.clock.at + timedelta(minutes=5)
    queue = desk.queue()
    desk.backoff.hold("a.example", until)
    assert desk.take_all(queue) == ["b.example/q"]
    assert set(desk.waits) == {"a.example"}
    state = desk.catalog.frontier.get("news", "a.example/p")
    assert state is not None
    assert (state.entry.due_at, state.lease_run) == (until, None)
    desk.clock.at = until + timedelta(seconds=1)
    queue.expect_more()
    assert desk.take_all(queue) == ["a.example/p"]


def test_the_rest_that_another_run_was_asked_for_is_kept_by_this_one(desk: Desk) -> None:
    desk.due("p")
    desk.catalog.backoffs.put("a.example", until=desk.clock.at + timedelta(minutes=5), reason="status 429")
    assert desk.take_all(desk.queue()) == []


def test_after_the_limit_only_what_the_pages_need_is_taken(desk: Desk) -> None:
    desk.due("p1", "p2", "p3")
    desk.due("x.png", kind=Kind.REQUISITE, priority=10)
    queue = desk.queue(options=CrawlOptions(limit=2))
    keys = desk.take_all(queue)
    assert len([key for key in keys if not key.endswith(".png")]) == 2
    assert "a.example/x.png" in keys
    assert queue.limit_reached


def test_a_page_without_an_answer_does_not_count_towards_the_limit(desk: Desk) -> None:
    desk.due("p1", "p2")
    queue = desk.queue(options=CrawlOptions(limit=1))
    (first,) = desk.take_all(queue)
    (row,) = queue.rows
    row.error = OSError("no answer")
    queue.end(row, found=False)
    (second,) = desk.take_all(queue)
    assert first != second


def test_what_fell_due_again_while_the_run_goes_on_is_for_the_next(desk: Desk) -> None:
    desk.due("p")
    queue = desk.queue()
    row = desk.take(queue)
    assert row is not None
    desk.catalog.frontier.put_off("news", [row.key], until=desk.clock.at)
    queue.end(answered(row), found=True)
    assert desk.take_all(queue) == []
    queue.release()
    assert desk.take_all(desk.queue(run="r3")) == ["a.example/p"]


def test_a_row_whose_host_backed_off_may_be_handed_out_again_in_the_same_run(desk: Desk) -> None:
    desk.due("p")
    queue = desk.queue()
    row = desk.take(queue)
    assert row is not None
    row.error = HostBackedOff("a.example", desk.clock.at)
    desk.catalog.frontier.put_off("news", [row.key], until=desk.clock.at)
    queue.end(row, found=False)
    assert desk.take_all(queue) == ["a.example/p"]


def test_new_rows_are_written_with_the_next_lease_and_handed_out(desk: Desk) -> None:
    queue = desk.queue()
    assert desk.take_all(queue) == []
    entry = FrontierEntry("news", "k", "https://a.example/k", Kind.PAGE, None, "L", 0, 1, NOW, NOW)
    queue.add(entry, refresh=False)
    assert queue.has_more
    assert desk.take_all(queue) == ["k"]


def test_known_pages_beyond_the_days_revisits_are_put_off_and_new_ones_are_not(desk: Desk) -> None:
    desk.due("known1", "known2", "known3")
    first = desk.queue(run="r0")
    desk.take_all(first)
    for row in first.rows:
        desk.catalog.frontier.done(
            "news", row.key, now=NOW, decide=lambda _: VisitOutcome(NOW), status=200, candidates=[], stale_before=NOW
        )
    desk.due("new1", "new2", "new3")
    queue = desk.queue(daily=2)
    desk.clock.at = NOW.replace(hour=23)
    keys = desk.take_all(queue)
    assert len([key for key in keys if "known" in key]) == 2
    assert len([key for key in keys if "new" in key]) == 3


def test_sources_first_lets_pages_wait_until_they_have_answered(desk: Desk) -> None:
    desk.due("page")
    desk.due("feed", kind=Kind.SOURCE, priority=900)
    queue = desk.queue(options=CrawlOptions(sources_first=True))
    assert desk.take_all(queue) == ["a.example/feed"]
    (row,) = queue.rows
    queue.end(answered(row), found=True)
    assert desk.take_all(queue) == ["a.example/page"]
