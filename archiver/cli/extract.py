"""``archiver extract``: one page read without an archive, or what an archive has not read yet."""

from __future__ import annotations

import argparse
import gzip
import sys
import zlib
from io import BytesIO
from pathlib import Path

from archiver.cli.options import add_archive, config_of
from archiver.cli.output import clean, print_json, say, time
from archiver.errors import UsageError
from archiver.model.article import Extraction

MAX_FILE = 100_000_000


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "extract",
        help="read the article of one page, or of all pages not read yet",
        description="Read one page (no archive needed), or with --all what the archive has not read yet.",
        epilog="example: archiver extract page.html --url https://news.example/a --json",
    )
    parser.add_argument("file", nargs="?", metavar="FILE|-", help="a page, gzip or not; - for standard input")
    parser.add_argument("--url", help="the page's URL")
    parser.add_argument("--content-type", metavar="T", help="its Content-Type header, if known")
    parser.add_argument("--explain", action="store_true", help="say where each field was read, and how sure")
    parser.add_argument("--all", action="store_true", help="read what the archive has not read yet")
    add_archive(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what was read; a page that is no article is no error."""
    if options.all:
        return _all(options)
    if not options.file or not options.url:
        raise UsageError("extract takes FILE (or -) and --url URL, or --all")
    from archiver.extract import extract  # loads the language model and trafilatura
    from archiver.model.url import clean_url

    extraction = extract(_read(options.file), url=clean_url(options.url), content_type=options.content_type)
    if options.json:
        print_json(extraction.as_json())
    else:
        _show(extraction)
    if options.explain:
        _explain(extraction)
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
        ("published", time(article.published_at) if article.published_at else ""),
        ("modified", time(article.modified_at) if article.modified_at else ""),
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


def _explain(extraction: Extraction) -> None:
    say(f"verdict: {extraction.verdict.value} ({extraction.reason}); by {extraction.extractor}")
    if extraction.article is not None:
        for name, source in extraction.article.provenance.items():
            say(f"{name}: from {source.origin}, confidence {source.confidence:.2f}")


def _all(options: argparse.Namespace) -> int:
    from archiver.ops.reading import read_untried

    result = read_untried(config_of(options), on_page=lambda: None)
    if options.json:
        print_json({"read": result.read, "articles": result.articles, "sidecars": list(result.sidecars)})
    else:
        say(f"read {result.read:,} pages, {result.articles:,} of them articles; wrote {len(result.sidecars)} sidecars")
    return 0
