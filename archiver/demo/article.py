"""An article of the model: one story on one edition, with its address, its moments and its look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archiver.demo.editions import CATEGORY_SLUGS, SECTION_NAMES, Edition
from archiver.demo.pictures import Picture
from archiver.demo.story import Story, Telling

Look = Literal["current", "old", "justify"]
Data = Literal["json-ld", "none", "broken"]


@dataclass(frozen=True, slots=True)
class ModelArticle:
    """`path` is the address on the edition's host; `post_id` is 0 where addresses carry none.

    `twin` is the address of the same article published once more; `original` the address that a copy's tail names.
    `fresh_cards` says that the cards below the text are the newest of the hour, so that the page's bytes change.
    """

    story: Story
    edition: Edition
    path: str
    post_id: int
    published_at: datetime
    changes_at: datetime | None
    look: Look
    data: Data
    fresh_cards: bool
    pictures: tuple[Picture, ...]
    twin: str | None = None
    original: str | None = None

    @property
    def url(self) -> str:
        """The address, without query or fragment."""
        return f"{self.edition.origin}{self.path}"

    @property
    def language(self) -> str:
        """BCP 47, short."""
        return self.edition.language

    @property
    def author(self) -> str | None:
        """The pen-name, where the page names one: copies do not."""
        return self.story.authors[self.language] if self.original is None else None

    @property
    def section_name(self) -> str:
        """The section in the edition's language."""
        return SECTION_NAMES[self.story.section][self.language]

    @property
    def category(self) -> str:
        """The aggregator's slug of the section."""
        return CATEGORY_SLUGS[self.story.section]

    def is_published(self, at: datetime) -> bool:
        """Its moment has come; it may have been withdrawn since."""
        return self.published_at <= at

    def is_withdrawn(self, at: datetime) -> bool:
        """It was there and is gone."""
        return self._is_changed(at) and self._edit_kind() == "withdrawn"

    def is_live(self, at: datetime) -> bool:
        """A reader finds it."""
        return self.is_published(at) and not self.is_withdrawn(at)

    def modified_at(self, at: datetime) -> datetime | None:
        """When its text last changed, None where it never did."""
        return self.changes_at if self._is_changed(at) else None

    def telling(self, at: datetime) -> Telling:
        """Its text as it reads at that moment."""
        told = self.story.tellings[self.language]
        edit = self.story.edit
        if edit is None or not self._is_changed(at) or self.language not in edit.texts:
            return told
        text = edit.texts[self.language]
        title = text if edit.kind == "headline" else told.title
        added = (text,) if edit.kind == "paragraph" else ()
        return Telling(title, told.lead, (*told.paragraphs, *added), told.caption, told.credit, told.tags)

    def _is_changed(self, at: datetime) -> bool:
        return self.changes_at is not None and self.changes_at <= at

    def _edit_kind(self) -> str | None:
        return self.story.edit.kind if self.story.edit is not None else None
