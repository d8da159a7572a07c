"""Thirty days of the model newspaper, and the same beside it with a fixed revisit every six hours.

python -m tests.simulation.month [--days 30] [--daily 6] [--cron '0 * * * *'] [--json]

The newspaper (``paper``) publishes, edits and withdraws articles, shows a short feed, breaks its sitemaps, refuses its visitors for
hours; the process that follows the schedules (``epoch``) is killed in the middle of runs, stays away for hours, and lives through
a spring and an autumn clock change. Then the archive is held against what really happened. Exit code 1 when a target is
missed:

- every planned time of every schedule has its slot, and every slot has ended;
- at least 99.5 % of the published articles are held, and the ledger gives each of the others its reason, which is the true one;
- at least 90 % of the edits whose text stood for longer than an hour are seen: a capture made while it stood says that text;
- with no more requests, counted at the site, than the fixed revisit of everything every six hours.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from archiver.catalog import CaptureFilter, Catalog
from archiver.config import load
from archiver.config.sites import find_site
from archiver.model.capture import Kind
from archiver.model.coverage import State
from archiver.model.instant import SystemClock
from archiver.model.schedule import Origin, SlotState
from archiver.ops.coverage import Ledger
from tests.fork_server import run_python
from tests.simulation.paper import BEGINS, EDITION, NEWEST, Living, Paper, Version

ROOT = Path(__file__).parents[2]
SITE = "model"
HELD, SEEN = 0.995, 0.90
LONG = timedelta(hours=1)
NIGHTLY = (("30 2 * * *", "Europe/Berlin"), ("30 2 * * *", "Australia/Sydney"))
"""One of them falls into the hour that the spring's change leaves out, the other into the one that the autumn's doubles."""
AWAY = timedelta(hours=5)
"""How long nobody follows the schedules, once."""
LIVES = (
    (0.21, 4, timedelta(minutes=3)),
    (0.45, None, AWAY),
    (0.66, 3, timedelta(minutes=1)),
    (0.81, 6, timedelta(minutes=10)),
    (1.0, None, timedelta(0)),
)
"""The process's lives: until which part of the time, after how many commits of a run it is killed, and how long it stays away."""


@dataclass
class Figures:
    """What came of one policy."""

    policy: str
    days: int = 0
    published: int = 0
    held: int = 0
    withdrawn_unseen: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)
    edits: int = 0
    edits_long: int = 0
    edits_seen: int = 0
    within_median: float = 0.0
    within_ninth: float = 0.0
    withdrawn: int = 0
    requests: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    captures: int = 0
    runs: int = 0
    kills: int = 0
    slots: dict[str, int] = field(default_factory=dict)
    slots_wrong: list[str] = field(default_factory=list)
    sums_wrong: list[str] = field(default_factory=list)
    texts_wrong: int = 0
    seconds: float = 0.0

    @property
    def held_share(self) -> float:
        return self.held / max(1, self.published)

    @property
    def seen_share(self) -> float:
        return self.edits_seen / max(1, self.edits_long)


def settings(policy: str) -> str:
    """The archive's configuration."""
    text = f'[fetch]\nconnect_to = ["{EDITION.host}:443:127.0.0.1:9"]\nrequisites = "none"\n[extract]\nworkers = 1\n'
    if policy == "fixed":
        ages = ", ".join(f'"{6 * n}h"' for n in range(1, 4 * 31))
        text += f"[revisit]\nages = [{ages}]\npatience = 1000000.0\ndaily = 0\n"
    return text


def site_file() -> str:
    """The newspaper's."""
    sources = (("/rss/home.rss", "feed"), ("/sitemaps/google-news.xml", "news-sitemap"), ("/sitemap.xml", "sitemap"))
    listed = ", ".join(f'{{url = "{EDITION.origin}{path}", kind = "{kind}"}}' for path, kind in sources)
    return f"""name = "{SITE}"
timezone = "Europe/Berlin"
hosts = [{{name = "{EDITION.host}", language = "en"}}]
sources = [{listed}]
follow_links = 0
[scope]
article = ['-post\\d+\\.vnp$']
listing = ['^/$', '^/[a-z-]+/$', '^/topic/', '^/tag/']
exclude = ['^/search', '^/Utilities/']
"""


