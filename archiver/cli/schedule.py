"""``archiver schedule``: plan crawls, and see how each planned start ended."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from archiver.catalog import Catalog
from archiver.cli.options import add_archive, add_span, config_of, positive, seconds
from archiver.cli.output import print_json, say, table, time
from archiver.config import Config
from archiver.config.home import prepare_home
from archiver.config.sites import find_site
from archiver.errors import StorageError
from archiver.journal.objects import store_pending
from archiver.model.instant import SystemClock
from archiver.model.schedule import CatchUp, Overlap, Schedule, Slot, SlotState
from archiver.ops.schedule import deciding
from archiver.store import open_store

Work = Callable[[argparse.Namespace, Config, Catalog], int]


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "schedule",
        help="plan crawls, and see how each planned start ended",
        description="Schedules say when a site is crawled; `archiver serve` follows them. Every planned time is a slot, and "
        "every slot ends as ran, late, skipped or failed.",
        epilog='example: archiver schedule add vietnamplus --cron "*/30 * * * *" --tz Asia/Ho_Chi_Minh',
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_add(actions)
    listed = _action(actions, "list", _list, "the schedules, when each is next due, and how its last slot went")
    listed.add_argument("--removed", action="store_true", help="removed ones too")
    _add_slots(actions)
    for name, work, meaning in (
        ("pause", _pause, "skip its slots until it is resumed; a run that is under way goes on"),
        ("resume", _resume, "start its slots again"),
        ("run", _run_now, "run it now, beside its planned times; here when no service is there to do it"),
        ("rm", _remove, "remove it; its slots stay listed, a run that is under way goes on"),
    ):
        _add_name(_action(actions, name, work, meaning))
    stop = _action(actions, "stop", _stop, "stop its run in good order; what is left is due at the next run")
    _add_name(stop)
    stop.add_argument("--no-wait", action="store_true", help="do not wait until the run is over")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, work: Work, meaning: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=meaning, description=meaning[0].upper() + meaning[1:] + ".")
    add_archive(parser)
    parser.set_defaults(run=_run, work=work)
    return parser


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="SCHEDULE", help="its id, the beginning of it, or its site where that has only one"
    )


def _add_add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _action(actions, "add", _add, "have a site crawled by a cron line in a time zone")
    parser.add_argument("site", metavar="SITE", help="a site's name")
    parser.add_argument(
        "--cron",
        required=True,
        metavar='"M H D M W"',
        help="minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly",
    )
    parser.add_argument(
        "--tz", metavar="ZONE", help="the zone of these times, such as Europe/Paris (default: the site's)"
    )
    parser.add_argument(
        "--overlap",
        choices=[each.value for each in Overlap],
        default=Overlap.QUEUE.value,
        help="when a run of the site is under way: wait for it (default), give up, or have it stopped",
    )
    parser.add_argument(
        "--catch-up",
        choices=[each.value for each in CatchUp],
        default=CatchUp.LATEST.value,
        help="which slots that could not start in time are started late (default latest)",
    )
    parser.add_argument(
        "--grace",
        type=seconds,
        default=900.0,
        metavar="S",
        help="seconds after which a slot is missed, or late (default 900)",
    )
    parser.add_argument(
        "--jitter", type=seconds, default=0.0, metavar="S", help="put each start off by up to so many seconds"
    )
    parser.add_argument("--max-time", type=seconds, metavar="S", help="stop each run after S seconds")
    parser.add_argument("--limit", type=positive, metavar="N", help="stop each run after N pages")


def _add_slots(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _action(actions, "slots", _slots, "planned times and what came of each, newest first")
    parser.add_argument("name", metavar="SCHEDULE", nargs="?", help="only this schedule's (id, beginning, or site)")
    parser.add_argument("--site", help="only this site's")
    parser.add_argument("--state", choices=[each.value for each in SlotState], help="only slots in this state")
    add_span(parser)
    parser.add_argument("--limit", type=positive, default=100, metavar="N", help="at most N (default 100)")


def _run(options: argparse.Namespace) -> int:
    config = config_of(options)
    prepare_home(config)
    with Catalog.open(config.catalog_url, clock=SystemClock()) as catalog:
        work: Work = options.work
        code = work(options, config, catalog)
        _keep(config, catalog)
    return code


def _keep(config: Config, catalog: Catalog) -> None:
    """What was decided goes to the store now, or when that is back."""
    if next(catalog.journal.find(stored=False), None) is None:
        return
    try:
        store_pending(catalog, open_store(config))
    except StorageError as error:
        say(f"decided, and kept in the catalogue until the store takes it: {error}")


def _add(options: argparse.Namespace, config: Config, catalog: Catalog) -> int:
    schedule = deciding.add_schedule(
        catalog,
        config,
        options.site,
        cron=options.cron,
        zone=options.tz or find_site(options.site, config).timezone,
        options=deciding.Options(
            overlap=Overlap(options.overlap),
            catch_up=CatchUp(options.catch_up),
            grace=options.grace,
            jitter=options.jitter,
            max_time=options.max_time,
            limit=options.limit,
        ),
    )
    return _show(options, catalog, schedule, "`archiver serve` follows it")


def _show(options: argparse.Namespace, catalog: Catalog, schedule: Schedule, word: str) -> int:
    if options.json:
        print_json(deciding.schedule_json(catalog, schedule))
        return 0
    print(f"{schedule.id}: {schedule.site}, {schedule.cron} ({schedule.zone}), {schedule.standing.value}")
    for at in deciding.upcoming(schedule, after=catalog.clock.now(), count=3):
        print(f"  {local(at, schedule.zone)}")
    say(word)
    return 0


def local(at: datetime, zone: str) -> str:
    """A time in a schedule's zone."""
    return time(at.astimezone(ZoneInfo(zone)))


