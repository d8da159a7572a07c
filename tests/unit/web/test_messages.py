from __future__ import annotations

import re
import string
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import archiver.web
from archiver.model.capture import Verdict
from archiver.web.messages import Speech
from archiver.web.texts import LANGUAGES, MESSAGES

TEXTS = Path(archiver.web.__file__).parent / "texts"
TEMPLATES = Path(archiver.web.__file__).parent / "templates"
AT = datetime(2026, 11, 24, 2, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_every_message_speaks_every_language_with_the_same_values(key: str) -> None:
    texts = MESSAGES[key]
    assert set(texts) == set(LANGUAGES)
    assert all(texts.values())
    fields = {frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in texts.values()}
    if "." in key and not key.endswith(".one"):
        assert len(fields) == 1


def test_the_files_of_all_languages_have_the_same_keys_in_the_same_order() -> None:
    read = {code: tomllib.loads((TEXTS / f"{code}.toml").read_text("utf-8")) for code in LANGUAGES}
    assert {file.stem for file in TEXTS.glob("*.toml")} == set(LANGUAGES)
    assert [list(read[code]) for code in LANGUAGES] == [list(MESSAGES)] * len(LANGUAGES)
    assert all(isinstance(text, str) and text.strip() for texts in read.values() for text in texts.values())


def test_templates_ask_only_for_messages_that_exist() -> None:
    asked = {
        key
        for file in TEMPLATES.glob("*.html")
        for key in re.findall(r"""\bt(?:\.count)?\(["']([a-z0-9.-]+)["'][),]""", file.read_text("utf-8"))
    }
    assert len(asked) > 120
    assert asked <= set(MESSAGES)


def test_every_message_is_said_somewhere() -> None:
    """So that nothing is translated in vain: each key, or what stands before its last dot, occurs in page or code."""
    package = TEMPLATES.parent
    said = "\n".join(
        file.read_text("utf-8")
        for file in [*TEMPLATES.glob("*.html"), *package.rglob("*.py")]
        if file.parent.name != "texts"
    )
    unsaid = {
        key
        for key in (key.removesuffix(".one") for key in MESSAGES)
        if key not in said and f"{key.rpartition('.')[0]}." not in said
    }
    assert unsaid == set()


def test_every_verdict_has_a_word() -> None:
    assert {f"verdict.{verdict.value}" for verdict in Verdict} <= set(MESSAGES)


@pytest.mark.parametrize(
    ("language", "number", "size", "day"),
    [
        ("en", "1,234,567", "1.2\u00a0MB", "24 November 2026"),
        ("vi", "1.234.567", "1,2\u00a0MB", "24/11/2026"),
        ("fr", "1\u202f234\u202f567", "1,2\u00a0Mo", "24 novembre 2026"),
    ],
)
def test_numbers_sizes_and_days_are_written_as_people_there_do(language: str, number: str, size: str, day: str) -> None:
    speech = Speech(language)
    assert speech.number(1234567) == number
    assert speech.size(1234567) == size
    assert speech.day(AT) == day
    assert speech.instant(AT) == f"{day}, 02:00:05\u00a0UTC"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0\u00a0kB"),
        (999_949, "1.0\u00a0MB"),
        (123_456_789, "123\u00a0MB"),
        (10**18, "1000\u00a0PB"),
    ],
)
def test_sizes_are_rounded_to_be_read(value: int, text: str) -> None:
    assert Speech().size(value) == text


def test_a_published_time_keeps_its_own_offset_and_precision() -> None:
    hanoi = AT.astimezone(timezone(timedelta(hours=7)))
    india = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert Speech().published(hanoi, "minute") == "24 November 2026, 09:00\u00a0UTC+07"
    assert Speech().published(india, "minute") == "24 November 2026, 07:30\u00a0UTC+05:30"
    assert Speech().published(AT, None) == "24 November 2026, 02:00\u00a0UTC"
    assert Speech().published(hanoi, "day") == "24 November 2026"


def test_one_is_singular() -> None:
    assert Speech("en").count("search.found", 1) == "One article holds these words."
    assert Speech("en").count("search.found", 2) == "2 articles hold these words."
    assert Speech("fr").count("home.captures", 0) == "capture"
