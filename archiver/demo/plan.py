"""The plan: which story is published on which edition, when and at what address. All chance comes from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from archiver.demo.article import Data, Look, ModelArticle
from archiver.demo.chance import chance_of
from archiver.demo.editions import VIETNAM, VIETNAMPLUS, Edition
from archiver.demo.generator import generated_stories
from archiver.demo.moments import EVENING, FIRST, LAST, MORNING
from archiver.demo.pictures import Picture
from archiver.demo.slugs import slug
from archiver.demo.story import LANGUAGES, Story, load_stories

SEED_KEY = "eurasia-security"
SEED_SLUG = "nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au"
SEED_ID = 1073489
"""The story whose French copy is the document that the project began from, and its Vietnamese address."""

COPIED_STORIES = 14
"""How many stories the aggregator copies, each in three languages."""

_TICK = timedelta(minutes=10)
"""The newsroom's editions give one post id every ten minutes, near enough."""

_BODY_CAPTIONS = {
    "vi": ("Quang cảnh tại hiện trường.", "Một góc nhìn khác trong ngày.", "Không khí buổi sáng.", "Nhìn từ trên cao."),
    "en": ("The scene on the spot.", "Another view of the day.", "Early in the morning.", "Seen from above."),
    "fr": ("La scène sur place.", "Une autre vue de la journée.", "Tôt le matin.", "Vue d'en haut."),
}


def planned_articles(seed: int) -> tuple[ModelArticle, ...]:
    """Every article that the newspaper will ever publish, oldest first."""
    written = load_stories()
    drafts = [draft for story in written for draft in _editions_of(story, seed)]
    for language in LANGUAGES:
        for index, story in enumerate(generated_stories(seed, language)):
            drafts.append(_generated(story, index, seed))
    articles = _addressed(drafts)
    articles += _copies(written, articles, seed)
    return tuple(sorted(articles, key=lambda article: (article.published_at, article.url)))


class _Draft:
    """An article before its post id is known."""

    def __init__(self, story: Story, edition: Edition, published_at: datetime, chance: random.Random) -> None:
        self.story = story
        self.edition = edition
        self.published_at = published_at
        self.look: Look = "current"
        self.data: Data = "none" if chance.random() < 0.12 else "json-ld"
        self.fresh_cards = chance.random() < 0.4
        self.twice = False
        self.changes_at = _between(chance, MORNING + timedelta(minutes=40), EVENING - timedelta(hours=1))
        self.pictures = _pictures(story, edition, published_at, chance)


def _editions_of(story: Story, seed: int) -> list[_Draft]:
    chance = chance_of(seed, story.key, "plan")
    first = _first_moment(story, chance)
    delays = (timedelta(0), _minutes(chance, 20, 300), _minutes(chance, 40, 540))
    return [
        _Draft(story, edition, first + delay, chance_of(seed, story.key, edition.host))
        for edition, delay in zip(VIETNAMPLUS, delays, strict=True)
    ]


def _first_moment(story: Story, chance: random.Random) -> datetime:
    yesterday = MORNING - timedelta(hours=18)
    if story.key == SEED_KEY:
        return FIRST + (SEED_ID - VIETNAMPLUS[0].first_id) * _TICK
    if story.edit is not None:
        return _between(chance, MORNING - timedelta(days=6), yesterday)
    fate = chance.random()
    if fate < 0.05:
        return _between(chance, MORNING + timedelta(minutes=15), EVENING - timedelta(hours=10))
    if fate < 0.09:
        return _between(chance, EVENING, LAST - timedelta(days=1))
    return _between(chance, FIRST + timedelta(hours=6), yesterday)


def _generated(story: Story, index: int, seed: int) -> _Draft:
    """The first of each language play the rarer parts, so that every edition has each of them."""
    chance = chance_of(seed, story.key, "plan")
    language = next(iter(story.tellings))
    edition = next(edition for edition in VIETNAMPLUS if edition.language == language)
    parts = ("noon", "noon", "late", "edited", "edited", "edited", "old", "old", "old", "justify", "justify", "twice")
    part = parts[index] if index < len(parts) else "broken" if (index, language) == (len(parts), "en") else "plain"
    spans = {
        "noon": (MORNING + timedelta(minutes=15), EVENING - timedelta(hours=2)),
        "late": (EVENING, LAST),
        "edited": (MORNING - timedelta(days=3), MORNING - timedelta(hours=2)),
        "old": (FIRST, FIRST + timedelta(days=18)),
        "justify": (FIRST, FIRST + timedelta(days=18)),
    }
    draft = _Draft(story, edition, _between(chance, *spans.get(part, (FIRST, MORNING - timedelta(hours=1)))), chance)
    looks: dict[str, Look] = {"old": "old", "justify": "justify"}
    if part in looks:
        draft.look = looks[part]
        draft.data = "none"
    if part == "broken":
        draft.data = "broken"
    draft.twice = (part, language) == ("twice", "vi")
    return draft


