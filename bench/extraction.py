"""How well articles are read, beside plain trafilatura in the same run: on real pages with gold articles and on the model newspaper.

Usage: ``ARCHIVER_TEST_DATA=DIR python bench/extraction.py [--json] [--misses] [--halves] [--lowest N]`` (default
``../shared/data`` beside the checkout; where there is no such folder only the newspaper is read).

Measures, each a mean over the pages whose gold names the field:

- body: token 4-grams (scripts without spaces: characters), as multisets, F1 of each page, as in the scrapinghub benchmark.
  The gold bodies come from site-specific parsers and hold a summary (the lead, where the page shows one), headings and
  paragraphs. Extractors differ in where they put the lead, so each is given what suits it best, page by page: its text
  against gold with and without the summary, and (ours, which keeps the lead in a field of its own) lead and text against the
  whole. ``tokens`` is the same with single tokens. ``strict`` is one comparison only: all that was extracted (lead and
  text) against the whole gold.
- exact: share of pages whose tokens are the gold's, in that same comparison.
- title: equal when white space is squeezed and soft hyphens and zero-width characters are gone. title~: equal letters and
  digits (quotes, dashes and case apart).
- authors, tags: F1 of the sets, letter case ignored.
- day, minute: publishing date; ``minute`` also in its zone: the same instant to the minute, gold without a zone is compared
  with the clock on the wall. modified: to the minute.
- section: equal, letter case ignored. images: F1 of the sets of pictures; the sizes of one picture are one, told by its file name.
- ms: CPU milliseconds per page, one process, libraries loaded, each page read once by each.

``--halves`` prints ours on two halves of the outlets apart, chosen by a hash of their names: what is made with one half in view has to
hold on the other.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import hashlib
import json
import logging
import os
import re
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
SIZE = re.compile(r"\A\d{2,4}x\d{2,4}[-_]|[-_.~@]\d{2,4}x\d{2,4}(?=[-_.]|\Z)|[-_]\d{2,4}w(?=[-_.]|\Z)|-scaled(?=\.|\Z)")
"""What file names say of a picture's size."""

MEASURES: tuple[str, ...] = (
    *("body", "tokens", "strict", "exact", "title", "title~", "authors", "day", "minute"),
    *("modified", "section", "tags", "images", "ms"),
)


@dataclass(frozen=True)
class Case:
    """A page and what is known of it; a field that is None is not measured."""

    name: str
    url: str
    at: datetime
    html: Callable[[], bytes]
    lead: str
    body: str
    title: str
    authors: frozenset[str]
    published: datetime
    modified: datetime | None = None
    section: str | None = None
    tags: frozenset[str] | None = None
    images: tuple[frozenset[str], ...] | None = None


@dataclass
class Read:
    """What an extractor makes of a page, in common terms."""

    text: str = ""
    lead: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    verdict: str = ""


@dataclass
class Total:
    """Each measure on each page."""

    values: dict[str, dict[str, float]] = field(default_factory=lambda: {m: {} for m in MEASURES})
    misses: list[str] = field(default_factory=list)

    def means(self) -> dict[str, float | None]:
        return self.only(set(self.values["body"]))

    def only(self, names: set[str]) -> dict[str, float | None]:
        """The means over some pages."""
        return {m: _mean(value for name, value in self.values[m].items() if name in names) for m in MEASURES}


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return round(sum(known) / len(known), 4) if known else None


def ours(case: Case, html: bytes) -> Read:
    from archiver.extract import extract

    extraction = extract(html, url=case.url, at=case.at)
    article = extraction.article
    if article is None:
        return Read(verdict=f"{extraction.verdict.value}: {extraction.reason}")
    return Read(
        article.text,
        article.lead,
        article.title,
        article.authors,
        article.published_at,
        article.modified_at,
        article.section,
        article.tags,
        tuple(image.url for image in article.images),
    )


def plain_trafilatura(case: Case, html: bytes) -> Read:
    from trafilatura import bare_extraction

    document: Any = bare_extraction(html, url=case.url, with_metadata=True)
    if document is None:
        return Read(verdict="nothing")
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    try:
        published = datetime.fromisoformat(document.date) if document.date else None
    except ValueError:
        published = None
    return Read(
        document.text or "",
        None,
        document.title,
        authors,
        published,
        None,
        next(iter(document.categories or ()), None),
        tuple(document.tags or ()),
        (document.image,) if document.image else (),
    )


