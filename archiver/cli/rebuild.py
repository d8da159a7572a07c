"""``archiver rebuild``: the catalogue made again from the store alone."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import NowAndThen, clean, plural, print_json, say, size

if TYPE_CHECKING:
    from archiver.ops.rebuild import Rebuilt


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "rebuild",
        help="make the catalogue again from the store alone",
        description=(
            "Put back into the catalogue what is in the store: runs, files, captures, what sources listed, articles, journal, own site files. On an empty "
            "machine, set [store] url first. What is there is not changed; run it again to go on after a break."
        ),
        epilog="example: ARCHIVER_STORE_URL=s3://bucket/news archiver rebuild --archive /srv/restored",
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Rebuild; 0 when everything could be read, else 8."""
    from archiver.ops.rebuild import rebuild

    progress = NowAndThen()

    def show(result: Rebuilt) -> None:
        files = f"{result.seen:,} of {plural(result.total, 'file')}"
        progress.say(lambda: f"{files}, {result.captures:,} captures, {size(result.bytes)}")

    result = rebuild(config_of(options, may_be_new=True), on_file=show)
    if options.json:
        print_json(result.as_json())
    else:
        for problem in result.problems:
            say(f"{problem.kind.value}: {clean(problem.key)}: {clean(problem.found or '')}")
        say(
            f"put back {plural(result.files, 'file')}, {plural(result.captures, 'capture')}, {plural(result.runs, 'run')}, "
            f"{plural(result.articles, 'article')}, {plural(result.journal, 'journal entry', 'journal entries')}"
            + (f", site files of {', '.join(result.sites)}" if result.sites else "")
        )
    return 8 if result.problems else 0
