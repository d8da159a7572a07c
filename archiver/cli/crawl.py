"""``archiver crawl``: crawl a site by name, or any URL."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from archiver.cli.options import add_archive, config_of, positive, seconds
from archiver.cli.output import plural, print_json, say, size, time
from archiver.cli.progress import Progress
from archiver.config import Config
from archiver.config.sites import find_site
from archiver.model.run import Run
from archiver.model.site import Site
from archiver.model.url import clean_url, host_of


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "crawl",
        help="crawl a site by name, or any URL",
        description="Crawl sites by name, or URLs: a host's root means the whole host, any other URL that page.",
        epilog="examples: archiver crawl vietnamplus --limit 50 · archiver crawl https://news.example/",
    )
    parser.add_argument("target", nargs="+", metavar="SITE|URL", help="a site's name, or an http or https URL")
    parser.add_argument("--limit", type=positive, metavar="N", help="stop after N pages")
    parser.add_argument("--max-time", type=seconds, metavar="S", help="stop after S seconds")
    parser.add_argument("--delay", type=seconds, metavar="S", help="seconds between two requests to one host")
    parser.add_argument("--concurrency", type=positive, metavar="N", help="requests in flight to one host")
    parser.add_argument("--depth", type=int, metavar="N", help="follow links inside pages this far")
    parser.add_argument("--no-extract", action="store_true", help="capture only; `archiver extract --all` reads later")
    parser.add_argument("--render", action="store_true", help="show each page to a browser too, and keep what it made")
    parser.add_argument(
        "--connect-to",
        action="append",
        default=[],
        metavar="HOST:PORT:ADDR:PORT",
        help="connect to ADDR:PORT for HOST:PORT, as curl does (may be repeated)",
    )
    parser.add_argument("--ca-file", metavar="FILE", help="trust these certificate authorities too (PEM)")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Crawl, and print the run; several targets are crawled one after the other, a process each."""
    config = _configured(options)
    targets = _grouped(options.target, config)
    if len(targets) > 1:
        return _one_by_one(targets, options)
    from archiver.fetch.crawl import CrawlOptions, crawl  # Scrapy and Twisted: only this command waits for them

    progress = Progress()
    try:
        ended = crawl(
            config,
            targets[0],
            options=CrawlOptions(
                limit=options.limit,
                max_time=options.max_time,
                delay=options.delay,
                concurrency=options.concurrency,
                depth=options.depth,
                extract=not options.no_extract,
                render=options.render,
            ),
            on_progress=progress.show,
        )
    finally:
        progress.close()
    _report(ended, json=options.json)
    return 0


def _configured(options: argparse.Namespace) -> Config:
    config = config_of(options)
    changes: dict[str, object] = {}
    if options.connect_to:
        changes["connect_to"] = (*config.fetch.connect_to, *options.connect_to)
    if options.ca_file:
        changes["ca_file"] = options.ca_file
    return config.with_fetch(**changes)


def _grouped(targets: Sequence[str], config: Config) -> list[Site | tuple[str, ...]]:
    """Each site by name, and the URLs of each host together. Raises ``UnknownSite`` and ``NotHttpUrl``."""
    groups: list[Site | tuple[str, ...]] = []
    urls: dict[str, list[str]] = {}
    for target in targets:
        if "://" not in target:
            groups.append(find_site(target, config))
        else:
            urls.setdefault(host_of(clean_url(target)), []).append(target)
    return groups + [tuple(of_host) for of_host in urls.values()]


def _one_by_one(groups: Sequence[Site | tuple[str, ...]], options: argparse.Namespace) -> int:
    """A crawl a process, since a reactor runs only once in one; the exit code of the last that failed."""
    shared: list[str] = []
    for name in ("limit", "max_time", "delay", "concurrency", "depth", "ca_file", "archive"):
        value = getattr(options, name)
        if value is not None:
            shared += [f"--{name.replace('_', '-')}", str(value)]
    for rule in options.connect_to:
        shared += ["--connect-to", rule]
    shared += ["--no-extract"] * options.no_extract + ["--render"] * options.render + ["--json"] * options.json
    code = 0
    for group in groups:
        targets = [group.name] if isinstance(group, Site) else list(group)
        done = subprocess.run([sys.executable, "-m", "archiver", "crawl", *targets, *shared], check=False)
        code = done.returncode or code
    return code


def _report(ended: Run, *, json: bool) -> None:
    if json:
        print_json(ended.as_json())
        return
    took = ended.ended_at - ended.started_at if ended.ended_at else None
    print(f"{ended.site}: {ended.outcome.value if ended.outcome else '?'}, run {ended.id}")
    print(f"  {plural(ended.pages, 'page')} ({ended.new:,} new), {plural(ended.captures, 'capture')} in all")
    print(f"  {plural(ended.articles, 'article')}, {ended.failed:,} failed")
    print(f"  {size(ended.bytes)} of WARC in {plural(len(ended.files), 'file')}:")
    for file in ended.files:
        print(f"    {file}")
    if took is not None:
        print(f"  from {time(ended.started_at)} to {time(ended.ended_at)} ({took.total_seconds():.1f} s)")
    say("next: archiver captures --site " + ended.site + " · archiver search WORDS · archiver serve")