def simulate(
    home: Path,
    *,
    policy: str,
    days: int,
    daily: float,
    cron: str,
    wire: str = "paper",
    lives: Any = LIVES,
    seed: int = 1,
    reads: bool = True,
) -> Figures:
    """Let an archive follow the newspaper for some days, and hold it against the truth. Without ``reads`` no text is read
    from its pages, so that only requests and slots are counted."""
    began = time.monotonic()
    (home / "sites").mkdir(parents=True)
    (home / "archiver.toml").write_text(settings(policy))
    (home / "sites" / f"{SITE}.toml").write_text(site_file())
    paper = Paper(days=days, daily=daily, seed=seed)
    at, figures = paper.begins, Figures(policy, days=days)
    asked: Counter[str] = Counter()
    for part, kill_after, away in lives:
        spec = {
            "home": str(home),
            "paper": {"days": days, "daily": daily, "seed": seed},
            "begins": at.isoformat(),
            "ends": (paper.begins + part * (paper.ends - paper.begins)).isoformat(),
            "kill_after": kill_after,
            "wire": wire,
            "extract": reads,
            "crons": [(cron, "Europe/Berlin"), *NIGHTLY],
            "options": {},
        }
        told = _live(spec)
        asked.update(told["asked"])
        figures.runs += told["runs"]
        figures.kills += told["killed"]
        at = datetime.fromisoformat(told["at"]) + away
    figures.asked, figures.requests = dict(sorted(asked.items())), asked.total()
    judge(home, paper, figures, reads=reads)
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def _live(spec: dict[str, Any]) -> dict[str, Any]:
    home = Path(spec["home"])
    done = run_python(["-m", "tests.simulation.epoch", json.dumps(spec)], cwd=ROOT, timeout=3600)
    with (home / "epochs.log").open("a") as log:
        log.write(done.stdout + done.stderr)
    if done.returncode not in {0, -signal.SIGKILL}:
        raise RuntimeError(f"an epoch ended with exit code {done.returncode}:\n{done.stderr[-4000:]}")
    told: dict[str, Any] = json.loads((home / "epoch.json").read_text())
    return told


# The archive against the truth.


def judge(home: Path, paper: Paper, figures: Figures, *, reads: bool = True) -> None:
    """Fill the figures in."""
    config = load(home)
    with Catalog.open(config.catalog_url, clock=SystemClock()) as catalog:
        figures.captures = sum(1 for _ in catalog.captures.find(CaptureFilter(site=SITE)))
        if reads:
            texts = texts_of(catalog)
            _judge_articles(catalog, Ledger(catalog, find_site(SITE, config)), paper, texts, figures)
            _judge_edits(paper, texts, figures)
        _judge_slots(catalog, paper, figures)


Text = tuple[datetime, str | None, tuple[str, ...]]


def texts_of(catalog: Catalog) -> dict[str, list[Text]]:
    """What each article said, by URL: when it was captured, its title and paragraphs. Captures that repeat another say its text."""
    found: dict[str, list[Text]] = {}
    by_record: dict[str, Text] = {}
    later = []
    for capture in sorted(catalog.captures.find(CaptureFilter(site=SITE, kind=Kind.PAGE)), key=lambda c: c.at):
        if capture.status not in {200, 304}:
            continue
        extraction = catalog.articles.get(capture.record_id)
        if capture.refers_to is not None:
            later.append(capture)
        elif extraction is not None and extraction.article is not None:
            article = extraction.article
            by_record[capture.record_id] = (capture.at, article.title, tuple(article.paragraphs))
            found.setdefault(capture.url, []).append(by_record[capture.record_id])
    for capture in later:
        if capture.refers_to in by_record:
            _, title, paragraphs = by_record[capture.refers_to]
            found.setdefault(capture.url, []).append((capture.at, title, paragraphs))
    return found


def says(text: Text, version: Version) -> bool:
    """Whether a capture has this text, word for word."""
    told = version.telling
    return text[1] == told.title and text[2] == tuple(p.removeprefix("## ") for p in told.paragraphs)


def _judge_articles(
    catalog: Catalog, ledger: Ledger, paper: Paper, texts: dict[str, list[Text]], figures: Figures
) -> None:
    rows = {}
    for day in ledger.days():
        if day.listed != day.held + sum(day.missing.values()) or day.listed != len(day.urls):
            figures.sums_wrong.append(str(day.day))
        rows.update({row.url: (row, day.day) for row in day.urls})
    good = [
        capture.at
        for capture in catalog.captures.find(CaptureFilter(site=SITE, kind=Kind.SOURCE))
        if capture.status in {200, 304} and paper.sitemap_fault(capture.at) is None
    ]
    reasons: Counter[str] = Counter()
    for article in paper.articles:
        figures.published += 1
        figures.withdrawn += article.withdrawn_at is not None
        row, day = rows.pop(article.url, (None, None))
        is_held = any(says(text, version) for text in texts.get(article.url, ()) for version in article.versions)
        if is_held:
            figures.held += 1
            if row is None or row.state is not State.HELD or not _is_day(day, article, paper):
                figures.unexplained.append(f"{article.path}: held, and the ledger says {row} on {day}")
        elif row is None:
            gone = article.withdrawn_at
            if gone is not None and not any(article.published_at <= at < gone for at in good):
                figures.withdrawn_unseen += 1  # it came and went between two looks at the sources
            else:
                figures.unexplained.append(f"{article.path}: published {article.published_at}, and never listed")
        else:
            reasons[row.reason.value if row.reason else "held"] += 1
            if row.state is not State.MISSING or not _is_true(row.reason.value if row.reason else "", article):
                figures.unexplained.append(f"{article.path}: not held, and the ledger says {row.reason}")
    figures.missing = dict(reasons)
    # What else was listed are sections and dossiers of the sitemaps; nothing that was never published.
    figures.unexplained += [f"{url}: never published" for url in rows if "-post" in url]


