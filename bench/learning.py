"""What a site's learnt model does for the text of its pages, by how many pages it was learnt from.

Usage: ``ARCHIVER_TEST_DATA=DIR python bench/learning.py [--json]`` (default ``../shared/data`` beside the checkout; without such a folder
only the newspaper is read).

Three sets of pages, each read without a model and with models; ``body`` and ``exact`` are those of ``bench/extraction.py``:

- ``names taken away``: the model newspaper as a site of which nothing is known. Class names and ids are replaced by letters that say
  nothing, telling tags by ``div``, and JSON-LD, microdata and the profile are gone. Learnt from 1 to 5 pages of a host in one language, measured on others.
- ``model newspaper``: the same pages as they are, with their profile: a model must do no harm.
- ``real pages``: the outlets of which there are two pages or more, years apart and mostly of two templates. ``blind`` is learnt from the
  other pages of the outlet, ``all`` from all of them, as an archive does. ``one`` is learnt from the page alone.

``worse`` and ``better`` count pages whose body differs from that without a model by more than 0.0005; ms are CPU milliseconds a page.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from extraction import Case, Read, Total, newspaper_pages, real_pages, score
from template_pages import nameless

from archiver.extract import extract
from archiver.extract.article_reader import read_sample
from archiver.extract.learning import learn
from archiver.model.site import Host, Site

if TYPE_CHECKING:
    from archiver.model.sitemodel import SiteModel

COUNTS = (1, 2, 3, 5)
MEASURED = 20
"""Pages of each host and language of the newspaper that are measured."""
Row = dict[str, float]
_LANGUAGE = re.compile(rb'<html[^>]* lang="(..)')


def taught(pages: Iterable[tuple[Case, bytes]], site: Site | None) -> SiteModel | None:
    """What these pages teach."""
    samples = [read_sample(html, url=case.url, at=case.at, site=site) for case, html in pages]
    return learn([sample for sample in samples if sample], site="bench", extractor="bench")


class Table:
    """The means of each way of reading, against reading without a model."""

    def __init__(self) -> None:
        self.totals: dict[str, Total] = defaultdict(Total)

    def read(self, way: str, case: Case, html: bytes, *, site: Site | None, model: SiteModel | None) -> None:
        begun = time.process_time()
        article = extract(html, url=case.url, at=case.at, site=site, model=model).article
        self.totals[way].values["ms"][case.name] = 1000 * (time.process_time() - begun)
        score(Read(article.text, article.lead) if article else Read(), case, self.totals[way])

    def rows(self) -> dict[str, Row]:
        plain = self.totals["none"].values["body"]
        out: dict[str, Row] = {}
        for way, total in self.totals.items():
            body = total.values["body"]
            means = total.means()
            out[way] = {
                "pages": len(body),
                **{measure: means[measure] or 0.0 for measure in ("body", "exact", "ms")},
                "better": sum(body[name] > plain[name] + 0.0005 for name in body),
                "worse": sum(body[name] < plain[name] - 0.0005 for name in body),
            }
        return out


def newspaper(change: Callable[[bytes], bytes], *, known: bool) -> dict[str, Row]:
    """The newspaper's hosts, each language apart; ``known`` says whether their site files are."""
    hosts: defaultdict[tuple[str, bytes], list[Case]] = defaultdict(list)
    for case in newspaper_pages():
        language = _LANGUAGE.search(case.html())
        hosts[urlsplit(case.url).hostname or "", language[1] if language else b""].append(case)
    table = Table()
    for (host, _), cases in hosts.items():
        site = None if known else Site(name="bench", hosts=(Host(host),))
        teachers = [(case, change(case.html())) for case in cases[: max(COUNTS)]]
        models = {f"{n}": taught(teachers[:n], site) for n in COUNTS}
        for case in cases[max(COUNTS) :][:MEASURED]:
            html = change(case.html())
            extract(html, url=case.url, at=case.at, site=site)  # what is loaded or compiled once counts for nobody
            for way, model in ({"none": None} | models).items():
                table.read(way, case, html, site=site, model=model)
    return table.rows()


def outlets(cases: Sequence[Case]) -> dict[str, Row]:
    """Real outlets that have two pages or more."""
    groups: defaultdict[str, list[tuple[Case, bytes]]] = defaultdict(list)
    for case in cases:
        groups[case.name.rsplit("/", 1)[-1].split("_", maxsplit=1)[0]].append((case, case.html()))
    table = Table()
    for pages in groups.values():
        if len(pages) < 2:
            continue
        together = taught(pages, None)
        for case, html in pages:
            extract(html, url=case.url, at=case.at)
            ways = {
                "none": None,
                "one": taught([(case, html)], None),
                "blind": taught([page for page in pages if page[0] is not case], None),
                "all": together,
            }
            for way, model in ways.items():
                table.read(way, case, html, site=None, model=model)
    return table.rows()


def show(title: str, rows: dict[str, Row]) -> None:
    print(title)
    names = list(next(iter(rows.values())))
    print(f"  {'learnt from':12}" + "".join(f"{name:>9}" for name in names))
    for way, row in rows.items():
        cells = (
            f"{v:.3f}" if n in {"body", "exact"} else f"{v:.1f}" if n == "ms" else f"{v:.0f}" for n, v in row.items()
        )
        print(f"  {way:12}" + "".join(f"{cell:>9}" for cell in cells))


def main() -> int:
    parser = argparse.ArgumentParser(description="What a learnt model does for the text of pages.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    data = Path(os.environ.get("ARCHIVER_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "pages"
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    results = {
        "names taken away": newspaper(nameless, known=False),
        "model newspaper": newspaper(lambda html: html, known=True),
    }
    if (data / "index.json").is_file():
        results["real pages"] = outlets(real_pages(data))
    elif not arguments.json:
        print(f"no real pages to measure with: {data} is absent (set ARCHIVER_TEST_DATA)")
    if arguments.json:
        print(json.dumps(results))
    else:
        for title, rows in results.items():
            show(title, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
