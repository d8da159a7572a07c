"""A run's session: what a dead run left, and a store that is away for a while."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from archives import Kept
from exchanges import SteppingClock, exchange

from archiver.catalog import FrontierEntry
from archiver.config import Config
from archiver.config.home import MARKER
from archiver.config.settings import SpoolSection, StoreSection
from archiver.errors import StorageError
from archiver.fetch.run.session import RunSession
from archiver.model.capture import Kind
from archiver.model.record import Truncated
from archiver.model.run import Outcome
from archiver.model.surt import surt
from archiver.sealing import uploader


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setitem(uploader.Uploader.__init__.__kwdefaults__, "first_wait", 0.02)
    monkeypatch.setitem(uploader.Uploader.__init__.__kwdefaults__, "longest_wait", 0.05)
    config = Config(
        home=tmp_path / "archive", store=StoreSection(attempts=1), spool=SpoolSection(max_size=1, max_waiting=1)
    )
    return Kept(config, SteppingClock())


def opened(kept: Kept, *, run_id: str | None = None) -> RunSession:
    return RunSession.open(kept.config, kept.site("news"), clock=kept.clock, extract=False, run_id=run_id)


def commit(session: RunSession, path: str) -> None:
    session.commit(exchange(f"https://news.example/{path}", at=session.clock.now())).result(60)


def until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def spooled(kept: Kept) -> list[str]:
    return [path.name for path in (kept.config.home / "spool" / "news").glob("*")]


def test_a_full_spool_pauses_the_run_until_the_store_is_back_and_then_everything_drains(kept):
    session = opened(kept)
    assert session.paused is None
    kept.root.rename(kept.root.with_name("away"))
    kept.root.write_text("not a directory")
    commit(session, "a")
    until(lambda: session.paused is not None)
    commit(session, "b")  # what is in flight is kept all the same
    kept.root.unlink()
    kept.root.with_name("away").rename(kept.root)
    until(lambda: session.paused is None and not spooled(kept))
    run = session.close(Outcome.FINISHED)
    assert (run.captures, len(kept.keys("warcs/"))) == (2, 2)


def test_a_spool_with_room_does_not_pause_while_the_store_is_away(kept):
    roomy = replace(kept.config, spool=SpoolSection(max_size=1, max_waiting=10**9))
    session = opened(Kept(roomy, kept.clock))
    kept.root.rename(kept.root.with_name("away"))
    kept.root.write_text("not a directory")
    commit(session, "a")
    until(lambda: session._uploader.away is not None)
    assert session.paused is None
    with pytest.raises(StorageError):
        session.close(Outcome.FINISHED)
    assert len(spooled(kept)) == 1
    kept.root.unlink()
    kept.root.with_name("away").rename(kept.root)
    opened(kept).close(Outcome.FINISHED)
    assert (len(spooled(kept)), len(kept.keys("warcs/"))) == (0, 1)


def test_the_next_run_ends_the_one_that_was_killed_and_frees_what_it_leased(kept):
    kept = Kept(replace(kept.config, spool=SpoolSection()), kept.clock)
    killed = opened(kept, run_id="01KILLED")
    now = kept.clock.now()
    entry = FrontierEntry(
        site="news",
        key="k",
        url="https://news.example/k",
        kind=Kind.PAGE,
        via=None,
        hop="L",
        depth=0,
        priority=0,
        due_at=now,
        found_at=now,
    )
    killed.catalog.frontier.add([entry])
    assert len(killed.catalog.frontier.lease("news", run="01KILLED", limit=9, now=kept.clock.now(), seconds=600)) == 1
    commit(killed, "a")
    killed._lock.release()  # as the end of its process does
    session = opened(kept)
    dead = session.catalog.runs.get("01KILLED")
    assert (dead.outcome, len(dead.files)) == (Outcome.FAILED, 1)
    assert dead.ended_at > dead.started_at
    assert session.catalog.frontier.get("news", "k").lease_run is None
    session.close(Outcome.FINISHED)
    killed.catalog.close()


def test_uploads_that_were_never_completed_are_swept_when_a_run_begins(kept):
    opened(kept).close(Outcome.FINISHED)
    draft = kept.root / ".tmp" / "half"
    draft.write_bytes(b"half an object")
    kept.clock.at += timedelta(days=3650)
    opened(kept).close(Outcome.FINISHED)
    assert not draft.exists()


def test_what_an_older_release_took_for_cut_short_is_due_once_more_and_only_once(kept):
    kept = Kept(replace(kept.config, spool=SpoolSection()), kept.clock)
    session = opened(kept)
    later = kept.clock.now() + timedelta(days=30)
    urls = {name: f"https://news.example/{name}" for name in ("odd", "odd-then-whole", "cut", "whole")}
    for name, url in urls.items():
        kinds = {
            "odd": ["unspecified"],
            "odd-then-whole": ["unspecified", None],
            "cut": ["disconnect"],
            "whole": [None],
        }
        for truncated in kinds[name]:
            made = exchange(url, at=session.clock.now())
            made.truncated = Truncated(truncated) if truncated else None
            session.commit(made).result(60)
        row = FrontierEntry("news", surt(url), url, Kind.PAGE, None, "L", 0, 0, later, kept.clock.now())
        session.catalog.frontier.add([row])
    session.close(Outcome.FINISHED)

    def due() -> set[str]:
        with kept.catalog() as catalog:
            states = {name: catalog.frontier.get("news", surt(url)) for name, url in urls.items()}
            return {name for name, state in states.items() if state.entry.due_at < later}

    opened(kept).close(Outcome.FINISHED)
    assert due() == set()  # this archive was begun by a release that knows better
    (kept.config.home / MARKER).unlink()  # one from before has no marker
    opened(kept).close(Outcome.FINISHED)
    assert due() == {"odd"}
    with kept.catalog() as catalog:
        catalog.frontier.put_off("news", [surt(urls["odd"])], until=later)
    opened(kept).close(Outcome.FINISHED)
    assert due() == set()
