"""``archiver coverage``: what a site's own sources listed, what of it was captured, and why the rest is missing."""

from __future__ import annotations

import argparse
from datetime import date

from archiver.cli.options import add_archive, archive_of
from archiver.cli.output import number, plural, print_json, say, table
from archiver.model.coverage import State
from archiver.ops.coverage import Ledger, site_named
from archiver.ops.coverage.chart import WIDTH, WORDS, bar, largest, reasons


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "coverage",
        help="per day: how many listed pages were captured, and why others are missing",
        description="Show for each day on which the site's own feeds, sitemaps and fronts first listed a URL (in the site's "
        "time zone) how many were listed and captured, and for each missing one the reason.",
        epilog="example: archiver coverage vietnamplus --day 2026-11-20",
    )
    parser.add_argument("site", metavar="SITE", help="the site's name")
    parser.add_argument("--day", type=day_of, metavar="D", help="this day only, with every URL that is missing")
    add_archive(parser)
    parser.set_defaults(run=run)


def day_of(text: str) -> date:
    """A day as people type it."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a day (YYYY-MM-DD): {text!r}") from error


def run(options: argparse.Namespace) -> int:
    """Print a line a day, or one day in full."""
    with archive_of(options) as archive:
        ledger = Ledger(archive.catalog, site_named(options.site, config=archive.config, catalog=archive.catalog))
        if options.json:
            days = [ledger.day(options.day)] if options.day else ledger.days()
            for day in days:
                print_json(day.as_json())
            return 0
        if options.day:
            _show_day(ledger, options.day)
            return 0
        _show_days(ledger, options.site)
    return 0


def _show_days(ledger: Ledger, site: str) -> None:
    days = list(ledger.days(urls=False))
    if not days:
        say(f"No source of {site} has listed anything yet.")
        return
    most = largest(days)
    table(
        ("DAY", "LISTED", "HELD", "".ljust(WIDTH), "MISSING"),
        (
            (day.day.isoformat(), number(day.listed), number(day.held), bar(day, most=most), reasons(day))
            for day in days
        ),
        right=("LISTED", "HELD"),
    )
    listed, held = sum(day.listed for day in days), sum(day.held for day in days)
    say(f"{plural(listed, 'URL')} listed, {number(held)} held ({_share(held, listed)}). █ held ░ to come · missing")


def _show_day(ledger: Ledger, wanted: date) -> None:
    day = ledger.day(wanted)
    say(f"{plural(day.listed, 'URL')} first listed on {wanted}, {number(day.held)} held. {reasons(day)}".rstrip())
    table(
        ("REASON", "URL"),
        ((WORDS[row.reason], row.url) for row in day.urls if row.state is State.MISSING and row.reason is not None),
    )


def _share(held: int, listed: int) -> str:
    """A share that is only called 100 % when nothing is missing."""
    return "100 %" if held == listed else f"{min(99.99, 100 * held / listed):.2f} %"
