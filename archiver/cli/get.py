"""``archiver get``: a page back, by URL and time."""

from __future__ import annotations

import argparse

from archiver.cli.options import add_archive, archive_of, when
from archiver.cli.output import print_bytes, print_json

FORMS = ("raw", "http", "html", "text", "json")


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "get",
        help="write a captured page, by URL and time",
        description="Write the page captured nearest to a time (the newest without --at) to standard output.",
        epilog="example: archiver get https://www.vietnamplus.vn/ --at 2026-11-20 --as text",
    )
    parser.add_argument("url", metavar="URL")
    parser.add_argument("--at", type=when, metavar="T", help="nearest to this time: 4 to 17 digits or ISO 8601, UTC")
    parser.add_argument("--any-status", action="store_true", help="errors and redirects too, as they were")
    parser.add_argument(
        "--as",
        dest="form",
        choices=FORMS,
        help="raw: the body, content coding removed (default); http: the stored block byte for byte; "
        "html: the body as UTF-8; text: the article; json: capture, headers and article",
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the page in the form that --as names."""
    form = options.form or ("json" if options.json else "raw")
    with archive_of(options) as archive:
        page = archive.get(options.url, options.at, any_status=options.any_status)
        if form == "http":
            print_bytes(page.block)
        elif form == "html":
            print_bytes(page.html.encode("utf-8", "replace"))
        elif form == "text":
            print_bytes(page.text.encode() + b"\n")
        elif form == "json":
            print_json(page.as_json())
        else:
            print_bytes(page.raw)
    return 0