def _is_day(day: date | None, article: Living, paper: Paper) -> bool:
    """Whether a page was first listed on the day of its publication or soon after."""
    zone = ZoneInfo("Europe/Berlin")
    first = article.published_at.astimezone(zone).date()
    return day is not None and first <= day <= first + timedelta(days=2) and day <= paper.ends.astimezone(zone).date()


def _is_true(reason: str, article: Living) -> bool:
    """Whether a reason is the true one: these pages are refused for hours, gone, or too new."""
    if reason == "withdrawn":
        return article.withdrawn_at is not None
    return reason in {"blocked", "error", "not-yet-due", "robots"} and article.withdrawn_at is not None


def _judge_edits(paper: Paper, texts: dict[str, list[Text]], figures: Figures) -> None:
    delays: list[timedelta] = []
    for article in paper.articles:
        said = texts.get(article.url, [])
        for version in article.versions[1:]:
            figures.edits += 1
            delays.append(version.since - article.published_at)
            if version.until - version.since > LONG:
                figures.edits_long += 1
                figures.edits_seen += any(says(text, version) for text in said)
        # Each capture says the text that stood when it was made: the newspaper stands still during a run.
        figures.texts_wrong += sum(1 for text in said if not _stood(text, article))
    figures.within_median = round(sum(d <= timedelta(hours=3) for d in delays) / max(1, len(delays)), 3)
    figures.within_ninth = round(sum(d <= timedelta(days=2) for d in delays) / max(1, len(delays)), 3)


def _stood(text: Text, article: Living) -> bool:
    slack = timedelta(minutes=5)
    return any(says(text, v) and v.since - slack <= text[0] < v.until + slack for v in article.versions)


def _judge_slots(catalog: Catalog, paper: Paper, figures: Figures) -> None:
    states: Counter[str] = Counter()
    for schedule in catalog.schedules.find():
        slots = catalog.schedules.slots(schedule=schedule.id, since=paper.begins, until=paper.ends, limit=100_000)
        planned = {slot.planned_at for slot in slots if slot.origin is Origin.CRON and slot.planned_at < paper.ends}
        expected = planned_times(schedule.cron, schedule.zone, since=schedule.since, until=paper.ends)
        figures.slots_wrong += [
            f"{schedule.cron} {schedule.zone}: {at} has no slot" for at in sorted(expected - planned)
        ]
        for slot in slots:
            if slot.planned_at >= paper.ends:
                continue
            states[slot.state.value] += 1
            if not slot.final:
                figures.slots_wrong.append(f"{slot.planned_at} of {slot.schedule} is {slot.state}")
            if slot.state in {SlotState.SKIPPED, SlotState.FAILED} and not slot.reason:
                figures.slots_wrong.append(f"{slot.planned_at} of {slot.schedule} is {slot.state} without a reason")
            if slot.planned_at not in expected and slot.origin is Origin.CRON and slot.state is not SlotState.SKIPPED:
                figures.slots_wrong.append(f"{slot.planned_at} of {slot.schedule} ran, and nobody planned it")
    figures.slots = dict(sorted(states.items()))


def planned_times(cron: str, zone: str, *, since: datetime, until: datetime) -> set[datetime]:
    """The instants of a cron line, counted minute by minute on the wall: of what the clocks leave out the first minute
    after it, of what they show twice the first, but of lines that come every hour all that the clocks show."""
    minutes, hours = cron.split()[:2]
    wanted_minutes = set(range(0, 60, int(minutes[2:]))) if minutes.startswith("*/") else {int(minutes)}
    tz = ZoneInfo(zone)
    found: set[datetime] = set()
    done: set[datetime] = set()
    at = since.astimezone(UTC).replace(second=0, microsecond=0)
    before = at.astimezone(tz).replace(tzinfo=None) - timedelta(minutes=1)
    while at < until:
        wall = at.astimezone(tz).replace(tzinfo=None)
        walls = [wall]
        while hours != "*" and walls[0] - timedelta(minutes=1) > before:
            walls.insert(0, walls[0] - timedelta(minutes=1))
        for each in walls:
            hit = each.minute in wanted_minutes and (hours == "*" or each.hour == int(hours))
            if hit and at > since and (hours == "*" or each not in done):
                found.add(at)
                done.add(each)
        before, at = wall, at + timedelta(minutes=1)
    return found


