"""Objects as rows and back, by the fields of their dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest

from archiver.catalog.row_map import CUT, Codec, RowMap
from archiver.model.digest import Digest, sha1, sha256
from archiver.model.record import BlobKey

AT = datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Place:
    file: BlobKey
    offset: int


@dataclass(frozen=True)
class Thing:
    name: str
    place: Place
    at: datetime
    colour: Colour
    digest: Digest | None = None
    wait: timedelta | None = None
    whole: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)
    seen_at: datetime | None = None


THING = RowMap(Thing)
FULL = Thing(
    "a", Place(BlobKey("f"), 7), AT, Colour.RED, sha256(b"x"), timedelta(seconds=1.5), False, {"b": [1], "a": "ơ"}, AT
)
ROW = {
    "name": "a",
    "file": "f",
    "offset": 7,
    "at": 1795485600123456,
    "colour": "red",
    "digest": sha256(b"x").raw,
    "wait": 1_500_000,
    "whole": False,
    "facts": '{"a":"ơ","b":[1]}',
    "seen_at": 1795485600123456,
}


def test_what_a_field_is_says_how_it_is_kept() -> None:
    assert THING.write(FULL) == ROW
    assert type(THING.write(FULL)["colour"]) is str
    assert THING.read(ROW) == FULL


def test_a_database_without_booleans_gives_numbers() -> None:
    assert THING.read({**ROW, "whole": 0}).whole is False


def test_unknown_is_null() -> None:
    bare = Thing("a", FULL.place, AT, Colour.RED, sha1(b"x"))
    row = THING.write(bare)
    assert (row["wait"], row["seen_at"]) == (None, None)
    assert THING.read(row) == bare


def test_columns_may_have_a_prefix_other_names_and_other_codecs() -> None:
    other = RowMap(
        Thing,
        columns={"name": "title"},
        codecs={"at": CUT, "facts": Codec(lambda facts: facts["a"] if facts else None, lambda a: {"a": a}, dict)},
        without=("colour",),
    )
    row = other.write(FULL)
    assert (row["title"], row["at"], row["facts"]) == ("a", 1795485600123000, "ơ")
    assert "colour" not in row
    prefixed = {f"of_{name}": value for name, value in {**row, "facts": None}.items()}
    read = other.read(prefixed, prefix="of_", colour=Colour.RED)
    assert (read.name, read.facts, read.place) == ("a", {}, FULL.place)


def test_a_column_that_lacks_is_an_error() -> None:
    with pytest.raises(KeyError):
        THING.read({"name": "a"})
