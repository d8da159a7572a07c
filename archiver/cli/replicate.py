"""``archiver replicate``: a second store gets every object that it lacks."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archiver.cli.options import add_archive, add_replica_place, config_of, replica_of
from archiver.cli.output import NowAndThen, clean, plural, print_json, say, size

if TYPE_CHECKING:
    from archiver.ops.replicate import Replicated


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "replicate",
        help="copy to another store the objects that it lacks",
        description=(
            "Copy every object that the other store lacks, checksums compared on the way. Nothing there is overwritten: "
            "other bytes under the same key are named, with exit code 8. What a takedown deleted here is deleted there. "
            "Run it again to go on after a break."
        ),
        epilog="example: archiver replicate s3://second-bucket/news --endpoint-url https://s3.elsewhere.example",
    )
    parser.add_argument("store", metavar="STORE", help="a directory or s3://bucket/prefix")
    parser.add_argument("--reread", action="store_true", help="compare by the bytes what the other store has already")
    add_replica_place(parser)
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Replicate; 0 when the other store now has everything, else 8."""
    from archiver.ops.replicate import replicate

    config = config_of(options)
    target = replica_of(options, config, options.store)
    progress = NowAndThen()

    def show(result: Replicated) -> None:
        progress.say(lambda: f"{plural(result.objects, 'object')}, {result.copied:,} copied ({size(result.bytes)})")

    result = replicate(config, target, reread=options.reread, on_object=show)
    if options.json:
        print_json(result.as_json())
    else:
        for key in result.differing:
            say(f"not copied: {key} stands in {result.store} with other bytes")
        for key in result.damaged:
            say(f"not copied: {key} is damaged here; see `archiver verify`")
        for key in result.unknown:
            say(f"not copied: {clean(key)} is not a key that the archiver makes; see `archiver verify`")
        say(
            f"copied {plural(result.copied, 'object')} ({size(result.bytes)}) to {result.store}; {result.same:,} were there"
            + (f"; removed {plural(result.removed, 'object')} that were taken down" if result.removed else "")
        )
    return 8 if result.differing or result.damaged else 0
