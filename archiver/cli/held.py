"""``archiver held``: for each URL of a list: is there a capture, and which is the newest."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from archiver.cli.options import add_archive, archive_of
from archiver.cli.output import print_json, table, time
from archiver.errors import UsageError


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "held",
        help="for each URL of a list: is there a capture, and which is the newest",
        description="Show for each URL of a list, one a line, whether the archive has a capture of it: held, missing (listed by a source, not captured) or unknown.",
        epilog="example: archiver held urls.txt --json",
    )
    parser.add_argument("file", metavar="FILE|-", help="a file with one URL a line; - for standard input")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one line a URL, in the order in which they came."""
    with archive_of(options) as archive:
        answers = (archive.held(url) for url in _urls(options.file))
        if options.json:
            for held in answers:
                print_json(held.as_json())
            return 0
        table(
            ("STATE", "CAPTURES", "NEWEST", "URL"),
            (
                (held.state, str(held.captures), time(held.nearest.at if held.nearest else None), held.url)
                for held in answers
            ),
            right=("CAPTURES",),
        )
    return 0


def _urls(file: str) -> Iterator[str]:
    if file == "-":
        yield from filter(None, map(str.strip, sys.stdin))
        return
    try:
        with Path(file).open(encoding="utf-8", errors="replace") as lines:
            yield from filter(None, map(str.strip, lines))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
