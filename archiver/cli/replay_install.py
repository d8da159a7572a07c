"""``archiver replay-install``: fetch the program for interactive replay."""

from __future__ import annotations

import argparse
from pathlib import Path

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import print_json, say


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "replay-install",
        help="fetch wabac.js, for interactive replay",
        description=(
            "Fetch wabac.js (AGPL-3.0-or-later) in the one release that this archiver works with, check it against its pinned "
            "hash, and lay it into the archive's folder with its licence. `archiver serve` then offers interactive replay, where "
            "[serve] replay_url is set. Nothing else is installed; without it everything but that works."
        ),
        epilog="example: archiver replay-install --from webrecorder-wabac-2.27.3.tgz",
    )
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FILE",
        help="a copy of the package's tarball (`npm pack` makes one), for a machine without network",
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Install, and say what, under which terms, and where its source is."""
    from archiver.config.home import prepare_home
    from archiver.ops.wabac import LICENCE, PACKAGE, SOURCE, TERMS, VERSION, install

    config = config_of(options)
    prepare_home(config)
    done = install(config, source=options.source)
    if options.json:
        print_json(done.as_json())
        return 0
    print(f"{'installed' if done.new else 'already installed'}: {PACKAGE} {VERSION} in {done.folder}")
    print(f"licence: {LICENCE} ({done.folder / TERMS}); it is no part of the archiver")
    print(f"source: {SOURCE}")
    if not config.serve.replay_url:
        say('to use it, set [serve] public_url and replay_url (docs/operate.md, "Interactive replay")')
    return 0
