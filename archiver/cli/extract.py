"""``archiver extract``: one page read without an archive, or what an archive has not read yet."""

from __future__ import annotations

import argparse
import gzip
import sys
import time
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import clean, plural, print_json, say, table
from archiver.cli.output import time as shown_time
from archiver.errors import UsageError
from archiver.model.article import Extraction

if TYPE_CHECKING:
    from archiver.config import Config
    from archiver.extract.explain import Explained
    from archiver.ops.learning import Learnt

MAX_FILE = 100_000_000
TEASER = 100
"""Characters of a block that are shown."""
EVERY = 5.0
"""Seconds between two lines of progress."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "extract",
        help="read the article of one page, or of all pages again; learn a site's templates",
        description=(
            "Read one page (no archive needed); with --all, read the archive again where this version has not, and say what changed; "
            "with --learn, learn what the pages of a site have in common."
        ),
        epilog="example: archiver extract page.html --url https://news.example/a --json",
    )
    parser.add_argument("file", nargs="?", metavar="FILE|-", help="a page, gzip or not; - for standard input")
    parser.add_argument("--url", help="the page's URL")
    parser.add_argument("--content-type", metavar="T", help="its Content-Type header, if known")
    parser.add_argument(
        "--explain",
        action="store_true",
        help="say which blocks are text and why, where each field was read, and how sure",
    )
    parser.add_argument(
        "--all", action="store_true", help="read what this extractor has not read yet, also what an older one read"
    )
    parser.add_argument(
        "--drop-old", action="store_true", help="with --all: forget what older versions read of the same pages"
    )
    parser.add_argument(
        "--learn",
        nargs="?",
        const="",
        metavar="SITE",
        help="learn the templates of a site, or of all, from the pages that are held; extract --all then reads them with it",
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what was read; a page that is no article is no error."""
    if options.learn is not None:
        return _learn(options)
    if options.all:
        return _all(options)
    if not options.file or not options.url:
        raise UsageError("extract takes FILE (or -) and --url URL, or --all, or --learn")
    from archiver.extract.explain import explain  # loads the language model and trafilatura
    from archiver.model.url import clean_url

    explained = explain(_read(options.file), url=clean_url(options.url), content_type=options.content_type)
    if options.json:
        blocks = [block.as_json() for block in explained.blocks]
        print_json({**explained.extraction.as_json(), **({"blocks": blocks} if options.explain else {})})
    elif options.explain:
        _explain(explained)
    else:
        _show(explained.extraction)
    return 0


def _read(file: str) -> bytes:
    try:
        data = sys.stdin.buffer.read(MAX_FILE) if file == "-" else Path(file).read_bytes()[:MAX_FILE]
        if data.startswith(b"\x1f\x8b"):
            with gzip.open(BytesIO(data)) as packed:
                data = packed.read(MAX_FILE)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{file}: {error}") from error
    return data


def _show(extraction: Extraction) -> None:
    article = extraction.article
    if article is None:
        print(f"{extraction.verdict.value}: {clean(extraction.reason)}")
        return
    facts = (
        ("authors", ", ".join(article.authors)),
        ("published", shown_time(article.published_at) if article.published_at else ""),
        ("modified", shown_time(article.modified_at) if article.modified_at else ""),
        ("language", article.language or ""),
        ("section", article.section or ""),
        ("tags", ", ".join(article.tags)),
        ("source", " ".join(filter(None, (article.source_name, article.source_url)))),
        ("words", str(article.word_count)),
    )
    print(clean(article.title or ""))
    for name, value in facts:
        if value:
            print(f"{name}: {clean(value)}")
    print()
    print("\n\n".join(clean(paragraph) for paragraph in article.paragraphs))


def _explain(explained: Explained) -> None:
    extraction = explained.extraction
    print(f"verdict: {extraction.verdict.value} ({clean(extraction.reason)}); by {extraction.extractor}")
    for name, value in extraction.settings.items():
        print(f"{name}: {clean(value)}")
    if extraction.article is not None:
        table(
            ("FIELD", "FROM", "SURE"),
            [(name, s.origin, f"{s.confidence:.2f}") for name, s in extraction.article.provenance.items()],
        )
    table(
        ("", "BY", "WHY", "KIND", "TEXT"),
        [
            (
                "kept" if b.kept else "dropped",
                b.by,
                b.why,
                b.kind,
                b.text[:TEASER] + ("…" if len(b.text) > TEASER else ""),
            )
            for b in explained.blocks
        ],
    )


class _Counted:
    """Says now and then how many pages are read."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said >= EVERY:
            self._said = now
            say(f"{done:,} of {plural(total, 'page')} read")


def _learn(options: argparse.Namespace) -> int:
    from archiver.ops.learning import learn_sites

    config = config_of(options)
    if options.learn:
        _known_site(options.learn, config)
    learnt = list(learn_sites(config, options.learn or None))
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


def _known_site(name: str, config: Config) -> None:
    """Raises ``UnknownSite`` for a site that has neither a file nor pages."""
    from archiver.catalog import Catalog
    from archiver.config.sites import find_site
    from archiver.model.instant import SystemClock

    with Catalog.open(config.catalog_url, clock=SystemClock()) as catalog:
        if name not in catalog.readings.sites():
            find_site(name, config)


def _all(options: argparse.Namespace) -> int:
    from archiver.ops.reading import read_archive

    result = read_archive(config_of(options), on_page=_Counted(), drop_old=options.drop_old)
    if options.json:
        print_json(result.as_json())
        return 0
    changes = result.change_lines()
    if changes:
        names = ("changed", "gained", "lost")
        table(
            ("SITE", "FIELD", "CHANGED", "GAINED", "LOST"),
            [(str(line["site"]), str(line["field"]), *(str(line[name]) for name in names)) for line in changes],
            right=("CHANGED", "GAINED", "LOST"),
        )
    say(
        f"read {plural(result.read, 'page')}, {result.articles:,} of them articles, {result.again:,} read before by another version; "
        f"{plural(len(result.sidecars), 'sidecar')}"
        + (f"; dropped {result.dropped:,} older readings" if options.drop_old else "")
    )
    return 0
