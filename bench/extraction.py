"""How well articles are read, beside plain trafilatura, on real pages with gold articles.

Usage: ``ARCHIVER_TEST_DATA=DIR python bench/extraction.py [--json] [--misses]`` (default ``../shared/data`` beside the checkout;
where there is no such folder it says so and ends with 0).

Measures, each a mean over pages:

- body F1: token 4-grams (scripts without spaces: characters), as multisets, F1 of each page, as in the scrapinghub benchmark.
  The gold bodies come from site-specific parsers and hold a summary (the lead, where the page shows one), headings and
  paragraphs. Extractors differ in where they put the lead, so each is given what suits it best, page by page: its text
  against gold with and without the summary, and (ours, which keeps the lead in a field of its own) lead and text against the
  whole. ``strict`` is one comparison only: all that was extracted (lead and text) against the whole gold.
- exact: share of pages whose tokens are the gold's, in that same comparison.
- title: equal after squeezing white space. authors: F1 of the sets of names, letter case ignored.
- day, minute: publishing date; gold without a zone is compared with the clock on the wall.
- ms: milliseconds per page, wall clock, one process, second pass (libraries loaded).
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import os
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")


@dataclass
class Read:
    """What an extractor makes of a page, in common terms."""

    text: str = ""
    lead: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    verdict: str = ""


@dataclass
class Score:
    """Sums over pages."""

    sums: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)


def ours(html: bytes, url: str, at: datetime) -> Read:
    from archiver.extract import extract

    extraction = extract(html, url=url, at=at)
    article = extraction.article
    if article is None:
        return Read(verdict=f"{extraction.verdict.value}: {extraction.reason}")
    return Read(article.text, article.lead, article.title, article.authors, article.published_at)


def plain_trafilatura(html: bytes, url: str, _at: datetime) -> Read:
    from trafilatura import bare_extraction

    document: Any = bare_extraction(html, url=url, with_metadata=True)
    if document is None:
        return Read(verdict="nothing")
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    try:
        published = datetime.fromisoformat(document.date) if document.date else None
    except ValueError:
        published = None
    return Read(document.text or "", None, document.title, authors, published)


def grams(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Multiset of token n-grams; a text shorter than one is itself one."""
    tokens = TOKEN.findall(text.lower())
    if len(tokens) < size:
        return Counter([tuple(tokens)] if tokens else [])
    return Counter(tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1))


def f1(one: str, other: str, size: int = 4) -> float:
    a, b = grams(one, size), grams(other, size)
    if not a and not b:
        return 1.0
    return 2 * sum((a & b).values()) / (sum(a.values()) + sum(b.values()))


def gold_texts(gold: dict[str, Any]) -> tuple[str, str]:
    """The gold body with and without its summary."""
    body = gold["body"]
    rest = [line for section in body["sections"] for line in (*section["headline"], *section["paragraphs"])]
    return "\n".join([*body["summary"], *rest]), "\n".join(rest)


def score(read: Read, gold: dict[str, Any], into: Score, name: str) -> None:
    whole, rest = gold_texts(gold)
    with_lead = f"{read.lead}\n{read.text}" if read.lead else read.text
    pairs = ((read.text, rest), (read.text, whole), (with_lead, whole))
    sums = into.sums
    body = max(f1(a, b) for a, b in pairs)
    sums["body F1"] += body
    sums["tokens F1"] += max(f1(a, b, 1) for a, b in pairs)
    sums["strict"] += f1(with_lead, whole)
    sums["exact"] += any(TOKEN.findall(a.lower()) == TOKEN.findall(b.lower()) for a, b in pairs)
    title = " ".join((read.title or "").split()) == " ".join(gold["title"].split())
    sums["title"] += title
    said, true = ({n.lower() for n in names} for names in (read.authors, gold["authors"]))
    authors = 2 * len(said & true) / (len(said) + len(true)) if said or true else 1.0
    sums["authors"] += authors
    day, minute = date_hits(read.published, datetime.fromisoformat(gold["publishing_date"]))
    sums["day"] += day
    sums["minute"] += minute
    if body < 0.9 or not title or authors < 1 or not minute:
        into.misses.append(
            f"{name}: body {body:.3f} title {read.title!r} authors {read.authors} date {read.published} {read.verdict}"
        )


def date_hits(said: datetime | None, true: datetime) -> tuple[bool, bool]:
    if said is None:
        return False, False
    if true.tzinfo is None or said.tzinfo is None:
        same = said.replace(tzinfo=None), true.replace(tzinfo=None)
        return same[0].date() == same[1].date(), abs((same[0] - same[1]).total_seconds()) < 60
    day = said.date() == true.date() or said.astimezone(true.tzinfo).date() == true.date()
    return day, abs((said - true).total_seconds()) < 60


def run(
    extractor: Callable[[bytes, str, datetime], Read], pages: list[tuple[dict[str, Any], bytes]]
) -> tuple[Score, float]:
    for entry, html in pages[:3]:
        extractor(html, entry["url"], when(entry))
    total = Score()
    spent = 0.0
    for entry, html in pages:
        begun = time.perf_counter()
        read = extractor(html, entry["url"], when(entry))
        spent += time.perf_counter() - begun
        score(read, entry["gold"], total, entry["file"])
    return total, 1000 * spent / len(pages)


def when(entry: dict[str, Any]) -> datetime:
    at = datetime.fromisoformat(entry["captured_at"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description="Extraction quality beside plain trafilatura.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--misses", action="store_true", help="name the pages where ours differs from gold")
    arguments = parser.parse_args()
    data = Path(os.environ.get("ARCHIVER_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "pages"
    if not (data / "index.json").is_file():
        print(f"no pages to measure with: {data} is absent (set ARCHIVER_TEST_DATA)")
        return 0
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    entries = json.loads((data / "index.json").read_text(encoding="utf-8"))
    pages = [(entry, gzip.decompress((data / entry["file"]).read_bytes())) for entry in entries]
    results: dict[str, dict[str, float]] = {}
    for name, extractor in (("archiver", ours), ("trafilatura", plain_trafilatura)):
        total, milliseconds = run(extractor, pages)
        results[name] = {key: round(value / len(pages), 4) for key, value in total.sums.items()}
        results[name]["ms"] = round(milliseconds, 1)
        if arguments.misses and name == "archiver":
            print("\n".join(total.misses), file=sys.stderr)
    if arguments.json:
        print(json.dumps({"pages": len(pages), "results": results}))
        return 0
    print(f"{len(pages)} pages")
    columns = list(results["archiver"])
    print(f"{'':12}" + "".join(f"{column:>11}" for column in columns))
    for name, values in results.items():
        print(f"{name:12}" + "".join(f"{values[column]:>11.4g}" for column in columns))
    return 0


if __name__ == "__main__":
    sys.exit(main())
