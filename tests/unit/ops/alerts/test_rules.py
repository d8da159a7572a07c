"""What is looked for, over a real catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.catalog import Catalog
from archiver.catalog.sources import SourceState
from archiver.config import Config
from archiver.model.alert import AlertRule, Finding
from archiver.model.run import Outcome, Run
from archiver.model.schedule import Schedule, Slot, SlotState
from archiver.model.site import SourceKind
from archiver.ops.alerts.rules import look
from archiver.ops.schedule.deciding import add_schedule, pause_schedule, remove_schedule

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


class HeldClock:
    def now(self) -> datetime:
        return NOW - timedelta(minutes=1)


class Place:
    def __init__(self, home: Path) -> None:
        self.config = Config(home=home)
        (home / "sites").mkdir(parents=True)
        (home / "sites" / "town.toml").write_text('name = "town"\nhosts = [{ name = "town.example" }]\n')
        self.catalog = Catalog.open(self.config.catalog_url, clock=HeldClock())
        self.free = 0.5

    def found(self, **alerts: object) -> list[Finding]:
        config = replace(self.config, alerts=replace(self.config.alerts, **alerts))  # type: ignore[arg-type]
        return look(self.catalog, config, now=NOW, disk=lambda _: (int(self.free * 1_000_000), 1_000_000))

    def rules(self, **alerts: object) -> list[AlertRule]:
        return [finding.rule for finding in self.found(**alerts)]

    def scheduled(self) -> Schedule:
        return add_schedule(self.catalog, self.config, "town", cron="0 * * * *", zone="UTC")

    def slots(self, schedule: Schedule, *slots: tuple[int, SlotState, str | None]) -> None:
        self.catalog.schedules.apply(
            [
                Slot(schedule.id, "town", at, at, state=state, reason=reason)
                for hour, state, reason in slots
                for at in [NOW.replace(hour=hour, minute=0)]
            ]
        )

    def runs(self, *counts: tuple[int, int], outcome: Outcome = Outcome.FINISHED) -> None:
        """Runs of these pages and articles, the oldest first."""
        for n, (pages, articles) in enumerate(counts):
            at = NOW - (len(counts) - n) * HOUR
            self.catalog.runs.end(
                Run(f"{n:026}", "town", at, at, outcome, captures=pages, pages=pages, articles=articles)
            )

    def source(self, **facts: object) -> None:
        state = SourceState("town", "k", "https://town.example/feed", SourceKind.FEED, HOUR, NOW)
        self.catalog.sources.put(replace(state, **facts))  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "archive")
    yield made
    made.catalog.close()


def test_an_archive_in_good_order_raises_nothing(place):
    schedule = place.scheduled()
    place.slots(schedule, (10, SlotState.FAILED, "no store"), (11, SlotState.RAN, None), (12, SlotState.RAN, None))
    place.runs(*[(40, 30)] * 12)
    place.source(good_at=NOW, fresh_at=NOW - HOUR)
    assert place.found() == []


@pytest.mark.parametrize(
    ("state", "reason", "rule"),
    [
        (SlotState.FAILED, "the run died", AlertRule.SLOT_FAILED),
        (SlotState.LATE, None, AlertRule.SLOT_LATE),
        (SlotState.PLANNED, None, AlertRule.SLOT_LATE),
        (SlotState.QUEUED, None, AlertRule.SLOT_LATE),
        (SlotState.SKIPPED, "missed: no service ran", AlertRule.SLOT_MISSED),
        (SlotState.SKIPPED, "overlap: the run before is under way", AlertRule.SLOT_MISSED),
    ],
)
def test_a_slot_that_did_not_run_in_time_is_told_until_one_does(place, state, reason, rule):
    schedule = place.scheduled()
    place.slots(schedule, (9, SlotState.RAN, None), (10, state, reason), (11, state, reason))
    (finding,) = place.found()
    assert (finding.rule, finding.subject, finding.site) == (rule, schedule.id, "town")
    assert "2026-05-04T11:00:00.000Z" in finding.text
    assert "2 since the last that ran" in finding.text
    assert finding.facts["slots"] == 2
    place.slots(schedule, (12, SlotState.RAN, None))
    assert place.found() == []


def test_slots_of_a_paused_schedule_and_those_that_a_person_skipped_are_no_fault(place):
    schedule = place.scheduled()
    pause_schedule(place.catalog, schedule)
    place.slots(schedule, (10, SlotState.PLANNED, None), (11, SlotState.SKIPPED, "the schedule is paused"))
    assert place.found() == []


def test_what_failed_is_still_wrong_when_its_schedule_is_paused(place):
    schedule = place.scheduled()
    place.slots(schedule, (11, SlotState.FAILED, "the run died"))
    pause_schedule(place.catalog, schedule)
    place.slots(schedule, (12, SlotState.SKIPPED, "the schedule is paused"))
    assert place.rules() == [AlertRule.SLOT_FAILED]
    remove_schedule(place.catalog, schedule)
    assert place.found() == []


def test_a_run_that_shrinks_against_its_own_history_is_told_with_both_figures(place):
    place.runs(*[(40, 30), (60, 45)] * 5, (12, 9))
    (finding,) = place.found()
    assert finding.rule is AlertRule.RUN_SHRANK
    assert (finding.facts["pages"], finding.facts["usual"]) == (12, 40)


def test_quiet_nights_and_sites_without_history_do_not_count_as_shrunken(place):
    place.runs(*[(60, 45), (2, 1)] * 6, (1, 1))
    assert place.rules() == []


def test_runs_that_were_cut_short_are_not_measured(place):
    place.runs(*[(40, 30)] * 10)
    place.catalog.runs.end(Run("9" * 26, "town", NOW, NOW, Outcome.LIMIT, pages=3))
    assert place.rules() == []


def test_a_site_whose_pages_are_no_longer_read_as_articles_is_told(place):
    place.runs(*[(20, 16)] * 9, *[(20, 4)] * 3)
    (finding,) = place.found()
    assert finding.rule is AlertRule.EXTRACTION_FELL
    assert (finding.facts["now"], finding.facts["before"]) == (0.2, 0.8)
    assert place.rules(extraction=0.2) == []


def test_a_site_with_a_schedule_is_looked_at_however_many_runs_others_had_since(place):
    place.scheduled()
    place.runs(*[(20, 16)] * 9, *[(20, 4)] * 3)
    for n in range(510):
        place.catalog.runs.end(Run(f"Z{n:025}", "village", NOW, NOW, Outcome.FINISHED, pages=1))
    assert place.rules() == [AlertRule.EXTRACTION_FELL]


def test_a_source_that_fails_again_and_again_is_told_with_its_reason(place):
    place.source(failures=4, reason="status 403")
    assert place.found() == []
    place.source(failures=5, reason="status 403")
    (finding,) = place.found()
    assert finding.rule is AlertRule.SOURCE_FAILS
    assert "status 403" in finding.text
    assert finding.subject == "town https://town.example/feed"


def test_a_source_that_names_nothing_new_for_long_is_quiet_and_one_that_never_did_is_not(place):
    place.source(good_at=NOW)
    assert place.found() == []
    place.source(good_at=NOW, fresh_at=NOW - timedelta(days=4, seconds=1))
    assert place.rules() == [AlertRule.SOURCE_QUIET]


def test_one_full_disk_is_told_once_though_home_spool_and_store_lie_on_it(place):
    place.config.spool_dir.mkdir(parents=True)
    Path(place.config.store_url).mkdir(parents=True)
    place.free = 0.04
    assert place.rules() == [AlertRule.DISK_FULL]


def test_a_spool_that_fills_is_told(place):
    folder = place.config.spool_dir / "town"
    folder.mkdir(parents=True)
    with (folder / "town-20260504000000000-00000-host.warc.gz").open("wb") as file:
        file.truncate(place.config.spool.max_waiting // 2 + 1)
    assert place.rules() == [AlertRule.SPOOL_FULL]
