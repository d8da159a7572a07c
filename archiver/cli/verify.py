"""``archiver verify``: read again what is stored, name what is wrong, mend what can be."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.options import add_archive, add_replica_place, config_of, replica_of
from archiver.cli.output import NowAndThen, clean, plural, print_json, say, size, table
from archiver.errors import StorageError

if TYPE_CHECKING:
    from archiver.ops.damage import Damage
    from archiver.ops.verify import Report


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "verify",
        help="check everything in the store, report damage, and repair it",
        description=(
            "Read every object and record again and compare them with manifests and catalogue. Nothing is changed "
            "without --repair. Exit code 8 when a problem is left."
        ),
        epilog="example: archiver verify --repair-from s3://second-bucket/news",
    )
    parser.add_argument("--due", action="store_true", help="only what is due by [verify] within_days (run it daily)")
    parser.add_argument(
        "--deep", action="store_true", help="let warcio read every WARC too, and name where it sees other records"
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="correct rows by their records, and make indexes, sidecars and journal objects again from the archive itself",
    )
    parser.add_argument(
        "--repair-from",
        metavar="STORE",
        help="the same, and take objects from this copy (a directory or s3://bucket/prefix)",
    )
    add_replica_place(parser)
    add_archive(parser)
    parser.set_defaults(run=run)


class _Watcher:
    """Names each problem when it is found, and says now and then how far it is."""

    def __init__(self) -> None:
        self._progress = NowAndThen()

    def on_object(self, report: Report) -> None:
        objects, records = plural(report.objects, "object"), plural(report.records, "record")
        self._progress.say(lambda: f"{objects}, {records}, {size(report.bytes)} read")

    def on_problem(self, damage: Damage) -> None:
        mark = "repaired" if damage.repaired else "found"
        say(f"{mark}: {damage.kind.value}: {clean(damage.key)}")


def run(options: argparse.Namespace) -> int:
    """Verify; 0 when nothing is left unrepaired, else 8."""
    from archiver.ops.verify import verify

    config = config_of(options)
    if options.repair_from and "://" not in options.repair_from and not Path(options.repair_from).is_dir():
        raise StorageError(f"--repair-from {options.repair_from}: there is no such directory; nothing was checked")
    replica = replica_of(options, config, options.repair_from) if options.repair_from else None
    report = verify(
        config,
        due_only=options.due,
        deep=options.deep,
        repair=options.repair,
        replica=replica,
        watcher=_Watcher(),
    )
    if options.json:
        print_json(report.as_json())
    else:
        _show(report)
    if report.unrepaired:
        say(_next_step(repaired=options.repair, copy=options.repair_from))
    return 8 if report.unrepaired else 0


def _next_step(*, repaired: bool, copy: str | None) -> str:
    """What to do about what is left."""
    if copy is not None:
        return f"what is left is not to be had from {clean(copy)}: try another copy with `archiver verify --repair-from STORE`"
    made_anew = "" if repaired else "`archiver verify --repair` puts rows right and makes indexes and sidecars anew; "
    return f"{made_anew}`archiver verify --repair-from STORE` also takes objects from a copy"


def _show(report: Report) -> None:
    if report.problems:
        rows = (
            (
                damage.kind.value,
                damage.key,
                "" if damage.offset is None else str(damage.offset),
                damage.url or "",
                damage.expected or "",
                damage.found or "",
                "yes" if damage.repaired else "no",
            )
            for damage in report.problems
        )
        table(("problem", "object", "offset", "url", "expected", "found", "repaired"), rows, right=("offset",))
    say(
        f"read {plural(report.objects, 'object')} with {plural(report.records, 'record')}, {size(report.bytes)}: "
        f"{plural(report.found, 'problem')}, {report.unrepaired:,} left"
    )