EXTRACTORS: dict[str, Callable[[Case, bytes], Read]] = {"archiver": ours, "trafilatura": plain_trafilatura}


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


def set_f1(said: Iterable[str], true: Iterable[str]) -> float:
    a, b = {squeezed(s).lower() for s in said}, {squeezed(t).lower() for t in true}
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


def squeezed(text: str | None) -> str:
    return " ".join(INVISIBLE.sub("", text or "").split())


def picture_keys(urls: Iterable[str]) -> frozenset[str]:
    """What tells a picture in all its sizes: the last part of its path without the size, or the path where that says little."""
    keys = set()
    for url in urls:
        path = unquote(urlsplit(url).path).rstrip("/")
        last = SIZE.sub("", path.rsplit("/", 1)[-1].lower())
        keys.add(last if len(last.split(".", 1)[0]) > 5 else path.lower())
    return frozenset(keys)


def image_f1(said: Sequence[str], true: Sequence[frozenset[str]]) -> float:
    if not said and not true:
        return 1.0
    offered = {next(iter(picture_keys([url]))) for url in said}
    return 2 * sum(1 for keys in true if keys & offered) / (len(offered) + len(true))


def date_hits(said: datetime | None, true: datetime) -> tuple[bool, bool]:
    if said is None:
        return False, False
    if true.tzinfo is None or said.tzinfo is None:
        same = said.replace(tzinfo=None), true.replace(tzinfo=None)
        return same[0].date() == same[1].date(), abs((same[0] - same[1]).total_seconds()) < 60
    day = said.date() == true.date() or said.astimezone(true.tzinfo).date() == true.date()
    return day, abs((said - true).total_seconds()) < 60


def score(read: Read, case: Case, total: Total) -> None:
    def add(measure: str, value: float) -> None:
        total.values[measure][case.name] = value

    whole = f"{case.lead}\n{case.body}"
    with_lead = f"{read.lead}\n{read.text}" if read.lead else read.text
    pairs = ((read.text, case.body), (read.text, whole), (with_lead, whole))
    body = max(f1(a, b) for a, b in pairs)
    add("body", body)
    add("tokens", max(f1(a, b, 1) for a, b in pairs))
    add("strict", f1(with_lead, whole))
    add("exact", any(TOKEN.findall(a.lower()) == TOKEN.findall(b.lower()) for a, b in pairs))
    title = squeezed(read.title) == squeezed(case.title)
    add("title", title)
    add("title~", "".join(TOKEN.findall((read.title or "").lower())) == "".join(TOKEN.findall(case.title.lower())))
    authors = set_f1(read.authors, case.authors)
    add("authors", authors)
    day, minute = date_hits(read.published, case.published)
    add("day", day)
    add("minute", minute)
    if case.modified is not None:
        add("modified", date_hits(read.modified, case.modified)[1])
    if case.section is not None:
        add("section", squeezed(read.section).lower() == case.section.lower())
    if case.tags is not None:
        add("tags", set_f1(read.tags, case.tags))
    if case.images is not None:
        add("images", image_f1(read.images, case.images))
    if body < 0.9 or not title or authors < 1 or not minute:
        total.misses.append(
            f"{case.name}: body {body:.3f} title {read.title!r} authors {read.authors} date {read.published} {read.verdict}"
        )


def run(cases: Sequence[Case]) -> dict[str, Total]:
    totals = {name: Total() for name in EXTRACTORS}
    for extractor in EXTRACTORS.values():
        for case in cases[:3]:
            extractor(case, case.html())
    # Each page once: read again, trafilatura finds the dates of the page in its caches, as no page that is new ever does.
    for name, extractor in EXTRACTORS.items():
        gc.collect()
        for case in cases:
            html = case.html()
            begun = time.process_time()
            read = extractor(case, html)
            totals[name].values["ms"][case.name] = 1000 * (time.process_time() - begun)
            score(read, case, totals[name])
    return totals