def _list(options: argparse.Namespace, config: Config, catalog: Catalog) -> int:  # noqa: ARG001  the shape of all actions
    schedules = catalog.schedules.find(removed=options.removed)
    if options.json:
        for schedule in schedules:
            print_json(deciding.schedule_json(catalog, schedule))
        return 0
    rows = []
    for schedule in schedules:
        shape = deciding.schedule_json(catalog, schedule)
        last, next_at = shape["last"], deciding.upcoming(schedule, after=catalog.clock.now())
        ended = f"{last['state']} {last['reason'] or ''}".strip() if isinstance(last, dict) else "–"
        coming = local(next_at[0], schedule.zone) if next_at and shape["next_at"] else "–"
        rows.append((schedule.id, schedule.site, schedule.cron, schedule.zone, schedule.standing.value, coming, ended))
    table(("SCHEDULE", "SITE", "CRON", "ZONE", "STATE", "NEXT", "LAST"), rows)
    return 0


def _slots(options: argparse.Namespace, config: Config, catalog: Catalog) -> int:
    site = find_site(options.site, config).name if options.site else None
    schedule = deciding.pick_schedule(catalog, options.name, removed=True).id if options.name else None
    found = catalog.schedules.slots(
        schedule=schedule,
        site=site,
        state=SlotState(options.state) if options.state else None,
        since=options.since,
        until=options.until,
        limit=options.limit,
    )
    if options.json:
        for slot in found:
            print_json(slot.as_json())
        return 0
    zones = {each.id: each.zone for each in catalog.schedules.find(removed=True)}
    table(
        ("PLANNED", "SCHEDULE", "STATE", "STARTED", "ENDED", "RUN", "REASON"),
        (
            (
                local(slot.planned_at, zones.get(slot.schedule, "UTC")),
                slot.schedule,
                slot.state.value,
                time(slot.started_at),
                time(slot.ended_at),
                slot.run or "–",
                "; ".join(filter(None, (slot.reason, slot.note))) or "–",
            )
            for slot in found
        ),
    )
    return 0


def _pause(options: argparse.Namespace, config: Config, catalog: Catalog) -> int:  # noqa: ARG001
    schedule = deciding.pause_schedule(catalog, deciding.pick_schedule(catalog, options.name))
    return _show(options, catalog, schedule, "its slots are skipped until `archiver schedule resume`")


def _resume(options: argparse.Namespace, config: Config, catalog: Catalog) -> int:  # noqa: ARG001
    schedule = deciding.resume_schedule(catalog, deciding.pick_schedule(catalog, options.name))
    return _show(options, catalog, schedule, "its slots are started again")


def _remove(options: argparse.Namespace, config: Config, catalog: Catalog) -> int:  # noqa: ARG001
    schedule = deciding.remove_schedule(catalog, deciding.pick_schedule(catalog, options.name))
    return _show(options, catalog, schedule, "removed; `archiver schedule slots` still lists what it did")


def _run_now(options: argparse.Namespace, config: Config, catalog: Catalog) -> int:
    from archiver.ops.schedule.byhand import run_here_or_there

    schedule = deciding.pick_schedule(catalog, options.name)
    slot = run_here_or_there(config, catalog, schedule, clock=catalog.clock, say=say)
    return _tell(options, slot)


def _stop(options: argparse.Namespace, config: Config, catalog: Catalog) -> int:
    from archiver.ops.schedule.byhand import stop_here_or_there

    schedule = deciding.pick_schedule(catalog, options.name, removed=True)
    slot = stop_here_or_there(config, catalog, schedule, clock=catalog.clock, wait=not options.no_wait)
    if slot is None:
        say(f"no run of {schedule.id} is under way")
        return 0
    return _tell(options, slot)


def _tell(options: argparse.Namespace, slot: Slot) -> int:
    if options.json:
        print_json(slot.as_json())
    else:
        reason = f": {slot.reason}" if slot.reason else ""
        print(f"{slot.site}: slot of {time(slot.planned_at)}: {slot.state.value}{reason}")
    return 0
