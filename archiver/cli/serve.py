"""``archiver serve``: the archive over HTTP."""

from __future__ import annotations

import argparse

from archiver.archive import Archive
from archiver.cli.options import add_archive, config_of
from archiver.cli.output import say


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "serve",
        help="the archive over HTTP: web pages, Memento, CDX",
        description="Serve the archive until stopped.",
        epilog="example: archiver serve --port 8080",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="the port (default 8080; 0 takes a free one)")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    from archiver.web.serve import serve

    # What is shown is seen through the access rules.
    with Archive(config_of(options), for_readers=True) as archive:
        serve(
            archive,
            host=options.host,
            port=options.port,
            ready=lambda address: say(f"serving {archive.config.home} at {address} (Ctrl+C stops)"),
        )
    return 0
