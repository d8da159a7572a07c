"""``archiver held``: URLs in, one a line; what is held of each out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from archiver.archive import Archive
from archiver.cli.options import add_archive, archive_of
from archiver.cli.output import print_json, table, time
from archiver.errors import NotHttpUrl, UsageError
from archiver.model.capture import Capture
from archiver.model.surt import surt
from archiver.model.url import clean_url


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "held",
        help="URLs in, one a line; what is held of each out",
        description="Say of each URL whether the archive holds it: held, missing (listed by a source) or unknown.",
        epilog="example: archiver held urls.txt --json",
    )
    parser.add_argument("file", metavar="FILE|-", help="a file with one URL a line; - for standard input")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one line a URL, in the order in which they came."""
    with archive_of(options) as archive:
        answers = (_answer(archive, url) for url in _urls(options.file))
        if options.json:
            for answer in answers:
                print_json(
                    {
                        "url": answer[0],
                        "state": answer[1],
                        "nearest": answer[2].as_json() if answer[2] else None,
                        "captures": answer[3],
                    }
                )
            return 0
        table(
            ("STATE", "CAPTURES", "NEWEST", "URL"),
            ((state, str(count), time(nearest.at if nearest else None), url) for url, state, nearest, count in answers),
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


def _answer(archive: Archive, url: str) -> tuple[str, str, Capture | None, int]:
    try:
        key = surt(clean_url(url))
    except NotHttpUrl:
        return url, "unknown", None, 0
    nearest = archive.catalog.captures.nearest(key, None, any_status=True)
    if nearest is not None:
        return url, "held", nearest, archive.catalog.captures.held_count(key)
    return url, "missing" if archive.catalog.frontier.is_known(key) else "unknown", None, 0
