"""A story: one event, told in one or more languages. Hand-written ones lie in `stories/<key>.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, cast

LANGUAGES = ("vi", "en", "fr")
SECTIONS = ("politics", "world", "economy", "society", "culture", "sports", "science", "environment", "travel")

EditKind = Literal["headline", "paragraph", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Telling:
    """A story in one language. A paragraph that starts with `## ` is a subheading."""

    title: str
    lead: str
    paragraphs: tuple[str, ...]
    caption: str
    credit: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """What happens to a story between two moments; `texts` holds the new headline or paragraph by language."""

    kind: EditKind
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Story:
    """`key` is unique; `authors` are pen-names by language; `written` says that people wrote it, not the generator."""

    key: str
    section: str
    authors: Mapping[str, str]
    agency: bool
    tellings: Mapping[str, Telling]
    edit: Edit | None
    written: bool


def load_stories() -> tuple[Story, ...]:
    """Every hand-written story of the package, by key."""
    folder = files("archiver.demo") / "stories"
    if not folder.is_dir():
        return ()
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(read_story((folder / name).read_text(encoding="utf-8")) for name in names)


def read_story(text: str) -> Story:
    """One story from its TOML; KeyError or ValueError where a part is missing or unknown."""
    table = tomllib.loads(text)
    if table["section"] not in SECTIONS:
        raise ValueError(f"unknown section {table['section']!r} in story {table['key']!r}")
    return Story(
        key=table["key"],
        section=table["section"],
        authors=MappingProxyType({language: table["author"][language] for language in LANGUAGES}),
        agency=bool(table.get("agency", True)),
        tellings=MappingProxyType({language: _telling(table[language]) for language in LANGUAGES}),
        edit=_edit(table.get("edit")),
        written=True,
    )


def _telling(table: Mapping[str, Any]) -> Telling:
    return Telling(
        title=_line(table["title"]),
        lead=_line(table["lead"]),
        paragraphs=tuple(_line(paragraph) for paragraph in table["paragraphs"]),
        caption=_line(table["caption"]),
        credit=_line(table["credit"]),
        tags=tuple(_line(tag) for tag in table["tags"]),
    )


def _edit(table: Mapping[str, Any] | None) -> Edit | None:
    if table is None:
        return None
    kind = table["kind"]
    if kind == "withdrawn":
        return Edit(kind="withdrawn")
    key = {"headline": "title", "paragraph": "paragraph"}[kind]
    texts = {language: _line(table[language][key]) for language in LANGUAGES if language in table}
    return Edit(kind=cast("EditKind", kind), texts=MappingProxyType(texts))


def _line(text: str) -> str:
    return " ".join(text.split(" ")).strip() if "\n" not in text else " ".join(text.split())