def _addressed(drafts: Sequence[_Draft]) -> list[ModelArticle]:
    taken = {(VIETNAMPLUS[0].host, SEED_ID)}
    articles = []
    for draft in sorted(drafts, key=lambda draft: (draft.published_at, draft.story.key)):
        seeded = draft.story.key == SEED_KEY and draft.edition.language == "vi"
        number = SEED_ID if seeded else _post_id(draft, taken)
        words = SEED_SLUG if seeded else slug(draft.story.tellings[draft.edition.language].title)
        new, old = f"/{words}-post{number}.vnp", f"/{words}/{number}.vnp"
        path = old if draft.look == "old" else new
        articles.append(_article(draft, path, number, twin=None))
        if draft.twice:
            articles.append(_article(draft, old, number, twin=new))
    return articles


def _post_id(draft: _Draft, taken: set[tuple[str, int]]) -> int:
    number = draft.edition.first_id + (draft.published_at - FIRST) // _TICK
    while (draft.edition.host, number) in taken:
        number += 1
    taken.add((draft.edition.host, number))
    return number


def _article(draft: _Draft, path: str, post_id: int, *, twin: str | None) -> ModelArticle:
    return ModelArticle(
        story=draft.story,
        edition=draft.edition,
        path=path,
        post_id=post_id,
        published_at=draft.published_at,
        changes_at=draft.changes_at if draft.story.edit is not None else None,
        look=draft.look,
        data=draft.data,
        fresh_cards=draft.fresh_cards,
        pictures=draft.pictures,
        twin=None if twin is None else f"{draft.edition.origin}{twin}",
    )


def _copies(written: Iterable[Story], articles: Sequence[ModelArticle], seed: int) -> list[ModelArticle]:
    """The aggregator's: some stories, each in all languages under the Vietnamese slug, never edited afterwards."""
    originals = {article.story.key: article for article in articles if article.language == "vi"}
    known = [story for story in written if originals[story.key].published_at < EVENING]
    ranked = sorted(known, key=lambda story: _rank(story, seed))
    return [
        _copy(originals[story.key], edition, chance_of(seed, story.key, edition.home))
        for story in ranked[:COPIED_STORIES]
        for edition in VIETNAM
    ]


def _rank(story: Story, seed: int) -> float:
    return -1.0 if story.key == SEED_KEY else chance_of(seed, story.key, "copied").random()


def _copy(original: ModelArticle, edition: Edition, chance: random.Random) -> ModelArticle:
    words = original.path.lstrip("/").rsplit("-post", 1)[0]
    delay = _minutes(chance, 15, 120) + (timedelta(0) if edition.language == "vi" else _minutes(chance, 60, 400))
    published_at = original.published_at + delay
    return ModelArticle(
        story=original.story,
        edition=edition,
        path=f"{edition.prefix}/{words}",
        post_id=0,
        published_at=published_at,
        changes_at=None,
        look="current",
        data="json-ld" if chance.random() < 0.8 else "none",
        fresh_cards=False,
        pictures=_pictures(original.story, edition, published_at, chance)[:1],
        original=original.url,
    )


def _pictures(story: Story, edition: Edition, published_at: datetime, chance: random.Random) -> tuple[Picture, ...]:
    """The lead picture and, in some articles, one more; the editions of a story share their pictures."""
    told = story.tellings[edition.language]
    day = f"{published_at.year}/{published_at.month}/{published_at.day}"
    lead = Picture(f"{story.key}-1", day, told.caption, told.credit)
    if chance.random() < 0.5:
        return (lead,)
    return (lead, Picture(f"{story.key}-2", day, chance.choice(_BODY_CAPTIONS[edition.language]), told.credit))


def _between(chance: random.Random, first: datetime, last: datetime) -> datetime:
    """A whole minute: the pages show no seconds."""
    return first + timedelta(minutes=chance.randrange(max(1, int((last - first).total_seconds()) // 60)))


def _minutes(chance: random.Random, least: int, most: int) -> timedelta:
    return timedelta(minutes=chance.randint(least, most))
