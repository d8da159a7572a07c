"""The model newspaper for thirty days: articles that are edited again and again, withdrawn, and sources that fail.

The pages are those of ``archiver.demo``; what is added is the time: when each article appears, each of its texts, its
withdrawal, the hours in which the site refuses its visitors, and those in which its sitemap is broken. All chance comes from the seed,
and what really happened (``Paper.articles``) is the oracle that an archive of it is held against.
"""

from __future__ import annotations

import math
import random
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from archiver.demo import feeds, sitemaps, sites
from archiver.demo.article import ModelArticle
from archiver.demo.article_page import body_paragraphs
from archiver.demo.chance import chance_of
from archiver.demo.editions import VIETNAMPLUS
from archiver.demo.generator import generated_stories
from archiver.demo.issue import Issue
from archiver.demo.pictures import Picture
from archiver.demo.reply import DemoRequest, Reply
from archiver.demo.slugs import slug
from archiver.demo.story import Telling

EDITION = VIETNAMPLUS[1]
"""The English one."""
ZONE = ZoneInfo("Europe/Berlin")
"""Where the newsroom sits."""
BEGINS = datetime(2026, 3, 27, 23, 0, tzinfo=UTC)
"""Midnight in the newsroom. Its clocks are put forward a day later (29 March), those of Sydney put back a week after that (5 April)."""
NEWEST = 8
"""Entries of the feed: fewer than appear in a busy night."""
EDITED = 0.55
"""Share of the articles that are edited."""
MEDIAN, NINTH = timedelta(hours=3), timedelta(days=2)
"""Half of all edits come within the first after publication, nine tenths within the second."""
WITHDRAWN = 0.02
"""Share of the articles that are withdrawn, some hours or days after they appeared."""
UNSEEN = timedelta(minutes=100)
"""How long the one article stands that is refused to everybody for as long as it does: the feed names it, and nobody gets it."""

WALL = b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Access denied</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Version:
    """A text of an article and the span in which it stood."""

    since: datetime
    until: datetime
    telling: Telling


@dataclass(frozen=True, slots=True)
class Living(ModelArticle):
    """An article that goes through several texts, and may be withdrawn."""

    versions: tuple[Version, ...] = ()
    withdrawn_at: datetime | None = None

    def telling(self, at: datetime) -> Telling:
        """Its text as it reads at that moment."""
        return next((v.telling for v in reversed(self.versions) if v.since <= at), self.versions[0].telling)

    def is_withdrawn(self, at: datetime) -> bool:
        """It was there and is gone."""
        return self.withdrawn_at is not None and self.withdrawn_at <= at

    def is_live(self, at: datetime) -> bool:
        """A reader finds it."""
        return self.is_published(at) and not self.is_withdrawn(at)

    def modified_at(self, at: datetime) -> datetime | None:
        """When its text last changed."""
        return max((v.since for v in self.versions[1:] if v.since <= at), default=None)


