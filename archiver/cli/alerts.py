"""``archiver alerts``: list what is wrong now, and test the channels."""

from __future__ import annotations

import argparse

from archiver.catalog import Catalog
from archiver.cli.options import add_archive, config_of, positive
from archiver.cli.output import print_json, say, table, time
from archiver.config.home import prepare_home
from archiver.model.instant import SystemClock


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "alerts",
        help="list what is wrong now, and test where alerts are sent",
        description="List what is wrong: slots that were missed, late or failed, runs that shrank, sources that fail or are "
        "quiet, extraction that fell, disks and stores that fill. `archiver serve` does this by itself and sends each to "
        "webhook, mail and command of [alerts].",
        epilog="example: archiver alerts --look · archiver alerts --test",
    )
    parser.add_argument("--all", action="store_true", help="those that are resolved too")
    parser.add_argument(
        "--look", action="store_true", help="check now, and send what is new; for a timer without `serve`"
    )
    parser.add_argument("--test", action="store_true", help="send a test message to each configured channel")
    parser.add_argument("--limit", type=positive, default=100, metavar="N", help="at most N (default 100)")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List alerts; with --test the exit code is 4 when a channel took no message."""
    from archiver.ops.alerts.watch import deliver_due, send_test, watch

    config = config_of(options)
    prepare_home(config)
    clock = SystemClock()
    if options.test:
        sent = send_test(config, clock=clock)
        for channel, error in sent.items():
            if options.json:
                print_json({"channel": channel, "delivered": error is None, "error": error})
            else:
                print(f"{channel}: {error or 'delivered'}")
        if not sent:
            say("no channel is configured: set webhook, mail_to or command in [alerts] of archiver.toml")
        return 4 if any(sent.values()) else 0
    with Catalog.open(config.catalog_url, clock=clock) as catalog:
        if options.look:
            watch(catalog, config, clock=clock)
            deliver_due(catalog, config, clock=clock)
        found = catalog.alerts.find(resolved=options.all, limit=options.limit)
    if options.json:
        for alert in found:
            print_json(alert.as_json())
        return 0
    table(
        ("SINCE", "UNTIL", "RULE", "WHAT"),
        ((time(a.raised_at), time(a.resolved_at), a.finding.rule.value, a.finding.text) for a in found),
    )
    if not found:
        say("nothing is wrong" if options.look else "nothing was wrong at the last look (--look looks now)")
    return 0
