"""How long each web page of an archive of 100,000 captures takes, over a fresh SQLite catalogue.

Makes captures of three sites over two years (a home page every half hour, articles with their pictures, some captured
again), reads for the articles, the search index, runs and sources; then asks the application in this process for every
page in three languages, the first time and four times more. Exits 1 when one takes over 300 ms.

python bench/pages.py [--captures 100000] [--home DIR]     DIR keeps the archive for the next time
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
from ulid import ULID

from archiver.archive import Archive
from archiver.catalog import CaptureFilter, Catalog, FrontierEntry, Listing, SourceState
from archiver.config import load
from archiver.model.article import Article, Extraction, Extractor, FieldSource
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.digest import sha1, sha256
from archiver.model.instant import SystemClock, timestamp14
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType
from archiver.model.run import Outcome, Run
from archiver.model.schedule import Schedule, Slot, SlotState
from archiver.model.site import SourceKind
from archiver.model.surt import surt
from archiver.search import SearchIndex
from archiver.web.app import create_app

BOUND = 0.3
SITES = {"courier": "vi", "dawn": "en", "gazette": "fr"}
READER = Extractor("archiver", "1")
SECTIONS = ("World", "Sport", "Thế giới", "Kinh tế", "Économie", "Culture")
BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 730
VOWELS = ("a", "ă", "o", "ơ", "u", "ế", "i", "é", "œ")
RESPONSE = RecordType.RESPONSE


def words(chance: random.Random) -> list[str]:
    """A vocabulary; the first words are as common as those of a language."""
    parts = ["b", "c", "đ", "g", "h", "kh", "l", "m", "n", "ng", "ph", "r", "s", "t", "th", "tr", "v"]
    return [chance.choice(parts) + chance.choice(VOWELS) + chance.choice(parts) for _ in range(4_000)]


def captures(count: int, chance: random.Random) -> Iterator[Capture]:
    """Home pages, articles, pictures; in order of nothing."""
    number = 0
    per_site = count // len(SITES)

    def made(url: str, at: datetime, site: str, kind: Kind, mime: str) -> Capture:
        nonlocal number
        number += 1
        changed = number if chance.random() < 0.8 else 0
        payload = b"%s %d" % (url.encode(), changed)
        return Capture(
            url=url,
            surt=surt(url),
            at=at,
            status=200 if chance.random() < 0.97 else 404,
            mime=mime,
            digest=sha1(payload),
            record_type=RESPONSE,
            kind=kind,
            site=site,
            run=None,
            record_id=RecordId(f"urn:uuid:{hashlib.md5(b'%d' % number).hexdigest()}"),
            record=RecordRef(BlobKey(f"warcs/{site}/{at:%Y/%m}/{site}-{at:%Y%m}.warc.gz"), number * 40_000, 39_000),
            payload_sha256=sha256(payload),
            payload_length=len(payload),
        )

    for site in SITES:
        host = f"https://{site}.example"
        home_pages = min(per_site // 3, DAYS * 48)
        for each in range(home_pages):
            at = BEGUN + timedelta(days=DAYS) * (each / home_pages)
            yield made(f"{host}/", at, site, Kind.PAGE, "text/html")
        articles = per_site - home_pages
        for each in range(0, articles, 3):
            at = BEGUN + timedelta(days=DAYS) * chance.random()
            url = f"{host}/news/{at:%Y/%m/%d}/story-{each if chance.random() < 0.9 else max(0, each - 30)}.html"
            yield made(url, at, site, Kind.PAGE, "text/html")
            for picture in range(2):
                yield made(
                    f"{host}/media/{each}-{picture}.jpg", at + timedelta(seconds=2), site, Kind.REQUISITE, "image/jpeg"
                )


def reading(capture: Capture, vocabulary: list[str], chance: random.Random) -> Extraction:
    if capture.url.endswith(".example/"):
        return Extraction(Verdict.INDEX, "many links", READER)
    if capture.status != 200:
        return Extraction(Verdict.ERROR, "status 404", READER)

    def some(n: int) -> str:
        return " ".join(vocabulary[min(int(chance.paretovariate(0.9)), len(vocabulary)) - 1] for _ in range(n))

    paragraphs = tuple(some(40) for _ in range(5))
    article = Article(
        title=some(9).capitalize(),
        text="\n\n".join(paragraphs),
        paragraphs=paragraphs,
        authors=(f"{vocabulary[chance.randrange(60)].capitalize()} {vocabulary[chance.randrange(60)].capitalize()}",),
        published_at=capture.at - timedelta(minutes=chance.randrange(600)),
        published_precision="minute",
        language=SITES[capture.site],
        section=chance.choice(SECTIONS),
        word_count=200,
        provenance={"title": FieldSource("json-ld", 0.9)},
        extractor=READER,
    )
    return Extraction(Verdict.ARTICLE, "", READER, article)


def fill(catalog: Catalog, count: int) -> None:
    chance = random.Random(7)
    vocabulary = words(chance)
    index = SearchIndex(catalog)
    batch: list[Capture] = []

    def put() -> None:
        catalog.captures.add(batch)
        readings = [(c, reading(c, vocabulary, chance)) for c in batch if c.kind is Kind.PAGE]
        catalog.articles.put_many([(c.record_id, e) for c, e in readings], at=BEGUN)
        index.add_readings(readings)
        batch.clear()

    for capture in captures(count, chance):
        batch.append(capture)
        if len(batch) == 2_000:
            put()
    put()
    for site in SITES:
        for day in range(DAYS):
            at = BEGUN + timedelta(days=day, hours=6)
            run = Run(str(ULID.from_datetime(at)), site, at, at + timedelta(minutes=9), Outcome.FINISHED, 70, 40, 30)
            catalog.runs.end(run)
        entries = [
            FrontierEntry(
                site,
                f"example,{site})/{n}",
                f"https://{site}.example/{n}",
                Kind.SOURCE if n < 20 else Kind.PAGE,
                None,
                "L",
                1,
                n % 3,
                BEGUN,
                BEGUN,
            )
            for n in range(count // 9)
        ]
        for first in range(0, len(entries), 2_000):
            catalog.frontier.add(entries[first : first + 2_000])


def fill_ledger(catalog: Catalog) -> None:
    """What sources listed of the articles, and of as many that were never fetched on the first day; sources, schedules, slots."""
    for site in SITES:
        host = f"https://{site}.example"
        rows = [
            Listing(site, surt(capture.url), capture.url, capture.at, f"{host}/feed", in_scope=True)
            for capture in catalog.captures.find(CaptureFilter(site=site, kind=Kind.PAGE))
            if "/news/" in capture.url
        ]
        for number in range(len(rows)):
            url = f"{host}/old/{number}"
            rows.append(Listing(site, surt(url), url, BEGUN, f"{host}/sitemap", in_scope=number % 2 == 0))
        catalog.listings.add(rows)
        for number in range(20):
            key = f"example,{site})/{number}"
            url, hour = f"{host}/{number}", timedelta(hours=1)
            failing = number % 7 == 0
            catalog.sources.put(
                SourceState(
                    site,
                    key,
                    url,
                    SourceKind.FEED,
                    hour,
                    BEGUN,
                    failures=failing,
                    failed_at=BEGUN if failing else None,
                    reason="status 500" if failing else None,
                )
            )
        for each in range(5):
            made = Schedule(f"{site}-{each}", site, "*/30 * * * *", "Asia/Ho_Chi_Minh", BEGUN)
            catalog.schedules.put(made, entry=catalog.journal.draft("schedule", made.as_json()))
            slots = []
            for number in range(5_000):
                at = BEGUN + timedelta(minutes=30 * number)
                slots.append(Slot(made.id, site, at, at, SlotState.RAN, started_at=at, ended_at=at))
            catalog.schedules.apply(slots)


def targets(catalog: Catalog) -> list[str]:
    article = next(
        c
        for c in catalog.captures.find(CaptureFilter(site="courier", kind=Kind.PAGE, verdict=Verdict.ARTICLE, limit=1))
    )
    url, home = article.url, "https://courier.example/"
    return [
        "/",
        "/sites/courier",
        "/sites/courier?year=2024",
        "/runs",
        "/runs?site=dawn",
        "/sites/courier/coverage/2024-06-01",
        "/sites/courier/coverage/2024-01-01",
        "/schedule",
        "/schedule?schedule=courier-1&state=ran",
        "/schedule?schedule=courier-1&state=failed",
        f"/held?url={quote(home)}",
        f"/held?url={quote(home)}&year=2024",
        f"/held?url={quote(home)}&day=2024-06-01",
        f"/held?url={quote(url)}",
        "/held?url=https://nobody.example/",
        f"/article/{article.record_id.removeprefix('urn:uuid:')}/{article.digest}",
        "/search",
        "/search?q=" + quote(words(random.Random(7))[0]),
        "/search?q=" + quote(words(random.Random(7))[300]),
        "/search?q=" + quote(words(random.Random(7))[0]) + "&page=40",
        "/search?q=&site=courier",
        "/search?q=" + quote(words(random.Random(7))[0]) + "&as_of=2025-01-01",
        "/search?q=" + quote(words(random.Random(7))[1]) + "&sort=newest&language=fr&section=Sport",
        "/search?q=title:" + quote(words(random.Random(7))[0]) + "+OR+author:" + quote(words(random.Random(7))[2]),
        f"/web/{timestamp14(article.at)}tx_/{url}",
        f"/web/timemap/link/{home}",
    ]


async def ask(archive: Archive) -> list[tuple[str, int, list[float], list[float]]]:
    app = create_app(archive, config=archive.config)
    results = []
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://archive.test", timeout=60) as client:
        for target in targets(archive.catalog):
            times, spent, status = [], [], 0
            for number in range(5):
                language = ("en", "vi", "fr")[number % 3]
                began, used = time.perf_counter(), time.process_time()
                response = await client.get(target, headers={"Accept-Language": language})
                times.append(time.perf_counter() - began)
                spent.append(time.process_time() - used)
                status = response.status_code
            results.append((target, status, times, spent))
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=100_000)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home: Path = options.home or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        with Archive(load(home), clock=SystemClock()) as archive:
            if not archive.catalog.captures.has_url("example,courier)/"):
                began = time.perf_counter()
                fill(archive.catalog, options.captures)
                fill_ledger(archive.catalog)
                print(f"made {options.captures} captures in {time.perf_counter() - began:.0f} s", file=sys.stderr)
            stats = archive.catalog.stats()
            print(f"{stats.captures} captures, {stats.urls} URLs, verdicts {dict(stats.verdicts)}")
            results = asyncio.run(ask(archive))
    slow = 0
    print(f"{'page':80} status   first  median  cpu (ms)")
    for target, status, times, spent in results:
        late = max(times) > BOUND
        slow += late
        print(
            f"{target[:80]:80} {status:6} {1000 * times[0]:7.0f} {1000 * statistics.median(times):7.0f} {1000 * min(spent):7.0f}{' !' * late}"
        )
    print(f"{slow} pages over {1000 * BOUND:.0f} ms")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
