"""Several processes and threads on one catalogue; and what a killed one leaves."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from archiver.catalog import Catalog, FrontierEntry
from archiver.catalog.database import Database
from archiver.errors import CatalogError
from archiver.model.capture import Kind
from archiver.model.instant import SystemClock

T0 = datetime(2026, 11, 24, tzinfo=UTC)
COMMON = """
import sys
from datetime import UTC, datetime
from sqlalchemy import text
from archiver.catalog import Catalog, FrontierEntry
from archiver.model.capture import Capture, Kind
from archiver.model.instant import SystemClock
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType
T0 = datetime(2026, 11, 24, tzinfo=UTC)
def capture(name, n):
    return Capture(f"https://s.example/{name}/{n}", f"example,s)/{name}/{n}", T0, 200, None, None, RecordType.RESPONSE,
                   Kind.PAGE, "s", name, RecordId(f"{name}-{n}"), RecordRef(BlobKey(f"warcs/{name}.warc.gz"), n, 1))
url, name = sys.argv[1:]
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'catalog.sqlite3'}"


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    with Catalog.open(url, clock=SystemClock()) as opened:
        yield opened


def start(program: str, url: str, name: str) -> subprocess.Popen[str]:
    code = COMMON + textwrap.dedent(program)
    return subprocess.Popen([sys.executable, "-c", code, url, name], stdout=subprocess.PIPE, text=True)


def entry(key: str) -> FrontierEntry:
    return FrontierEntry("s", key, f"https://s.example/{key}", Kind.PAGE, None, "", 0, 0, T0, T0)


def test_processes_that_open_and_write_at_once_lose_nothing(url: str) -> None:
    """The place is empty at the start: they also race for making the tables."""
    program = """
        with Catalog.open(url, clock=SystemClock()) as catalog:
            for n in range(0, 400, 8):
                assert catalog.captures.add([capture(name, n + k) for k in range(8)]) == 8
    """
    children = [start(program, url, f"p{n}") for n in range(3)]
    for child in children:
        child.communicate()
    assert [child.returncode for child in children] == [0, 0, 0]
    with Catalog.open(url, clock=SystemClock()) as catalog:
        assert sum(1 for _ in catalog.captures.find()) == 1200


def test_processes_that_lease_at_once_never_get_the_same_url(catalog: Catalog, url: str) -> None:
    catalog.frontier.add([entry(f"k{n:03d}") for n in range(300)])
    program = """
        with Catalog.open(url, clock=SystemClock()) as catalog:
            while taken := catalog.frontier.lease("s", run=name, limit=7, now=T0, seconds=60):
                for one in taken:
                    print(one.key)
    """
    children = [start(program, url, f"p{n}") for n in range(3)]
    taken = [key for child in children for key in child.communicate()[0].split()]
    assert [child.returncode for child in children] == [0, 0, 0]
    assert sorted(taken) == [f"k{n:03d}" for n in range(300)]


def test_threads_may_share_one_catalogue(catalog: Catalog) -> None:
    catalog.frontier.add([entry(f"k{n:03d}") for n in range(200)])

    def work(name: str) -> list[str]:
        taken = []
        while batch := catalog.frontier.lease("s", run=name, limit=3, now=T0, seconds=60):
            for one in batch:
                catalog.frontier.done("s", one.key, now=T0, next_due=None, status=200)
                taken.append(one.key)
            catalog.frontier.counts("s", now=T0)
        return taken

    with ThreadPoolExecutor(6) as pool:
        taken = [key for keys in pool.map(work, [f"t{n}" for n in range(6)]) for key in keys]
    assert sorted(taken) == [f"k{n:03d}" for n in range(200)]


def test_a_process_killed_in_a_transaction_leaves_nothing_of_it(catalog: Catalog, url: str, tmp_path: Path) -> None:
    catalog.frontier.add([entry("k")])
    program = """
        catalog = Catalog.open(url, clock=SystemClock())
        catalog.captures.add([capture(name, 1)])
        from archiver.catalog.captures import Captures
        from archiver.catalog.frontier import Frontier
        def work(connection):
            Captures._add.__wrapped__(catalog.captures, connection, [capture(name, 2)])
            Frontier.done.__wrapped__(catalog.frontier, connection, "s", "k", now=T0, status=200)
            print("inside", flush=True)
            sys.stdin.read()
        catalog.database.write(work)
    """
    code = COMMON + textwrap.dedent(program)
    child = subprocess.Popen(
        [sys.executable, "-c", code, url, "p"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "inside\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    child.stdin.close()

    assert [capture.record_id for capture in catalog.captures.find()] == ["p-1"]
    state = catalog.frontier.get("s", "k")
    assert state is not None
    assert state.visits == 0
    assert [e.key for e in catalog.frontier.lease("s", run="next", limit=9, now=T0, seconds=60)] == ["k"]
    check = sqlite3.connect(tmp_path / "catalog.sqlite3")
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert check.execute("PRAGMA foreign_key_check").fetchall() == []
    check.close()


def test_a_reader_is_not_held_up_by_a_writer(catalog: Catalog) -> None:
    catalog.frontier.add([entry("k")])
    seen: list[object] = []

    def work(connection: object) -> None:
        seen.append(catalog.frontier.get("s", "k"))

    catalog.database.write(work)
    assert seen == [catalog.frontier.get("s", "k")]


def test_a_database_that_stays_busy_is_an_error_of_the_catalogue(catalog: Catalog, url: str) -> None:
    impatient = Database(url, busy_timeout=0.01, attempts=3)
    tries: list[int] = []

    def inside(_connection: object) -> None:
        with pytest.raises(CatalogError, match="locked by another process"):
            impatient.write(lambda c: tries.append(1))

    catalog.database.write(inside)
    assert tries == []
    impatient.close()


def test_a_transaction_is_tried_again_when_it_was_busy(catalog: Catalog) -> None:
    tries: list[int] = []

    def work(connection: object) -> str:
        tries.append(1)
        if len(tries) < 3:
            busy = sqlite3.OperationalError("database is locked")
            busy.sqlite_errorname = "SQLITE_BUSY"
            raise OperationalError("SELECT", {}, busy)
        return "done"

    assert catalog.database.write(work) == "done"
    assert len(tries) == 3


def test_any_other_error_is_not_tried_again(catalog: Catalog) -> None:
    tries: list[int] = []

    def work(connection: object) -> None:
        tries.append(1)
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))  # type: ignore[attr-defined]

    with pytest.raises(CatalogError, match="no such table: nowhere"):
        catalog.database.write(work)
    assert len(tries) == 1


def test_an_error_of_the_caller_undoes_the_transaction_and_passes(catalog: Catalog) -> None:
    def work(connection: object) -> None:
        connection.execute(text("INSERT INTO journal VALUES ('1', 1, 'event', '{}', 0)"))  # type: ignore[attr-defined]
        raise KeyError("mine")

    with pytest.raises(KeyError):
        catalog.database.write(work)
    assert catalog.database.read(lambda c: c.execute(text("SELECT count(*) FROM journal")).scalar()) == 0
