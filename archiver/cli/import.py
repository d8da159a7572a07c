# ruff: noqa: N999  a command's module has its name
"""``archiver import``: take WARC and ARC files that others wrote into the archive."""

from __future__ import annotations

import argparse
from pathlib import Path

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import plural, print_json, say, size
from archiver.errors import DamageFound
from archiver.ops.importing import Taken, import_files

SHOWN = 20
"""Bad places of a file that are named without --json."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "import",
        help="take WARC and ARC files that others wrote into the archive",
        description="Check WARC and ARC files (.warc, .arc, also .gz), store them unchanged under their own names, and read "
        "their pages. Records that are damaged are named by their place and passed over, with exit code 8; a file without "
        "a sound record is refused whole.",
        epilog="example: archiver import ~/old/*.warc.gz",
    )
    parser.add_argument("file", nargs="+", type=Path, metavar="FILE", help="a WARC or ARC file")
    parser.add_argument(
        "--no-extract", action="store_true", help="do not read the pages; `extract --all` does it later"
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import; the exit code is that of the last file that was refused, else 8 where a file is damaged in places."""

    def show(taken: Taken) -> None:
        i = taken.imported
        for place in i.bad[:SHOWN]:
            say(f"{i.path}: {place.length:,} bytes at offset {place.offset} are no sound record: {place.why}")
        if len(i.bad) > SHOWN:
            say(f"{i.path}: {len(i.bad) - SHOWN:,} more such places; --json names them all")
        if options.json:
            print_json(taken.as_json())
            return
        what = "was in the archive already" if i.was_held else f"{plural(i.new, 'new capture')} of {i.captures:,}"
        print(f"{i.path}: {what}, {size(i.size)}, {plural(taken.articles, 'article')}")
        print(f"  {i.key}")
        if i.notes:
            print(f"  noted: {', '.join(f'{kind} ({count:,})' for kind, count in sorted(i.notes.items()))}")

    result = import_files(
        config_of(options, may_be_new=True), options.file, extract=not options.no_extract, on_taken=show
    )
    for error in result.failed.values():
        say(f"archiver: {error}")
    damaged = DamageFound.exit_code if any(taken.imported.bad for taken in result.taken) else 0
    return next((error.exit_code for error in reversed(result.failed.values())), damaged)
