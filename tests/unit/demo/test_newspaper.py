from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations

from archiver.demo import EVENING, MORNING, Newspaper
from archiver.demo.moments import ZONE
from archiver.demo.story import LANGUAGES, load_stories

SEED_PATH = "/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au-post1073489.vnp"


def _shingles(truth):
    words = re.findall(r"\w+", " ".join((truth.title, truth.lead, *truth.paragraphs)).lower())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def test_there_is_enough_to_crawl(morning):
    articles = morning.articles()
    copies = [article for article in articles if article.template == "copy"]
    generated = {article.story for article in articles if not article.written}
    assert len(articles) >= 220
    assert len(articles) - len(copies) >= 180
    assert len(copies) >= 40
    assert len(generated) >= 70
    assert len({story.key for story in load_stories()}) >= 40


def test_every_address_is_an_article_of_its_own(morning):
    urls = [article.url for article in morning.articles(EVENING)]
    assert len(urls) == len(set(urls))


def test_everything_appears_between_september_and_november(morning):
    last = datetime(2026, 12, 1, tzinfo=ZONE)
    months = Counter(article.published_at.month for article in morning.articles(last))
    assert set(months) == {9, 10, 11}
    assert min(months.values()) > 40


def test_nothing_is_there_before_its_publication(morning):
    early = datetime(2026, 10, 1, tzinfo=ZONE)
    assert 0 < len(morning.articles(early)) < len(morning.articles())
    assert all(article.published_at <= early for article in morning.articles(early))
    assert morning.articles(datetime(2026, 8, 1, tzinfo=ZONE)) == ()


def test_unrelated_texts_share_few_shingles(morning):
    """Jaccard below 0.2 for five words, over all pairs of a language that share any shingle."""
    for language in LANGUAGES:
        texts = [(article.story, _shingles(article)) for article in morning.articles() if article.language == language]
        holders: dict[tuple[str, ...], list[int]] = {}
        for number, (_, shingles) in enumerate(texts):
            for shingle in shingles:
                holders.setdefault(shingle, []).append(number)
        shared = Counter(pair for numbers in holders.values() for pair in combinations(numbers, 2))
        for (one, other), common in shared.items():
            if texts[one][0] != texts[other][0]:
                both = len(texts[one][1]) + len(texts[other][1]) - common
                assert common / both < 0.2, (texts[one][0], texts[other][0])


def test_a_headline_changes_during_the_day(morning):
    before = {article.url: article for article in morning.articles(MORNING)}
    retitled = [a for a in morning.articles(EVENING) if a.url in before and a.title != before[a.url].title]
    assert {article.language for article in retitled} == set(LANGUAGES)
    for article in retitled:
        assert article.modified_at is not None
        assert MORNING < article.modified_at < EVENING
        assert article.paragraphs == before[article.url].paragraphs


def test_a_paragraph_is_added_during_the_day(morning):
    before = {article.url: article for article in morning.articles(MORNING)}
    longer = [
        a for a in morning.articles(EVENING) if a.url in before and len(a.paragraphs) > len(before[a.url].paragraphs)
    ]
    assert {article.language for article in longer} == set(LANGUAGES)
    for article in longer:
        kept = before[article.url].paragraphs
        assert article.modified_at is not None
        assert article.paragraphs[: len(kept) - 1] == kept[:-1]


def test_unchanged_articles_tell_no_modified_time(morning):
    assert all(article.modified_at is None for article in morning.articles(MORNING))


def test_articles_are_withdrawn_and_others_appear(morning):
    before, after = ({article.url for article in morning.articles(at)} for at in (MORNING, EVENING))
    assert set(morning.withdrawn(EVENING)) == before - after
    assert len(before - after) >= 3
    assert len(after - before) >= 3
    assert morning.withdrawn(MORNING) == ()


def test_edited_articles_are_there_in_the_morning(morning):
    before = {article.url for article in morning.articles(MORNING)}
    assert all(article.url in before for article in morning.articles(EVENING) if article.modified_at is not None)


def test_one_article_stands_at_two_addresses(morning):
    by_url = {article.url: article for article in morning.articles()}
    again = [article for article in by_url.values() if article.duplicate_of is not None]
    assert len(again) == 1
    first = by_url[again[0].duplicate_of]
    assert first.paragraphs == again[0].paragraphs
    number = re.search(r"-post(\d+)\.vnp$", first.url)
    assert number is not None
    assert again[0].url.endswith(f"/{number[1]}.vnp")


def test_the_seed_story_has_its_real_address(morning):
    articles = [article for article in morning.articles() if article.story == "eurasia-security"]
    by_url = {article.url: article for article in articles}
    original = f"https://www.vietnamplus.vn{SEED_PATH}"
    assert by_url[original].language == "vi"
    copy = by_url["https://www.vietnam.vn/fr/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au"]
    assert copy.source_url == original
    assert copy.language == "fr"


def test_copies_appear_after_their_originals(morning):
    by_url = {article.url: article for article in morning.articles()}
    copies = [article for article in by_url.values() if article.source_url is not None]
    assert {article.language for article in copies} == set(LANGUAGES)
    for copy in copies:
        assert copy.published_at - by_url[copy.source_url].published_at >= timedelta(minutes=15)
        assert copy.story == by_url[copy.source_url].story


def test_the_seed_decides_everything():
    one, same, other = Newspaper(seed=5), Newspaper(seed=5), Newspaper(seed=6)
    assert one.articles() == same.articles()
    assert one.articles() != other.articles()


def test_post_ids_belong_to_one_edition_and_never_repeat(morning):
    seen = Counter()
    for article in morning.articles(EVENING):
        number = re.search(r"-post(\d+)\.vnp$", article.url)
        if number is not None:
            seen[article.host, number[1]] += 1
    assert set(seen.values()) == {1}
