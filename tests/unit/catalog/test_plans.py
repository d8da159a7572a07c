"""The query plans that long archives depend on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from archiver.catalog import CaptureFilter, Catalog, FrontierEntry
from archiver.model.capture import Kind
from archiver.model.instant import SystemClock

T0 = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite3'}", clock=SystemClock()) as opened:
        yield opened


@pytest.fixture
def plans(catalog: Catalog) -> list[str]:
    """What SQLite does for each query from here on."""
    seen: list[str] = []

    @event.listens_for(catalog.database.engine, "before_cursor_execute")
    def explain(connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if sql.startswith("SELECT") and not many:
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
            seen.extend(row[3] for row in cursor.fetchall())
            cursor.close()

    return seen


def entries(first: int, count: int) -> list[FrontierEntry]:
    return [
        FrontierEntry("s", f"k{n:08d}", f"https://s.example/{n}", Kind.PAGE, None, "L", 1, n % 3, T0, T0)
        for n in range(first, first + count)
    ]


def test_a_lease_reads_the_rows_in_their_turn(catalog: Catalog, plans: list[str]) -> None:
    catalog.frontier.lease("s", run="R", limit=8, now=T0, seconds=60)
    assert plans == ["SEARCH frontier USING INDEX ix_frontier_turn (site=?)"]


def test_the_next_due_time_is_read_from_indexes(catalog: Catalog, plans: list[str]) -> None:
    catalog.frontier.next_due_at("s")
    assert any("ix_frontier_due" in plan for plan in plans)
    assert any("ix_frontier_lease_run" in plan for plan in plans)
    assert not any("TEMP B-TREE" in plan for plan in plans)


@pytest.mark.parametrize(
    "wanted", [{}, {"site": "s"}, {"url": "https://s.example/*"}, {"status": 200}, {"surts": ("example,", "example-")}]
)
def test_captures_are_read_in_their_order_and_never_sorted_whole(
    catalog: Catalog, plans: list[str], wanted: dict[str, Any]
) -> None:
    assert list(catalog.captures.find(CaptureFilter(**wanted))) == []
    assert any("captures USING INDEX ix_captures_surt_at" in plan for plan in plans)
    assert "USE TEMP B-TREE FOR ORDER BY" not in plans


def test_a_few_captures_of_a_time_are_gathered_by_it(catalog: Catalog, plans: list[str]) -> None:
    assert list(catalog.captures.find(CaptureFilter(site="s", since=T0, until=T0 + timedelta(days=1)))) == []
    assert any("captures USING INDEX ix_captures_site_at" in plan for plan in plans)


def test_the_nearest_is_two_probes(catalog: Catalog, plans: list[str]) -> None:
    catalog.mementos.nearest("example,s)/", T0)
    assert [plan for plan in plans if "ORDER BY" in plan and "RIGHT PART" not in plan] == []
    assert sum("ix_captures_surt_at (surt=? AND at" in plan for plan in plans) == 2


def test_untried_pages_have_an_index_of_their_own(catalog: Catalog, plans: list[str]) -> None:
    catalog.captures.untried(site="s")
    assert any("ix_captures_untried" in plan for plan in plans)
