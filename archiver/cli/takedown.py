"""``archiver takedown``: what may no longer be shown, found, or kept."""

from __future__ import annotations

import argparse

from archiver.cli.access import who
from archiver.cli.options import add_archive, add_replica_place, config_of, replica_of
from archiver.cli.output import clean, plural, print_json, say


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "takedown",
        help="what may no longer be shown, found, or kept",
        description=(
            "Take down a URL, everything under a prefix, or a domain, with a reason that is kept. block: still listed, but not "
            "shown (451). hide: as if it were not held (404). delete: the bytes go too, from WARCs (written anew, with a tombstone "
            "where a capture was), indexes, articles, search and copies; the address is not fetched again. Versions that a "
            "bucket keeps of deleted objects are the bucket's to delete."
        ),
        epilog="example: archiver takedown https://news.example/a --mode hide --reason 'request of 3 May, file 17'",
    )
    parser.add_argument("target", metavar="URL|PREFIX", help="a URL, a prefix that ends with *, or *.host for a domain")
    parser.add_argument("--mode", required=True, choices=("block", "hide", "delete"))
    parser.add_argument("--reason", required=True, help="why; kept in the journal and, for delete, in the tombstones")
    parser.add_argument("--by", metavar="NAME", help="who decides (default: who is logged in)")
    parser.add_argument(
        "--replica", metavar="STORE", help="delete from this copy at once; `archiver replicate` reaches every other"
    )
    add_replica_place(parser)
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Take down; 0 when it is carried out."""
    from archiver.ops.access import target_of
    from archiver.ops.takedown import Mode, takedown

    config = config_of(options)
    match, url = target_of(options.target)
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
        say(f"the same bytes are held of {clean(other)}")
    for other in result.orphans:
        say(f"a revisit has lost its bytes: {clean(other)}")
    return 0
