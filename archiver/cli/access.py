"""``archiver access``: rules on who may see what."""

from __future__ import annotations

import argparse
import getpass
import re
from datetime import timedelta

from archiver.cli.options import add_archive, add_json, add_span, archive_of
from archiver.cli.output import clean, print_json, say, table, time
from archiver.errors import UsageError

UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "access",
        help="who may see what: allow, block, exclude, embargo",
        description=(
            "Rules on what is served: in replay, CDX, TimeMaps, search, articles and exports alike. The rule that names a "
            "capture most closely decides; where none speaks, everything may be seen. Commands on the archive's own "
            "computer see everything."
        ),
        epilog="example: archiver access add '*.news.example' --access embargo --newer 30d --reason 'contract of 2026'",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the rules in force")
    add_archive(listing)
    new = actions.add_parser("add", help="put a rule in force")
    new.add_argument("target", metavar="TARGET", help="a URL, a prefix that ends with *, or *.host for a domain")
    new.add_argument(
        "--access",
        required=True,
        choices=("allow", "block", "exclude", "embargo"),
        help="block: listed, but not shown (451); exclude: as if there were no capture (404); embargo: excluded for a while",
    )
    new.add_argument("--reason", required=True, help="why; kept with the rule")
    new.add_argument("--newer", type=age, metavar="AGE", help="only captures younger than this: 12h, 30d, 52w")
    new.add_argument("--older", type=age, metavar="AGE", help="only captures older than this")
    new.add_argument("--by", metavar="NAME", help="who decides (default: who is logged in)")
    add_span(new)
    add_archive(new)
    gone = actions.add_parser("rm", help="take a rule back")
    gone.add_argument("id", metavar="ID", help="as `archiver access list` shows it")
    gone.add_argument("--reason", default="", help="why; kept in the journal")
    gone.add_argument("--by", metavar="NAME", help="who decides (default: who is logged in)")
    add_archive(gone)
    add_json(parser)
    parser.set_defaults(run=run)


def age(text: str) -> timedelta:
    """An age as people type it."""
    match = re.fullmatch(r"([0-9]{1,6})([hdw])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"not an age such as 12h, 30d or 52w: {text!r}")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def who(options: argparse.Namespace) -> str:
    """Who decides."""
    try:
        return str(options.by or getpass.getuser())
    except (KeyError, OSError) as error:
        raise UsageError("say who decides: --by NAME") from error


def run(options: argparse.Namespace) -> int:
    """List, add or remove rules."""
    from archiver.journal.objects import store_pending
    from archiver.model.access import Access
    from archiver.ops.access import add_rule, remove_rule, target_of

    with archive_of(options) as archive:
        if options.action == "list":
            rules = archive.catalog.access.find()
            if options.json:
                for rule in rules:
                    print_json(rule.as_json())
            elif rules:
                rows = [[r.id, r.access.value, r.match.value, clean(r.url), time(r.at), clean(r.reason)] for r in rules]
                table(("id", "access", "match", "target", "since", "reason"), rows)
            else:
                say("no rules: every capture may be seen")
            return 0
        if options.action == "add":
            match, url = target_of(options.target)
            rule = add_rule(
                archive.catalog,
                access=Access(options.access),
                match=match,
                url=url,
                reason=options.reason,
                actor=who(options),
                since=options.since,
                until=options.until,
                newer=options.newer,
                older=options.older,
            )
        else:
            rule = remove_rule(archive.catalog, options.id, reason=options.reason, actor=who(options))
        store_pending(archive.catalog, archive.store)
        if options.json:
            print_json(rule.as_json())
        else:
            verb = "in force" if options.action == "add" else "taken back"
            say(f"{verb}: {rule.access.value} {rule.match.value} {clean(rule.url)} ({rule.id})")
    return 0
