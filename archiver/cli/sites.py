"""``archiver sites``: the known sites and their sources."""

from __future__ import annotations

import argparse

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import print_json, table
from archiver.config.sites import all_sites


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "sites",
        help="the known sites and their sources",
        description="List the sites that this archive knows: built-in ones and its own (sites/*.toml).",
        epilog="example: archiver sites --json",
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one line a site."""
    sites = all_sites(config_of(options)).values()
    if options.json:
        for site in sites:
            print_json(site.as_json())
        return 0
    table(
        ("SITE", "TITLE", "HOSTS", "LANGUAGES", "SOURCES", "CHECKED"),
        (
            (
                site.name,
                site.title,
                ", ".join(host.name for host in site.hosts),
                ", ".join(sorted(set(site.languages.values()))),
                str(len(site.sources)),
                site.checked,
            )
            for site in sites
        ),
        right=("SOURCES",),
    )
    return 0
