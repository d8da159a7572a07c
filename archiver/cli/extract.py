"""``archiver extract``: one page read without an archive, or an archive read again, learnt from, and its results chosen among."""

from __future__ import annotations

import argparse
import gzip
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.extract_archive import OF_AN_ARCHIVE
from archiver.cli.options import add_archive, archive_of, when
from archiver.cli.output import clean, print_json, table
from archiver.cli.output import time as shown_time
from archiver.errors import UsageError
from archiver.model.article import Extraction

if TYPE_CHECKING:
    from archiver.extract.explain import Explained

MAX_FILE = 100_000_000
TEASER = 100
"""Characters of a block that are shown."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "extract",
        help="read the article of one page, or of all pages again; learn a site's templates",
        description=(
            "Read one page: FILE with --url (no archive needed), or without FILE the archived page of --url with what was learnt of its site. "
            "With --all, read the archive again where this version has not, and say what changed; with --learn, learn what the pages "
            "of a site have in common. Old and new results are kept until you choose one (--accept, --reject)."
        ),
        epilog="example: archiver extract page.html --url https://news.example/a --json",
    )
    parser.add_argument("file", nargs="?", metavar="FILE|-", help="a page, gzip or not; - for standard input")
    parser.add_argument("--url", help="the page's URL; without FILE, that of an archived page")
    parser.add_argument(
        "--at", type=when, metavar="T", help="without FILE: the capture nearest to this time (default: the newest)"
    )
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
        "--drop-old", action="store_true", help="with --all: remove the results of older versions for the same pages"
    )
    parser.add_argument(
        "--learn",
        nargs="?",
        const="",
        metavar="SITE",
        help="learn the templates of a site, or of all, from its archived pages; extract --all then reads them with it",
    )
    for name, meaning in (
        ("compare", "how the newest results differ from those before them, where both are kept"),
        ("accept", "keep the newest results of a site, or of all, and remove the older ones of the same pages"),
        ("reject", "remove the newest results where older ones are kept, and go back to the learnt model before"),
        ("rates", "how many pages of each day are articles, with title and date: a site that was rebuilt shows here"),
    ):
        parser.add_argument(f"--{name}", nargs="?", const="", metavar="SITE", help=meaning)
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what was read; a page that is no article is no error."""
    chosen = [name for name in OF_AN_ARCHIVE if getattr(options, name) not in {None, False}]
    if len(chosen) > 1:
        raise UsageError(f"extract does one thing at a time: --{chosen[0]} or --{chosen[1]}")
    if chosen:
        return OF_AN_ARCHIVE[chosen[0]](options)
    if not options.url:
        raise UsageError(
            "extract takes FILE (or -) and --url URL, or --url URL of an archived page, or --all, --learn, --accept …"
        )
    if options.file and options.at:
        raise UsageError("--at picks a capture of the archive; a FILE has none")
    explained = _of_file(options) if options.file else _of_archive(options)
    if options.json:
        blocks = [block.as_json() for block in explained.blocks]
        print_json({**explained.extraction.as_json(), **({"blocks": blocks} if options.explain else {})})
    elif options.explain:
        _explain(explained)
    else:
        _show(explained.extraction)
    return 0


def _of_file(options: argparse.Namespace) -> Explained:
    from archiver.extract import ExtractionTask
    from archiver.extract.explain import explain  # loads the language model and trafilatura
    from archiver.model.url import clean_url

    return explain(ExtractionTask(_read(options.file), clean_url(options.url), content_type=options.content_type))


def _of_archive(options: argparse.Namespace) -> Explained:
    from archiver.articles.explained import explain_capture
    from archiver.config.sites import all_sites
    from archiver.replay.lookup import nearest

    with archive_of(options) as archive:
        capture = nearest(archive.catalog, options.url, at=options.at)
        sites = all_sites(archive.config)
        return explain_capture(capture, catalog=archive.catalog, records=archive.reader, find_site=sites.get)


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
