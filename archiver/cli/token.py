"""``archiver token``: who may do what over HTTP."""

from __future__ import annotations

import argparse
from datetime import timedelta

from archiver.cli.options import add_archive, add_json, archive_of
from archiver.cli.output import clean, print_json, say, table, time
from archiver.errors import UsageError


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "token",
        help="tokens for the web: reader, curator, admin",
        description=(
            'Tokens for `archiver serve`. Changing anything needs one; reading does where [serve] reading = "token". '
            "A token is shown once, and only its digest is kept, in this catalogue alone: a rebuilt one has none."
        ),
        epilog="example: archiver token add 'Desk of the library' --role curator --days 365",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the tokens, without their secrets")
    add_archive(listing)
    new = actions.add_parser("add", help="make a token and show it")
    new.add_argument("name", metavar="NAME", help="whose it is; stands in the audit")
    new.add_argument("--role", choices=("reader", "curator", "admin"), default="reader", help="default reader")
    new.add_argument("--days", type=int, metavar="N", help="how long it is good for (default: for ever)")
    add_archive(new)
    gone = actions.add_parser("rm", help="make a token worthless at once")
    gone.add_argument("id", metavar="ID")
    add_archive(gone)
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List, make or remove tokens."""
    from archiver.model.token import Role, Token, digest_of, new_id, new_secret, token_text

    with archive_of(options) as archive:
        tokens = archive.catalog.tokens
        if options.action == "list":
            found = tokens.find()
            if options.json:
                for token in found:
                    print_json(token.as_json())
            elif found:
                rows = [
                    [t.id, clean(t.name), t.role.value, time(t.created_at), time(t.expires_at), time(t.last_used_at)]
                    for t in found
                ]
                table(("id", "name", "role", "made", "expires", "last used"), rows)
            else:
                say("no tokens: nothing can be changed over the web")
        elif options.action == "add":
            if options.days is not None and options.days < 1:
                raise UsageError("--days: a token is good for a day at least")
            secret, now = new_secret(), archive.clock.now()
            expires = now + timedelta(days=options.days) if options.days is not None else None
            token = Token(new_id(), options.name.strip()[:200], Role(options.role), digest_of(secret), now, expires)
            tokens.add(token)
            text = token_text(token.id, secret)
            if options.json:
                print_json({**token.as_json(), "token": text})
            else:
                say(f"a {token.role.value}'s token for {clean(token.name)}; it is shown this once:")
                print(text)
        else:
            if not tokens.remove(options.id):
                raise UsageError(f"no token {options.id!r}; `archiver token list` shows all")
            say(f"token {options.id} is worthless now")
    return 0
