"""An issue: the newspaper as it stands at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from archiver.demo.article import ModelArticle
from archiver.demo.editions import Edition, Topic
from archiver.demo.pictures import SMALL, WIDE, Picture
from archiver.demo.slugs import slug

NEWEST = 6
_CARDS = 4
_NEWS_SITEMAP = timedelta(hours=48)


class Issue:
    """Live articles by edition, newest first, and what is found at each address."""

    def __init__(self, articles: Iterable[ModelArticle], at: datetime) -> None:
        self.at = at
        published = [article for article in articles if article.is_published(at)]
        self.at_address = {(article.edition.host, article.path): article for article in published}
        self.live = sorted(
            (article for article in published if article.is_live(at)),
            key=lambda article: (article.published_at, article.url),
            reverse=True,
        )
        self.pictures: dict[tuple[str, str], tuple[Picture, tuple[int, int], datetime]] = {}
        for article in published:
            self._hang(article)
        self._withdrawals: dict[str, list[datetime]] = {}
        for article in published:
            if article.changes_at is not None and article.is_withdrawn(at):
                self._withdrawals.setdefault(article.edition.home, []).append(article.changes_at)
        self._by_edition: dict[str, list[ModelArticle]] = {}
        self._by_story: dict[tuple[str, str], list[ModelArticle]] = {}
        for article in self.live:
            self._by_edition.setdefault(article.edition.home, []).append(article)
            self._by_story.setdefault((article.story.key, article.edition.family), []).append(article)

    def _hang(self, article: ModelArticle) -> None:
        """Note where the article's pictures are found, in which size, and since when."""
        media = article.edition.media_host
        for picture in article.pictures:
            copied = article.original is not None
            places = [(picture.copied_path, WIDE)] if copied else [(picture.path, WIDE), (picture.small_path, SMALL)]
            for path, size in places:
                self.pictures.setdefault((media, path), (picture, size, article.published_at))

    def of(self, edition: Edition) -> Sequence[ModelArticle]:
        """The edition's live articles, newest first."""
        return self._by_edition.get(edition.home, [])

    def in_section(self, edition: Edition, section: str) -> list[ModelArticle]:
        """Those of one section."""
        return [article for article in self.of(edition) if article.story.section == section]

    def in_topic(self, edition: Edition, topic: Topic) -> list[ModelArticle]:
        """Those of one dossier."""
        return [article for article in self.of(edition) if article.story.section in topic.sections]

    def with_tag(self, edition: Edition, tag_slug: str) -> list[ModelArticle]:
        """Those that carry the tag."""
        return [article for article in self.of(edition) if tag_slug in map(slug, article.telling(self.at).tags)]

    def tags(self, edition: Edition) -> dict[str, str]:
        """Every tag of the edition: its name by its slug."""
        return {slug(tag): tag for article in self.of(edition) for tag in article.telling(self.at).tags}

    def matching(self, edition: Edition, query: str) -> list[ModelArticle]:
        """Those whose title has the words of the query."""
        words = slug(query).split("-")
        return [
            article
            for article in self.of(edition)
            if words != [""] and all(word in slug(article.telling(self.at).title) for word in words)
        ]

    def editions_of(self, article: ModelArticle) -> dict[str, str]:
        """Addresses of the same story in the languages of the same site, its own among them."""
        if not article.story.written:
            return {}
        told = self._by_story.get((article.story.key, article.edition.family), [])
        return {other.language: other.url for other in sorted(told, key=lambda other: other.url)}

    def related(self, article: ModelArticle) -> list[ModelArticle]:
        """Two older ones for the box inside the text: the same at every moment, unless one was withdrawn."""
        older = [other for other in self.of(article.edition) if other.published_at < article.published_at]
        number = len(article.path)
        return [older[(number * step) % len(older)] for step in (3, 7)] if older else []

    def cards(self, article: ModelArticle) -> list[ModelArticle]:
        """Those below the text: newest of the section, or those that were newest when the article appeared."""
        others = [
            other
            for other in self.in_section(article.edition, article.story.section)
            if other.story.key != article.story.key
        ]
        if not article.fresh_cards:
            others = [other for other in others if other.published_at < article.published_at]
        return others[:_CARDS]

    def newest(self, article: ModelArticle) -> Sequence[ModelArticle]:
        """Those beside the text, chosen as the cards are."""
        others = self.of(article.edition)
        if not article.fresh_cards:
            others = [other for other in others if other.published_at < article.published_at]
        return others[:NEWEST]

    def last_change(self, article: ModelArticle) -> datetime | None:
        """When the article's page last changed, boxes and links to other editions included; None where nobody knows."""
        if article.fresh_cards:
            return None
        shown = [article, *self.related(article), *self.cards(article), *self.newest(article)]
        alternates = (
            self._by_story.get((article.story.key, article.edition.family), []) if article.story.written else []
        )
        moments = [article.published_at, *(other.published_at for other in alternates)]
        moments += [changed for other in shown if (changed := other.modified_at(self.at)) is not None]
        return max([*moments, *self._withdrawals.get(article.edition.home, [])])

    def recent(self, edition: Edition) -> list[ModelArticle]:
        """Those of the last two days, as a news sitemap lists them."""
        return [article for article in self.of(edition) if self.at - article.published_at <= _NEWS_SITEMAP]

    def months(self, edition: Edition) -> list[tuple[int, int]]:
        """Year and month of every month with an article, newest first."""
        return sorted({(a.published_at.year, a.published_at.month) for a in self.of(edition)}, reverse=True)

    def in_month(self, edition: Edition, year: int, month: int) -> list[ModelArticle]:
        """Those of one month."""
        return [a for a in self.of(edition) if (a.published_at.year, a.published_at.month) == (year, month)]
