# ruff: noqa: N999  a command's module has its name
"""``archiver import``: take WARC files that others wrote into the archive."""

from __future__ import annotations

import argparse
from pathlib import Path

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import plural, print_json, say, size
from archiver.ops.importing import Taken, import_files


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "import",
        help="take WARC files that others wrote into the archive",
        description="Check WARC files (.warc, .warc.gz), store them unchanged under their own names, and read their pages. "
        "A damaged file is refused whole, with its first fault and the exit code 8; the others are taken.",
        epilog="example: archiver import ~/old/*.warc.gz",
    )
    parser.add_argument("file", nargs="+", type=Path, metavar="FILE", help="a WARC file")
    parser.add_argument(
        "--no-extract", action="store_true", help="do not read the pages; `extract --all` does it later"
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import; the exit code is that of the last file that was refused."""

    def told(taken: Taken) -> None:
        if options.json:
            print_json(taken.as_json())
            return
        i = taken.imported
        what = "was held already" if i.was_held else f"{plural(i.new, 'new capture')} of {i.captures:,}"
        print(f"{i.path}: {what}, {size(i.size)}, {plural(taken.articles, 'article')}")
        print(f"  {i.key}")

    result = import_files(
        config_of(options, may_be_new=True), options.file, extract=not options.no_extract, on_taken=told
    )
    for error in result.failed.values():
        say(f"archiver: {error}")
    return next((error.exit_code for error in reversed(result.failed.values())), 0)
