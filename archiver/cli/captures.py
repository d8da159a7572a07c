"""``archiver captures``: list the captures of a URL, a site, a time."""

from __future__ import annotations

import argparse

from archiver.cli.options import add_archive, add_span, archive_of, check_url
from archiver.cli.output import print_json, table, time
from archiver.model.capture import Kind


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "captures",
        help="list the captures of a URL, a site, a time",
        description="List captures by SURT, then time. A URL that ends in * is a prefix.",
        epilog="example: archiver captures 'https://www.vietnamplus.vn/*' --from 2026-11 --kind page",
    )
    parser.add_argument("url", nargs="?", metavar="URL", help="a URL, or a prefix that ends in *")
    parser.add_argument("--site", metavar="S", help="of this site only")
    add_span(parser)
    parser.add_argument("--status", type=int, metavar="N", help="with this HTTP status only")
    parser.add_argument("--kind", choices=[kind.value for kind in Kind], metavar="K", help="of this kind only")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one line a capture, as they are read."""
    check_url(options.url)
    with archive_of(options) as archive:
        captures = archive.captures(
            options.url,
            site=options.site,
            since=options.since,
            until=options.until,
            status=options.status,
            kind=options.kind,
        )
        if options.json:
            for capture in captures:
                print_json(capture.as_json())
            return 0
        table(
            ("TIME", "STATUS", "KIND", "VERDICT", "URL"),
            (
                (
                    time(capture.at),
                    str(capture.status or "–"),
                    capture.kind.value,
                    capture.verdict.value if capture.verdict else "–",
                    capture.url,
                )
                for capture in captures
            ),
        )
    return 0