def real_pages(folder: Path) -> list[Case]:
    """The pages of real outlets, with what the parsers of their sites read."""
    cases = []
    for entry in json.loads((folder / "index.json").read_text(encoding="utf-8")):
        gold = entry["gold"]
        at = datetime.fromisoformat(entry["captured_at"])
        body = [line for part in gold["body"]["sections"] for line in (*part["headline"], *part["paragraphs"])]
        images = tuple(picture_keys(v["url"] for v in image["versions"]) for image in gold.get("images") or ())
        tags = gold.get("topics")
        cases.append(
            Case(
                entry["file"],
                entry["url"],
                at if at.tzinfo else at.replace(tzinfo=UTC),
                lambda path=folder / entry["file"]: gzip.decompress(path.read_bytes()),  # type: ignore[misc]
                "\n".join(gold["body"]["summary"]),
                "\n".join(body),
                gold["title"],
                frozenset(gold["authors"]),
                datetime.fromisoformat(gold["publishing_date"]),
                tags=frozenset(tags) if tags else None,
                images=images or None,
            )
        )
    return cases


def newspaper_pages() -> list[Case]:
    """The articles of the model newspaper, with its own truth."""
    from archiver.demo import Newspaper
    from archiver.demo.moments import EVENING
    from archiver.demo.reply import DemoRequest

    # In the evening some articles have been changed since they were published.
    paper = Newspaper(at=EVENING)

    def page(url: str) -> bytes:
        parts = urlsplit(url)
        return paper.respond(DemoRequest("GET", parts.scheme, parts.hostname or "", parts.path, parts.query)).body

    return [
        Case(
            truth.url,
            truth.url,
            paper.at,
            lambda url=truth.url: page(url),  # type: ignore[misc]
            truth.lead,
            "\n".join(truth.paragraphs),
            truth.title,
            frozenset(truth.authors),
            truth.published_at,
            modified=truth.modified_at,
            section=truth.section,
            tags=frozenset(truth.tags),
            images=tuple(picture_keys([url]) for url in truth.images),
        )
        for truth in paper.articles()
    ]


def half_of(name: str) -> str:
    """The half that a real page's outlet falls into: A or B."""
    outlet = name.rsplit("/", 1)[-1].split("_", maxsplit=1)[0]
    return "AB"[int(hashlib.sha256(outlet.encode()).hexdigest(), 16) % 2]


def show(title: str, rows: dict[str, dict[str, float | None]]) -> None:
    print(title)
    print(f"  {'':12}" + "".join(f"{measure:>9}" for measure in MEASURES))
    for name, means in rows.items():
        cells = "".join(
            f"{'-' if (value := means[m]) is None else f'{value:.1f}' if m == 'ms' else f'{value:.3f}':>9}"
            for m in MEASURES
        )
        print(f"  {name:12}{cells}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Extraction quality beside plain trafilatura.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--misses", action="store_true", help="name the real pages where ours differs from gold")
    parser.add_argument("--halves", action="store_true", help="two halves of the outlets apart")
    parser.add_argument("--lowest", type=int, default=5, metavar="N", help="how many of the lowest pages to name")
    arguments = parser.parse_args()
    data = Path(os.environ.get("ARCHIVER_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "pages"
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sets: dict[str, list[Case]] = {}
    if (data / "index.json").is_file():
        sets["real pages"] = real_pages(data)
    elif not arguments.json:
        print(f"no real pages to measure with: {data} is absent (set ARCHIVER_TEST_DATA)")
    sets["model newspaper"] = newspaper_pages()
    results: dict[str, Any] = defaultdict(dict)
    for title, cases in sets.items():
        totals = run(cases)
        rows = {name: total.means() for name, total in totals.items()}
        mine = totals["archiver"]
        lowest = sorted(mine.values["body"].items(), key=lambda item: item[1])[: arguments.lowest]
        results[title] = {"pages": len(cases), "results": rows, "lowest": dict(lowest)}
        if arguments.misses and title == "real pages":
            print("\n".join(mine.misses), file=sys.stderr)
        if arguments.halves and title == "real pages":
            for half in "AB":
                some = [case for case in cases if half_of(case.name) == half]
                rows[f"half {half}: {len(some)}"] = mine.only({case.name for case in some})
        if not arguments.json:
            show(f"{title}: {len(cases)}", rows)
            times = [rows[name]["ms"] or 0.0 for name in EXTRACTORS]
            print(f"  {1 - times[0] / times[1]:.0%} fewer CPU milliseconds than trafilatura" if times[1] else "")
            print("  lowest bodies: " + ", ".join(f"{name} {value:.3f}" for name, value in lowest))
    if arguments.json:
        print(json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