@dataclass
class Paper:
    """The newspaper over ``days`` days, with ``daily`` articles a day on average. ``at`` is its moment.

    ``asked`` counts requests by what they were for, as the server saw them.
    """

    days: int = 30
    daily: float = 10.0
    seed: int = 1
    begins: datetime = BEGINS
    at: datetime = BEGINS
    asked: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._refused = False
        self.articles: tuple[Living, ...] = tuple(self._planned())
        self._issues: OrderedDict[datetime, Issue] = OrderedDict()

    @property
    def ends(self) -> datetime:
        """When the month is over."""
        return self.begins + timedelta(days=self.days)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that answer."""
        return (EDITION.host,)

    # What happens.

    def _planned(self) -> list[Living]:
        chance = chance_of(self.seed, "month")
        moments = sorted(moment for day in range(self.days) for moment in self._moments(day, chance))
        stories = generated_stories(self.seed, EDITION.language, count=len(moments))
        made = []
        for number, (at, story) in enumerate(zip(moments, stories, strict=True)):
            own = chance_of(self.seed, story.key, "life")
            telling = story.tellings[EDITION.language]
            gone = self._gone(at, own)
            versions = self._versions(at, telling, stories, own, until=min(gone or self.ends, self.ends))
            picture = Picture(f"{story.key}-1", f"{at:%Y/%m/%d}", telling.caption, telling.credit)
            made.append(
                Living(
                    story=replace(story, edit=None),
                    edition=EDITION,
                    path=f"/{slug(telling.title)}-post{EDITION.first_id + number}.vnp",
                    post_id=EDITION.first_id + number,
                    published_at=at,
                    changes_at=gone,
                    look="current",
                    data="none" if own.random() < 0.12 else "json-ld",
                    fresh_cards=own.random() < 0.2,
                    pictures=(picture,),
                    versions=versions,
                    withdrawn_at=gone,
                )
            )
        return made

    def _moments(self, day: int, chance: random.Random) -> list[datetime]:
        """When articles appear on a day: most by day, some at night; one night in four is busy."""
        start = (self.begins + timedelta(days=day)).astimezone(ZONE).replace(hour=0, minute=0)
        count = max(1, round(self.daily * chance.uniform(0.7, 1.3)))
        hours = [min(23.9, max(5.0, chance.gauss(13.0, 4.0))) for _ in range(count)]
        hours += [chance.uniform(0.0, 5.0) for _ in range(max(1, round(self.daily / 10)))]
        if day % 4 == 2:
            hours += [chance.uniform(1.0, 4.0) for _ in range(NEWEST + 4)]
        return [
            (start + timedelta(minutes=round(60 * hour))).astimezone(UTC)
            for hour in hours
            if (start + timedelta(hours=hour)).astimezone(UTC) < self.ends - timedelta(hours=2)
        ]

    def _gone(self, at: datetime, chance: random.Random) -> datetime | None:
        if self.is_walled(at) and self.is_walled(at + UNSEEN) and not self._refused:
            self._refused = True
            return at + UNSEEN
        if chance.random() >= WITHDRAWN:
            return None
        gone = at + timedelta(minutes=chance.choice((150, 400, 1000, 3000, 9000)))
        return gone if gone < self.ends else None

    def _versions(
        self, at: datetime, telling: Telling, stories: Sequence[object], chance: random.Random, *, until: datetime
    ) -> tuple[Version, ...]:
        """The texts: where it is edited once it may be edited again."""
        moments: list[datetime] = []
        if chance.random() < EDITED:
            sigma = math.log(NINTH / MEDIAN) / 1.2816
            for _ in range(1 + (chance.random() < 0.45) + (chance.random() < 0.2)):
                delay = MEDIAN * math.exp(chance.gauss(0.0, sigma))
                moments.append(at + timedelta(seconds=round(delay.total_seconds())))
        moments = sorted(moment for moment in moments if moment < until)
        texts = [telling]
        for number in range(1, len(moments) + 1):
            texts.append(_edited(texts[-1], number, chance))
        ends = [*moments, until]
        return tuple(Version(since, end, text) for since, end, text in zip([at, *moments], ends, texts, strict=True))

    # What it answers.

    def is_walled(self, at: datetime) -> bool:
        """Every third night the site refuses everybody its pages from one to four o'clock; its feed goes on."""
        local = at.astimezone(ZONE)
        return self._day(at) % 3 == 1 and 1 <= local.hour < 4

    def is_down(self, at: datetime) -> bool:
        """Every fifth day its servers are overloaded for an hour."""
        return self._day(at) % 5 == 3 and at.astimezone(ZONE).hour == 11

    def sitemap_fault(self, at: datetime) -> str | None:
        """How the sitemaps are broken, for some hours of most days."""
        local = at.astimezone(ZONE)
        if local.hour in {6, 7, 14}:
            return ("error", "page", "cut", None)[self._day(at) % 4]
        return None

    def _day(self, at: datetime) -> int:
        return (at.astimezone(ZONE).date() - self.begins.astimezone(ZONE).date()).days

    def respond(self, ask: DemoRequest) -> Reply:
        """The answer at the newspaper's moment."""
        kind = self._kind(ask.path)
        self.asked[kind] = self.asked.get(kind, 0) + 1
        if self.is_down(self.at):
            return Reply(503, "text/html", b"<h1>503 Service Unavailable</h1>\n")
        issue = self._issue()
        if self.is_walled(self.at) and ask.path != "/rss/home.rss":
            return Reply(403, "text/html; charset=utf-8", WALL)
        if ask.path == "/rss/home.rss":
            body = feeds.feed_at(issue, EDITION, ask.path, newest=NEWEST) or b""
            return Reply(200, "text/xml; charset=utf-8", body, "negotiated", validated=True)
        sitemap = sitemaps.newspaper_sitemap(issue, EDITION, ask.path)
        if sitemap is not None:
            return self._sitemap(sitemap)
        return sites.answer(issue, ask)

    def _sitemap(self, body: bytes) -> Reply:
        fault = self.sitemap_fault(self.at)
        if fault == "error":
            return Reply(500, "text/html", b"<h1>500 Internal Server Error</h1>\n")
        if fault == "page":
            return Reply(
                200, "text/html; charset=utf-8", b"<!DOCTYPE html><html><body>We are working on it</body></html>"
            )
        if fault == "cut":
            return Reply(200, "application/xml;charset=utf-8", body[: len(body) // 2], "chunked")
        return Reply(200, "application/xml;charset=utf-8", body, "chunked", validated=True)

    def _issue(self) -> Issue:
        issue = self._issues.get(self.at)
        if issue is None:
            issue = self._issues[self.at] = Issue(self.articles, self.at)
            while len(self._issues) > 2:
                self._issues.popitem(last=False)
        return issue

    @staticmethod
    def _kind(path: str) -> str:
        if path == "/robots.txt":
            return "robots"
        if path.startswith(("/rss/", "/sitemap")) or path == "/":
            return "source"
        return "page"


def text_of(issue: Issue, article: Living) -> tuple[str, str]:
    """Title and text as a perfect extractor reads them."""
    told = article.telling(issue.at)
    paragraphs = [paragraph.removeprefix("## ") for paragraph in body_paragraphs(issue, article)]
    return told.title, "\n\n".join(paragraphs)


def _edited(before: Telling, number: int, chance: random.Random) -> Telling:
    """The next text: a new headline, one more paragraph, or a figure put right."""
    kind = chance.choice(("headline", "paragraph", "figure"))
    mark = f"{chance.randrange(1000, 9999)}"
    if kind == "headline":
        return replace(before, title=f"{before.title.split(' (update')[0]} (update {number}, {mark})")
    if kind == "paragraph":
        added = f"In an update, the newsroom added that {mark} people had asked about the matter since the morning."
        return replace(before, paragraphs=(*before.paragraphs, added))
    first, *rest = before.paragraphs
    words = first.split(" ")
    words[chance.randrange(1, len(words))] = mark
    return replace(before, paragraphs=(" ".join(words), *rest))
