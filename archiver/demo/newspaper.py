"""The model newspaper: the same seed and moment give the same bytes, and the truth about them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from archiver.demo import section_pages as listings
from archiver.demo import sites
from archiver.demo.article import ModelArticle
from archiver.demo.article_page import body_paragraphs
from archiver.demo.editions import HOSTS, SECTION_NAMES, VIETNAM, VIETNAMPLUS
from archiver.demo.feeds import feed_paths
from archiver.demo.furniture import section_path
from archiver.demo.issue import Issue
from archiver.demo.moments import MORNING
from archiver.demo.plan import planned_articles
from archiver.demo.reply import DemoRequest, Reply
from archiver.demo.sitemaps import aggregator_sitemap_paths, newspaper_sitemap_paths

SEED = 20260901
_KEPT_ISSUES = 4
_KEPT_REPLIES = 600


@dataclass(frozen=True, slots=True)
class Truth:
    """What a perfect extractor reads from an article's page.

    `paragraphs` are those of the body as shown (a Vietnamese text ends with `./.`), headings among them, without title,
    lead, captions and tail. `modified_at` is None where the page tells none. `source_url` is the address in a copy's
    tail, `duplicate_of` the other address of an article published twice, `template` current, old, justify or copy.
    """

    url: str
    host: str
    language: str
    title: str
    lead: str
    paragraphs: tuple[str, ...]
    authors: tuple[str, ...]
    published_at: datetime
    modified_at: datetime | None
    section: str
    tags: tuple[str, ...]
    captions: tuple[str, ...]
    images: tuple[str, ...]
    source_url: str | None
    story: str
    duplicate_of: str | None
    template: str
    written: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses that a complete crawl captures.

    `listings` are home pages, section fronts and dossiers; `further` their later pages and older forms, and tag pages;
    `sources` feeds and sitemaps, the refused one among them; `requisites` pictures, style sheets and scripts.
    """

    articles: tuple[str, ...]
    listings: tuple[str, ...]
    further: tuple[str, ...]
    sources: tuple[str, ...]
    requisites: tuple[str, ...]


class Newspaper:
    """A newspaper of several hosts. Its moment, `at`, can be moved; every method takes another one instead."""

    def __init__(self, *, seed: int = SEED, at: datetime = MORNING) -> None:
        self.at = at
        self._planned = planned_articles(seed)
        self._issues: OrderedDict[datetime, Issue] = OrderedDict()
        self._lock = threading.Lock()
        self._replies: OrderedDict[tuple[datetime, str, str, str, str], Reply] = OrderedDict()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host that answers."""
        return HOSTS

    def articles(self, at: datetime | None = None) -> tuple[Truth, ...]:
        """The truth about every live article of every host, newest first."""
        issue = self._issue(at)
        return tuple(_truth(issue, article) for article in issue.live)

    def withdrawn(self, at: datetime | None = None) -> tuple[str, ...]:
        """Addresses of articles that were there and are gone."""
        issue = self._issue(at)
        return tuple(sorted(a.url for a in issue.at_address.values() if a.is_withdrawn(issue.at)))

    def pages(self, at: datetime | None = None) -> Pages:
        """Addresses of all that there is, robots.txt and redirects apart."""
        issue = self._issue(at)
        fronts, further, sources = [], [], []
        for edition in VIETNAMPLUS:
            fronts += _at(edition.origin, listings.fronts(edition))
            further += _at(edition.origin, listings.further_pages(issue, edition) + listings.tag_pages(issue, edition))
            sources += _at(edition.origin, feed_paths(edition))
            sources += _at(edition.origin, ["/sitemap.xml", *newspaper_sitemap_paths(issue, edition)])
        for edition in VIETNAM:
            last = -(-len(issue.of(edition)) // listings.PER_PAGE)
            further += [f"{edition.home}?page={number}" for number in range(2, last + 1)]
            fronts += [edition.home, *_at(edition.origin, [section_path(edition, name) for name in SECTION_NAMES])]
        aggregator = ["/sitemap.xml", "/news-sitemap.xml", *aggregator_sitemap_paths(issue)]
        sources += _at(VIETNAM[0].origin, aggregator)
        articles = tuple(article.url for article in issue.live)
        requisites = [f"https://{host}{path}" for host, path in issue.pictures]
        for edition in (*VIETNAMPLUS, VIETNAM[0]):
            requisites += sites.asset_addresses(edition)
        return Pages(articles, tuple(fronts), tuple(further), tuple(sources), tuple(requisites))

    def respond(self, ask: DemoRequest) -> Reply:
        """The answer to a request at the newspaper's moment; the host must be one of `hosts`."""
        at = self.at
        key = (at, ask.scheme, ask.host, ask.path, ask.query)
        issue = self._issue(at)
        with self._lock:
            kept = self._replies.get(key)
            if kept is None:
                kept = self._replies[key] = sites.answer(issue, ask)
                while len(self._replies) > _KEPT_REPLIES:
                    self._replies.popitem(last=False)
            return kept

    def _issue(self, at: datetime | None) -> Issue:
        moment = self.at if at is None else at
        with self._lock:
            issue = self._issues.get(moment)
            if issue is None:
                issue = self._issues[moment] = Issue(self._planned, moment)
                while len(self._issues) > _KEPT_ISSUES:
                    self._issues.popitem(last=False)
            return issue


def _at(origin: str, paths: Iterable[str]) -> list[str]:
    return [f"{origin}{path}" for path in paths]


def _truth(issue: Issue, article: ModelArticle) -> Truth:
    told = article.telling(issue.at)
    copied = article.original is not None
    paragraphs = told.paragraphs if copied else body_paragraphs(issue, article)
    shown = article.pictures if article.look == "current" else article.pictures[:1]
    return Truth(
        url=article.url,
        host=article.edition.host,
        language=article.language,
        title=told.title,
        lead=told.lead,
        paragraphs=tuple(paragraph.removeprefix("## ") for paragraph in paragraphs),
        authors=() if article.author is None else (article.author,),
        published_at=article.published_at,
        modified_at=article.modified_at(issue.at),
        section=article.section_name,
        tags=() if copied else told.tags,
        captions=tuple(picture.caption for picture in shown),
        images=tuple(
            f"https://{article.edition.media_host}{picture.copied_path}" if copied else picture.url for picture in shown
        ),
        source_url=article.original,
        story=article.story.key,
        duplicate_of=article.twin,
        template="copy" if copied else article.look,
        written=article.story.written,
    )
