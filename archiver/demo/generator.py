"""Generated stories: news text from a grammar, one rule file for each language, so that no two read the same.

A rule is a name and its alternatives, one a line; `{name}` in an alternative stands for a rule, `{n:10-900}` for a
number. Within an article a rule's alternatives come like cards from a shuffled deck: none returns before all were used.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import cast

from archiver.demo.chance import chance_of
from archiver.demo.story import SECTIONS, Edit, EditKind, Story, Telling

COUNTS = {"vi": 38, "en": 26, "fr": 22}
"""How many stories there are in each language."""

EDITS: Mapping[int, EditKind] = MappingProxyType({3: "headline", 4: "paragraph", 5: "withdrawn"})
"""Which of them are changed during the day."""

_THOUSANDS = {"vi": ".", "en": ",", "fr": "\N{NARROW NO-BREAK SPACE}"}
_PART = re.compile(r"\{([a-z_]+)(?::(\d+)-(\d+))?\}")
_CONTRACTIONS = (
    (re.compile(r"\bde le "), "du "),
    (re.compile(r"\bde les "), "des "),
    (re.compile(r"\bà le "), "au "),
    (re.compile(r"\bà les "), "aux "),
    (re.compile(r"\b([Dd])e (?=[aeiouâéèêîôûAEIOUÉÎ])"), r"\1'"),
)
"""French: what two short words become."""

_DEPTH = 8

Rules = Mapping[str, tuple[str, ...]]


def generated_stories(seed: int, language: str, *, count: int | None = None) -> tuple[Story, ...]:
    """The language's generated stories, each told in that language only; ``count`` of them where that is asked for."""
    text = (files("archiver.demo") / "vocabulary" / f"{language}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    common = _rules(table["common"])
    topics = {section: {**common, **_rules(table["topics"][section])} for section in SECTIONS}
    titles: set[str] = set()
    stories = []
    for index in range(COUNTS[language] if count is None else count):
        section = SECTIONS[(index * 2) % len(SECTIONS)]
        chance = chance_of(seed, language, index, "text")
        stories.append(_story(chance, index, titles, section=section, language=language, rules=topics[section]))
    return tuple(stories)


def _rules(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(line.strip() for line in text.strip().splitlines()) for name, text in table.items()}


def _story(chance: random.Random, index: int, titles: set[str], *, section: str, language: str, rules: Rules) -> Story:
    writer = _Writer(chance, rules, language)
    title = writer.title(titles)
    titles.add(title)
    lead = writer.sentence("lead")
    paragraphs = tuple(writer.paragraph() for _ in range(chance.randint(5, 8)))
    caption = writer.sentence("caption")
    told = Telling(title, lead, paragraphs, caption, writer.plain("credit"), writer.tags(chance.randint(2, 4)))
    kind = EDITS.get(index)
    edit = None
    if kind is not None:
        text = {"headline": writer.title(titles), "paragraph": writer.paragraph(), "withdrawn": ""}[kind]
        edit = Edit(kind, MappingProxyType({language: text} if text else {}))
    return Story(
        key=f"{section}-{language}-{index + 1:02}",
        section=section,
        authors=MappingProxyType({language: writer.plain("pen_name")}),
        agency=chance.random() < 0.8,
        tellings=MappingProxyType({language: told}),
        edit=edit,
        written=False,
    )


class _Writer:
    """Writes one article: its place stays the same, its decks are dealt without repeats."""

    def __init__(self, chance: random.Random, rules: Rules, language: str) -> None:
        self._chance = chance
        self._rules = rules
        self._language = language
        self._decks: dict[str, list[str]] = {}
        self._place = chance.choice(rules["place"])

    def title(self, taken: set[str]) -> str:
        """A title that no other article has."""
        while True:
            title = self.sentence("title").removesuffix(".")
            if title not in taken:
                return title

    def sentence(self, rule: str) -> str:
        """One sentence, from a capital to a full stop."""
        text = self.plain(rule)
        if self._language == "fr":
            for pattern, contracted in _CONTRACTIONS:
                text = pattern.sub(contracted, text)
        first = next((place for place, letter in enumerate(text) if letter.isalnum()), 0)
        text = text[:first] + text[first].upper() + text[first + 1 :]
        return text if text[-1] in ".!?»”" else f"{text}."

    def paragraph(self) -> str:
        """Two or three sentences."""
        return " ".join(self.sentence("sentence") for _ in range(self._chance.randint(2, 3)))

    def tags(self, number: int) -> tuple[str, ...]:
        """Different tags, the place among them."""
        drawn = [self.plain("tag") for _ in range(number)]
        return tuple(dict.fromkeys([*drawn, self._place]))

    def plain(self, rule: str, depth: int = 0) -> str:
        """The rule's next alternative, filled in."""
        if depth > _DEPTH:
            raise ValueError(f"rule {rule!r} refers to itself")
        if rule == "place":
            return self._place

        def fill(match: re.Match[str]) -> str:
            name, least, most = match.groups()
            if least is not None:
                return self._number(int(least), int(most))
            return self.plain(cast("str", name), depth + 1)

        return _PART.sub(fill, self._deal(rule))

    def _deal(self, rule: str) -> str:
        deck = self._decks.setdefault(rule, [])
        if not deck:
            deck.extend(self._chance.sample(self._rules[rule], len(self._rules[rule])))
        return deck.pop()

    def _number(self, least: int, most: int) -> str:
        number = self._chance.randint(least, most)
        rounded = number if number < 1000 else number - number % 10
        return f"{rounded:,}".replace(",", _THOUSANDS[self._language])
