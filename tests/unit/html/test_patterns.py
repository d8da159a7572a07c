"""Patterns mean the same to every Python that we promise: before 3.11.5 a possessive quantifier of a group matches wrongly."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import archiver

_parser: Any = re._parser  # type: ignore[attr-defined]
SINGLE = {"LITERAL", "NOT_LITERAL", "IN", "ANY", "CATEGORY"}


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in pkgutil.walk_packages(archiver.__path__, "archiver."):
        if ".migrations" in module.name or module.name in {"archiver.__main__", "archiver.settings"}:
            continue  # they do something when they are loaded
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value


def grouped(parsed: Any) -> bool:
    """Whether a pattern has a possessive quantifier of more than one character."""
    for operation, argument in parsed:
        inner = [argument] if isinstance(argument, _parser.SubPattern) else []
        if isinstance(argument, tuple):
            inner = [each for each in argument if isinstance(each, _parser.SubPattern)]
            inner += [each for each in argument if isinstance(each, list) and each and _is_branch(each)]
        if str(operation) == "POSSESSIVE_REPEAT" and (
            len(argument[2]) > 1 or any(str(item[0]) not in SINGLE for item in argument[2])
        ):
            return True
        for each in inner:
            branches = each if isinstance(each, list) else [each]
            if any(grouped(branch) for branch in branches):
                return True
    return False


def _is_branch(items: list[Any]) -> bool:
    return all(isinstance(item, _parser.SubPattern) for item in items)


def test_no_group_is_repeated_possessively() -> None:
    found = dict(patterns())
    assert len(found) > 50
    wrong = [name for name, pattern in found.items() if grouped(_parser.parse(pattern.pattern, pattern.flags))]
    assert wrong == []


@pytest.mark.parametrize(
    "text", [r"(?:a|bc)*+", r"x(?>(?:\r\n|.)?+)", r"(?P<a>(?:a+|b)++)|c", r"(?:\d{1,6}+(?:ab)?+|c)"]
)
def test_the_look_for_them_finds_them(text: str) -> None:
    assert grouped(_parser.parse(text))


@pytest.mark.parametrize("text", [r"[a-z]++x*+", r"(?>(?:[^\"]++|\\.)*)", r"\d{1,6}+"])
def test_and_leaves_what_is_right(text: str) -> None:
    assert not grouped(_parser.parse(text))
