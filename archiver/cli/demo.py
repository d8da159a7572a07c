"""``archiver demo``: crawl the model newspaper on loopback, and show what can be done with it."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from archiver.cli.options import config_of, when
from archiver.cli.output import number, plural, say, size, time
from archiver.config import load
from archiver.config.home import prepare_home
from archiver.errors import ArchiverError, UsageError

HOME = Path("demo-archive")
SITES = ("vietnamplus", "vietnam.vn")
COPY = "https://www.vietnam.vn/fr/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au"
WORDS = "architecture sécurité eurasienne"


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "demo",
        help="crawl the model newspaper on loopback and show what can be done with it",
        description="Crawl a model newspaper that runs on this machine under real host names, into ./demo-archive.",
        epilog="example: archiver demo",
    )
    parser.add_argument("--site-only", action="store_true", help="only serve the newspaper, until stopped")
    parser.add_argument("--port", type=int, default=0, metavar="P", help="its http port (https: the one above)")
    parser.add_argument("--at", type=when, metavar="T", help="the newspaper's clock")
    parser.add_argument(
        "--archive",
        metavar="DIR",
        type=Path,
        default=argparse.SUPPRESS,
        help="the archive's home (default: ./demo-archive)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve the newspaper alone, or crawl it and show the result."""
    if options.site_only:
        return _site_only(options)
    options.archive = options.archive or HOME
    home = options.archive.absolute()
    config = config_of(options, may_be_new=True)
    if (home / "archiver.toml").exists() and not config.archive.model:
        raise UsageError(f"{home} is an archive of real pages; the demo's made-up ones never mix with them")
    prepare_home(config, model=True)
    say("A model newspaper starts on this machine. Its pages are made up; its archive says so in every file.\n")
    with _newspaper(options) as site:
        runs = [_crawl(name, home, site) for name in SITES]
    _show(home, runs)
    return 0


def _site_only(options: argparse.Namespace) -> int:
    """Serve the newspaper until SIGINT or SIGTERM; both are a proper end."""
    from archiver.demo.moments import MORNING
    from archiver.demo.newspaper import Newspaper
    from archiver.demo.server import DemoServer, serve_forever

    with tempfile.TemporaryDirectory(prefix="archiver-demo-") as directory:
        newspaper = Newspaper(at=options.at or MORNING)
        serve_forever(DemoServer(newspaper, port=options.port, directory=Path(directory)), out=sys.stdout)
    return 0


@contextmanager
def _newspaper(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The newspaper in a process of its own; what it says of itself."""
    command = [sys.executable, "-m", "archiver", "demo", "--site-only", "--port", str(options.port)]
    if options.at is not None:
        command += ["--at", options.at.isoformat()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise ArchiverError(f"the model newspaper did not start (exit code {process.wait()})")
        yield json.loads(line)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _crawl(name: str, home: Path, site: dict[str, Any]) -> dict[str, Any]:
    """One crawl in a process of its own, as anybody would run it; its run."""
    say(f"$ archiver crawl {name} --connect-to …")
    command = [sys.executable, "-m", "archiver", "crawl", name, "--archive", str(home), "--json"]
    for rule in site["connect_to"]:
        command += ["--connect-to", rule]
    command += ["--ca-file", site["ca_file"], "--concurrency", "8"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise ArchiverError(f"the crawl of {name} ended with exit code {done.returncode}")
    result: dict[str, Any] = json.loads(done.stdout)
    say(
        f"  {plural(result['pages'], 'page')}, {plural(result['captures'], 'capture')}, "
        f"{plural(result['articles'], 'article')}, {size(result['bytes'])} of WARC\n"
    )
    return result


def _show(home: Path, runs: list[dict[str, Any]]) -> None:
    from archiver.archive import Archive

    with Archive(load(home)) as archive:
        print(f"The archive {home}")
        print(f"  pages captured   {number(sum(run['pages'] for run in runs))}")
        print("  WARC objects in the store")
        for key in archive.store.keys("warcs/"):
            stat = archive.store.stat(key)
            print(f"    {key}  {size(stat.size if stat else 0)}")
        languages = Counter(article.language or "?" for _, article in archive.articles())
        print("  articles         " + ", ".join(f"{code} {number(n)}" for code, n in languages.most_common()))
        page = archive.get(COPY)
        article = page.extraction.article if page.extraction else None
        if article is not None:
            print(f"\nOne article's text, without the page's tail\n  {COPY}")
            print(f"  {article.title}\n  language {article.language}, source {article.source_url}\n")
            for paragraph in (*article.paragraphs[:2], "…", *article.paragraphs[-1:]):
                print(f"    {paragraph}\n")
        print("The same page got back by URL and date")
        day = f"{page.capture.at:%Y-%m-%d}"
        print(f"  $ archiver get {COPY} --at {day} --as raw")
        print(f"  {size(len(page.raw))} of HTML, captured {time(page.capture.at)}, status {page.capture.status}")
        print(f"  record {page.capture.record_id}\n  digest {page.capture.digest}\n")
        print(f"Search: {WORDS}")
        for hit in islice(archive.search(WORDS), 3):
            print(f"  {hit.title}\n    {hit.url}")
    flag = f"--archive {home.name if home.parent == Path.cwd() else home}"
    print("\nGo on with")
    print(f"  archiver serve {flag}                      look at it in a browser")
    print(f"  archiver captures '{COPY}' {flag}")
    print(f"  archiver get {COPY} --as text {flag}")
    print(f"  archiver search 'an ninh' --language vi {flag}")
    print("  archiver crawl vietnamplus --limit 50           a live site, into ./archive")