# What is told.


def misses(product: Figures, fixed: Figures | None) -> list[str]:
    """The targets that were missed, in words."""
    found = [f"slot: {what}" for what in product.slots_wrong[:20]]
    found += [f"ledger: the sums of {day} are wrong" for day in product.sums_wrong]
    found += [f"ledger: {what}" for what in product.unexplained[:20]]
    if product.held_share < HELD:
        found.append(f"{product.held_share:.2%} of the articles are held, not {HELD:.1%}")
    if product.withdrawn_unseen:
        found.append(f"{product.withdrawn_unseen} articles came and went between two looks at the sources")
    if product.seen_share < SEEN:
        found.append(f"{product.seen_share:.1%} of the edits were seen, not {SEEN:.0%}")
    if product.texts_wrong:
        found.append(f"{product.texts_wrong} captures say a text that did not stand when they were made")
    if fixed is not None and product.requests > fixed.requests:
        found.append(f"{product.requests} requests, where the fixed revisit takes {fixed.requests}")
    return found


def show(figures: list[Figures]) -> None:
    """The table."""
    rows: list[tuple[str, list[object]]] = [
        ("published articles", [f.published for f in figures]),
        ("held", [f"{f.held} ({f.held_share:.2%})" for f in figures]),
        ("missing, by the ledger", [f.missing or "none" for f in figures]),
        ("withdrawn between two looks", [f.withdrawn_unseen for f in figures]),
        ("ledger wrong", [len(f.unexplained) + len(f.sums_wrong) for f in figures]),
        ("edits", [f.edits for f in figures]),
        ("within 3 h / 2 d", [f"{f.within_median:.0%} / {f.within_ninth:.0%}" for f in figures]),
        ("edits that stood > 1 h", [f.edits_long for f in figures]),
        ("of them seen", [f"{f.edits_seen} ({f.seen_share:.1%})" for f in figures]),
        ("requests at the site", [f.requests for f in figures]),
        ("for what", [f.asked for f in figures]),
        ("runs / killed", [f"{f.runs} / {f.kills}" for f in figures]),
        ("slots", [f.slots for f in figures]),
        ("slots wrong", [len(f.slots_wrong) for f in figures]),
        ("captures with a text that did not stand", [f.texts_wrong for f in figures]),
        ("seconds", [f.seconds for f in figures]),
    ]
    print(f"{'':<42}" + "".join(f"{f.policy:<50}" for f in figures))
    for name, cells in rows:
        print(f"{name:<42}" + "".join(f"{cell!s:<50}" for cell in cells))


def both(
    folder: Path, *, days: int, daily: float, cron: str, lives: Any = LIVES, reads_fixed: bool = True
) -> tuple[Figures, Figures]:
    """The product's policy and the fixed one, side by side."""
    with ThreadPoolExecutor(2) as threads:
        product, fixed = (
            threads.submit(
                simulate, folder / policy, policy=policy, days=days, daily=daily, cron=cron, lives=lives, reads=reads
            )
            for policy, reads in (("product", True), ("fixed", reads_fixed))
        )
        return product.result(), fixed.result()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--daily", type=float, default=6.0, help="articles a day")
    parser.add_argument("--cron", default="0 * * * *")
    parser.add_argument("--only", choices=("product", "fixed"))
    parser.add_argument("--keep", metavar="DIR", type=Path, help="leave the archives here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="archiver-month-", dir=in_memory()))
    try:
        if options.only:
            figures = [
                simulate(
                    folder / options.only,
                    policy=options.only,
                    days=options.days,
                    daily=options.daily,
                    cron=options.cron,
                )
            ]
        else:
            figures = list(both(folder, days=options.days, daily=options.daily, cron=options.cron))
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    wrong = misses(figures[0], figures[1] if len(figures) > 1 else None)
    if options.json:
        print(json.dumps({"figures": [asdict(f) for f in figures], "missed": wrong}))
    else:
        show(figures)
        print("\n".join(wrong) or "every target is met")
    return int(bool(wrong))


def in_memory() -> str | None:
    """A place in memory, where syncing costs nothing."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


if __name__ == "__main__":
    assert BEGINS.tzinfo is UTC
    assert NEWEST < 12
    sys.exit(main())
