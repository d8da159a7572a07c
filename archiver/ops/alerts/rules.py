"""What is looked for. Each rule reads what the archive knows of itself and says what is wrong now; no site is contacted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.model.alert import AlertRule, Finding
from archiver.model.instant import rfc3339
from archiver.model.run import Outcome, Run
from archiver.model.schedule import FINAL, Schedule, Slot, SlotState, Standing
from archiver.records.spool import spool_bytes

SLOTS_BACK = 200
"""Slots of a schedule that are looked at, back to the last one that ran."""
RUNS_BACK = 31
"""Runs of a site that are its history."""
LEAST_RUNS = 5
LEAST_PAGES = 4
RECENT = 3
"""Runs whose pages make the extraction rate of now."""


def look(
    catalog: Catalog,
    config: Config,
    *,
    now: datetime,
    disk: Callable[[Path], tuple[int, int]] = lambda path: (
        shutil.disk_usage(path).free,
        shutil.disk_usage(path).total,
    ),
) -> list[Finding]:
    """Everything that is wrong now. ``disk`` gives free and total bytes at a path. Raises ``CatalogError``."""
    schedules = catalog.schedules.find()
    found = [finding for schedule in schedules for finding in _slots(catalog, schedule, now)]
    # Sites that are crawled by hand alone are known by their runs.
    for site in sorted({s.site for s in schedules} | {run.site for run in catalog.runs.find(limit=500)}):
        runs = [run for run in catalog.runs.find(site, limit=RUNS_BACK) if run.outcome is Outcome.FINISHED]
        found += [*_shrunken(site, runs, config), *_extraction(site, runs, config)]
    found += _sources(catalog, config, now)
    found += _space(catalog, config, disk)
    return found


def _slots(catalog: Catalog, schedule: Schedule, now: datetime) -> Iterator[Finding]:
    """Slots since the last one that ran: the next that runs resolves all of it. What failed is still wrong while paused."""
    if schedule.standing is Standing.REMOVED:
        return
    grace = timedelta(seconds=schedule.grace)
    bad: dict[AlertRule, list[Slot]] = {}
    for slot in catalog.schedules.slots(schedule=schedule.id, until=now, limit=SLOTS_BACK):
        if slot.state is SlotState.RAN:
            break
        rule = _rule_of(slot, grace, now)
        if rule is AlertRule.SLOT_LATE and schedule.standing is Standing.PAUSED and slot.state not in FINAL:
            continue
        if rule is not None:
            bad.setdefault(rule, []).append(slot)
    words = {AlertRule.SLOT_MISSED: "did not run", AlertRule.SLOT_LATE: "is late", AlertRule.SLOT_FAILED: "failed"}
    for rule, slots in bad.items():
        newest = slots[0]
        more = f" ({len(slots)} since the last that ran)" if len(slots) > 1 else ""
        why = f": {newest.reason}" if newest.reason else ""
        yield Finding(
            rule,
            schedule.id,
            f"{schedule.site}: the slot of {rfc3339(newest.planned_at)} {words[rule]}{more}{why}",
            schedule.site,
            {"slot": newest.as_json(), "slots": len(slots)},
        )


def _rule_of(slot: Slot, grace: timedelta, now: datetime) -> AlertRule | None:
    if slot.state is SlotState.FAILED:
        return AlertRule.SLOT_FAILED
    if slot.state is SlotState.SKIPPED:
        missed = (slot.reason or "").startswith(("missed", "overlap"))
        return AlertRule.SLOT_MISSED if missed else None
    if slot.state is SlotState.LATE or (
        slot.state in {SlotState.PLANNED, SlotState.QUEUED} and now - slot.due_at > grace
    ):
        return AlertRule.SLOT_LATE
    started_late = slot.state not in FINAL and slot.started_at is not None and slot.started_at - slot.due_at > grace
    return AlertRule.SLOT_LATE if started_late else None


def _shrunken(site: str, runs: Sequence[Run], config: Config) -> Iterator[Finding]:
    """The newest whole run against the lower quarter of those before it, since nights are quieter than days."""
    if len(runs) <= LEAST_RUNS:
        return
    newest, before = runs[0], [run.pages for run in runs[1:]]
    usual = quantiles(before, n=4)[0]
    if usual >= LEAST_PAGES and newest.pages < config.alerts.shrink * usual:
        yield Finding(
            AlertRule.RUN_SHRANK,
            site,
            f"{site}: run {newest.id} took {newest.pages} pages; three of four runs before it took {usual:g} or more",
            site,
            {"run": newest.id, "pages": newest.pages, "usual": usual},
        )


def _extraction(site: str, runs: Sequence[Run], config: Config) -> Iterator[Finding]:
    """Articles among the pages of the newest runs, against those of the runs before."""
    recent, before = runs[:RECENT], runs[RECENT:]
    now_pages, then_pages = sum(run.pages for run in recent), sum(run.pages for run in before)
    if now_pages < 10 or then_pages < 20:
        return
    now_rate = sum(run.articles for run in recent) / now_pages
    then_rate = sum(run.articles for run in before) / then_pages
    if then_rate > 0 and now_rate < config.alerts.extraction * then_rate:
        yield Finding(
            AlertRule.EXTRACTION_FELL,
            site,
            f"{site}: {now_rate:.0%} of the newest {now_pages} pages are articles, against {then_rate:.0%} before; "
            "has the site been rebuilt?",
            site,
            {"now": round(now_rate, 4), "before": round(then_rate, 4)},
        )


def _sources(catalog: Catalog, config: Config, now: datetime) -> Iterator[Finding]:
    """Sources that fail again and again, or name nothing new for long though they did before."""
    quiet = timedelta(days=config.alerts.quiet_days)
    for source in catalog.sources.find():
        subject = f"{source.site} {source.url}"
        if source.failures >= config.alerts.source_failures:
            text = f"{source.site}: source {source.url} failed {source.failures} times in a row: {source.reason or '?'}"
            yield Finding(
                AlertRule.SOURCE_FAILS, subject, text, source.site, {"url": source.url, "failures": source.failures}
            )
        elif source.fresh_at is not None and now - source.fresh_at > quiet:
            text = f"{source.site}: source {source.url} has named nothing new since {rfc3339(source.fresh_at)}"
            yield Finding(
                AlertRule.SOURCE_QUIET,
                subject,
                text,
                source.site,
                {"url": source.url, "since": rfc3339(source.fresh_at)},
            )


def _space(catalog: Catalog, config: Config, disk: Callable[[Path], tuple[int, int]]) -> Iterator[Finding]:
    places = {"the archive's home": config.home, "the spool": config.spool_dir}
    if "://" not in config.store_url:
        places["the store"] = Path(config.store_url)
    seen_disks: set[tuple[int, int]] = set()
    for name, path in places.items():
        if not path.exists():
            continue
        free, total = disk(path)
        # Places on one disk are one finding.
        device = (path.stat().st_dev, total)
        if total and free / total < config.alerts.disk_free and device not in seen_disks:
            seen_disks.add(device)
            text = f"the disk of {name} ({path}) has {free:,} bytes free, {free / total:.1%}"
            yield Finding(AlertRule.DISK_FULL, str(path), text, None, {"free": free, "total": total})
    waiting, most = spool_bytes(config.spool_dir), config.spool.max_waiting
    if waiting > config.alerts.spool_full * most:
        text = f"{waiting:,} bytes wait in the spool; at {most:,} runs pause. Is the store away?"
        yield Finding(AlertRule.SPOOL_FULL, "spool", text, None, {"waiting": waiting, "most": most})
    if config.alerts.store_bytes:
        stored = catalog.stats().bytes
        if stored > config.alerts.store_bytes:
            text = f"the store has {stored:,} bytes of WARC, more than [alerts] store_bytes = {config.alerts.store_bytes:,}"
            yield Finding(AlertRule.STORE_FULL, "store", text, None, {"held": stored})
