"""``archiver takedown``: remove captures from view or from the store."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from archiver.cli.access import who
from archiver.cli.options import add_archive, add_replica_place, config_of, replica_of
from archiver.cli.output import clean, plural, print_json, say
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.ops.takedown import Touched


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "takedown",
        help="remove captures from view or from the store",
        description=(
            "Take down a URL, everything under a prefix, or a domain, with a reason that is kept. block: still listed, but not "
            "shown (451). hide: as if there were no capture (404). delete: the bytes go too, from WARCs (written anew, with a tombstone "
            "where a capture was), indexes, articles, search and copies; the address is not fetched again. Versions that a "
            "bucket keeps of deleted objects are the bucket's to delete."
        ),
        epilog="example: archiver takedown https://news.example/a --mode hide --reason 'request of 3 May, file 17'",
    )
    parser.add_argument("target", metavar="URL|PREFIX", help="a URL, a prefix that ends with *, or *.host for a domain")
    parser.add_argument("--mode", required=True, choices=("block", "hide", "delete"))
    parser.add_argument("--reason", required=True, help="why; kept in the journal and, for delete, in the tombstones")
    parser.add_argument("--dry-run", action="store_true", help="show what it would touch, and change nothing")
    parser.add_argument(
        "--yes",
        action="store_true",
        help="do not ask for confirmation (needed where there is no terminal, and with --json)",
    )
    parser.add_argument("--by", metavar="NAME", help="who decides (default: who is logged in)")
    parser.add_argument(
        "--replica", metavar="STORE", help="delete from this copy at once; `archiver replicate` reaches every other"
    )
    add_replica_place(parser)
    add_archive(parser)
    parser.set_defaults(run=run)


_DOES = {
    "block": "They will answer 451 to everybody.",
    "hide": "They will answer 404, as if they were not in the archive.",
    "delete": "Their bytes will be removed for good.",
}
SHOWN = 10
"""URLs that are named before somebody agrees."""


def _show(touched: Touched, write: Callable[[str], None]) -> None:
    write(
        f"{plural(touched.captures, 'capture')} of {plural(touched.urls, 'URL')} in {plural(touched.files, 'WARC file')}:"
    )
    for url in touched.some[:SHOWN]:
        write(f"  {clean(url)}")
    if touched.urls > SHOWN:
        write(f"  and {touched.urls - SHOWN:,} more")


def run(options: argparse.Namespace) -> int:
    """Take down; 0 when it is carried out, 2 when it was not confirmed, 3 when nothing matches."""
    from archiver.ops.access import target_of
    from archiver.ops.takedown import takedown, would_touch
    from archiver.ops.takedown_file import Mode

    config = config_of(options)
    match, url = target_of(options.target)
    touched = would_touch(config, match=match, url=url)
    if options.dry_run:
        if options.json:
            print_json({**touched.as_json(), "mode": options.mode, "dry_run": True})
        else:
            _show(touched, print)
        return 0
    if not options.yes:
        if options.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError("a takedown is not taken back: look with --dry-run, then say --yes")
        _show(touched, say)
        print(f"{_DOES[options.mode]} Go on? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            raise UsageError("nothing was changed")
    replica = replica_of(options, config, options.replica) if options.replica else None
    result = takedown(
        config,
        mode=Mode(options.mode),
        match=match,
        url=url,
        reason=options.reason,
        actor=who(options),
        replica=replica,
        on_file=lambda key: say(f"written anew: {key}"),
    )
    if options.json:
        print_json(result.as_json())
        return 0
    say(
        f"taken down ({result.mode.value}): {plural(result.captures, 'capture')}, {plural(len(result.files), 'file')}; {result.id}"
    )
    for other in result.elsewhere:
        say(f"the same bytes are also kept under {clean(other)}")
    for other in result.orphans:
        say(f"a revisit has lost its bytes: {clean(other)}")
    return 0
