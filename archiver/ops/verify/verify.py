"""The whole of a verification, from the list of keys to its events and figures."""

from __future__ import annotations

from datetime import timedelta

from archiver.catalog import Catalog, FileRow, FileState
from archiver.config import Config
from archiver.config.home import prepare_home
from archiver.journal.events import FAILURE, SUCCESS, EventType, record_event
from archiver.journal.objects import store_pending
from archiver.model.instant import Clock, SystemClock
from archiver.ops.damage import Damage
from archiver.ops.metrics import Gauge, gauge, write_metrics
from archiver.ops.scratch import scratch
from archiver.ops.verify.chain import Chain
from archiver.ops.verify.entries import check_journal
from archiver.ops.verify.mend import Mender
from archiver.ops.verify.report import Report
from archiver.ops.verify.sidecars import check_sidecars
from archiver.ops.verify.strays import check_dangling, check_waiting, find_strays
from archiver.ops.verify.sweep import Due, Quiet, Sweep, Watcher
from archiver.ops.verify.warcs import check_replaced, check_warc
from archiver.search import SearchIndex
from archiver.store import Store, open_store, prepare_store

MAX_EVENTS = 1000
"""Objects of one verification that have events of their own; the event of the whole counts all."""


def verify(
    config: Config,
    *,
    due_only: bool = False,
    deep: bool = False,
    repair: bool = False,
    replica: Store | None = None,
    watcher: Watcher | None = None,
    clock: Clock | None = None,
) -> Report:
    """Read everything again, or with ``due_only`` what is due by ``[verify] within_days``; with ``deep`` each WARC by warcio
    too, and name where the two readers differ.

    With ``repair`` rows are put right by their records, and objects by what else is stored; with ``replica`` (which means
    ``repair``) also by its copies. Nothing is changed without. Raises ``StorageError`` when a store can't be read
    now: what was found sound until then is noted, so that a later call goes on with the rest.
    """
    clock = clock or SystemClock()
    prepare_home(config)
    store = open_store(config)
    prepare_store(config, store)
    if replica is not None:
        replica.check()
    began = clock.now()
    within = timedelta(days=config.verify.within_days) if due_only else None
    with Catalog.open(config.catalog_url, clock=clock) as catalog, scratch(config.home) as folder:
        # Entries that wait are no strays, and no rows without an object.
        store_pending(catalog, store)
        sweep = Sweep(
            catalog,
            store,
            spool_dir=config.spool_dir,
            folder=folder,
            due=Due(began, within),
            deep=deep,
            mender=Mender(store, replica) if repair or replica is not None else None,
            watcher=watcher or Quiet(),
        )
        try:
            _sweep(sweep)
        finally:
            sweep.flush()
        _record_events(sweep)
        store_pending(catalog, store)
        _write_figures(config, sweep, seconds=(clock.now() - began).total_seconds())
    return sweep.report


def _sweep(sweep: Sweep) -> None:
    if sweep.mends:
        # Readings of rows that are gone would pass to whatever row next gets their number.
        sweep.catalog.articles.drop_orphans()
    find_strays(sweep)
    chain = Chain()
    for row in _oldest_first(sweep):
        if row.state is FileState.REPLACED:
            link = check_replaced(sweep, row)
        elif row.state is not FileState.STORED:
            check_waiting(sweep, row)
            continue
        else:
            link = check_warc(sweep, row)
        if link is not None:
            chain.add(link)
    chain.check(sweep)
    check_dangling(sweep)
    check_sidecars(sweep)
    check_journal(sweep)
    if sweep.mends and sweep.catalog.database.is_sqlite:
        index = SearchIndex(sweep.catalog)
        while index.catch_up():
            pass


def _oldest_first(sweep: Sweep) -> list[FileRow]:
    """The files that are due, the one checked longest ago first."""
    last = {check.key: check.checked_at for check in sweep.catalog.checks.find("warcs/")}
    chosen = []
    for row in sweep.catalog.files.find():
        at = last.get(row.key) or row.stored_at
        if row.state is not FileState.STORED or sweep.due.is_due(row.key, at):
            chosen.append((at or row.opened_at, row))
    chosen.sort(key=lambda pair: (pair[0], pair[1].key))
    return [row for _, row in chosen]


def _record_events(sweep: Sweep) -> None:
    """An event for each object that was not sound or was repaired, and one of the whole."""
    report, catalog = sweep.report, sweep.catalog
    by_key: dict[str, list[Damage]] = {}
    for damage in report.problems:
        by_key.setdefault(damage.key, []).append(damage)
    for key, problems in list(by_key.items())[:MAX_EVENTS]:
        kinds = ", ".join(sorted({damage.kind.value for damage in problems}))
        detail = f"{kinds}: expected {problems[0].expected}; found {problems[0].found}"
        record_event(catalog, EventType.FIXITY_CHECK, key=key or None, outcome=FAILURE, detail=detail)
        report.events += 1
        if all(damage.repaired for damage in problems):
            record_event(catalog, EventType.RECOVERY, key=key or None, outcome=SUCCESS, detail=f"repaired: {kinds}")
            report.events += 1
    report.events += 1
    record_event(
        catalog,
        EventType.FIXITY_CHECK,
        key=None,
        outcome=FAILURE if report.unrepaired else SUCCESS,
        detail=f"{report.found} problems, {report.unrepaired} of them not repaired",
        facts={"objects": report.objects, "records": report.records, "bytes": report.bytes},
    )


def _write_figures(config: Config, sweep: Sweep, *, seconds: float) -> None:
    report = sweep.report
    problems = tuple(
        ({"kind": kind, "repaired": "true" if repaired else "false"}, float(count))
        for (kind, repaired), count in sorted(report.counts.items())
    )
    oldest = sweep.catalog.checks.oldest()
    figures = [
        gauge("archiver_verify_objects", "Objects read by the last verification.", report.objects),
        gauge("archiver_verify_records", "WARC records read by the last verification.", report.records),
        gauge("archiver_verify_bytes", "Bytes read by the last verification.", report.bytes),
        Gauge("archiver_verify_problems", "Problems found by the last verification.", problems),
        gauge("archiver_verify_unrepaired", "Problems that the last verification left.", report.unrepaired),
        gauge("archiver_verify_seconds", "How long the last verification took.", seconds),
        gauge("archiver_verify_timestamp_seconds", "When it ended.", sweep.catalog.clock.now().timestamp()),
    ]
    if oldest is not None:
        name = "archiver_verify_oldest_check_timestamp_seconds"
        figures.append(gauge(name, "When the object was checked that was checked longest ago.", oldest.timestamp()))
    write_metrics(config.home, "verify", figures)
