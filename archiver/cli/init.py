"""``archiver init``: make an archive's home."""

from __future__ import annotations

import argparse

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import print_json, say
from archiver.config.home import prepare_home
from archiver.store import prepare_store


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "init",
        help="make an archive's home",
        description="Make an archive's home with its settings file. crawl, import, rebuild and demo make one too.",
        epilog="example: archiver init --archive ~/news",
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the home, catalogue and store where they are missing, and check that they can be used."""
    from archiver.archive import Archive

    config = config_of(options, may_be_new=True)
    made = prepare_home(config)
    with Archive(config) as archive:
        prepare_store(config, archive.store)
        stats = archive.catalog.stats()
    if options.json:
        print_json({"home": str(config.home), "made": made, "store": config.store_url, "captures": stats.captures})
        return 0
    say(f"{'made' if made else 'found'} the archive {config.home}")
    say(f"its settings: {config.home / 'archiver.toml'}; its store: {config.store_url}")
    say("next: archiver sites · archiver crawl SITE")
    return 0
