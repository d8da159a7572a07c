"""``archiver search``: articles by their words."""

from __future__ import annotations

import argparse

from archiver.cli.options import add_archive, add_span, archive_of, positive, when_end
from archiver.cli.output import clean, print_json, say, time
from archiver.errors import UsageError


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "search",
        help="search the articles",
        description='Search the articles: words (all of them), "phrases", OR, -word, title: text: author: section: url: '
        "site: language: before a word. Marks may be left out.",
        epilog="example: archiver search 'an ninh Á-Âu' --language vi",
    )
    parser.add_argument("query", nargs="+", metavar="QUERY")
    parser.add_argument("--site", metavar="S", help="of this site only")
    parser.add_argument("--language", metavar="L", help="in this language only (vi, en, fr, …)")
    add_span(parser)
    parser.add_argument("--as-of", type=when_end, metavar="T", help="what each page said at this time")
    parser.add_argument(
        "--sort", choices=("rank", "newest", "oldest"), default="rank", help="the best first, or by date of publication"
    )
    parser.add_argument("--limit", type=positive, default=20, metavar="N", help="at most N hits (default 20)")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the hits, best first."""
    if not " ".join(options.query).strip():
        raise UsageError("the query is empty")
    with archive_of(options) as archive:
        hits = archive.search(
            " ".join(options.query),
            site=options.site,
            language=options.language,
            since=options.since,
            until=options.until,
            as_of=options.as_of,
            sort=options.sort,
            limit=options.limit,
        )
        count = 0
        for hit in hits:
            count += 1
            if options.json:
                print_json(hit.as_json())
                continue
            published = f", published {time(hit.published_at)}" if hit.published_at else ""
            print(clean(hit.title or "(no title)"))
            print(f"  {clean(hit.snippet)}")
            print(f"  {hit.url}")
            print(f"  {hit.site}, {hit.language or '?'}{published}, captured {time(hit.at)}\n")
        if not options.json:
            say(f"{count} hits" if count != 1 else "1 hit")
    return 0
