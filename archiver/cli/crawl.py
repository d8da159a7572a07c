"""``archiver crawl``: crawl a site by name, or any URL."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from archiver.capture.lock import SiteLock
from archiver.cli.options import add_archive, add_connecting, connecting_config, positive, seconds
from archiver.cli.output import plural, print_json, say, size, time
from archiver.cli.progress import ProgressLine
from archiver.config import Config
from archiver.config.sites import find_site
from archiver.errors import SiteUnreachable, UsageError
from archiver.model.run import Outcome, Run
from archiver.model.site import Site
from archiver.model.url import clean_url, host_of

if TYPE_CHECKING:
    from archiver.fetch.run.port import Session


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
    parser.add_argument("--depth", type=_depth, metavar="N", help="follow links inside pages this far")
    parser.add_argument(
        "--due",
        action="store_true",
        help="fetch only those sources that are due, as schedules do (default: all of them now)",
    )
    parser.add_argument("--no-extract", action="store_true", help="capture only; `archiver extract --all` reads later")
    parser.add_argument("--render", action="store_true", help="show each page to a browser too, and keep what it made")
    add_connecting(parser)
    # How the schedule starts its runs: the run's id, and the site's lock that it took for it.
    parser.add_argument("--scheduled", metavar="RUN:FD", help=argparse.SUPPRESS)
    add_archive(parser)
    parser.set_defaults(run=run)


class ScheduledRun:
    """A run that the schedule has begun: its lock on the site was taken before this process began."""

    def __init__(self, run_id: str, lock: SiteLock) -> None:
        self._run_id = run_id
        self._lock = lock
        self._ready = False

    @classmethod
    def of(cls, text: str, target: Site | tuple[str, ...], config: Config) -> ScheduledRun:
        """What the schedule said. Raises ``UsageError`` and ``SpoolUnusable``."""
        run_id, _, fd = text.partition(":")
        if not isinstance(target, Site) or not fd.isdecimal() or len(fd) > 9:
            raise UsageError("--scheduled is for the schedule alone")
        return cls(run_id, SiteLock.inherited(int(fd), config.spool_dir, target.name, owner=run_id))

    def is_running(self, _: object) -> None:
        """The crawl is under way, and so a signal ends it in good order: who wants to stop it may know."""
        if not self._ready:
            self._lock.name(self._run_id, pid=os.getpid(), ready=True)
            self._ready = True

    def open_session(self, config: Config, site: Site, **options: Any) -> Session:
        """The session of this run, whose last file stays open."""
        from archiver.fetch.run.session import RunSession

        return RunSession.open(config, site, run_id=self._run_id, lock=self._lock, keep_open=True, **options)


INTERRUPTED = 130
"""The exit code of what a signal ended."""


def _depth(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"must be a number of steps, not {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Crawl, and print the run; several targets are crawled one after the other, a process each."""
    config = connecting_config(options, may_be_new=True)
    targets = _grouped(options.target, config)
    if len(targets) > 1:
        return _one_by_one(targets, options)
    from archiver.fetch.run.crawl import CrawlOptions, crawl  # Scrapy and Twisted: only this command waits for them

    progress = ProgressLine()
    show: Callable[[Any], None] = progress.show
    open_session = None
    if options.scheduled:
        order = ScheduledRun.of(options.scheduled, targets[0], config)
        show, open_session = order.is_running, order.open_session
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
                due_only=options.due or bool(options.scheduled),
            ),
            on_progress=show,
            open_session=open_session,
        )
    except SiteUnreachable as error:
        if options.json and error.run is not None:
            print_json(error.run)
        raise
    finally:
        progress.close()
    _report(ended, json=options.json)
    # A run of the schedule that was stopped in good order is no failure.
    return INTERRUPTED if ended.outcome is Outcome.STOPPED and not options.scheduled else 0


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
    flags = {
        "--no-extract": options.no_extract,
        "--due": options.due,
        "--render": options.render,
        "--json": options.json,
    }
    shared += [flag for flag, given in flags.items() if given]
    code = 0
    for group in groups:
        targets = [group.name] if isinstance(group, Site) else list(group)
        ended, interrupted = _in_a_process([sys.executable, "-m", "archiver", "crawl", *targets, *shared])
        code = ended or code
        if interrupted:
            return INTERRUPTED
    return code


def _in_a_process(command: Sequence[str]) -> tuple[int, bool]:
    """Run a crawl to its end; its exit code, and whether it was interrupted. It is in a group of its own, so that a signal comes to it
    once, by us: a second one would end it at once, and not in good order."""
    process = subprocess.Popen(command, process_group=0)
    heard: list[int] = []

    def pass_on(number: int, _: object) -> None:
        heard.append(number)
        process.send_signal(number)

    kept = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return process.wait(), bool(heard)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


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
