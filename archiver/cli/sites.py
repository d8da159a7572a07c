"""``archiver sites``: the known sites and their sources; add one by its home page, try the sources of one."""

from __future__ import annotations

import argparse
import subprocess
import sys

from archiver.cli.options import add_archive, add_connecting, config_of, connecting_config, positive, seconds
from archiver.cli.output import clean, plural, print_json, say, table
from archiver.cli.progress import ProgressLine
from archiver.config import Config
from archiver.config.sites import all_sites, find_site
from archiver.model.url import clean_url, host_of


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "sites",
        help="the known sites and their sources; add one, or try its sources",
        description="List the sites that this archive knows: built-in ones and its own (sites/*.toml).",
        epilog="examples: archiver sites --json · archiver sites add https://news.example/ · archiver sites check vnexpress",
    )
    add_archive(parser)
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(dest="action", metavar="add URL | check [SITE]")
    new = actions.add_parser(
        "add",
        help="make the file of a site that is given by its home page alone",
        description="Crawl a few pages of a host, find its feeds, sitemaps and sections, and write sites/NAME.toml.",
        epilog="example: archiver sites add https://news.example/",
    )
    new.add_argument("url", metavar="URL", help="the home page")
    new.add_argument("--name", metavar="NAME", help="the site's name (default: its host)")
    new.add_argument("--limit", type=positive, default=40, metavar="N", help="pages of the test crawl (default: 40)")
    new.set_defaults(run=run_add)
    check = actions.add_parser(
        "check",
        help="try the sources of a site live",
        description="Fetch every source of a site, or of all sites, and show which are fine, which have moved and which failed. The day "
        "is noted in the archive's own copy of the site file.",
        epilog="example: archiver sites check vnexpress --json",
    )
    check.add_argument("site", nargs="?", metavar="SITE", help="a site's name (default: all, one after the other)")
    check.set_defaults(run=run_check)
    for each in (new, check):
        _add_fetching(each)
        add_archive(each)


def _add_fetching(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--delay", type=seconds, metavar="S", help="seconds between two requests to one host")
    add_connecting(parser)


def run(options: argparse.Namespace) -> int:
    """Print one line a site."""
    sites = all_sites(config_of(options, may_be_new=True)).values()
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


def run_add(options: argparse.Namespace) -> int:
    """Make a site file, and say what was found."""
    from archiver.fetch.run.crawl import CrawlOptions  # Scrapy and Twisted: only these two actions wait for them
    from archiver.ops.sites import add_site

    config = connecting_config(options)
    url = clean_url(options.url)
    known = [site.name for site in all_sites(config).values() if host_of(url) in site.host_names]
    if known:
        say(f"{host_of(url)} is a host of {', '.join(known)} already; both will be crawled if you use both")
    progress = ProgressLine()
    try:
        found, path, run = add_site(
            config,
            url,
            name=options.name,
            limit=options.limit,
            options=CrawlOptions(delay=options.delay),
            on_progress=progress.show,
        )
    finally:
        progress.close()
    site = found.site
    if options.json:
        print_json(
            {
                **site.as_json(),
                "file": str(path),
                "run": run.id,
                "pages": found.pages,
                "articles": found.articles,
                "language": site.hosts[0].language,
                "scope": {"article": list(site.scope.article), "listing": list(site.scope.listing)},
                "found": [state.as_json() for state in found.sources],
                "failed": [state.as_json() for state in found.failed],
                "notes": list(found.notes),
            }
        )
        return 0
    print(f"{site.name}: {clean(site.title)}, {site.hosts[0].language or 'language unknown'}, {site.timezone}")
    print(f"  {plural(found.pages, 'page')} looked at, {plural(found.articles, 'article')} among them")
    entries = {state.moved_to or state.url: state.entries for state in found.sources}
    table(
        ("KIND", "ENTRIES", "SOURCE"),
        ((s.kind.value, str(entries[s.url]) if entries.get(s.url) is not None else "–", s.url) for s in site.sources),
        right=("ENTRIES",),
    )
    for rule in site.scope.article:
        print(f"  articles: {rule}")
    for note in found.notes:
        print(f"  {clean(note)}")
    print(f"written: {path}")
    say(f"next: look at {path}, then archiver crawl {site.name}")
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Try the sources of one site, or of all in a process each."""
    config = connecting_config(options)
    if options.site is None:
        return _check_all(config, options)
    from archiver.fetch.run.crawl import CrawlOptions
    from archiver.ops.sites import check_site

    site = find_site(options.site, config)
    if config.fetch.connect_to:
        say("connections are directed (--connect-to): what is tried is what they lead to")
    progress = ProgressLine()
    try:
        checked, day = check_site(config, site, options=CrawlOptions(delay=options.delay), on_progress=progress.show)
    finally:
        progress.close()
    if options.json:
        for each in checked:
            print_json({**each.as_json(), "checked": day.isoformat()})
        return 0
    table(
        ("STATE", "STATUS", "ENTRIES", "SOURCE", "WHY"),
        (
            (
                each.state,
                str(each.status or "–"),
                "–" if each.entries is None else str(each.entries),
                each.source.url,
                each.reason or (f"→ {each.moved_to}" if each.moved_to else ""),
            )
            for each in checked
        ),
        right=("STATUS", "ENTRIES"),
    )
    counts = {state: sum(1 for each in checked if each.state == state) for state in ("fine", "moved", "failed")}
    say(f"{site.name}: " + ", ".join(f"{count} {state}" for state, count in counts.items()) + f"; checked {day}")
    return 0


def _check_all(config: Config, options: argparse.Namespace) -> int:
    """A check a process, since a reactor runs only once in one; the exit code of the last that failed."""
    shared = ["--archive", str(config.home)] + ["--json"] * options.json
    for name in ("delay", "ca_file"):
        if getattr(options, name) is not None:
            shared += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    for rule in options.connect_to:
        shared += ["--connect-to", rule]
    code = 0
    for name in all_sites(config):
        done = subprocess.run([sys.executable, "-m", "archiver", "sites", "check", name, *shared], check=False)
        code = done.returncode or code
    return code
