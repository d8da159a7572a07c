"""What ``archiver extract`` does with a whole archive: read it again, learn from it, choose which results stay, show its rates."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archiver.cli.options import archive_of, config_of
from archiver.cli.output import NowAndThen, plural, print_json, say, table

if TYPE_CHECKING:
    from archiver.config import Config
    from archiver.ops.changes import Changes
    from archiver.ops.learning import Learnt


class _Counted:
    """Says now and then how many pages are read."""

    def __init__(self) -> None:
        self._progress = NowAndThen()

    def __call__(self, done: int, total: int) -> None:
        self._progress.say(lambda: f"{done:,} of {plural(total, 'page')} read")


def _learn(options: argparse.Namespace) -> int:
    from archiver.ops.learning import learn_sites

    config = config_of(options)
    learnt = list(learn_sites(config, _site(options.learn, config)))
    if options.json:
        for each in learnt:
            print_json(each.as_json())
        return 0
    table(
        ("SITE", "PAGES", "VERSION", "CONTAINERS", "BOXES", "LINES", ""),
        [_learnt_row(each) for each in learnt],
        right=("PAGES", "CONTAINERS", "BOXES", "LINES"),
    )
    if any(each.new for each in learnt):
        say("archiver extract --all reads the pages with what was learnt")
    return 0


def _learnt_row(each: Learnt) -> tuple[str, ...]:
    facts = each.as_json()
    numbers = (str(facts[name]) for name in ("containers", "boxes", "texts"))
    state = "new" if each.new else "nothing learnt" if each.model is None else "as before"
    return (each.site, str(each.pages), each.model.version if each.model else "", *numbers, state)


def _site(name: str, config: Config) -> str | None:
    """The site that was named, if one was. Raises ``UnknownSite`` for one that has neither a file nor pages."""
    if not name:
        return None
    from archiver.catalog import Catalog
    from archiver.config.sites import find_site
    from archiver.model.instant import SystemClock

    with Catalog.open(config.catalog_url, clock=SystemClock()) as catalog:
        if name not in catalog.readings.sites():
            find_site(name, config)
    return name


def _all(options: argparse.Namespace) -> int:
    from archiver.ops.reread import read_archive

    result = read_archive(config_of(options), on_page=_Counted(), drop_old=options.drop_old)
    if options.json:
        print_json(result.as_json())
        return 0
    _changes(result.changes)
    say(
        f"read {plural(result.read, 'page')}, {result.articles:,} of them articles, {result.changes.pages:,} read before by another version; "
        f"{plural(len(result.sidecars), 'sidecar')}"
        + (f"; removed {result.dropped:,} older results" if options.drop_old else "")
    )
    if result.changes.counts and not options.drop_old:
        say(
            "old and new results are kept until you choose: archiver extract --accept removes the older ones, --reject the newest"
        )
    return 0


def _changes(changes: Changes) -> None:
    lines = changes.as_json()
    names = ("changed", "gained", "lost")
    if lines:
        table(
            ("SITE", "FIELD", "CHANGED", "GAINED", "LOST", "FOR EXAMPLE"),
            [
                (str(line["site"]), str(line["field"]), *(str(line[name]) for name in names), _first(line["examples"]))
                for line in lines
            ],
            right=("CHANGED", "GAINED", "LOST"),
        )


def _first(examples: object) -> str:
    return str(examples[0]) if isinstance(examples, list) and examples else ""


def _compare(options: argparse.Namespace) -> int:
    from archiver.ops.settling import compare

    config = config_of(options)
    changes = compare(config, _site(options.compare, config))
    if options.json:
        print_json({"pages": changes.pages, "same": changes.same, "changes": changes.as_json()})
        return 0
    _changes(changes)
    say(f"{plural(changes.pages, 'page')} with two results, {changes.same:,} of them the same in both")
    return 0


def _settle(options: argparse.Namespace) -> int:
    from archiver.ops.settling import accept, reject

    config = config_of(options)
    if options.accept is not None:
        settled = accept(config, _site(options.accept, config))
    else:
        settled = reject(config, _site(options.reject, config))
    if options.json:
        for each in settled:
            print_json(each.as_json())
        return 0
    table(
        ("SITE", "READ BY", "UNTIL NOW BY", "READINGS DROPPED", "SIDECARS DROPPED"),
        [(each.site, each.extractor, each.before, str(each.dropped), str(each.sidecars)) for each in settled],
        right=("READINGS DROPPED", "SIDECARS DROPPED"),
    )
    return 0


def _rates(options: argparse.Namespace) -> int:
    config = config_of(options)
    site = _site(options.rates, config)
    with archive_of(options) as archive:
        days = archive.catalog.readings.rates(site)
    if options.json:
        for day in days:
            print_json(day.as_json())
        return 0
    names = ("pages", "articles", "titled", "dated", "empty", "blocked", "errors")
    table(
        ("SITE", "DAY", "RATE", *(name.upper() for name in names), "WORDS EACH"),
        [
            (
                day.site,
                f"{day.day:%Y-%m-%d}",
                f"{day.rate:.2f}",
                *(str(getattr(day, name)) for name in names),
                str(round(day.words / day.articles) if day.articles else 0),
            )
            for day in days
        ],
        right=("RATE", *(name.upper() for name in names), "WORDS EACH"),
    )
    return 0


OF_AN_ARCHIVE = {
    "all": _all,
    "learn": _learn,
    "compare": _compare,
    "accept": _settle,
    "reject": _settle,
    "rates": _rates,
}
"""What is done with an archive, by its option."""
